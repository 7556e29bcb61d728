from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from portal.accounts.models import User


class MerchantQuerySet(models.QuerySet["Merchant"]):
    """Which merchants."""

    def visible_to(self, user: "User") -> "MerchantQuerySet":
        """Those the user works for; all of them for the platform's people."""
        if user.duty:
            return self
        return self.filter(members__user=user)


class Merchant(models.Model):
    """A shop on the marketplace."""

    ref = models.CharField(_("reference"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=200)
    # Where returns go; shown to the buyer and frozen on the return shipment.
    return_name = models.CharField(_("recipient of returns"), max_length=200, blank=True)
    return_phone = models.CharField(_("phone for returns"), max_length=40, blank=True)
    return_address = models.TextField(_("address for returns"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MerchantQuerySet.as_manager()

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")

    def __str__(self) -> str:
        return self.name


class MemberRole(models.TextChoices):
    """What a member may do for the merchant: finance reads, the others also act; owner and manager publish plans."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    AGENT = "agent", _("Agent")
    FINANCE = "finance", _("Finance")


class MerchantMember(models.Model):
    """A person who works for a merchant."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=MemberRole.choices)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.merchant_id}: {self.role}"

    @property
    def may_act(self) -> bool:
        """Whether this member may answer cases."""
        return self.role != MemberRole.FINANCE

    @property
    def may_publish(self) -> bool:
        """Whether this member may publish plans and promise money by them."""
        return self.role in {MemberRole.OWNER, MemberRole.MANAGER}
