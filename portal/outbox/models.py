from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """Something that must still happen after a commit: written in the same transaction as what caused it."""

    topic = models.CharField(max_length=60)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    # When to (re)try. Pushed forward by the claim of a worker, so that a killed worker's message comes back.
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

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


class Notice(models.Model):
    """One thing a person should know, in the app and by e-mail; words are rendered in the reader's language."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    # What the words need: case number, amount, deadline, address. Rendered when read, so language switches work.
    data = models.JSONField()
    link = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    # Unique per fact and reader: an outbox message delivered twice tells nobody twice.
    key = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_notice_per_fact_and_reader")]
        indexes = [models.Index(fields=["user", "-created_at"], name="notice_by_reader")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"
