import pytest

from tests.orders import makers


@pytest.fixture
def write(tmp_path):
    """Write a file of bytes, text, or rows; return its path."""

    def make(*rows, name="orders.csv", **columns):
        path = tmp_path / name
        content = rows[0] if rows and isinstance(rows[0], bytes | str) else makers.csv_text(*rows, **columns)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def load(db, write):
    """Import rows; `args` go to the command."""

    def make(*rows, args=(), **columns):
        return makers.run(write(*rows, **columns), *args)

    return make
