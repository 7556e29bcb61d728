"""What the portal asks of a payment gateway, and which gateway serves which payment channel."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class NoAnswer(Exception):
    """The gateway did not answer in time, or not intelligibly: whether it paid is unknown."""


class Verdict(StrEnum):
    """What a gateway says of a refund."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"  # accepted, settles later
    FAILED = "failed"  # certainly not paid


@dataclass(frozen=True, slots=True)
class Answer:
    """A gateway's answer: its reference, and for a refusal why and whether trying again is pointless."""

    verdict: Verdict
    reference: str = ""
    reason: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give `amount` back through the payment `payment_ref` of a channel. `key` makes it happen once."""

    key: str
    channel: str
    payment_ref: str
    amount: Decimal
    currency: str


class Gateway(Protocol):
    """A payment gateway. Implementations give up waiting after 20 seconds and never write to our tables."""

    @property
    def name(self) -> str:
        """What attempts are filed under."""

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Ask for a refund; the same key again pays nothing more and gives the first answer. Raises NoAnswer."""

    def look_up(self, key: str, *, now: datetime) -> Answer | None:
        """Ask what became of a key; None if the gateway never heard of it. Raises NoAnswer."""


# Channel -> gateway; a channel that is not named goes to the default. A real gateway is added here.
DEFAULT = "simulated"
BY_CHANNEL: dict[str, str] = {}


def gateway(name: str) -> Gateway:
    """Find a gateway by its name. Raises KeyError for one that was taken out of service."""
    from aftersales.remedies.gateways.simulated import Simulated  # it needs the classes above

    return {"simulated": Simulated()}[name]
