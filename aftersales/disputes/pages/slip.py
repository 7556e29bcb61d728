"""The return slip of a case, for those whom the case concerns."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from aftersales.disputes.models import Dispute
from aftersales.disputes.pages.views import user_of
from aftersales.returns.models import ReturnShipment
from aftersales.returns.slip import PAPERS, qr_svg, slip_pdf


@require_safe
@login_required
def slip(request: HttpRequest, number: str) -> HttpResponse:
    """Serve the slip or label to be printed, on A6 or (`?paper=a4`) on A4."""
    shipment = _shipment_or_404(request, number)
    paper = request.GET.get("paper", "")
    drawn = slip_pdf(shipment, paper=paper if paper in PAPERS else "a6")
    answer = HttpResponse(drawn, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{shipment.case}.pdf"'
    answer["Cache-Control"] = "private, no-store"  # it bears an address
    return answer


@require_safe
@login_required
def code(request: HttpRequest, number: str) -> HttpResponse:
    """Serve the QR code of the case number."""
    return HttpResponse(qr_svg(_shipment_or_404(request, number).case), content_type="image/svg+xml")


def _shipment_or_404(request: HttpRequest, number: str) -> ReturnShipment:
    case = get_object_or_404(Dispute.objects.visible_to(user_of(request)), number=number)
    return get_object_or_404(ReturnShipment.objects.select_related("order", "merchant"), case=case.number)
