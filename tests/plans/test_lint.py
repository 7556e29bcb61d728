"""What is found about plans: flawed ones, each with exactly the findings expected, and sound ones with none."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from merchants.coupons.models import CouponTemplate
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.lint import Around, CouponLeft, History, SceneCount, cost_of, gaps, lint
from merchants.plans.starters import STARTERS

D = Decimal
TODAY = date(2026, 3, 2)
EN = "Hello {buyer}, we are sorry about {product}. Please choose what suits you best within {hours} hours."
ZH = "{buyer}您好，{product}让您失望了，我们非常抱歉。请在{hours}小时内选择最适合您的方案。"


def coupon(**given):
    values = {"pk": 7, "merchant_id": 1, "name": "Ten off", "amount": D(10), "minimum_spend": D(50), "currency": "CNY"}
    return CouponTemplate(**{**values, **given})


def part(percent=None, amount=None):
    return OptionContent("partial_refund_keep", percent and D(percent), amount and D(amount))


def give(**given):
    return OptionContent("coupon", coupon=coupon(**given))


def both(percent, **given):
    return OptionContent("cash_and_coupon", percent=D(percent), coupon=coupon(**given))


BACK, FULL = OptionContent("full_refund_with_return"), OptionContent("full_refund_no_return")
SWAP, SWAP_KEEP = OptionContent("replace_with_return"), OptionContent("replace_no_return")
RESEND, REPAIR = OptionContent("resend_missing"), OptionContent("repair")
SOUND = PlanContent(
    types=("quality_visible",),
    stages=("received",),
    value_from=D(50),
    value_to=D(500),
    script_en=EN,
    script_zh=ZH,
    options=(part(30), BACK),
)
AROUND = Around(today=TODAY, plan_id=5, windows={"no_reason": 7, "quality": 15, "visible": 15, "warranty": 180})
LOTS = History(cases=60, in_band=40, last_month=15, low=D(60), high=D(450))


def other(plan_id, name, **given):
    return (plan_id, name, replace(SOUND, **given))


# what is wrong, what the plan says differently, where it stands, what is found: (code, field, option)
FLAWED = [
    ("nothing to choose", {"options": ()}, {}, [("no_options", "options", None)]),
    ("no Chinese", {"script_zh": ""}, {}, [("script_missing", "script_zh", None)]),
    ("no English", {"script_en": " "}, {}, [("script_missing", "script_en", None)]),
    ("unknown variable", {"script_en": EN + " {price}"}, {}, [("unknown_variable", "script_en", None)]),
    (
        "tied to a review",
        {"script_en": EN + " Please remove your bad review."},
        {},
        [("asks_for_review", "script_en", None)],
    ),
    ("tied to a review, Chinese", {"script_zh": ZH + "麻烦删除差评。"}, {}, [("asks_for_review", "script_zh", None)]),
    (
        "rights given up",
        {"script_en": EN + " You waive any further claims."},
        {},
        [("gives_up_rights", "script_en", None)],
    ),
    (
        "rights given up, Chinese",
        {"script_zh": ZH + "接受后您自愿放弃投诉的权利。"},
        {},
        [("gives_up_rights", "script_zh", None)],
    ),
    ("bounds crossed", {"value_from": D(600)}, {}, [("band", "value_to", None)]),
    ("stands too long", {"expires_hours": 200}, {}, [("expires_hours", "expires_hours", None)]),
    ("the same twice", {"options": (part(30), part(30), BACK)}, {}, [("twice", "kind", 2)]),
    (
        "coupon without cash",
        {"options": (give(), SWAP, RESEND), "types": ("promise_breach",)},
        {},
        [("cash_beside_coupon", "options", None)],
    ),
    ("coupon stopped", {"options": (part(30), give(active=False), BACK)}, {}, [("coupon_stopped", "coupon", 2)]),
    ("coupon in dollars", {"options": (part(30), give(currency="USD"), BACK)}, {}, [("coupon_currency", "coupon", 2)]),
    ("stage never", {"stages": ("in_transit",), "types": ("size_or_fit",)}, {}, [("stage_mismatch", "stages", None)]),
    (
        "days without delivery",
        {"stages": ("in_transit",), "types": ("lost_or_stuck_in_transit",), "days_to": 5, "options": (part(10), FULL)},
        {},
        [("days_without_delivery", "days_from", None)],
    ),
    (
        "return before sending",
        {"stages": ("unshipped",), "types": ("late_shipping",)},
        {},
        [("return_unshipped", "kind", 2)],
    ),
    # ladders
    (
        "a fifth step",
        {"options": (part(10), replace(part(20), step=5), BACK)},
        {},
        [("too_many_steps", "step", 2), ("step_order", "step", 3)],
    ),
    (
        "later above earlier",
        {"options": (replace(part(10), step=1), replace(part(20), step=2), BACK)},
        {},
        [("step_order", "step", 3)],
    ),
    ("a step left out", {"options": (part(10), BACK, replace(part(20), step=3))}, {}, [("step_missing", "step", 3)]),
    ("steps at once", {"step_hours": 0}, {}, [("step_hours", "step_hours", None)]),
    (
        "cash only later",
        {"types": ("promise_breach",), "options": (give(), replace(part(20), step=2))},
        {},
        [("cash_beside_coupon", "options", None)],
    ),
    ("a later step worse", {"options": (part(20), BACK, replace(part(10), step=2))}, {}, [("step_worse", "step", 3)]),
    ("the right comes late", {"options": (part(20), replace(BACK, step=2))}, {}, [("right_late", "step", 2)]),
    (
        "a slow ladder",
        {"options": (part(10), BACK, replace(part(20), step=2)), "step_hours": 168, "expires_hours": 96},
        {},
        [("ladder_slow", "step_hours", None)],
    ),
    # below here: what may be published, but is hardly meant
    (
        "answers everything",
        {"types": (), "stages": (), "value_from": None, "value_to": None},
        {},
        [("answers_everything", "types", None)],
    ),
    ("below the right", {"options": (part(30), SWAP)}, {}, [("below_right", "options", None)]),
    (
        "never came, yet no money back",
        {"types": ("not_received",), "stages": ("in_transit",), "options": (part(10),)},
        {},
        [("below_right", "options", None)],
    ),
    ("fakes", {"types": ("counterfeit",), "options": (part(30), BACK)}, {}, [("right_beyond_plans", "types", None)]),
    ("coupon above the money", {"options": (give(), part(30), BACK)}, {}, [("coupon_first", "kind", 1)]),
    (
        "money as a fig leaf",
        {"types": ("late_shipping",), "options": (part(3), give(amount=D(40)))},
        {},
        [("cash_token", "percent", 1)],
    ),
    ("less for the same", {"options": (part(30), part(10), BACK)}, {}, [("never_better", "kind", 2)]),
    ("the same with a coupon", {"options": (part(20), both(20), BACK)}, {}, [("never_better", "kind", 1)]),
    (
        "smaller coupon",
        {"options": (part(30), give(), give(pk=8, amount=D(20)), BACK)},
        {},
        [("never_better", "kind", 2)],
    ),
    ("return beside keeping", {"options": (part(30), SWAP, SWAP_KEEP, BACK)}, {}, [("never_better", "kind", 2)]),
    (
        "return beside a plain refund",
        {"options": (FULL, BACK), "types": ("wrong_item",)},
        {},
        [("never_better", "kind", 2)],
    ),
    ("fixed below a percentage", {"options": (part(30), part(amount=5), BACK)}, {}, [("never_better", "kind", 2)]),
    ("everything back anyway", {"options": (part(amount=500), BACK)}, {}, [("amount_above_goods", "amount", 1)]),
    ("more than the cheapest", {"options": (part(amount=80), BACK)}, {}, [("amount_above_low", "amount", 1)]),
    (
        "no lowest amount",
        {"options": (part(amount=5), BACK), "value_from": None},
        {},
        [("amount_without_low", "amount", 1)],
    ),
    (
        "more than past cases",
        {"options": (part(amount=80), BACK), "value_from": None},
        {"history": LOTS},
        [("amount_above_low", "amount", 1)],
    ),
    (
        "nothing of next to nothing",
        {"options": (part("0.05"), BACK), "value_from": D(1), "value_to": D(10)},
        {},
        [("rounds_to_nothing", "percent", 1)],
    ),
    ("a trifle", {"options": (part(1), BACK)}, {}, [("trifle", "percent", 1)]),
    ("almost everything", {"options": (part(95), BACK)}, {}, [("almost_all", "percent", 1)]),
    (
        "coupon above all goods",
        {"options": (part(30), give(amount=D(600), minimum_spend=D(0)), BACK)},
        {},
        [("coupon_above_goods", "coupon", 2)],
    ),
    (
        "coupon above the cheapest",
        {"options": (part(30), give(amount=D(60)), BACK)},
        {},
        [("coupon_above_low", "coupon", 2)],
    ),
    (
        "minimum out of reach",
        {"options": (part(30), give(minimum_spend=D(900)), BACK)},
        {},
        [("coupon_minimum", "coupon", 2)],
    ),
    (
        "coupon expired",
        {"options": (part(30), give(valid_until=date(2026, 3, 1)), BACK)},
        {},
        [("coupon_expired", "coupon", 2)],
    ),
    (
        "coupon about to end",
        {"options": (part(30), give(valid_until=date(2026, 3, 20)), BACK)},
        {},
        [("coupon_ends_soon", "coupon", 2)],
    ),
    ("coupon of a week", {"options": (part(30), give(valid_days=7), BACK)}, {}, [("coupon_short", "coupon", 2)]),
    (
        "coupon budget used up",
        {"options": (part(30), give(), BACK)},
        {"left": {7: CouponLeft(0)}},
        [("coupon_spent", "coupon", 2)],
    ),
    (
        "coupon budget too small",
        {"options": (part(30), give(), BACK)},
        {"left": {7: CouponLeft(9)}, "history": LOTS},
        [("coupon_budget_short", "coupon", 2)],
    ),
    (
        "coupon for other goods",
        {"options": (part(30), give(categories=["Shoes"]), BACK), "categories": ("Shirts",)},
        {},
        [("coupon_other_goods", "coupon", 2)],
    ),
    (
        "sent before it was sent",
        {"stages": ("unshipped",), "types": ("late_shipping",), "options": (part(10), SWAP_KEEP, FULL)},
        {},
        [("goods_unsent", "kind", 2)],
    ),
    (
        "back what never came",
        {"types": ("not_received",), "stages": ("in_transit",), "options": (part(10), BACK)},
        {},
        [("nothing_to_return", "kind", 2)],
    ),
    ("reason of another kind", {"reasons": ("defective", "size_small")}, {}, [("reason_never", "reasons", None)]),
    (
        "kind without its reason",
        {"types": ("quality_visible", "size_or_fit"), "reasons": ("defective",)},
        {},
        [("type_never", "types", None)],
    ),
    (
        "kind at another stage",
        {"types": ("late_shipping", "size_or_fit"), "stages": ("in_transit",), "options": (part(10), FULL)},
        {},
        [("type_never", "types", None)],
    ),
    ("one stage of two", {"stages": ("received", "in_transit")}, {}, [("stage_never", "stages", None)]),
    ("after the window", {"days_from": 20}, {}, [("after_window", "days_from", None)]),
    ("currency without orders", {}, {"currencies": frozenset({"USD"})}, [("currency_unused", "currency", None)]),
    (
        "category misspelt",
        {"categories": ("Shrits",)},
        {"categories": frozenset({"Shirts"})},
        [("category_unused", "categories", None)],
    ),
    ("amounts that nobody pays", {}, {"history": History(cases=30)}, [("band_never_met", "value_from", None)]),
    ("one amount only", {"value_from": D(100), "value_to": D(100)}, {}, [("band_single", "value_to", None)]),
    ("the same text", {"script_zh": EN}, {}, [("same_text", "script_zh", None)]),
    (
        "Chinese for English",
        {"script_en": ZH + "谢谢您的理解，祝您生活愉快，也祝您全家平安。"},
        {},
        [("wrong_language", "script_en", None)],
    ),
    (
        "English for Chinese",
        {"script_zh": "Dear {buyer}, sorry about {product}; choose within {hours} hours."},
        {},
        [("wrong_language", "script_zh", None)],
    ),
    ("curt", {"script_en": "Sorry. {buyer} {product} {hours}"}, {}, [("script_short", "script_en", None)]),
    ("a novel", {"script_zh": ZH + "我们会认真对待您的反馈。" * 40}, {}, [("script_lengthy", "script_zh", None)]),
    (
        "shouting",
        {"script_en": "DEAR {buyer}, WE ARE VERY SORRY ABOUT {product}. PLEASE CHOOSE WITHIN {hours} HOURS."},
        {},
        [("script_shouts", "script_en", None)],
    ),
    ("exclamations", {"script_zh": ZH + "谢谢！！"}, {}, [("script_shouts", "script_zh", None)]),
    ("pressing", {"script_en": EN + " This is your last chance."}, {}, [("script_presses", "script_en", None)]),
    ("led away", {"script_zh": ZH + "也可以加我们的微信。"}, {}, [("script_elsewhere", "script_zh", None)]),
    ("hours by hand", {"script_en": EN + " That is 48 hours."}, {}, [("hours_differ", "script_en", None)]),
    ("another percentage", {"script_zh": ZH + "退还50%。"}, {}, [("percent_not_offered", "script_zh", None)]),
    ("said in one language", {"script_en": EN + " Order {order}."}, {}, [("variable_missing", "script_zh", None)]),
    (
        "swallowed by an older one",
        {},
        {"others": (other(2, "Faults", value_from=None),)},
        [("swallowed", "types", None)],
    ),
    (
        "swallowed by a specific one",
        {"reasons": ("defective",), "stages": ()},
        {
            "others": (
                other(
                    9,
                    "Faults",
                    reasons=("defective", "damaged"),
                    stages=("received", "in_transit", "unshipped"),
                    days_from=None,
                    days_to=None,
                    value_to=D(900),
                ),
            )
        },
        [("swallowed", "types", None)],
    ),
    (
        "swallows another",
        {"days_to": 30},
        {"others": (other(9, "Late faults", stages=(), days_from=5, days_to=30),)},
        [("overlap", "types", None)],
    ),
    ("swallows a younger one", {}, {"others": (other(9, "Young", value_from=D(60)),)}, [("swallows", "types", None)]),
    (
        "shares cases",
        {},
        {"others": (other(2, "Dear", value_from=D(400), value_to=D(900)),)},
        [("overlap", "types", None)],
    ),
]
SOUND_ONES = [
    {},
    {"options": (part(30), give(), BACK)},
    {"options": (part(30), both(20, amount=D(45)), BACK)},
    {"options": (FULL,)},
    {"options": (SWAP, part(20), BACK), "types": ("size_or_fit",), "reasons": ("size_small", "size_large")},
    {"options": (part(10), FULL), "types": ("late_shipping",), "stages": ("unshipped",)},
    {"options": (part(10), give()), "types": ("late_shipping",), "stages": ("in_transit", "received")},
    {"options": (FULL, SWAP_KEEP), "types": ("not_received", "lost_or_stuck_in_transit"), "stages": ("in_transit",)},
    {"options": (RESEND, part(20), BACK), "types": ("missing_item_or_quantity",)},
    {"options": (REPAIR, SWAP, BACK), "types": ("quality_hidden",), "days_to": 180, "value_from": None},
    {"options": (SWAP_KEEP, part(50), BACK), "types": ("arrived_damaged",), "days_to": 7},
    {"options": (part(40), FULL), "types": ("perished",), "days_to": 2, "stages": ()},
    {"options": (part(amount=20), BACK)},
    {"options": (part(amount=20), part(10), BACK), "value_to": D(400)},
    {"options": (part(5), part(15), BACK)[1:]},
    {"currency": "USD", "value_from": D(10), "value_to": D(99)},
    {"currency": "JPY", "value_from": D(1000), "value_to": D(50000)},
    {"categories": ("Shirts",), "options": (part(30), give(categories=["Shirts"]), BACK)},
    {"script_en": EN + " You give up nothing but this claim; take 30% back.", "script_zh": ZH + "可立即获得30%退款。"},
    {"script_en": EN + " They stand for 48 hours.", "script_zh": ZH + "共48小时。", "expires_hours": 48},
    {"options": (part(10), BACK, replace(part(20), step=2), replace(part(30), step=3))},
    {"types": ("no_reason_return",), "options": (part(15), BACK)},
    {
        "types": ("invoice",),
        "stages": (),
        "options": (part(5), part(amount=10)),
        "value_from": D(100),
        "value_to": D(900),
    },
]


@pytest.mark.parametrize(("changes", "around", "expected"), [row[1:] for row in FLAWED], ids=[row[0] for row in FLAWED])
def test_flawed_plans(changes, around, expected):
    found = lint(replace(SOUND, **changes), replace(AROUND, **around), merchant_id=1)
    assert [(f.code, f.field, f.option) for f in found] == expected
    assert all(f.message and f.mend and f.anchor and "%(" not in f.message + f.mend for f in found)


@pytest.mark.parametrize("changes", SOUND_ONES)
@pytest.mark.parametrize("history", [History(), LOTS])
def test_sound_plans(changes, history):
    content = replace(SOUND, **changes)
    around = replace(AROUND, history=replace(history, low=content.value_from, high=content.value_to))
    assert lint(content, around, merchant_id=1) == []


def test_findings_lead_to_their_field():
    content = replace(SOUND, options=(part(1), BACK), script_zh="")
    found = lint(content, AROUND, merchant_id=1)
    assert [f.anchor for f in found] == ["id_script_zh", "id_option_1_percent"]
    assert [f.level for f in found] == ["error", "note"], "the worst first"


def test_the_winner_of_an_overlap_is_named_with_the_reason():
    shared = replace(AROUND, others=(other(2, "Dear", value_from=D(400), value_to=D(900)),))
    assert "“Dear”, too: it answers them, because it is as specific and older" in _only(SOUND, shared).message
    assert _only(SOUND, shared).plan_id == 2
    narrower = replace(SOUND, reasons=("defective",))
    assert "this plan answers them, because it is more specific (4 conditions" in _only(narrower, shared).message


def _only(content, around):
    (found,) = lint(content, around, merchant_id=1)
    return found


def test_what_it_can_cost():
    cost = cost_of(replace(SOUND, options=(part(30), both(50, amount=D(45)))), replace(AROUND, history=LOTS))
    assert (cost.paid, cost.per_case, cost.option, cost.cases, cost.per_month) == (D(500), D(295), 2, 15, D(4425))
    unknown = cost_of(replace(SOUND, value_to=None), AROUND)
    assert (unknown.paid, unknown.per_case, unknown.per_month) == (None, None, None)


def test_gaps_are_scenes_with_many_cases_that_no_live_plan_fits():
    counts = [
        SceneCount("size_or_fit", "received", "CNY", 7),
        SceneCount("wrong_item", "received", "CNY", 4),
        SceneCount("quality_visible", "received", "CNY", 90),
        SceneCount("quality_visible", "received", "USD", 12),
    ]
    assert [(gap.type, gap.currency) for gap in gaps(counts, [SOUND])] == [
        ("quality_visible", "USD"),
        ("size_or_fit", "CNY"),
    ]


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.slug)
@pytest.mark.parametrize("given", [None, coupon()], ids=["no coupon", "coupon"])
def test_nothing_is_found_about_plans_to_begin_with(starter, given):
    content = starter.content_for(given, "CNY")
    assert [(f.code, f.option) for f in lint(content, AROUND, merchant_id=1) if f.level != "note"] == []
