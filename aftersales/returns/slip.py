"""What goes onto or into a returned parcel: a slip, or a label where the sender pays nothing. A6, or A4 to cut."""

from io import BytesIO

import segno
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from aftersales.returns.models import ReturnShipment
from aftersales.returns.paper import FONT, MARGIN, Sheet

__all__ = ["FONT", "PAPERS", "qr_svg", "slip_pdf"]

PAPERS = ("a6", "a4")
_QR = 30 * mm


def qr_svg(case: str) -> bytes:
    """Draw a case number as a QR code; a quarter of it may be unreadable (error correction Q)."""
    drawn = BytesIO()
    segno.make_qr(case, error="q").save(drawn, kind="svg", scale=4, border=4)
    return drawn.getvalue()


def slip_pdf(shipment: ReturnShipment, *, paper: str = "a6") -> bytes:
    """Draw the slip or label of a return in the active language: on A6, or enlarged on A4 with a line to cut along."""
    drawn = BytesIO()
    canvas = Canvas(drawn, pagesize=A4 if paper == "a4" else A6, invariant=1)
    canvas.setTitle(f"{_title(shipment)} {shipment.case}")
    if paper == "a4":
        _cut_out(canvas)
    _draw(Sheet(canvas, *A6), shipment)
    canvas.showPage()
    canvas.save()
    return drawn.getvalue()


def _cut_out(canvas: Canvas) -> None:
    """Draw what follows as A5 in the middle of A4, within a line to cut along."""
    scale = 2**0.5
    canvas.translate((A4[0] - A6[0] * scale) / 2, A4[1] - A6[1] * scale - 2 * MARGIN)
    canvas.scale(scale, scale)
    canvas.setDash(3, 3)
    canvas.setLineWidth(0.5)
    canvas.rect(0, 0, *A6)
    canvas.setDash()


def _title(shipment: ReturnShipment) -> str:
    return _("Return slip") if shipment.freight_payer == "buyer" else _("Return label")


def _draw(sheet: Sheet, shipment: ReturnShipment) -> None:
    sheet.code(shipment.case, _QR)
    sheet.write(_title(shipment), 17, bold=True, after=2)
    sheet.write(shipment.case, 13, after=2)
    sheet.write(_("Order %(number)s") % {"number": shipment.order.number}, 9)
    sheet.y = min(sheet.y, sheet.narrow_until)
    _draw_address(sheet, shipment)
    _draw_postage(sheet, shipment)
    sheet.rule()
    sheet.write(_("Put this paper into the parcel; a label goes outside. Then enter the number in the case."), 8.5)
    sheet.blank(_("Carrier and tracking number"))


def _draw_address(sheet: Sheet, shipment: ReturnShipment) -> None:
    sheet.rule()
    sheet.write(_("To"), 8.5, grey=True, after=1)
    sheet.write(shipment.to_name, 14, bold=True, after=1)
    sheet.write(shipment.to_phone, 12, after=1)
    for line in shipment.to_address.splitlines():
        sheet.write(line, 12)


def _draw_postage(sheet: Sheet, shipment: ReturnShipment) -> None:
    """Say who pays, to the carrier's people where it is not the sender."""
    if shipment.freight_payer == "buyer":
        sheet.rule()
        sheet.write(str(shipment.get_freight_payer_display()), 10)
        return
    sheet.y -= 5 * mm
    top = sheet.y
    sheet.write(_("Charge the sender nothing"), 13, bold=True, after=1)
    if shipment.freight_payer == "merchant":
        seller = {"name": shipment.merchant.name, "number": shipment.merchant.ref}
        sheet.write(_("Bill to the seller %(name)s, cost centre %(number)s") % seller, 9.5)
    else:
        sheet.write(_("Bill to the platform, cost centre returns"), 9.5)
    sheet.write(_("Reference %(case)s") % {"case": shipment.case}, 9.5)
    sheet.frame(top)
