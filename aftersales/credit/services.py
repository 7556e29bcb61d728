"""Buyers' tiers: stored by whoever measures, read by whoever decides, objected to by the buyer."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from psycopg2.extras import Json, execute_values

from aftersales.credit.models import BuyerCredit, Objection, ObjectionResult
from aftersales.credit.tiers import Facts, tier_of
from aftersales.policies.book import HOME, book_at, pack_rules
from aftersales.policies.codes import BuyerTier
from aftersales.policies.rules import Rules
from portal.accounts.models import Duty
from portal.notices.services import NoticeDraft, notify_many
from portal.outbox.services import publish

if TYPE_CHECKING:
    from portal.accounts.models import User

# One element of a SELECT, for whoever reads more in the same statement. Binds `buyer`.
TIER = f"COALESCE((SELECT tier FROM credit_buyercredit WHERE buyer_id = %(buyer)s), '{BuyerTier.NEW}')"  # noqa: S608
_STORE = """
INSERT INTO credit_buyercredit AS c (buyer_id, tier, facts, computed_at, since) VALUES %s
ON CONFLICT (buyer_id) DO UPDATE SET facts = excluded.facts, computed_at = excluded.computed_at, tier = excluded.tier,
    since = CASE WHEN c.tier = excluded.tier THEN c.since ELSE excluded.since END
"""


class NothingToObject(Exception):
    """An objection is open already, or says nothing."""


def rules_for_buyers(now: datetime) -> Rules:
    """Return the rules that tiers are made by: the home market's, since a tier is of a person, not of an order."""
    return pack_rules(book_at(now).bases[HOME])


def store(measured: Mapping[int, Facts], *, now: datetime) -> None:
    """Keep what was measured of buyers, and the tiers that follow; one statement, the same again changes nothing."""
    if not measured:
        return
    rules = rules_for_buyers(now)
    tiers = {buyer: str(tier_of(facts, rules)[0]) for buyer, facts in measured.items()}
    rows = [(buyer, tiers[buyer], Json(measured[buyer].dump()), now, now) for buyer in sorted(measured)]
    with connection.cursor() as cursor:
        execute_values(cursor, _STORE, rows, page_size=len(rows))


def credit_of(buyer_id: int) -> BuyerCredit:
    """Return a buyer's tier; a new buyer's where nothing was measured yet."""
    return BuyerCredit.objects.filter(buyer=buyer_id).first() or BuyerCredit(buyer_id=buyer_id)


def object_to(*, actor: "User", now: datetime, text: str) -> Objection:
    """Object to one's own tier; the platform answers. Raises NothingToObject without words, or while one is open."""
    if not text.strip():
        raise NothingToObject(_("Say what is wrong with your tier."))
    credit = credit_of(actor.pk)
    try:
        with transaction.atomic():
            return Objection.objects.create(
                buyer=actor, tier=credit.tier, facts=credit.facts, text=text.strip(), made_at=now
            )
    except IntegrityError as double:
        raise NothingToObject(_("You have objected already. The platform will answer.")) from double


@transaction.atomic
def answer_objection(*, objection: Objection, actor: "User", now: datetime, result: str, answer: str) -> Objection:
    """Answer an objection as the platform; where it was right, findings from before no longer count.

    Raises PermissionDenied for others, NothingToObject without words or where it was answered before.
    """
    if actor.duty != Duty.PLATFORM:
        raise PermissionDenied
    if result not in ObjectionResult.values or not answer.strip():
        raise NothingToObject(_("Choose a result and write the answer that the buyer reads."))
    given = {"result": result, "answer": answer.strip(), "answered_at": now, "answered_by": actor}
    if not Objection.objects.filter(pk=objection.pk, answered_at=None).update(**given):
        raise NothingToObject(_("This was answered before."))
    if result == ObjectionResult.UPHELD:
        BuyerCredit.objects.update_or_create(buyer_id=objection.buyer_id, defaults={"forgiven_at": now})
    publish("credit.answered", {"buyer": objection.buyer_id, "objection": objection.pk}, now=now)
    objection.refresh_from_db()
    key, data = f"objection:{objection.pk}", {"case": f"O-{objection.pk}", "text": objection.answer[:300]}
    notify_many([NoticeDraft(objection.buyer_id, "tier_answered", "/standing/", key, data)], now=now)
    return objection
