"""Which rules apply, and how a new version of them is published."""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from aftersales.policies.models import RulePackVersion
from aftersales.policies.rules import Rules
from portal.accounts.models import Duty

if TYPE_CHECKING:
    from portal.accounts.models import User


class NoRules(LookupError):
    """No version of the pack is in force yet: migrations load the first one."""


def current(*, now: datetime, pack: str = "cn") -> RulePackVersion:
    """Return the version in force at an instant. Raises NoRules."""
    version = (
        RulePackVersion.objects.filter(pack=pack, effective_at__lte=now).order_by("-effective_at", "-number").first()
    )
    if version is None:
        raise NoRules(pack)
    return version


@lru_cache(maxsize=256)
def rules_by_id(version_id: int) -> Rules:
    """Return a version's numbers; read once per process, since a version never changes (the database refuses)."""
    return Rules.parse(RulePackVersion.objects.values_list("rules", flat=True).get(pk=version_id))


def publish(
    *,
    actor: "User",
    rules: dict[str, Any],
    summary_en: str,
    summary_zh: str,
    effective_at: datetime,
    now: datetime,
    pack: str = "cn",
) -> RulePackVersion:
    """Publish a new version from an instant on; cases filed before keep theirs.

    Raises PermissionDenied unless platform staff, ValidationError for bad rules, a missing language or a past date.
    """
    if actor.duty != Duty.PLATFORM:
        raise PermissionDenied
    checked = Rules.parse(rules)
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
