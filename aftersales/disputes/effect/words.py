"""What came out of a trial, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from aftersales.policies.codes import DisputeType
from aftersales.policies.values import CHOICES

KINDS = {
    "refused": _("Could be filed"),
    "clock": _("Time for the seller's first answer"),
    "silence": _("What the seller's silence does"),
    "instant": _("Refunded at once"),
    "freight": _("Who pays for sending goods back"),
}
_REFUSED = {
    "": _("yes"),
    "window_closed": _("no, too late"),
    "excluded": _("no, excluded by law"),
    "excluded_by_confirmation": _("no, excluded by the buyer's confirmation"),
    "not_promised": _("no, not promised"),
}

_SILENCE = {
    "agree_by_silence": _("the request counts as agreed"),
    "ask_return_by_silence": _("the goods are asked back"),
    "escalate_by_silence": _("the platform steps in"),
}


def rows(result: dict[str, Any]) -> dict[str, Any]:
    """Return counts by kind and examples with their words."""
    counts = result.get("counts", {})
    return {
        "counts": [(KINDS[kind], counts[kind]) for kind in KINDS if counts.get(kind)],
        "examples": [
            {
                "case": example["case"],
                "type": DisputeType(example["type"]).label,
                "changes": [
                    (KINDS[c["kind"]], say(c["kind"], c["was"]), say(c["kind"], c["would"])) for c in example["changes"]
                ],
            }
            for example in result.get("examples", [])
        ],
    }


def say(kind: str, value: str) -> Any:
    """Say one value of a difference."""
    if kind == "refused":
        return _REFUSED.get(value, value)
    if kind == "clock":
        return ngettext("%(count)s hour", "%(count)s hours", int(value)) % {"count": value}
    if kind == "freight":
        return CHOICES["return_freight_fault"].options[value]
    if kind == "instant":
        return _("yes") if value == "True" else _("no")
    return _SILENCE.get(value, value)
