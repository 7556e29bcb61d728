"""Why a deposit cannot be moved, or what cannot be done while it is short."""

from decimal import Decimal

from django.utils.translation import gettext as _

from portal.money import plain


class Refused(Exception):
    """What was asked does not fit; `field` names where."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class NotForYou(Exception):
    """Somebody else may do this."""


class MovedOtherwise(Exception):
    """The reference was used for another movement: another seller, amount, currency or direction."""


class NotEnough(Exception):
    """Less than that can be paid back: the deposit keeps what is required; `available` in `currency`."""

    def __init__(self, available: Decimal, currency: str) -> None:
        self.available, self.currency = available, currency
        super().__init__(
            _("At most %(amount)s %(currency)s can be paid back; the rest of the deposit is required.")
            % {"amount": plain(available, currency), "currency": currency}
        )


class DebtsOpen(Exception):
    """Nothing is paid back while the seller owes something, or may come to: `owed` in `currency`."""

    def __init__(self, owed: Decimal, currency: str) -> None:
        self.owed, self.currency = owed, currency
        super().__init__(
            _("The seller owes %(amount)s %(currency)s, or may come to. Nothing is paid back until it is settled.")
            % {"amount": plain(owed, currency), "currency": currency}
        )


class DepositShort(Exception):
    """The deposit has been below what is required for too long: new promises wait until it is filled up."""

    def __init__(self) -> None:
        super().__init__(
            _("Your deposit is below what is required, and the time to fill it up is over. Fill it up first.")
        )
