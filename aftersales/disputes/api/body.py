"""A case as JSON: everything the caller may know, with a fixed number of queries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from aftersales.disputes.allowed import allowed_actions
from aftersales.disputes.api.actions import ACTIONS_INPUT, input_schema
from aftersales.disputes.api.parts import read_parts
from aftersales.disputes.codes import Role
from aftersales.disputes.models import Dispute, DisputeLine, Offer
from aftersales.disputes.next_step import next_step
from aftersales.disputes.permissions import role_of
from aftersales.disputes.terms import Terms
from aftersales.disputes.workflow import STAGES
from aftersales.policies.arithmetic import spell_stored
from aftersales.remedies.models import Payer
from aftersales.remedies.services import RemedyView, views_of
from portal.money import ZERO
from portal.rest.fields import amount, instant, public_id

if TYPE_CHECKING:
    from portal.accounts.models import User

Row = Mapping[str, Any]
# What a list reads: plain values, since fifty rows of objects cost more than the query.
COLUMNS = (
    *("id", "number", "status", "awaiting", "due_at", "on_silence", "type", "reason", "order_stage"),
    *("wants", "wants_amount", "max_amount", "currency", "outcome", "version"),
    *("opened_at", "updated_at", "closed_at"),
    *("order__number", "merchant__ref", "buyer__buyer_ref", "policy__pack", "policy__number"),
    *("plan_version_id", "plan_version__plan_id", "plan_version__number"),
)


def summary(row: Row) -> dict[str, Any]:
    """Write a case for lists; no queries."""
    currency = row["currency"]
    return {
        "number": row["number"],
        "status": row["status"],
        "stage": STAGES[row["status"]],
        "awaiting": row["awaiting"] or None,
        "due_at": instant(row["due_at"]),
        "on_silence": row["on_silence"] or None,
        "order": row["order__number"],
        "merchant": row["merchant__ref"],
        "buyer": row["buyer__buyer_ref"],
        "type": row["type"],
        "reason": row["reason"],
        "order_stage": row["order_stage"],
        "wants": {"remedy": row["wants"], "amount": amount(row["wants_amount"], currency)},
        "max_amount": amount(row["max_amount"], currency),
        "currency": currency,
        "outcome": row["outcome"] or None,
        "opened_at": instant(row["opened_at"]),
        "updated_at": instant(row["updated_at"]),
        "closed_at": instant(row["closed_at"]),
        "version": row["version"],
        "policy_version": {"pack": row["policy__pack"], "number": row["policy__number"]},
        "plan_version": _plan(row),
    }


def body(case: Dispute, user: "User", *, now: datetime) -> dict[str, Any]:
    """Write a case in full for a user, in the active language, with one statement beside what `case_for` loads."""
    role = role_of(user, case)
    return _written(case, user, role, read_parts(case, codes=role == Role.BUYER), now=now)


def new_body(case: Dispute, user: "User", *, now: datetime) -> dict[str, Any]:
    """Write a case that was opened a moment ago: what belongs to it is at hand, and mostly nothing is owed yet."""
    role = role_of(user, case)
    owed = views_of(case.number, codes=role == Role.BUYER) if case.terms else []
    return _written(case, user, role, owed, now=now)


def _written(
    case: Dispute, user: "User", role: Role | None, remedies: Sequence[RemedyView], *, now: datetime
) -> dict[str, Any]:
    offers = list(case.offers.all())
    return {
        **summary(_row(case)),
        "role": role,
        "next_step": next_step(case, role).text,
        "allowed_actions": actions(case, user, role, now=now, offers=offers),
        "statement": case.statement,
        "answers": case.answers,
        "about": case.about or None,
        "rules": [
            {"kind": source.kind, "name": source.name, "number": source.number}
            for source in sorted(set(case.rules.sources.values()), key=str)
        ],
        "lines": [_line(line, case.currency) for line in case.lines.all()],
        "offers": [_offer(o, case.currency) for o in offers if o.by_role != Role.BUYER],
        "proposals": [_offer(o, case.currency) for o in offers],
        "remedies": [_remedy(view) for view in remedies],
        "money": _money(case, remedies),
        "buyer_trace": [] if role in {Role.MERCHANT, Role.FINANCE} else case.buyer_trace,
        "plan_trace": [] if role == Role.BUYER else case.plan_trace,
        "appeal_until": instant(case.appeal_until),
    }


def actions(
    case: Dispute, user: "User", role: Role | None, *, now: datetime, offers: Sequence[Offer] | None = None
) -> list[dict[str, Any]]:
    """List what the caller may do now, by the names in addresses, with the input that each takes."""
    allowed = allowed_actions(case, role, user_id=user.pk, now=now, offers=offers)
    return [
        {"action": a.slug, "due_at": instant(a.due_at), "input": input_schema(a.action)}
        for a in allowed
        if not a.why_not and a.action in ACTIONS_INPUT
    ]


@cache
def _getter(column: str) -> "attrgetter[Any]":
    return attrgetter(column.replace("__", "."))


def _row(case: Dispute) -> Row:
    unplanned = case.plan_version_id is None
    return {c: None if unplanned and c.startswith("plan_version__") else _getter(c)(case) for c in COLUMNS}


def _plan(row: Row) -> dict[str, Any] | None:
    if row["plan_version_id"] is None:
        return None
    return {"plan": public_id("plan", row["plan_version__plan_id"]), "number": row["plan_version__number"]}


def _line(line: DisputeLine, currency: str) -> dict[str, Any]:
    bought = line.order_line
    return {
        "line": bought.line_ref,
        "sku": bought.sku,
        "title": bought.title,
        "quantity": line.quantity,
        "max_amount": amount(line.max_amount, currency),
    }


def _offer(offer: Offer, currency: str) -> dict[str, Any]:
    return {
        "id": public_id("offer", offer.pk),
        "by": offer.by_role,
        "from_plan": offer.plan_version_id is not None,
        "kind": offer.kind,
        "cash": amount(offer.cash, currency),
        "compensation": amount(offer.compensation, currency),
        "coupon": _coupon(offer, currency) if offer.coupon_amount else None,
        "currency": currency,
        "note": offer.note,
        "state": offer.state,
        "made_at": instant(offer.made_at),
        "expires_at": instant(offer.expires_at),
    }


def _coupon(offer: Offer, currency: str) -> dict[str, Any]:
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
        "channels": [
            {"channel": s.channel, "amount": amount(s.amount, view.currency), "paid_at": instant(s.paid_at)}
            for s in view.shares
        ],
        "coupon_code": view.coupon_code or None,
        "expires_at": instant(view.coupon_expires_at),
        "carrier": view.carrier or None,
        "tracking": view.tracking or None,
        "granted_at": instant(view.granted_at),
        "settled_at": instant(view.settled_at),
    }


def _rows(rows: Sequence[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Write arithmetic: each row with its code and, in the caller's language, its words."""
    words = spell_stored(rows, currency)
    return [
        {"code": row["code"], "label": said.label, "amount": amount(said.amount, currency)}
        for row, said in zip(rows, words, strict=True)
    ]


def _money(case: Dispute, remedies: Sequence[RemedyView]) -> dict[str, Any]:
    """What was decided, and what each party receives (or gives, negative) by what is owed so far; sums to zero."""
    terms = case.terms or {}
    paid = sum((v.amount for v in remedies if v.kind in {"refund", "freight_reimbursement"} and not v.failed), ZERO)
    by_party = {"buyer": paid, "merchant": ZERO, "platform": ZERO}
    by_party[str(Role.PLATFORM if terms.get("payer") == Payer.PLATFORM else Role.MERCHANT)] -= paid
    return {
        "currency": case.currency,
        "remedy": terms.get("kind"),
        "decided": amount(Terms.parse(terms).money, case.currency) if terms else None,
        "most": amount(case.max_amount, case.currency),
        "most_beyond_refund": amount(case.max_compensation, case.currency),
        "working": {part: _rows(rows, case.currency) for part, rows in case.working.items()},
        "by_party": {party: amount(value, case.currency) for party, value in by_party.items()},
    }
