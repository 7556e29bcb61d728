"""Two at once, and killed in between: a parcel's news counts once and is never lost."""

import threading
from decimal import Decimal

import pytest
from django.db import connection

from aftersales.disputes.audit import findings
from aftersales.disputes.errors import DisputeMoved
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import carrier_moves, fulfilment, negotiation
from aftersales.disputes.services.parcels import News, take_news
from aftersales.ledger.models import Transaction
from aftersales.remedies.models import Replacement
from aftersales.returns.models import CarrierEvent, ReturnShipment
from portal.outbox.services import drain
from tests.disputes.states import reach

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "SF2000000000009"  # as in states.reach("goods_sent")


def at_once(*works):
    """Run things at the same time on connections of their own; return what each raised."""
    barrier, raised = threading.Barrier(len(works)), []

    def run(work):
        try:
            barrier.wait(10)
            work()
        except DisputeMoved as late:
            raised.append(late)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_the_same_news_twice_at_once_counts_once(file_case, cast, now):
    case = reach("goods_sent", file_case, cast, now)
    news = News("SF", NUMBER, "1", "delivered", now)
    at_once(*[lambda: take_news(news=news, now=now)] * 3)
    assert CarrierEvent.objects.count() == 1
    assert [e.action for e in case.events.all()].count("deliver_goods") == 1
    assert Dispute.objects.get().status == "resolved"
    assert list(findings()) == []


def test_lost_and_confirmed_at_once_one_of_them_wins(file_case, cast, now):
    case = reach("goods_sent", file_case, cast, now)
    lost = News("SF", NUMBER, "1", "lost", now)
    at_once(
        lambda: take_news(news=lost, now=now),
        lambda: fulfilment.confirm_goods(dispute=case, actor=cast.buyer, now=now),
    )
    done = Dispute.objects.get()
    goods = Replacement.objects.get().state
    assert (done.status, goods) in {("escalated", "failed"), ("resolved", "arrived")}
    assert CarrierEvent.objects.get().case == case.number
    assert list(findings()) == []


def test_delivered_while_the_number_is_entered_is_never_missed(file_case, cast, now):
    case = file_case(wants="replace_no_return", type="arrived_damaged", reason="damaged")
    case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
    given = {"carrier": "SF", "tracking": NUMBER}
    at_once(
        lambda: take_news(news=News("SF", NUMBER, "1", "delivered", now), now=now),
        lambda: fulfilment.ship_replacement(dispute=case, actor=cast.owner, now=now, **given),
    )
    assert Dispute.objects.get().status == "resolved"


def test_killed_in_between_the_news_is_as_if_never_sent_and_then_counts(file_case, cast, now, monkeypatch):
    case = reach("return_in_transit", file_case, cast, now)
    ReturnShipment.objects.update(freight_payer="merchant")
    bill = News("SF", "SF1234567890123", "b", "billed", now, amount=Decimal(12), currency="CNY")

    def killed(event, *, now):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(carrier_moves, "book_bill", killed)
        with pytest.raises(SystemExit):
            take_news(news=bill, now=now)
    assert not CarrierEvent.objects.exists()
    assert take_news(news=bill, now=now)[1] is True
    assert take_news(news=bill, now=now)[1] is False
    assert Transaction.objects.filter(kind="return_freight").count() == 1
    drain(now=now)
    assert CarrierEvent.objects.get().case == case.number
