"""Running a management command in a database of its own, dropped afterwards."""

import os
import subprocess
import sys

from django.conf import settings
from django.db import connection

from portal.embedded import database_url

_INNER = "PORTAL_SCRATCH_DATABASE"


def is_inside() -> bool:
    """Whether this process already works in a database of its own."""
    return _INNER in os.environ


def run_inside(name: str) -> int:
    """Run this very command again on a fresh database; return its exit code."""
    name = f"{name}_{os.getpid()}"
    url = os.environ.get("DATABASE_URL") or database_url(settings.DATA_DIR)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    head, _slash, _old = url.rpartition("/")
    own = {_INNER: name, "DATABASE_URL": f"{head}/{name}", "REDIS_URL": str(settings.REDIS_URL), "DEMO": "1"}
    try:
        return subprocess.call([sys.executable, *sys.argv], env={**os.environ, **own})  # noqa: S603 - this very command
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
