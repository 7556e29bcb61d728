"""Writing to each other about an order; a shop's plan answers a recognised problem at once, or an agent is helped."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from aftersales.conversations.answering import PlanAnswer, answer_of
from aftersales.conversations.models import Conversation, Remark, Speaker
from aftersales.orders.models import Order
from aftersales.recognition.groups import AFTER_SALES, Group
from aftersales.recognition.recogniser import SURE, recognise
from merchants.members import memberships_of
from merchants.models import MerchantMember
from portal.notices.services import NoticeDraft, notify_many

if TYPE_CHECKING:
    from portal.accounts.models import User

LENGTH = 2000
QUIET = timedelta(days=1)  # a plan answers a conversation once within it
# How a shop's buyers taught it: of the last 90 days' answers about a matter, those taken back make it more careful.
LEARNED_FROM = timedelta(days=90)
_MOST_CAREFUL = 0.98


class Wordless(Exception):
    """A message without words, or with too many."""


class NotYours(PermissionDenied):
    """Somebody else may do this."""


class NothingToTakeBack(Exception):
    """There is no automatic answer that still stands."""


@transaction.atomic
def write(*, order: Order, actor: "User", now: datetime, body: str) -> Remark:
    """Write as the buyer of an order, or as a person of its shop; a recognised problem is answered by a plan at once.

    Raises NotYours, Wordless.
    """
    speaker = _speaker(order, actor)
    body = body.strip().replace("\0", "")
    if not body:
        raise Wordless(_("Write something first."))
    if len(body) > LENGTH:
        raise Wordless(_("At most %(count)s characters.") % {"count": LENGTH})
    conversation = _locked(order, now)
    remark = Remark(
        conversation=conversation, speaker=speaker, author=actor, body=body, language=actor.language, at=now
    )
    answer = None
    if speaker == Speaker.BUYER:
        found = recognise(body)
        remark.group, remark.confidence = found.group, found.confidence
        if found.group in AFTER_SALES and found.after_sales >= sure_from(order.merchant_id, found.group, now=now):
            answer = _due_answer(conversation, order, found.group, actor, now)
    remark.save()
    if answer is not None:
        _say(conversation, remark, answer, now)
    conversation.unanswered, conversation.last_at = speaker == Speaker.BUYER and answer is None, now
    conversation.save(update_fields=["unanswered", "last_at"])
    _tell(conversation, remark, order, now)
    return remark


@transaction.atomic
def send_plan(*, remark: Remark, actor: "User", now: datetime) -> Remark | None:
    """Let a person of the shop send the plan's answer to a buyer's message; None where no plan fits, or one answered.

    Raises NotYours.
    """
    order = Order.objects.select_related("merchant").prefetch_related("lines").get(pk=remark.conversation.order_id)
    if _speaker(order, actor) != Speaker.SHOP:
        raise NotYours(_("Only people of the shop can answer."))
    conversation = _locked(order, now)
    if remark.speaker != Speaker.BUYER or Remark.objects.filter(answers=remark).exists():
        return None
    answer = answer_of(order, remark.group, buyer=conversation.buyer, now=now)
    if answer is None:
        return None
    said = _say(conversation, remark, answer, now, author=actor)
    conversation.unanswered, conversation.last_at = False, now
    conversation.save(update_fields=["unanswered", "last_at"])
    _tell(conversation, said, order, now)
    return said


@transaction.atomic
def take_back(*, remark: Remark, actor: "User", now: datetime) -> Remark:
    """Say as the buyer that an automatic answer was not what was meant; the shop answers by hand, and the plan learns.

    Raises NotYours, NothingToTakeBack.
    """
    conversation = Conversation.objects.select_for_update().get(pk=remark.conversation_id)
    if conversation.buyer_id != actor.pk:
        raise NotYours(_("Only the buyer can say that."))
    changed = Remark.objects.filter(pk=remark.pk, answers__isnull=False, taken_back_at=None).update(taken_back_at=now)
    if not changed:
        raise NothingToTakeBack(_("There is no automatic answer to take back."))
    conversation.unanswered = True
    conversation.save(update_fields=["unanswered"])
    remark.refresh_from_db()
    return remark


def sure_from(merchant_id: int, group: str, *, now: datetime) -> float:
    """Return how sure a plan must be to answer by itself: more where buyers of the shop took such answers back."""
    given = Remark.objects.filter(
        conversation__merchant=merchant_id, answers__group=group, answers__isnull=False, at__gt=now - LEARNED_FROM
    ).aggregate(all=Count("pk"), wrong=Count("pk", filter=Q(taken_back_at__isnull=False)))
    wrong: float = given["wrong"] / (given["all"] + 2)  # two right ones are taken for granted: one tap teaches little
    return min(_MOST_CAREFUL, SURE + (1 - SURE) * wrong)


def suggestion(remark: Remark, order: Order, *, now: datetime) -> PlanAnswer | None:
    """What an agent may send with one tap: the plan's answer to a buyer's message that none was sent to yet."""
    if remark.speaker != Speaker.BUYER or remark.group not in set(AFTER_SALES):
        return None
    return answer_of(order, remark.group, buyer=remark.conversation.buyer, now=now)


def _speaker(order: Order, actor: "User") -> Speaker:
    if order.buyer_id == actor.pk:
        return Speaker.BUYER
    member = memberships_of(actor).get(order.merchant_id)
    if member is not None and member.may_act:
        return Speaker.SHOP
    raise NotYours(_("Only the buyer and people of the shop can write here."))


def _locked(order: Order, now: datetime) -> Conversation:
    """Two messages at once are written one after the other, so that a plan answers one of them only."""
    made = Conversation(order=order, merchant_id=order.merchant_id, buyer_id=order.buyer_id, last_at=now)
    Conversation.objects.bulk_create([made], ignore_conflicts=True)
    return Conversation.objects.select_for_update(of=("self",)).select_related("buyer").get(order=order)


def _due_answer(
    conversation: Conversation, order: Order, group: Group, buyer: "User", now: datetime
) -> PlanAnswer | None:
    lately = Remark.objects.filter(conversation=conversation, answers__isnull=False, at__gt=now - QUIET)
    return None if lately.exists() else answer_of(order, group, buyer=buyer, now=now)


def _say(
    conversation: Conversation, remark: Remark, answer: PlanAnswer, now: datetime, author: "User | None" = None
) -> Remark:
    return Remark.objects.create(
        conversation=conversation,
        speaker=Speaker.SHOP,
        author=author,
        body=answer.script,
        language=conversation.buyer.language,
        at=now,
        answers=remark,
        version=answer.version,
        options=answer.options,
    )


def _tell(conversation: Conversation, remark: Remark, order: Order, now: datetime) -> None:
    """Tell the other side; the shop is not called for what its plan has answered."""
    data = {"order": order.number, "merchant": order.merchant.name, "text": remark.body[:200]}
    key = f"remark:{remark.pk}"
    if remark.speaker == Speaker.SHOP:
        link = reverse("buyers:talk", args=[order.number])
        drafts = [NoticeDraft(conversation.buyer_id, "shop_wrote", link, key, data)]
    elif conversation.unanswered:
        link = reverse("dashboard:conversation", args=[conversation.pk])
        shop = MerchantMember.objects.filter(merchant=order.merchant_id).values_list("user_id", flat=True)
        drafts = [NoticeDraft(user, "buyer_wrote", link, key, data) for user in shop]
    else:
        drafts = []
    notify_many(drafts, now=now)
