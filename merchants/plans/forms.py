"""The plan editor as one form: scene, message, and one row of fields for each option."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderStage
from aftersales.policies.claims import SELLERS
from aftersales.policies.codes import WITH_COUPON, DisputeType, Reason, RemedyKind
from aftersales.policies.types import TYPES
from merchants.coupons.models import CouponTemplate
from merchants.plans.content import OptionContent, PlanContent, needs_amount
from merchants.plans.guard import LATEST, LONGEST, MOST_OPTIONS, OFFERABLE, SHORTEST, SOONEST, Problem
from merchants.plans.scripts import SCRIPT_LENGTH
from portal.ui.forms import MoneyInput, amount_keys

if TYPE_CHECKING:
    from merchants.models import Merchant

CURRENCIES = ("CNY", "USD", "EUR", "GBP", "BRL", "JPY", "KRW", "HKD", "SGD", "KWD", "BHD")
DEFAULT_STEP_HOURS = PlanContent().step_hours
KINDS = [(kind.value, kind.label) for kind in OFFERABLE]
PARTS = ("kind", "percent", "amount", "coupon", "step")
STEPS = [(1, _("at once")), (2, _("as second step")), (3, _("as third step")), (4, _("as fourth step"))]
_ROW = re.compile(r"option_(\d+)_kind")
_SEPARATORS = re.compile(r"[,，、;；\n]")
_PLAIN = ("name", "currency", "value_from", "value_to", "days_from", "days_to", "script_en", "script_zh", "step_hours")


def _many(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None: any.")
    )


def _amount(label: Any, currency: str) -> forms.DecimalField:
    field = forms.DecimalField(
        label=label, required=False, min_value=Decimal(0), max_digits=15, decimal_places=3, widget=MoneyInput
    )
    field.widget.currency = currency
    field.widget.attrs |= amount_keys(currency)
    return field


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=3650)


def _script(label: Any, language: str) -> forms.CharField:
    attrs = {"rows": 6, "lang": language}
    return forms.CharField(label=label, required=False, max_length=SCRIPT_LENGTH, widget=forms.Textarea(attrs=attrs))


class PlanForm(forms.Form):
    """What a plan says. Rows of options are fields `option_1_kind`, `option_1_percent` ... in order."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Only you and your colleagues see it."))
    types = _many(_("What is the case about?"), [(code, DisputeType(code).label) for code in TYPES])
    reasons = _many(_("For which reasons?"), [(r.value, r.label) for r in Reason if r not in SELLERS])
    stages = _many(_("Where is the order?"), OrderStage.choices)
    categories = forms.CharField(
        label=_("Which categories?"),
        required=False,
        max_length=1000,
        help_text=_("As they are named in your orders, separated by commas. None: any."),
    )
    days_from = _days(_("Days since delivery, at least"))
    days_to = _days(_("Days since delivery, at most"))
    script_en = _script(_("Message in English"), "en")
    script_zh = _script(_("Message in Chinese"), "zh-Hans")
    expires_hours = forms.IntegerField(
        label=_("Options stand for (hours)"), min_value=SHORTEST, max_value=LONGEST, initial=SHORTEST
    )
    step_hours = forms.IntegerField(
        label=_("The next step comes after (hours)"),
        required=False,
        min_value=SOONEST,
        max_value=LATEST,
        initial=DEFAULT_STEP_HOURS,
        help_text=_("Or as soon as the buyer turns down what there is. What was offered stands on beside it."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, merchant: "Merchant", name: str = "", content: PlanContent
    ) -> None:
        """Bind to what was posted, else show `content`."""
        super().__init__(data, initial=None if data is not None else _initial(name, content))
        currency = str(data.get("currency", content.currency)) if data is not None else content.currency
        sign = currency if currency in CURRENCIES else content.currency
        names = list(dict.fromkeys([content.currency, *CURRENCIES]))
        self.fields["currency"] = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in names])
        self.fields["value_from"] = _amount(_("Amount paid, at least"), sign)
        self.fields["value_to"] = _amount(_("Amount paid, at most"), sign)
        self.coupons = CouponTemplate.objects.filter(merchant=merchant).order_by("-active", "name")
        self.numbers = _row_numbers(data) if data is not None else list(range(1, len(content.options) + 1))
        for number in self.numbers:
            self._add_row(number, sign)

    def _add_row(self, number: int, currency: str) -> None:
        said = {"n": number}
        self.fields[f"option_{number}_kind"] = forms.ChoiceField(label=_("Option %(n)s") % said, choices=KINDS)
        self.fields[f"option_{number}_percent"] = forms.DecimalField(
            label=_("Percent of what was paid"), required=False, max_digits=5, decimal_places=2
        )
        self.fields[f"option_{number}_amount"] = _amount(_("or a fixed amount"), currency)
        self.fields[f"option_{number}_coupon"] = forms.ModelChoiceField(
            label=_("Coupon"), queryset=self.coupons, required=False, empty_label=_("Choose a coupon")
        )
        self.fields[f"option_{number}_step"] = forms.TypedChoiceField(
            label=_("Offered"), choices=STEPS, coerce=int, required=False, empty_value="1", initial=1
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of options with their fields and what can be done with each."""
        last = len(self.numbers)
        return [
            {"n": n, **{part: self[f"option_{n}_{part}"] for part in PARTS}, "first": n == 1, "last": n == last}
            for n in self.numbers
        ]

    @property
    def full(self) -> bool:
        """Whether no further option fits."""
        return len(self.numbers) >= MOST_OPTIONS

    def call_needed(self) -> None:
        """Show what a finished plan needs without "optional" beside it, though a draft may be saved without it."""
        self.use_required_attribute = False
        parts = {f"option_{number}_{part}" for number in self.numbers for part in PARTS}
        for name in {"script_en", "script_zh", *parts}:
            self.fields[name].required = True

    def picked(self) -> PlanContent:
        """Return what was entered, of a valid form."""
        given = self.cleaned_data
        plain = {name: given[name] for name in _PLAIN if name != "name"}
        plain["step_hours"] = plain["step_hours"] or DEFAULT_STEP_HOURS
        return PlanContent(
            types=tuple(given["types"]),
            reasons=tuple(given["reasons"]),
            stages=tuple(given["stages"]),
            categories=_split(given["categories"]),
            expires_hours=given["expires_hours"],
            options=tuple(self._option(number) for number in self.numbers),
            **plain,
        )

    def _option(self, number: int) -> OptionContent:
        """Read a row; what does not belong to its kind is left aside."""
        kind, percent, amount, coupon, step = (self.cleaned_data[f"option_{number}_{part}"] for part in PARTS)
        if not needs_amount(kind):
            percent = amount = None
        return OptionContent(kind, percent, amount, coupon if kind in WITH_COUPON else None, int(step))

    def show_problems(self, problems: list[Problem]) -> None:
        """Put what a guard found beside the fields."""
        for problem in problems:
            name = f"option_{problem.option}_{problem.field}" if problem.option else problem.field
            self.add_error(name if name in self.fields else None, problem.message)


def rearranged(data: QueryDict, do: str) -> QueryDict:
    """Return posted data with a row of options added (`add`), dropped (`drop-2`) or moved (`up-2`, `down-2`)."""
    rows = [{part: data.get(f"option_{n}_{part}", "") for part in PARTS} for n in _row_numbers(data)]
    verb, _dash, which = do.partition("-")
    at = int(which) - 1 if which.isdigit() else -1
    if verb == "add" and len(rows) < MOST_OPTIONS:
        rows.append(
            {"kind": RemedyKind.PARTIAL_REFUND, "percent": str(_unused(rows)), "amount": "", "coupon": ""}
            | {"step": rows[-1]["step"] if rows else "1"}
        )
    elif verb == "drop" and 0 <= at < len(rows):
        del rows[at]
    elif verb in {"up", "down"}:
        to = at - 1 if verb == "up" else at + 1
        if 0 <= at < len(rows) and 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
    return _with_rows(data, rows)


def _with_rows(data: QueryDict, rows: list[dict[str, str]]) -> QueryDict:
    result = data.copy()
    for name in [name for name in result if name.startswith("option_")]:
        del result[name]
    for number, row in enumerate(rows, 1):
        for part, value in row.items():
            result[f"option_{number}_{part}"] = value
    return result


def _unused(rows: list[dict[str, str]]) -> int:
    """A percentage that no row has yet, so that the new row is an option of its own."""
    taken = {row["percent"].removesuffix(".00") for row in rows}
    return next(percent for percent in (10, 20, 30, 40, 50, 60) if str(percent) not in taken)


def _row_numbers(data: QueryDict) -> list[int]:
    found = sorted(int(match[1]) for name in data if (match := _ROW.fullmatch(name)) and len(match[1]) < 3)
    return found[: MOST_OPTIONS + 1]


def _initial(name: str, content: PlanContent) -> dict[str, Any]:
    initial: dict[str, Any] = {field: getattr(content, field) for field in _PLAIN if field != "name"}
    initial |= {"name": name, "expires_hours": content.expires_hours, "seen": content.fingerprint}
    initial |= {field: list(getattr(content, field)) for field in ("types", "reasons", "stages")}
    initial["categories"] = ", ".join(content.categories)
    initial |= {field: _shown(initial[field]) for field in ("value_from", "value_to")}
    for number, option in enumerate(content.options, 1):
        initial |= {
            f"option_{number}_kind": option.kind,
            f"option_{number}_percent": _shown(option.percent),
            f"option_{number}_amount": _shown(option.amount),
            f"option_{number}_coupon": option.coupon.pk if option.coupon else None,
            f"option_{number}_step": option.step,
        }
    return initial


def _shown(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def _split(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip()[:100] for part in _SEPARATORS.split(text) if part.strip()))
