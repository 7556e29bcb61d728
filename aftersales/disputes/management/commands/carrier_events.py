import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services.parcels import News, take_news
from aftersales.returns.models import CarrierNews

COLUMNS = ("carrier", "tracking", "event", "kind", "at")


class Command(BaseCommand):
    """Read carriers' events; what was read before changes nothing, so a file can be read again."""

    help = "Read carriers' events from a CSV file: carrier, tracking, event, kind, at (with time zone), place."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Take each row by itself; name the refused ones. Raises CommandError where there are any."""
        counts = {"new": 0, "known": 0, "refused": 0}
        with options["file"].open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := [c for c in COLUMNS if c not in (rows.fieldnames or ())]:
                raise CommandError(f"Columns missing: {', '.join(missing)}")
            for row in rows:
                counts[self._take(row, rows.line_num)] += 1
        self.stdout.write(f"{counts['new']} new, {counts['known']} known before, {counts['refused']} refused")
        if counts["refused"]:
            raise CommandError("Some rows were refused; the others were taken.")

    def _take(self, row: dict[str, str | None], line: int) -> str:
        try:
            news = _news(row)
            return "new" if take_news(news=news, now=timezone.now())[1] else "known"
        except (RuleBroken, ValueError) as wrong:
            self.stderr.write(f"line {line}: {wrong}")
            return "refused"


def _news(row: dict[str, str | None]) -> News:
    given = {name: (row.get(name) or "").strip().replace("\x00", "") for name in (*COLUMNS, "place")}
    at = parse_datetime(given["at"])
    if at is None or at.tzinfo is None:
        raise ValueError("'at' is no instant with a time zone, such as 2026-11-23T18:00:00+08:00")
    if given["kind"] not in CarrierNews.values:
        raise ValueError(f"'kind' is none of {', '.join(CarrierNews.values)}")
    if not 1 <= len(given["event"]) <= 100:
        raise ValueError("'event' is missing or longer than 100 characters")
    if max(len(given["carrier"]), len(given["tracking"])) > 60:
        raise ValueError("'carrier' or 'tracking' is longer than 60 characters")
    return News(given["carrier"], given["tracking"], given["event"], given["kind"], at, given["place"][:200])
