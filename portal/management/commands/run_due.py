from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from aftersales.disputes.services.sweep import sweep
from aftersales.remedies import services as remedies
from merchants.coupons import services as coupons
from portal.outbox import services as outbox

ROUNDS = 50  # one duty's work makes work for the others; this many rounds end every chain of them


class Command(BaseCommand):
    """Run everything that is due, once, without a worker."""

    help = "Runs what is due now: deadlines, payments and coupons, reconciliation, notices. For cron and for checks."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept `--at`."""
        parser.add_argument(
            "--at",
            metavar="INSTANT",
            help="run what would be due at this instant, e.g. 2026-11-25T18:00+08:00 (demo and test databases only)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Go round the duties until nobody has anything left to do."""
        now = self._now(options["at"])
        done = {"deadlines": 0, "money": 0, "coupons": 0, "outbox": 0}
        remedies.reconcile(now=now)
        for _round in range(ROUNDS):
            work = {
                "deadlines": sweep(now=now),
                "money": remedies.run_due(now=now),
                "coupons": coupons.expire_due(now=now),
                "outbox": outbox.drain(now=now),
            }
            done = {duty: done[duty] + work[duty] for duty in done}
            if not any(work.values()):
                break
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
