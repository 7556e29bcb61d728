"""A recall of what an order holds, and the case that comes of it."""

from datetime import timedelta

from django.utils import timezone

from aftersales.disputes.models import Dispute
from aftersales.recalls.services import open_recall
from portal.outbox.services import drain


def opened(order, cast, now, **more):
    """Recall what was bought with an order, and all like it."""
    line = order.lines.first()
    day = timezone.localtime(order.paid_at).date()
    said = {"notice_en": "It may catch fire. Unplug it.", "notice_zh": "可能起火，请立即拔掉电源。"}
    which = {"merchant": order.merchant, "sku": line.sku, "bought_from": day - timedelta(days=1), "bought_to": day}
    return open_recall(actor=cast.platform, now=now, **which, **said, **more)


def recalled(order, cast, now, **more):
    """The case that a recall opens for the order's first line."""
    recall = opened(order, cast, now, **more)
    drain(now=now)
    return Dispute.objects.get(recalled__recall=recall, order=order)
