"""What became of a merchant's coupons, month by month: sums of the very rows that the lists behind them show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from merchants.coupons.models import CouponMove, CouponReservation, MoveKind
from portal.money import ZERO


@dataclass(slots=True)
class Row:
    """A template's month: number and worth by kind of move; `used` counts what was really taken off, too."""

    month: date
    template: int | None
    name: str
    version: int
    currency: str
    count: dict[str, int]
    amount: dict[str, Decimal]
    taken_off: Decimal

    @property
    def cells(self) -> list[tuple[MoveKind, int, Decimal]]:
        """Kind, number and worth, in the order of a coupon's life."""
        return [(kind, self.count.get(kind, 0), self.amount.get(kind, ZERO)) for kind in MoveKind]


def first_of(month: date) -> datetime:
    """The instant that a month of the site's time zone begins."""
    return timezone.make_aware(datetime.combine(month.replace(day=1), time()), timezone.get_default_timezone())


def after(month: date) -> date:
    """The first day of the month that follows."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def moves_of(
    merchant_id: int,
    *,
    month: date | None = None,
    since: date | None = None,
    kind: str = "",
    template: int | None = None,
) -> QuerySet[CouponMove]:
    """List a merchant's coupon moves, newest first, of a month or `since` one; `template` 0: those without one."""
    found = CouponMove.objects.filter(merchant=merchant_id)
    if month is not None:
        found = found.filter(at__gte=first_of(month), at__lt=first_of(after(month)))
    if since is not None:
        found = found.filter(at__gte=first_of(since))
    if kind:
        found = found.filter(kind=kind)
    if template is not None:
        found = found.filter(template=template) if template else found.filter(template=None)
    return found.order_by("-at", "-id")


def statement(merchant_id: int, *, since: date, until: date) -> list[Row]:
    """Sum up the months from `since` to `until` (their first days, both included), newest first; one query."""
    moves = CouponMove.objects.filter(merchant=merchant_id, at__gte=first_of(since), at__lt=first_of(after(until)))
    month = TruncMonth("at", tzinfo=timezone.get_default_timezone())
    sums = (
        moves.annotate(month=month, name=F("template__name"), version=F("template__version"))
        .values("month", "template", "name", "version", "currency", "kind")
        .annotate(n=Count("pk"), worth=Sum("amount"), off=Sum("used"))
        .order_by("-month", "name", "version", "template", "currency")
    )
    rows: dict[tuple[object, ...], Row] = {}
    for found in sums:
        key = (found["month"], found["template"], found["currency"])
        row = rows.setdefault(key, _empty(found))
        row.count[found["kind"]], row.amount[found["kind"]] = found["n"], found["worth"]
        if found["kind"] == MoveKind.USED:
            row.taken_off = found["off"]
    return list(rows.values())


def _empty(found: Mapping[str, object]) -> Row:
    month, template = found["month"], found["template"]
    assert isinstance(month, datetime)  # noqa: S101 - what TruncMonth makes of an instant
    return Row(
        month=month.date(),
        template=template if isinstance(template, int) else None,
        name=str(found["name"] or ""),
        version=int(str(found["version"] or 1)),
        currency=str(found["currency"]),
        count={},
        amount={},
        taken_off=ZERO,
    )


def given_lately(template_ids: list[int], *, since: date) -> dict[int, int]:
    """Count the coupons granted of each template since a day: the rate at which a budget is used up."""
    recent = CouponReservation.objects.filter(template__in=template_ids, on__gte=since)
    return dict(recent.order_by().values_list("template").annotate(n=Count("pk")))
