from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aftersales.remedies.gateways.bank_statements import Unreadable, read_statement


class Command(BaseCommand):
    """Read a bank statement: transfers paid, and money that came back."""

    help = "Reads a bank statement (camt.053 or CSV) and settles the refunds in it; again it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read it and say what its lines were."""
        try:
            outcomes = read_statement(options["file"].read_bytes(), now=timezone.now())
        except (OSError, Unreadable) as problem:
            raise CommandError(str(problem)) from problem
        names = ("matched", "partial", "unknown", "foreign", "again")
        self.stdout.write(", ".join(f"{name}: {outcomes[name]}" for name in names))
