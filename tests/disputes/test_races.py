"""Many hands at the same instant, on real connections: one wins, nothing doubles, nothing is lost."""

import threading
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection

from aftersales.arbitration.services import take_next
from aftersales.disputes import audit
from aftersales.disputes.errors import DisputeMoved, RuleBroken
from aftersales.disputes.models import Dispute, Event, Offer
from aftersales.disputes.services import claims, holding, leaving, negotiation, return_leg
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.services.parcels import News, take_news
from aftersales.disputes.services.sweep import sweep
from aftersales.orders.models import Order
from aftersales.recalls.services import serve
from aftersales.remedies.models import Approval, RefundInstruction
from aftersales.returns.models import CarrierEvent
from merchants.plans.content import OptionContent
from portal.accounts.models import User
from tests.disputes.claims import claim, returned
from tests.disputes.states import reach
from tests.makers import make_user
from tests.plans.makers import FULL_BACK, make_plan
from tests.recalls.makers import opened

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """Run works at the same instant, each on a connection of its own; return results or exceptions."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        try:
            gate.wait()
            results[place] = work()
        except Exception as problem:
            results[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_simultaneous_accepts_of_one_offer_pay_once(file_case, cast, now):
    case = reach("awaiting_buyer", file_case, cast, now)
    offer = case.offers.get(by_role="merchant")

    def accept():
        mine = Offer.objects.get(pk=offer.pk)
        return negotiation.accept_offer(dispute=case, actor=User.objects.get(pk=cast.buyer.pk), now=now, offer=mine)

    results = at_once(*[accept] * 50)
    won = [r for r in results if isinstance(r, Dispute)]
    assert len(won) == 1
    assert all(isinstance(r, DisputeMoved) for r in results if r not in won)
    assert RefundInstruction.objects.count() == 1
    assert Event.objects.filter(action="accept_offer").count() == 1
    assert list(audit.findings()) == []


def test_two_refunds_at_once_cannot_share_the_room_of_one(cast, buy, now):
    orders = [buy("600.00", stage="unshipped", paid_days=0) for _n in range(6)]

    def cancel(order):
        return open_dispute(
            order=order,
            actor=User.objects.get(pk=cast.buyer.pk),
            now=now,
            lines=[("1", 1)],
            type="not_shipped_cancel",
            reason="ordered_by_mistake",
            wants="full_refund_no_return",
        )

    results = at_once(*[lambda order=order: cancel(order) for order in orders])
    assert sorted(case.outcome for case in results) == ["", "", "", "", "", "instant"]
    assert RefundInstruction.objects.count() == 1


def test_a_return_is_claimed_once_by_many_hands(file_case, cast, now):
    case = returned(file_case, cast, now)
    results = at_once(*[lambda: claim(case, SimpleNamespace(owner=User.objects.get(pk=cast.owner.pk)), now)] * 6)
    assert sum(isinstance(r, Dispute) for r in results) == 1
    assert {r.code for r in results if isinstance(r, RuleBroken)} == {"already_claimed"}
    assert list(audit.findings()) == []


def test_a_claim_that_is_dropped_and_accepted_at_once_is_one_of_them(file_case, cast, now):
    case = claim(returned(file_case, cast, now), cast, now)
    results = at_once(
        lambda: claims.accept_claim(dispute=case, actor=cast.buyer, now=now),
        lambda: claims.drop_claim(dispute=case, actor=cast.owner, now=now),
    )
    assert sum(isinstance(r, Dispute) for r in results) == 1
    assert list(audit.findings()) == []


def test_a_recall_served_by_two_workers_opens_each_case_once(cast, buy, now):
    orders = [buy() for _n in range(8)]
    recall = opened(orders[0], cast, now)
    results = at_once(*[lambda: serve(recall=recall, now=now, batch=5)] * 3)
    assert sorted(results) == [0, 3, 5]
    assert Dispute.objects.filter(type="safety_recall").count() == 8


def test_accepting_and_withdrawing_at_once_does_one_of_them(file_case, cast, now):
    case = reach("awaiting_buyer", file_case, cast, now)
    offer = case.offers.get(by_role="merchant")
    results = at_once(
        lambda: negotiation.accept_offer(dispute=case, actor=cast.buyer, now=now, offer=offer),
        lambda: leaving.withdraw(dispute=case, actor=cast.buyer, now=now),
    )
    assert sum(isinstance(r, Dispute) for r in results) == 1
    withdrawn = Dispute.objects.get().status == "withdrawn"
    assert RefundInstruction.objects.count() == (0 if withdrawn else 1)


def test_two_sweeps_at_once_move_each_case_once(file_case, cast, now):
    for _n in range(20):
        file_case()
    later = now + timedelta(days=3)
    moved = at_once(*[lambda: sweep(now=later, batch=7)] * 3)
    assert sum(moved) == 20
    assert Event.objects.filter(role="system").count() == 20
    assert list(audit.findings()) == []


def test_one_piece_is_claimed_by_one_case(buy, cast, now):
    order = buy()

    def claim():
        return open_dispute(
            order=Order.objects.prefetch_related("lines", "payments").get(pk=order.pk),
            actor=cast.buyer,
            now=now,
            lines=[("1", 1)],
            type="quality_visible",
            reason="poor_material",
            wants="full_refund_with_return",
        )

    results = at_once(*[claim] * 8)
    assert sum(isinstance(r, Dispute) for r in results) == 1
    assert all(
        isinstance(r, RuleBroken) and r.code == "already_disputed" for r in results if not isinstance(r, Dispute)
    )
    assert Dispute.objects.count() == 1


def test_two_arbitrators_pressing_at_once_get_two_cases(file_case, cast, now):
    for _n in range(2):
        reach("escalated", file_case, cast, now)
    results = at_once(
        lambda: take_next(actor=cast.arbitrator, now=now), lambda: take_next(actor=cast.arbitrator2, now=now)
    )
    assert {r.pk for r in results} == set(Dispute.objects.values_list("pk", flat=True))


def test_a_stale_page_changes_nothing(file_case, cast, now):
    case = file_case()
    negotiation.propose(dispute=case, actor=cast.buyer, now=now, kind="full_refund_with_return")
    with pytest.raises(DisputeMoved):
        negotiation.agree(dispute=case, actor=cast.owner, now=now, expected_version=case.version)
    assert not RefundInstruction.objects.exists()


def test_a_number_entered_while_its_news_comes_in_misses_nothing(file_case, cast, now):
    for turn in range(6):
        case = reach("awaiting_return_shipment", file_case, cast, now)
        number = f"SF123456789012{turn}"
        news = News(carrier="SF", tracking=number, event="1", kind="delivered", at=now)

        def tell(news=news):
            return take_news(news=news, now=now)

        def ship(case=case, number=number):
            buyer = User.objects.get(pk=cast.buyer.pk)
            return return_leg.ship_return(dispute=case, actor=buyer, now=now, carrier="SF", tracking=number)

        at_once(tell, ship)
        assert CarrierEvent.objects.get(tracking=number).case == case.number
        assert Dispute.objects.get(pk=case.pk).status == "awaiting_inspection"
    assert list(audit.findings()) == []


def test_everybody_approves_at_once_and_it_is_paid_once(file_case, cast, now):
    case = file_case(wants="full_refund_no_return", price="150000.00")
    case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
    people = [make_user("platform", "platform").pk for _ in range(4)] * 2

    def approve(pk):
        return lambda: holding.release_hold(dispute=case, actor=User.objects.get(pk=pk), now=now)

    results = at_once(*[approve(pk) for pk in people])
    assert sum(isinstance(r, Dispute) for r in results) == 2, "four eyes"
    assert {type(r) for r in results} <= {Dispute, DisputeMoved, RuleBroken}
    assert Approval.objects.values("by").distinct().count() == 2
    assert RefundInstruction.objects.count() == 1
    assert not list(audit.findings())


def test_a_buyer_turns_down_while_the_next_step_comes_by_itself(file_case, cast, now):
    """Whoever is first, each step comes once: the second try meets the next step or a moved case, never the same."""
    options = [OptionContent("partial_refund_keep", percent=Decimal(n), step=n // 10) for n in (10, 20, 30)]
    make_plan(cast.shop, actor=cast.owner, options=(options[0], FULL_BACK, *options[1:]), step_hours=12)
    for _round in range(5):
        case = file_case(amount="50.00")

        def decline(case=case):
            actor = User.objects.get(pk=cast.buyer.pk)
            at = now + timedelta(hours=12)
            return negotiation.decline_offers(dispute=case, actor=actor, now=at, expected_version=case.version)

        results = at_once(decline, *[lambda: sweep(now=now + timedelta(hours=12))] * 3)
        assert all(isinstance(one, (int, Dispute, DisputeMoved)) for one in results), results
        steps = [event.data["step"] for event in case.events.filter(action="next_offers").order_by("seq")]
        offered = sorted(case.offers.filter(plan_version__isnull=False).values_list("cash", flat=True))
        assert steps == [2]
        assert offered == [10, 20, 100]
        case.refresh_from_db()
        assert case.due_at == now + timedelta(hours=24)
    assert list(audit.findings()) == []
