"""What a merchant promises, in the reader's words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.policies.rules import Rules
from aftersales.policies.values import EXCLUDED
from merchants.promises.terms import PROMISABLE, say

_NO_REASON = ("windows.no_reason", "choices.return_freight_remorse")
_POINTS: dict[str, Any] = {
    "windows.price_protection": gettext_lazy("Price protection for %(value)s"),
    "windows.no_reason": gettext_lazy("Return without reason within %(value)s"),
    "windows.visible": gettext_lazy("Faults seen on arrival can be claimed for %(value)s"),
    "windows.quality": gettext_lazy("Quality problems can be claimed for %(value)s"),
    "windows.warranty": gettext_lazy("The seller answers for hidden faults for %(value)s"),
    "counts.fake_times": gettext_lazy("Pays %(value)s times the price if it is fake"),
}


def point(path: str, value: Any) -> str:
    """Say one promise."""
    if path == "choices.return_freight_remorse":
        return _("Returns without reason cost the buyer no postage")
    if path == "choices.damaged_on_arrival":
        return _("Goods that arrive damaged are refunded without sending them back")
    return str(_POINTS[path]) % {"value": say(path, value)}


def points(rules: Rules) -> list[str]:
    """Say the promises that make these rules better than the packs: where they apply, the buyer reads them."""
    excluded = _NO_REASON if rules.choices["no_reason"] == EXCLUDED else ()
    return [
        point(path, rules.value(path))
        for path in PROMISABLE
        if rules.source(path).kind == "promise" and path not in excluded
    ]
