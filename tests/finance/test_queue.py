"""One queue for all that waits for finance; many at once, each by itself, and each named with what became of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.disputes.models import Dispute
from aftersales.disputes.services import fulfilment, holding, negotiation
from aftersales.finance import queue
from aftersales.finance.bulk import DEEDS, Given, carry_out, choose
from aftersales.remedies import execution
from aftersales.remedies.models import Approval, RefundHandling, RefundInstruction, SimulatedBehaviour
from portal.outbox.services import drain
from tests.makers import make_user

QUEUE = "/admin/desk/finance/"


@pytest.fixture
def platform2(cast):
    return make_user("platform", "platform")


@pytest.fixture
def hold(file_case, cast, now):
    def make(price="30000.00", currency="CNY", at=None):
        case = file_case(wants="full_refund_no_return", price=price, currency=currency)
        return negotiation.agree(dispute=case, actor=cast.owner, now=at or now)

    return make


@pytest.fixture
def fail(file_case, cast, now):
    """A case whose refund the gateway refused for good."""

    def make():
        told = SimulatedBehaviour.objects.create(target="all", mode="fail")
        case = negotiation.agree(dispute=file_case(), actor=cast.owner, now=now)
        refund = RefundInstruction.objects.get(case=case.number)
        execution.execute(refund.pk, now=now)
        told.delete()
        fulfilment.note_remedies(number=case.number, now=now)
        case.refresh_from_db()
        assert case.status == "payout_failed"
        return case

    return make


def waiting(user, **filters):
    return queue.items([(kind, pk) for kind, pk, _since in queue.keys(**filters)], user)


def sign_in(client, user):
    user.is_staff = True
    user.save()
    client.force_login(user)
    return client


pytestmark = pytest.mark.django_db(transaction=True)


def test_everything_that_waits_is_there_oldest_first(hold, fail, cast, now):
    failed = fail()
    old = hold(at=now - timedelta(minutes=3))
    new = hold("500000", "JPY", at=now + timedelta(minutes=1))
    found = waiting(cast.platform)
    assert [item.case for item in found] == [old.number, failed.number, new.number]
    assert [(i.kind, i.amount, i.currency) for i in found] == [
        ("hold", Decimal("30000.00"), "CNY"),
        ("refund", Decimal("30.00"), "CNY"),
        ("hold", Decimal(500000), "JPY"),
    ]
    assert [i.case for i in waiting(cast.platform, kind="failed")] == [failed.number]
    assert [i.case for i in waiting(cast.platform, kind="approve", currency="JPY")] == [new.number]
    assert [i.case for i in waiting(cast.platform, case=old.number)] == [old.number]
    assert not waiting(cast.platform, kind="returned")
    sums = [(t.currency, t.count, t.amount) for t in queue.totals()]
    assert sums == [("CNY", 2, Decimal("30030.00")), ("JPY", 1, Decimal(500000))]


def test_many_are_approved_and_those_that_cannot_are_named(hold, cast, now, client, platform2):
    one, four_eyes, gone, changed = hold(), hold("150000.00"), hold(), hold()
    tokens = [item.token for item in waiting(cast.platform)]
    holding.release_hold(dispute=gone, actor=platform2, now=now)
    Dispute.objects.filter(pk=changed.pk).update(version=changed.version + 1)
    page = sign_in(client, cast.platform).post(
        f"{QUEUE}confirm/", {"deed": "approve", "item": [*tokens, "x", "hold-7"]}
    )
    text = page.content.decode()
    assert page.status_code == 200
    assert "¥180,000.00" in text, "the sum of what can be approved"
    assert "This no longer waits." in text
    assert "This has changed since you saw it." in text
    assert not Approval.objects.filter(by=cast.platform).exists(), "nothing is done before it is confirmed"
    answer = client.post(f"{QUEUE}confirm/", {"deed": "approve", "item": tokens, "confirm": "1", "why": "Seen."})
    assert answer.status_code == 302
    text = client.get(answer.url).content.decode()
    assert "Done: 2. Not done: 2." in text
    assert "one more person has to approve it" in text
    assert all(case.number in text for case in (one, four_eyes, gone, changed))
    states = dict(Dispute.objects.values_list("number", "status"))
    assert states[one.number] == "fulfilling"
    assert states[four_eyes.number] == states[changed.number] == "amount_on_hold"
    again = client.post(f"{QUEUE}confirm/", {"deed": "approve", "item": tokens, "confirm": "1"})
    assert again.status_code == 200, "nothing is left to approve for this person"
    assert Approval.objects.filter(by=cast.platform).count() == 2


def test_the_second_person_finishes(hold, cast, now, platform2):
    hold("150000.00")
    for person, status in [(cast.platform, "amount_on_hold"), (platform2, "fulfilling")]:
        chosen = choose(DEEDS["approve"], [i.token for i in waiting(person)], person).possible
        (result,) = carry_out(DEEDS["approve"], chosen, Given(person, now))
        assert result.done
        assert Dispute.objects.get().status == status
        assert waiting(person, kind="approve")[0].why_not if status == "amount_on_hold" else not waiting(person)


def test_one_that_fails_keeps_nobody_from_the_rest(hold, cast, now, platform2):
    first, second = hold(), hold()
    chosen = choose(DEEDS["approve"], [i.token for i in waiting(cast.platform)], cast.platform).possible
    holding.release_hold(dispute=first, actor=platform2, now=now)  # between the look and the deed
    results = carry_out(DEEDS["approve"], chosen, Given(cast.platform, now))
    assert [(r.case, r.done) for r in results] == [(first.number, False), (second.number, True)]
    assert Dispute.objects.get(pk=second.pk).status == "fulfilling"


@pytest.mark.parametrize(
    ("deed", "given", "what", "gateways"),
    [
        ("retry", {}, "retry", {"simulated"}),
        ("balance", {}, "balance", {"simulated", "balance"}),
        ("hand", {"reference": "BANK-1"}, "hand", {"simulated", "hand"}),
    ],
)
def test_failed_refunds_are_handled_with_who_and_why(deed, given, what, gateways, fail, cast, now, client):
    case = fail()
    (item,) = waiting(cast.platform)
    assert item.note, "what the gateway said"
    sign_in(client, cast.platform)
    sent = {"deed": deed, "item": item.token, "confirm": "1", **given}
    assert client.post(f"{QUEUE}confirm/", sent).status_code == 422, "a reason is needed"
    assert not RefundHandling.objects.exists()
    answer = client.post(f"{QUEUE}confirm/", {**sent, "why": "The card was closed."})
    assert answer.status_code == 302
    noted = RefundHandling.objects.get()
    assert (noted.what, noted.by, noted.why) == (what, cast.platform, "The card was closed.")
    drain(now=now + timedelta(minutes=1))
    execution.execute(noted.instruction_id, now=now + timedelta(minutes=1))
    drain(now=now + timedelta(minutes=1))
    refund = RefundInstruction.objects.get()
    assert (refund.state, Dispute.objects.get(pk=case.pk).status) == ("succeeded", "resolved")
    assert set(refund.parts.values_list("attempts__gateway", flat=True)) == gateways
    assert not waiting(cast.platform)


def test_paid_by_hand_one_at_a_time_and_with_a_reference(fail, cast, now, client):
    fail()
    fail()
    tokens = [i.token for i in waiting(cast.platform)]
    choice = choose(DEEDS["hand"], tokens, cast.platform)
    assert (len(choice.possible), len(choice.impossible)) == (1, 1)
    sent = {"deed": "hand", "item": tokens[0], "confirm": "1", "why": "Bank."}
    assert sign_in(client, cast.platform).post(f"{QUEUE}confirm/", sent).status_code == 422
    assert RefundInstruction.objects.filter(state="failed").count() == 2


def test_a_deed_is_for_its_kind_of_item(hold, fail, cast):
    hold()
    fail()
    tokens = [i.token for i in waiting(cast.platform)]
    for name, kind in [("approve", "hold"), ("retry", "refund")]:
        choice = choose(DEEDS[name], tokens, cast.platform)
        assert [item.kind for item in choice.possible] == [kind]
        assert len(choice.impossible) == 1


def test_a_party_keeps_its_hands_off(fail, cast, now, platform2):
    case = fail()
    Dispute.objects.filter(pk=case.pk).update(buyer=platform2)
    (item,) = waiting(platform2)
    assert "party" in item.why_not
    (result,) = carry_out(DEEDS["retry"], [item], Given(platform2, now, "Mine."))
    assert not result.done
    assert not RefundHandling.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"deed": "steal"}, {"deed": "approve\x00"}])
def test_nonsense_is_not_found(sent, cast, client):
    assert sign_in(client, cast.platform).post(f"{QUEUE}confirm/", sent).status_code == 404


@pytest.mark.parametrize("query", ["", "kind=x", "currency=%F0", "case='", "page=-1", "page=zz", "currency=cny"])
def test_the_queue_shows_whatever_the_address_says(query, hold, fail, cast, client):
    hold()
    fail()
    assert sign_in(client, cast.platform).get(f"{QUEUE}?{query}").status_code == 200


def test_as_many_queries_for_many(hold, fail, cast, client, django_assert_max_num_queries):
    from tests.test_query_counts import counted

    sign_in(client, cast.platform)
    hold()
    fail()
    client.get(QUEUE)
    few = counted(lambda: client.get(QUEUE))
    for _more in range(4):
        hold()
        fail()
    many = counted(lambda: client.get(QUEUE))
    assert len(many) == len(few), "\n".join(sorted(set(many) - set(few)))
    assert len(few) <= 20
