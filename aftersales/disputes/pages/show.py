"""What the case page shows: gathered with a fixed number of queries, whatever the case holds."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.utils import timezone

from aftersales.disputes.allowed import allowed_actions, open_offers
from aftersales.disputes.clock_ledger import turns
from aftersales.disputes.codes import RefusalReason, Role
from aftersales.disputes.models import Dispute, DisputeLine, Event, Evidence
from aftersales.disputes.next_step import next_step
from aftersales.disputes.pages.postage import cap_of, postage_points
from aftersales.disputes.pages.sums import sums_of
from aftersales.disputes.permissions import role_of
from aftersales.disputes.services.limits import is_limited
from aftersales.disputes.services.messages import readable_messages
from aftersales.disputes.terms import Terms
from aftersales.policies.proofs import burden
from aftersales.policies.questions import said
from aftersales.policies.trace import Said, Step, say
from aftersales.remedies.services import RemedyView, views_of
from aftersales.returns.freight import postage_of
from aftersales.returns.models import CarrierEvent, ReturnShipment
from merchants.plans.services import render_script
from merchants.promises.sentences import points
from portal.ui.amounts import say_money

if TYPE_CHECKING:
    from portal.accounts.models import User

# Taken in the panel in another way than by a button of their own.
_ELSEWHERE = frozenset({"accept_offer", "submit_evidence", "agree"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline as somebody reads it."""

    event: Event
    you: bool
    who: str
    note: str
    amount: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the evidence checklist; `needed`: the point is lost without it."""

    slot: str
    party: str
    needed: bool
    added: bool


def load(user: "User", number: str) -> Dispute | None:
    """Return a case that the user may see, with what the page needs of it."""
    lines = DisputeLine.objects.select_related("order_line").order_by("id")
    return (
        Dispute.objects.visible_to(user)
        .filter(number=number)
        .select_related("order", "merchant", "buyer", "policy", "plan_version", "arbitrator")
        .prefetch_related(Prefetch("lines", lines), "offers", "plan_version__options")
        .first()
    )


def page_of(case: Dispute, user: "User") -> dict[str, Any]:
    """Gather the case page for a user."""
    now = timezone.now()
    role = role_of(user, case)
    offers = list(case.offers.all())
    allowed = allowed_actions(case, role, user_id=user.pk, now=now, offers=offers)
    evidence = list(case.evidence.all())
    events = list(case.events.select_related("actor"))
    parcel = list(CarrierEvent.objects.filter(case=case.number).order_by("-at", "-id"))
    remedies, rulings = remedies_for(case, role), list(case.rulings.select_related("appeal"))
    shipment = ReturnShipment.objects.filter(case=case.number).first()
    return {
        "case": case,
        "role": role,
        "postage_points": postage_points(case, role),
        "next": next_step(case, role),
        "lines": case.lines.all(),
        "standing": open_offers(offers, role, now) if role in {Role.BUYER, Role.MERCHANT} else [],
        "offers": offers,
        "script": script_of(case, user),
        "allowed": [
            a for a in allowed if a.action not in _ELSEWHERE and (a.action != "ask_owner" or is_limited(user, case))
        ],
        "may": {a.action for a in allowed if not a.why_not},
        "timeline": [_entry(event, user) for event in reversed(events)],
        "turns": turns(events),
        "why": why(events) + why_for_buyer(case, role),
        "answers": said(case.type, case.answers),
        "promises": points(case.rules),
        "versions": sorted({str(source) for source in case.rules.sources.values()}),
        "talk": list(readable_messages(case, role)),
        "may_write": role in {Role.BUYER, Role.MERCHANT, Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM},
        "may_note": role not in {Role.BUYER, Role.FINANCE, Role.MARKETPLACE, None},
        "evidence": evidence,
        "checklist": checklist(case, evidence),
        "rulings": rulings,
        "remedies": remedies,
        "sums": sums_of(case, offers=offers, remedies=remedies, rulings=rulings),
        "parcel": parcel,
        "shipment": shipment,
        "postage": postage_of(shipment, parcel, cap_of(case)) if shipment else None,
    }


def remedies_for(case: Dispute, role: Role | None) -> list[RemedyView]:
    """List what is owed and where it stands."""
    return views_of(case.number, codes=role == Role.BUYER) if case.terms else []


def script_of(case: Dispute, user: "User") -> str:
    """Fill the plan's message in, in the reader's language."""
    if case.plan_version is None:
        return ""
    first = case.lines.all()[0].order_line
    words = {
        "buyer": case.buyer.display_name,
        "merchant": case.merchant.name,
        "product": (first.title_zh if user.language == "zh-hans" else "") or first.title or first.sku,
        "order": case.order.number,
        "amount": say_money(case.max_amount, case.currency),
        "hours": str(case.plan_version.expires_hours),
    }
    return render_script(case.plan_version, user.language, words)


def why(events: list[Event]) -> list[Said]:
    """Say what each automatic step decided, and by which rule, in the order they were taken."""
    return [say(Step.parse(step)) for event in events for step in event.data.get("why", ())]


def _entry(event: Event, user: "User") -> Entry:
    data = event.data
    note = data.get("statement") or data.get("question") or data.get("note") or _reason(data.get("reason", ""))
    terms = data.get("terms") or {}
    amount = str(Terms.parse(terms).money) if terms else data.get("amount") or ""
    return Entry(
        event=event,
        you=event.actor_id == user.pk,
        who="you" if event.actor_id == user.pk else event.role,
        note=str(note),
        amount=amount if amount and Decimal(amount) else "",
    )


def _reason(reason: str) -> str:
    """A refusal's code in words; a person's own words as they are."""
    return str(RefusalReason(reason).label) if reason in RefusalReason.values else reason


def why_for_buyer(case: Dispute, role: Role | None) -> list[Said]:
    """Say what was decided by facts about the buyer; no seller reads them."""
    if role in {Role.MERCHANT, Role.FINANCE}:
        return []
    return [say(Step.parse(step)) for step in case.buyer_trace]


def checklist(case: Dispute, evidence: list[Evidence]) -> list[Row]:
    """Say who must show what, in the order of the burden of proof, and what has been shown."""
    shown = {(e.role, e.slot) for e in evidence}
    confirmed = all(line.order_line.received_at for line in case.lines.all())
    return [
        Row(step.slot, step.party, step.needed, (step.party, step.slot) in shown)
        for step in burden(case.type, confirmed=confirmed)
    ]
