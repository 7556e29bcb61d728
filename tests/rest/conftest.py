import pytest

from tests.rest.calls import Caller


@pytest.fixture
def api(cast):
    """Somebody of the cast as a caller: `api("buyer")`."""
    return lambda name, *scopes: Caller(getattr(cast, name), *([scopes] if scopes else []))
