"""Cases in which the platform paid first."""

from aftersales.advances.models import Advance
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.sweep import sweep
from tests.disputes.states import reach


def advanced(file_case, cast, now):
    """A decision of 20.00 that the seller let run out: the case, the advance, and when it was paid."""
    case = reach("ruled", file_case, cast, now)
    at = case.due_at
    sweep(now=at)
    return Dispute.objects.get(pk=case.pk), Advance.objects.get(case=case.number), at
