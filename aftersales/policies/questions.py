"""What each type of case asks its buyer beside words and pictures: only what decides it. Pure data, no queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from aftersales.policies.codes import DisputeType as T
from portal.money import is_exact

TEXT, CHOICE, DAY, AMOUNT, PERCENT = "text", "choice", "day", "amount", "percent"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `choices` as code and words. An answer is kept as text: a code, a day, an amount, a number."""

    name: str
    kind: str
    words: Any
    choices: tuple[tuple[str, Any], ...] = ()
    needed: bool = True


_YES_NO = (("yes", _("Yes")), ("no", _("No")))
_SINCE = Question("since", DAY, _("Since when?"))
_MISSING = Question("missing", TEXT, _("What is missing?"))

QUESTIONS: dict[str, tuple[Question, ...]] = {
    T.NOT_RECEIVED: (Question("asked_around", CHOICE, _("Did you ask neighbours and the pick-up point?"), _YES_NO),),
    T.REFUSED_DELIVERY: (Question("refused_on", DAY, _("When did you refuse the parcel?")),),
    T.EMPTY_PARCEL: (
        Question(
            "sealing",
            CHOICE,
            _("How was the parcel sealed when it came?"),
            (
                ("intact", _("As sent, unbroken")),
                ("opened", _("Opened or taped again")),
                ("unsure", _("I am not sure")),
            ),
        ),
    ),
    T.MISSING_ITEM: (_MISSING,),
    T.GIFT_OR_BUNDLE: (
        _MISSING,
        Question("gift_value", AMOUNT, _("What is it worth, by the listing?"), needed=False),
    ),
    T.WRONG_ITEM: (Question("got", TEXT, _("What came instead?")),),
    T.ARRIVED_DAMAGED: (
        Question(
            "box",
            CHOICE,
            _("How did the box look?"),
            (("damaged", _("Damaged")), ("intact", _("Intact")), ("none", _("There was none"))),
        ),
    ),
    T.PERISHED: (Question("share", PERCENT, _("How much of it is spoiled, in percent?")),),
    T.QUALITY_HIDDEN: (_SINCE,),
    T.WARRANTY_REPAIR: (_SINCE,),
    T.COUNTERFEIT: (
        Question(
            "known_by",
            CHOICE,
            _("How do you know?"),
            (
                ("brand", _("The brand says so")),
                ("test", _("A test or inspection says so")),
                ("compared", _("I compared it with a genuine one")),
                ("looks", _("It looks and feels wrong")),
            ),
        ),
    ),
    T.FOOD_SAFETY: (
        Question("harm", CHOICE, _("Did anybody fall ill?"), _YES_NO),
        Question("loss", AMOUNT, _("What did it cost you: treatment, tests?"), needed=False),
    ),
    T.SIZE_OR_FIT: (Question("fits", TEXT, _("Which size would fit?")),),
    T.PRICE_DROP: (
        Question("price_seen", AMOUNT, _("What does one piece cost now?")),
        Question("seen_on", DAY, _("On which day did you see it?")),
    ),
    T.FREIGHT: (
        Question(
            "leg",
            CHOICE,
            _("Which way?"),
            (("there", _("From the seller to me")), ("back", _("From me to the seller, for a return"))),
        ),
        Question("freight_paid", AMOUNT, _("What did you pay for the shipping?")),
    ),
    T.INVOICE: (Question("title", TEXT, _("To whom should the invoice be made out?")),),
    T.INSTALL_OR_SERVICE: (Question("agreed_on", DAY, _("Which day was agreed?")),),
    T.PROMISE_BREACH: (Question("promise", TEXT, _("What did the seller promise?")),),
    T.REFUND_NOT_PAID: (Question("agreed_on", DAY, _("When was the refund agreed?")),),
}


class WrongAnswer(ValueError):
    """An answer that its question cannot take; `name` is the question's."""

    def __init__(self, name: str, message: Any) -> None:
        super().__init__(str(message))
        self.name = name


def read_answers(type: str, given: Mapping[str, Any], *, today: date, currency: str = "") -> dict[str, str]:
    """Return the answers to a type's questions as they are kept; empty ones are left out. Amounts are of `currency`.

    Raises WrongAnswer for a question that the type does not ask, and for an answer of another kind.
    """
    asked = {question.name: question for question in QUESTIONS.get(type, ())}
    kept: dict[str, str] = {}
    for name, value in given.items():
        if name not in asked:
            raise WrongAnswer(name, _("This kind of case does not ask that."))
        text = str(value).strip() if value is not None else ""
        if text:
            kept[name] = _read(asked[name], text, today)
            if currency and asked[name].kind == AMOUNT and not is_exact(Decimal(kept[name]), currency):
                raise WrongAnswer(name, _("The amount has more decimals than the currency."))
    return kept


def said(type: str, answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Say question and answer in the reader's language; amounts are left as numbers."""
    return [
        (str(question.words), _say(question, answers[question.name]))
        for question in QUESTIONS.get(type, ())
        if question.name in answers
    ]


def _read(question: Question, text: str, today: date) -> str:
    try:
        return _READERS[question.kind](question, text, today)
    except (ValueError, InvalidOperation) as wrong:
        raise WrongAnswer(question.name, _WANTED[question.kind]) from wrong


def _text(question: Question, text: str, today: date) -> str:
    if len(text) > LONGEST or "\x00" in text:
        raise ValueError(text)
    return text


def _choice(question: Question, text: str, today: date) -> str:
    if text not in dict(question.choices):
        raise ValueError(text)
    return text


def _day(question: Question, text: str, today: date) -> str:
    day = date.fromisoformat(text)
    if day > today:
        raise ValueError(text)
    return day.isoformat()


def _amount(question: Question, text: str, today: date) -> str:
    amount = Decimal(text)
    if not amount.is_finite() or not 0 <= amount < 10**12:
        raise ValueError(text)
    return format(amount, "f")


def _percent(question: Question, text: str, today: date) -> str:
    if not 1 <= int(text) <= 100:
        raise ValueError(text)
    return str(int(text))


_READERS = {TEXT: _text, CHOICE: _choice, DAY: _day, AMOUNT: _amount, PERCENT: _percent}
_WANTED = {
    TEXT: _("At most 200 characters, please."),
    CHOICE: _("Choose one of the answers."),
    DAY: _("A day up to today is needed, such as 2026-11-20."),
    AMOUNT: _("An amount is needed, such as 12.50."),
    PERCENT: _("A whole number from 1 to 100 is needed."),
}


def _say(question: Question, answer: str) -> str:
    if question.kind == CHOICE:
        return str(dict(question.choices).get(answer, answer))
    if question.kind == DAY:
        return date_format(date.fromisoformat(answer))
    return f"{answer} %" if question.kind == PERCENT else answer
