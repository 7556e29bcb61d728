"""Arithmetic as rows that both sides can follow: stored as codes and facts at the decision, put into words on a page.

A `Row` is one summand; the rows of a sum come to its amount, to the cent. Whoever computes something new adds its words
to `WORDS`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy

from portal.money import plain
from portal.ui.amounts import say_money

# Facts by how their name ends: `_amount` is money of the sum's currency. `title` is a product's, with `title_zh`.
WORDS: dict[str, Any] = {
    "goods": gettext_lazy("%(quantity)s × %(unit_amount)s: %(title)s"),
    "discount": gettext_lazy("Discount on these pieces"),
    "freight": gettext_lazy("Their share of the delivery"),
    "given_back": gettext_lazy("Given back before"),
    "only_difference": gettext_lazy("Only the difference to the price seen is asked for"),
    "only_freight": gettext_lazy("Only the delivery is asked for"),
    "only_gift": gettext_lazy("Only the gift is asked for"),
    "discount_lost": gettext_lazy("A discount depended on these pieces"),
    "discount_restored": gettext_lazy("A discount lost earlier comes back"),
    "gift_kept": gettext_lazy("A gift that came with these pieces is kept"),
    "gift_returned": gettext_lazy("A gift that was deducted comes back"),
    "payments": gettext_lazy("No more than the order's payments still hold"),
    "times": gettext_lazy("%(times)s × %(base_amount)s"),
    "least": gettext_lazy("Raised to the least that the law gives"),
    "postage": gettext_lazy("Paid for sending the goods back"),
    "cap": gettext_lazy("No more than the cap"),
    "percent": gettext_lazy("%(percent)s %% of %(base_amount)s, rounded down"),
    "refund": gettext_lazy("Refund of what was paid"),
    "beyond": gettext_lazy("Beyond the refund"),
    "item": "%(title)s",
    "got_back": gettext_lazy("What the buyer got back for these goods"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One summand; the amount is in the currency of the sum, facts are plain text."""

    code: str
    amount: Decimal
    facts: Mapping[str, str]

    @classmethod
    def of(cls, code: str, amount: Decimal, **facts: Any) -> "Row":
        """Make a row of decimals, numbers and texts."""
        return cls(code, amount, {name: str(value) for name, value in facts.items()})

    def dump(self, currency: str) -> dict[str, Any]:
        """Write for storage."""
        return {"code": self.code, "amount": plain(self.amount, currency), "facts": dict(self.facts)}

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Row":
        """Read what `dump` wrote."""
        return cls(data["code"], Decimal(data["amount"]), data["facts"])


@dataclass(frozen=True, slots=True)
class Summand:
    """A row in the reader's language; the amount is in the currency of the sum."""

    label: str
    amount: Decimal


def spell(rows: Iterable[Row], currency: str) -> list[Summand]:
    """Put rows into words. One whose words are not known any more is named by its code."""
    return [Summand(_words(row, currency), row.amount) for row in rows]


def spell_stored(stored: Sequence[Mapping[str, Any]], currency: str) -> list[Summand]:
    """Put into words what was stored at a decision."""
    return spell(map(Row.parse, stored), currency)


def titled(title: str, title_zh: str) -> dict[str, str]:
    """Name a product in both languages, for a row's facts."""
    return {"title": title, "title_zh": title_zh} if title_zh else {"title": title}


def _words(row: Row, currency: str) -> str:
    facts = {k: say_money(Decimal(v), currency) if k.endswith("_amount") else v for k, v in row.facts.items()}
    if (get_language() or "").startswith("zh") and "title_zh" in facts:
        facts["title"] = facts["title_zh"]
    return str(WORDS[row.code]) % facts if row.code in WORDS else row.code
