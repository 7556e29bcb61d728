"""Reading what was sent: one serializer of each kind serves all requests, since making one copies all its fields."""

from functools import cache
from typing import Any

from rest_framework.serializers import Serializer


def validated(kind: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return what was sent as the serializer reads it. Raises DRF's ValidationError with every field's reasons.

    Only for serializers whose validation keeps nothing on themselves.
    """
    found: dict[str, Any] = _reader(kind).run_validation(data)
    return found


@cache
def _reader(kind: type[Serializer[Any]]) -> Serializer[Any]:
    return kind()
