import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.bounds import Bounds
from aftersales.disputes.codes import AT_DESK, FINAL, Outcome, Role, Status
from aftersales.orders.models import Order, OrderLine, OrderStage
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import BuyerTier, DisputeType, MerchantBand, Reason, RemedyKind
from aftersales.policies.models import RulePackVersion
from aftersales.policies.rules import Rules
from merchants.experiments.models import Arm
from merchants.members import concerning
from merchants.models import Merchant
from merchants.plans.models import PlanVersion
from merchants.promises.models import PromiseVersion
from merchants.promises.services import Layers, rules_of
from portal.money import ZERO, MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no look-alikes: people read these numbers out on the telephone


def new_number() -> str:
    """Make a case number like `D-7KQ4M-2XPWA`: 30^10 of them, so that none is met twice or guessed."""
    signs = [secrets.choice(_ALPHABET) for _ in range(10)]
    return f"D-{''.join(signs[:5])}-{''.join(signs[5:])}"


class DisputeQuerySet(models.QuerySet["Dispute"]):
    """Which cases."""

    def visible_to(self, user: "User") -> "DisputeQuerySet":
        """A buyer's own, a merchant's for its members, all for the platform's people."""
        return self if user.duty else self.filter(concerning(user))

    def open(self) -> "DisputeQuerySet":
        """Those that still wait for somebody."""
        return self.filter(due_at__isnull=False)

    def due(self, at: datetime) -> "DisputeQuerySet":
        """Those whose clock has run out at an instant, oldest first (served by the partial index)."""
        return self.filter(due_at__lte=at, sweep_error="").order_by("due_at", "id")


class Dispute(models.Model):
    """One after-sales case of one buyer against ONE merchant over one or more order lines.

    Terms are frozen at filing: rule pack version, plan version, currency. Who must act next, until when and what
    silence does stand on the row; only `disputes.transitions` writes them.
    """

    number = models.CharField(_("case number"), max_length=20, unique=True, default=new_number)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("order"))
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("merchant")
    )
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("buyer")
    )
    type = models.CharField(_("type"), max_length=40, choices=DisputeType.choices)
    reason = models.CharField(_("reason"), max_length=40, choices=Reason.choices)
    # The case whose return a seller contests, by its number.
    about = models.CharField(_("about case"), max_length=20, blank=True, default="", db_default="")
    order_stage = models.CharField(_("order stage"), max_length=12, choices=OrderStage.choices)
    statement = models.TextField(_("what happened"), blank=True)
    answers = models.JSONField(default=dict)  # to the questions of the type: see policies.questions
    currency = models.CharField(_("currency"), max_length=3)
    max_amount = MoneyField(_("most that can be refunded"))
    # What the rules give beyond what was paid: compensation, or the cost of sending back.
    max_compensation = MoneyField(_("most beyond the refund"), default=ZERO, db_default=0)
    # The arithmetic behind both, as rows: {"most": [...], "beyond": [...]}, see policies.arithmetic.
    working = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # What the buyer asks for now: the request at filing, then each counter-offer of the buyer.
    wants = models.CharField(_("wants"), max_length=24, choices=RemedyKind.choices)
    wants_amount = MoneyField(_("amount wanted"), default=0)

    # The rules of the filing: base pack, and over it the goods' category (where all are of one) and what was promised.
    policy = models.ForeignKey(RulePackVersion, on_delete=models.PROTECT, related_name="+")
    category_policy = models.ForeignKey(
        RulePackVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    promise = models.ForeignKey(PromiseVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="disputes")
    # The arm of the plan's experiment, where one ran; in the holdout there is no plan version.
    arm = models.ForeignKey(Arm, on_delete=models.PROTECT, null=True, related_name="disputes", db_index=False)
    # Frozen at filing: what they unlocked is not taken back by a later computation.
    buyer_tier = models.CharField(
        _("buyer's tier"), max_length=8, choices=BuyerTier.choices, blank=True, default="", db_default=""
    )
    merchant_band = models.CharField(
        _("seller's band"), max_length=9, choices=MerchantBand.choices, blank=True, default="", db_default=""
    )
    plan_trace = models.JSONField(default=list)  # why this plan and not the others
    # What plans were asked about beside the columns above: {"categories": [...], "days": since delivery or null,
    # "without": [plans whose limits were used up], "stopped": [coupons that the answering version promises and that
    # were given no longer]}.
    scene = models.JSONField(null=True)
    buyer_trace = models.JSONField(default=list, db_default=[])  # steps about the buyer: no seller reads them

    status = models.CharField(_("status"), max_length=24, choices=Status.choices)
    awaiting = models.CharField(_("waits for"), max_length=12, choices=Role.choices, blank=True)
    due_at = models.DateTimeField(_("due"), null=True)
    on_silence = models.CharField(_("on silence"), max_length=32, blank=True)
    clock_started_at = models.DateTimeField(null=True)
    # What is left of the merchant's clock while the buyer considers an offer.
    held_seconds = models.PositiveIntegerField(null=True)
    # Where a pause returns to, and with how much time.
    paused_seconds = models.PositiveIntegerField(null=True)
    paused_status = models.CharField(max_length=24, blank=True)
    paused_awaiting = models.CharField(max_length=12, blank=True)
    paused_silence = models.CharField(max_length=32, blank=True)
    # Counts every change; a form or request made on an older version is refused.
    version = models.PositiveIntegerField(default=1)
    sweep_error = models.TextField(blank=True)  # set when the sweep could not move this row: a person must look

    arbitrator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="assigned_disputes",
        verbose_name=_("arbitrator"),
    )
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices, blank=True)
    terms = models.JSONField(null=True)  # what was decided: see disputes.terms.Terms
    reopened = models.BooleanField(default=False)  # a lapsed case comes back once
    evidence_done_by = models.CharField(max_length=12, blank=True)  # the party that has nothing to add
    appeal_until = models.DateTimeField(_("appeal until"), null=True)
    opened_at = models.DateTimeField(_("opened"))
    escalated_at = models.DateTimeField(_("escalated"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    updated_at = models.DateTimeField(_("updated"))

    # Head of the timeline's hash chain, so that appending needs no look-up.
    event_count = models.PositiveIntegerField(default=0)
    event_head = models.CharField(max_length=64, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            # Every open case has a deadline, somebody whose turn it is and a known outcome of silence.
            models.CheckConstraint(
                condition=Q(due_at__isnull=True, awaiting="", on_silence="", status__in=FINAL)
                | (Q(due_at__isnull=False) & ~Q(awaiting="") & ~Q(on_silence="") & ~Q(status__in=FINAL)),
                name="open_dispute_has_deadline",
            ),
            # A seller claims once: per return, and per order where it reports abuse. What it dropped does not count.
            models.UniqueConstraint(
                fields=["about"],
                condition=Q(type=DisputeType.RETURNED_GOODS) & ~Q(status=Status.WITHDRAWN),
                name="one_claim_per_return",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(type=DisputeType.BUYER_ABUSE) & ~Q(status=Status.WITHDRAWN),
                name="one_report_per_order",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="dispute_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["merchant", "awaiting", "due_at", "id"], name="dispute_queue"),
            models.Index(fields=["merchant", "-opened_at", "-id"], name="dispute_by_merchant"),
            models.Index(fields=["buyer", "-opened_at", "-id"], name="dispute_by_buyer"),
            models.Index(
                fields=["awaiting", "due_at", "id"],
                name="dispute_desk",
                condition=Q(awaiting__in=["arbitrator", "senior", "platform"]),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="dispute_at_desk",
                condition=Q(status__in=AT_DESK)
                | Q(awaiting__in=["arbitrator", "senior", "platform"])
                | ~Q(sweep_error=""),
            ),
            models.Index(
                fields=["arbitrator", "due_at"], name="dispute_by_arbitrator", condition=Q(arbitrator__isnull=False)
            ),
            models.Index(fields=["-updated_at", "-id"], name="dispute_updated"),
            models.Index(fields=["arm", "id"], name="dispute_by_arm", condition=Q(arm__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The case page, for everybody concerned."""
        return reverse("case", args=[self.number])

    # Django's get_..._display() walk all choices in each call; lists ask four of them a row.
    @property
    def status_label(self) -> str:
        """The status in the reader's language."""
        return str(Status(self.status).label)

    @property
    def type_label(self) -> str:
        """The type in the reader's language."""
        return str(DisputeType(self.type).label)

    @property
    def reason_label(self) -> str:
        """The reason in the reader's language."""
        return str(Reason(self.reason).label)

    @property
    def wants_label(self) -> str:
        """What the buyer asks for, in the reader's language."""
        return str(RemedyKind(self.wants).label)

    @property
    def rules(self) -> Rules:
        """The rules that the case was filed under; worked out once per process."""
        return rules_of(Layers(self.policy_id, self.category_policy_id, self.promise_id))

    @property
    def is_claim(self) -> bool:
        """Whether the seller opened it against the buyer."""
        return self.type in CLAIMS

    @property
    def told_by(self) -> str:
        """Whose words the statement is: the buyer's, or the seller's in a claim."""
        return Role.MERCHANT if self.is_claim else Role.BUYER

    @property
    def bounds(self) -> Bounds:
        """The most that can be refunded, and beyond it."""
        return Bounds(self.max_amount, self.max_compensation)

    @property
    def is_open(self) -> bool:
        """Whether somebody still must act."""
        return self.due_at is not None

    @property
    def clock_length(self) -> timedelta | None:
        """How long the running clock is in all; for showing how much of it is left."""
        if self.due_at is None or self.clock_started_at is None:
            return None
        return self.due_at - self.clock_started_at


class DisputeLine(models.Model):
    """How many pieces of which order line a case is about."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="dispute_lines")
    quantity = models.PositiveIntegerField(_("quantity"))
    max_amount = MoneyField(_("most that can be refunded"))
    # Beside it, what comes back of the discounts that earlier returns of the order lost; booked on their lines.
    restored = MoneyField(default=0, db_default=0)
    # The pack of this line's category; of a case over several categories each line keeps its own.
    category_policy = models.ForeignKey(
        RulePackVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "order_line"], name="one_row_per_disputed_line"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="disputed_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.quantity} of {self.order_line_id}"
