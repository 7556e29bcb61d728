"""What the buyer will see of a plan, in both languages, for a sample case."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Role
from aftersales.disputes.models import Offer
from aftersales.policies.codes import FULL, WITH_COUPON
from merchants.models import Merchant
from merchants.plans.content import OptionContent, PlanContent, needs_amount
from merchants.plans.models import PlanOption
from merchants.plans.scripts import fill
from merchants.plans.sentences import script_excerpt
from merchants.plans.services import offer_cash
from portal.money import ZERO, floor
from portal.ui.amounts import say_money

MOST = Decimal(10**9)
LANGUAGES = (("en", "en", "English"), ("zh-hans", "zh-Hans", "简体中文"))


@dataclass(frozen=True, slots=True)
class Preview:
    """The buyer's view in one language, ready to be put on a page."""

    lang: str
    name: str
    html: SafeString


def previews(content: PlanContent, merchant: Merchant, paid: Decimal) -> list[Preview]:
    """Render the buyer's view in both languages; `paid` in the plan's currency."""
    return [Preview(lang, name, _render(content, merchant, paid, code)) for code, lang, name in LANGUAGES]


def sample_paid(data: QueryDict, content: PlanContent) -> Decimal:
    """What the sample case is worth: as chosen, else within the plan's band."""
    try:
        chosen = floor(Decimal(data.get("sample", "")), content.currency)
    except InvalidOperation:
        chosen = ZERO
    if 0 < chosen <= MOST:
        return chosen
    low, high = content.value_from or ZERO, content.value_to or Decimal(128)
    return floor(max(low, min(Decimal(128), high)), content.currency) or Decimal(128)


def _render(content: PlanContent, merchant: Merchant, paid: Decimal, language: str) -> SafeString:
    with translation.override(language):
        context: dict[str, Any] = {
            "merchant": merchant,
            "currency": content.currency,
            "sample": {"currency": content.currency},  # stands for the case in the cards that cases show too
            "script": fill(script_excerpt(content, language), _words(content, merchant, paid)),
            "steps": [step for number in content.steps if (step := _step(content, number, paid))],
            "hours": content.expires_hours,
        }
        return render_to_string("merchants/plans/_buyer.html", context)


def _step(content: PlanContent, number: int, paid: Decimal) -> dict[str, Any] | None:
    """What comes at one step of the ladder, and after how many hours."""
    here = [option for option in content.options if option.step == number]
    offers = [offer for option in here if (offer := _offer(option, paid, content.currency))]
    return {"offers": offers, "after": content.step_hours * (number - 1)} if offers else None


def _words(content: PlanContent, merchant: Merchant, paid: Decimal) -> dict[str, str]:
    return {
        "buyer": _("Lin"),
        "merchant": merchant.name,
        "product": _("Linen shirt"),
        "order": "1024-7788",
        "amount": say_money(paid, content.currency),
        "hours": str(content.expires_hours),
    }


def _offer(option: OptionContent, paid: Decimal, currency: str) -> Offer | None:
    """The proposal that a case would get; nothing where the option is not finished yet."""
    row = PlanOption(kind=option.kind, percent=option.percent, amount=option.amount)
    cash = paid if option.kind in FULL else offer_cash(row, paid, currency)
    coupon = option.coupon if option.kind in WITH_COUPON else None
    if (needs_amount(option.kind) and not cash) or (option.kind in WITH_COUPON and coupon is None):
        return None
    return Offer(
        by_role=Role.MERCHANT,
        kind=option.kind,
        cash=cash,
        coupon_amount=coupon.amount if coupon else ZERO,
        coupon_minimum=coupon.minimum_spend if coupon else ZERO,
        coupon_days=coupon.valid_days if coupon else 0,
    )
