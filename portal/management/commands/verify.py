from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftersales.advances import audit as advances
from aftersales.disputes import audit as disputes
from aftersales.fund import audit as fund
from aftersales.ledger import audit as ledger
from aftersales.remedies import audit as remedies
from aftersales.returns import audit as returns
from aftersales.settlements import audit as settlements
from merchants.coupons import audit as coupons
from merchants.deposits import audit as deposits
from merchants.experiments import audit as experiments
from merchants.limits import audit as limits

ROOMS = (
    ledger,
    remedies,
    settlements,
    advances,
    fund,
    deposits,
    coupons,
    experiments,
    limits,
    returns,
    disputes,
)


class Command(BaseCommand):
    """Audit the whole database; exit 1 with the list where anything is off."""

    help = "Audits ledger, refunds, deadlines and timelines of the whole database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every room's audit and print what each finds."""
        found = 0
        for audit in (
            ledger,
            remedies,
            settlements,
            advances,
            fund,
            deposits,
            coupons,
            experiments,
            limits,
            returns,
            disputes,
        ):
            for finding in audit.findings():
                found += 1
                self.stdout.write(self.style.ERROR(finding))
        if found:
            raise CommandError(f"verify: {found} findings")
        self.stdout.write(self.style.SUCCESS("verify: everything is in order"))
