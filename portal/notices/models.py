from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from portal.accounts.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Which notices."""

    def visible_to(self, user: "User") -> "NoticeQuerySet":
        """The user's own."""
        return self.filter(user=user)

    def unread(self) -> "NoticeQuerySet":
        """Those not opened yet."""
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing a person should know, in the app and by e-mail; words are rendered in the reader's language."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=60)
    # What the words need: case number, amount, deadline, address. Rendered when read, so language switches work.
    data = models.JSONField(_("data"))
    link = models.CharField(_("link"), max_length=200)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("read"), null=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True)
    # Unique per fact and reader: an outbox message delivered twice tells nobody twice.
    key = models.CharField(max_length=120)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_notice_per_fact_and_reader")]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notice_by_reader"),
            # The bell's count on every page.
            models.Index(fields=["user"], name="notice_unread", condition=models.Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"
