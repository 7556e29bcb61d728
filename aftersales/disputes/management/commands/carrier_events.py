from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aftersales.disputes.services.carrier_file import COLUMNS, OPTIONAL, FileUnreadable, read_events


class Command(BaseCommand):
    """Read carriers' events; what was read before changes nothing, so a file can be read again."""

    help = f"Read carriers' events from a CSV file: {', '.join(COLUMNS)} (with time zone), {', '.join(OPTIONAL)}."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Take each row by itself; name the refused ones. Raises CommandError where there are any."""
        with options["file"].open(encoding="utf-8-sig", newline="") as file:
            try:
                report = read_events(file, now=timezone.now())
            except FileUnreadable as wrong:
                raise CommandError(str(wrong)) from wrong
        for line, why in report.refused:
            self.stderr.write(f"line {line}: {why}")
        self.stdout.write(f"{report.new} new, {report.known} known before, {len(report.refused)} refused")
        if report.refused:
            raise CommandError("Some rows were refused; the others were taken.")
