"""Who is told what when a case moves. Every action of the table is told to somebody, or listed as silent."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.guards import owes_repair
from aftersales.disputes.models import Dispute, DisputeLine, Message
from aftersales.disputes.terms import Terms
from aftersales.policies.codes import RemedyKind
from merchants.models import MemberRole, MerchantMember
from portal.accounts.models import Duty, User
from portal.money import plain
from portal.notices.services import NoticeDraft, in_every_language, notify_many

BUYER, SHOP, HEADS, OTHER, PARTIES, STAFF = "buyer", "shop", "heads", "other", "parties", "staff"

# action -> (who, notice kind) pairs; where the outcome decides, by the status the case went to.
TOLD: dict[str, tuple[tuple[str, str], ...]] = {
    "propose": ((OTHER, "counter_offer"),),
    "accept_offer": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),
    "agree": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),
    "agree_by_silence": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),
    "refund_at_once": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),
    "ask_owner": ((HEADS, "owner_asked"),),
    "decline_offers": ((SHOP, "offers_declined"),),
    "expire_offers": ((SHOP, "offers_declined"),),
    "next_offers": ((BUYER, "offers_made"),),
    "let_offer_stand": ((BUYER, "answer_needed"),),
    "ask_return_by_silence": ((BUYER, "return_agreed"), (SHOP, "agreed_merchant")),
    "refuse": ((BUYER, "refused"),),
    "withdraw": ((SHOP, "withdrawn"),),
    "escalate": ((PARTIES, "escalated"),),
    "escalate_by_silence": ((PARTIES, "escalated"),),
    "reopen": ((SHOP, "answer_needed"),),
    "open_claim": ((BUYER, "claim_opened"),),
    "accept_claim": ((SHOP, "claim_accepted"),),
    "contest_claim": ((PARTIES, "escalated"),),
    "drop_claim": ((BUYER, "claim_dropped"),),
    "open_recall": ((BUYER, "recall_opened"),),
    "choose_remedy": ((BUYER, "agreed_buyer"), (SHOP, "recall_chosen")),
    "keep_recall_open": ((BUYER, "recall_opened"),),
    "ship_return": ((SHOP, "return_shipped"),),
    "deliver_return": ((BUYER, "return_received"), (SHOP, "return_delivered")),
    "lose_return": ((PARTIES, "return_lost"),),
    "bounce_return": ((BUYER, "return_bounced"),),
    "recall_parcel": ((BUYER, "parcel_recalled"),),
    "intercept_parcel": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),
    "miss_parcel": ((BUYER, "came_anyway"), (SHOP, "not_stopped")),
    "receive_return": ((BUYER, "return_received"),),
    "confirm_return": ((BUYER, "agreed_buyer"),),
    "accept_return_by_silence": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),
    "propose_deduction": ((BUYER, "deduction_proposed"),),
    "accept_deduction": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),
    "contest_deduction": ((PARTIES, "escalated"),),
    "dispute_return": ((BUYER, "return_contested"),),
    "request_evidence": ((PARTIES, "evidence_requested"),),
    "rule": ((PARTIES, "ruled"),),
    "appeal": ((OTHER, "appealed"),),
    "decide_appeal": ((PARTIES, "appeal_decided"),),
    "extend": ((PARTIES, "extended"),),
    "pause": ((PARTIES, "paused"),),
    "resume": ((PARTIES, "resumed"),),
    "ship_replacement": ((BUYER, "replacement_sent"),),
    "fail_repair": ((BUYER, "repair_failed"),),
    "report_goods": ((PARTIES, "escalated"),),
    "fail_goods": ((PARTIES, "escalated"),),
    "sound_refund_alarm": ((STAFF, "refund_alarm"), (BUYER, "refund_delayed")),
    "report_payout_failed": ((STAFF, "refund_failed"), (BUYER, "refund_delayed")),
    "release_hold": ((BUYER, "agreed_buyer"), (SHOP, "agreed_merchant")),  # the last approval: see `_held`
    "refuse_hold": ((PARTIES, "escalated"),),
    "chase_hold": ((STAFF, "hold_late"), (BUYER, "check_delayed")),
    "report_overdue_hold": ((STAFF, "hold_late"), (BUYER, "check_delayed")),
    "lapse": ((PARTIES, "lapsed"),),
    "complete": ((BUYER, "refund_paid"), (SHOP, "refund_paid_merchant")),  # of goods alone: see `_kind`
    "open": (),  # told by `_opened`: to whom depends on the offers
}
_TO_STAFF = frozenset({"report_payout_failed", "sound_refund_alarm", "chase_hold", "report_overdue_hold"})
# Told by nobody: they change nobody's turn, or another notice says it.
SILENT = frozenset(
    {
        "note_carrier",
        "ask_carrier",
        "deliver_goods",
        "confirm_goods",
        "accept_goods_by_silence",
        "submit_evidence",
        "finish_evidence",
        "close_evidence",
        "take",
        "pass_to_senior",
        "log_breach",
        "execute",
        "execute_ruling",
        "retry_payout",
    }
)


def tell_moves(payloads: list[dict[str, Any]], now: datetime) -> None:
    """Tell everybody concerned about moves of cases; a fixed number of statements for any number of them."""
    cases = _cases({p["dispute"] for p in payloads})
    shops = _shops({case.merchant_id for case in cases.values()})
    asked = (
        {case.merchant_id for case in cases.values()} if any(p["action"] == "ask_owner" for p in payloads) else set()
    )
    heads = _members(asked, [MemberRole.OWNER, MemberRole.MANAGER])
    staff = _staff() if any(p["action"] in _TO_STAFF or _held(p) for p in payloads) else []
    drafts: list[NoticeDraft] = []
    for payload in payloads:
        if case := cases.get(payload["dispute"]):
            drafts += _drafts(payload, case, shops.get(case.merchant_id, []), heads.get(case.merchant_id, []), staff)
    notify_many(drafts, now=now)


def tell_message(payload: dict[str, Any], now: datetime) -> None:
    """Tell the others of a case that somebody wrote."""
    message = Message.objects.select_related("author").get(pk=payload["message"])
    case = _cases({payload["dispute"]})[payload["dispute"]]
    shop = _shops({case.merchant_id}).get(case.merchant_id, [])
    readers = {case.buyer_id, *shop} if message.audience == "parties" else set()
    if case.arbitrator_id:
        readers.add(case.arbitrator_id)
    data = {**_data(case), "actor_role": message.role, "text": message.body[:200]}
    key = f"{case.number}:message:{message.pk}"
    notify_many(
        [
            NoticeDraft(reader, "message_received", f"{case.get_absolute_url()}#talk", key, data)
            for reader in readers - {message.author_id}
        ],
        now=now,
    )


def _drafts(
    payload: dict[str, Any], case: Dispute, shop: list[int], heads: list[int], staff: list[int]
) -> Iterator[NoticeDraft]:
    actor = payload["actor"]
    told = _told(payload)
    groups = {
        BUYER: [case.buyer_id],
        SHOP: shop,
        HEADS: heads,
        OTHER: shop if payload["role"] == Role.BUYER else [case.buyer_id],
        PARTIES: [case.buyer_id, *shop],
        STAFF: staff,
    }
    for group, kind in told:
        kind = _kind(kind, payload, case)
        data = {**_data(case), "actor_role": payload["role"]}
        for reader in groups[group]:
            if reader != actor or kind == "agreed_buyer":
                yield NoticeDraft(reader, kind, case.get_absolute_url(), f"{case.number}:{payload['seq']}:{kind}", data)


def _told(payload: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if payload["action"] == "open":
        return _opened(payload)
    if payload["action"] == "decline_offers" and payload["to"] == Status.AWAITING_BUYER:
        return ()  # the plan goes on, and the shop has nothing to do yet
    if payload.get("advance"):  # the shop hears from the advances room what it owes, and until when it can object
        return ((BUYER, "advanced_buyer"),)
    return _held(payload) or TOLD.get(payload["action"], ())


def _opened(payload: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """A plan's offers go to the buyer, who decides first; else it is the shop's turn."""
    return ((BUYER, "offers_made"),) if payload["to"] == Status.AWAITING_BUYER else ((SHOP, "case_opened"),)


def _held(payload: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Whatever was agreed, an amount that is on hold is not on its way yet; each approval still needed is asked for."""
    if payload["to"] != Status.AMOUNT_ON_HOLD or payload["action"] in {"chase_hold", "report_overdue_hold", "extend"}:
        return ()
    again = payload["from"] == payload["to"]
    return ((STAFF, "hold_waiting"),) if again else ((STAFF, "hold_waiting"), (PARTIES, "being_checked"))


# What is said where the fund pays first, and it is more than it pays unasked.
_OF_ADVANCES = {"hold_waiting": "advance_waiting", "being_checked": "advance_checked"}
# What is said where goods were owed and no money.
_OF_GOODS = {
    "refund_paid": "goods_arrived",
    "refund_paid_merchant": "goods_arrived_merchant",
    "agreed_merchant": "replacement_needed",
}


def _kind(kind: str, payload: dict[str, Any], case: Dispute) -> str:
    """An agreement that begins with a return says where to send it; goods are sent and arrive, not paid."""
    if case.terms and case.terms.get("advance_above"):
        kind = _OF_ADVANCES.get(kind, kind)
    if payload["to"] == Status.AWAITING_RETURN_SHIPMENT:
        return "return_agreed" if kind == "agreed_buyer" else kind
    if case.terms and Terms.parse(case.terms).goods and not Terms.parse(case.terms).money:
        return "repair_needed" if kind == "agreed_merchant" and owes_repair(case) else _OF_GOODS.get(kind, kind)
    return kind


def _cases(pks: Iterable[int]) -> dict[int, Dispute]:
    lines = DisputeLine.objects.select_related("order_line").order_by("id")
    found = Dispute.objects.filter(pk__in=pks).select_related("merchant").prefetch_related(Prefetch("lines", lines))
    return {case.pk: case for case in found}


def _shops(merchants: set[int]) -> dict[int, list[int]]:
    return _members(merchants, [role for role in MemberRole if role != MemberRole.FINANCE])


def _members(merchants: set[int], roles: list[MemberRole]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = {}
    if merchants:
        found = MerchantMember.objects.filter(merchant__in=merchants, role__in=roles)
        for merchant, user in found.values_list("merchant_id", "user_id"):
            members.setdefault(merchant, []).append(user)
    return members


def _staff() -> list[int]:
    return list(User.objects.filter(duty=Duty.PLATFORM, is_active=True).values_list("pk", flat=True))


def _data(case: Dispute) -> dict[str, Any]:
    line = case.lines.all()[0].order_line
    title = line.title or line.sku
    terms = case.terms or {}
    money = Terms.parse(terms).money if terms else case.wants_amount
    data: dict[str, Any] = {
        "case": case.number,
        "product": {"en": title, "zh-hans": line.title_zh or title},
        "merchant": case.merchant.name,
        "currency": case.currency,
    }
    if money:
        data["amount"] = plain(money, case.currency)
    if case.due_at:
        data["due_at"] = case.due_at.isoformat()
    if terms:
        data["outcome"] = in_every_language(RemedyKind(terms["kind"]).label)
    return data
