import smtplib

import pytest
from django.core import mail

from portal.notices import mail as mailer
from portal.notices.models import Notice
from portal.notices.services import UnknownKind, notify_many, unread_count
from portal.outbox import services as outbox
from portal.outbox.models import Message
from tests.notices.conftest import NOW, draft

pytestmark = pytest.mark.django_db


def test_each_reader_is_mailed_in_their_language_and_time_zone(wen, ming):
    notify_many([draft(wen), draft(ming)], now=NOW)
    outbox.drain(now=NOW)
    english, chinese = sorted(mail.outbox, key=lambda m: m.to != ["wen@example.com"])
    assert "18:00" in english.subject
    assert english.subject.startswith("Choose by ")
    assert "25 Nov" in english.subject
    assert english.subject.endswith("case D-1042")
    assert "Linen shirt" in english.body
    assert "亚麻衬衫" in chinese.body
    assert "05:00" in chinese.subject
    assert '<html lang="zh-Hans">' in chinese.alternatives[0][0]
    assert "/notices/" in english.body
    assert Notice.objects.filter(mailed_at=NOW).count() == 2


def test_a_fact_is_told_and_mailed_once(wen):
    for _ in range(2):
        notify_many([draft(wen)], now=NOW)
        outbox.drain(now=NOW)
    notify_many([draft(wen), draft(wen)], now=NOW)
    outbox.drain(now=NOW)
    assert Notice.objects.count() == len(mail.outbox) == 1


def test_a_fact_told_twice_before_the_mail_goes_out_is_mailed_once(wen):
    notify_many([draft(wen)], now=NOW)
    notify_many([draft(wen)], now=NOW)
    assert Message.objects.count() == 2
    outbox.drain(now=NOW)
    assert len(mail.outbox) == 1


def test_telling_costs_the_same_for_one_and_for_fifty(wen, ming, django_assert_num_queries):
    for count in (1, 50):
        drafts = [draft(user, key=f"{count}-{n}") for n in range(count) for user in (wen, ming)]
        with django_assert_num_queries(5):  # savepoint, insert, read back, publish, release
            notify_many(drafts, now=NOW)


def test_nobody_without_an_address_is_mailed(wen):
    wen.email = ""
    wen.save()
    notify_many([draft(wen)], now=NOW)
    assert not Message.objects.exists()
    assert unread_count(wen.pk) == 1


def test_a_kind_without_words_is_refused(wen):
    with pytest.raises(UnknownKind, match="nonsense"):
        notify_many([draft(wen), draft(wen, kind="nonsense")], now=NOW)
    assert not Notice.objects.exists()


class Server:
    """Stands for a mail server that refuses some addresses, or hangs up on everybody."""

    def __init__(self, refuse=(), hang_up=False):
        self.refuse, self.hang_up, self.took = refuse, hang_up, []

    def __call__(self, *args, **kwargs):
        return self

    def close(self):
        pass

    def send_messages(self, messages):
        for message in messages:
            if self.hang_up:
                raise ConnectionRefusedError("mail server is down")
            if message.to[0] in self.refuse:
                raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
            self.took.append(message.to[0])
        return len(messages)


def test_a_failed_mail_is_sent_later_and_the_others_are_not_sent_again(wen, ming, monkeypatch):
    server = Server(refuse=["wen@example.com"])
    monkeypatch.setattr(mailer, "get_connection", server)
    notify_many([draft(wen), draft(ming)], now=NOW)
    outbox.drain(now=NOW)
    assert server.took == ["ming@example.com"]
    waiting = Message.objects.waiting().get()
    assert not Notice.objects.filter(user=wen, mailed_at__isnull=False).exists()
    server.refuse = []
    outbox.drain(now=waiting.due_at)
    assert server.took == ["ming@example.com", "wen@example.com"]
    assert Notice.objects.filter(mailed_at__isnull=True).count() == 0


def test_a_mail_server_that_is_down_is_left_alone_for_a_while(wen, monkeypatch):
    tried = []
    server = Server(hang_up=True)
    monkeypatch.setattr(mailer, "get_connection", lambda: tried.append(1) or server)
    notify_many([draft(wen, key=str(n)) for n in range(30)], now=NOW)
    outbox.drain(now=NOW)
    assert len(tried) == 1
    assert Message.objects.waiting().count() == 30
