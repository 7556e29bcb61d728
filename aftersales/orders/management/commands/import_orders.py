import csv
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from aftersales.orders.imports.errors import Refused, Unreadable
from aftersales.orders.imports.fields import currency
from aftersales.orders.imports.run import Summary, import_file


class Command(BaseCommand):
    """`manage.py import_orders`; README.md of the imports folder describes the rules."""

    help = (
        "Imports order lines from a CSV (UTF-8 or GB18030). Running it again changes nothing. Refused rows go to "
        "standard error, with line and reason, and to --rejects. A new merchant gets an owner whose username is the "
        "merchant's reference, so that create_api_key MERCHANT_REF works; a new buyer's username is the buyer's."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what to read and how."""
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument("--currency", default="CNY", help="of rows that name none (default: CNY)")
        parser.add_argument("--timezone", default="Asia/Shanghai", help="of times without offset (Asia/Shanghai)")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="write refused rows here as CSV")
        parser.add_argument(
            "--as-if-newest",
            metavar="INSTANT",
            help="demo and test databases only: move all instants by one whole number of days, so that the newest "
            "delivery falls on this date; old orders are then inside today's windows. Another date is an update.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and say what became of the rows; exit code 1 where nothing could be read."""
        path: Path = options["file"]
        bars = _Bars(path)
        try:
            summary = import_file(
                _readable(path),
                zone=_zone(options["timezone"]),
                currency=currency(options["currency"]),
                newest=_newest(options["as_if_newest"]),
                now=timezone.now(),
                progress=bars,
            )
            bars.close()
            self._report(summary, options["rejects"])
        except (Unreadable, Refused) as problem:
            raise CommandError(f"{path}: {problem}") from problem
        except (OSError, DatabaseError) as problem:
            text = _("%(problem)s\nWhat was imported so far stays; run the command again to finish.")
            raise CommandError(text % {"problem": str(problem).strip()}) from problem
        except KeyboardInterrupt:
            text = _("Interrupted. What was imported so far stays; run the command again to finish.")
            raise CommandError(text, returncode=130) from None
        finally:
            bars.close()

    def _report(self, summary: Summary, rejects: Path | None) -> None:
        if summary.unknown:
            names = ", ".join(name[:40] for name in summary.unknown[:20])
            self.stderr.write(_("Columns that are not used: %(columns)s.") % {"columns": names})
        for row in summary.refused:
            self.stderr.write(_("Line %(line)d: %(reason)s") % {"line": row.line, "reason": row.reason})
        if rejects:
            _write_rejects(rejects, summary)
        counts = {name: summary.counts[name] for name in ("taken", "unchanged", "updated")}
        text = _(
            "Taken %(taken)d, unchanged %(unchanged)d, updated %(updated)d, refused %(refused)d rows (%(encoding)s)."
        )
        values = {**counts, "refused": summary.refused.count, "encoding": summary.encoding.name}
        self.stdout.write(text % values)
        if summary.moved:
            self.stdout.write(_("All instants were moved by %(days)d days.") % {"days": summary.moved})


def _readable(path: Path) -> Path:
    if path.is_dir():
        raise Unreadable(_("This is a folder, not a file."))
    if not path.exists():
        raise Unreadable(_("There is no such file."))
    return path


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise Unreadable(_("Unknown time zone: %(name)s. Write it like Asia/Shanghai.") % {"name": name})
    return ZoneInfo(name)


def _newest(text: str | None) -> datetime | None:
    if text is None:
        return None
    if settings.PRODUCTION:
        raise Unreadable(_("--as-if-newest is for demo and test databases only."))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(_("--as-if-newest: write an instant like 2026-11-25T18:00:00+08:00.")) from None
    return found if found.tzinfo else timezone.make_aware(found)


def _write_rejects(path: Path, summary: Summary) -> None:
    # With a byte order mark, so that a spreadsheet shows every language; broken bytes become question marks.
    with path.open("w", newline="", encoding="utf-8-sig", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "reason", *summary.header])
        writer.writerows([row.line, row.reason, *row.fields] for row in summary.refused)


class _Bars:
    """Two progress bars on a terminal: reading by bytes, importing by rows; nothing elsewhere."""

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size if path.is_file() else 0
        self._off = not sys.stderr.isatty()
        self._bar = tqdm(total=size, unit="B", unit_scale=True, desc=_("Reading"), disable=self._off)
        self._importing = False

    def reading(self, done: int) -> None:
        """Show how many bytes are read."""
        self._bar.update(done - self._bar.n)

    def importing(self, rows: int) -> None:
        """Show how many more rows are imported."""
        if not self._importing:
            self.close()
            self._bar = tqdm(unit=_(" rows"), unit_scale=True, desc=_("Importing"), disable=self._off)
            self._importing = True
        self._bar.update(rows)

    def close(self) -> None:
        """Leave the terminal as it is."""
        self._bar.close()
