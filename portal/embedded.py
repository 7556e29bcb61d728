"""Placeholder replaced in the next commit by the embedded servers."""

import hashlib
from pathlib import Path


def local_secret(data_dir: Path) -> str:
    """Secret key of a data folder."""
    return hashlib.sha256(str(data_dir).encode()).hexdigest()


def database_url(data_dir: Path) -> str:
    """Address of the embedded PostgreSQL."""
    return "postgres:///portal"


def redis_url(data_dir: Path) -> str:
    """Address of the embedded Redis."""
    return "redis://127.0.0.1:6379/0"
