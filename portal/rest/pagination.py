"""Pages of a list by an opaque cursor: as fast on the last page as on the first, whole while rows come and go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from portal.rest.problems import Problem

Order = tuple[tuple[str, bool], ...]  # column, descending
Place = list[Any]  # a row's values of these columns


class OpaqueCursor(BasePagination):
    """Pages in the queryset's own order, whose last column must be unique (give `-id` last)."""

    page_size, most = 50, 200

    def paginate_queryset(self, queryset: Any, request: Request, view: object | None = None) -> list[Any]:
        """Return the rows of the page asked for. Raises Problem for a cursor or limit that is none."""
        self.url = request.build_absolute_uri()
        order = _order_of(queryset)
        self.salt = f"{queryset.model._meta.label}:{order}"
        place, back = self._read(request.query_params.get("cursor", ""))
        limit = self._limit(request.query_params.get("limit", ""))
        if back:
            order = tuple((name, not down) for name, down in order)
        if place is not None:
            queryset = queryset.filter(_after(queryset.model, order, place))
        rows = list(queryset.order_by(*(f"-{name}" if down else name for name, down in order))[: limit + 1])
        more, rows = len(rows) > limit, rows[:limit]
        if back:
            rows.reverse()
        self.next = self._write(order, rows[-1:], back=False) if more or back else None
        self.previous = self._write(order, rows[:1], back=True) if (more if back else place) else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """Wrap the rows with the addresses of the pages beside."""
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page for OpenAPI."""
        link = {"type": "string", "format": "uri", "nullable": True}
        properties = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": [*properties], "properties": properties}

    def get_schema_operation_parameters(self, view: object) -> list[dict[str, Any]]:
        """Describe the query's parameters for OpenAPI."""
        limit = {"type": "integer", "minimum": 1, "maximum": self.most, "default": self.page_size}
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "From `next`, `previous`"},
            {"name": "limit", "in": "query", "schema": limit, "description": "Rows on a page"},
        ]

    def _limit(self, given: str) -> int:
        if not given:
            return self.page_size
        if not given.isascii() or not given.isdigit() or not 0 < int(given[:9]) <= self.most:
            detail = _("`limit` is a number from 1 to %(most)s.") % {"most": self.most}
            raise Problem(400, "bad_parameter", detail, errors={"limit": [detail]})
        return int(given)

    def _read(self, cursor: str) -> tuple[Place | None, bool]:
        if not cursor:
            return None, False
        try:
            place, back = signing.loads(cursor, salt=self.salt)
        except (signing.BadSignature, ValueError):
            detail = _("This cursor is not of this list. Begin without one.")
            raise Problem(400, "bad_cursor", detail, errors={"cursor": [detail]}) from None
        return place, back

    def _write(self, order: Order, rows: Sequence[Any], *, back: bool) -> str | None:
        if not rows:
            return None
        place = [_written(_value(rows[0], name)) for name, _down in order]
        # Signed, so that what comes back fits the columns; never secret.
        return replace_query_param(self.url, "cursor", signing.dumps([place, back], salt=self.salt, compress=True))


def _order_of(queryset: QuerySet[Any]) -> Order:
    names = queryset.query.order_by or queryset.model._meta.ordering
    return tuple((str(name).lstrip("-"), str(name).startswith("-")) for name in names)


def _after(model: type[Model], order: Order, place: Place) -> Q:
    """Rows behind a place: a later first column, or the same one and a later second column ..."""
    behind, same = Q(pk__in=[]), Q()
    for (name, down), value in zip(order, place, strict=True):
        behind |= same & _later(model, name, down, value)
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    first, value = order[0], place[0]
    # Said once more for the first column alone: that is what the index is searched by.
    return behind if value is None else behind & (_later(model, *first, value) | Q(**{first[0]: value}))


def _later(model: type[Model], name: str, down: bool, value: Any) -> Q:
    """PostgreSQL puts nulls last going up, and first going down."""
    if value is None:
        return Q(**{f"{name}__isnull": False}) if down else Q(pk__in=[])
    if down:
        return Q(**{f"{name}__lt": value})
    later = Q(**{f"{name}__gt": value})
    return later | Q(**{f"{name}__isnull": True}) if _nullable(model, name) else later


def _nullable(model: type[Model], name: str) -> bool:
    try:
        return bool(getattr(model._meta.get_field(name), "null", False))
    except FieldDoesNotExist:
        return False


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | None) else str(value)
