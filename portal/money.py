"""Money: Decimal amounts in an ISO 4217 currency, rounded once and shared out so that the parts sum exactly."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from typing import TypeVar

from django.db import models

# Left open, so that the type checker tells amounts that may be absent from those that may not.
_Set = TypeVar("_Set")
_Get = TypeVar("_Get")
ZERO = Decimal(0)
_EXPONENTS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"], 0),
    **dict.fromkeys(["XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}


class MoneyField(models.DecimalField[_Set, _Get]):
    """An amount of the currency named on the same row; three decimals hold every ISO 4217 exponent in use."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["max_digits"] = 18
        kwargs["decimal_places"] = 3
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency (ISO 4217): 2 unless listed."""
    return _EXPONENTS.get(currency, 2)


def unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency: 0.01 for CNY, 1 for JPY, 0.001 for KWD."""
    return Decimal(1).scaleb(-exponent(currency))


def floor(amount: Decimal, currency: str) -> Decimal:
    """Round an amount down (towards zero) to the currency's smallest unit: never pay a fraction too much."""
    return amount.quantize(unit(currency), rounding=ROUND_DOWN)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Tell whether an amount has no more decimals than its currency."""
    return amount == floor(amount, currency)


def plain(amount: Decimal, currency: str) -> str:
    """Write an amount for machines: `128.00` for CNY, `128` for JPY, `1.250` for KWD."""
    return f"{floor(amount, currency):f}"


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Share `total` out in proportion to `weights` by largest remainder; the parts sum to it exactly.

    Ties go to the earlier part, so the same input always gives the same shares. No part exceeds its weight
    as long as the total does not exceed the weights' sum and the weights are whole units of the currency.

    Raises ValueError for a negative total or weight, a total finer than the currency, or nothing to share by.
    """
    if total < 0 or any(w < 0 for w in weights):
        raise ValueError("allocate: amounts must not be negative")
    if not is_exact(total, currency):
        raise ValueError(f"allocate: {total} is finer than {currency} allows")
    # In whole numbers, so that no division rounds anything, however large the amounts.
    units, parts = int(total.scaleb(exponent(currency))), _whole(weights)
    whole = sum(parts)
    if units and not whole:
        raise ValueError("allocate: nothing to share by")
    shares = [units * part // (whole or 1) for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(units * parts[i] % (whole or 1)), i))
    for i in by_remainder[: units - sum(shares)]:
        shares[i] += 1
    return [floor(Decimal(share).scaleb(-exponent(currency)), currency) for share in shares]


def _whole(weights: Sequence[Decimal]) -> list[int]:
    """Write weights as whole numbers in the same proportions."""
    decimals = max((-int(w.as_tuple().exponent) for w in weights), default=0)
    return [int(w.scaleb(max(decimals, 0))) for w in weights]
