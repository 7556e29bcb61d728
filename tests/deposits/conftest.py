import pytest

from aftersales.advances import audit as advances
from aftersales.ledger import audit as ledger
from aftersales.settlements import audit as settlements
from merchants.deposits import audit


@pytest.fixture(autouse=True)
def books_are_in_order(db):
    """Whatever a story does, every audit is clean at its end."""
    yield
    assert [*audit.findings(), *ledger.findings(), *settlements.findings(), *advances.findings()] == []
