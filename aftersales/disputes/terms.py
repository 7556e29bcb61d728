"""What was decided on a case, as stored on it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aftersales.policies.codes import FULL, WITH_CASH, WITH_GOODS, WITH_RETURN, RemedyKind
from aftersales.remedies.models import Payer
from portal.money import ZERO, plain

if TYPE_CHECKING:
    from aftersales.disputes.models import Dispute, Offer


@dataclass(frozen=True, slots=True)
class Terms:
    """A remedy with its amounts, in the case's currency. `by_line` gives exact amounts where a ruling set them."""

    kind: str
    cash: Decimal = ZERO
    compensation: Decimal = ZERO  # beyond what was paid
    coupon_amount: Decimal = ZERO
    coupon_minimum: Decimal = ZERO
    coupon_days: int = 0
    coupon_template: int | None = None
    coupon_payer: str = ""  # empty: whoever pays the rest
    payer: str = Payer.MERCHANT
    by_line: tuple[tuple[int, Decimal], ...] = ()
    offer: int | None = None
    decided_as: str = ""  # in what role this was decided: whose limit counts
    postage: Decimal = ZERO  # what the buyer laid out for the way back, paid along with the rest
    postage_payer: str = ""
    advance: str = ""  # why the platform pays first
    advance_above: str = ""  # which bound of paying first unasked this passes: two people approve it
    returned: bool = False  # the goods are back (or were never sent): nothing stands between decision and money

    @property
    def needs_return(self) -> bool:
        """Whether the goods must come back first."""
        return self.kind in WITH_RETURN and not self.returned

    @property
    def goods(self) -> str:
        """The kind of replacement owed, or nothing."""
        return self.kind if self.kind in WITH_GOODS else ""

    @property
    def money(self) -> Decimal:
        """All that is paid: refund, compensation and postage."""
        return self.cash + self.compensation + self.postage

    @property
    def empty(self) -> bool:
        """Whether nothing at all is owed."""
        return not self.money and not self.coupon_amount and not self.goods

    def dump(self, currency: str) -> dict[str, Any]:
        """Write for storage; amounts as plain strings of the currency."""
        return {
            "kind": self.kind,
            "cash": plain(self.cash, currency),
            "compensation": plain(self.compensation, currency),
            "coupon_amount": plain(self.coupon_amount, currency),
            "coupon_minimum": plain(self.coupon_minimum, currency),
            "coupon_days": self.coupon_days,
            "coupon_template": self.coupon_template,
            "coupon_payer": str(self.coupon_payer),
            "payer": str(self.payer),
            "by_line": [[line, plain(amount, currency)] for line, amount in self.by_line],
            "offer": self.offer,
            "decided_as": str(self.decided_as),
            "returned": self.returned,
            **({"advance": self.advance, "advance_above": self.advance_above} if self.advance else {}),
            **({"postage": plain(self.postage, currency), "postage_payer": self.postage_payer} if self.postage else {}),
        }

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "Terms":
        """Read what `dump` wrote."""
        return cls(
            kind=data["kind"],
            cash=Decimal(data["cash"]),
            compensation=Decimal(data.get("compensation", 0)),  # older cases had none
            coupon_amount=Decimal(data["coupon_amount"]),
            coupon_minimum=Decimal(data["coupon_minimum"]),
            coupon_days=data["coupon_days"],
            coupon_template=data.get("coupon_template"),  # not in terms of before coupons had templates
            coupon_payer=data.get("coupon_payer", ""),
            payer=data["payer"],
            by_line=tuple((line, Decimal(amount)) for line, amount in data["by_line"]),
            offer=data["offer"],
            decided_as=data.get("decided_as", ""),  # not in terms of before limits by role
            returned=data["returned"],
            postage=Decimal(data.get("postage", 0)),
            postage_payer=data.get("postage_payer", ""),
            advance=data.get("advance", ""),
            advance_above=data.get("advance_above", ""),
        )

    @classmethod
    def of_offer(cls, offer: "Offer") -> "Terms":
        """The terms that accepting an offer sets."""
        return cls(
            kind=offer.kind,
            cash=offer.cash,
            compensation=offer.compensation,
            coupon_amount=offer.coupon_amount,
            coupon_minimum=offer.coupon_minimum,
            coupon_days=offer.coupon_days,
            coupon_template=offer.coupon_template_id,
            coupon_payer=offer.coupon_payer,
            offer=offer.pk,
        )

    @classmethod
    def of_request(cls, case: "Dispute") -> "Terms":
        """The terms that the buyer asks for now."""
        cash, compensation = shares_of(case, case.wants, case.wants_amount)
        return cls(kind=case.wants, cash=cash, compensation=compensation)

    @classmethod
    def full_return(cls, case: "Dispute") -> "Terms":
        """Send the goods back and get everything back."""
        return cls(kind=RemedyKind.RETURN_REFUND, cash=case.max_amount)


def shares_of(case: "Dispute", kind: str, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Tell refund and compensation of a remedy apart; `amount` counts where the kind itself does not say how much."""
    if kind in FULL:
        return case.max_amount, ZERO
    if kind == RemedyKind.COMPENSATION:
        return case.max_amount, case.max_compensation
    if kind not in WITH_CASH:
        return ZERO, ZERO
    return (amount, ZERO) if case.max_amount else (ZERO, amount)
