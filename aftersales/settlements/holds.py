"""What open cases hold back from being settled: derived from the lines they claim, by the rule of settling."""

from decimal import Decimal

from django.db.models import ExpressionWrapper, F, Func, IntegerField, QuerySet, Sum
from django.db.models.functions import Greatest

from aftersales.orders.models import OrderLine
from portal.money import MoneyField

_PAID = F("unit_price") * F("quantity") - F("discount") + F("freight")
_SHARE = ExpressionWrapper(
    _PAID * (F("quantity") - F("disputed_quantity")) / F("quantity"), output_field=MoneyField[Decimal, Decimal]()
)
_EXPONENT = Func(F("order__currency"), function="money_exponent", output_field=IntegerField())
# Pieces that no case claims, rounded down as `services` does; what was settled before a case was filed is not held.
_FREE = Func(_SHARE, _EXPONENT, function="trunc", output_field=MoneyField[Decimal, Decimal]())
_HELD = ExpressionWrapper(_PAID - Greatest(_FREE, F("settled_amount")), output_field=MoneyField[Decimal, Decimal]())


def held(lines: QuerySet[OrderLine]) -> list[tuple[str, Decimal]]:
    """Sum up what is held of order lines, by currency and with one statement; currencies without holds are left out."""
    claimed = lines.filter(disputed_quantity__gt=0).order_by("order__currency")
    sums = claimed.values_list("order__currency").annotate(sum=Sum(_HELD))
    return [(currency, amount) for currency, amount in sums if amount]
