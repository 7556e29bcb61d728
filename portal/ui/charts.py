"""Charts as inline SVG made on the server: no script, no file, some hundred bytes a bar."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple


class Bar(NamedTuple):
    """One bar: its label, its value and the value in words; the same of the period before, where compared."""

    label: str
    value: Decimal | float
    words: str
    before: Decimal | float = 0
    before_words: str = ""


def lay_out(bars: Sequence[Bar]) -> list[dict[str, object]]:
    """Give each bar its width in percent of the longest, with one decimal, as SVG writes numbers in every language."""
    most = max((float(value) for bar in bars for value in (bar.value, bar.before)), default=0) or 1

    def width(value: Decimal | float) -> str:
        return f"{100 * float(value) / most:.1f}"

    return [{"bar": bar, "width": width(bar.value), "before": width(bar.before)} for bar in bars]
