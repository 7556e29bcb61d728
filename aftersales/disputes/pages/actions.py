"""Which page belongs to which action of the table: its form and its verb. Upper rooms add theirs."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.models import Dispute
from aftersales.disputes.pages import forms
from aftersales.disputes.services import (
    claims,
    fulfilment,
    holding,
    inspection,
    interception,
    intervention,
    leaving,
    limits,
    negotiation,
    recalling,
    return_leg,
)

Verb = Callable[..., Dispute]


@dataclass(frozen=True, slots=True)
class ActionPage:
    """How a person takes an action: what is asked, what is done, what is explained before."""

    verb: Verb
    form: type[forms.ActionForm] = forms.ActionForm
    explains: Promise | str = ""


PAGES: dict[str, ActionPage] = {
    "propose": ActionPage(negotiation.propose, forms.ProposeForm),
    "accept_offer": ActionPage(negotiation.accept_offer, forms.AcceptForm),
    "agree": ActionPage(negotiation.agree),
    "ask_owner": ActionPage(
        limits.ask_owner,
        forms.AskOwnerForm,
        _("The owner and managers of your shop are told. Nothing is promised before one of them acts; time runs on."),
    ),
    "decline_offers": ActionPage(
        negotiation.decline_offers,
        explains=_("The seller then has to answer your request itself. You can still make a proposal of your own."),
    ),
    "refuse": ActionPage(
        negotiation.refuse,
        forms.RefuseForm,
        _("The buyer may then ask the platform to decide. Your reason and your words go on record."),
    ),
    "withdraw": ActionPage(
        leaving.withdraw, explains=_("The case ends without a refund. You can open a new one while there is time.")
    ),
    "escalate": ActionPage(
        leaving.escalate,
        forms.EscalateForm,
        _("The platform hears both sides and decides. Both have time to show their evidence first."),
    ),
    "reopen": ActionPage(leaving.reopen, explains=_("The seller gets a fresh clock to answer. This is possible once.")),
    "accept_claim": ActionPage(
        claims.accept_claim,
        explains=_(
            "You confirm what the seller says. An amount is booked as owed by you to the seller; it is never taken off "
            "another refund. The case ends."
        ),
    ),
    "contest_claim": ActionPage(
        claims.contest_claim,
        forms.ContestClaimForm,
        _("The platform then hears both sides and decides. Nothing is owed before it has."),
    ),
    "drop_claim": ActionPage(claims.drop_claim, explains=_("The case ends, and nothing follows from it.")),
    "choose_remedy": ActionPage(
        recalling.choose_remedy,
        forms.RecallForm,
        _("Do not use the item any more. Sending it back costs you nothing."),
    ),
    "ship_return": ActionPage(return_leg.ship_return, forms.ShipReturnForm),
    "recall_parcel": ActionPage(
        interception.recall_parcel,
        explains=_("You refund everything once the carrier has stopped the parcel. Ask the carrier within a day."),
    ),
    "ask_carrier": ActionPage(
        interception.ask_carrier,
        forms.ShipForm,
        _("Which parcel did you ask the carrier to stop? If it is delivered all the same, the buyer sends it back."),
    ),
    "receive_return": ActionPage(return_leg.receive_return, explains=_("Your time to inspect the goods begins now.")),
    "confirm_return": ActionPage(return_leg.confirm_return),
    "propose_deduction": ActionPage(
        inspection.propose_deduction,
        forms.DeductionForm,
        _("First add photographs of what arrived: without them nothing is deducted. The buyer accepts or contests."),
    ),
    "accept_deduction": ActionPage(
        inspection.accept_deduction, explains=_("The refund less the deduction is paid at once, and the case ends.")
    ),
    "contest_deduction": ActionPage(
        inspection.contest_deduction,
        forms.ContestForm,
        _("The platform then decides. Nothing is deducted before it has."),
    ),
    "dispute_return": ActionPage(
        return_leg.dispute_return, forms.DisputeReturnForm, _("The platform then decides. Add photographs as evidence.")
    ),
    "submit_evidence": ActionPage(intervention.submit_evidence, forms.StatementForm),
    "finish_evidence": ActionPage(
        intervention.finish_evidence, explains=_("When both sides have said so, the platform decides at once.")
    ),
    "take": ActionPage(intervention.take),
    "request_evidence": ActionPage(intervention.request_evidence, forms.RequestEvidenceForm),
    "extend": ActionPage(intervention.extend, forms.ExtendForm),
    "pause": ActionPage(intervention.pause, forms.PauseForm),
    "resume": ActionPage(intervention.resume),
    "ship_replacement": ActionPage(fulfilment.ship_replacement, forms.ShipForm),
    "fail_repair": ActionPage(
        fulfilment.fail_repair,
        forms.FailRepairForm,
        _("The platform then decides whether the buyer gets the money back or new goods. Both sides are heard."),
    ),
    "confirm_goods": ActionPage(
        fulfilment.confirm_goods,
        explains=_("The case is then settled. Look at the goods first: if they are wrong again, say so instead."),
    ),
    "report_goods": ActionPage(
        fulfilment.report_goods,
        forms.ReportGoodsForm,
        _("This case goes on before the platform, which decides. Both sides can show their evidence first."),
    ),
    "retry_payout": ActionPage(fulfilment.retry_payout),
    "release_hold": ActionPage(
        holding.release_hold,
        forms.ApproveForm,
        _("Look at the case first. Your approval is recorded with your name; what you decided yourself needs another."),
    ),
    "refuse_hold": ActionPage(
        holding.refuse_hold,
        forms.RefuseHoldForm,
        _("Nothing is paid now. Both sides are heard, and an arbitrator decides what the buyer gets."),
    ),
}


def register(action: str, page: ActionPage) -> None:
    """Add an action whose verb lives in an upper room (arbitration); called when the site starts."""
    PAGES[action] = page
