"""The coupons that a merchant offers: what each is worth, for which goods, for how long; final once given."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchants.coupons.models import CouponTemplate, Funder
from merchants.deposits.shortages import check_limits
from merchants.models import Merchant
from portal.accounts.models import Duty

if TYPE_CHECKING:
    from portal.accounts.models import User


class WorthPromised(Exception):
    """A published plan promises this coupon, or somebody has it: what it is worth can no longer change."""


class AlreadyFollowed(Exception):
    """Somebody made the next version of this coupon meanwhile."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a coupon is worth, for what and for how long; amounts in the template's currency.

    `amount` is the cap where `percent` is set. `valid_until` (with or without `valid_from`) wins over `valid_days`.
    """

    amount: Decimal
    minimum_spend: Decimal = Decimal(0)
    valid_days: int = 90
    percent: Decimal | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    stackable: bool = False

    def columns(self) -> dict[str, object]:
        """As the template's columns."""
        return {**asdict(self), "categories": list(self.categories), "skus": list(self.skus)}


def create_template(
    *, merchant: Merchant, name: str, currency: str, worth: Worth, actor: "User", now: datetime, funded_by: str = ""
) -> CouponTemplate:
    """Make a coupon that plans can offer; only the platform spends the platform's money.

    Raises PermissionDenied, or DepositShort while the merchant's deposit has been too low for too long.
    """
    if funded_by == Funder.PLATFORM:
        if actor.duty != Duty.PLATFORM:
            raise PermissionDenied(_("Only the platform can make coupons that the platform pays for."))
    else:
        _check_right(merchant.pk, actor)
        check_limits(merchant_id=merchant.pk, now=now)
    return CouponTemplate.objects.create(
        merchant=merchant, name=name, currency=currency, funded_by=funded_by or Funder.MERCHANT, **worth.columns()
    )


def change_template(
    *, template: CouponTemplate, name: str, worth: Worth, actor: "User", now: datetime
) -> CouponTemplate:
    """Change a coupon that nobody was promised. Raises PermissionDenied, or WorthPromised by the database."""
    _check_right(template.merchant_id, actor)
    try:
        with transaction.atomic():
            CouponTemplate.objects.filter(pk=template.pk).update(name=name, **worth.columns())
    except IntegrityError as refused:
        raise WorthPromised(
            _("This coupon was promised or given already, so what it is worth stays. Make a new version instead.")
        ) from refused
    template.refresh_from_db()
    return template


def rename(*, template: CouponTemplate, name: str, actor: "User", now: datetime) -> CouponTemplate:
    """Call a coupon something else; nobody but the shop sees its name. Raises PermissionDenied."""
    _check_right(template.merchant_id, actor)
    template.name = name
    template.save(update_fields=["name"])
    return template


def is_given(template: CouponTemplate) -> bool:
    """Tell whether anybody was given, or promised by a decision, a coupon of this template."""
    return template.reservations.exists() or template.coupons.exists()


def new_version(*, template: CouponTemplate, name: str, worth: Worth, actor: "User", now: datetime) -> CouponTemplate:
    """Make the next version; plans that name the old one go on with it until they are edited.

    Raises PermissionDenied, AlreadyFollowed, or DepositShort as for a new one.
    """
    _check_right(template.merchant_id, actor)
    check_limits(merchant_id=template.merchant_id, now=now)
    if template.funded_by == Funder.PLATFORM:
        raise PermissionDenied(_("Only the platform can make coupons that the platform pays for."))
    try:
        with transaction.atomic():
            return CouponTemplate.objects.create(
                merchant_id=template.merchant_id,
                name=name,
                version=template.version + 1,
                previous=template,
                currency=template.currency,
                funded_by=template.funded_by,
                **worth.columns(),
            )
    except IntegrityError as taken:
        raise AlreadyFollowed(
            _("Somebody made a new version of this coupon meanwhile. Please edit that one.")
        ) from taken


def set_active(*, template: CouponTemplate, active: bool, actor: "User", now: datetime) -> CouponTemplate:
    """Stop giving a coupon out, with immediate effect, or give it out again; issued ones stay good.

    Raises PermissionDenied unless owner or manager: it changes what live plans offer.
    """
    _check_right(template.merchant_id, actor, publish=True)
    CouponTemplate.objects.filter(pk=template.pk).update(active=active)
    template.active = active
    return template


def _check_right(merchant_id: int, actor: "User", *, publish: bool = False) -> None:
    member = actor.memberships.filter(merchant=merchant_id).first()
    if member is None or not member.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can edit coupons."))
    if publish and not member.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers can stop a coupon or give it out again."))
