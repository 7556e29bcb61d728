"""What changes between two versions of a pack: each value with its words, before and after, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from aftersales.policies.layers import Layer
from aftersales.policies.rules import Rules
from aftersales.policies.values import CHOICES, SECTIONS, Span, rule_words

LANGUAGES = {"en": "en", "zh": "zh-hans"}


@dataclass(frozen=True, slots=True)
class Words:
    """A change in one language."""

    rule: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs, in words of both languages."""

    path: str
    en: Words
    zh: Words


def changes(before: Layer | None, after: Layer, *, below: Rules) -> list[Change]:
    """List what differs, in the order of the rules; what a version does not say is what stands `below` it."""
    old = before or Layer({})
    found = []
    for path in [f"{section}.{name}" for section, names in SECTIONS.items() for name in names]:
        was, will = (layer.values.get(path, below.value(path)) for layer in (old, after))
        if was != will:
            found.append(_change(path, was, will))
        elif old.basis.get(path) != after.basis.get(path) and path in after.values:
            found.append(_rebased(path, old.basis.get(path, {}), after.basis.get(path, {})))
    if set(old.categories) != set(after.categories):
        found.append(_categories(old.categories, after.categories))
    return found


def _change(path: str, was: Any, will: Any) -> Change:
    return _both(path, lambda: Words(str(rule_words(path)), say(path, was), say(path, will)))


def _rebased(path: str, was: Mapping[str, str], will: Mapping[str, str]) -> Change:
    def words(key: str) -> Words:
        rule = _("Legal basis: %(rule)s") % {"rule": rule_words(path)}
        return Words(rule, was.get(key, "–"), will.get(key, "–"))

    made = {}
    for key, language in LANGUAGES.items():
        with translation.override(language):
            made[key] = words(key)
    return Change(f"basis.{path}", made["en"], made["zh"])


def _categories(was: tuple[str, ...], will: tuple[str, ...]) -> Change:
    return _both("categories", lambda: Words(_("Categories of goods"), ", ".join(was) or "–", ", ".join(will) or "–"))


def _both(path: str, words: Any) -> Change:
    made = {}
    for key, language in LANGUAGES.items():
        with translation.override(language):
            made[key] = words()
    return Change(path, made["en"], made["zh"])


def say(path: str, value: Any) -> str:
    """Say a value in the reader's language."""
    section, _dot, name = path.partition(".")
    if section == "choices":
        return str(CHOICES[name].options[value])
    if section == "timers":
        return Span(value, "h").words()
    if isinstance(value, Span):
        return value.words()
    if isinstance(value, Mapping):
        return ", ".join(f"{currency} {amount}" for currency, amount in value.items()) or "–"
    return str(value)
