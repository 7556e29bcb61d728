"""The way to a case: one question a page, every answer kept, nothing asked that the order already knows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from aftersales.buyers.models import Draft
from aftersales.buyers.situations import OTHER, situation
from aftersales.disputes.amounts import Most, beyond_of, most_of
from aftersales.disputes.codes import Role
from aftersales.disputes.eligibility import Claim, type_rule
from aftersales.disputes.pages.postage import points_of
from aftersales.disputes.repricing import Repriced
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.codes import WITH_RETURN, RemedyKind
from aftersales.policies.rules import Rules
from aftersales.policies.types import TypeRule
from merchants.promises.services import Standing
from portal.money import ZERO

STEPS = {
    "what": _("What happened?"),
    "items": _("Which items?"),
    "wish": _("What would you like?"),
    "tell": _("Tell us more"),
    "check": _("Check your answers"),
}


@dataclass(slots=True)
class Wizard:
    """One order's draft, with what follows from the answers so far."""

    order: Order
    draft: Draft
    stands: Standing  # the packs of today, the promises of the purchase

    def rules(self, line: OrderLine) -> Rules:
        """The rules that apply to a line."""
        return self.stands.rules(self.order, line.category)

    @property
    def answers(self) -> dict[str, Any]:
        """What has been answered: what, other, items, wants, amount, statement, files."""
        return dict(self.draft.answers)

    @property
    def lines(self) -> list[OrderLine]:
        """The order's lines."""
        return list(self.order.lines.all())

    @property
    def free_lines(self) -> list[OrderLine]:
        """The lines a case can be about."""
        return [line for line in self.lines if line.free_quantity]

    @property
    def stage(self) -> str:
        """The stage that decides which situations can have happened: that of the line chosen, else of the first."""
        chosen = self.chosen
        first = chosen[0][0] if chosen else (self.free_lines or self.lines)[0]
        return first.stage

    @property
    def chosen(self) -> list[tuple[OrderLine, int]]:
        """The items of the case; those of a one-item order are known without asking."""
        items = self.draft.answers.get("items")
        if not items:
            only = self.free_lines if len(self.lines) == 1 and self.lines[0].quantity == 1 else []
            return [(line, 1) for line in only]
        by_ref = {line.line_ref: line for line in self.lines}
        return [(by_ref[ref], quantity) for ref, quantity in items if ref in by_ref]

    @property
    def type(self) -> str:
        """The dispute type that the answers come to."""
        return self._kind()[0]

    @property
    def reason(self) -> str:
        """The reason code that the answers come to."""
        return self._kind()[1]

    @property
    def rule(self) -> TypeRule:
        """The rule of that type. Raises RuleBroken before the first answer."""
        return type_rule(self.type)

    @property
    def amount(self) -> Decimal | None:
        """The amount asked for, where the wish is a part refund."""
        given = self.draft.answers.get("amount")
        return Decimal(given) if given not in {None, "", "None"} else None

    def most(self) -> Most:
        """The most that can be refunded for the items as far as the answers tell, and its arithmetic."""
        claims = [Claim(line, q) for line, q in self.chosen]
        if not claims:
            return Most(Repriced([]), ZERO, ())
        rules = [self.rules(claim.line) for claim in claims]
        return most_of(self.order, claims, rules, type=self.type, answers=self.answers.get("answers") or {})

    def postage(self) -> list[str]:
        """Say who pays for sending the items back, where that can be asked for."""
        if not WITH_RETURN & set(self.rule.wants):
            return []
        rules = self.rules(self.chosen[0][0])
        payer = rules.return_payer(remorse=self.rule.remorse)
        return points_of(payer, rules, self.order.currency, Role.BUYER)

    def beyond(self) -> Decimal:
        """What the rules give beyond the refund, as far as the answers so far tell; in the order's currency."""
        claims = [Claim(line, q) for line, q in self.chosen]
        rules, answers = self.rules(claims[0].line), self.answers.get("answers") or {}
        found = beyond_of(claims, rules, self.order.currency, type=self.type, reason=self.reason, answers=answers)
        return found.amount if found else ZERO

    def wants(self) -> list[RemedyKind]:
        """What can be asked for: compensation only where the rules give any."""
        beyond = self.beyond()
        return [kind for kind in self.rule.wants if kind != RemedyKind.COMPENSATION or beyond]

    def steps(self) -> list[str]:
        """The pages of this case: the items page is skipped where there is nothing to choose."""
        single = len(self.lines) == 1 and self.lines[0].quantity == 1
        return [s for s in STEPS if not (s == "items" and single)]

    def first_open(self) -> str:
        """The first page that still wants an answer."""
        done = {
            "what": bool(self.type),
            "items": bool(self.chosen),
            "wish": bool(self.draft.answers.get("wants")),
            "tell": "statement" in self.draft.answers,
            "check": False,
        }
        return next(step for step in self.steps() if not done[step])

    def reachable(self, step: str) -> bool:
        """Whether a page's turn has come: all before it are answered."""
        steps = self.steps()
        return step in steps and steps.index(step) <= steps.index(self.first_open())

    def after(self, step: str) -> str:
        """The page after one: back to the check page once everything is answered."""
        if self.first_open() == "check":
            return "check"
        steps = self.steps()
        return steps[min(steps.index(step) + 1, len(steps) - 1)]

    def save(self, *, now: datetime, **answers: Any) -> None:
        """Keep answers; another situation takes back the wish that belonged to the old one."""
        if answers.get("what") not in {None, self.draft.answers.get("what")}:
            self.draft.answers.pop("wants", None)
            self.draft.answers.pop("amount", None)
            if self.draft.answers.pop("answers", None) is not None:  # its questions belonged to the old situation
                self.draft.answers.pop("statement", None)
        self.draft.answers |= answers
        self.draft.updated_at = now
        self.draft.save()

    def _kind(self) -> tuple[str, str]:
        what = self.draft.answers.get("what", "")
        if what == OTHER:
            kind, _sep, reason = self.draft.answers.get("other", "").partition(":")
            return kind, reason
        found = situation(self.stage, what)
        return (found.type, found.reason) if found else ("", "")
