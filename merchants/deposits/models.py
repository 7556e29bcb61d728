from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from aftersales.ledger.models import Account, AccountKind, Transaction
from merchants.members import memberships_of
from merchants.models import Merchant
from portal.money import ZERO, MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User


class DepositQuerySet(models.QuerySet["Deposit"]):
    """Queries on deposits."""

    def visible_to(self, user: "User") -> "DepositQuerySet":
        """A seller's own for its people, all for the platform's."""
        return self if user.duty else self.filter(merchant__in=memberships_of(user))

    def with_held(self) -> "DepositQuerySet":
        """Load beside each what it holds, as `held`, what it lacks, as `missing`, and its open shortage's time."""
        mine = {"merchant": OuterRef("merchant"), "currency": OuterRef("currency")}
        account = Account.objects.filter(kind=AccountKind.MERCHANT_DEPOSIT, **mine).values("balance")[:1]
        short = Shortage.objects.filter(deposit=OuterRef("pk"), ended_at=None)
        amount = MoneyField[Decimal, Decimal]()
        return self.annotate(
            held=Coalesce(Subquery(account), ZERO, output_field=amount),
            missing=Greatest(F("required") - F("held"), ZERO, output_field=amount),
            short_since=Subquery(short.values("began_at")[:1]),
            short_until=Subquery(short.values("top_up_until")[:1]),
        )


class Deposit(models.Model):
    """What a seller leaves with the platform in one currency; the money itself is in the ledger.

    Its row is the lock of everything that moves the deposit, taken before the ledger's accounts.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="deposits")
    currency = models.CharField(_("currency"), max_length=3)
    # The level in force when this was looked at last; the history is in `DepositLevel`.
    required = MoneyField(_("required"), default=ZERO)
    looked_at = models.DateTimeField()

    objects = DepositQuerySet.as_manager()

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["currency", "id"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "currency"], name="one_deposit_per_currency"),
            models.CheckConstraint(condition=Q(required__gte=0), name="deposit_required_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id}: {self.currency}"


class DepositLevel(models.Model):
    """How much a seller has to leave from an instant on, who said so and why; only ever appended."""

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="levels")
    amount = MoneyField(_("required"))
    effective_at = models.DateTimeField(_("from"))
    why = models.CharField(_("why"), max_length=500)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(_("set"))

    class Meta:
        verbose_name = _("required deposit")
        verbose_name_plural = _("required deposits")
        ordering = ["-effective_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="deposit_level_not_negative"),
            models.CheckConstraint(condition=Q(effective_at__gte=F("set_at")), name="deposit_level_not_in_the_past"),
            models.CheckConstraint(condition=~Q(why=""), name="deposit_level_has_a_reason"),
        ]
        indexes = [models.Index(fields=["effective_at"], name="deposit_level_begins")]

    def __str__(self) -> str:
        return f"{self.deposit_id}: {self.amount}"


class Shortage(models.Model):
    """A time in which a deposit held less than required: until when it can be filled up before limits begin."""

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="shortages")
    began_at = models.DateTimeField()
    top_up_until = models.DateTimeField()
    remind_at = models.DateTimeField()
    rule = models.CharField(max_length=120)  # which rule pack gave the time
    reminded_at = models.DateTimeField(null=True)
    limits_told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("shortage")
        verbose_name_plural = _("shortages")
        constraints = [
            models.UniqueConstraint(fields=["deposit"], condition=Q(ended_at=None), name="one_shortage_at_a_time"),
            models.CheckConstraint(
                condition=Q(began_at__lte=F("remind_at"), remind_at__lte=F("top_up_until")),
                name="shortage_times_in_order",
            ),
        ]
        indexes = [models.Index(fields=["top_up_until"], name="shortage_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.deposit_id} until {self.top_up_until}"


class MoveKind(models.TextChoices):
    """How a deposit grew or shrank."""

    PAID_IN = "paid_in", _("Paid in")
    KEPT = "kept", _("Kept from a settlement")
    RETURNED = "returned", _("Put back")
    WITHDRAWN = "withdrawn", _("Paid back to the seller")
    TAKEN = "taken", _("Taken for what was owed")


GROWING = (MoveKind.PAID_IN, MoveKind.KEPT, MoveKind.RETURNED)


class DepositMove(models.Model):
    """One movement of a deposit, posted to the ledger under its key in the same transaction; only ever appended."""

    key = models.CharField(max_length=160, unique=True)  # the ledger transaction's: moved once
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(_("what happened"), max_length=9, choices=MoveKind.choices)
    amount = MoneyField[Any, Decimal](_("amount"))  # above zero or, where the deposit shrank, below
    held = MoneyField[Any, Decimal](_("balance"))  # what the deposit held after it
    reference = models.CharField(_("reference"), max_length=120, blank=True)  # the marketplace's
    case = models.CharField(_("case"), max_length=20, blank=True)
    # Of what was taken, or put back: the posting that the seller owed for.
    debt = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("deposit movement")
        verbose_name_plural = _("deposit movements")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="deposit_never_below_zero"),
            models.CheckConstraint(
                condition=Q(kind__in=["paid_in", "kept", "returned"], amount__gt=0)
                | Q(kind__in=["withdrawn", "taken"], amount__lt=0),
                name="deposit_move_has_its_sign",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["taken", "returned"], debt__isnull=False)
                | Q(kind__in=["paid_in", "kept", "withdrawn"], debt=None),
                name="deposit_is_taken_for_a_debt",
            ),
        ]
        indexes = [
            models.Index(fields=["deposit", "-id"], name="deposit_moves_newest"),
            models.Index(fields=["debt"], name="deposit_moves_by_debt", condition=Q(debt__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key
