from datetime import UTC, datetime

import pytest

from portal.accounts.models import User
from portal.notices import mail
from portal.notices.services import NoticeDraft

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DUE = "2026-11-25T10:00:00+00:00"  # 18:00 in Shanghai, 05:00 in New York


@pytest.fixture
def wen():
    return User.objects.create(username="wen", first_name="Chen Wen", email="wen@example.com")


@pytest.fixture
def ming():
    return User.objects.create(
        username="ming", email="ming@example.com", language="zh-hans", time_zone="America/New_York"
    )


@pytest.fixture(autouse=True)
def mail_server_awake(monkeypatch):
    monkeypatch.setattr(mail, "_resting_until", 0.0)


def draft(user, kind="offers_made", key="fact-1", **data):
    facts = {"case": "D-1042", "merchant": "Silk Road", "product": {"en": "Linen shirt", "zh-hans": "亚麻衬衫"}}
    return NoticeDraft(user.pk, kind, "/disputes/D-1042/", key, {**facts, "due_at": DUE, **data})
