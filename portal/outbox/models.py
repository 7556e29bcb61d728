from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageQuerySet(models.QuerySet["Message"]):
    """Which messages."""

    def waiting(self) -> "MessageQuerySet":
        """Those still to be delivered, now or later."""
        return self.filter(done_at__isnull=True, set_aside_at__isnull=True)

    def due(self, now: datetime) -> "MessageQuerySet":
        """Those to be delivered now, the longest waiting first."""
        return self.waiting().filter(due_at__lte=now).order_by("due_at", "id")

    def set_aside(self) -> "MessageQuerySet":
        """Those that failed too often and wait for a person."""
        return self.filter(set_aside_at__isnull=False, done_at__isnull=True)


class Message(models.Model):
    """Something that must still happen after a commit: written in the same transaction as what caused it."""

    topic = models.CharField(_("topic"), max_length=60)
    payload = models.JSONField(_("payload"))
    created_at = models.DateTimeField(_("created"))
    # When to (re)try. Pushed forward by the claim of a worker, so that a killed worker's message comes back.
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done_at = models.DateTimeField(_("delivered"), null=True)
    set_aside_at = models.DateTimeField(_("set aside"), null=True)
    error = models.TextField(_("last error"), blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="outbox_due",
                condition=models.Q(done_at__isnull=True, set_aside_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"
