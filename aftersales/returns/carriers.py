"""Carriers as data: their names as people write them, and what their tracking numbers look like.

The formats are the carriers' own (their tracking pages); S10 is the Universal Postal Union's numbering of parcels,
whose ninth digit is a check digit. A carrier that does not stand here is taken as it is written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _


class TrackingMistyped(Exception):
    """The number cannot be one of this carrier's; the message shows what they look like."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier: name, how else it is written (lower case), its numbers' format, an example."""

    name: str
    aliases: frozenset[str]
    format: str
    example: str
    fits: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as carriers and we call it: the carrier's one name, the number without spaces, in capitals."""

    carrier: str
    tracking: str


_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def s10_holds(tracking: str) -> bool:
    """Tell whether a postal number's check digit is right; numbers of other shapes have none (UPU S10)."""
    if not _S10.fullmatch(tracking):
        return True
    rest = 11 - sum(w * int(d) for w, d in zip(_WEIGHTS, tracking[2:10], strict=True)) % 11
    return int(tracking[10]) == {10: 0, 11: 5}.get(rest, rest)


def _of(name: str, aliases: str, format: str, example: str, fits: Callable[[str], bool] | None = None) -> Carrier:
    return Carrier(name, frozenset({name.casefold(), *aliases.split()}), format, example, fits)


CARRIERS = (
    _of("SF Express", "sf 顺丰 顺丰速运 shunfeng", r"SF\d{12,13}|\d{12}|\d{15}", "SF1234567890123"),
    _of("ZTO Express", "zto 中通 中通快递", r"(ZT)?\d{12,15}", "75123456789012"),
    _of("YTO Express", "yto 圆通 圆通速递", r"YT\d{13}|[A-Z]?\d{10,18}", "YT1234567890123"),
    _of("STO Express", "sto 申通 申通快递", r"(ST)?\d{12,15}", "770123456789012"),
    _of("Yunda Express", "yunda 韵达 韵达快递 韵达速递", r"(YD)?\d{13,15}", "4312345678901"),
    _of("JD Logistics", "jd jdl 京东 京东物流 京东快递", r"J[A-Z0-9]{11,20}|V[A-Z0-9]{10,20}", "JDVA01234567890"),
    _of(
        "EMS / China Post",
        "ems 邮政 中国邮政 邮政ems chinapost",
        r"[A-Z]{2}\d{9}[A-Z]{2}|\d{13}",
        "EE123456785CN",
        s10_holds,
    ),
    _of("DHL", "dhl 敦豪", r"\d{10,11}|JJ?D\d{16,20}|GM\d{16,20}", "1234567890"),
    _of("UPS", "ups", r"1Z[A-Z0-9]{16}|T\d{10}|\d{9}", "1Z999AA10123456784"),
    _of("FedEx", "fedex 联邦 联邦快递", r"\d{12}|\d{15}|\d{20}|\d{22}", "123456789012"),
)
_BY_NAME = {alias: carrier for carrier in CARRIERS for alias in carrier.aliases}
_ANY = r"[A-Z0-9][A-Z0-9./-]{2,59}"


def read_parcel(carrier: str, tracking: str) -> Parcel:
    """Read what somebody typed: any of a carrier's names, the number with spaces or in small letters.

    Raises TrackingMistyped where the number does not fit the carrier.
    """
    number = "".join(tracking.split()).upper()
    known = _BY_NAME.get(" ".join(carrier.split()).casefold())
    if known is None:
        if not re.fullmatch(_ANY, number):
            raise TrackingMistyped(_("A tracking number has letters, digits and hyphens only, at least three."))
        return Parcel(" ".join(carrier.split()), number)
    if not re.fullmatch(known.format, number):
        text = _("This is no number of %(carrier)s: theirs look like %(example)s. Check it for mistyped characters.")
        raise TrackingMistyped(text % {"carrier": known.name, "example": known.example})
    if known.fits and not known.fits(number):
        text = _("The check digit of this %(carrier)s number is wrong: a digit was mistyped.")
        raise TrackingMistyped(text % {"carrier": known.name})
    return Parcel(known.name, number)
