"""Plans as the API writes them."""

from decimal import Decimal
from typing import Any

from aftersales.policies.codes import FULL
from merchants.plans.api.serializers import COUPON
from merchants.plans.content import PlanContent, content_of
from merchants.plans.matching import Match
from merchants.plans.models import Plan, PlanVersion
from merchants.plans.services import offer_cash
from portal.money import ZERO
from portal.rest.fields import amount, instant, public_id


def plan_body(plan: Plan) -> dict[str, Any]:
    """Write a plan whose versions were loaded with it."""
    return {
        "id": public_id("plan", plan.pk),
        "merchant": plan.merchant.ref,
        "name": plan.name,
        "state": plan.state,
        "live": _version(plan.live) if plan.live else None,
        "draft": _version(plan.draft) if plan.draft else None,
        "created_at": instant(plan.created_at),
    }


def _version(version: PlanVersion) -> dict[str, Any]:
    content = content_of(version)
    return {
        "number": version.number,
        "published_at": instant(version.published_at),
        "fingerprint": content.fingerprint,
        "scene": _scene(content),
        "script": {"en": content.script_en, "zh": content.script_zh},
        "options": [
            {
                "kind": option.kind,
                "percent": None if option.percent is None else f"{option.percent:f}",
                "amount": _money(option.amount, content.currency),
                "coupon": public_id(COUPON, option.coupon.pk) if option.coupon else None,
                "step": option.step,
            }
            for option in content.options
        ],
        "expires_hours": content.expires_hours,
        "step_hours": content.step_hours,
    }


def _scene(content: PlanContent) -> dict[str, Any]:
    lists = {name: list(getattr(content, name)) for name in ("types", "reasons", "stages", "categories")}
    return {
        **lists,
        "currency": content.currency,
        "value_from": _money(content.value_from, content.currency),
        "value_to": _money(content.value_to, content.currency),
        "days_from": content.days_from,
        "days_to": content.days_to,
    }


def simulation_body(plan: Plan, found: Match, value: Decimal, currency: str) -> dict[str, Any]:
    """Write what would happen to a sample case worth `value`."""
    winner = found.version.plan_id if found.version else None
    return {
        "answers": winner == plan.pk,
        "winner": public_id("plan", winner) if winner else None,
        "offers": [
            {
                "kind": option.kind,
                "cash": amount(value if option.kind in FULL else offer_cash(option, value, currency), currency),
                "coupon_amount": amount(option.coupon.amount if option.coupon else ZERO, currency),
                "currency": currency,
            }
            for option in found.options
        ],
        "trace": [{**row, "plan": public_id("plan", row["plan"])} for row in found.trace],
    }


def _money(value: Decimal | None, currency: str) -> str | None:
    return None if value is None else amount(value, currency)
