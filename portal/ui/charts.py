"""Charts as inline SVG made on the server: no script, no file, at most some hundred bytes a bar."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

_WIDTH, _ROW, _LABEL = 640, 30, 190


class Bar(NamedTuple):
    """One bar: its label, its value, the value in words, and the value of the period before (or None)."""

    label: str
    value: Decimal | float
    words: str
    before: Decimal | float | None = None


def lay_out(bars: Sequence[Bar]) -> dict[str, object]:
    """Place horizontal bars; the longest fills the space left of its words."""
    most = max((float(v) for bar in bars for v in (bar.value, bar.before or 0)), default=0) or 1
    room = _WIDTH - _LABEL - 110

    def wide(value: Decimal | float | None) -> int:
        return round(room * float(value or 0) / most)

    rows = [
        {
            "bar": bar,
            "y": index * _ROW,
            "text_y": index * _ROW + 19,
            "width": wide(bar.value),
            "before": wide(bar.before),
            "words_x": _LABEL + max(wide(bar.value), wide(bar.before)) + 8,
        }
        for index, bar in enumerate(bars)
    ]
    return {"rows": rows, "width": _WIDTH, "height": len(bars) * _ROW, "left": _LABEL, "label_x": _LABEL - 10}
