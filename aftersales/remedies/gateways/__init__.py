"""What the portal asks of a payment gateway. Which gateway serves which payment channel: `registry.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

BALANCE = "balance"  # the channel of what goes into the buyer's store balance


class NoAnswer(Exception):
    """The gateway did not answer in time, or not intelligibly: whether it paid is unknown."""


class Forged(Exception):
    """A webhook without a valid signature, or one too old to be believed."""


class Verdict(StrEnum):
    """What a gateway says of a refund."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"  # accepted, settles later
    FAILED = "failed"  # certainly not paid, or paid and come back


@dataclass(frozen=True, slots=True)
class Answer:
    """A gateway's answer: its reference, and for a refusal why and whether trying again is pointless."""

    verdict: Verdict
    reference: str = ""
    reason: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give `amount` back through the payment `payment_ref` of a channel. `key` makes it happen once.

    `paid` is what was paid through that payment, in the same currency; `buyer_id` who gets the money.
    """

    key: str
    channel: str
    payment_ref: str
    amount: Decimal
    currency: str
    paid: Decimal = Decimal(0)
    buyer_id: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A refund (or a chargeback) as a gateway tells of it by itself: in a webhook or in a list.

    `key` is ours where the refund is ours; `amount` is None where the gateway does not say.
    """

    reference: str
    verdict: Verdict
    key: str = ""
    payment_ref: str = ""
    amount: Decimal | None = None
    currency: str = ""
    reason: str = ""
    chargeback: bool = False

    def dump(self) -> dict[str, object]:
        """Write for the event's row."""
        amount = None if self.amount is None else str(self.amount)
        return {name: getattr(self, name) for name in self.__slots__} | {
            "verdict": self.verdict.value,
            "amount": amount,
        }

    @classmethod
    def parse(cls, row: Mapping[str, object]) -> "Seen":
        """Read what `dump` wrote."""
        amount = row["amount"]
        fixed = {"verdict": Verdict(str(row["verdict"])), "amount": None if amount is None else Decimal(str(amount))}
        return cls(**{**row, **fixed})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Call:
    """A verified webhook: the gateway's own number of the event, and what it tells, if that concerns refunds."""

    event_id: str
    seen: Seen | None


class Gateway(Protocol):
    """A payment gateway. Implementations give up waiting after 20 seconds and never write to this room's tables."""

    @property
    def name(self) -> str:
        """What attempts are filed under."""

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Ask for a refund; the same key again pays nothing more and gives the first answer. Raises NoAnswer."""

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Ask what became of a request by its key; None if the gateway never heard of it. Raises NoAnswer."""

    def health(self, *, now: datetime) -> str:
        """Say what is wrong in a sentence for staff, or nothing. May ask the gateway."""


@runtime_checkable
class Listens(Protocol):
    """A gateway that calls us."""

    def listen(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Call:
        """Verify and read a webhook. Raises Forged; ValueError for one that is signed but cannot be read."""


@runtime_checkable
class Lists(Protocol):
    """A gateway whose refunds of a period can be read back."""

    def refunds_since(self, since: datetime, *, now: datetime) -> Iterator[Seen]:
        """List refunds made at the gateway since then, by whomever. Raises NoAnswer."""
