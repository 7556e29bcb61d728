"""Who is told about a deposit: the shop's owner, managers and finance."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from merchants.deposits.models import Deposit
from merchants.models import MemberRole, MerchantMember
from portal.notices.services import NoticeDraft, notify_many

READERS = (MemberRole.OWNER, MemberRole.MANAGER, MemberRole.FINANCE)
_PAGE = "/merchant/deposit/"
_LONGEST = 200  # of a notice's link


def tell_shop(payload: dict[str, Any], now: datetime) -> None:
    """Write the notices of one fact, each once per reader."""
    deposit = Deposit.objects.select_related("merchant").get(pk=payload["deposit"])
    data = {name: payload[name] for name in ("amount", "due_at", "case") if payload[name]}
    data |= {"currency": deposit.currency, "merchant": deposit.merchant.name}
    members = MerchantMember.objects.filter(merchant=deposit.merchant, role__in=READERS)
    link = f"{_PAGE}?{urlencode({'shop': deposit.merchant.ref})}"
    link = link if len(link) <= _LONGEST else _PAGE
    readers = members.order_by("user").values_list("user", flat=True)
    notify_many([NoticeDraft(user, payload["kind"], link, payload["key"], data) for user in readers], now=now)
