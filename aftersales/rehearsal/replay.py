"""What a buyer would have been shown. Pure: stored facts and a line-up in, options with amounts out."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import WITH_RETURN
from aftersales.rehearsal.cases import Offered, PastCase
from merchants.plans.lineup import Entry, Lineup, Scene
from merchants.plans.services import offered_cash
from portal.money import ZERO


class Shown(NamedTuple):
    """One option on the buyer's screen; `worth` is what it costs the seller at most, in the case's currency."""

    position: int
    kind: str
    cash: Decimal
    coupon_id: int | None
    worth: Decimal


class Answer(NamedTuple):
    """The version that answers a case, and its options; without one the ordinary process begins."""

    entry: Entry | None
    options: tuple[Shown, ...]

    @property
    def offered(self) -> Offered:
        """The options as offers keep them."""
        return tuple((option.kind, option.cash, option.coupon_id) for option in self.options)


NOTHING = Answer(None, ())


def answer(lineup: Lineup, case: PastCase, stopped: Collection[int]) -> Answer:
    """Say what a line-up answers to a case while some coupons are given no longer; limits of plans do not count."""
    entry = lineup.answer(case.scene)
    return NOTHING if entry is None else Answer(entry, _shown(entry, case.scene, stopped))


def answer_then(lineup: Lineup, case: PastCase, entries: dict[int, Entry]) -> Answer:
    """Say what the line-up of the time answered: with the coupons of the time, and in the buyer's arm where the plan
    was being tried. `entries` by version.
    """
    entry = lineup.answer(case.scene, case.without)
    if entry is not None and case.arm_of == entry.plan_id:
        entry = entries.get(case.arm_version_id or 0)
    return NOTHING if entry is None else Answer(entry, _shown(entry, case.scene, case.stopped))


def is_as_it_was(answered: Answer, case: PastCase) -> bool:
    """Whether an answer is exactly what was really offered: the version, each option and each amount."""
    version = answered.entry.version_id if answered.entry else None
    return version == case.version_id and answered.offered == case.offered


def _shown(entry: Entry, scene: Scene, stopped: Collection[int]) -> tuple[Shown, ...]:
    """What is shown at once: of a ladder the first step that has anything to offer."""
    shown: list[Shown] = []
    step = 0
    for option in entry.options:
        if option.coupon_id in stopped or (scene.stage == OrderStage.UNSHIPPED and option.kind in WITH_RETURN):
            continue
        cash = offered_cash(option, scene.value, scene.currency)
        if cash is not None and (not shown or option.step == step):
            step = option.step
            coupon = option.coupon.amount if option.coupon else ZERO
            shown.append(Shown(option.position, option.kind, cash, option.coupon_id, cash + coupon))
    return tuple(shown)
