"""A case in each status, reached by the real verbs."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from aftersales.arbitration import services as arbitration
from aftersales.arbitration.services import Decision
from aftersales.disputes.evidence.services import add_evidence
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import (
    fulfilment,
    inspection,
    interception,
    intervention,
    leaving,
    negotiation,
    return_leg,
)
from aftersales.disputes.services.sweep import sweep

DAY = timedelta(days=1)


def decision(case, kind="partial_refund_keep", cash="20.00", **more):
    lines = list(case.lines.all())
    by_line = ((lines[0].order_line_id, Decimal(cash)),) if cash else ()
    words = {"facts": "The seam is open.", "evidence": "Photograph 1.", "rule": "Quality window."}
    return Decision(kind=kind, by_line=by_line, merchant_fault=100, **{**words, **more})


def reach(status, file_case, cast, now):
    """Open a case and bring it to a status."""
    return _WAYS[status](file_case, cast, now)


def _counter(file_case, cast, now):
    case = file_case()
    return negotiation.propose(
        dispute=case, actor=cast.owner, now=now, kind="partial_refund_keep", amount=Decimal("10.00")
    )


def _refused(file_case, cast, now):
    return negotiation.refuse(
        dispute=file_case(), actor=cast.owner, now=now, reason="no_evidence", message="Please show a photograph."
    )


def _escalated(file_case, cast, now):
    return leaving.escalate(dispute=_refused(file_case, cast, now), actor=cast.buyer, now=now)


def _collecting(file_case, cast, now):
    case = intervention.take(dispute=_escalated(file_case, cast, now), actor=cast.arbitrator, now=now)
    return intervention.request_evidence(
        dispute=case, actor=cast.arbitrator, now=now, party="both", question="When was it shipped?"
    )


def _to_rule(file_case, cast, now):
    case = intervention.take(dispute=_escalated(file_case, cast, now), actor=cast.arbitrator, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    return intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)


def _ruled(file_case, cast, now):
    case = _to_rule(file_case, cast, now)
    return arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=decision(case))


def _appealed(file_case, cast, now):
    case = arbitration.appeal(
        dispute=_ruled(file_case, cast, now), actor=cast.owner, now=now, ground="fact_wrong", text="It was intact."
    )
    return arbitration.take(dispute=case, actor=cast.senior, now=now)


def _returning(file_case, cast, now):
    case = file_case(wants="full_refund_with_return", type="no_reason_return", reason="no_longer_wanted")
    return negotiation.agree(dispute=case, actor=cast.owner, now=now)


def _on_the_way(file_case, cast, now):
    case = _returning(file_case, cast, now)
    return return_leg.ship_return(dispute=case, actor=cast.buyer, now=now, carrier="SF", tracking="SF1234567890123")


def _arrived(file_case, cast, now):
    return return_leg.receive_return(dispute=_on_the_way(file_case, cast, now), actor=cast.owner, now=now)


def _stopping(file_case, cast, now):
    case = file_case(type="late_shipping", reason="late", wants="full_refund_no_return", stage="in_transit")
    return interception.recall_parcel(dispute=case, actor=cast.owner, now=now)


def _deducted(file_case, cast, now):
    case = show(_arrived(file_case, cast, now), cast.owner, now)
    return inspection.propose_deduction(
        dispute=case, actor=cast.owner, now=now, condition="used", amount=Decimal("30.00"), note="The soles are worn."
    )


def show(case, actor, now):
    """Add a photograph to a case; the case comes back as it is then."""
    file = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
    add_evidence(dispute=case, actor=actor, now=now, upload=SimpleUploadedFile("seam.jpg", file.getvalue()))
    return Dispute.objects.get(pk=case.pk)


def _fulfilling(file_case, cast, now):
    return negotiation.agree(dispute=file_case(), actor=cast.owner, now=now)


def _goods_sent(file_case, cast, now):
    case = file_case(wants="replace_no_return", type="arrived_damaged", reason="damaged")
    case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
    return fulfilment.ship_replacement(
        dispute=case, actor=cast.owner, now=now, carrier="SF", tracking="SF2000000000009"
    )


def _on_hold(file_case, cast, now):
    case = file_case(wants="full_refund_no_return", price="30000.00")
    return negotiation.agree(dispute=case, actor=cast.owner, now=now)


def _payout_failed(file_case, cast, now):
    from aftersales.remedies.models import InstructionState, RefundInstruction

    case = _fulfilling(file_case, cast, now)
    RefundInstruction.objects.filter(case=case.number).update(state=InstructionState.FAILED, next_at=None)
    fulfilment.note_remedies(number=case.number, now=now)
    return Dispute.objects.get(pk=case.pk)


def _paused(file_case, cast, now):
    return intervention.pause(dispute=file_case(), actor=cast.platform, now=now, reason="They talk.")


def _resolved(file_case, cast, now):
    from aftersales.remedies.models import InstructionState, RefundInstruction

    case = _fulfilling(file_case, cast, now)
    RefundInstruction.objects.filter(case=case.number).update(
        state=InstructionState.SUCCEEDED, next_at=None, settled_at=now
    )
    fulfilment.note_remedies(number=case.number, now=now)
    return Dispute.objects.get(pk=case.pk)


def _closed(file_case, cast, now):
    case = _to_rule(file_case, cast, now)
    return arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=decision(case, "dismiss", ""))


def _claimed(file_case, cast, now):
    from tests.disputes.claims import report

    return report(file_case(), cast, now)


def _recalled(file_case, cast, now):
    from tests.recalls.makers import recalled

    order = leaving.withdraw(dispute=file_case(), actor=cast.buyer, now=now).order
    return recalled(order, cast, now)


def _withdrawn(file_case, cast, now):
    return leaving.withdraw(dispute=file_case(), actor=cast.buyer, now=now)


def _lapsed(file_case, cast, now):
    case = _refused(file_case, cast, now)
    sweep(now=now + 8 * DAY)
    return Dispute.objects.get(pk=case.pk)


_WAYS = {
    "awaiting_buyer": _counter,
    "awaiting_merchant": lambda file_case, cast, now: file_case(),
    "refused": _refused,
    "claimed": _claimed,
    "recalled": _recalled,
    "awaiting_return_shipment": _returning,
    "return_in_transit": _on_the_way,
    "awaiting_inspection": _arrived,
    "intercepting": _stopping,
    "deduction_proposed": _deducted,
    "escalated": _escalated,
    "collecting_evidence": _collecting,
    "awaiting_ruling": _to_rule,
    "ruled": _ruled,
    "appealed": _appealed,
    "amount_on_hold": _on_hold,
    "fulfilling": _fulfilling,
    "goods_sent": _goods_sent,
    "payout_failed": _payout_failed,
    "paused": _paused,
    "resolved": _resolved,
    "closed": _closed,
    "withdrawn": _withdrawn,
    "lapsed": _lapsed,
}
