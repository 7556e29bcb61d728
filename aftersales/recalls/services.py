"""Recalling goods: opened once by the platform, then served to every buyer in batches, safe to run twice."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from aftersales.disputes.codes import FINAL, Status
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.services.recalling import open_recall_cases
from aftersales.orders.models import OrderLine, OrderStatus
from aftersales.recalls.models import Recall, RecallCase
from merchants.models import MemberRole, Merchant, MerchantMember
from portal.accounts.models import Duty
from portal.notices.services import NoticeDraft, notify_many
from portal.outbox.services import publish

if TYPE_CHECKING:
    from portal.accounts.models import User

BATCH = 500
LOOKED_AFTER = timedelta(days=90)  # orders come in late by an import, not by years


def affected(*, merchant: Merchant, sku: str, bought_from: date, bought_to: date) -> QuerySet[OrderLine]:
    """Return the lines that a recall is about: paid on those days, not cancelled, not refunded in full."""
    paid = F("unit_price") * F("quantity") - F("discount") + F("freight")
    days = {"order__paid_at__date__gte": bought_from, "order__paid_at__date__lte": bought_to}
    lines = OrderLine.objects.filter(order__merchant=merchant, sku=sku, **days).exclude(status=OrderStatus.CANCELLED)
    return lines.filter(refunded_amount__lt=paid)


def open_recall(
    *,
    actor: "User",
    now: datetime,
    merchant: Merchant,
    sku: str,
    bought_from: date,
    bought_to: date,
    notice_en: str,
    notice_zh: str,
    goods_back: bool = True,
    basis: str = "",
) -> Recall:
    """Recall goods as the platform; the buyers' cases follow at once, in the background.

    Raises NotAllowed for others, RuleBroken where the notice is missing, or the basis for goods that stay.
    """
    if actor.duty != Duty.PLATFORM:
        raise NotAllowed(_("Only the platform recalls goods."))
    for name, text in (("notice_en", notice_en), ("notice_zh", notice_zh)):
        if not text.strip():
            raise RuleBroken("notice_missing", _("Write the notice in both languages."), name)
    if bought_to < bought_from:
        raise RuleBroken("days", _("The last day lies before the first."), "bought_to")
    if not goods_back and not basis.strip():
        text = _("Name the seller's consent or the order of an authority: without it the goods come back first.")
        raise RuleBroken("basis_missing", text, "basis")
    with transaction.atomic():
        recall = Recall.objects.create(
            merchant=merchant,
            sku=sku.strip(),
            bought_from=bought_from,
            bought_to=bought_to,
            notice_en=notice_en.strip(),
            notice_zh=notice_zh.strip(),
            goods_back=goods_back,
            basis=basis.strip(),
            opened_by=actor,
            opened_at=now,
        )
        _tell_shop(recall, now)
        publish("recall.opened", {"recall": recall.pk}, now=now)
    return recall


@transaction.atomic
def serve(*, recall: Recall, now: datetime, batch: int = BATCH) -> int:
    """Open a batch of the cases that are not opened yet and ask for the next one; return how many were opened.

    Run twice, or twice at once, it opens each case once.
    """
    Recall.objects.select_for_update().get(pk=recall.pk)
    served = RecallCase.objects.filter(recall=recall, order_line=OuterRef("pk"))
    lines = list(recalled_lines(recall).filter(~Exists(served)).select_related("order").order_by("pk")[:batch])
    cases = open_recall_cases(
        lines=lines,
        actor=recall.opened_by,
        now=now,
        statement=f"{recall.notice_zh}\n\n{recall.notice_en}",
        goods_back=recall.goods_back,
    )
    RecallCase.objects.bulk_create(
        RecallCase(recall=recall, order_line=line, dispute=case) for line, case in zip(lines, cases, strict=True)
    )
    if len(lines) == batch:
        publish("recall.opened", {"recall": recall.pk}, now=now)
    else:
        Recall.objects.filter(pk=recall.pk, served_at=None).update(served_at=now)
    return len(lines)


def serve_later(*, now: datetime) -> int:
    """Look again at recalls whose buyers were all told: orders may have come in since. Return how many were."""
    recent = Recall.objects.filter(served_at__gte=now - LOOKED_AFTER).select_related("merchant", "opened_by")
    return sum(serve(recall=recall, now=now) for recall in recent.order_by("pk"))


def recalled_lines(recall: Recall) -> QuerySet[OrderLine]:
    """Return the lines that a recall is about, served or not."""
    return affected(
        merchant=recall.merchant, sku=recall.sku, bought_from=recall.bought_from, bought_to=recall.bought_to
    )


def progress(recall: Recall) -> dict[str, int]:
    """Count how far a recall got, with one statement."""
    done = [Status.RESOLVED, Status.CLOSED]
    waiting = Q(dispute__status=Status.RECALLED)
    return RecallCase.objects.filter(recall=recall).aggregate(
        told=Count("pk"),
        waiting=Count("pk", filter=waiting),
        running=Count("pk", filter=~waiting & ~Q(dispute__status__in=FINAL)),
        done=Count("pk", filter=Q(dispute__status__in=done)),
        lapsed=Count("pk", filter=Q(dispute__status=Status.LAPSED)),
    )


def _tell_shop(recall: Recall, now: datetime) -> None:
    members = MerchantMember.objects.filter(merchant=recall.merchant).exclude(role=MemberRole.FINANCE)
    key, data = (
        f"recall:{recall.pk}",
        {"case": recall.number, "text": f"{recall.sku}: {recall.notice_zh} / {recall.notice_en}"[:300]},
    )
    users = members.values_list("user_id", flat=True)
    drafts = [NoticeDraft(user, "recall_opened_merchant", "/merchant/?tab=waiting", key, data) for user in users]
    notify_many(drafts, now=now)
