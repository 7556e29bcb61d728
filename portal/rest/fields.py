"""Fields shared by the rooms' APIs: money as strings, public ids."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.money import plain


class AmountField(serializers.DecimalField):
    """An amount as a decimal string; its currency stands beside it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=15, decimal_places=3, **{"min_value": Decimal(0), **kwargs})


@extend_schema_field(OpenApiTypes.STR)
class PublicIdField(serializers.Field):  # type: ignore[type-arg]  # reads a number out of text
    """An id that says what it is of: `offer_42`. Read as the number, written by `public_id`."""

    default_error_messages = {"no_id": _("Expected an id like %(example)s.")}

    def __init__(self, kind: str, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return the number. Raises ValidationError."""
        number = number_of(self.kind, data)
        if number is None:
            message = self.error_messages["no_id"] % {"example": f"{self.kind}_42"}
            raise serializers.ValidationError(message, code="no_id")
        return number


def number_of(kind: str, given: Any) -> int | None:
    """Return the number in an id of a kind, or None where it is none."""
    prefix, _sep, number = given.rpartition("_") if isinstance(given, str) else ("", "", "")
    return int(number) if prefix == kind and number.isascii() and number.isdigit() and len(number) < 19 else None


def public_id(kind: str, number: int) -> str:
    """Write an id as callers see it."""
    return f"{kind}_{number}"


def amount(value: Decimal, currency: str) -> str:
    """Write an amount with its currency's decimals."""
    return plain(value, currency)


def instant(value: datetime | None) -> str | None:
    """Write an instant in UTC, to the second's fraction that it has."""
    return value.isoformat().replace("+00:00", "Z") if value else None
