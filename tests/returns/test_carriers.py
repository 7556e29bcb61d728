"""Carriers' names and numbers, as people type them."""

import pytest

from aftersales.returns.carriers import CARRIERS, Parcel, TrackingMistyped, read_parcel, s10_holds


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.name)
def test_each_carrier_takes_its_own_example_under_every_name(carrier):
    for name in [carrier.name, *carrier.aliases]:
        assert read_parcel(f" {name.upper()} ", carrier.example.lower()) == Parcel(carrier.name, carrier.example)


@pytest.mark.parametrize(
    ("carrier", "number"),
    [("SF", "SF1"), ("顺丰", "75A"), ("ups", "1Z12"), ("DHL", "ABC"), ("FedEx", "1234"), ("EMS", "EE123456780CN")],
)
def test_a_number_that_does_not_fit_is_refused_with_words(carrier, number):
    with pytest.raises(TrackingMistyped) as wrong:
        read_parcel(carrier, number)
    assert any(c.name in str(wrong.value) for c in CARRIERS)


def test_spaces_do_not_matter_and_unknown_carriers_are_free():
    assert read_parcel("SF Express", "sf 1234 5678 90123").tracking == "SF1234567890123"
    assert read_parcel("Village Post", "ab-12/7") == Parcel("Village Post", "AB-12/7")
    with pytest.raises(TrackingMistyped):
        read_parcel("Village Post", "<b>")


@pytest.mark.parametrize(
    ("number", "holds"),
    # RR473124829: 8*4+6*7+4*3+2*1+3*2+5*4+9*8+7*2 = 200, 200 % 11 = 2, 11 - 2 = 9.
    [("RR473124829FR", True), ("RR473124828FR", False), ("1234567890123", True)],
)
def test_postal_numbers_have_a_check_digit(number, holds):
    assert s10_holds(number) == holds
