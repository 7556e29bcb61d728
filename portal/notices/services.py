"""Tell people: in the app at once, by e-mail soon after."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from portal.accounts.models import User
from portal.notices.kinds import KINDS
from portal.notices.models import Notice
from portal.notices.words import in_every_language
from portal.outbox import services as outbox

__all__ = [
    "NoticeDraft",
    "UnknownKind",
    "in_every_language",
    "mark_all_read",
    "mark_read",
    "notify_many",
    "unread_count",
]

MOST_COUNTED = 99  # the bell says 99+ from there on


class UnknownKind(ValueError):
    """No words are written for this kind of notice (portal/notices/kinds.py)."""


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What to tell whom: `key` names the fact, so that a fact told twice reaches its reader once.

    `data` may hold case, product, merchant, amount (plain decimal string) with currency, due_at (ISO instant),
    actor_role, reason, outcome, address, code, tracking, question, text, next. A value that differs by language
    is a dict of language to text (`in_every_language`).
    """

    user_id: int
    kind: str
    link: str
    key: str
    data: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def notify_many(drafts: Sequence[NoticeDraft], *, now: datetime) -> None:
    """Write notices, each fact once per reader, and have them mailed; three statements in all. Raises UnknownKind."""
    if unknown := {draft.kind for draft in drafts} - KINDS.keys():
        raise UnknownKind(", ".join(sorted(unknown)))
    if not drafts:
        return
    rows = [Notice(user_id=d.user_id, kind=d.kind, data=d.data, link=d.link, key=d.key, created_at=now) for d in drafts]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    # Told before and mailed meanwhile: left out. Told before and not mailed: the mailer sends each notice once.
    to_mail = Notice.objects.filter(
        Q(user__in={d.user_id for d in drafts}, key__in={d.key for d in drafts}),
        mailed_at__isnull=True,
        user__is_active=True,
    ).exclude(user__email="")
    ids = to_mail.order_by("pk").values_list("pk", flat=True)
    outbox.publish_many([("notice.mail", {"notice": pk}) for pk in ids], now=now)


def unread_count(user_id: int) -> int:
    """Count a person's unread notices, up to 99: one look at a partial index."""
    return Notice.objects.unread().filter(user_id=user_id)[:MOST_COUNTED].count()


def mark_read(*, notice: Notice, now: datetime) -> None:
    """Remember when a notice was first opened."""
    Notice.objects.unread().filter(pk=notice.pk).update(read_at=now)


def mark_all_read(*, actor: User, now: datetime) -> int:
    """Mark everything a person has been told as read; return how many were not."""
    return Notice.objects.unread().filter(user=actor).update(read_at=now)
