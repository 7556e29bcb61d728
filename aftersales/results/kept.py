"""Figures of kept sales, broken down; each can be opened to the very cases it counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from aftersales.results.facts import CONDITIONS, DIMENSIONS, Scope
from portal.money import ZERO

_COUNTS = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {name}" for name, sql in CONDITIONS.items())
# Costs are of what has ended: a case that goes on may still cost more.
_FIGURES = """
WITH {facts}
SELECT {key} AS key, {counts},
    coalesce(sum(paid) FILTER (WHERE ended), 0), coalesce(sum(paid - cost) FILTER (WHERE kept), 0),
    coalesce(sum(cost) FILTER (WHERE ended), 0),
    coalesce(sum(cost) FILTER (WHERE kept), 0),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - opened_at)) FILTER (WHERE ended)
FROM facts GROUP BY 1 ORDER BY 1
"""
_CASES = """
WITH {facts}
SELECT number, opened_at, closed_at, status, reason, category, plan_id, version, chosen_kind, paid, cost, kept
FROM facts WHERE {condition} AND {key} = %(key)s ORDER BY opened_at DESC, id DESC
LIMIT %(most)s OFFSET %(skip)s
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of cases, and money in the scope's currency: of the ended ones, and of the kept ones."""

    counts: dict[str, int]
    paid: Decimal = ZERO
    kept_amount: Decimal = ZERO
    cost: Decimal = ZERO
    kept_cost: Decimal = ZERO
    median_seconds: float | None = None

    @property
    def kept_share(self) -> float | None:
        """Kept sales among the cases that have ended, 0 to 1."""
        return share(self.counts["kept"], self.counts["ended"])

    @property
    def cost_per_kept(self) -> Decimal | None:
        """What was granted in cases that ended as kept sales, per kept sale."""
        return self.kept_cost / self.counts["kept"] if self.counts["kept"] else None

    @property
    def accepted_share(self) -> float | None:
        """Accepted offers among the cases that were offered something, 0 to 1."""
        return share(self.counts["chosen"], self.counts["offered"])

    @property
    def regret_share(self) -> float | None:
        """Regrets among those who accepted, 0 to 1."""
        return share(self.counts["regret"], self.counts["chosen"])

    def bought_share(self, days: int) -> float | None:
        """Of the cases that ended so many days ago or more, the buyers who bought there again within them."""
        return share(self.counts[f"bought_{days}"], self.counts[f"asked_{days}"])


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case behind a figure; money in the scope's currency."""

    number: str
    opened_at: datetime
    closed_at: datetime | None
    status: str
    reason: str
    category: str
    plan_id: int | None
    version: int | None
    chosen_kind: str
    paid: Decimal
    cost: Decimal
    kept: bool


def share(part: int, whole: int) -> float | None:
    """Return a part of a whole, None of nothing."""
    return part / whole if whole else None


def figures(scope: Scope, *, by: str = "all") -> dict[str, Figures]:
    """Count and sum up by a dimension, with one statement; the keys are the dimension's values as text."""
    sql = _FIGURES.format(facts=scope.sql, key=DIMENSIONS[by], counts=_COUNTS)
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.values)
        return {key: _figures(rest) for key, *rest in cursor.fetchall()}


def total(scope: Scope) -> Figures:
    """Count and sum all of it up."""
    return figures(scope).get("", Figures(dict.fromkeys(CONDITIONS, 0)))


def cases(
    scope: Scope, *, of: str, by: str = "all", key: str = "", skip: int = 0, most: int | None = None
) -> Iterator[CaseRow]:
    """Yield the cases that a figure counts, newest first; `of` is a condition, `key` a value of dimension `by`."""
    sql = _CASES.format(facts=scope.sql, condition=f"({CONDITIONS[of]})", key=DIMENSIONS[by])
    with connection.cursor() as cursor:
        cursor.execute(sql, {**scope.values, "key": key, "skip": skip, "most": most})
        for row in iter(cursor.fetchone, None):
            yield CaseRow(*row)


def _figures(row: list[object]) -> Figures:
    counts = dict(zip(CONDITIONS, row, strict=False))
    return Figures(counts, *row[len(CONDITIONS) :])  # type: ignore[arg-type]
