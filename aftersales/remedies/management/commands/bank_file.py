from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from aftersales.remedies.gateways.bank import Bank
from aftersales.remedies.gateways.registry import gateway


class Command(BaseCommand):
    """Write the transfers that wait into a payment file."""

    help = "Writes refunds by bank transfer that wait into an ISO 20022 pain.001 file, each into one file only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept where to."""
        parser.add_argument("--folder", type=Path, default=Path(), help="where the file is written (here)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the file, keep it in the database, and write it."""
        now = timezone.now()
        bank = gateway("bank")
        assert isinstance(bank, Bank)  # noqa: S101 - for the type checker
        file = bank.make_file(now=now, execution_on=(now + timedelta(days=1)).date())
        if file is None:
            self.stdout.write("No transfer waits.")
            return
        path = options["folder"] / f"{file.message_id}.xml"
        path.write_text(file.content)
        self.stdout.write(f"{file.count} transfers, {file.total:.2f} {file.currency}: {path}")
