"""What can be promised, and that it is never below the rule pack: as a layer over it in which the better value wins."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersales.policies.layers import BadRules, Layer, Problem
from aftersales.policies.rules import Rules, Source
from aftersales.policies.values import CHOICES, Span

# In the order of the page. For each of them more is better for the buyer.
PROMISABLE = (
    "windows.price_protection",
    "windows.no_reason",
    "windows.visible",
    "windows.quality",
    "windows.warranty",
    "counts.fake_times",
    "choices.return_freight_remorse",
    "choices.damaged_on_arrival",
)
LONGEST_DAYS = 3650
MOST_TIMES = 100


def favour(path: str, value: Any) -> Any:
    """Return something that is larger the better a value is for the buyer."""
    if path.startswith("choices."):
        return list(CHOICES[path.partition(".")[2]].options).index(value)
    return value.hours if isinstance(value, Span) else Decimal(value)


def check(layer: Layer, packs: list[Rules]) -> None:
    """Hold promises against the packs they stand above. Raises BadRules: never below what the buyer has anyway."""
    problems = [Problem(_where(path), _("this cannot be promised.")) for path in layer.values if path not in PROMISABLE]
    for path, value in layer.values.items():
        if path in PROMISABLE and (problem := _problem(path, value, packs)):
            problems.append(Problem(_where(path), problem))
    if problems:
        raise BadRules(problems)


def _problem(path: str, value: Any, packs: list[Rules]) -> str:
    most = MOST_TIMES if path.startswith("counts.") else Span(LONGEST_DAYS).hours
    if not path.startswith("choices.") and favour(path, value) > most:
        return _("this is more than anybody can promise.")
    given = packs[0].value(path)
    if favour(path, value) < favour(path, given):
        return _("the rules give the buyer %(value)s already; promise at least that.") % {"value": say(path, given)}
    return ""


def better(rules: Rules, promised: Layer, source: Source) -> Rules:
    """Return rules with promises over them: each counts only where it is better for the buyer than the pack."""
    wins = {p: v for p, v in promised.values.items() if favour(p, v) > favour(p, rules.value(p))}
    return rules.over(Layer(wins), source) if wins else rules


def say(path: str, value: Any) -> str:
    """Say a value in the reader's language."""
    if path.startswith("choices."):
        return str(CHOICES[path.partition(".")[2]].options[value])
    return value.words() if isinstance(value, Span) else str(value)


def _where(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))
