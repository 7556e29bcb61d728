"""A case as JSON: everything the caller may know, with a fixed number of queries."""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, QuerySet

from aftersales.disputes.allowed import allowed_actions
from aftersales.disputes.api.inputs import INPUTS, input_schema
from aftersales.disputes.codes import Role, Status
from aftersales.disputes.models import Dispute, DisputeLine, Event, Evidence, Message, Offer
from aftersales.disputes.next_step import next_step
from aftersales.disputes.permissions import role_of
from aftersales.disputes.workflow import STAGES
from aftersales.remedies.services import RemedyView, views_of
from portal.rest.fields import amount

if TYPE_CHECKING:
    from portal.accounts.models import User

_schema = lru_cache(maxsize=64)(input_schema)


def listed(user: "User") -> QuerySet[Dispute]:
    """The cases a user may see, with what a list says of them."""
    return Dispute.objects.visible_to(user).select_related("order", "merchant", "buyer", "policy", "plan_version")


def whole(user: "User") -> QuerySet[Dispute]:
    """The cases a user may see, with what the full body says of them."""
    lines = DisputeLine.objects.select_related("order_line").order_by("id")
    return listed(user).prefetch_related(Prefetch("lines", lines), "offers")


def summary(case: Dispute) -> dict[str, Any]:
    """Write a case for lists; no queries."""
    return {
        "number": case.number,
        "status": case.status,
        "stage": STAGES[Status(case.status)],
        "awaiting": case.awaiting or None,
        "due_at": case.due_at,
        "on_silence": case.on_silence or None,
        "order": case.order.number,
        "merchant": case.merchant.ref,
        "buyer": case.buyer.buyer_ref or case.buyer.username,
        "type": case.type,
        "reason": case.reason,
        "wants": {"remedy": case.wants, "amount": amount(case.wants_amount, case.currency)},
        "max_amount": amount(case.max_amount, case.currency),
        "currency": case.currency,
        "outcome": case.outcome or None,
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "closed_at": case.closed_at,
        "version": case.version,
        "policy_version": str(case.policy),
        "plan_version": str(case.plan_version) if case.plan_version else None,
    }


def body(case: Dispute, user: "User", *, now: datetime, fresh: bool = False) -> dict[str, Any]:
    """Write a case in full for a user; `fresh` cases have nothing owed yet, so nothing is looked up."""
    role = role_of(user, case)
    offers = list(case.offers.all())
    step = next_step(case, role)
    remedies = [] if case.terms is None else views_of(case.number, codes=role == Role.BUYER)
    return {
        **summary(case),
        "role": role,
        "next_step": step.text,
        "statement": case.statement,
        "terms": case.terms,
        "lines": [_line(line, case.currency) for line in case.lines.all()],
        "offers": [_offer(o, case.currency) for o in offers if o.by_role == Role.MERCHANT],
        "proposals": [_offer(o, case.currency) for o in offers],
        "remedies": [_remedy(view) for view in remedies],
        "money": _money(case, remedies),
        "allowed_actions": actions(case, user, role, now=now, offers=offers),
        "plan_trace": case.plan_trace if role != Role.BUYER else [],
        "appeal_until": case.appeal_until,
    }


def actions(
    case: Dispute, user: "User", role: Role | None, *, now: datetime, offers: list[Offer] | None = None
) -> list[dict[str, Any]]:
    """List what the caller may do now, by the actions' names in addresses, with the input each takes."""
    allowed = allowed_actions(case, role, user_id=user.pk, now=now, offers=offers)
    return [
        {"action": a.slug, "due_at": a.due_at, "input": _schema(a.action)}
        for a in allowed
        if not a.why_not and a.action in INPUTS
    ]


def event(entry: Event) -> dict[str, Any]:
    """Write one entry of the timeline."""
    return {
        "seq": entry.seq,
        "at": entry.at,
        "role": entry.role,
        "action": entry.action.replace("_", "-"),
        "from": entry.from_status or None,
        "to": entry.to_status,
        "data": entry.data,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }


def message(said: Message) -> dict[str, Any]:
    """Write one message."""
    return {"id": said.pk, "at": said.at, "role": said.role, "audience": said.audience, "body": said.body}


def exhibit(shown: Evidence) -> dict[str, Any]:
    """Write one file of evidence."""
    return {
        "id": shown.pk,
        "at": shown.at,
        "role": shown.role,
        "kind": shown.kind,
        "slot": shown.slot,
        "caption": shown.caption,
        "name": shown.name,
        "content_type": shown.content_type,
        "size": shown.size,
        "sha256": shown.sha256,
        "url": f"/disputes/{shown.dispute.number}/evidence/{shown.pk}/",
    }


def _line(line: DisputeLine, currency: str) -> dict[str, Any]:
    return {
        "line": line.order_line.line_ref,
        "sku": line.order_line.sku,
        "quantity": line.quantity,
        "max_amount": amount(line.max_amount, currency),
    }


def _offer(offer: Offer, currency: str) -> dict[str, Any]:
    return {
        "id": offer.pk,
        "by": offer.by_role,
        "from_plan": offer.plan_version_id is not None,
        "kind": offer.kind,
        "cash": amount(offer.cash, currency),
        "coupon": _coupon(offer, currency),
        "currency": currency,
        "note": offer.note,
        "state": offer.state,
        "made_at": offer.made_at,
        "expires_at": offer.expires_at,
    }


def _coupon(offer: Offer, currency: str) -> dict[str, Any] | None:
    if not offer.coupon_amount:
        return None
    return {
        "amount": amount(offer.coupon_amount, currency),
        "minimum_spend": amount(offer.coupon_minimum, currency),
        "valid_days": offer.coupon_days,
    }


def _remedy(view: RemedyView) -> dict[str, Any]:
    return {
        "kind": view.kind,
        "state": view.state,
        "done": view.done,
        "amount": amount(view.amount, view.currency) if view.currency else None,
        "currency": view.currency or None,
        "channels": [{"channel": s.channel, "amount": amount(s.amount, view.currency)} for s in view.shares],
        "coupon_code": view.coupon_code or None,
        "carrier": view.carrier or None,
        "tracking": view.tracking or None,
        "granted_at": view.granted_at,
        "settled_at": view.settled_at,
    }


def _money(case: Dispute, remedies: list[RemedyView]) -> dict[str, Any]:
    """What each party receives (+) and pays (-) by what is owed so far; sums to zero."""
    paid = sum(view.amount for view in remedies if view.kind == "refund")
    payer = (case.terms or {}).get("payer", "merchant")
    return {
        "currency": case.currency,
        "buyer": amount(paid, case.currency) if paid else amount(case.max_amount * 0, case.currency),
        payer: f"-{amount(paid, case.currency)}" if paid else amount(case.max_amount * 0, case.currency),
    }
