"""The packs as they stood when this was written, kept as data: mainland China, the EU, and their categories.

Sources: (law) the texts named, (J) JD dispute rules 2025/2026, (d) our default.
"""

from datetime import UTC, datetime
from importlib import import_module

from django.db import migrations

ORDER_31 = ("SAMR order 31 on seven-day no-reason returns, ", "《网络购买商品七日无理由退货暂行办法》")
CRD = ("Directive 2011/83/EU, ", "欧盟第2011/83/EU号指令")
SALES = ("Directive (EU) 2019/771, ", "欧盟第2019/771号指令")
CONSUMER = ("Consumer Protection Law, ", "《消费者权益保护法》")
FOOD_SAFETY = ("Food Safety Law, ", "《食品安全法》")
JD = ("JD dispute rules 2025, quality windows by category", "京东争议处理规则（2025）按品类的质量期限")
OURS = ("the portal's default", "本平台默认设定")


def _by(source, en="", zh=""):
    return {"en": source[0] + en, "zh": source[1] + zh}


def _excluded(source, en, zh):
    return {"choices": {"no_reason": "excluded"}, "basis": {"choices.no_reason": _by(source, en, zh)}}


CN_BASE = {
    "windows": {
        "no_reason": "7d",
        "quality": "15d",
        "visible": "15d",
        "not_received": "30d",
        "warranty": "180d",
        "price_protection": "0d",
    },
    "counts": {
        "instant_refund_hours": 6,
        "requests_per_line": 5,
        "fraud_times": 3,
        "fake_times": 3,
        "food_times": 10,
        "food_loss_times": 3,
    },
    "choices": {
        "no_reason": "allowed",
        "intact": "complete",
        "return_freight_remorse": "buyer",
        "return_freight_fault": "merchant",
        "return_freight_logistics": "merchant",
        "outbound_freight_remorse": "kept",
        "damaged_on_arrival": "as_agreed",
        "law_zone": "Asia/Shanghai",
    },
    "basis": {
        "windows.no_reason": _by(CONSUMER, "art. 25", "第二十五条"),
        "windows.quality": _by(JD),
        "windows.visible": _by(JD),
        "windows.warranty": _by(CONSUMER, "art. 23", "第二十三条"),
        "windows.not_received": _by(OURS),
        "choices.no_reason": _by(CONSUMER, "art. 25", "第二十五条"),
        "choices.intact": _by(ORDER_31, "art. 8", "第八条"),
        "choices.return_freight_remorse": _by(ORDER_31, "art. 18", "第十八条"),
        "choices.outbound_freight_remorse": _by(ORDER_31, "art. 18", "第十八条"),
        "choices.return_freight_fault": _by(CONSUMER, "art. 24", "第二十四条"),
        "choices.return_freight_logistics": _by(CONSUMER, "art. 24", "第二十四条"),
        "timers.statutory_refund": _by(CONSUMER, "art. 25", "第二十五条"),
        "counts.fraud_times": _by(CONSUMER, "art. 55", "第五十五条"),
        "counts.fake_times": _by(CONSUMER, "art. 55", "第五十五条"),
        "thresholds.fraud_minimum": _by(CONSUMER, "art. 55", "第五十五条"),
        "counts.food_times": _by(FOOD_SAFETY, "art. 148", "第一百四十八条"),
        "counts.food_loss_times": _by(FOOD_SAFETY, "art. 148", "第一百四十八条"),
        "thresholds.food_minimum": _by(FOOD_SAFETY, "art. 148", "第一百四十八条"),
    },
}
AMOUNTS = {"fraud_minimum": {"CNY": "500"}, "food_minimum": {"CNY": "1000"}}

EU_BASE = {
    "timers": {"statutory_refund": 336, "buyer_ships": 336},
    "windows": {
        "no_reason": "14d",
        "quality": "730d",
        "visible": "730d",
        "not_received": "30d",
        "warranty": "730d",
        "price_protection": "0d",
    },
    "thresholds": {"fraud_minimum": {}, "food_minimum": {}},
    "counts": {"fraud_times": 0, "fake_times": 0, "food_times": 0, "food_loss_times": 0},
    "choices": {
        "no_reason": "allowed",
        "intact": "complete",
        "return_freight_remorse": "buyer",
        "return_freight_fault": "merchant",
        "return_freight_logistics": "merchant",
        "outbound_freight_remorse": "refunded",
        "law_zone": "Europe/Brussels",
    },
    "basis": {
        "timers.statutory_refund": _by(CRD, "art. 13(1)", "第13条第1款"),
        "timers.buyer_ships": _by(CRD, "art. 14(1)", "第14条第1款"),
        "windows.no_reason": _by(CRD, "art. 9(1)", "第9条第1款"),
        "windows.quality": _by(SALES, "art. 10(1)", "第10条第1款"),
        "windows.visible": _by(SALES, "art. 10(1)", "第10条第1款"),
        "windows.warranty": _by(SALES, "art. 10(1)", "第10条第1款"),
        "windows.not_received": _by(CRD, "art. 18(1)", "第18条第1款"),
        "choices.no_reason": _by(CRD, "art. 9(1)", "第9条第1款"),
        "choices.intact": _by(CRD, "art. 14(2)", "第14条第2款"),
        "choices.return_freight_remorse": _by(CRD, "art. 14(1)", "第14条第1款"),
        "choices.outbound_freight_remorse": _by(CRD, "art. 13(1)", "第13条第1款"),
        "choices.return_freight_fault": _by(SALES, "art. 14(1)", "第14条第1款"),
        "choices.return_freight_logistics": _by(CRD, "art. 20", "第20条"),
    },
}

# pack -> (categories of goods, what it says, summary in English, summary in Chinese)
CATEGORIES = {
    "cn.fresh": (
        ["fresh", "fruit", "vegetables", "meat", "seafood", "flowers"],
        {
            "windows": {"visible": "48h"},
            "choices": {"no_reason": "excluded"},
            "basis": {
                "windows.visible": _by(JD),
                "choices.no_reason": _by(ORDER_31, "art. 6(2)", "第六条第（二）项"),
            },
        },
        "Fresh goods: faults that can be seen are claimed within 48 hours; no return without reason.",
        "生鲜：可见问题48小时内申请；不适用无理由退货。",
    ),
    "cn.live_animals": (
        ["live_animals", "live_pets"],
        {
            "windows": {"visible": "24h", "quality": "24h"},
            "choices": {"no_reason": "excluded"},
            "basis": {
                "windows.visible": _by(JD),
                "windows.quality": _by(JD),
                "choices.no_reason": _by(ORDER_31, "art. 6(2)", "第六条第（二）项"),
            },
        },
        "Live animals: claims within 24 hours; no return without reason.",
        "活体动物：24小时内申请；不适用无理由退货。",
    ),
    "cn.electronics": (
        ["electronics", "computers", "phones", "appliances"],
        {
            "windows": {"visible": "48h"},
            "choices": {"no_reason": "confirmed", "intact": "not_activated"},
            "basis": {
                "windows.visible": _by(JD),
                "choices.no_reason": _by(ORDER_31, "art. 7(2)", "第七条第（二）项"),
                "choices.intact": _by(ORDER_31, "art. 9(2)", "第九条第（二）项"),
            },
        },
        "Electronics: faults that can be seen are claimed within 48 hours; what loses much of its value once "
        "activated can be excluded from returns without reason if the buyer confirmed it.",
        "数码电器：可见问题48小时内申请；激活后价值贬损较大的，经买家购买时确认可不适用无理由退货。",
    ),
    "cn.apparel": (
        ["apparel", "shoes", "bags", "clothing"],
        {
            "choices": {"intact": "labels_on"},
            "basis": {"choices.intact": _by(ORDER_31, "art. 9(3)", "第九条第（三）项")},
        },
        "Apparel, shoes and bags: intact while labels are on and nothing is soiled or worn.",
        "服装、鞋帽、箱包：吊牌标识完整且无污损、穿着痕迹的视为完好。",
    ),
    "cn.ceramics": (
        ["ceramics", "glassware", "porcelain"],
        {
            "windows": {"visible": "7d", "quality": "7d"},
            "basis": {"windows.visible": _by(JD), "windows.quality": _by(JD)},
        },
        "Ceramics and glass: claims about quality within 7 days.",
        "陶瓷、玻璃制品：质量问题7天内申请。",
    ),
    "cn.food": (
        ["food", "snacks", "drinks", "health_food"],
        {
            "choices": {"no_reason": "confirmed", "intact": "sealed"},
            "basis": {
                "choices.no_reason": _by(ORDER_31, "art. 7(1) and 7(3)", "第七条第（一）、（三）项"),
                "choices.intact": _by(ORDER_31, "art. 9(1)", "第九条第（一）项"),
            },
        },
        "Food: intact while its seal is unbroken; can be excluded from returns without reason if the buyer confirmed it.",
        "食品：密封包装完整视为完好；经买家购买时确认可不适用无理由退货。",
    ),
    "cn.digital": (
        ["digital", "software", "vouchers", "audio_video"],
        _excluded(ORDER_31, "art. 6(3)", "第六条第（三）项"),
        "Digital goods, unsealed audio, video and software: no return without reason.",
        "在线下载或已拆封的数字化商品：不适用无理由退货。",
    ),
    "cn.press": (
        ["newspapers", "magazines"],
        _excluded(ORDER_31, "art. 6(4)", "第六条第（四）项"),
        "Delivered newspapers and magazines: no return without reason.",
        "交付的报纸、期刊：不适用无理由退货。",
    ),
    "cn.custom_made": (
        ["custom_made", "engraved", "tailored"],
        _excluded(ORDER_31, "art. 6(1)", "第六条第（一）项"),
        "Custom-made goods: no return without reason.",
        "定作商品：不适用无理由退货。",
    ),
    "cn.furniture": (
        ["furniture"],
        {
            "timers": {"buyer_ships": 336, "merchant_receives": 480, "merchant_inspects": 96},
            "choices": {"intact": "labels_on"},
            "basis": {
                "timers.buyer_ships": _by(OURS),
                "timers.merchant_receives": _by(OURS),
                "timers.merchant_inspects": _by(OURS),
                "choices.intact": _by(ORDER_31, "art. 9(3)", "第九条第（三）项"),
            },
        },
        "Furniture: twice the time to send, receive and inspect a return, because it is collected by lorry.",
        "家具：大件需上门取件，退货寄出、签收和验货时限加倍。",
    ),
    "cn.jewellery": (
        ["jewellery", "jewelry", "watches"],
        {
            "thresholds": {"ask_return_above": {"CNY": "0", "USD": "0", "EUR": "0", "BRL": "0"}},
            "choices": {"intact": "labels_on"},
            "basis": {
                "thresholds.ask_return_above": _by(OURS),
                "choices.intact": _by(ORDER_31, "art. 9(3)", "第九条第（三）项"),
            },
        },
        "Jewellery and watches: intact with certificate and seal label; the seller's silence always asks for a return.",
        "珠宝钟表：证书与防拆标签完整视为完好；商家逾期未处理一律按退货处理。",
    ),
    "eu.fresh": (
        ["fresh", "fruit", "vegetables", "meat", "seafood", "flowers"],
        _excluded(CRD, "art. 16(d)", "第16条(d)项"),
        "Fresh goods: no withdrawal.",
        "生鲜：不适用撤回权。",
    ),
    "eu.custom_made": (
        ["custom_made", "engraved", "tailored"],
        _excluded(CRD, "art. 16(c)", "第16条(c)项"),
        "Custom-made goods: no withdrawal.",
        "定作商品：不适用撤回权。",
    ),
    "eu.digital": (
        ["digital", "software", "vouchers", "audio_video"],
        {
            "choices": {"no_reason": "confirmed"},
            "basis": {"choices.no_reason": _by(CRD, "art. 16(i) and 16(m)", "第16条(i)、(m)项")},
        },
        "Digital goods: no withdrawal once the buyer agreed that delivery begins at once.",
        "数字商品：买家购买时同意立即交付的，不适用撤回权。",
    ),
    "eu.press": (
        ["newspapers", "magazines"],
        _excluded(CRD, "art. 16(j)", "第16条(j)项"),
        "Newspapers and magazines: no withdrawal.",
        "报纸、期刊：不适用撤回权。",
    ),
    "eu.food": (
        ["food", "snacks", "drinks", "health_food"],
        {
            "choices": {"intact": "sealed"},
            "basis": {"choices.intact": _by(CRD, "art. 16(e)", "第16条(e)项")},
        },
        "Food: withdrawal while its seal is unbroken.",
        "食品：密封包装完整的可行使撤回权。",
    ),
}
FIRST = datetime(2016, 1, 1, tzinfo=UTC)
SECOND = datetime(2026, 2, 1, tzinfo=UTC)  # platform-rules order 116 in force


def load(apps, schema_editor):
    first = import_module("aftersales.policies.migrations.0003_mainland_china_pack").RULES
    base = {
        "timers": first["timers"],
        "thresholds": first["thresholds"] | AMOUNTS,
        **CN_BASE,
    }
    rows = [
        (
            "cn",
            2,
            SECOND,
            base,
            "Adds faults visible on arrival, compensation, freight and the legal basis of each rule; categories have "
            "packs of their own.",
            "新增可见问题期限、惩罚性赔偿、运费承担及各规则的法律依据；各品类另设规则包。",
        ),
        (
            "eu",
            1,
            FIRST,
            {**EU_BASE, "thresholds": first["thresholds"] | EU_BASE["thresholds"]},
            "EU pack: 14 days to withdraw, refund within 14 days with the cost of standard delivery.",
            "欧盟规则包：14天撤回权，14天内退款并退还标准配送费用。",
        ),
        *(
            (pack, 1, FIRST, {"categories": categories, **rules}, en, zh)
            for pack, (categories, rules, en, zh) in CATEGORIES.items()
        ),
    ]
    model = apps.get_model("policies", "RulePackVersion")
    model.objects.bulk_create(
        model(
            pack=pack,
            number=number,
            effective_at=at,
            rules=rules,
            summary_en=en,
            summary_zh=zh,
            published_at=at,
        )
        for pack, number, at, rules, en, zh in rows
    )


class Migration(migrations.Migration):
    dependencies = [("policies", "0004_rulepackdraft")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
