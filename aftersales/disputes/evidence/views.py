from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from aftersales.disputes.models import Dispute, Evidence
from aftersales.disputes.models.record import EvidenceKind
from portal.accounts.models import User


@require_safe
@login_required
def exhibit(request: HttpRequest, number: str, pk: int, small: bool = False) -> FileResponse:
    """Serve a file of a case to those concerned."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    case = get_object_or_404(Dispute.objects.visible_to(request.user), number=number)
    return served(get_object_or_404(Evidence, dispute=case, pk=pk), case, small=small)


def served(found: Evidence, case: Dispute, *, small: bool = False) -> FileResponse:
    """Answer a caller who may have it with a file. It can run nothing: sandboxed, typed, never sniffed."""
    file = found.thumbnail if small and found.thumbnail else found.file
    response = FileResponse(
        file.open("rb"),
        content_type="image/jpeg" if small and found.thumbnail else found.content_type,
        as_attachment=found.kind != EvidenceKind.IMAGE,
        filename=f"{case.number}-{found.pk}.{str(found.file.name).rpartition('.')[2]}",
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
