"""Posting to the ledger, one transaction each, from 8 connections at once; the floor is the same rows by raw SQL."""

import itertools
import threading
import time
from collections.abc import Callable
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from portal.bench.load import Figures

CONNECTIONS = 8
Shape = Callable[[int], Posting]


def refund(shop: int) -> Shape:
    """What a refund posts: the seller's payables to the refunds on their way."""
    payable = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=shop)
    return _shape("bench-refund", payable, AccountKey(AccountKind.REFUNDS_CLEARING, "CNY"))


def deposit(shop: int) -> Shape:
    """What paying a deposit in posts: all connections into one account whose balance the database guards."""
    held = AccountKey(AccountKind.MERCHANT_DEPOSIT, "CNY", merchant_id=shop)
    return _shape("bench-deposit", AccountKey(AccountKind.MARKETPLACE, "CNY"), held)


def measure(shape: Shape, *, count: int) -> Figures:
    """Post `count` transactions; the latencies are those of one posting with its commit, in milliseconds."""
    post_many([shape(0)], now=timezone.now())  # the accounts exist from now on
    numbers = itertools.count(1)
    times: list[list[float]] = [[] for _ in range(CONNECTIONS)]

    def work(place: int) -> None:
        while (number := next(numbers)) <= count:
            started = time.perf_counter()
            post_many([shape(number)], now=timezone.now())
            times[place].append(1000 * (time.perf_counter() - started))
        connection.close()

    threads = [threading.Thread(target=work, args=[place]) for place in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = count / (time.perf_counter() - started)
    ordered = sorted(itertools.chain.from_iterable(times))
    p50, p95, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95, 0.99))
    return Figures(rate, p50, p95, p99, count - len(ordered))


def _shape(name: str, giver: AccountKey, taker: AccountKey) -> Shape:
    def posting(number: int) -> Posting:
        return Posting(f"{name}:{number}", name, "", ((giver, Decimal(-1)), (taker, Decimal(1))))

    return posting
