"""Promises of merchants: which stand for an order, the rules with them, and signing a new version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from aftersales.orders.models import Order
from aftersales.policies.book import HOME, IN_FORCE, Book, book_at, book_of, pack_rules
from aftersales.policies.layers import Layer
from aftersales.policies.rules import Rules, Source
from merchants.members import memberships_of
from merchants.models import MemberRole, Merchant
from merchants.promises.models import PromiseVersion
from merchants.promises.terms import better, check

if TYPE_CHECKING:
    from portal.accounts.models import User

_STANDING = f"""
SELECT {IN_FORCE}, ARRAY(
    SELECT (
        SELECT p.id FROM promises_promiseversion p
        WHERE p.merchant_id = bought.merchant AND p.effective_at <= bought.at
        ORDER BY p.effective_at DESC, p.number DESC LIMIT 1
    )
    FROM unnest(%(merchants)s::bigint[], %(instants)s::timestamptz[]) WITH ORDINALITY AS bought(merchant, at, n)
    ORDER BY bought.n
)
"""  # noqa: S608 - composed of constants, values bound


class Layers(NamedTuple):
    """Which versions make the rules of a line or a case: base pack, category's pack, merchant's promises."""

    base: int
    category: int | None = None
    promise: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The packs in force at an instant and the promises that bind for some orders."""

    book: Book
    promises: dict[int, int | None]  # order -> version
    along: Any = None  # what else was read in the same statement

    def layers(self, order: Order, category: str) -> Layers:
        """Return the versions for goods of a category in one of the orders."""
        book, market = self.book, self.book.market(order.market, order.currency)
        return Layers(book.base(market), book.category(market, category), self.promises[order.pk])

    def case_layers(self, order: Order, categories: Sequence[str]) -> Layers:
        """Return the versions for a case over several goods: a category's pack counts where all share it."""
        found = {self.layers(order, category) for category in categories}
        return found.pop() if len(found) == 1 else found.pop()._replace(category=None)

    def rules(self, order: Order, category: str) -> Rules:
        """Return the effective rules for goods of a category in one of the orders."""
        return rules_of(self.layers(order, category))


def standing(
    orders: Sequence[Order], *, now: datetime, along: str = "NULL", values: Mapping[str, Any] | None = None
) -> Standing:
    """Find what applies to orders at an instant: the packs of that instant, the promises of the purchase.

    One statement. A promise binds for what was bought while it stood, whatever the merchant says later.
    `along`: one more expression to read in it, with its `values`.
    """
    bound: dict[str, Any] = {
        **(values or {}),
        "now": now,
        "merchants": [order.merchant_id for order in orders],
        "instants": [order.paid_at or now for order in orders],
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{_STANDING}, {along}", bound)
        packs, promises, read = cursor.fetchone()
    return Standing(book_of(tuple(packs)), {order.pk: pk for order, pk in zip(orders, promises, strict=True)}, read)


@lru_cache(maxsize=4096)
def rules_of(layers: Layers) -> Rules:
    """Return the rules that versions come to; worked out once per process, since versions never change."""
    return with_promise(pack_rules(layers.base, layers.category), layers.promise)


def with_promise(rules: Rules, promise: int | None) -> Rules:
    """Return rules of packs with a version of promises over them."""
    if promise is None:
        return rules
    row = PromiseVersion.objects.get(pk=promise)
    return better(rules, Layer.parse(row.rules), Source("promise", "promise", row.number, row.pk))


def latest(merchant: Merchant) -> PromiseVersion | None:
    """Return the version signed last, in force or about to be."""
    return merchant.promises.order_by("-number").first()


def sign(
    *, merchant: Merchant, actor: "User", rules: dict[str, Any], effective_at: datetime, now: datetime
) -> PromiseVersion:
    """Sign what the merchant promises from an instant on; it replaces the promises before.

    Raises PermissionDenied unless an owner, BadRules for what cannot be promised, is below the pack or in the past.
    """
    member = memberships_of(actor).get(merchant.pk)
    if member is None or member.role != MemberRole.OWNER:
        raise PermissionDenied(_("Only an owner of the shop can promise in its name."))
    layer = Layer.parse(rules)
    check(layer, [pack_rules(book_at(now).bases[HOME])])
    with transaction.atomic():
        Merchant.objects.select_for_update().get(pk=merchant.pk)
        last = latest(merchant)
        return PromiseVersion.objects.create(
            merchant=merchant,
            number=last.number + 1 if last else 1,
            effective_at=max(effective_at, now),
            rules=layer.dump(),
            signed_at=now,
            signed_by=actor,
        )
