"""What stands in a plan version, apart from its row: what forms, the API and templates make, and what guards check."""

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from aftersales.policies.codes import RemedyKind
from merchants.coupons.models import CouponTemplate
from merchants.plans.models import PlanOption, PlanVersion

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class OptionContent:
    """One thing to choose: a percentage of what was paid or a fixed amount, a coupon, or goods."""

    kind: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    coupon: CouponTemplate | None = None
    step: int = 1


@dataclass(frozen=True, slots=True)
class PlanContent:
    """Scene, script and options of a plan version; amounts in `currency`. An empty tuple or None means "any"."""

    types: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    currency: str = "CNY"
    value_from: Decimal | None = None
    value_to: Decimal | None = None
    days_from: int | None = None
    days_to: int | None = None
    script_en: str = ""
    script_zh: str = ""
    expires_hours: int = 24
    step_hours: int = 24
    options: tuple[OptionContent, ...] = field(default=())

    @property
    def conditions(self) -> int:
        """How many conditions the scene has: the more, the more specific the plan."""
        bands = [(self.value_from, self.value_to), (self.days_from, self.days_to)]
        lists: list[Sequence[object]] = [self.types, self.reasons, self.stages, self.categories]
        return sum(map(bool, lists)) + sum(low is not None or high is not None for low, high in bands)

    @property
    def fingerprint(self) -> str:
        """A short digest of everything said here: two people's edits of one draft differ in it."""
        said = [[getattr(self, name) for name in SCENE_AND_SCRIPT], [_said(o) for o in self.options]]
        return hashlib.sha256(json.dumps(said, default=_written).encode()).hexdigest()[:16]

    @property
    def steps(self) -> list[int]:
        """The steps that have options, in order; a plan without a ladder has one."""
        return sorted({option.step for option in self.options})

    def with_options(self, options: "Sequence[OptionContent]") -> "PlanContent":
        """Return the same scene and script with other options."""
        return replace(self, options=tuple(options))


SCENE_AND_SCRIPT = tuple(f.name for f in fields(PlanContent) if f.name != "options")


def _said(option: OptionContent) -> list[object]:
    return [option.kind, option.percent, option.amount, option.coupon.pk if option.coupon else None, option.step]


def _written(amount: object) -> str:
    """10, 10.0 and 10.000 are the same amount."""
    return f"{amount.normalize():f}" if isinstance(amount, Decimal) else str(amount)


def content_of(version: PlanVersion) -> PlanContent:
    """Read a version; one query for its options with their coupons unless they were prefetched."""
    options = sorted(version.options.all(), key=lambda o: o.position)
    said = [OptionContent(o.kind, o.percent, o.amount, o.coupon, o.step) for o in options]
    return scene_of(version).with_options(said)


def scene_of(version: PlanVersion) -> PlanContent:
    """Read a version without its options: no query."""
    scene = {name: getattr(version, name) for name in SCENE_AND_SCRIPT}
    scene |= {name: tuple(scene[name]) for name in ("types", "reasons", "stages", "categories")}
    return PlanContent(**scene)


def write(version: PlanVersion, content: PlanContent) -> None:
    """Put content on a version that is not saved yet or still a draft."""
    for name in SCENE_AND_SCRIPT:
        value = getattr(content, name)
        setattr(version, name, list(value) if isinstance(value, tuple) else value)


def rows_of(version: PlanVersion, content: PlanContent) -> list[PlanOption]:
    """Make the option rows of a version, in order."""
    return [
        PlanOption(
            version=version, position=n, step=o.step, kind=o.kind, percent=o.percent, amount=o.amount, coupon=o.coupon
        )
        for n, o in enumerate(content.options, 1)
    ]


def needs_amount(kind: str) -> bool:
    """Whether an option says how much: part refunds do, full ones and goods do not."""
    return kind in {RemedyKind.PARTIAL_REFUND, RemedyKind.CASH_AND_COUPON}
