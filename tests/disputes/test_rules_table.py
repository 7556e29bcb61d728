"""Every type, pack and stage: what may be asked for, the most there is, the clocks, who pays the way back, who begins.

Worked by hand from the texts named above each block; the code is held against it, not the other way round. Bought were
two pieces at the unit price P, less a discount of P/5, with 10.00 for sending both; the case is about one of them:

- with the way there  (1.8 P + 10) / 2:  P = 100 -> 95.00, P = 20 -> 23.00
- the goods alone           1.8 P / 2:  P = 100 -> 90.00, P = 20 -> 18.00

CPL: Consumer Protection Law; O31: SAMR order 31; O116: platform-rules order 116; FSL: Food Safety Law; T, J, W: rules
of platforms; CRD: Directive 2011/83/EU; SGD: Directive (EU) 2019/771; (d): our default.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services.filing import open_dispute
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.proofs import burden
from aftersales.policies.types import TYPES
from tests.makers import make_order

pytestmark = pytest.mark.django_db

SILENCE = {
    "pays": "agree_by_silence",  # what was asked is agreed
    "return": "ask_return_by_silence",  # the goods come back first: never money for silence after shipping (O116)
    "platform": "escalate_by_silence",
}
WANTS = {
    "keep": "full_refund_no_return",
    "part": "partial_refund_keep",
    "back": "full_refund_with_return",
    "swap": "replace_with_return",
    "again": "replace_no_return",
    "resend": "resend_missing",
    "mend": "repair",
    "gift": "gift_value",
    "times": "multiple_compensation",
}
# Bounded by something else than what was paid: worked out where that is tested.
BY_ANOTHER_BOUND = {"price_drop", "freight"}
# Blocks begin with "# law". Then: type stage goods P [reason, if not the first] |
# wants ... | most hours silence | window | payer of the way back,
# hours to send it (or -) | who must show something first (or -)
TABLE = """
# CPL 25 and O31 17: before dispatch the buyer may go; 24 h to answer (d), silence agrees (W)
not_shipped_cancel unshipped home 100 | keep | 95.00 24 pays | - | - - | merchant
not_shipped_cancel unshipped fresh 100 | keep | 95.00 24 pays | - | - - | merchant
not_shipped_cancel unshipped custom_made 100 | keep | 95.00 24 pays | - | - - | merchant
not_shipped_cancel unshipped digital 20 | keep | 23.00 24 pays | - | - - | merchant
not_shipped_cancel unshipped eu:home 100 | keep | 95.00 24 pays | - | - - | merchant
# CPL 16, J: late dispatch; before it silence agrees, after it the platform looks, nothing goes back
late_shipping unshipped home 100 | part keep | 95.00 24 pays | - | - - | merchant
late_shipping in_transit home 100 | part keep | 95.00 48 platform | 15d | - - | merchant
late_shipping received home 100 | part keep | 95.00 48 platform | 15d | - - | merchant
late_shipping received ceramics 100 | part keep | 95.00 48 platform | 7d | - - | merchant
late_shipping received eu:home 100 | part keep | 95.00 48 platform | 730d | - - | merchant
# CPL 23, T 38: until it is signed for, the goods are the seller's risk: the sender's side proves delivery
not_received in_transit home 100 | keep again | 95.00 48 platform | 30d | - - | merchant
not_received received home 100 | keep again | 95.00 48 platform | 30d | - - | merchant
not_received received home 20 | keep again | 23.00 48 platform | 30d | - - | merchant
not_received received fresh 100 | keep again | 95.00 48 platform | 30d | - - | merchant
not_received in_transit eu:home 100 | keep again | 95.00 48 platform | 30d | - - | merchant
lost_or_stuck_in_transit in_transit home 100 | keep again | 95.00 48 platform | 30d | - - | merchant
lost_or_stuck_in_transit in_transit live_animals 100 | keep again | 95.00 48 platform | 30d | - - | merchant
lost_or_stuck_in_transit in_transit eu:home 100 | keep again | 95.00 48 platform | 30d | - - | merchant
refused_delivery in_transit home 100 | keep | 95.00 48 platform | 30d | - - | merchant
refused_delivery in_transit fresh 100 | keep | 95.00 48 platform | 30d | - - | merchant
refused_delivery in_transit eu:home 100 | keep | 95.00 48 platform | 30d | - - | merchant
# T 65: parts and surface: the seller proves proper signing, then the buyer; an empty parcel has nothing to send back
empty_parcel received home 100 | keep again | 95.00 48 platform | 15d | - - | merchant
empty_parcel received jewellery 20 | keep again | 23.00 48 platform | 15d | - - | merchant
empty_parcel received eu:home 100 | keep again | 95.00 48 platform | 730d | - - | merchant
missing_item_or_quantity received home 100 | resend | 95.00 48 platform | 15d | merchant 168 | merchant
missing_item_or_quantity received home 100 | part | 95.00 48 return | 15d | merchant 168 | merchant
missing_item_or_quantity received home 100 | back | 95.00 48 pays | 15d | merchant 168 | merchant
gift_or_bundle received home 100 | resend gift | 95.00 48 platform | 15d | - - | merchant
gift_or_bundle received ceramics 20 | resend gift | 23.00 48 platform | 7d | - - | merchant
gift_or_bundle received eu:home 100 | resend gift | 95.00 48 platform | 730d | - - | merchant
wrong_item received home 100 | swap | 95.00 48 platform | 15d | merchant 168 | merchant
wrong_item received home 100 | back | 95.00 48 pays | 15d | merchant 168 | merchant
wrong_item received home 100 | part | 95.00 48 return | 15d | merchant 168 | merchant
wrong_item received home 20 | part | 23.00 48 platform | 15d | merchant 168 | merchant
wrong_item received jewellery 20 | part | 23.00 48 return | 15d | merchant 168 | merchant
wrong_item received eu:home 100 | part | 95.00 48 return | 730d | merchant 336 | merchant
# CPL 24, J: visible faults: the buyer shows first; 15 d, fresh and electronics 48 h, live animals 24 h, ceramics 7 d
arrived_damaged received home 100 | part keep | 95.00 48 return | 15d | merchant 168 | buyer
arrived_damaged received home 100 | swap again | 95.00 48 platform | 15d | merchant 168 | buyer
arrived_damaged received home 100 | back | 95.00 48 pays | 15d | merchant 168 | buyer
arrived_damaged received eu:home 100 | back | 95.00 48 pays | 730d | merchant 336 | buyer
arrived_damaged received home 20 | part keep | 23.00 48 platform | 15d | merchant 168 | buyer
arrived_damaged received fresh 100 | part keep | 95.00 48 platform | 48h | merchant 168 | buyer
arrived_damaged received ceramics 100 | part keep | 95.00 48 return | 7d | merchant 168 | buyer
arrived_damaged received electronics 100 | part keep | 95.00 48 return | 48h | merchant 168 | buyer
arrived_damaged received live_animals 100 | part keep | 95.00 48 platform | 24h | merchant 168 | buyer
arrived_damaged received furniture 100 | part keep | 95.00 48 return | 15d | merchant 336 | buyer
arrived_damaged received jewellery 20 | part keep | 23.00 48 return | 15d | merchant 168 | buyer
arrived_damaged received eu:home 100 | part keep | 95.00 48 return | 730d | merchant 336 | buyer
quality_visible received home 100 | part keep | 95.00 48 return | 15d | merchant 168 | buyer
quality_visible received home 100 | swap | 95.00 48 platform | 15d | merchant 168 | buyer
quality_visible received home 100 | back | 95.00 48 pays | 15d | merchant 168 | buyer
quality_visible received apparel 100 | back | 95.00 48 pays | 15d | merchant 168 | buyer
quality_visible received home 20 | part keep | 23.00 48 platform | 15d | merchant 168 | buyer
quality_visible received apparel 100 | part keep | 95.00 48 return | 15d | merchant 168 | buyer
quality_visible received electronics 100 | part keep | 95.00 48 return | 48h | merchant 168 | buyer
quality_visible received ceramics 100 | part keep | 95.00 48 return | 7d | merchant 168 | buyer
quality_visible received furniture 100 | part keep | 95.00 48 return | 15d | merchant 336 | buyer
quality_visible received jewellery 20 | part keep | 23.00 48 return | 15d | merchant 168 | buyer
quality_visible received eu:home 100 | part keep | 95.00 48 return | 730d | merchant 336 | buyer
# what spoils or lives does not travel back (d): the platform looks
quality_visible received fresh 100 | part keep | 95.00 48 platform | 48h | merchant 168 | buyer
wrong_item received fresh 100 | part | 95.00 48 platform | 15d | merchant 168 | merchant
not_as_described received live_animals 100 | part keep | 95.00 48 platform | 24h | merchant 168 | buyer
wrong_item received eu:fresh 100 | part | 95.00 48 platform | 730d | merchant 336 | merchant
# J, CPL 24: what is spoiled does not travel back: silence passes the case to the platform
perished received fresh 100 | keep part again | 95.00 48 platform | 48h | - - | buyer
perished received live_animals 100 | keep part again | 95.00 48 platform | 24h | - - | buyer
perished received food 100 | keep part again | 95.00 48 platform | 15d | - - | buyer
perished received home 20 | keep part again | 23.00 48 platform | 15d | - - | buyer
perished received eu:fresh 100 | keep part again | 95.00 48 platform | 730d | - - | buyer
# CPL 23(3): of durable goods the seller proves the absence of a defect for six months; SGD 11: a year and more
quality_hidden received home 100 | part keep | 95.00 48 return | 180d | merchant 168 | merchant
quality_hidden received home 100 | back | 95.00 48 pays | 180d | merchant 168 | merchant
quality_hidden received home 100 | swap | 95.00 48 platform | 180d | merchant 168 | merchant
quality_hidden received home 100 | mend | 95.00 48 platform | 180d | merchant 168 | merchant
quality_hidden received eu:home 100 | mend | 95.00 48 platform | 730d | merchant 336 | merchant
quality_hidden received electronics 100 | part keep | 95.00 48 return | 180d | merchant 168 | merchant
quality_hidden received furniture 100 | back | 95.00 48 pays | 180d | merchant 336 | merchant
quality_hidden received eu:home 100 | part keep | 95.00 48 return | 730d | merchant 336 | merchant
# CPL 20 and 24, T 67: as described or not: the buyer shows listing and goods first
not_as_described received home 100 | part keep | 95.00 48 return | 15d | merchant 168 | buyer
not_as_described received home 100 | back | 95.00 48 pays | 15d | merchant 168 | buyer
not_as_described received home 100 | swap | 95.00 48 platform | 15d | merchant 168 | buyer
not_as_described received ceramics 100 | part keep | 95.00 48 return | 7d | merchant 168 | buyer
not_as_described received jewellery 20 | part keep | 23.00 48 return | 15d | merchant 168 | buyer
not_as_described received eu:home 100 | part keep | 95.00 48 return | 730d | merchant 336 | buyer
# CPL 55, T 72: the seller shows purchase voucher and certificate first; no last day
counterfeit received home 100 | keep | 95.00 48 return | - | merchant 168 | merchant
counterfeit received home 100 | back | 95.00 48 pays | - | merchant 168 | merchant
counterfeit received jewellery 20 | keep | 23.00 48 return | - | merchant 168 | merchant
# CPL 55, FSL 148: more than was paid is never agreed to by silence: the platform looks
counterfeit received home 100 | times | 95.00 48 platform | - | merchant 168 | merchant
counterfeit received jewellery 20 | times | 23.00 48 platform | - | merchant 168 | merchant
food_safety received food 100 | times | 95.00 48 platform | - | - - | merchant
food_safety received fresh 20 | times | 23.00 48 platform | - | - - | merchant
late_shipping in_transit home 100 fake_shipping | times | 95.00 48 platform | 15d | - - | merchant
not_as_described received home 100 false_advert | times | 95.00 48 platform | 15d | merchant 168 | buyer
prohibited_goods received home 100 false_advert | times | 95.00 48 platform | - | - - | merchant
prohibited_goods unshipped home 100 false_advert | times | 95.00 48 platform | - | - - | merchant
promise_breach received home 100 false_advert | times | 95.00 48 platform | - | - - | buyer
# SGD 13(2), CRD: no multiple of the price; what the way back costs is the seller's
counterfeit received eu:home 100 | keep | 95.00 48 return | - | merchant 336 | merchant
# FSL 148: unsafe food is not sent back
food_safety received food 100 | keep | 95.00 48 platform | - | - - | merchant
food_safety received fresh 20 | keep | 23.00 48 platform | - | - - | merchant
food_safety received eu:food 100 | keep | 95.00 48 platform | - | - - | merchant
# E-commerce Law 13: what may not be sold at all
prohibited_goods unshipped home 100 | keep | 95.00 24 pays | - | - - | merchant
prohibited_goods in_transit home 100 | keep | 95.00 48 platform | - | - - | merchant
prohibited_goods received home 100 | keep | 95.00 48 platform | - | - - | merchant
# CPL 25, O31 18: seven days from the day after; the way there is not refunded, the way back is the buyer's
no_reason_return received home 100 | back | 90.00 48 pays | 7d | buyer 168 | -
no_reason_return received home 20 | back | 18.00 48 pays | 7d | buyer 168 | -
no_reason_return received apparel 100 | back | 90.00 48 pays | 7d | buyer 168 | -
no_reason_return received ceramics 100 | back | 90.00 48 pays | 7d | buyer 168 | -
no_reason_return received electronics 100 | back | 90.00 48 pays | 7d | buyer 168 | -
no_reason_return received food 100 | back | 90.00 48 pays | 7d | buyer 168 | -
no_reason_return received furniture 100 | back | 90.00 48 pays | 7d | buyer 336 | -
no_reason_return received jewellery 100 | back | 90.00 48 pays | 7d | buyer 168 | -
# CRD 9, 13(1), 14(1): fourteen days; with the standard way there; the way back is the buyer's
no_reason_return received eu:home 100 | back | 95.00 48 pays | 14d | buyer 336 | -
no_reason_return received eu:food 100 | back | 95.00 48 pays | 14d | buyer 336 | -
no_reason_return received eu:digital 20 | back | 23.00 48 pays | 14d | buyer 336 | -
# O31 18: another size is a return without a fault
size_or_fit received home 100 | back | 90.00 48 pays | 7d | buyer 168 | buyer
size_or_fit received apparel 100 | back | 90.00 48 pays | 7d | buyer 168 | buyer
size_or_fit received apparel 100 | swap | 90.00 48 platform | 7d | buyer 168 | buyer
size_or_fit received apparel 100 | part | 90.00 48 return | 7d | buyer 168 | buyer
size_or_fit received apparel 20 | part | 18.00 48 platform | 7d | buyer 168 | buyer
size_or_fit received furniture 100 | back | 90.00 48 pays | 7d | buyer 336 | buyer
size_or_fit received eu:apparel 100 | back | 95.00 48 pays | 14d | buyer 336 | buyer
# CPL 16, T: service, paper and promises: money only, or the goods back
invoice unshipped home 100 | part | 95.00 24 pays | - | - - | merchant
invoice in_transit home 100 | part | 95.00 48 platform | - | - - | merchant
invoice received home 100 | part | 95.00 48 platform | - | - - | merchant
install_or_service received home 100 | back | 95.00 48 pays | 180d | merchant 168 | merchant
install_or_service received furniture 100 | back | 95.00 48 pays | 180d | merchant 336 | merchant
install_or_service received furniture 100 | part | 95.00 48 return | 180d | merchant 336 | merchant
install_or_service received eu:home 100 | back | 95.00 48 pays | 730d | merchant 336 | merchant
promise_breach unshipped home 100 | part keep | 95.00 24 pays | - | - - | buyer
promise_breach in_transit home 100 | part keep | 95.00 48 platform | - | - - | buyer
promise_breach received home 100 | part keep | 95.00 48 platform | - | - - | buyer
# CPL 24: three guarantees: repair, replacement, return
warranty_repair received electronics 100 | mend | 95.00 48 platform | 180d | merchant 168 | buyer
warranty_repair received home 100 | swap | 95.00 48 platform | 180d | merchant 168 | buyer
warranty_repair received home 100 | mend | 95.00 48 platform | 180d | merchant 168 | buyer
warranty_repair received eu:electronics 100 | mend | 95.00 48 platform | 730d | merchant 336 | buyer
warranty_repair received home 100 | back | 95.00 48 pays | 180d | merchant 168 | buyer
warranty_repair received electronics 100 | part | 95.00 48 return | 180d | merchant 168 | buyer
warranty_repair received eu:electronics 100 | back | 95.00 48 pays | 730d | merchant 336 | buyer
# CPL 25: seven days to pay back what is owed; the seller shows the payment
refund_not_paid unshipped home 100 | keep part | 95.00 24 pays | - | - - | merchant
refund_not_paid in_transit home 100 | keep part | 95.00 48 platform | - | - - | merchant
refund_not_paid received home 100 | keep part | 95.00 48 platform | - | - - | merchant
"""


@dataclass(frozen=True)
class Row:
    """One line of the table for one wish."""

    law: str
    type: str
    stage: str
    goods: str
    price: Decimal
    reason: str
    wants: str
    most: Decimal
    hours: int
    silence: str
    window: str
    payer: str
    ships: str
    first: str

    def __str__(self):
        return f"{self.type}-{self.stage}-{self.goods}-{self.price}-{self.wants}"

    @property
    def currency(self):
        return "EUR" if self.goods.startswith("eu:") else "CNY"


def rows():
    found, law = [], ""
    for line in TABLE.strip().splitlines():
        if line.startswith("#"):
            law = line[2:]
            continue
        what, wishes, money, window, back, first = (part.split() for part in line.split("|"))
        for wish in wishes:
            kind, price, most = WANTS[wish], Decimal(what[3]), Decimal(money[0])
            reason = what[4] if len(what) > 4 else str(TYPES[what[0]].reasons[0])
            says = (int(money[1]), SILENCE[money[2]], window[0], *back, first[0])
            found.append(Row(law, *what[:3], price, reason, kind, most, *says))
    return found


ROWS = rows()


def buy(row, cast, now):
    order = make_order(shop=cast.shop, customer=cast.buyer, currency=row.currency)
    shipped = None if row.stage == "unshipped" else now - timedelta(hours=30)
    order.lines.update(
        quantity=2,
        unit_price=row.price,
        discount=row.price / 5,
        freight=10,
        category=row.goods.removeprefix("eu:"),
        shipped_at=shipped,
        delivered_at=now - timedelta(hours=2) if row.stage == "received" else None,
    )
    order.payments.update(amount=row.price * 2 - row.price / 5 + 10)
    Order.objects.filter(pk=order.pk).update(paid_at=now - timedelta(days=4))
    return Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)


def file(row, order, cast, now, **more):
    amount = Decimal("1.00") if row.wants in {"partial_refund_keep", "gift_value"} else None
    asked = {"type": row.type, "reason": row.reason, "wants": row.wants, "amount": amount, **more}
    return open_dispute(order=order, actor=cast.buyer, now=now, lines=[("1", 1)], **asked)


def test_the_table_is_long_enough_and_nothing_stands_there_twice():
    assert len(ROWS) >= 150
    assert len({str(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_filed_as_the_law_says(row, cast, now):
    """The law of each row stands above its block in TABLE."""
    case = file(row, buy(row, cast, now), cast, now)
    rules, rule = case.rules, TYPES[row.type]
    assert case.max_amount == row.most, row.law
    assert sum(Decimal(step["amount"]) for step in case.working["most"]) == row.most, "the arithmetic comes to it"
    assert (case.due_at - now, case.on_silence) == (timedelta(hours=row.hours), row.silence), row.law
    shipped = row.stage != "unshipped"
    assert (str(rules.windows[rule.window]) if rule.window and shipped else "-") == row.window, row.law
    payer, ships = (rules.return_payer(remorse=rule.remorse), rules.timers["buyer_ships"]) if rule.returnable else "--"
    assert (payer, str(ships)) == (row.payer, row.ships), row.law
    shows = burden(row.type, confirmed=False)
    assert (shows[0].party if shows else "-") == row.first, row.law


# What cannot be filed at all: type, stage, goods, and what the refusal is called.
NEVER = """
not_shipped_cancel in_transit home wrong_stage
not_shipped_cancel received home wrong_stage
not_received unshipped home wrong_stage
lost_or_stuck_in_transit unshipped home wrong_stage
lost_or_stuck_in_transit received home wrong_stage
refused_delivery unshipped home wrong_stage
refused_delivery received home wrong_stage
empty_parcel in_transit home wrong_stage
missing_item_or_quantity in_transit home wrong_stage
wrong_item unshipped home wrong_stage
arrived_damaged in_transit home wrong_stage
perished in_transit fresh wrong_stage
quality_visible unshipped home wrong_stage
quality_hidden in_transit home wrong_stage
not_as_described unshipped home wrong_stage
counterfeit in_transit home wrong_stage
food_safety unshipped food wrong_stage
no_reason_return unshipped home wrong_stage
no_reason_return in_transit home wrong_stage
size_or_fit in_transit apparel wrong_stage
gift_or_bundle unshipped home wrong_stage
install_or_service in_transit furniture wrong_stage
warranty_repair unshipped electronics wrong_stage
no_reason_return received fresh excluded
no_reason_return received live_animals excluded
no_reason_return received custom_made excluded
no_reason_return received digital excluded
no_reason_return received newspapers excluded
size_or_fit received custom_made excluded
no_reason_return received eu:fresh excluded
no_reason_return received eu:custom_made excluded
no_reason_return received eu:newspapers excluded
price_drop unshipped home not_promised
price_drop received electronics not_promised
"""


def refusals():
    found = []
    for line in NEVER.split("\n"):
        if line:
            type_, stage, goods, code = line.split()
            wants = TYPES[type_].wants[0]
            row = Row(
                "", type_, stage, goods, Decimal(100), TYPES[type_].reasons[0], wants, Decimal(0), 0, "", "", "", "", ""
            )
            found.append(pytest.param(row, code, id=f"{type_}-{stage}-{goods}"))
    return found


@pytest.mark.parametrize(("row", "code"), refusals())
def test_never_without_a_reason(row, code, cast, now):
    """O31 6 and CRD 16 for what is excluded; a stage at which it cannot have happened. Nothing is left behind."""
    with pytest.raises(RuleBroken) as refused:
        file(row, buy(row, cast, now), cast, now)
    assert (refused.value.code, refused.value.field) == (code, "type")
    assert refused.value.message
    assert not OrderLine.objects.filter(dispute_count__gt=0).exists()


def test_no_type_and_no_stage_is_left_out():
    told = {(row.type, row.stage) for row in ROWS}
    assert {type_ for type_, _stage in told} | BY_ANOTHER_BOUND == set(TYPES)
    missing = {(t, s.value) for t, rule in TYPES.items() for s in rule.stages if t not in BY_ANOTHER_BOUND}
    assert missing == told


def test_what_may_be_asked_for_is_what_the_table_says():
    told = {}
    for row in ROWS:
        told.setdefault(row.type, set()).add(row.wants)
    assert told == {type_: set(TYPES[type_].wants) for type_ in told}
