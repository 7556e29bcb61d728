"""The next version of a pack: begun from what is in force, edited or imported, compared, published with a date."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aftersales.policies.book import HOME, NoRules, pack_rules
from aftersales.policies.diff import Change, changes
from aftersales.policies.files import PackFile
from aftersales.policies.layers import Layer
from aftersales.policies.models import RulePackDraft, RulePackVersion
from aftersales.policies.rules import Rules
from aftersales.policies.services import check, current, publish
from portal.accounts.models import Duty

if TYPE_CHECKING:
    from portal.accounts.models import User


def latest(pack: str) -> RulePackVersion | None:
    """Return the version published last: the one that a draft follows."""
    return RulePackVersion.objects.filter(pack=pack).order_by("-number").first()


def begin(*, pack: str, actor: "User", now: datetime) -> RulePackDraft:
    """Return the pack's draft; begin one from its last version where there is none. Raises PermissionDenied."""
    _staff(actor)
    before = latest(pack)
    draft, _made = RulePackDraft.objects.get_or_create(
        pack=pack,
        defaults={"rules": before.rules if before else {}, "updated_at": now, "updated_by": actor},
    )
    return draft


def save(
    *, draft: RulePackDraft, rules: Any, summary_en: str, summary_zh: str, actor: "User", now: datetime
) -> RulePackDraft:
    """Keep a draft. Raises PermissionDenied, ValidationError for rules that cannot be."""
    _staff(actor)
    draft.rules = check(draft.pack, rules).dump()
    draft.summary_en, draft.summary_zh = summary_en, summary_zh
    draft.updated_at, draft.updated_by = now, actor
    draft.save()
    return draft


@transaction.atomic
def take_in(*, file: PackFile, actor: "User", now: datetime) -> RulePackDraft:
    """Make a file the draft of its pack. Raises as `save`."""
    draft = begin(pack=file.pack, actor=actor, now=now)
    return save(
        draft=draft, rules=file.rules, summary_en=file.summary_en, summary_zh=file.summary_zh, actor=actor, now=now
    )


@transaction.atomic
def publish_draft(*, draft: RulePackDraft, effective_at: datetime, actor: "User", now: datetime) -> RulePackVersion:
    """Publish a draft from an instant on; it is no draft any more. Raises as `publish`."""
    version = publish(
        actor=actor,
        pack=draft.pack,
        rules=draft.rules,
        summary_en=draft.summary_en,
        summary_zh=draft.summary_zh,
        effective_at=effective_at,
        now=now,
    )
    draft.delete()
    return version


def below(pack: str, *, now: datetime) -> Rules:
    """Return the rules that a pack stands over: its market's base, or for a base what is shipped."""
    market, _dot, category = pack.partition(".")
    if not category:
        return Rules.defaults()
    try:
        return pack_rules(current(now=now, pack=market).pk)
    except NoRules:
        return pack_rules(current(now=now, pack=HOME).pk)


def changes_of(draft: RulePackDraft, *, now: datetime) -> list[Change]:
    """List what a draft changes of the version published last."""
    before = latest(draft.pack)
    old = Layer.parse(before.rules) if before else None
    return changes(old, Layer.parse(draft.rules), below=below(draft.pack, now=now))


def changes_by(version: RulePackVersion) -> list[Change]:
    """List what a published version changed of the one before it."""
    before = RulePackVersion.objects.filter(pack=version.pack, number=version.number - 1).first()
    old = Layer.parse(before.rules) if before else None
    return changes(old, Layer.parse(version.rules), below=below(version.pack, now=version.effective_at))


def _staff(actor: "User") -> None:
    if actor.duty != Duty.PLATFORM:
        raise PermissionDenied
