"""What people read for the kind of a transaction."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WORDS: dict[str, str | Promise] = {
    "remedy_granted": _("Granted to the buyer"),
    "return_freight": _("Return freight"),
    "recovery": _("Owed back by the buyer"),
    "coupon_used": _("Coupon used"),
    "coupon_lapsed": _("Coupon expired"),
    "coupon_reversed": _("Coupon withdrawn"),
    "coupon_borne": _("Used coupon, borne by another party after an appeal"),
    "appeal_correction": _("Given back after an appeal"),
    "refund_netted": _("Refund paid outside of the portal"),
    "paid_too_much": _("Paid too much at a gateway"),
    "settled": _("Order settled"),
    "fee": _("Fee of the marketplace"),
    "paid_out": _("Paid out"),
    "advance_recovered": _("Paid in advance by the platform"),
    "advance_corrected": _("Given back after an answer was corrected"),
    "deposit_paid_in": _("Deposit paid in"),
    "deposit_withdrawn": _("Deposit paid back"),
    "deposit_kept": _("Kept from a settlement for the deposit"),
    "deposit_taken": _("Taken from the deposit for what was owed"),
    "deposit_returned": _("Put back into the deposit"),
    "fund_paid_in": _("Paid in by finance"),
    "fund_taken_out": _("Taken out by finance"),
}


def say(kind: str) -> str:
    """Say what a transaction of this kind is."""
    return str(_WORDS.get(kind, _("Other movement")))
