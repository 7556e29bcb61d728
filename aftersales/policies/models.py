from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RulePackVersion(models.Model):
    """Rules in force from an instant on; never changed once published.

    A market's base pack (`cn`) sets all rules, a category's pack (`cn.fresh`) single ones over it.
    """

    pack = models.CharField(_("pack"), max_length=20, default="cn")
    number = models.PositiveIntegerField(_("version"))
    effective_at = models.DateTimeField(_("in force from"))
    rules = models.JSONField(_("rules"))  # validated by policies.layers.Layer
    summary_en = models.TextField(_("what changed (English)"))
    summary_zh = models.TextField(_("what changed (Chinese)"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("published by")
    )

    class Meta:
        verbose_name = _("rule pack version")
        verbose_name_plural = _("rule pack versions")
        constraints = [
            models.UniqueConstraint(fields=["pack", "number"], name="one_row_per_pack_version"),
            models.CheckConstraint(condition=~Q(summary_en="") & ~Q(summary_zh=""), name="pack_said_in_both_languages"),
        ]

    def __str__(self) -> str:
        return f"{self.pack} v{self.number}"


class RulePackDraft(models.Model):
    """The next version of a pack while staff still write it: one per pack."""

    pack = models.CharField(_("pack"), max_length=20, unique=True)
    rules = models.JSONField(_("rules"), default=dict)  # validated by policies.layers.Layer
    summary_en = models.TextField(_("what changes (English)"), blank=True)
    summary_zh = models.TextField(_("what changes (Chinese)"), blank=True)
    updated_at = models.DateTimeField(_("updated"))
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("updated by")
    )

    class Meta:
        verbose_name = _("rule pack draft")
        verbose_name_plural = _("rule pack drafts")

    def __str__(self) -> str:
        return self.pack


class WorkCalendarVersion(models.Model):
    """The public holidays of a place, and the weekend days worked instead, as announced; never changed afterwards."""

    place = models.CharField(_("place"), max_length=20, default="cn")
    number = models.PositiveIntegerField(_("version"))
    effective_at = models.DateTimeField(_("in force from"))
    zone = models.CharField(_("time zone"), max_length=50, default="Asia/Shanghai")
    holidays = ArrayField(models.DateField(), verbose_name=_("public holidays"))
    worked = ArrayField(models.DateField(), verbose_name=_("weekend days worked"), default=list)
    source_en = models.TextField(_("source (English)"))
    source_zh = models.TextField(_("source (Chinese)"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("published by")
    )

    class Meta:
        verbose_name = _("work calendar")
        verbose_name_plural = _("work calendars")
        constraints = [models.UniqueConstraint(fields=["place", "number"], name="one_row_per_calendar_version")]

    def __str__(self) -> str:
        return f"{self.place} v{self.number}"
