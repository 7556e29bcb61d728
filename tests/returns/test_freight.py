"""What the way back costs: billed by the carrier to the cost centre that bears it, once, to the cent."""

from decimal import Decimal

import pytest
from django.urls import reverse

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services import negotiation, return_leg
from aftersales.disputes.services.parcels import News, match_again, take_news
from aftersales.ledger.audit import findings as ledger_findings
from aftersales.ledger.models import AccountKind, Transaction
from aftersales.ledger.services import AccountKey, balance
from aftersales.returns.audit import findings
from aftersales.returns.freight import postage_of
from aftersales.returns.models import CarrierEvent, ReturnShipment
from tests.disputes.states import reach

NUMBER = "SF1234567890123"  # as in states.reach("return_in_transit")


@pytest.fixture
def on_the_way(file_case, cast, now):
    case = reach("return_in_transit", file_case, cast, now)
    ReturnShipment.objects.update(freight_payer="merchant")
    return case


@pytest.fixture
def bill(now):
    def send(amount="12.00", currency="CNY", event="b-1", number=NUMBER, kind="billed"):
        given = Decimal(amount) if amount else None
        return take_news(news=News("SF", number, event, kind, now, amount=given, currency=currency), now=now)

    return send


def carrier():
    return balance(AccountKey(AccountKind.CARRIER, "CNY"))


def test_the_sellers_cost_centre_is_billed_once(on_the_way, bill, cast):
    assert bill()[1] is True
    assert bill()[1] is False
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=cast.shop.pk)
    assert (carrier(), balance(merchant)) == (Decimal(12), Decimal(-12))
    assert Transaction.objects.filter(kind="return_freight").count() == 1
    assert CarrierEvent.objects.get().booked_to == "merchant"
    assert [*findings(), *ledger_findings()] == []


def test_the_platforms_fund_is_billed_where_it_promised(on_the_way, bill):
    ReturnShipment.objects.update(freight_payer="platform")
    bill()
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == Decimal(-12)
    assert findings() == []


def test_what_the_buyer_paid_is_nobodys_bill(on_the_way, bill):
    ReturnShipment.objects.update(freight_payer="buyer")
    bill()
    assert carrier() == 0
    assert CarrierEvent.objects.get().booked_to == ""
    assert findings() == []


def test_a_surcharge_is_a_second_bill(on_the_way, bill):
    bill("12.00", event="b-1")
    bill("3.50", event="b-2")
    shipment = ReturnShipment.objects.get()
    postage = postage_of(shipment, list(CarrierEvent.objects.all()), Decimal(25))
    assert sum(amount for amount, _currency in postage.bills) == Decimal("15.50")
    assert carrier() == Decimal("15.50")


def test_billed_after_the_end_and_before_the_number(file_case, cast, now, bill):
    case = reach("awaiting_return_shipment", file_case, cast, now)
    ReturnShipment.objects.update(freight_payer="merchant")
    bill()
    assert carrier() == 0
    case = return_leg.ship_return(dispute=case, actor=cast.buyer, now=now, carrier="SF", tracking=NUMBER)
    assert carrier() == Decimal(12)
    case = return_leg.confirm_return(dispute=case, actor=cast.owner, now=now)
    bill(event="b-2")
    assert carrier() == Decimal(24)
    assert findings() == []


def test_the_first_parcel_of_a_return_that_bounced_is_billed_too(on_the_way, bill, now):
    take_news(news=News("SF", NUMBER, "1", "returned_to_sender", now), now=now)
    assert ReturnShipment.objects.get().tracking == ""
    bill()
    assert carrier() == Decimal(12)


def test_a_bill_is_checked(on_the_way, bill):
    for wrong in [{"amount": None}, {"amount": "-1"}, {"amount": "0.001"}, {"currency": "yuan"}, {"amount": "NaN"}]:
        with pytest.raises(RuleBroken):
            bill(**wrong)
    with pytest.raises(RuleBroken):
        bill(kind="delivered")
    assert not CarrierEvent.objects.exists()


def test_over_rest(on_the_way, api):
    sent = {"carrier": "SF", "tracking": NUMBER, "event": "b-1", "kind": "billed", "at": "2026-11-23T18:00:00+08:00"}
    answer = api("marketplace").post("/carrier-events/", {**sent, "amount": "12.00", "currency": "CNY"})
    assert (answer.status_code, answer.json()["amount"]) == (201, "12.00")
    assert carrier() == Decimal(12)
    assert api("marketplace").post("/carrier-events/", {**sent, "event": "b-2"}).status_code == 422


def test_what_is_tampered_with_is_found(on_the_way, bill):
    bill()
    CarrierEvent.objects.update(amount=Decimal(99))
    assert len(findings()) == 1


def test_looked_at_again_an_event_finds_its_case_once(on_the_way, bill, now):
    bill()
    CarrierEvent.objects.update(case="")  # as if a killed worker had left it so
    assert match_again(CarrierEvent.objects.all(), now=now) == 1
    assert match_again(CarrierEvent.objects.all(), now=now) == 0
    assert carrier() == Decimal(12), "posted once, whatever happens"


@pytest.mark.parametrize(
    ("payer", "receipt", "due"), [("merchant", "8.00", "8.00"), ("merchant", "40.00", "25.00"), ("buyer", "8.00", "0")]
)
def test_what_the_buyer_paid_without_having_to_is_paid_back_up_to_the_cap(on_the_way, payer, receipt, due):
    ReturnShipment.objects.update(freight_payer=payer, freight_paid=Decimal(receipt))
    assert postage_of(ReturnShipment.objects.get(), [], Decimal(25)).reimbursable == Decimal(due)


def test_nobody_is_paid_back_for_a_label(on_the_way, bill):
    ReturnShipment.objects.update(freight_paid=Decimal(8))
    bill()
    assert postage_of(ReturnShipment.objects.get(), list(CarrierEvent.objects.all()), None).reimbursable == 0


@pytest.mark.parametrize(
    ("type", "reason", "buyer", "merchant"),
    [
        ("no_reason_return", "no_longer_wanted", "You pay the postage", "The buyer pays the postage"),
        ("wrong_item", "wrong_item", "is free for you", "the carrier bills you"),
    ],
)
def test_who_pays_stands_there_before_a_return_is_accepted(type, reason, buyer, merchant, file_case, cast, now, client):
    case = file_case(wants="full_refund_with_return", type=type, reason=reason)
    client.force_login(cast.owner)
    for page in ("", "agree/"):
        assert merchant in client.get(f"/disputes/{case.number}/{page}").content.decode()
    case = negotiation.propose(dispute=case, actor=cast.owner, now=now, kind="full_refund_with_return")
    offer = case.offers.get(by_role="merchant")
    client.force_login(cast.buyer)
    for page in ("", f"accept-offer/?offer={offer.pk}"):
        html = client.get(f"/disputes/{case.number}/{page}").content.decode()
        assert buyer in html
        assert ("¥25.00" in html) == (type == "wrong_item"), "up to how much"


def test_the_buyer_names_the_receipt_where_the_seller_pays(file_case, cast, now, client):
    case = file_case(wants="full_refund_with_return", type="wrong_item", reason="wrong_item")
    case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
    client.force_login(cast.buyer)
    page = f"/disputes/{case.number}/ship-return/"
    assert "freight_paid" in client.get(page).content.decode()
    sent = {"version": case.version, "carrier": "SF", "tracking": NUMBER}
    assert client.post(page, {**sent, "freight_paid": "1000.00"}).status_code == 422
    assert client.post(page, {**sent, "freight_paid": "40.00"}).status_code == 302
    assert ReturnShipment.objects.get().freight_paid == Decimal(40)
    html = client.get(f"/disputes/{case.number}/").content.decode()
    assert "¥40.00" in html
    assert "Counts with ¥25.00" in html


def test_the_buyers_own_postage_is_no_receipt(file_case, cast, now, client, api):
    case = reach("awaiting_return_shipment", file_case, cast, now)  # without a reason
    client.force_login(cast.buyer)
    assert "freight_paid" not in client.get(f"/disputes/{case.number}/ship-return/").content.decode()
    sent = {"carrier": "SF", "tracking": NUMBER, "freight_paid": "8.00"}
    answer = api("buyer").post(f"/disputes/{case.number}/ship-return/", sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "postage_yours")


def test_the_page_shows_what_was_billed(on_the_way, bill, cast, client):
    bill("12.00")
    client.force_login(cast.owner)
    assert "¥12.00" in client.get(f"/disputes/{on_the_way.number}/").content.decode()


def test_who_pays_stands_in_the_wizard_before_a_return_is_asked_for(cast, buy, client):
    order = buy("100.00")
    client.force_login(cast.buyer)
    client.get(reverse("buyers:start", args=[order.number]))
    client.post(reverse("buyers:step", args=[order.number, "what"]), {"what": "wrong"})
    page = reverse("buyers:step", args=[order.number, "wish"])
    html = client.get(page).content.decode()
    assert "the seller is billed" in html
    assert "¥25.00" in html
    client.post(page, {"wants": "full_refund_with_return"})
    client.post(reverse("buyers:step", args=[order.number, "tell"]), {"statement": "", "got": "A blue one."})
    assert "the seller is billed" in client.get(reverse("buyers:step", args=[order.number, "check"])).content.decode()


def test_over_rest_the_return_tells_its_postage(on_the_way, bill, api):
    bill("12.00")
    for who in ("buyer", "owner", "arbitrator"):
        told = api(who).get(f"/disputes/{on_the_way.number}/return/").json()
        assert (told["carrier"], told["tracking"]) == ("SF Express", NUMBER)
        assert told["postage"] == {
            "payer": "merchant",
            "bills": [{"amount": "12.00", "currency": "CNY"}],
            "receipt": None,
            "counts": "0.00",
            "cap": "25.00",
        }
    for who in ("rival", "outsider"):
        assert api(who).get(f"/disputes/{on_the_way.number}/return/").status_code == 404


def test_where_nothing_goes_back_there_is_no_return(file_case, api):
    assert api("buyer").get(f"/disputes/{file_case().number}/return/").status_code == 404
