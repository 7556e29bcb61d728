"""Turn a notice's data into words, in the active language and time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.notices.kind import Sentences
from portal.notices.kinds import KINDS, WHO
from portal.notices.models import Notice
from portal.ui.amounts import say_money
from portal.ui.times import say_instant, say_short


@dataclass(frozen=True, slots=True)
class Worded:
    """A notice as its reader sees it."""

    subject: str
    line: str
    details: list[str]
    button: str


def in_every_language(text: str | Promise) -> dict[str, str]:
    """Say a translatable text in each of our languages, to be kept in a notice's data."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = str(text)
    return said


def word(notice: Notice) -> Worded:
    """Word a notice; of each sentence the first form for which the notice has all the data."""
    kind = KINDS[notice.kind]
    values = _values(notice.data)
    details = [text for sentences in kind.details if (text := _say(sentences, values))]
    return Worded(_say(kind.subject, values), _say(kind.line, values), details, str(kind.button))


def _say(sentences: Sentences, values: Mapping[str, str]) -> str:
    for sentence in sentences:
        try:
            return str(sentence) % values
        except KeyError:  # this form needs something the notice does not have
            continue
    return ""


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    """Prepare what sentences may name: texts in the reader's language, amount, deadline, who."""
    values = {name: _text(value) for name, value in data.items() if value not in (None, "", {})}
    if "amount" in values and "currency" in values:
        values["amount"] = say_money(Decimal(values["amount"]), values["currency"])
    if "due_at" in values:
        due = datetime.fromisoformat(values["due_at"])
        values["due"] = say_short(due)
        values["due_full"] = say_instant(due)
    role = values.get("actor_role")
    if role == "merchant" and "merchant" in values:
        values["who"] = values["merchant"]
    elif role:
        values["who"] = str(WHO.get(role, _("The platform")))
    return values


def _text(value: Any) -> str:
    if isinstance(value, dict):
        language = translation.get_language() or settings.LANGUAGE_CODE
        return str(value.get(language) or next(iter(value.values())))
    return str(value)
