"""Telling finance, once a day, that the fund is nearly empty."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from aftersales.fund.forecast import Forecast, forecast
from portal.accounts.models import Duty, User
from portal.money import plain
from portal.notices.services import NoticeDraft, notify_many


def warn(*, now: datetime) -> int:
    """Tell everybody of finance which currencies run low, each once a day; return how many do. Safe to run twice."""
    low = [fund for fund in forecast(now) if fund.is_low]
    people = User.objects.filter(duty=Duty.PLATFORM, is_active=True).values_list("pk", flat=True) if low else []
    notify_many([_draft(fund, person, now) for fund in low for person in people], now=now)
    return len(low)


def _draft(fund: Forecast, person: int, now: datetime) -> NoticeDraft:
    kind = "fund_low" if fund.balance > 0 else "fund_empty"
    data = {"amount": plain(fund.balance, fund.currency), "currency": fund.currency, "days": str(fund.days_left)}
    key = f"fund:{fund.currency}:{timezone.localdate(now):%Y-%m-%d}"
    return NoticeDraft(person, kind, reverse("finance:fund"), key, data)
