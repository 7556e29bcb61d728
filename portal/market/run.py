"""A market of a shop and its buyers, driven through the real services; seeded, so that a run can be repeated."""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from aftersales.disputes.models import Dispute, OfferState
from aftersales.disputes.services import negotiation
from aftersales.disputes.services.filing import open_dispute
from aftersales.orders.models import Order, OrderLine, OrderPayment
from aftersales.remedies import services as remedies
from merchants.experiments.models import Experiment
from merchants.experiments.services import Design, Guards, start
from merchants.models import MemberRole, Merchant, MerchantMember
from merchants.plans.content import OptionContent, PlanContent, content_of
from merchants.plans.services import create_plan, publish, save_draft, start_draft
from portal.accounts.models import User
from portal.market.behaviour import Behaviour
from portal.outbox import services as outbox

PERCENTS = (20, 50)  # what the two versions offer
SHARES, HOLDOUT = (40, 40), 20
_CASES_A_BUYER = 2
_FULL = OptionContent("full_refund_no_return")


@dataclass(frozen=True, slots=True)
class Market:
    """A shop with an experiment, and orders that their buyers will ask money back for; `leanings` by buyer id."""

    experiment: Experiment
    owner: User
    orders: list[int]
    leanings: dict[int, float]


def open_market(name: str, *, cases: int, seed: int, behaviour: Behaviour, now: datetime) -> Market:
    """Make the shop, its experiment and as many orders as cases; buyers have two orders each."""
    chance = random.Random(f"{seed}:people")  # noqa: S311 - a simulation, repeatable by its seed
    with transaction.atomic():
        shop = Merchant.objects.create(ref=name, name=name)
        owner = User.objects.create(username=f"{name}-owner")
        MerchantMember.objects.create(merchant=shop, user=owner, role=MemberRole.OWNER)
        experiment = _experiment(shop, owner, seed, now)
        count = -(-cases // _CASES_A_BUYER)
        buyers = User.objects.bulk_create([User(username=f"{name}-{n}", buyer_ref=f"{name}-{n}") for n in range(count)])
        orders = _orders(shop, buyers, name, cases, now)
    return Market(experiment, owner, orders, {buyer.pk: behaviour.leaning(chance) for buyer in buyers})


def _experiment(shop: Merchant, owner: User, seed: int, now: datetime) -> Experiment:
    less, more = (PlanContent(script_en="Sorry.", script_zh="抱歉。", options=_options(p)) for p in PERCENTS)
    plan = create_plan(merchant=shop, name="Market", content=less, actor=owner, now=now)
    publish(plan=plan, actor=owner, now=now)
    draft = start_draft(plan=plan, actor=owner, now=now)
    changed = replace(content_of(draft), options=more.options)
    draft = save_draft(plan=plan, content=changed, actor=owner, now=now)
    plan.refresh_from_db()
    assert plan.live is not None  # noqa: S101 - just published
    versions = tuple(zip((plan.live, draft), SHARES, strict=True))
    unwatched = Guards(None, None, None, None)
    design = Design(name="Market", shares=versions, holdout=HOLDOUT, guards=unwatched)
    experiment = start(plan=plan, design=design, actor=owner, now=now)
    # Its own seed is drawn by chance; a market's has to be repeatable.
    experiment.seed = f"{seed:016d}"[-16:]
    experiment.save(update_fields=["seed"])
    return experiment


def _options(percent: int) -> tuple[OptionContent, ...]:
    return OptionContent("partial_refund_keep", percent=Decimal(percent)), _FULL


def _orders(shop: Merchant, buyers: Sequence[User], name: str, cases: int, now: datetime) -> list[int]:
    def number(n: int) -> str:
        return f"{name}-{n}"

    days = timedelta(days=1)
    orders = Order.objects.bulk_create(
        [
            Order(
                number=number(n), ref=number(n), merchant=shop, buyer=buyers[n // _CASES_A_BUYER], currency="CNY",
                status="delivered", paid_at=now - 4 * days,
            )
            for n in range(cases)
        ]
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order, merchant=shop, line_ref="1", sku="SKU", category="apparel", quantity=1,
                unit_price=Decimal(100), status="delivered", shipped_at=now - 3 * days, delivered_at=now - days,
            )
            for order in orders
        ]
    )  # fmt: skip
    OrderPayment.objects.bulk_create(
        [OrderPayment(order=o, channel="card", ref=f"{o.number}-card", amount=Decimal(100)) for o in orders]
    )
    return [order.pk for order in orders]


def trade(market: Market, *, seed: int, behaviour: Behaviour, now: datetime, workers: int = 1) -> None:
    """Let every buyer file and the parties act; then pay what is owed. Raises what a worker raised."""
    problems: list[BaseException] = []

    def work(place: int) -> None:
        try:
            for order in _loaded(market.orders[place::workers]):
                _settle(order, market, behaviour, random.Random(f"{seed}:{order.number}"), now)  # noqa: S311 - as above
        except BaseException as problem:
            problems.append(problem)
        finally:
            if workers > 1:
                connection.close()

    if workers == 1:
        work(0)
    else:
        threads = [threading.Thread(target=work, args=[place]) for place in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if problems:
        raise problems[0]
    finish(now)


def finish(now: datetime) -> None:
    """Pay what is owed and let the cases end."""
    while remedies.run_due(now=now) + outbox.drain(now=now):
        pass


def _loaded(ids: Sequence[int]) -> Iterator[Order]:
    for begin in range(0, len(ids), 500):
        found = Order.objects.filter(pk__in=ids[begin : begin + 500]).select_related("buyer")
        yield from found.prefetch_related("lines", "payments").order_by("pk")


def _settle(order: Order, market: Market, behaviour: Behaviour, chance: random.Random, now: datetime) -> None:
    case = open_dispute(
        order=order,
        actor=order.buyer,
        now=now,
        lines=[("1", 1)],
        type="quality_visible",
        reason="poor_material",
        wants="full_refund_no_return",
    )
    offer = case.offers.filter(by_role="merchant", state=OfferState.PROPOSED).order_by("position").first()
    if offer is not None:
        percent = float(100 * offer.cash / case.max_amount)
        if chance.random() < behaviour.takes(percent, market.leanings[order.buyer_id]):
            negotiation.accept_offer(dispute=case, actor=order.buyer, now=now, offer=offer)
            return
        case = negotiation.decline_offers(dispute=case, actor=order.buyer, now=now)
    _ordinary(case, order.buyer, market.owner, chance.random() < behaviour.agrees, now)


def _ordinary(case: Dispute, buyer: User, owner: User, agrees: bool, now: datetime) -> None:
    if agrees:
        negotiation.agree(dispute=case, actor=owner, now=now)
        return
    tenth = case.max_amount / 10
    case = negotiation.propose(dispute=case, actor=owner, now=now, kind="partial_refund_keep", amount=tenth)
    offer = case.offers.filter(by_role="merchant", state=OfferState.PROPOSED).order_by("-id")[0]
    negotiation.accept_offer(dispute=case, actor=buyer, now=now, offer=offer)
