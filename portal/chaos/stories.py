"""What happens to a case, by API alone, and what its buyer is owed in the end: told by the answers that came."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.chaos.client import Caller
from portal.chaos.market import ARBITRATORS, BUYERS, SHOPS, Market, order

PAID, RULED, OVER = "resolved", "closed", "withdrawn"


class StoryBroken(Exception):
    """The product answered as it never should."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a case should be, and how much its buyer should have got, in CNY."""

    story: str
    number: str
    status: str
    cash: Decimal


@dataclass(frozen=True, slots=True)
class Teller:
    """One case's parties and figures."""

    market: Market
    n: int
    chance: random.Random

    @property
    def buyer(self) -> Caller:
        """Whoever bought."""
        return self.market.buyers[self.n % BUYERS]

    @property
    def owner(self) -> Caller:
        """Whoever sold."""
        return self.market.owners[self.n % SHOPS]

    @property
    def arbitrator(self) -> Caller:
        """Whoever rules."""
        return self.market.arbitrators[self.n % ARBITRATORS]

    def amount(self, least: int, most: int) -> Decimal:
        """Draw an amount to the cent."""
        return Decimal(self.chance.randint(least * 100, most * 100)) / 100

    def open(self, wanted: Decimal) -> str:
        """Send the order and open a case about it; return its number."""
        must(self.market.marketplace, "/orders/", order(self.n, Decimal(100)), 200, 201)
        body = {
            "order": f"C{self.n}",
            "lines": [{"line": "1", "quantity": 1}],
            "type": "quality_visible",
            "reason": "poor_material",
            "wants": {"remedy": "partial_refund_keep", "amount": str(wanted)},
            "statement": "The seam is open.",
        }
        return str(must(self.buyer, "/disputes/", body, 201)["number"])


def must(caller: Caller, path: str, body: dict[str, Any] | None = None, *statuses: int) -> dict[str, Any]:
    """Post and insist. Raises StoryBroken."""
    status, answer = caller.post(path, body)
    if status not in (statuses or (200,)):
        raise StoryBroken(f"{path}: {status} {answer}")
    return answer


def at_once(*calls: Callable[[], tuple[int, dict[str, Any]]]) -> list[int]:
    """Make calls at the same time; return how many were answered with success."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [status for status, _answer in pool.map(lambda call: call(), calls)]


def agreed(t: Teller) -> Ending:
    """The seller agrees to what the buyer wants."""
    wanted = t.amount(5, 90)
    number = t.open(wanted)
    must(t.owner, f"/disputes/{number}/agree/")
    return Ending("agreed", number, PAID, wanted)


def accepted_at_once(t: Teller) -> Ending:
    """The seller offers less, and the buyer presses five times at once."""
    number = t.open(t.amount(50, 90))
    offered = t.amount(5, 45)
    case = must(t.owner, f"/disputes/{number}/propose/", {"kind": "partial_refund_keep", "amount": str(offered)})
    offer = {"offer": case["offers"][-1]["id"]}
    answers = at_once(*[lambda: t.buyer.post(f"/disputes/{number}/accept-offer/", offer)] * 5)
    if answers.count(200) != 1:
        raise StoryBroken(f"{number}: accepting was answered {answers}")
    return Ending("accepted at once", number, PAID, offered)


def raced(t: Teller) -> Ending:
    """The buyer withdraws while the seller agrees: one of them wins."""
    wanted = t.amount(5, 90)
    number = t.open(wanted)
    withdrawn, paid = at_once(
        lambda: t.buyer.post(f"/disputes/{number}/withdraw/"), lambda: t.owner.post(f"/disputes/{number}/agree/")
    )
    if sorted([withdrawn, paid]) != [200, 409]:
        raise StoryBroken(f"{number}: withdrawing was answered {withdrawn}, agreeing {paid}")
    return Ending("raced", number, OVER, Decimal(0)) if withdrawn == 200 else Ending("raced", number, PAID, wanted)


def withdrawn(t: Teller) -> Ending:
    """The buyer withdraws."""
    number = t.open(t.amount(5, 90))
    must(t.buyer, f"/disputes/{number}/withdraw/")
    return Ending("withdrawn", number, OVER, Decimal(0))


def ruled(t: Teller) -> Ending:
    """The seller refuses, the platform rules, the seller carries it out."""
    number = t.open(t.amount(50, 90))
    ruled_amount = t.amount(5, 90)
    words = {"facts": "The seam is open.", "evidence": "The statement.", "rule": "Quality window.", "language": "en"}
    decision = {"kind": "partial_refund_keep", "amounts": [{"line": "1", "amount": str(ruled_amount)}], **words}
    must(t.owner, f"/disputes/{number}/refuse/", {"reason": "no_evidence", "message": "Please show it."})
    must(t.buyer, f"/disputes/{number}/escalate/")
    must(t.arbitrator, f"/disputes/{number}/take/")
    must(t.buyer, f"/disputes/{number}/finish-evidence/")
    must(t.owner, f"/disputes/{number}/finish-evidence/")
    must(t.arbitrator, f"/disputes/{number}/rule/", {**decision, "merchant_fault": 100})
    must(t.owner, f"/disputes/{number}/execute/")
    return Ending("ruled", number, RULED, ruled_amount)


STORIES = {agreed: 40, accepted_at_once: 25, raced: 10, withdrawn: 5, ruled: 20}


def tell(market: Market, n: int, seed: int) -> Ending:
    """Tell the story of case `n`. Raises StoryBroken, Unanswered."""
    chance = random.Random(f"{seed}:{n}")  # noqa: S311 - a draw that can be repeated, guarding nothing
    story = chance.choices(list(STORIES), list(STORIES.values()))[0]
    return story(Teller(market, n, chance))
