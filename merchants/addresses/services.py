"""The address book of a merchant's returns: always one default, as long as there is any address."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from merchants.addresses.models import ReturnAddress
from merchants.members import memberships_of
from merchants.models import Merchant

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST = 50


class DefaultNeeded(Exception):
    """The default address cannot go while there are others: returns would have nowhere to go."""


class TooMany(Exception):
    """The book is full."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a merchant writes about an address."""

    label_en: str
    label_zh: str
    recipient: str
    phone: str
    address: str


@transaction.atomic
def add_address(*, merchant: Merchant, actor: "User", now: datetime, place: Place) -> ReturnAddress:
    """Add an address; the first one is the default. Raises PermissionDenied and TooMany."""
    _locked(merchant, actor)
    count = merchant.return_addresses.count()
    if count >= MOST:
        raise TooMany(_("At most %(count)s addresses.") % {"count": MOST})
    return ReturnAddress.objects.create(merchant=merchant, is_default=not count, created_at=now, **asdict(place))


@transaction.atomic
def change_address(*, address: ReturnAddress, actor: "User", place: Place) -> ReturnAddress:
    """Change an address; returns agreed before keep the old one. Raises PermissionDenied."""
    _locked(address.merchant, actor)
    for name, value in asdict(place).items():
        setattr(address, name, value)
    address.save(update_fields=list(asdict(place)))
    return address


@transaction.atomic
def make_default(*, address: ReturnAddress, actor: "User") -> None:
    """Send the returns agreed from now on to this address. Raises PermissionDenied."""
    _locked(address.merchant, actor)
    address.merchant.return_addresses.filter(is_default=True).update(is_default=False)
    ReturnAddress.objects.filter(pk=address.pk).update(is_default=True)


@transaction.atomic
def remove_address(*, address: ReturnAddress, actor: "User") -> None:
    """Take an address out of the book. Raises PermissionDenied, and DefaultNeeded while there are others."""
    _locked(address.merchant, actor)
    current = ReturnAddress.objects.get(pk=address.pk)
    if current.is_default and address.merchant.return_addresses.exclude(pk=address.pk).exists():
        raise DefaultNeeded(_("Make another address the default first."))
    current.delete()


def default_addresses(merchants: Collection[int]) -> dict[int, ReturnAddress]:
    """Return the default address of each of these merchants that has one."""
    return {a.merchant_id: a for a in ReturnAddress.objects.filter(merchant__in=merchants, is_default=True)}


def _locked(merchant: Merchant, actor: "User") -> None:
    """One change at a time for each book, by people who may act for the shop."""
    member = memberships_of(actor).get(merchant.pk)
    if member is None or not member.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can change its addresses."))
    Merchant.objects.select_for_update(of=("self",)).get(pk=merchant.pk)
