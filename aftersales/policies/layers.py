"""What one version of a pack says: single values over those below it; read with every mistake named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aftersales.policies.values import (
    BY_PROMISE,
    CHOICES,
    MAY_BE_NONE,
    PARTY_TIMERS,
    SECTIONS,
    SHORTEST_PARTY_HOURS,
    Span,
)
from portal.money import is_exact

LANGUAGES = ("en", "zh")
LONGEST_CATEGORY = 100


class Problem(NamedTuple):
    """What is wrong, and where: the keys that lead to it."""

    path: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return _("%(field)s: %(message)s") % {"field": ".".join(self.path) or "rules", "message": self.message}


class BadRules(ValidationError):
    """Rules that cannot be: one problem for each mistake, so that all can be mended at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__([str(problem) for problem in problems])
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Layer:
    """Values by `section.name`, the legal basis of some of them in both languages, the categories it is for."""

    values: Mapping[str, Any]
    basis: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    categories: tuple[str, ...] = ()

    @classmethod
    def parse(cls, data: Any) -> "Layer":
        """Read what is stored or was imported. Raises BadRules naming every mistake."""
        reader = _Reader()
        layer = reader.read(data)
        if reader.problems:
            raise BadRules(reader.problems)
        return layer

    def dump(self) -> dict[str, Any]:
        """Write for storage and export: whole numbers, spans as `48h`, amounts as strings."""
        data: dict[str, Any] = {"categories": list(self.categories)} if self.categories else {}
        for path, value in self.values.items():
            section, _dot, name = path.partition(".")
            data.setdefault(section, {})[name] = _plain(value)
        if self.basis:
            data["basis"] = {path: dict(text) for path, text in self.basis.items()}
        return data


def _plain(value: Any) -> Any:
    if isinstance(value, Span):
        return str(value)
    return {c: str(a) for c, a in value.items()} if isinstance(value, Mapping) else value


class _Reader:
    """Collects what is right and what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.values: dict[str, Any] = {}

    def read(self, data: Any) -> Layer:
        if not isinstance(data, Mapping):
            self.wrong((), _("sections such as “windows” are needed."))
            return Layer({})
        for section, given in data.items():
            if section in SECTIONS:
                self.section(str(section), given)
            elif section not in {"basis", "categories"}:
                self.wrong((str(section),), _("no such section."))
        return Layer(self.values, self.basis(data.get("basis", {})), self.categories(data.get("categories", [])))

    def wrong(self, path: tuple[str, ...], message: str) -> None:
        self.problems.append(Problem(path, message))

    def section(self, section: str, given: Any) -> None:
        if not isinstance(given, Mapping):
            self.wrong((section,), _("rules with their values are needed."))
            return
        for name, value in given.items():
            path = (section, str(name))
            if name not in SECTIONS[section]:
                self.wrong(path, _("no such rule."))
                continue
            try:
                self.values[f"{section}.{name}"] = _READ[section](str(name), value)
            except ValueError as wrong:
                self.wrong(path, str(wrong))

    def basis(self, given: Any) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        if not isinstance(given, Mapping):
            self.wrong(("basis",), _("rules with their basis in both languages are needed."))
            return found
        for rule, text in given.items():
            section, _dot, name = str(rule).partition(".")
            if name not in SECTIONS.get(section, {}):
                self.wrong(("basis", str(rule)), _("no such rule."))
            elif not isinstance(text, Mapping) or set(text) != set(LANGUAGES) or not all(text.values()):
                self.wrong(("basis", str(rule)), _("say it in both languages: en and zh."))
            else:
                found[str(rule)] = {language: str(text[language]) for language in LANGUAGES}
        return found

    def categories(self, given: Any) -> tuple[str, ...]:
        if not isinstance(given, list) or not all(
            isinstance(c, str) and 0 < len(c.strip()) <= LONGEST_CATEGORY for c in given
        ):
            self.wrong(("categories",), _("a list of category names is needed."))
            return ()
        return tuple(category.strip().lower() for category in given)


def _number(value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(_("a whole number of at least %(least)s is needed.") % {"least": least})
    return value


def _timer(name: str, value: Any) -> int:
    hours = _number(value, 1)
    if name in PARTY_TIMERS and hours < SHORTEST_PARTY_HOURS:
        raise ValueError(_("a party has at least %(hours)s hours.") % {"hours": SHORTEST_PARTY_HOURS})
    return hours


def _window(name: str, value: Any) -> Span:
    try:
        span = Span.read(value)
    except ValueError:
        raise ValueError(_("days such as 7d or hours such as 48h are needed.")) from None
    if not span.given and name not in BY_PROMISE:
        raise ValueError(_("at least one day or hour is needed."))
    return span


def _amounts(name: str, value: Any) -> dict[str, Decimal]:
    message = _('amounts by currency are needed, such as CNY: "50".')
    try:
        amounts = {str(c): Decimal(str(a)) for c, a in value.items()}
    except (InvalidOperation, AttributeError):
        raise ValueError(message) from None
    if not all(len(c) == 3 and c.isupper() and a.is_finite() and a >= 0 for c, a in amounts.items()):
        raise ValueError(message)
    if fine := [currency for currency, amount in amounts.items() if not is_exact(amount, currency)]:
        raise ValueError(_("%(currency)s has no such small amounts.") % {"currency": fine[0]})
    return amounts


def _count(name: str, value: Any) -> int:
    return _number(value, 0 if name in MAY_BE_NONE else 1)


def _choice(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in CHOICES[name].options:
        raise ValueError(_("one of these is needed: %(words)s.") % {"words": ", ".join(CHOICES[name].options)})
    return value


_READ = {"timers": _timer, "windows": _window, "thresholds": _amounts, "counts": _count, "choices": _choice}
