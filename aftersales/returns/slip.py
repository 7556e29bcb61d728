"""The slip that goes into a returned parcel: where to, which case, and a QR code for whoever opens it."""

from collections.abc import Iterator
from io import BytesIO

import segno
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from aftersales.returns.models import ReturnShipment

# Chinese and Latin in one of the fonts that every reader of PDF brings along: none is shipped with us.
FONT = "STSong-Light"
_MARGIN, _QR = 8 * mm, 34 * mm


def qr_svg(case: str) -> bytes:
    """Draw a case number as a QR code; a quarter of it may be unreadable (error correction Q)."""
    drawn = BytesIO()
    _code(case).save(drawn, kind="svg", scale=4, border=4)
    return drawn.getvalue()


def slip_pdf(shipment: ReturnShipment) -> bytes:
    """Draw the slip of a return, on A6, in the active language."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    drawn = BytesIO()
    page = Canvas(drawn, pagesize=A6, invariant=1)
    page.setTitle(shipment.case)
    _draw_code(page, shipment.case)
    width, height = A6
    y = height - _MARGIN - 14
    for text, size in _lines(shipment):
        room = width - 2 * _MARGIN - (_QR if y > height - _MARGIN - _QR else 0)
        for line in simpleSplit(text, FONT, size, room):
            page.setFont(FONT, size)
            page.drawString(_MARGIN, y, line)
            y -= size * 1.4
    page.showPage()
    page.save()
    return drawn.getvalue()


def _lines(shipment: ReturnShipment) -> Iterator[tuple[str, int]]:
    yield _("Return slip"), 14
    yield shipment.case, 12
    yield _("Order %(number)s") % {"number": shipment.order.number}, 9
    yield " ", 30
    yield _("To"), 9
    yield shipment.to_name, 13
    yield shipment.to_phone, 11
    for line in shipment.to_address.splitlines():
        yield line, 11
    yield " ", 9
    yield str(shipment.get_freight_payer_display()), 9
    yield _("Put this slip into the parcel."), 9


def _code(case: str) -> segno.QRCode:
    return segno.make_qr(case, error="q")


def _draw_code(page: Canvas, case: str) -> None:
    rows = list(_code(case).matrix_iter(border=2))
    dot = _QR / len(rows)
    left, top = A6[0] - _MARGIN / 2 - _QR, A6[1] - _MARGIN / 2
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                page.rect(left + x * dot, top - (y + 1) * dot, dot, dot, stroke=0, fill=1)
