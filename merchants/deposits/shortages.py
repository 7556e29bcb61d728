"""When a deposit falls short: the time to fill it up, what waits afterwards, and its end, which comes by itself.

After the time is over, until the deposit holds again what is required:
- what is missing is kept from the seller's settlements and put into the deposit (`settlements.services.settle`);
- no new plan is published (`plans.services`), and no new coupon or coupon version made (`coupons.templates`).
What was promised to buyers before goes on.
"""

from datetime import datetime
from decimal import Decimal

from merchants.deposits.booking import holds
from merchants.deposits.debts import rules_for
from merchants.deposits.errors import DepositShort
from merchants.deposits.models import Deposit, DepositLevel, Shortage
from portal.money import ZERO, plain
from portal.outbox.services import publish


def review(deposit: Deposit, *, now: datetime) -> bool:
    """Hold a locked deposit against its level: begin or end a shortage, and have it told. Return whether it changed."""
    since = _apply_level(deposit, now)
    lacks = missing(deposit)
    shortage = Shortage.objects.filter(deposit=deposit, ended_at=None).first()
    if lacks and shortage is None:
        shortage = _begin(deposit, since or now, now)
        _tell_shortage("deposit_short", deposit, shortage, now)
        return True
    if shortage is not None and not lacks:
        Shortage.objects.filter(pk=shortage.pk).update(ended_at=now)
        tell("deposit_met", deposit, f"{shortage.pk}:met", now=now, amount=deposit.required)
        return True
    return since is not None


def chase(deposit: Deposit, *, now: datetime) -> bool:
    """Remind of a locked deposit's shortage before its time ends, and say so when it has; each once."""
    shortage = Shortage.objects.filter(deposit=deposit, ended_at=None, limits_told_at=None).first()
    if shortage is None:
        return False
    if shortage.top_up_until <= now:
        Shortage.objects.filter(pk=shortage.pk).update(limits_told_at=now)
        _tell_shortage("deposit_limited", deposit, shortage, now)
        return True
    if shortage.remind_at <= now and shortage.reminded_at is None:
        Shortage.objects.filter(pk=shortage.pk).update(reminded_at=now)
        _tell_shortage("deposit_reminder", deposit, shortage, now)
        return True
    return False


def missing(deposit: Deposit) -> Decimal:
    """Return what a locked deposit lacks of what is required."""
    return max(ZERO, deposit.required - holds(deposit))


def is_limited(*, merchant_id: int, now: datetime, currency: str = "") -> bool:
    """Whether the time to fill a deposit of the seller up is over; in one currency where it is named."""
    late = Shortage.objects.filter(deposit__merchant=merchant_id, ended_at=None, top_up_until__lte=now)
    return (late.filter(deposit__currency=currency) if currency else late).exists()


def check_limits(*, merchant_id: int, now: datetime) -> None:
    """Let nothing new be promised while a deposit is short for too long. Raises DepositShort."""
    if is_limited(merchant_id=merchant_id, now=now):
        raise DepositShort


def tell(
    kind: str,
    deposit: Deposit,
    fact: str,
    *,
    now: datetime,
    amount: Decimal,
    due_at: datetime | None = None,
    case: str = "",
) -> None:
    """Have the shop's people told after the commit; `fact` makes each thing told once."""
    payload = {"kind": kind, "deposit": deposit.pk, "key": f"deposit:{fact}", "case": case}
    payload["amount"] = plain(amount, deposit.currency)
    publish("deposit.told", {**payload, "due_at": due_at.isoformat() if due_at else None}, now=now)


def _tell_shortage(kind: str, deposit: Deposit, shortage: Shortage, now: datetime) -> None:
    fact, amount = f"{shortage.pk}:{kind}", missing(deposit)
    tell(kind, deposit, fact, now=now, amount=amount, due_at=shortage.top_up_until)


def _apply_level(deposit: Deposit, now: datetime) -> datetime | None:
    """Note the level in force; return since when, if it was not in force when the deposit was last looked at."""
    level = DepositLevel.objects.filter(deposit=deposit, effective_at__lte=now).first()
    begun = level is not None and level.effective_at > deposit.looked_at
    if level is None or not (begun or level.amount != deposit.required):
        return None
    deposit.required, deposit.looked_at = level.amount, max(deposit.looked_at, level.effective_at)
    deposit.save(update_fields=["required", "looked_at"])
    return level.effective_at if begun else None


def _begin(deposit: Deposit, since: datetime, now: datetime) -> Shortage:
    rules = rules_for(deposit.currency, now)
    until = since + rules.timer("deposit_top_up")
    return Shortage.objects.create(
        deposit=deposit,
        began_at=since,
        top_up_until=until,
        remind_at=max(since, until - rules.timer("deposit_reminder")),
        rule=str(rules.source("timers.deposit_top_up")),
    )
