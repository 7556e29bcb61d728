"""Notices about a seller's deposit: to the shop's owner, managers and finance."""

from django.utils.translation import gettext_lazy as _

from portal.notices.kind import DUE, Kind, Sentences

_OPEN = _("Open the deposit")
_LATER: Sentences = (_("After that, what is missing is kept from your settlements, and new plans and coupons wait."),)

DEPOSIT_KINDS: dict[str, Kind] = {
    "deposit_level": Kind(
        (_("Your deposit: %(amount)s from %(due)s"), _("Your deposit: a new amount is required")),
        (
            _("The platform requires a deposit of %(amount)s from %(merchant)s, from %(due_full)s."),
            _("The platform requires another deposit than before."),
        ),
        _OPEN,
    ),
    "deposit_short": Kind(
        (_("Fill up your deposit by %(due)s: %(amount)s is missing"), _("Fill up your deposit")),
        (
            _("The deposit of %(merchant)s holds less than is required: %(amount)s is missing."),
            _("Your deposit holds less than is required."),
        ),
        _OPEN,
        (DUE, _LATER),
    ),
    "deposit_reminder": Kind(
        (
            _("Only until %(due)s: %(amount)s is missing from your deposit"),
            _("Your deposit is still too low"),
        ),
        (
            _("The deposit of %(merchant)s still holds less than is required: %(amount)s is missing."),
            _("Your deposit still holds less than is required."),
        ),
        _OPEN,
        (DUE, _LATER),
    ),
    "deposit_limited": Kind(
        (
            _("Limits until your deposit is filled up: %(amount)s is missing"),
            _("Limits until your deposit is filled up"),
        ),
        (
            _("The time to fill up the deposit of %(merchant)s is over: %(amount)s is missing."),
            _("The time to fill up your deposit is over."),
        ),
        _OPEN,
        (
            (_("What is missing is kept from your settlements, and new plans and coupons wait."),),
            (_("This ends by itself as soon as the deposit holds what is required."),),
        ),
    ),
    "deposit_met": Kind(
        (_("Your deposit is complete again"),),
        (
            _("The deposit of %(merchant)s holds what is required. There are no limits."),
            _("Your deposit holds what is required. There are no limits."),
        ),
        _OPEN,
    ),
    "deposit_taken": Kind(
        (
            _("%(amount)s was taken from your deposit: case %(case)s"),
            _("%(amount)s was taken from your deposit"),
            _("Something was taken from your deposit: case %(case)s"),
        ),
        (
            _("%(merchant)s owed it, and settlements had not paid it in time."),
            _("You owed it, and settlements had not paid it in time."),
        ),
        _OPEN,
    ),
    "deposit_returned": Kind(
        (
            _("%(amount)s was put back into your deposit: case %(case)s"),
            _("Something was put back into your deposit: case %(case)s"),
        ),
        (
            _("Less was due than had been taken from the deposit of %(merchant)s."),
            _("Less was due than had been taken from your deposit."),
        ),
        _OPEN,
    ),
}
