"""A data folder of one's own, with servers of its own, gone afterwards."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from portal import embedded


@pytest.fixture(scope="module")
def data_dir():
    # PostgreSQL never runs as root: its account must be able to enter, which pytest's own folders do not allow.
    folder = Path(tempfile.mkdtemp(prefix="portal-own-", dir="/var/tmp" if os.geteuid() == 0 else None)).resolve()
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
