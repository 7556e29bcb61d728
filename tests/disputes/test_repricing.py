"""Returns that break a promotion, through the whole path: most, case, refund, books."""

from decimal import Decimal

import pytest

from aftersales.arbitration import services as arbitration
from aftersales.arbitration.forms import RulingForm
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.granting import make_grant
from aftersales.disputes.services import intervention, leaving, negotiation
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.terms import Terms
from aftersales.orders.models import Order, OrderLine
from aftersales.remedies.audit import findings
from aftersales.remedies.services import grant_many
from tests.disputes.states import decision

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def file(cast, now):
    def make(order, *lines, type="no_reason_return", reason="no_longer_wanted"):
        order = Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)
        return open_dispute(
            order=order,
            actor=cast.buyer,
            now=now,
            lines=lines,
            type=type,
            reason=reason,
            wants="full_refund_with_return",
        )

    return make


@pytest.fixture
def order(buy):
    """150.00 and 80.00, 30.00 off from 200.00 on, paid by card and voucher."""
    order = buy("150.00", "80.00", payments=[("card", "150.00"), ("voucher", "50.00")])
    first, second = order.lines.order_by("id")
    OrderLine.objects.filter(pk=first.pk).update(discount="19.57")
    OrderLine.objects.filter(pk=second.pk).update(discount="10.43")
    order.promotions = [{"kind": "threshold_off", "lines": [], "threshold": "200.00", "off": "30.00"}]
    order.save()
    return order


def pay(case, now):
    terms = Terms.of_request(case)
    grant_many([make_grant(case, terms, f"test:{case.number}", list(case.lines.all()))], now=now)


def back(order):
    order = Order.objects.get(pk=order.pk)
    return sum(p.refunded_amount for p in order.payments.all()), sum(line.refunded_amount for line in order.lines.all())


@pytest.mark.parametrize(("first", "second", "amounts"), [(0, 1, ("120.00", "80.00")), (1, 0, ("50.00", "150.00"))])
def test_one_after_the_other_gives_what_both_at_once_give(order, file, now, first, second, amounts):
    """SAMR order 31: without one, the other costs its own price; both together, all that was paid."""
    refs = [line.line_ref for line in order.lines.order_by("id")]
    for at, amount in ((first, amounts[0]), (second, amounts[1])):
        case = file(order, (refs[at], 1))
        assert case.max_amount == D(amount)
        pay(case, now)
    assert back(order) == (D(200), D(200))
    assert {p.channel: p.refunded_amount for p in Order.objects.get(pk=order.pk).payments.all()} == {
        "card": D(150),
        "voucher": D(50),
    }
    assert not findings()


def test_the_later_case_may_be_paid_first(order, file, now):
    refs = [line.line_ref for line in order.lines.order_by("id")]
    cases = [file(order, (refs[1], 1)), file(order, (refs[0], 1))]
    assert [case.max_amount for case in cases] == [D(50), D(150)]
    for case in reversed(cases):
        pay(case, now)
    assert back(order) == (D(200), D(200))
    assert not findings()


def test_both_at_once_give_all_that_was_paid(order, file):
    assert file(order, *((line.line_ref, 1) for line in order.lines.all())).max_amount == D(200)


def test_a_fault_costs_no_discount(order, file):
    ref = order.lines.order_by("id").last().line_ref
    assert file(order, (ref, 1), type="quality_visible", reason="defective").max_amount == D("69.57")


def test_the_piece_that_was_free_brings_nothing_alone(buy, file):
    """SAMR order 31: of a 3-for-2 the first piece back brings nothing, two bring 60.00, three 120.00."""
    order = buy("60.00", quantity=3)
    order.lines.update(discount="60.00")
    order.promotions = [{"kind": "bundle", "pieces": 3, "free": 1, "lines": []}]
    order.save()
    order.payments.update(amount="120.00")
    ref = order.lines.get().line_ref
    with pytest.raises(RuleBroken):
        file(order, (ref, 1))
    assert file(order, (ref, 2)).max_amount == D(60)


@pytest.fixture
def gifted(buy):
    """100.00 with a gift worth 30.00, and other goods at 50.00; paid by card and in points."""
    order = buy("100.00", "0.00", "50.00", payments=[("card", "120.00"), ("points", "30.00")])
    order.promotions = [{"kind": "gift", "lines": ["1"], "gift": "2", "value": "30.00", "threshold": "0.00"}]
    order.save()
    return order


def steps_of(case):
    return [step["code"] for step in case.events.order_by("seq").first().data["why"]]


@pytest.mark.parametrize(
    ("returns", "amounts"),
    [
        ((("1",), ("2",), ("3",)), ("70.00", "30.00", "50.00")),
        ((("3",), ("1",), ("2",)), ("50.00", "70.00", "30.00")),
        ((("1",), ("3", "2")), ("70.00", "80.00")),
        ((("1", "2"), ("3",)), ("100.00", "50.00")),
    ],
)
def test_a_gift_goes_back_or_is_deducted_in_whatever_order(gifted, file, now, returns, amounts):
    for refs, amount in zip(returns, amounts, strict=True):
        case = file(gifted, *((ref, 1) for ref in refs))
        assert case.max_amount == D(amount)
        pay(case, now)
    assert back(gifted) == (D(150), D(150))
    assert not findings()


def test_the_trace_says_that_a_kept_gift_was_deducted(gifted, file):
    assert "gift_deducted" in steps_of(file(gifted, ("1", 1)))
    assert "gift_restored" in steps_of(file(gifted, ("2", 1)))


def test_a_fault_leaves_the_gift(gifted, file):
    case = file(gifted, ("1", 1), type="quality_visible", reason="defective")
    assert case.max_amount == D(100)
    assert "gift_deducted" not in steps_of(case)


def test_a_gift_worth_all_that_was_paid_has_to_go_along(gifted, file):
    gifted.promotions[0]["value"] = "100.00"
    gifted.save()
    with pytest.raises(RuleBroken) as refusal:
        file(gifted, ("1", 1))
    assert refusal.value.code == "gift_kept"
    assert file(gifted, ("1", 1), ("2", 1)).max_amount == D(100)


def test_a_decision_can_give_what_comes_back_of_a_lost_discount(order, file, cast, now):
    """The 80.00 of the second return are 69.57 of its own line and 10.43 that the first return had lost."""
    refs = [line.line_ref for line in order.lines.order_by("id")]
    pay(file(order, (refs[0], 1)), now)
    case = file(order, (refs[1], 1))
    assert case.max_amount == D(80)
    case = negotiation.refuse(dispute=case, actor=cast.owner, now=now, reason="not_intact", message="It is worn.")
    case = leaving.escalate(dispute=case, actor=cast.buyer, now=now)
    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)
    for who in (cast.buyer, cast.owner):
        case = intervention.finish_evidence(dispute=case, actor=who, now=now)
    form = RulingForm(case=case)
    assert [form.fields[name].max_value for name, _line in form.line_fields] == [D(80)]
    ruled = decision(case, "full_refund_no_return", "80.00")
    with pytest.raises(RuleBroken):
        arbitration.rule(
            dispute=case, actor=cast.arbitrator, now=now, decision=decision(case, "full_refund_no_return", "80.01")
        )
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=ruled)
    arbitration.execute(dispute=case, actor=cast.owner, now=now)
    assert back(order) == (D(200), D(200))
    assert not findings()
