from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from aftersales.advances import services as advances
from aftersales.disputes.services.sweep import next_due as next_deadline
from aftersales.disputes.services.sweep import sweep
from aftersales.fund.warning import warn as warn_of_fund
from aftersales.remedies import services as remedies
from merchants.coupons import services as coupons
from merchants.deposits import services as deposits
from portal.outbox import services as outbox

ROUNDS = 50  # one duty's work makes work for the others; this many rounds end every chain of them
_STEP = timedelta(minutes=1)  # what is due within it is done together where time is let pass


class Command(BaseCommand):
    """Run everything that is due, once, without a worker."""

    help = "Runs what is due now: deadlines, payments and coupons, reconciliation, notices. For cron and for checks."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept `--at` and `--through`."""
        parser.add_argument(
            "--at",
            metavar="INSTANT",
            help="run what would be due at this instant, e.g. 2026-11-25T18:00+08:00 (demo and test databases only)",
        )
        parser.add_argument(
            "--through",
            action="store_true",
            help="with --at: let the time until then pass, so that what is put off is done when its time comes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Go round the duties until nobody has anything left to do, at one instant or at each up to it."""
        until = self._now(options["at"])
        now = timezone.now() if options["through"] else until
        remedies.reconcile(now=now)
        done = _round(now)
        while options["through"] and (later := _next(now, until)):
            now = later
            done.update(_round(now))
        if options["through"]:
            remedies.reconcile(now=until)
            done.update(_round(until))
        warn_of_fund(now=until)
        self.stdout.write(", ".join(f"{duty}: {count}" for duty, count in done.items()))

    def _now(self, at: str | None) -> Any:
        if at is None:
            return timezone.now()
        if settings.PRODUCTION:
            raise CommandError("--at moves the clock: only for demo and test databases.")
        try:
            instant = parse_datetime(at)
        except ValueError:
            instant = None
        if instant is None:
            raise CommandError(f"{at!r} is no instant. Write it like 2026-11-25T18:00+08:00.")
        return instant if timezone.is_aware(instant) else timezone.make_aware(instant)


def _round(now: datetime) -> "Counter[str]":
    """Do all that is due at an instant; return how much that was, by duty."""
    done = Counter({"deadlines": 0, "money": 0, "coupons": 0, "advances": 0, "deposits": 0, "outbox": 0})
    for _again in range(ROUNDS):
        work = {
            "deadlines": sweep(now=now),
            "money": remedies.run_due(now=now),
            "coupons": coupons.expire_due(now=now),
            "advances": advances.sweep(now=now),
            "deposits": deposits.sweep(now=now),
            "outbox": outbox.drain(now=now),
        }
        done.update(work)
        if not any(work.values()):
            break
    return done


def _next(now: datetime, until: datetime) -> datetime | None:
    """Return when something is due next, or None where that is not before `until`."""
    asked = (next_deadline, remedies.next_due, advances.next_due, deposits.next_due, outbox.next_due)
    soon = [at for ask in asked if (at := ask(after=now))]
    if not soon or min(soon) > until:
        return None
    return min(max(min(soon), now + _STEP), until) if now + _STEP <= until else None
