"""Which version is in force, and how a new one is published."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.policies.book import HOME, NoRules
from aftersales.policies.layers import Layer
from aftersales.policies.models import RulePackVersion
from portal.accounts.models import Duty

if TYPE_CHECKING:
    from portal.accounts.models import User

__all__ = ["NoRules", "current", "publish"]


def current(*, now: datetime, pack: str = HOME) -> RulePackVersion:
    """Return the version of a pack in force at an instant. Raises NoRules."""
    version = (
        RulePackVersion.objects.filter(pack=pack, effective_at__lte=now).order_by("-effective_at", "-number").first()
    )
    if version is None:
        raise NoRules(pack)
    return version


def publish(
    *,
    actor: "User",
    rules: dict[str, Any],
    summary_en: str,
    summary_zh: str,
    effective_at: datetime,
    now: datetime,
    pack: str = HOME,
) -> RulePackVersion:
    """Publish a new version from an instant on; cases filed before keep theirs.

    Raises PermissionDenied unless platform staff, ValidationError for bad rules, a missing language, a past date or
    categories that another pack of the market is for.
    """
    if actor.duty != Duty.PLATFORM:
        raise PermissionDenied
    checked = check(pack, rules)
    if not summary_en.strip() or not summary_zh.strip():
        raise ValidationError(_("Say in both languages what changes."))
    if effective_at < now:
        raise ValidationError(_("The date must not lie in the past: filed cases rely on the rules of their day."))
    with transaction.atomic():
        last = RulePackVersion.objects.select_for_update().filter(pack=pack).order_by("-number").first()
        return RulePackVersion.objects.create(
            pack=pack,
            number=last.number + 1 if last else 1,
            effective_at=effective_at,
            rules=checked.dump(),
            summary_en=summary_en.strip(),
            summary_zh=summary_zh.strip(),
            published_at=now,
            published_by=actor,
        )


def check(pack: str, rules: Any) -> Layer:
    """Hold rules against what every pack must keep to. Raises ValidationError."""
    layer = Layer.parse(rules)
    base = "." not in pack
    if base and layer.categories:
        raise ValidationError(_("A base pack is for every category: take the list of categories out."))
    if not base and not layer.categories:
        raise ValidationError(_("Name the categories of goods that this pack is for."))
    taken = set(layer.categories) & _taken_by_others(pack)
    if taken:
        raise ValidationError(
            _("Another pack is for these categories already: %(names)s.") % {"names": ", ".join(sorted(taken))}
        )
    return layer


def _taken_by_others(pack: str) -> set[str]:
    market = pack.partition(".")[0]
    latest = RulePackVersion.objects.filter(pack__startswith=f"{market}.").exclude(pack=pack)
    newest = latest.order_by("pack", "-number").distinct("pack")
    return {category for row in newest for category in row.rules.get("categories", [])}
