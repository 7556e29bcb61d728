"""Which versions apply to what, and the rules that they come to: market, category, instant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection

from aftersales.policies.layers import Layer
from aftersales.policies.models import RulePackVersion
from aftersales.policies.rules import Rules, Source

HOME = "cn"
# Where the marketplace does not say the market, the currency does. What is not listed buys under home rules.
MARKETS = {"EUR": "eu"}

# One element of a SELECT, so that others can read something else in the same statement. Binds `now`.
IN_FORCE = """ARRAY(
    SELECT DISTINCT ON (pack) id FROM policies_rulepackversion WHERE effective_at <= %(now)s
    ORDER BY pack, effective_at DESC, number DESC
)"""


class NoRules(LookupError):
    """No version of the market's pack is in force yet: migrations load the first ones."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version as the process remembers it; it never changes (the database refuses)."""

    pk: int
    pack: str
    number: int
    layer: Layer

    @property
    def source(self) -> Source:
        """How values that it set name it."""
        return Source("pack", self.pack, self.number, self.pk)


@dataclass(frozen=True, slots=True)
class Book:
    """The versions in force at an instant."""

    bases: Mapping[str, int]  # market -> version of its base pack
    categories: Mapping[tuple[str, str], int]  # market and category of goods -> version of the category's pack

    def market(self, told: str, currency: str) -> str:
        """Return the market whose rules apply: as told, if it has a pack; else by the currency; else home."""
        return next((m for m in (told, MARKETS.get(currency, HOME)) if m in self.bases), HOME)

    def base(self, market: str) -> int:
        """Return the version of a market's base pack. Raises NoRules."""
        try:
            return self.bases[market]
        except KeyError:
            raise NoRules(market) from None

    def category(self, market: str, category: str) -> int | None:
        """Return the version of the pack that overrides the base for a category of goods, or None."""
        return self.categories.get((market, category.strip().lower()))


def book_at(now: datetime) -> Book:
    """Return the versions in force at an instant: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {IN_FORCE}", {"now": now})
        return book_of(tuple(cursor.fetchone()[0]))


@lru_cache(maxsize=64)
def book_of(pks: tuple[int, ...]) -> Book:
    """Make the book of versions in force; made once for each set of them."""
    found = versions(pks)
    categories = {(v.pack.partition(".")[0], category): v.pk for v in found for category in v.layer.categories}
    return Book({v.pack: v.pk for v in found if "." not in v.pack}, categories)


_seen: dict[int, Version] = {}


def versions(pks: Iterable[int]) -> list[Version]:
    """Return versions by id; each is read once per process. Raises KeyError for one that does not exist."""
    wanted = list(pks)
    if unseen := [pk for pk in wanted if pk not in _seen]:
        for row in RulePackVersion.objects.filter(pk__in=unseen):
            _seen[row.pk] = Version(row.pk, row.pack, row.number, Layer.parse(row.rules))
    return [_seen[pk] for pk in wanted]


@lru_cache(maxsize=512)
def pack_rules(base: int, category: int | None = None) -> Rules:
    """Return the rules of a base pack's version, with those of a category's version over them."""
    (whole,) = versions([base])
    rules = Rules.parse(whole.layer.dump(), whole.source)
    if category is None:
        return rules
    (single,) = versions([category])
    return rules.over(single.layer, single.source)


def forget() -> None:
    """Forget what the process remembers of versions; for tests, whose rows are taken away again."""
    _seen.clear()
    book_of.cache_clear()
    pack_rules.cache_clear()
