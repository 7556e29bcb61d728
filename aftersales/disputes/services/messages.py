"""Words between the people of a case; who reads them is always explicit."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Audience, Role
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute, Message
from aftersales.disputes.permissions import role_of
from portal.outbox.services import publish

if TYPE_CHECKING:
    from portal.accounts.models import User

MESSAGE_LENGTH = 2000
_SPEAKERS = frozenset({Role.BUYER, Role.MERCHANT, Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM})
_DESK = (Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM)


def post_message(
    *, dispute: Dispute, actor: "User", now: datetime, body: str, audience: str = Audience.PARTIES
) -> Message:
    """Write a message; an internal note is read only by the writer's own side.

    Raises NotAllowed for those who only read, RuleBroken for an empty or endless text.
    """
    role = role_of(actor, dispute)
    if role not in _SPEAKERS:
        raise NotAllowed
    body = body.strip()
    if not body:
        raise RuleBroken("message_missing", _("Write something first."), "body")
    if len(body) > MESSAGE_LENGTH:
        raise RuleBroken("message_long", _("At most %(count)s characters.") % {"count": MESSAGE_LENGTH}, "body")
    if audience not in Audience.values:
        raise RuleBroken("audience", _("Choose who is to read this."), "audience")
    if audience == Audience.INTERNAL and role == Role.BUYER:
        raise RuleBroken("audience", _("Internal notes are for shops and the platform."), "audience")
    with transaction.atomic():
        message = Message.objects.create(
            dispute=dispute, author=actor, role=role, audience=audience, body=body, at=now, language=actor.language
        )
        if audience != Audience.INTERNAL:
            payload = {"case": dispute.number, "dispute": dispute.pk, "message": message.pk}
            publish("dispute.message", payload, now=now)
    return message


def readable_messages(dispute: Dispute, role: Role | None) -> QuerySet[Message]:
    """Return what a role may read of a case's messages, oldest first."""
    messages = dispute.messages.select_related("author")
    own = list(_DESK) if role in _DESK else [Role.MERCHANT] if role == Role.FINANCE else [role]
    mine = Q(role__in=own)
    platform = Q(audience=Audience.PLATFORM) if role in _DESK else Q(audience=Audience.PLATFORM) & mine
    return messages.filter(Q(audience=Audience.PARTIES) | platform | Q(audience=Audience.INTERNAL) & mine)
