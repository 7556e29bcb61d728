from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order
from aftersales.policies.codes import RemedyKind
from aftersales.recognition.groups import Group
from merchants.members import concerning
from merchants.models import Merchant
from merchants.plans.models import PlanVersion

if TYPE_CHECKING:
    from portal.accounts.models import User


def named(options: list[dict[str, str]]) -> list[dict[str, str]]:
    """Add to options of a plan what their remedy is called in the reader's language."""
    return [{**option, "label": str(RemedyKind(option["kind"]).label)} for option in options]


class Speaker(models.TextChoices):
    """Who wrote."""

    BUYER = "buyer", _("Buyer")
    SHOP = "merchant", _("Seller")


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Which conversations."""

    def visible_to(self, user: "User") -> "ConversationQuerySet":
        """A buyer's own, a merchant's for its members, all for the platform's people."""
        return self if user.duty else self.filter(concerning(user))


class Conversation(models.Model):
    """What a buyer and a shop write to each other about an order, before any case."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="conversation")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    unanswered = models.BooleanField(_("unanswered"), default=False)  # the buyer spoke last, and no plan answered
    last_at = models.DateTimeField(_("last message"))

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [models.Index(fields=["merchant", "-unanswered", "-last_at", "-id"], name="conversations_to_answer")]

    def __str__(self) -> str:
        return str(self.order_id)


class Remark(models.Model):
    """One message. A buyer's carries what it was recognised as; a plan's answer what it offered."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="remarks")
    speaker = models.CharField(max_length=8, choices=Speaker.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    body = models.TextField(_("message"))
    language = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()
    # Of the buyer's messages.
    group = models.CharField(max_length=24, choices=Group.choices, blank=True)
    confidence = models.FloatField(null=True)  # 0 to 1
    # Of a plan's answers: which message, by which version, and what was offered: [{kind, cash, coupon}], in plain
    # amounts of the order's currency. Taken back by the buyer with one tap where the guess was wrong.
    answers = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="answered_by")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    options = models.JSONField(default=list)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["answers"], name="a_message_is_answered_once_by_a_plan"),
            models.CheckConstraint(
                condition=Q(answers=None, version=None) | Q(answers__isnull=False, version__isnull=False),
                name="a_plans_answer_names_its_version",
            ),
        ]
        indexes = [models.Index(fields=["group", "-at"], name="plan_answers", condition=Q(answers__isnull=False))]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.speaker} {self.at}"

    @property
    def offered(self) -> list[dict[str, str]]:
        """The options with the remedy's name in the reader's language."""
        return named(self.options)

    @property
    def automatic(self) -> bool:
        """Whether a plan wrote it."""
        return self.answers_id is not None
