"""Who takes part, and how the gateway is to lie about each payment."""

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from aftersales.remedies.models import SimulatedBehaviour, SimulatedMode
from merchants.models import MemberRole, Merchant, MerchantMember
from portal.accounts.models import ApiKey, Duty, User
from portal.accounts.scopes import SCOPES
from portal.chaos.client import Caller

SHOPS, BUYERS, ARBITRATORS = 5, 25, 3
# How a payment's refund fares the first time or two; None: it is paid at once.
_LIES: list[tuple[int, str | None, int | None, int]] = [  # weight, mode, times, seconds
    (40, None, None, 0),
    (12, SimulatedMode.LATE, None, 15),
    (12, SimulatedMode.FAIL_FOR_A_WHILE, 2, 0),
    (12, SimulatedMode.PAID_NO_ANSWER, 1, 0),
    (12, SimulatedMode.NOT_PAID_NO_ANSWER, 1, 0),
    (6, SimulatedMode.PAID_NO_ANSWER, 2, 1),
    (6, SimulatedMode.FAIL, 1, 0),
]


@dataclass(frozen=True, slots=True)
class Market:
    """The callers of the API, by what they are."""

    marketplace: Caller
    platform: Caller
    buyers: list[Caller]
    owners: list[Caller]
    arbitrators: list[Caller]


def people(port: int) -> Market:
    """Make shops, their owners, buyers and the platform's people, each with a key."""

    def caller(name: str, duty: str = "", buyer_ref: str | None = None) -> tuple[User, Caller]:
        user = User.objects.create(username=name, duty=duty, buyer_ref=buyer_ref)
        return user, Caller(port, ApiKey.objects.issue(user=user, scopes=list(SCOPES))[1])

    owners = []
    for n in range(SHOPS):
        owner, with_key = caller(f"owner{n}")
        shop = Merchant.objects.create(ref=f"shop{n}", name=f"Shop {n}")
        MerchantMember.objects.create(merchant=shop, user=owner, role=MemberRole.OWNER)
        owners.append(with_key)
    return Market(
        marketplace=caller("marketplace", Duty.MARKETPLACE)[1],
        platform=caller("platform", Duty.PLATFORM)[1],
        buyers=[caller(f"buyer{n}", buyer_ref=f"buyer{n}")[1] for n in range(BUYERS)],
        owners=owners,
        arbitrators=[caller(f"arbitrator{n}", Duty.ARBITRATOR)[1] for n in range(ARBITRATORS)],
    )


def lies(cases: int, chance: random.Random) -> None:
    """Tell the gateway how to treat the payment of each case."""
    weights = [weight for weight, *_rest in _LIES]
    told = []
    for n in range(cases):
        _weight, mode, times, seconds = chance.choices(_LIES, weights)[0]
        if mode:
            told.append(SimulatedBehaviour(target=f"payment:card-{n}", mode=mode, times=times, seconds=seconds))
    SimulatedBehaviour.objects.bulk_create(told)


def order(n: int, price: Decimal) -> dict[str, Any]:
    """Write the order of a case as the marketplace sends it; every third was paid by card and from the balance."""
    delivered = timezone.now() - timedelta(days=1)
    payments = [{"channel": "card", "ref": f"card-{n}", "amount": str(price)}]
    if n % 3 == 0:
        payments[0]["amount"] = str(price - 20)
        payments.append({"channel": "balance", "ref": f"balance-{n}", "amount": "20.00"})
    return {
        "ref": f"C{n}",
        "merchant": {"ref": f"shop{n % SHOPS}"},
        "buyer": {"ref": f"buyer{n % BUYERS}"},
        "currency": "CNY",
        "paid_at": (delivered - timedelta(days=3)).isoformat(),
        "lines": [
            {
                "line": "1",
                "sku": f"SKU-{n}",
                "quantity": 1,
                "unit_price": str(price),
                "status": "delivered",
                "shipped_at": (delivered - timedelta(days=1)).isoformat(),
                "delivered_at": delivered.isoformat(),
            }
        ],
        "payments": payments,
    }
