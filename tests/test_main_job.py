"""The main job, end to end: orders come in as a file, ten purchases go wrong, and each case finds its end.

Runs on the sample of real orders where it lies beside the checkout, else on orders of our own.
"""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from aftersales.disputes.models import Dispute
from aftersales.orders.models import Order
from aftersales.remedies.models import RefundInstruction
from portal.accounts.models import User
from tests.rest.calls import Caller

SAMPLE = Path(__file__).parents[2] / "shared/data/orders/marketplace_orders_4000.csv"
AHEAD = timedelta(days=46)  # how long after the sample's last deliveries its last promise lies
CASES = 10
OWN = 30  # rows of our own where the sample is not here


@pytest.fixture
def orders(tmp_path, now):
    """Import the file, twice; return ten orders that arrived in the last days, one line each."""
    options, rows = [str(SAMPLE), "--timezone", "America/Sao_Paulo", "--as-if-newest", (now + AHEAD).isoformat()], 4112
    if not SAMPLE.exists():
        options, rows = [str(own_file(tmp_path / "orders.csv", now))], OWN
    assert imported(options).startswith(f"Taken {rows}, unchanged 0, updated 0, refused 0 rows")
    before = list(Order.objects.order_by("pk").values())
    assert imported(options).startswith("Taken 0, unchanged")
    assert list(Order.objects.order_by("pk").values()) == before
    fresh = {"lines__delivered_at__gt": now - timedelta(days=6), "lines__delivered_at__lt": now - timedelta(hours=1)}
    found = Order.objects.filter(**fresh, status="delivered").order_by("pk").distinct()[:CASES]
    assert len(found) == CASES
    return found


def imported(options):
    told = io.StringIO()
    call_command("import_orders", *options, stdout=told, stderr=io.StringIO())
    return told.getvalue()


def own_file(path, now):
    with path.open("w", newline="") as file:
        rows = [own_row(n, now) for n in range(OWN)]
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def own_row(n, now):
    return {
        "order_ref": f"order-{n}",
        "line_ref": "1",
        "merchant_ref": f"shop-{n % 7}",
        "buyer_ref": f"buyer-{n}",
        "sku": f"sku-{n}",
        "category": "perfumaria",
        "quantity": "1",
        "unit_price": "49.90",
        "freight": "12.30",
        "currency": "BRL",
        "paid_at": (now - timedelta(days=9)).isoformat(),
        "shipped_at": (now - timedelta(days=8)).isoformat(),
        "promised_by": (now + timedelta(days=1)).isoformat(),
        "delivered_at": (now - timedelta(days=2, minutes=n)).isoformat(),
        "status": "delivered",
        "payment_method": "credit_card+voucher",
    }


def run_due(at):
    call_command("run_due", "--at", at.isoformat(), stdout=io.StringIO())
    call_command("verify", stdout=io.StringIO())  # exits where anything is off


class Party:
    """Somebody who calls the API about one case."""

    def __init__(self, user, number):
        self.caller, self.number = Caller(user), number

    def does(self, action, body=None):
        response = self.caller.post(f"/disputes/{self.number}/{action}/", body)
        assert response.status_code == 200, response.json()
        return response.json()


def opened(order):
    """Open a case as the order's buyer; return both parties."""
    buyer, line = Caller(order.buyer), order.lines.order_by("pk").first()
    body = {
        "order": order.number,
        "lines": [{"line": line.line_ref, "quantity": 1}],
        "type": "quality_visible",
        "reason": "poor_material",
        "wants": {"remedy": "partial_refund_keep", "amount": "5.00"},
        "statement": "Costura aberta 🧵",
    }
    response = buyer.post("/disputes/", body)
    assert response.status_code == 201, response.json()
    number = response.json()["number"]
    owner = User.objects.get(memberships__merchant=order.merchant_id)
    return Party(order.buyer, number), Party(owner, number)


def by_accepted_offer(order, platform):
    buyer, seller = opened(order)
    case = seller.does("propose", {"kind": "partial_refund_keep", "amount": "3.00"})
    buyer.does("accept-offer", {"offer": case["offers"][-1]["id"]})
    return buyer.number, ("resolved", Decimal("3.00"))


def by_agreement(order, platform):
    buyer, seller = opened(order)
    seller.does("agree")
    return buyer.number, ("resolved", Decimal("5.00"))


def by_silence(order, platform):
    """The seller does not answer, so a return is open to the buyer, who does not send it: no money, case lapsed."""
    buyer, _seller = opened(order)
    return buyer.number, ("lapsed", None)


def by_ruling(order, platform):
    buyer, seller = opened(order)
    seller.does("refuse", {"reason": "no_evidence", "message": "Mostre, por favor."})
    case = buyer.does("escalate")
    for party in (buyer, seller):
        party.does("finish-evidence")
    arbitrator = Party(platform, buyer.number)
    arbitrator.does("take")
    line = case["lines"][0]["line"]
    ruling = {
        "kind": "partial_refund_keep",
        "amounts": [{"line": line, "amount": "4.00"}],
        "merchant_fault": 100,
        "facts": "The seam is open on the picture.",
        "evidence": "The seller showed nothing.",
        "rule": "Visible defect within the window.",
        "payer": "merchant",
    }
    arbitrator.does("rule", ruling)
    return buyer.number, ("closed", Decimal("4.00"))


@pytest.mark.django_db(transaction=True)
def test_ten_cases_find_their_end(orders, cast, now):
    ways = [by_accepted_offer, by_agreement, by_silence, by_ruling]
    expected = {}
    for turn, order in enumerate(orders):
        number, end = ways[turn % len(ways)](order, cast.arbitrator)
        expected[number] = end
        call_command("verify", stdout=io.StringIO())
    for days in (0, 3, 12, 25):  # payments; the seller's silence; the buyer's; the last appeal's time
        run_due(now + timedelta(days=days, minutes=1))
    paid = dict(RefundInstruction.objects.filter(state="succeeded").values_list("case", "amount"))
    found = {case.number: (case.status, paid.get(case.number)) for case in Dispute.objects.all()}
    assert found == expected
