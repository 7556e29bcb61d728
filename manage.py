#!/usr/bin/env python
"""Command line of the portal: `python manage.py help`."""

import atexit
import os
import sys
from pathlib import Path

# These look at the code only: they need no servers.
WITHOUT_SERVERS = {"", "help", "check", "collectstatic", "makemessages", "compilemessages", "startapp", "spectacular"}


def start_servers() -> None:
    """Where no DATABASE_URL / REDIS_URL is set, have the embedded servers run for as long as this command does."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    from portal import embedded

    data_dir = Path(os.environ.get("DATA_DIR", Path(__file__).resolve().parent / ".data")).resolve()
    try:
        started = embedded.start(data_dir)
    except embedded.EmbeddedError as problem:
        sys.exit(str(problem))
    if started:
        atexit.register(embedded.stop, data_dir, started)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    if (sys.argv[1] if len(sys.argv) > 1 else "") not in WITHOUT_SERVERS:
        start_servers()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
