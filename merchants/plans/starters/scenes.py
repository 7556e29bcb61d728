"""Plans by what happened: the scenes that most merchants meet."""

from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import DisputeType, Reason, RemedyKind
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.starters.starter import Starter, part

T, R, K, S = DisputeType, Reason, RemedyKind, OrderStage

SCENES = (
    Starter(
        "visible-quality",
        "scan-search",
        _("Visible quality problem"),
        _("Keep the item for part of the money or a coupon, or send it back for all of it."),
        PlanContent(
            types=(T.QUALITY_VISIBLE, T.NOT_AS_DESCRIBED),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, we are sorry that {product} is not as it should be. You paid {amount} for it. "
                "You can keep it and get 30% back at once, take a coupon for your next order, or send it back for a "
                "full refund. The choice is yours and stands for {hours} hours. If none of these is right, tell us "
                "what would be."
            ),
            script_zh=(
                "{buyer}您好，{product}没有达到应有的品质，我们非常抱歉。您为它支付了{amount}。"
                "您可以保留商品并立即获得30%退款，也可以领取一张优惠券，或者退货获得全额退款。"
                "以上方案在{hours}小时内有效，由您决定。如果都不合适，请告诉我们您希望怎样处理。"
            ),
            options=(part(30), OptionContent(K.COUPON), OptionContent(K.RETURN_REFUND)),
        ),
    ),
    Starter(
        "size-or-fit",
        "ruler",
        _("Size or fit"),
        _("Exchange for another size, keep it for a small refund, or return it."),
        PlanContent(
            types=(T.SIZE_OR_FIT,),
            reasons=(R.SIZE_SMALL, R.SIZE_LARGE),
            stages=(S.RECEIVED,),
            script_en=(
                "Hello {buyer}, a pity that {product} does not fit. We will gladly exchange it for another size. "
                "If it is close enough to keep, take 15% back; or return it and get everything back. "
                "You have {hours} hours to choose."
            ),
            script_zh=(
                "{buyer}您好，很遗憾{product}的尺码不合适。我们很乐意为您换一个尺码。"
                "如果勉强可以穿，您可以保留商品并获得15%退款；也可以退货，获得全额退款。请在{hours}小时内选择。"
            ),
            options=(OptionContent(K.REPLACE_RETURN), part(15), OptionContent(K.RETURN_REFUND)),
            expires_hours=48,
        ),
    ),
    Starter(
        "late-delivery",
        "clock-alert",
        _("Arrived late"),
        _("Say sorry for the wait with money or with a coupon."),
        PlanContent(
            types=(T.LATE_SHIPPING,),
            reasons=(R.LATE, R.ARRIVED_LATE),
            stages=(S.IN_TRANSIT, S.RECEIVED),
            script_en=(
                "Hello {buyer}, order {order} took longer than we promised, and we apologise. For the wait you can "
                "have 10% of what you paid back, or a coupon. Please choose within {hours} hours; {merchant} pays "
                "it out at once."
            ),
            script_zh=(
                "{buyer}您好，订单{order}没有按承诺的时间送到，我们向您道歉。"
                "作为等待的补偿，您可以选择退还实付金额的10%，或领取一张优惠券。"
                "请在{hours}小时内选择，{merchant}会立即兑现。"
            ),
            options=(part(10), OptionContent(K.COUPON)),
        ),
    ),
    Starter(
        "damaged-on-arrival",
        "package-x",
        _("Arrived damaged"),
        _("Send a new one, refund half, or take it back for a full refund."),
        PlanContent(
            types=(T.ARRIVED_DAMAGED,),
            reasons=(R.DAMAGED, R.DEFECTIVE),
            stages=(S.RECEIVED,),
            days_to=7,
            script_en=(
                "Hello {buyer}, {product} should have reached you whole; we are sorry that it did not. We can send a "
                "new one right away and you keep the damaged one, refund half of the {amount} you paid, or take it "
                "back and refund everything. Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，{product}本应完好送达，对此我们非常抱歉。"
                "我们可以马上补寄一件新的（破损的无需寄回），或退还您支付的{amount}的一半，也可以退货并全额退款。"
                "请在{hours}小时内选择。"
            ),
            options=(OptionContent(K.REPLACE), part(50), OptionContent(K.RETURN_REFUND)),
        ),
    ),
    Starter(
        "not-shipped-yet",
        "package",
        _("Not shipped yet"),
        _("Ask to wait for a little money back, or cancel for all of it."),
        PlanContent(
            types=(T.NOT_SHIPPED_CANCEL, T.LATE_SHIPPING),
            stages=(S.UNSHIPPED,),
            script_en=(
                "Hello {buyer}, order {order} has not left us yet. If you can wait a little longer, we send it soon "
                "and give you 8% back now. If not, cancel it and get everything back the way you paid. "
                "Please choose within {hours} hours."
            ),
            script_zh=(
                "{buyer}您好，订单{order}还没有发出。如果您愿意再等一等，我们会尽快发货，并立即退还实付金额的8%。"
                "如果不想等了，可以取消订单，款项全额原路退回。请在{hours}小时内选择。"
            ),
            options=(part(8), OptionContent(K.FULL_REFUND)),
        ),
    ),
)
