#!/usr/bin/env python
"""Command line of the portal: `python manage.py help`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

# These look at the code only: they need no servers.
WITHOUT_SERVERS = {"", "help", "check", "collectstatic", "makemessages", "compilemessages", "startapp", "spectacular"}


@contextmanager
def servers() -> Iterator[None]:
    """Where no DATABASE_URL / REDIS_URL is set, have the embedded servers run for as long as this command does."""
    from portal import embedded

    data_dir = Path(os.environ.get("DATA_DIR", Path(__file__).resolve().parent / ".data")).resolve()
    try:
        with embedded.running(data_dir, os.environ):
            yield
    except embedded.EmbeddedError as problem:
        sys.exit(str(problem))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    needed = (sys.argv[1] if len(sys.argv) > 1 else "") not in WITHOUT_SERVERS
    with servers() if needed else nullcontext():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
