"""Who is told what about an advance. Each fact reaches its reader once, however often it is delivered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse

from aftersales.advances.models import Advance, Ground
from merchants.models import MerchantMember
from portal.accounts.models import Duty, User
from portal.notices.services import NoticeDraft, in_every_language, notify_many
from portal.outbox.registry import Payload

# What happened -> the notice to everybody of the shop, who see what it owes and what became of it.
SHOP = {
    "paid": "advance_paid",
    "reminded": "advance_reminder",
    "objected": "advance_read",
    "borne": "advance_borne",
    "refused": "advance_refused",
    "final": "advance_final",
    "lowered": "advance_lowered",
    "returned": "advance_returned",
    "recovered": "advance_recovered",
    "corrected_borne": "advance_borne",
    "corrected_owed": "advance_refused",
}
STAFF = {"objected": "advance_objected"}  # to finance: its turn


def tell_moves(payloads: list[Payload], now: datetime) -> None:
    """Tell what became of advances; a fixed number of statements for any number of them."""
    found = Advance.objects.select_related("merchant").in_bulk([p["advance"] for p in payloads])
    shops: dict[int, list[int]] = {}
    members = MerchantMember.objects.filter(merchant__in={advance.merchant_id for advance in found.values()})
    for merchant, user in members.values_list("merchant_id", "user_id"):
        shops.setdefault(merchant, []).append(user)
    staff = _staff() if any(p["what"] in STAFF for p in payloads) else []
    notify_many([draft for p in payloads for draft in _drafts(p, found[p["advance"]], shops, staff)], now=now)


def _drafts(payload: Payload, advance: Advance, shops: dict[int, list[int]], staff: list[int]) -> Iterator[NoticeDraft]:
    what = payload["what"]
    key, data = f"advance:{advance.pk}:{what}:{payload['amount']}", _data(advance, payload)
    place = reverse("dashboard:advance", args=[advance.pk])
    for reader in shops.get(advance.merchant_id, []):
        yield NoticeDraft(reader, SHOP[what], place, key, data)
    if what in STAFF:
        place, said = reverse("finance:advance", args=[advance.pk]), {**data, "text": advance.objection}
        for reader in staff:
            yield NoticeDraft(reader, STAFF[what], place, f"{key}:staff", said)


def _data(advance: Advance, payload: Payload) -> dict[str, Any]:
    data: dict[str, Any] = {
        "case": advance.case,
        "merchant": advance.merchant.name,
        "amount": payload["amount"],
        "currency": advance.currency,
    }
    if payload["what"] in {"paid", "reminded"}:
        data["reason"] = in_every_language(Ground(advance.ground).label)
        data["due_at"] = advance.object_until.isoformat()
    if payload["what"] in {"borne", "refused"}:
        data["text"] = advance.answer
    if payload["what"] in {"corrected_borne", "corrected_owed"}:
        data["text"] = advance.correction
    return data


def _staff() -> list[int]:
    return list(User.objects.filter(duty=Duty.PLATFORM, is_active=True).values_list("pk", flat=True))
