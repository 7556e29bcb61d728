"""Deciding without a case: which plan answers, among very many live ones, and what a message is about."""

import itertools
import time
from collections.abc import Callable, Iterable
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import DisputeType
from aftersales.policies.types import TYPES
from aftersales.recognition.recogniser import recognise
from merchants.models import Merchant
from merchants.plans.models import Plan, PlanOption, PlanState, PlanVersion
from merchants.plans.services import match
from portal.bench.load import Figures, figures

CATEGORIES = [f"category-{n}" for n in range(40)]
# Of the lengths that buyers write, in both languages, with and without a problem.
MESSAGES = (
    "The kettle I got yesterday leaks at the bottom, I would like my money back please",
    "Do you have this one in blue as well?",
    "收到的杯子碎了一个，能不能补发或者退一部分钱",
    "请问什么时候发货",
    "我昨天刚买今天就降价了，差价可以退吗，客服一直没人回复，麻烦尽快处理一下，谢谢",
)


def plans_of(merchants: Iterable[Merchant], each: int) -> None:
    """Give each merchant so many live plans more, each for a kind of case, a category and a price band."""
    types = itertools.cycle(TYPES)
    for merchant in merchants:
        plans = Plan.objects.bulk_create([Plan(merchant=merchant, name=f"Plan {n}") for n in range(each)])
        versions = PlanVersion.objects.bulk_create(
            PlanVersion(
                plan=plan,
                number=1,
                types=[next(types)],
                categories=[CATEGORIES[n % len(CATEGORIES)]],
                value_from=Decimal(n % 90),
                script_en="We are sorry.",
                script_zh="非常抱歉。",
            )
            for n, plan in enumerate(plans)
        )
        PlanOption.objects.bulk_create(
            PlanOption(version=version, position=1, kind="full_refund_no_return") for version in versions
        )
        PlanVersion.objects.filter(plan__in=plans).update(published_at=timezone.now())
        for plan, version in zip(plans, versions, strict=True):
            plan.live, plan.state = version, PlanState.LIVE
        Plan.objects.bulk_update(plans, ["live", "state"], batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE plans_livescene")


def matching(merchant_id: int, *, count: int) -> Figures:
    """Ask one merchant's plans about `count` cases, one after the other."""
    types, categories = itertools.cycle(DisputeType.values), itertools.cycle(CATEGORIES)

    def ask() -> None:
        match(
            merchant_id=merchant_id,
            type=next(types),
            reason="poor_material",
            stage=str(OrderStage.RECEIVED),
            categories=[next(categories)],
            value=Decimal(134),
            currency="CNY",
            days=2,
            today=timezone.localdate(),
        )

    return _timed(ask, count)


def recognition(*, count: int) -> Figures:
    """Recognise `count` messages, one after the other."""
    messages = itertools.cycle(MESSAGES)
    return _timed(lambda: recognise(next(messages)), count)


def _timed(work: Callable[[], object], count: int) -> Figures:
    for _warm in range(20):
        work()
    took = []
    for _n in range(count):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return figures(took, sum(took))
