import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftersales.recognition.groups import Group
from aftersales.recognition.measure import Labelled, Measured, measure

NEEDED = ("text", "group", "after_sales")


class Command(BaseCommand):
    """Recognise labelled messages and say how often that was right."""

    help = "Measures the recognition of messages against a CSV with columns text, group, after_sales (and language)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept the file and the form of the answer."""
        parser.add_argument("file")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file row by row and print precision, recall, macro F1 and milliseconds, per language."""
        found = measure(_read(Path(options["file"])))
        if options["json"]:
            self.stdout.write(json.dumps({language: _figures(m) for language, m in found.items()}))
            return
        self.stdout.write(f"{'language':<10}{'messages':>9}{'precision':>11}{'recall':>8}{'macro F1':>10}{'ms':>8}")
        for language, m in sorted(found.items()):
            self.stdout.write(
                f"{language:<10}{m.messages:>9}{m.precision:>11.3f}{m.recall:>8.3f}{m.macro_f1:>10.3f}"
                f"{m.milliseconds:>8.3f}"
            )


def _figures(m: Measured) -> dict[str, Any]:
    return {
        "messages": m.messages,
        "precision": m.precision,
        "recall": m.recall,
        "macro_f1": m.macro_f1,
        "milliseconds": m.milliseconds,
        "f1": {group: m.f1(group) for group in sorted(m.labelled)},
    }


def _read(path: Path) -> Iterator[Labelled]:
    csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := [name for name in NEEDED if name not in (rows.fieldnames or ())]:
                raise CommandError(f"{path.name} has no column {missing[0]}. Needed: {', '.join(NEEDED)}.")
            for row in rows:
                if row["group"] not in Group.values:
                    raise CommandError(f"line {rows.line_num}: {row['group']!r} is no group we know.")
                yield Labelled(row.get("language") or "", row["text"] or "", row["group"], row["after_sales"] or "")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path.name} is not UTF-8. Save it as UTF-8 and try again.") from error
