"""Plans by trade: what its goods' after-sales problems are, and what buyers of them accept."""

from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import DisputeType, RemedyKind
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.starters.starter import Starter, part

T, K, S = DisputeType, RemedyKind, OrderStage
SWAP, RETURN = OptionContent(K.REPLACE_RETURN), OptionContent(K.RETURN_REFUND)
NEW_ONE, ALL_BACK = OptionContent(K.REPLACE), OptionContent(K.FULL_REFUND)

TRADES = (
    Starter(
        "apparel",
        "shirt",
        _("Clothes and shoes"),
        _("Another size or colour first; keep it for a little, or send it back."),
        PlanContent(
            types=(T.SIZE_OR_FIT, T.NOT_AS_DESCRIBED),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, clothes have to fit, and {product} does not yet. Tell us the size or colour you need "
                "and we exchange it. If it is almost right, keep it and take 15% back; or return it for a full "
                "refund. Your choice stands open for {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，衣服鞋子合身最重要，{product}没让您满意，很抱歉。告诉我们需要的尺码或颜色，我们为您换货；"
                "如果基本合适，可以留下并获得15%退款；也可以退货，全额退款。{hours}小时内由您选择。"
            ),
            options=(SWAP, part(15), RETURN),
            expires_hours=48,
        ),
    ),
    Starter(
        "fresh-food",
        "apple",
        _("Fresh food"),
        _("Nobody sends spoiled food back: fresh goods again, or the money."),
        PlanContent(
            types=(T.PERISHED, T.ARRIVED_DAMAGED),
            stages=(S.RECEIVED,),
            days_to=2,
            script_en=(
                "Hello {buyer}, {product} should have reached you fresh, and we are sorry that it did not. You need "
                "not send anything back. We send it again, fresh, or refund all of the {amount} you paid. Please "
                "choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，{product}没能新鲜送到，我们非常抱歉。什么都不用寄回：可以为您重新发一份新鲜的，"
                "或全额退还您支付的{amount}。请在{hours}小时内选择。"
            ),
            options=(NEW_ONE, ALL_BACK),
        ),
    ),
    Starter(
        "electronics",
        "smartphone",
        _("Electronics"),
        _("Exchange or repair what does not work, or take it back."),
        PlanContent(
            types=(T.QUALITY_VISIBLE, T.QUALITY_HIDDEN),
            stages=(S.RECEIVED,),
            days_to=15,
            script_en=(
                "Hello {buyer}, {product} does not work as it should; we are sorry. We exchange it for a new one, "
                "or repair it, and pay the shipping. If you would rather have your money, send it back for a full "
                "refund of {amount}. Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，{product}没能正常使用，我们非常抱歉。可以为您换一台新的，或免费维修，运费由我们承担；"
                "如果您更希望退款，退货后{amount}全额退还。请在{hours}小时内选择。"
            ),
            options=(SWAP, OptionContent(K.REPAIR), RETURN),
            expires_hours=48,
        ),
    ),
    Starter(
        "home",
        "sofa",
        _("Home and furniture"),
        _("Heavy goods stay where they are: a new part or a fair share of the price."),
        PlanContent(
            types=(T.ARRIVED_DAMAGED, T.QUALITY_VISIBLE),
            stages=(S.RECEIVED,),
            days_to=15,
            script_en=(
                "Hello {buyer}, {product} reached you with a fault, and we know how tiresome it is to send something "
                "like that back. We send a new one and you keep this one, or refund 25% if you can live with it. Or "
                "we collect it and refund everything. Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，{product}送到时有瑕疵，大件寄回也很麻烦，我们非常抱歉。可以为您补发一件新的，原件不用寄回；"
                "如果不影响使用，可获得25%退款；也可以退货，全额退款。请在{hours}小时内选择。"
            ),
            options=(NEW_ONE, part(25), RETURN),
            expires_hours=48,
        ),
    ),
    Starter(
        "beauty",
        "sparkles",
        _("Beauty and care"),
        _("Opened products cannot be sold again: settle it without a parcel."),
        PlanContent(
            types=(T.NOT_AS_DESCRIBED, T.QUALITY_VISIBLE),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, we are sorry that {product} disappointed you. If you would still use it, take 25% "
                "back and keep it. If not, send it back, opened or not, and get all of it back. If your skin reacted, "
                "stop using it and tell us at once. Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，{product}没让您满意，我们非常抱歉。如果还愿意使用，可保留并获得25%退款；"
                "如果不想用了，无论是否拆封都可以退货，全额退款。若皮肤有不适，请立即停用并告诉我们。"
                "请在{hours}小时内选择。"
            ),
            options=(part(25), RETURN),
        ),
    ),
    Starter(
        "books",
        "book-open",
        _("Books"),
        _("Returning a book costs more than the book: send a new one or refund."),
        PlanContent(
            types=(T.ARRIVED_DAMAGED, T.WRONG_ITEM),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, {product} is not the copy you should have got. We send you the right one in good "
                "condition, and you may keep what came. Or we refund all of the {amount} you paid. Please choose "
                "within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，您收到的{product}有破损或寄错了，我们非常抱歉。可以为您补寄一本完好的，收到的这本不用寄回；"
                "也可以全额退还您支付的{amount}。请在{hours}小时内选择。"
            ),
            options=(NEW_ONE, ALL_BACK),
        ),
    ),
    Starter(
        "toys",
        "toy-brick",
        _("Toys"),
        _("Send the missing piece, or make up for it."),
        PlanContent(
            types=(T.MISSING_ITEM,),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, a toy with a piece missing is no fun, and we are sorry. We send what is missing from "
                "{product} today. If you can do without it, take 20% back; or send everything back for a full refund. "
                "Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，玩具少了零件就不好玩了，我们非常抱歉。{product}缺少的部分我们马上补寄；"
                "如果不影响玩，可获得20%退款；也可以退货，全额退款。请在{hours}小时内选择。"
            ),
            options=(OptionContent(K.RESEND), part(20), RETURN),
        ),
    ),
    Starter(
        "jewellery",
        "gem",
        _("Jewellery and watches"),
        _("Valuable goods come back and are looked at; nobody settles them for a coupon."),
        PlanContent(
            types=(T.NOT_AS_DESCRIBED, T.QUALITY_VISIBLE),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, {product} should look and feel exactly as described. Send it back insured, at our "
                "cost, and we exchange it or refund all of the {amount}. If it is a small matter and you like it, "
                "keep it and take 10% back. Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，{product}理应与描述完全一致，让您失望了。您可以保价寄回（费用由我们承担），"
                "由我们换货或全额退还{amount}；如果只是小瑕疵且您喜欢，可保留并获得10%退款。请在{hours}小时内选择。"
            ),
            options=(SWAP, RETURN, part(10)),
            expires_hours=72,
        ),
    ),
    Starter(
        "digital",
        "download",
        _("Digital goods and services"),
        _("Nothing to send back: a copy or key that works, or the money."),
        PlanContent(
            types=(T.NOT_AS_DESCRIBED, T.INSTALL_OR_SERVICE),
            script_en=(
                "Hello {buyer}, {product} does not do what you bought it for; we are sorry. We give you a new copy, "
                "key or appointment, or refund all of the {amount} you paid. Please choose within {hours} hours, or "
                "write to us if you would rather have help."
            ),
            script_zh=(
                "{buyer}您好，{product}没能正常使用，我们非常抱歉。可以为您重新提供可用的文件、卡密或服务时间，"
                "或全额退还您支付的{amount}。请在{hours}小时内选择；需要协助也可以直接给我们留言。"
            ),
            options=(NEW_ONE, ALL_BACK),
        ),
    ),
    Starter(
        "custom-made",
        "scissors",
        _("Made to order"),
        _("It was made for this buyer: make it right, or settle it fairly."),
        PlanContent(
            types=(T.NOT_AS_DESCRIBED, T.QUALITY_VISIBLE),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, {product} was made for you, and it has to be right. Send it back and we make it anew. "
                "If you can live with it, keep it and take 30% back; if not, return it for a full refund: a fault is "
                "our affair, made to order or not. Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，{product}是为您定制的，理应做好。您可以寄回，由我们重新制作；如果可以接受，可保留并获得30%退款；"
                "也可以退货，全额退款：出了质量问题，即使是定制商品也由我们负责。请在{hours}小时内选择。"
            ),
            options=(SWAP, part(30), RETURN),
            expires_hours=72,
        ),
    ),
)
