"""Every value that a rule pack can set: its name, its default, its words. What is not here cannot be a rule.

Sources as in the platforms' public rules and the law: (law) Consumer Protection Law and its orders, (T) Taobao dispute
rules 2025, (J) JD dispute rules 2025/2026, (W) WeChat Shop, (P) PayPal, (E) eBay, (M) Mercado Libre, (d) our default.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import total_ordering
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from aftersales.policies.calendars import Counting

_MARK = re.compile(r"\s*[(（](law|法定|[A-Zd])[)）]$")
_SPAN = re.compile(r"([0-9]{1,5}) ?([dh])")


@total_ordering
@dataclass(frozen=True, slots=True)
class Span:
    """How long a right lasts: whole days that count from the day after an event, or hours from the event itself."""

    count: int
    unit: str = "d"

    @classmethod
    def read(cls, value: Any) -> "Span":
        """Read `7` or `"7d"` (days) or `"48h"` (hours). Raises ValueError."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 99_999:
            return cls(value)
        if isinstance(value, str) and (found := _SPAN.fullmatch(value.strip())):
            return cls(int(found[1]), found[2])
        raise ValueError(value)

    @property
    def given(self) -> bool:
        """Whether the right exists at all: a span of nothing means that nobody gives it."""
        return self.count > 0

    @property
    def hours(self) -> int:
        """The span in hours, for comparing."""
        return self.count * (24 if self.unit == "d" else 1)

    def until(self, start: datetime, zone: ZoneInfo) -> datetime:
        """When it ends. Days end with the last day, counted in the law's zone from the day after (law)."""
        if self.unit == "h":
            return start + timedelta(hours=self.count)
        midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1 + self.count)

    def before(self, now: datetime) -> datetime:
        """When something must have happened to lie within it, looking back."""
        return now - timedelta(hours=self.hours)

    def words(self) -> str:
        """Say it in the reader's language."""
        if self.unit == "h":
            return ngettext("%(count)s hour", "%(count)s hours", self.count) % {"count": self.count}
        return ngettext("%(count)s day", "%(count)s days", self.count) % {"count": self.count}

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    def __lt__(self, other: "Span") -> bool:
        return self.hours < other.hours


# name -> (hours, words). No party's clock is shorter than 24 h: WCAG 2.2.1 exempts only limits over 20 hours.
TIMERS: dict[str, tuple[int, Any]] = {
    "merchant_unshipped": (24, _("Seller answers a refund before shipping")),
    "merchant_refund_only": (48, _("Seller answers a refund without return")),
    "merchant_return": (48, _("Seller answers a return request (W)")),
    "merchant_goods": (48, _("Seller answers a replacement request (d)")),
    "buyer_offer": (24, _("Buyer answers an offer")),
    "merchant_counter": (24, _("Seller answers a counter-offer")),
    "offer_stands": (24, _("Last offer of the seller stands")),
    "earliest_escalation": (24, _("Buyer may escalate without agreement after (J)")),
    "buyer_after_refusal": (168, _("Buyer escalates after a refusal (W)")),
    "negotiation_cap": (480, _("Negotiation ends at the latest (P)")),
    "buyer_claim": (48, _("Buyer answers a claim or report of the seller (d)")),
    "recall_reminder": (720, _("Buyer is reminded of a safety recall (d)")),
    "buyer_ships": (168, _("Buyer sends the return (W)")),
    "merchant_receives": (240, _("Seller confirms receipt of the return, from dispatch (W)")),
    "merchant_inspects": (48, _("Seller inspects the return (W)")),
    "merchant_intercepts": (24, _("Seller asks the carrier to stop a parcel (d)")),
    "interception": (168, _("Carrier stops a parcel or delivers it (d)")),
    "buyer_deduction": (48, _("Buyer answers a deduction from the refund (d)")),
    "merchant_sends_goods": (72, _("Seller sends the replacement (d)")),
    "merchant_repairs": (720, _("Seller repairs and sends the goods back (law)")),
    "buyer_goods": (240, _("Goods sent count as arrived, from dispatch (d)")),
    "statutory_refund": (168, _("Refund is paid after it is owed (law)")),
    "first_answer": (24, _("Parties answer an intervention (J)")),
    "extra_evidence": (24, _("Extra evidence (J)")),
    "ruling": (72, _("Ruling")),
    "ruling_small": (24, _("Ruling of a small amount")),
    "execute_ruling": (24, _("Seller executes a ruling (J)")),
    "appeal": (168, _("Appeal (J)")),
    "appeal_decided": (168, _("Appeal is decided")),
    "release_hold": (48, _("A large amount is approved (d)")),
    "advance_objection": (168, _("Seller objects to an advance compensation (J)")),
    "advance_reminder": (48, _("Seller is reminded before the time to object is over (d)")),
    "advance_to_deposit": (72, _("A final advance waits for settlements before the deposit pays it (d)")),
    "debt_to_deposit": (720, _("Other debts of a seller wait for settlements before the deposit pays them (d)")),
    "deposit_top_up": (168, _("A seller fills up a deposit that is too low (d)")),
    "deposit_reminder": (48, _("Reminder before the time to fill up a deposit ends (d)")),
    "payout_failed": (24, _("A failed payment is looked at (d)")),
    "pause": (720, _("Pause to settle (T)")),
    "reopen": (720, _("A lapsed case can be re-opened (d)")),
    "proof_of_law": (168, _("Proof of going to law (T)")),
    "refund_alarm": (120, _("Alarm before the legal time for a refund is over (law)")),
}
PARTY_TIMERS = frozenset(n for n in TIMERS if n.startswith(("merchant", "buyer", "offer", "first", "extra", "execute")))
SHORTEST_PARTY_HOURS = 24

# name -> (span, words)
WINDOWS: dict[str, tuple[Span, Any]] = {
    "no_reason": (Span(7), _("Return without reason, from the day after signing (law)")),
    "quality": (Span(15), _("Quality problems after receipt (J)")),
    "visible": (Span(15), _("Faults that can be seen on arrival (J)")),
    "not_received": (Span(30), _("Parcel not received, after shipping (d)")),
    "warranty": (Span(180), _("Seller proves absence of defect (law)")),
    "returned_goods": (Span(7), _("Seller contests returned goods, after their receipt (d)")),
    "abuse_report": (Span(30), _("Seller reports abuse, after receipt (d)")),
    "findings": (Span(365), _("Findings count for a buyer's tier (d)")),
    "band": (Span(60), _("A seller's band is measured over (d)")),
    "recall": (Span(730), _("Remedies of a safety recall can be chosen (d)")),
    "price_protection": (Span(0), _("Price protection, where the seller promises it")),
}

BY_PROMISE = frozenset({"price_protection"})  # nobody has it unless the seller gives it

# What 1,000 CNY were worth when the limits were set, rounded so that people can remember the limits.
_THOUSAND = {
    **{"CNY": "1000", "USD": "140", "EUR": "130", "BRL": "780", "GBP": "110", "HKD": "1100", "TWD": "4500"},
    **{"SGD": "190", "AUD": "210", "CAD": "190", "CHF": "120", "JPY": "20000", "KRW": "190000", "INR": "12000"},
    **{"KWD": "42", "BHD": "52", "AED": "510", "SAR": "520", "THB": "4800", "MYR": "620", "VND": "3500000"},
}


def _limit(thousands: int) -> dict[str, str]:
    """A limit of so many thousand CNY in every currency."""
    return {currency: str(Decimal(amount) * thousands) for currency, amount in _THOUSAND.items()}


# name -> ({currency: amount}, words); a currency that is not listed has no such threshold.
THRESHOLDS: dict[str, tuple[dict[str, str], Any]] = {
    # Above either of these two people of finance approve an advance before it is paid.
    "advance": (_limit(20), _("The platform pays in advance up to (d)")),
    "advance_per_day": (_limit(50), _("The platform pays in advance for one seller within 24 hours up to (d)")),
    "instant_refund": ({"CNY": "1000", "USD": "140", "EUR": "130", "BRL": "780"}, _("Instant refund up to")),
    "instant_quota_new": (
        {"CNY": "1000", "USD": "140", "EUR": "130", "BRL": "780"},
        _("Instant refunds at a time: new buyer (d)"),
    ),
    "instant_quota_regular": (
        {"CNY": "3000", "USD": "420", "EUR": "390", "BRL": "2340"},
        _("Instant refunds at a time: regular buyer (d)"),
    ),
    "instant_quota_trusted": (
        {"CNY": "8000", "USD": "1120", "EUR": "1040", "BRL": "6240"},
        _("Instant refunds at a time: trusted buyer (d)"),
    ),
    "small_claim": ({"CNY": "200", "USD": "28", "EUR": "26", "BRL": "156"}, _("Small amount, ruled sooner")),
    "ask_return_above": ({"CNY": "50", "USD": "7", "EUR": "6.5", "BRL": "40"}, _("Silence asks for a return above")),
    # Who may cause how much to be paid alone (remedies.approvals). A currency that a pack does not list keeps the
    # limit that ships; where none ships, a second person looks at any amount.
    "hold_above": (_limit(20), _("Approval needed above")),
    "agent_limit": (_limit(2), _("A seller's agent agrees alone up to (d)")),
    "manager_limit": (_limit(10), _("A seller's manager agrees alone up to (d)")),
    "arbitrator_limit": (_limit(5), _("An arbitrator's decision is paid without approval up to (d)")),
    "senior_limit": (_limit(20), _("A senior arbitrator's decision is paid without approval up to (d)")),
    "platform_limit": (_limit(5), _("Platform staff pay without approval up to (d)")),
    "four_eyes_above": (_limit(100), _("Two people approve above (d)")),
    "return_freight_cap": (
        {"CNY": "25", "USD": "12", "EUR": "12", "BRL": "40"},
        _("Receipt for return postage counts up to (d)"),
    ),
    "fraud_minimum": ({"CNY": "500"}, _("Compensation for fraud, at least (law)")),
    "food_minimum": ({"CNY": "1000"}, _("Compensation for unsafe food, at least (law)")),
}

# name -> (number, words); 0 means that the rule gives none.
COUNTS: dict[str, tuple[int, Any]] = {
    "instant_refund_hours": (6, _("Instant refund: hours since payment")),
    "requests_per_line": (5, _("Requests per order line before a person decides (W)")),
    "regular_orders": (2, _("Paid orders of a regular buyer, at least (d)")),
    "trusted_orders": (10, _("Paid orders of a trusted buyer, at least (d)")),
    "trusted_refund_percent": (20, _("Refunded orders of a trusted buyer, in a hundred: always up to (d)")),
    "trusted_refund_ratio": (150, _("Refunded orders of a trusted buyer, in percent of the usual for the goods (d)")),
    "watched_findings": (2, _("Findings that make a buyer watched (d)")),
    "excellent_orders": (30, _("Orders of an excellent seller, at least (d)")),
    "excellent_lost_percent": (2, _("Cases lost or unanswered of an excellent seller, in a hundred, at most (d)")),
    "watched_cases": (5, _("Cases before a seller can be watched (d)")),
    "watched_lost_percent": (30, _("Cases lost or unanswered that make a seller watched, in a hundred (d)")),
    "fraud_times": (3, _("Compensation for fraud: times the price (law)")),
    "fake_times": (3, _("Compensation for a counterfeit: times the price (law)")),
    "food_times": (10, _("Compensation for unsafe food: times the price (law)")),
    "food_loss_times": (3, _("Compensation for unsafe food: times the loss (law)")),
}
MAY_BE_NONE = frozenset({"fraud_times", "fake_times", "food_times", "food_loss_times"})

ALLOWED, CONFIRMED, EXCLUDED = "allowed", "confirmed", "excluded"
BUYER, MERCHANT, PLATFORM = "buyer", "merchant", "platform"
_PAYERS = {BUYER: _("the buyer"), PLATFORM: _("the platform"), MERCHANT: _("the seller")}


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule that is one of a few words; they stand in the order of growing favour for the buyer."""

    default: str
    options: dict[str, Any]
    words: Any


CHOICES: dict[str, Choice] = {
    "no_reason": Choice(
        ALLOWED,
        {
            EXCLUDED: _("excluded by law"),
            CONFIRMED: _("excluded if the buyer confirmed it when buying"),
            ALLOWED: _("possible"),
        },
        _("Return without reason"),
    ),
    "intact": Choice(
        "complete",
        {
            "sealed": _("the seal of the packaging is unbroken"),
            "not_activated": _("not activated, repaired or altered"),
            "labels_on": _("labels are on, nothing is soiled or worn"),
            "complete": _("complete; opening and trying it is fine"),
        },
        _("What counts as intact (law)"),
    ),
    "time_extra_evidence": Choice(
        Counting.NATURAL.value, dict(Counting.choices), _("Extra evidence is counted in (J)")
    ),
    "time_proof_of_law": Choice(
        Counting.BUSINESS_DAYS.value, dict(Counting.choices), _("Proof of going to law is counted in (T)")
    ),
    "return_freight_remorse": Choice(BUYER, _PAYERS, _("Payer of return freight without a fault (law)")),
    "return_freight_fault": Choice(MERCHANT, _PAYERS, _("Payer of return freight after the seller's fault (law)")),
    "return_freight_logistics": Choice(MERCHANT, _PAYERS, _("Payer of return freight after damage on the way (law)")),
    "outbound_freight_remorse": Choice(
        "kept",
        {"kept": _("is not refunded"), "refunded": _("is refunded")},
        _("Outbound freight on a return without a fault (law)"),
    ),
    "damaged_on_arrival": Choice(
        "as_agreed",
        {"as_agreed": _("as the parties agree"), "no_return": _("refunded without sending it back")},
        _("Goods that arrive damaged, by promise"),
    ),
    "law_zone": Choice(
        "Asia/Shanghai",
        {"Asia/Shanghai": _("China Standard Time"), "Europe/Brussels": _("Central European Time")},
        _("Where the law counts its days"),
    ),
}

SECTIONS: dict[str, dict[str, Any]] = {
    "timers": TIMERS,
    "windows": WINDOWS,
    "thresholds": THRESHOLDS,
    "counts": COUNTS,
    "choices": CHOICES,
}


def rule_words(path: str) -> Any:
    """Return the words of a rule such as `windows.visible`. Raises KeyError for what is no rule."""
    section, _dot, name = path.partition(".")
    entry = SECTIONS[section][name]
    return entry.words if isinstance(entry, Choice) else entry[1]


def plain_words(path: str) -> str:
    """Say a rule as the parties read it, without the mark of its source that staff see behind it."""
    return _MARK.sub("", str(rule_words(path)))
