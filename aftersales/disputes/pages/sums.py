"""The arithmetic behind each amount of the case page, in the reader's language."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from aftersales.disputes.models import Dispute, Offer
from aftersales.policies.arithmetic import Row, Summand, spell, spell_stored, titled
from aftersales.policies.codes import FULL, RemedyKind
from aftersales.remedies.services import RemedyView


class Decided(Protocol):
    """What a decision says about money: amounts by order line, and what is given beyond them."""

    pk: Any
    lines: Any
    compensation: Any


# By what an amount belongs to and which one: ("most", ""), ("offer", 12), ("remedy", its key), ("ruling", 3).
Sums = dict[tuple[str, int | str], list[Summand]]


def sums_of(
    case: Dispute, *, offers: Sequence[Offer], remedies: Sequence[RemedyView], rulings: Sequence[Decided]
) -> Sums:
    """Work out what can be unfolded; amounts that are nobody's arithmetic (a proposal in round figures) have none."""
    currency = case.currency
    found: Sums = {(part, ""): spell_stored(rows, currency) for part, rows in case.working.items()}
    found |= {("offer", offer.pk): spell(_offer(case, offer), currency) for offer in offers}
    found |= {("remedy", r.key): spell(_items(case, r.lines, r.compensation), currency) for r in remedies}
    for ruling in rulings:
        lines = [(row["line"], Decimal(row["amount"])) for row in ruling.lines]
        found["ruling", ruling.pk] = spell(_items(case, lines, ruling.compensation), currency)
    return {name: rows for name, rows in found.items() if rows}


def _offer(case: Dispute, offer: Offer) -> Iterator[Row]:
    option = _option(case, offer)
    if offer.kind in FULL:
        yield from map(Row.parse, case.working.get("most", ()))
    elif offer.kind == RemedyKind.COMPENSATION:
        yield Row.of("refund", offer.cash)
        yield Row.of("beyond", offer.compensation)
    elif option is not None:
        yield Row.of("percent", offer.cash, percent=option, base_amount=case.max_amount)


def _option(case: Dispute, offer: Offer) -> str | None:
    """The percentage of a plan's option, as it was written."""
    if case.plan_version is None or offer.plan_version_id is None or not offer.cash:
        return None
    percents = {option.position: option.percent for option in case.plan_version.options.all()}
    percent = percents.get(offer.position)
    return None if percent is None else f"{percent.normalize():f}"


def _items(case: Dispute, lines: Iterable[tuple[int, Decimal]], beyond: Decimal) -> Iterator[Row]:
    """Say how much is for which item; what discounts that come back book on items of other cases has no name here."""
    bought = {line.order_line_id: line.order_line for line in case.lines.all()}
    for key, amount in lines:
        line = bought.get(key)
        named = titled(line.title or line.sku, line.title_zh) if line else {"title": _("Another item of the order")}
        yield Row.of("item", amount, **named)
    if beyond:
        yield Row.of("beyond", beyond)
