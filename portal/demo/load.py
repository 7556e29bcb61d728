"""Load the demo marketplace, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from aftersales.disputes.measuring.buyers import measure_buyers
from aftersales.disputes.measuring.sellers import measure_sellers
from aftersales.remedies.services import run_due as pay
from merchants.models import MemberRole, Merchant
from portal.accounts.models import User
from portal.demo.bargains import bargains
from portal.demo.people import people, place, product, shops
from portal.demo.stories import STORIES, Story, Teller
from portal.outbox.services import drain

FREE_ORDERS = 14  # delivered orders of each buyer that no case is about


def loaded() -> bool:
    """Whether the demo is there already."""
    return Merchant.objects.exists()


@transaction.atomic
def load(*, now: datetime) -> None:
    """Make people, shops, plans, orders and cases; all or nothing."""
    users = people()
    opened = shops(users, now - timedelta(days=30))
    _orders(users, opened, now)
    for n, story in enumerate(STORIES):
        _tell(n, story, users, opened, now)


def settle(*, now: datetime) -> None:
    """Pay, issue and tell what the cases decided, as the worker would."""
    for _round in range(6):
        if not (pay(now=now) + drain(now=now)):
            break
    measure_buyers(now=now)
    measure_sellers(now=now)


def _orders(users: dict[str, User], opened: Sequence[Merchant], now: datetime) -> None:
    """Orders without cases: delivered within every window, on the way, not shipped."""
    for b, name in enumerate(("buyer", "buyer2")):
        for n in range(FREE_ORDERS):
            shop = opened[n % 12]
            lasting = n < 12  # the last ones are of the kind whose rights end sooner
            days = 1 + n % 3 if lasting else 1
            goods = product(n + 5 * b, lasting=lasting)
            place(users[name], shop, goods, number=f"26112{b}{n:03}", stage="received", days=days, now=now)
        for n in range(3):
            place(users[name], opened[n], product(n + 9), number=f"26113{b}{n:03}", stage="in_transit", days=1, now=now)
            place(users[name], opened[n], product(n + 12), number=f"26114{b}{n:03}", stage="unshipped", days=0, now=now)
        for n in range(6):
            shop = opened[12 + n]
            place(users[name], shop, product(n + 3), number=f"26101{b}{n:03}", stage="received", days=40 + n, now=now)
    bargains(users["buyer"], opened[0], now)


def _tell(n: int, story: Story, users: dict[str, User], opened: Sequence[Merchant], now: datetime) -> None:
    """Tell a story twice: at the demo merchant's shop by one buyer, at the rival's or another's by the other."""
    begin = now - timedelta(days=story.days_ago)
    for copy, (buyer, shop) in enumerate([("buyer", opened[0]), ("buyer2", opened[1 + n % 3])]):
        number = f"2611{5 + copy}{n:03}"
        how: dict[str, Any] = {"number": number, "stage": story.stage, "days": 1, "now": begin, "price": story.price}
        order = place(users[buyer], shop, product(n + copy, lasting=True), **how)
        if story.stage == "unshipped":
            order.paid_at = begin
            order.save(update_fields=["paid_at"])
        owner = shop.members.get(role=MemberRole.OWNER).user
        story.tell(Teller(order=order, users=users, owner=owner, now=begin, seed=100 * n + 10 * copy))
