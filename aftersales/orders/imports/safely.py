"""A batch must not fail for one order in it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _

from aftersales.orders.imports.errors import Refused
from aftersales.orders.imports.grouping import Part, Refusal
from aftersales.orders.imports.merge import Merged, merge

ATTEMPTS = 5
_PASSING = {"40001", "40P01"}  # serialization failure, deadlock: somebody else went first


def merge_safely(parts: Sequence[Part], *, now: datetime) -> Merged:
    """Merge a batch; where the database refuses it, find the order that it is and refuse only that one's rows."""
    try:
        return _patiently(parts, now)
    except (DataError, IntegrityError, Refused) as problem:
        if len(parts) == 1:
            return _refused(parts[0], problem)
    half = len(parts) // 2
    first, second = merge_safely(parts[:half], now=now), merge_safely(parts[half:], now=now)
    return Merged(first.counts + second.counts, first.refusals + second.refusals)


def _patiently(parts: Sequence[Part], now: datetime) -> Merged:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return merge(parts, now=now)
        except OperationalError as problem:
            code = getattr(problem.__cause__, "pgcode", None)
            if code not in _PASSING or attempt == ATTEMPTS or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


def _refused(part: Part, problem: Exception) -> Merged:
    reason = str(problem)
    if not isinstance(problem, Refused):
        said = _("The database cannot hold this order: %(reason)s")
        reason = said % {"reason": reason.strip().splitlines()[0]}
    return Merged(Counter(refused=len(part.lines)), [Refusal(n.line, reason) for n in part.lines])
