"""Rows of models by plain SQL, for the few paths where the ORM's own work costs more than the database's.

The models stay the only description of the tables: columns and conversions are taken from them, once per process.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


class Columns(Generic[M]):
    """Columns of a model's table under an alias: all of them, or those named, in which case the others are deferred.

    The primary key is always among them.
    """

    def __init__(self, model: type[M], alias: str, *names: str) -> None:
        fields = [f for f in model._meta.concrete_fields if not names or f.attname in names or f.primary_key]
        self._model = model
        self._names = [f.attname for f in fields]
        self._converters = [(n, f, c) for n, f in enumerate(fields) for c in f.get_db_converters(connection)]
        self.sql = ", ".join(f'{alias}."{f.column}"' for f in fields)

    def read(self, values: Iterator[Any]) -> M:
        """Take this model's values off a row and make the instance, as a query of the ORM would."""
        own = list(islice(values, len(self._names)))
        for position, field, convert in self._converters:
            own[position] = convert(own[position], field.cached_col, connection)
        return self._model.from_db(connection.alias, self._names, own)


def revive(model: type[M], row: Mapping[str, Any]) -> M:
    """Make an instance of a row written by `to_jsonb`, loaded with `parse_float=Decimal` so that amounts stay exact."""
    names, converters = _reviving(model)
    return model.from_db(
        connection.alias,
        names,
        [None if row[c] is None else convert(row[c]) for c, convert in converters],
    )


def attach(parent: models.Model, **related: list[Any]) -> None:
    """Put related rows that are at hand on their parent, as `prefetch_related` would, so that none is read again."""
    known: dict[str, Any] | None = getattr(parent, "_prefetched_objects_cache", None)
    if known is None:
        known = {}
        setattr(parent, "_prefetched_objects_cache", known)  # noqa: B010 - where Django keeps them; unknown to the stubs
    for name, rows in related.items():
        known.pop(name, None)
        queryset = getattr(parent, name).get_queryset()
        queryset._result_cache, queryset._prefetch_done = rows, True
        known[name] = queryset


def attached(parent: models.Model, name: str) -> list[Any] | None:
    """Return related rows that were put on their parent or prefetched, or None where they were not."""
    known = getattr(parent, "_prefetched_objects_cache", {})
    return list(known[name]) if name in known else None


class Statements:
    """Statements whose answers nobody needs, sent in one round trip."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, Sequence[Any]]] = []

    def add(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Append a statement."""
        self._parts.append((sql, values))

    def insert(self, rows: Sequence[models.Model]) -> None:
        """Append an insert of instances of one model; their keys are used where they have one, else not returned."""
        if not rows:
            return
        head, fields = _inserting(type(rows[0]), rows[0].pk is not None)
        values = [f.get_db_prep_save(f.pre_save(row, True), connection) for row in rows for f in fields]
        one = f"({', '.join(['%s'] * len(fields))})"
        self.add(f"{head} {', '.join([one] * len(rows))}", values)

    def send(self) -> None:
        """Send everything; the first one that fails raises and undoes the transaction."""
        if self._parts:
            with connection.cursor() as cursor:
                cursor.execute(";".join(cursor.mogrify(sql, values).decode() for sql, values in self._parts))
        self._parts.clear()


def next_keys(wanted: Mapping[type[models.Model], int]) -> dict[type[models.Model], list[int]]:
    """Take primary keys ahead of the inserts that will use them, for several models in one round trip."""
    asked = {model: count for model, count in wanted.items() if count}
    counters = ", ".join(
        f"ARRAY(SELECT nextval('{model._meta.db_table}_id_seq') FROM generate_series(1, {count:d}))"  # noqa: S608
        for model, count in asked.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counters}")
        return {model: [] for model in wanted} | dict(zip(asked, cursor.fetchone(), strict=True))


@cache
def _reviving(model: type[models.Model]) -> tuple[list[str], list[tuple[str, Callable[[Any], Any]]]]:
    fields = model._meta.concrete_fields
    return [f.attname for f in fields], [(f.column or "", _from_json(f)) for f in fields]


def _from_json(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.DateTimeField):
        return datetime.fromisoformat
    if isinstance(field, models.DecimalField):
        return Decimal
    return lambda value: value


@cache
def _inserting(model: type[models.Model], keyed: bool) -> tuple[str, list[Any]]:
    fields = [f for f in model._meta.concrete_fields if keyed or not f.primary_key]
    names = ", ".join(f'"{f.column}"' for f in fields)
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES', fields
