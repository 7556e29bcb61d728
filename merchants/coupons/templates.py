"""The coupons that a merchant offers: what each is worth, for how long, and whether it is still given out."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchants.coupons.models import CouponTemplate
from merchants.models import Merchant

if TYPE_CHECKING:
    from portal.accounts.models import User


class WorthPromised(Exception):
    """A published plan promises this coupon: what it is worth can no longer change."""


def create_template(
    *,
    merchant: Merchant,
    name: str,
    currency: str,
    amount: Decimal,
    minimum_spend: Decimal,
    valid_days: int,
    actor: "User",
    now: datetime,
) -> CouponTemplate:
    """Make a coupon that plans can offer; amounts in `currency`. Raises PermissionDenied."""
    _check_right(merchant.pk, actor)
    return CouponTemplate.objects.create(
        merchant=merchant,
        name=name,
        currency=currency,
        amount=amount,
        minimum_spend=minimum_spend,
        valid_days=valid_days,
    )


def change_template(
    *,
    template: CouponTemplate,
    name: str,
    amount: Decimal,
    minimum_spend: Decimal,
    valid_days: int,
    actor: "User",
    now: datetime,
) -> CouponTemplate:
    """Change a coupon for those issued from now on. Raises PermissionDenied, or WorthPromised by the database."""
    _check_right(template.merchant_id, actor)
    new = {"name": name, "amount": amount, "minimum_spend": minimum_spend, "valid_days": valid_days}
    try:
        with transaction.atomic():
            CouponTemplate.objects.filter(pk=template.pk).update(**new)
    except IntegrityError as refused:
        raise WorthPromised(
            _("A published plan promises this coupon, so what it is worth stays. Make another coupon instead.")
        ) from refused
    template.refresh_from_db()
    return template


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
