from decimal import Decimal
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.buyers.situations import OTHER, SITUATIONS
from aftersales.buyers.wizard import Wizard
from aftersales.disputes.bounds import Bounds
from aftersales.disputes.eligibility import Claim, check_claim, check_wish
from aftersales.disputes.errors import RuleBroken
from aftersales.policies.codes import COMPUTED, FULL, WITH_CASH, DisputeType, Reason, RemedyKind
from aftersales.policies.questions import LONGEST, QUESTIONS, Question, WrongAnswer, read_answers
from aftersales.policies.types import TYPES
from portal.ui.amounts import say_money
from portal.ui.forms import DayField, MoneyFormField, NoteField


class StepForm(forms.Form):
    """One page of the wizard."""

    def __init__(self, *args: Any, wizard: Wizard, now: Any, **kwargs: Any) -> None:
        self.wizard, self.now = wizard, now
        kwargs["initial"] = wizard.answers
        super().__init__(*args, **kwargs)

    def answers(self) -> dict[str, Any]:
        """What the draft keeps of this page."""
        return {name: str(v) if isinstance(v, Decimal) else v for name, v in self.cleaned_data.items()}


class WhatForm(StepForm):
    """What happened?"""

    what = forms.ChoiceField(label=gettext_lazy("What happened?"), widget=forms.RadioSelect)
    other = forms.ChoiceField(label=gettext_lazy("If something else: what comes closest?"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stage = self.wizard.stage
        choices = [(s.code, s.words) for s in SITUATIONS[stage]]
        self.fields["what"].choices = [*choices, (OTHER, _("Something else"))]  # type: ignore[attr-defined]
        others = [
            (f"{code}:{reason}", f"{DisputeType(code).label} · {Reason(reason).label}")
            for code, rule in TYPES.items()
            if stage in rule.stages
            for reason in rule.reasons
        ]
        self.fields["other"].choices = [("", "—"), *others]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Hold the situation against windows and stages, where it is clear which line it is about."""
        given = super().clean() or {}
        what, other = given.get("what", ""), given.get("other", "")
        if what == OTHER and not other:
            raise forms.ValidationError({"other": _("Choose what comes closest.")})
        code = other.partition(":")[0] if what == OTHER else self._type(what)
        lines = [line for line, _q in self.wizard.chosen] or self.wizard.free_lines
        if code and lines:
            broken = [reason for line in lines if (reason := self._broken(line, code))]
            if len(broken) == len(lines):
                raise forms.ValidationError({"what": broken[0]})
        return given

    def _type(self, what: str) -> str:
        return next((s.type for s in SITUATIONS[self.wizard.stage] if s.code == what), "")

    def _broken(self, line: Any, code: str) -> str:
        try:
            check_claim(Claim(line, 1), code, rules=self.wizard.rules(line), now=self.now)
        except RuleBroken as broken:
            return broken.message
        return ""


class ItemsForm(StepForm):
    """Which items, and how many of each?"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = dict(self.wizard.answers.get("items") or [])
        for line in self.wizard.lines:
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=line.title or line.sku,
                min_value=0,
                max_value=line.free_quantity,
                initial=before.get(line.line_ref, 0),
                required=False,
                disabled=not line.free_quantity,
                help_text=_("%(free)s of %(all)s can be claimed") % {"free": line.free_quantity, "all": line.quantity},
            )

    def clean(self) -> dict[str, Any]:
        """At least one piece, and each line within the rules of the type."""
        given = super().clean() or {}
        if not any(given.values()):
            raise forms.ValidationError(_("Say how many pieces of which item it is about."))
        for line in self.wizard.lines:
            if quantity := given.get(f"line_{line.pk}"):
                try:
                    check_claim(Claim(line, quantity), self.wizard.type, rules=self.wizard.rules(line), now=self.now)
                except RuleBroken as broken:
                    self.add_error(f"line_{line.pk}", broken.message)
        return given

    def answers(self) -> dict[str, Any]:
        """Line references and quantities."""
        chosen = [(line.line_ref, self.cleaned_data.get(f"line_{line.pk}")) for line in self.wizard.lines]
        return {"items": [[ref, quantity] for ref, quantity in chosen if quantity]}


class WishForm(StepForm):
    """What would you like, with the most that can be had."""

    wants = forms.ChoiceField(label=gettext_lazy("What would you like?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most, beyond, currency = self.wizard.most().total, self.wizard.beyond(), self.wizard.order.currency
        self.fields["wants"].choices = [  # type: ignore[attr-defined]
            (kind.value, _wish_words(kind, most, beyond, currency)) for kind in self.wizard.wants()
        ]
        self.fields["wants"].help_text = " ".join(self.wizard.postage())
        if RemedyKind.PARTIAL_REFUND in self.wizard.rule.wants:
            self.fields["amount"] = MoneyFormField(
                label=_("If a part refund: how much?"), currency=currency, most=most, required=False
            )

    def clean(self) -> dict[str, Any]:
        """Hold wish and amount against the rules."""
        given = super().clean() or {}
        if given.get("wants") and given["wants"] not in COMPUTED and not self.errors:
            try:
                check_wish(
                    given["wants"],
                    given.get("amount"),
                    code=self.wizard.type,
                    bounds=Bounds(self.wizard.most().total, self.wizard.beyond()),
                    currency=self.wizard.order.currency,
                )
            except RuleBroken as broken:
                self.add_error(broken.field if broken.field in self.fields else None, broken.message)
        return given


def _wish_words(kind: RemedyKind, most: Decimal, beyond: Decimal, currency: str) -> str:
    if kind in COMPUTED:
        return _("%(remedy)s: worked out from your answers on the next page") % {"remedy": kind.label}
    if kind == RemedyKind.COMPENSATION:
        words = {"refund": say_money(most, currency), "beyond": say_money(beyond, currency)}
        return _("Refund of %(refund)s and up to %(beyond)s in compensation") % words
    words = {"remedy": str(kind.label), "amount": say_money(most, currency)}
    if kind in FULL:
        return _("%(remedy)s: %(amount)s") % words
    return _("%(remedy)s: up to %(amount)s") % words if kind in WITH_CASH else str(kind.label)


class TellForm(StepForm):
    """The questions of this kind of case, then the buyer's own words."""

    statement = NoteField(label=gettext_lazy("What should the seller know?"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = self.wizard.answers.get("answers") or {}
        asked = {q.name: _field(q, before.get(q.name, ""), self.wizard.order.currency) for q in self.questions}
        self.fields = {**asked, **self.fields}

    @property
    def questions(self) -> tuple[Question, ...]:
        """What this kind of case asks."""
        return QUESTIONS.get(self.wizard.type, ())

    def clean(self) -> dict[str, Any]:
        """Hold the answers against their questions."""
        given = super().clean() or {}
        for question in self.questions:
            try:
                read_answers(self.wizard.type, {question.name: given.get(question.name)}, today=localdate(self.now))
            except WrongAnswer as wrong:
                self.add_error(wrong.name, str(wrong))
        return given

    def answers(self) -> dict[str, Any]:
        """The words, and the answers by question."""
        given = {q.name: self.cleaned_data.get(q.name) for q in self.questions}
        kept = read_answers(self.wizard.type, given, today=localdate(self.now))
        return {"statement": self.cleaned_data["statement"], "answers": kept}


def _field(question: Question, before: str, currency: str) -> forms.Field:
    missing = {"required": gettext_lazy("Answer this question: it decides the case.")}
    how: dict[str, Any] = {
        "label": question.words,
        "initial": before,
        "error_messages": missing,
        "required": question.needed,
    }
    match question.kind:
        case "choice":
            return forms.ChoiceField(choices=question.choices, widget=forms.RadioSelect, **how)
        case "day":
            return DayField(**how)
        case "amount":
            return MoneyFormField(currency=currency, **how)
        case "percent":
            return forms.IntegerField(min_value=1, max_value=100, **how)
    return forms.CharField(max_length=LONGEST, **how)


class CheckForm(StepForm):
    """Nothing more to ask."""


FORMS: dict[str, type[StepForm]] = {
    "what": WhatForm,
    "items": ItemsForm,
    "wish": WishForm,
    "tell": TellForm,
    "check": CheckForm,
}
