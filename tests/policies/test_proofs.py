"""The burden of proof of every type: who begins, worked out by hand from the rules named."""

import pytest

from aftersales.policies.codes import DisputeType
from aftersales.policies.proofs import BURDENS, burden
from portal.ui.words import EVIDENCE_ROWS

# type -> who must show something first: T 38 and 65-77; J.
FIRST = {
    "not_received": "merchant",  # the sender's side proves delivery
    "lost_or_stuck_in_transit": "merchant",
    "quality_visible": "buyer",  # visible: the buyer's first proof
    "arrived_damaged": "buyer",
    "perished": "buyer",
    "not_as_described": "buyer",
    "quality_hidden": "merchant",  # hidden or fake: the seller first
    "counterfeit": "merchant",
    "food_safety": "merchant",
    "prohibited_goods": "merchant",
    "empty_parcel": "merchant",  # missing parts: the seller proves proper signing
    "missing_item_or_quantity": "merchant",
    "wrong_item": "merchant",
    "gift_or_bundle": "merchant",
    "returned_goods_dispute": "merchant",  # who claims the return was swapped shows its unpacking
}


@pytest.mark.parametrize(("type", "party"), FIRST.items())
def test_who_begins(type, party):
    assert burden(type, confirmed=False)[0].party == party


@pytest.mark.parametrize("type", ["empty_parcel", "missing_item_or_quantity", "wrong_item", "gift_or_bundle"])
def test_after_receipt_was_confirmed_the_buyer_begins(type):
    """T: after the buyer confirmed receipt, the buyer proves the mismatch."""
    assert burden(type, confirmed=True)[0].party == "buyer"


@pytest.mark.parametrize("type", ["quality_hidden", "counterfeit", "not_received"])
def test_confirmed_receipt_does_not_turn_a_hidden_fault_round(type):
    assert burden(type, confirmed=True)[0].party == "merchant"


def test_every_type_has_its_burden_and_every_exhibit_its_words():
    assert set(BURDENS) == set(DisputeType.values)
    assert {step.slot for steps in BURDENS.values() for step in steps} <= set(EVIDENCE_ROWS)


def test_an_inspection_report_is_never_asked_of_the_seller_first():
    for steps in BURDENS.values():
        reports = [n for n, step in enumerate(steps) if step.slot == "report"]
        assert all(n == len(steps) - 1 and not steps[n].needed for n in reports)
