from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class EffectRun(models.Model):
    """One trial of draft rules on past cases, with its progress and what came out of it."""

    pack = models.CharField(_("pack"), max_length=20)
    rules = models.JSONField()  # the draft as it was when asked
    since = models.DateTimeField(_("cases opened since"))
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField(_("cases"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    result = models.JSONField(default=dict)  # counts by kind of difference, and examples
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("trial on past cases")
        verbose_name_plural = _("trials on past cases")

    def __str__(self) -> str:
        return f"{self.pack} #{self.pk}"
