from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.codes import Audience, Role
from aftersales.disputes.models.case import Dispute


class Event(models.Model):
    """One entry of the timeline: append-only (the database refuses changes), chained to the one before by hash."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    role = models.CharField(max_length=12, choices=Role.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=32)
    from_status = models.CharField(max_length=24, blank=True)
    to_status = models.CharField(max_length=24)
    data = models.JSONField(default=dict)  # amounts as strings, the rule that fired, the reason given
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["dispute", "seq"], name="timeline_is_numbered")]

    def __str__(self) -> str:
        return f"{self.dispute_id}#{self.seq} {self.action}"


class Message(models.Model):
    """Plain words from one person to the others of a case."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices)
    audience = models.CharField(_("who reads it"), max_length=8, choices=Audience.choices, default=Audience.PARTIES)
    body = models.TextField(_("message"))
    language = models.CharField(max_length=10, blank=True)
    automatic = models.BooleanField(default=False)  # written by a plan: labelled as such
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["dispute", "at"], name="message_by_dispute")]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.role} {self.at}"


class EvidenceKind(models.TextChoices):
    """What a file is, found by looking inside it."""

    IMAGE = "image", _("Picture")
    PDF = "pdf", _("PDF document")
    VIDEO = "video", _("Video")


class Evidence(models.Model):
    """A file that a party shows. Served only by a view that checks who asks."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="evidence")
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices)
    kind = models.CharField(max_length=5, choices=EvidenceKind.choices)
    slot = models.CharField(max_length=40, blank=True)  # which row of the checklist it answers
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    name = models.CharField(max_length=200)  # as the uploader called it; shown, never used as a path
    file = models.FileField(upload_to="evidence/%Y/%m/", max_length=200)
    thumbnail = models.FileField(upload_to="evidence/%Y/%m/", max_length=200, blank=True)
    content_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField()  # bytes, as stored
    sha256 = models.CharField(max_length=64)  # of what is stored
    source_sha256 = models.CharField(max_length=64)  # of what was sent, before location data was taken out
    captured_at = models.DateTimeField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            # The same file twice (a double click, a retry) is the same exhibit.
            models.UniqueConstraint(fields=["dispute", "role", "source_sha256"], name="one_exhibit_per_file"),
        ]

    def __str__(self) -> str:
        return self.name
