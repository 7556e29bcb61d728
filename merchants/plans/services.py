"""The verbs of plans. What answers cases is in `matching`, what scripts say in `scripts`; both are offered here too."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from aftersales.policies.codes import FULL, RemedyKind
from merchants.deposits.errors import DepositShort
from merchants.deposits.shortages import check_limits
from merchants.models import Merchant, MerchantMember
from merchants.plans.changes import note_change
from merchants.plans.content import PlanContent, content_of, rows_of, write
from merchants.plans.guard import Problem, check_draft, check_ready
from merchants.plans.matching import Match, match
from merchants.plans.models import ChangeKind, Plan, PlanOption, PlanState, PlanVersion
from merchants.plans.scripts import render_script
from portal.money import ZERO, floor

if TYPE_CHECKING:
    from portal.accounts.models import User

__all__ = [
    "Match",
    "PlanMoved",
    "PlanRefused",
    "create_plan",
    "delete_draft",
    "match",
    "offer_cash",
    "offered_cash",
    "pause",
    "publish",
    "render_script",
    "resume",
    "save_draft",
    "start_draft",
]


class PlanMoved(Exception):
    """Somebody else changed the plan meanwhile; the page or request is about what no longer stands."""


class PlanRefused(Exception):
    """The plan says something that it must not, or not enough; `problems` tells what and where."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(problem.message for problem in problems))


def create_plan(*, merchant: Merchant, name: str, content: PlanContent, actor: "User", now: datetime) -> Plan:
    """Start a plan with a draft; it answers nothing until published. Raises PermissionDenied or PlanRefused."""
    _member(merchant.pk, actor)
    _refuse(check_draft(content, merchant_id=merchant.pk))
    with transaction.atomic():
        plan = Plan.objects.create(merchant=merchant, name=name)
        plan.draft = _new_version(plan, content)
        plan.save(update_fields=["draft"])
    return plan


def start_draft(*, plan: Plan, actor: "User", now: datetime, source: PlanVersion | None = None) -> PlanVersion:
    """Begin a new version as a copy of the live one, or of `source`: rolling back is publishing such a copy.

    Where a draft is there already it is returned, unless a source is named: then raises PlanMoved.
    """
    _member(plan.merchant_id, actor)
    with transaction.atomic():
        locked = _locked(plan)
        if locked.draft is not None:
            if source is not None:
                raise PlanMoved(_("This plan already has a draft. Publish or discard it first."))
            return locked.draft
        origin = source or locked.live
        if origin is None or origin.plan_id != locked.pk:
            raise PlanMoved(_("There is no version to start from."))
        locked.draft = _new_version(locked, content_of(origin))
        locked.save(update_fields=["draft"])
    return locked.draft


def save_draft(
    *, plan: Plan, content: PlanContent, actor: "User", now: datetime, seen: str = "", name: str = ""
) -> PlanVersion:
    """Replace what the draft says, and the plan's name if given; `seen` is the fingerprint of what was edited.

    Raises PermissionDenied, PlanRefused, or PlanMoved where the draft is gone or says something else by now.
    """
    _member(plan.merchant_id, actor)
    _refuse(check_draft(content, merchant_id=plan.merchant_id))
    with transaction.atomic():
        locked = _locked(plan)
        draft = _draft(locked, seen)
        if name and name != locked.name:
            locked.name = name
            locked.save(update_fields=["name"])
        write(draft, content)
        draft.save()
        draft.options.all().delete()
        PlanOption.objects.bulk_create(rows_of(draft, content))
    return draft


def delete_draft(*, plan: Plan, actor: "User", now: datetime) -> Plan | None:
    """Discard the draft; a plan that was never published goes with it (None). Raises PermissionDenied or PlanMoved."""
    _member(plan.merchant_id, actor)
    with transaction.atomic():
        locked = _locked(plan)
        draft = _draft(locked)
        if locked.live_id is None:
            locked.delete()
            return None
        locked.draft = None
        locked.save(update_fields=["draft"])
        draft.delete()
    return locked


def publish(*, plan: Plan, actor: "User", now: datetime, seen: str = "") -> PlanVersion:
    """Make the draft final and let it answer new cases from now on; cases already open keep what they were offered.

    Raises PermissionDenied unless owner or manager, PlanRefused, or PlanMoved where the draft is gone or says
    something else than `seen`, the fingerprint that was confirmed.
    """
    _member(plan.merchant_id, actor, publish=True)
    with transaction.atomic():
        locked = _locked(plan)
        draft = _draft(locked, seen)
        _refuse([*check_ready(content_of(draft), merchant_id=plan.merchant_id), *_deposit(plan, now)])
        draft.published_at = now
        draft.save(update_fields=["published_at"])
        locked.live, locked.draft, locked.state = draft, None, PlanState.LIVE
        locked.save(update_fields=["live", "draft", "state"])
        note_change(locked, ChangeKind.PUBLISHED, actor=actor, now=now)
    return draft


def pause(*, plan: Plan, actor: "User", now: datetime) -> Plan:
    """Let a plan answer no new cases until resumed. Raises PermissionDenied, or PlanMoved if it is not live."""
    return _switch(plan, actor, ChangeKind.PAUSED, now)


def resume(*, plan: Plan, actor: "User", now: datetime) -> Plan:
    """Let a paused plan answer new cases again. Raises PermissionDenied, or PlanMoved if it is not paused."""
    return _switch(plan, actor, ChangeKind.RESUMED, now)


def offer_cash(option: PlanOption, most: Decimal, currency: str) -> Decimal:
    """Say how much money an option gives of `most`, what was paid for the items: rounded down, never above it.

    Zero for coupons and goods; the whole for full refunds is the case's to say.
    """
    if option.percent is not None:
        return floor(most * option.percent / 100, currency)
    return min(floor(option.amount or ZERO, currency), floor(most, currency))


def offered_cash(option: PlanOption, most: Decimal, currency: str) -> Decimal | None:
    """Say how much money an option gives in a case of at most `most`; None where that makes it no offer at all."""
    cash = most if option.kind in FULL else offer_cash(option, most, currency)
    if option.kind in {RemedyKind.PARTIAL_REFUND, RemedyKind.CASH_AND_COUPON} and not cash:
        return None  # a percentage of next to nothing
    return cash


def _member(merchant_id: int, actor: "User", *, publish: bool = False) -> MerchantMember:
    member = actor.memberships.filter(merchant=merchant_id).first()
    if member is None or not member.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can edit plans."))
    if publish and not member.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers can publish, pause or resume plans."))
    return member


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise PlanRefused(problems)


def _deposit(plan: Plan, now: datetime) -> list[Problem]:
    """Promise nothing new while the deposit that stands for promises has been too low for too long."""
    try:
        check_limits(merchant_id=plan.merchant_id, now=now)
    except DepositShort as short:
        return [Problem("", "deposit_short", str(short))]
    return []


def _locked(plan: Plan) -> Plan:
    """Read a plan anew and keep everybody else from changing it. Raises PlanMoved if it was discarded."""
    # No joins: what waits for the lock sees the plan as it is afterwards, but joined rows as they were before.
    locked = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    if locked is None:
        raise PlanMoved(_("This plan was discarded."))
    return locked


def _draft(plan: Plan, seen: str = "") -> PlanVersion:
    if plan.draft is None:
        raise PlanMoved(_("This draft was already published or discarded."))
    if seen and content_of(plan.draft).fingerprint != seen:
        raise PlanMoved(_("Somebody else changed this draft meanwhile."))
    return plan.draft


def _new_version(plan: Plan, content: PlanContent) -> PlanVersion:
    last = plan.versions.aggregate(last=Max("number"))["last"] or 0
    version = PlanVersion(plan=plan, number=last + 1)
    write(version, content)
    version.save(force_insert=True)
    PlanOption.objects.bulk_create(rows_of(version, content))
    return version


def _switch(plan: Plan, actor: "User", kind: ChangeKind, now: datetime) -> Plan:
    _member(plan.merchant_id, actor, publish=True)
    old, new = _SWITCHES[kind]
    with transaction.atomic():
        if not Plan.objects.filter(pk=plan.pk, state=old).update(state=new):
            raise PlanMoved(_("This plan was changed meanwhile."))
        plan.state = new
        note_change(plan, kind, actor=actor, now=now)
    return plan


_SWITCHES = {
    ChangeKind.PAUSED: (PlanState.LIVE, PlanState.PAUSED),
    ChangeKind.RESUMED: (PlanState.PAUSED, PlanState.LIVE),
}
