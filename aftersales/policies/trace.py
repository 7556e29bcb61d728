"""Decision trace: which rule of which version fired on which facts, and the one fact that would have changed it.

A decision leaves a `Step` (codes and facts, no words) in the event's data under `why`; `say` puts it into the reader's
language. Whoever decides something new adds its sentences to `SENTENCES` and calls `Step.of`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from aftersales.policies.codes import BuyerTier, DisputeType, MerchantBand
from aftersales.policies.rules import Rules
from aftersales.policies.values import CHOICES, Span, plain_words
from portal.ui.amounts import say_money
from portal.ui.times import say_instant


class Sentence(NamedTuple):
    """What a decision says, and the one fact that would have changed it; placeholders are the step's facts."""

    said: Any
    otherwise: Any = ""


# Facts by how their name ends: `_at` an instant, `_amount` money in `currency`, `_span` a span, `_payer` who pays;
# `type` is a dispute type, `tier` a buyer's, `band` a seller's. Everything else is written as it is.
SENTENCES: dict[str, Sentence] = {
    "window_open": Sentence(
        gettext_lazy("“%(type)s” could be filed until %(until_at)s: %(window_span)s, counted from %(start_at)s."),
        gettext_lazy("After %(until_at)s it would have been refused."),
    ),
    "window_none": Sentence(gettext_lazy("“%(type)s” has no last day at this stage of the order.")),
    "no_reason_allowed": Sentence(
        gettext_lazy("These goods can be returned without reason."),
        gettext_lazy("Goods that the law excludes, such as custom-made or fresh ones, could not."),
    ),
    "no_reason_unconfirmed": Sentence(
        gettext_lazy("These goods can be returned without reason: the buyer did not confirm an exclusion when buying."),
        gettext_lazy("Had the buyer confirmed it when buying, a return without reason would have been excluded."),
    ),
    "amount_all": Sentence(
        gettext_lazy("At most %(most_amount)s can be refunded: what was paid for these pieces and for sending them."),
        gettext_lazy("Without a fault, the cost of sending the goods would not have been part of it."),
    ),
    "amount_goods": Sentence(
        gettext_lazy("At most %(most_amount)s can be refunded: what was paid for these pieces without sending them."),
        gettext_lazy("With a fault of the goods, the cost of sending them would have been part of it."),
    ),
    "amount_repriced": Sentence(
        gettext_lazy(
            "A discount depended on these goods. What is kept is settled at the prices of the purchase: "
            "%(changed_amount)s less."
        ),
        gettext_lazy("With a fault of the goods, no discount would be lost."),
    ),
    "amount_restored": Sentence(
        gettext_lazy(
            "Of a discount that earlier returns lost, %(changed_amount)s comes back: nothing is kept that it was "
            "charged for."
        ),
        gettext_lazy("Had all been returned at once, the sum would be the same."),
    ),
    "gift_deducted": Sentence(
        gettext_lazy("A gift came with these goods and is kept: %(changed_amount)s less, what it is worth."),
        gettext_lazy(
            "Once the gift is sent back, too, this is paid as well; with a fault of the goods, nothing is deducted."
        ),
    ),
    "gift_restored": Sentence(
        gettext_lazy("A gift that was kept comes back: the %(changed_amount)s deducted for it is added again."),
        gettext_lazy("Had it been sent back with the goods, the sum would be the same."),
    ),
    "amount_withdrawal": Sentence(
        gettext_lazy("At most %(most_amount)s can be refunded: what was paid for these pieces and for sending them."),
        gettext_lazy("Had more than the standard delivery been chosen, the extra cost would not be part of it."),
    ),
    "amount_difference": Sentence(
        gettext_lazy("At most %(most_amount)s can be refunded: the price paid less the price seen, for each piece."),
        gettext_lazy("A lower price seen would have made it more."),
    ),
    "amount_freight": Sentence(
        gettext_lazy("At most %(most_amount)s can be refunded: what was paid for sending these pieces."),
        gettext_lazy("With a fault of the goods themselves, their price could be refunded too: choose what is wrong."),
    ),
    "amount_gift": Sentence(
        gettext_lazy("At most %(most_amount)s can be refunded: what the gift is worth by the listing."),
        gettext_lazy("A gift worth more by the listing would have made it more."),
    ),
    "freight_back": Sentence(
        gettext_lazy(
            "At most %(most_amount)s can be given back for sending the goods back: what was paid, up to "
            "%(limit_amount)s."
        ),
        gettext_lazy("A receipt of less would have made it less."),
    ),
    "compensation_times": Sentence(
        gettext_lazy(
            "Beyond the refund, up to %(most_amount)s can be claimed: %(times)s times the %(base_amount)s paid for "
            "the goods."
        ),
        gettext_lazy("Unless it is proven or the seller agrees, only what was paid is given back."),
    ),
    "compensation_loss": Sentence(
        gettext_lazy(
            "Beyond the refund, up to %(most_amount)s can be claimed: %(times)s times the loss of %(base_amount)s."
        ),
        gettext_lazy("A smaller loss would have been counted by the price of the goods instead."),
    ),
    "compensation_least": Sentence(
        gettext_lazy(
            "Beyond the refund, up to %(least_amount)s can be claimed: the legal minimum, which is more than "
            "%(times)s times %(base_amount)s."
        ),
        gettext_lazy("With a higher price, so many times the price would have counted."),
    ),
    "freight_remorse": Sentence(
        gettext_lazy("If the goods go back, sending them is paid by %(freight_payer)s."),
        gettext_lazy("Had the goods been faulty, it would be paid by %(other_payer)s."),
    ),
    "freight_fault": Sentence(
        gettext_lazy("If the goods go back, sending them is paid by %(freight_payer)s."),
        gettext_lazy("Had the goods been fine, it would be paid by %(other_payer)s."),
    ),
    "claim_open": Sentence(
        gettext_lazy("The seller could open this until %(until_at)s: %(window_span)s, counted from %(start_at)s."),
        gettext_lazy("After %(until_at)s it would have been refused."),
    ),
    "claim_most": Sentence(
        gettext_lazy("At most %(most_amount)s can be claimed: what was refunded for these pieces."),
        gettext_lazy("Had less been refunded, less could be claimed."),
    ),
    "clock_claim": Sentence(
        gettext_lazy("The buyer has %(hours)s hours to answer. Silence passes the case to the platform."),
        gettext_lazy("Only the buyer's agreement or a decision of the platform can find against the buyer."),
    ),
    "recall_open": Sentence(
        gettext_lazy("The goods are recalled. The choice is open until %(until_at)s: %(window_span)s."),
        gettext_lazy("Without the recall only the usual rights would apply."),
    ),
    "clock_answer": Sentence(
        gettext_lazy("The seller has %(hours)s hours to answer."),
        gettext_lazy("Another request, or another stage of the order, would have set another time."),
    ),
    "clock_after_offers": Sentence(
        gettext_lazy("If no offer of the seller's plan is accepted, the seller has %(hours)s hours to answer."),
        gettext_lazy("Without a plan of the seller these hours would have begun at once."),
    ),
    "clock_promised": Sentence(
        gettext_lazy(
            "The seller has %(hours)s hours to answer. Silence refunds: the seller promised it for damaged goods."
        ),
        gettext_lazy("Without the promise, silence would not have refunded anything."),
    ),
    "clock_return_above": Sentence(
        gettext_lazy("The seller has %(hours)s hours to answer. Above %(limit_amount)s silence asks for a return."),
        gettext_lazy("Up to %(limit_amount)s, silence would have passed the case to the platform."),
    ),
    "clock_review": Sentence(
        gettext_lazy("The seller has %(hours)s hours to answer. Silence passes the case to the platform."),
        gettext_lazy("With goods that have arrived and can be sent back, silence could have asked for a return."),
    ),
    "clock_review_below": Sentence(
        gettext_lazy("The seller has %(hours)s hours to answer. Silence passes the case to the platform."),
        gettext_lazy("Above %(limit_amount)s, silence would have asked for a return."),
    ),
    "instant_refund": Sentence(
        gettext_lazy(
            "Refunded at once: not shipped, paid within the last %(hours)s hours, not more than %(limit_amount)s."
        ),
        gettext_lazy("Had it been shipped, the seller would have been asked first."),
    ),
    "instant_bounded": Sentence(
        gettext_lazy("Not refunded at once: how much a buyer gets back at once has its bounds. The seller answers."),
        gettext_lazy("The right to the refund is the same; it only takes an answer."),
    ),
    "instant_watched": Sentence(
        gettext_lazy("Not refunded at once: instant refunds are not given in the tier “%(tier)s”. The seller answers."),
        gettext_lazy("In any other tier it would have been refunded at once. The right to the refund is the same."),
    ),
    "instant_quota": Sentence(
        gettext_lazy(
            "Not refunded at once: in the tier “%(tier)s” %(quota_amount)s can be on its way at a time, and "
            "%(used_amount)s are."
        ),
        gettext_lazy("Once earlier refunds are paid, it would have been refunded at once."),
    ),
    "instant_tier": Sentence(
        gettext_lazy("The buyer's tier was “%(tier)s”: instant refunds of up to %(quota_amount)s at a time."),
        gettext_lazy("As a “watched” buyer the seller would have been asked first."),
    ),
    "band_autonomy": Sentence(
        gettext_lazy("The seller's band was “%(band)s”: at any amount, silence asks for the goods back."),
        gettext_lazy("In another band, silence would have passed the case to the platform up to %(limit_amount)s."),
    ),
    "tier_new": Sentence(
        gettext_lazy("You have %(paid_orders)s paid orders."),
        gettext_lazy("From %(regular_orders)s paid orders on you are a regular buyer."),
    ),
    "tier_regular_orders": Sentence(
        gettext_lazy("You have %(paid_orders)s paid orders."),
        gettext_lazy("From %(trusted_orders)s paid orders on, without findings, you are a trusted buyer."),
    ),
    "tier_regular_findings": Sentence(
        gettext_lazy("You have %(paid_orders)s paid orders, and %(findings)s finding is on record."),
        gettext_lazy("Without the finding you would be a trusted buyer."),
    ),
    "tier_regular_refunds": Sentence(
        gettext_lazy(
            "Of a hundred of your orders %(refund_percent)s were refunded; up to %(most_percent)s is usual for such "
            "goods."
        ),
        gettext_lazy("With fewer refunds you would be a trusted buyer."),
    ),
    "tier_trusted": Sentence(
        gettext_lazy("You have %(paid_orders)s paid orders, no findings, and no more refunds than is usual."),
        gettext_lazy("With %(watched_findings)s findings you would be watched."),
    ),
    "tier_watched": Sentence(
        gettext_lazy("%(findings)s findings are on record: you agreed to them, or the platform found them."),
        gettext_lazy("With fewer than %(watched_findings)s findings instant refunds would be open to you again."),
    ),
    "band_watched": Sentence(
        gettext_lazy("Of a hundred cases you lost or left unanswered %(lost_percent)s."),
        gettext_lazy("Below %(watched_lost_percent)s you would be in the standard band."),
    ),
    "band_standard_orders": Sentence(
        gettext_lazy("You had %(orders)s orders."),
        gettext_lazy("From %(excellent_orders)s orders on the excellent band is open to you."),
    ),
    "band_standard_lost": Sentence(
        gettext_lazy("Of a hundred cases you lost or left unanswered %(lost_percent)s."),
        gettext_lazy("With no more than %(excellent_lost_percent)s you would be in the excellent band."),
    ),
    "band_excellent": Sentence(
        gettext_lazy("Of a hundred cases you lost or left unanswered %(lost_percent)s, over %(orders)s orders."),
        gettext_lazy("Above %(excellent_lost_percent)s you would be in the standard band."),
    ),
    "instant_too_late": Sentence(
        gettext_lazy("Not refunded at once: it was paid on %(paid_at)s, more than %(hours)s hours before."),
        gettext_lazy("Within %(hours)s hours after paying it would have been refunded at once."),
    ),
    "instant_too_much": Sentence(
        gettext_lazy("Not refunded at once: it is about more than %(limit_amount)s."),
        gettext_lazy("Up to %(limit_amount)s it would have been refunded at once."),
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: the sentence's code, the rule (`windows.visible`), who set it, and the facts, all as plain text."""

    code: str
    rule: str
    source: str
    facts: Mapping[str, str]
    basis: Mapping[str, str]

    @classmethod
    def of(cls, code: str, rules: Rules, rule: str, **facts: Any) -> "Step":
        """Record that a rule fired on facts: instants, decimals, numbers, codes. No rule: the law's own principle."""
        basis = rules.basis.get(rule, {})
        return cls(
            code, rule, str(rules.source(rule)) if rule else "", {k: _written(v) for k, v in facts.items()}, basis
        )

    def dump(self) -> dict[str, Any]:
        """Write for the event's data."""
        data = {"code": self.code, "rule": self.rule, "source": self.source, "facts": dict(self.facts)}
        return data | ({"basis": dict(self.basis)} if self.basis else {})

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Step":
        """Read what `dump` wrote."""
        return cls(data["code"], data["rule"], data["source"], data["facts"], data.get("basis", {}))


@dataclass(frozen=True, slots=True)
class Said:
    """A step in the reader's language."""

    text: str
    otherwise: str
    rule: str
    basis: str


def say(step: Step) -> Said:
    """Put a step into words. One whose sentence is not known any more is shown by its rule alone."""
    sentence = SENTENCES.get(step.code, Sentence(""))
    facts = {name: _read(name, value, step.facts) for name, value in step.facts.items()}
    return Said(str(sentence.said) % facts, str(sentence.otherwise) % facts, _rule(step), in_language(step.basis))


def _rule(step: Step) -> str:
    if not step.rule:
        return ""
    words = {"rule": plain_words(step.rule), "source": step.source}
    if step.source.startswith("promise "):
        return _("%(rule)s, the seller's %(source)s") % words
    return _("%(rule)s, rule pack %(source)s") % words


def in_language(text: Mapping[str, str]) -> str:
    """Return a text of both languages in the reader's."""
    return text.get("zh" if (get_language() or "").startswith("zh") else "en", "")


_LABELS: Mapping[str, type[DisputeType] | type[BuyerTier] | type[MerchantBand]] = {
    "type": DisputeType,
    "tier": BuyerTier,
    "band": MerchantBand,
}


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read(name: str, value: str, facts: Mapping[str, str]) -> str:
    if name.endswith("_at"):
        return say_instant(datetime.fromisoformat(value))
    if name.endswith("_amount"):
        return say_money(Decimal(value), facts["currency"])
    if name.endswith("_span"):
        return Span.read(value).words()
    if name.endswith("_payer"):
        return str(CHOICES["return_freight_fault"].options[value])
    return str(_LABELS[name](value).label) if name in _LABELS else value
