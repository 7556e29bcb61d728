"""Words, colours and icons of statuses and events: one place, for every page and both languages."""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# Translators: the product's name; 持衡 in Chinese.
NAME = _("Evenhand")


class Look(NamedTuple):
    """How a status is shown: its tone (a colour by meaning) and its icon. The word comes with the status."""

    tone: str
    icon: str


STATUS_LOOKS: dict[str, Look] = {
    "awaiting_buyer": Look("act", "hourglass"),
    "awaiting_merchant": Look("act", "hourglass"),
    "refused": Look("bad", "circle-x"),
    "claimed": Look("act", "hourglass"),
    "recalled": Look("act", "shield-alert"),
    "awaiting_return_shipment": Look("act", "package"),
    "return_in_transit": Look("wait", "truck"),
    "awaiting_inspection": Look("act", "package-search"),
    "deduction_proposed": Look("act", "package-search"),
    "escalated": Look("wait", "scale"),
    "collecting_evidence": Look("wait", "files"),
    "awaiting_ruling": Look("wait", "scale"),
    "ruled": Look("wait", "gavel"),
    "appealed": Look("wait", "scale"),
    "amount_on_hold": Look("wait", "shield"),
    "fulfilling": Look("wait", "banknote"),
    "payout_failed": Look("bad", "triangle-alert"),
    "paused": Look("rest", "circle-pause"),
    "resolved": Look("good", "circle-check"),
    "closed": Look("good", "circle-check"),
    "withdrawn": Look("rest", "undo-2"),
    "lapsed": Look("rest", "clock-alert"),
    # Orders, plans, coupons, refunds.
    "delivered": Look("good", "package-check"),
    "shipped": Look("wait", "truck"),
    "paid": Look("wait", "banknote"),
    "placed": Look("rest", "package"),
    "processing": Look("wait", "package"),
    "cancelled": Look("rest", "circle-x"),
    "draft": Look("rest", "pencil"),
    "live": Look("good", "circle-check"),
    "granted": Look("wait", "hourglass"),
    "issued": Look("good", "ticket"),
    "redeemed": Look("rest", "check"),
    "expired": Look("rest", "clock-alert"),
    "revoked": Look("rest", "circle-x"),
    "succeeded": Look("good", "circle-check"),
    "failed": Look("bad", "triangle-alert"),
    "reversed": Look("bad", "undo-2"),
    "to_ship": Look("act", "package"),
    "proposed": Look("act", "hourglass"),
    "accepted": Look("good", "circle-check"),
    "declined": Look("rest", "circle-x"),
    "superseded": Look("rest", "refresh-cw"),
}


class Turn(NamedTuple):
    """How the next step is announced: its heading and its icon."""

    word: "StrPromise"
    icon: str


TURNS = {
    "you": Turn(_("Your turn"), "circle-user-round"),
    "other": Turn(_("The other side's turn"), "hourglass"),
    "platform": Turn(_("With the platform"), "scale"),
    "done": Turn(_("Done"), "circle-check"),
}

# Whose colours a page has; empty follows the device.
SCHEMES = {
    "": pgettext_lazy("colours", "Auto"),
    "light": pgettext_lazy("colours", "Light"),
    "dark": pgettext_lazy("colours", "Dark"),
}

# What the page's script says (static/js/site.js).
SCRIPT = {
    "copied": _("Copied"),
    "left": _("Characters left: %(count)s"),
    "deadline": _("Deadline %(left)s"),
    "restored": _("What you typed earlier is back."),
    "discard": _("Remove it"),
    "too-big": _("Too large: at most %(size)s MB"),
    "failed": _("That did not work. What you entered is still here."),
}

# What somebody did, in the past tense, for the timeline.
DONE = {
    "open": _("opened the case"),
    "refund_at_once": _("refunded at once"),
    "propose": _("made a proposal"),
    "accept_offer": _("accepted an offer"),
    "decline_offers": _("turned the offers down"),
    "agree": _("agreed to the request"),
    "refuse": _("refused the request"),
    "withdraw": _("withdrew the case"),
    "escalate": _("asked the platform to decide"),
    "reopen": _("took the case up again"),
    "open_claim": _("opened the case against the buyer"),
    "accept_claim": _("agreed to the claim"),
    "contest_claim": _("contested the claim"),
    "drop_claim": _("dropped the claim"),
    "open_recall": _("recalled the goods for safety"),
    "choose_remedy": _("chose what to get for the recalled goods"),
    "keep_recall_open": _("kept the choice open and reminded the buyer"),
    "ship_return": _("sent the goods back"),
    "note_carrier": _("passed on what the carrier said"),
    "deliver_return": _("noted that the carrier delivered the return"),
    "lose_return": _("noted that the carrier lost the return"),
    "bounce_return": _("noted that the return came back to the buyer"),
    "receive_return": _("received the returned parcel"),
    "confirm_return": _("confirmed the returned goods"),
    "propose_deduction": _("proposed a deduction from the refund"),
    "dispute_return": _("contested the returned goods"),
    "accept_deduction": _("accepted the deduction"),
    "contest_deduction": _("contested the deduction"),
    "submit_evidence": _("added evidence"),
    "finish_evidence": _("had nothing to add"),
    "take": _("took the case"),
    "request_evidence": _("asked for evidence"),
    "rule": _("decided the case"),
    "execute": _("carried the decision out"),
    "appeal": _("appealed"),
    "decide_appeal": _("decided the appeal"),
    "extend": _("gave more time"),
    "pause": _("paused the case"),
    "resume": _("let the case go on"),
    "ship_replacement": _("sent the replacement"),
    "report_goods": _("reported that the goods sent are missing or wrong"),
    "fail_goods": _("noted that the carrier did not deliver the goods sent"),
    "complete": _("finished: everything owed is done"),
    "sound_refund_alarm": _("gave notice that the legal time for the refund is running out"),
    "report_payout_failed": _("reported that the payment failed"),
    "retry_payout": _("tried the payment again"),
    "release_hold": _("approved the amount"),
    "expire_offers": _("let the offers expire"),
    "let_offer_stand": _("let the seller's last offer stand"),
    "agree_by_silence": _("counted silence as agreement"),
    "ask_return_by_silence": _("asked for the goods back after silence"),
    "escalate_by_silence": _("brought the case before the platform"),
    "accept_return_by_silence": _("counted the return as accepted"),
    "lapse": _("closed the case after silence"),
    "close_evidence": _("closed the evidence"),
    "pass_to_senior": _("passed the case to a senior arbitrator"),
    "log_breach": _("put the delay on record"),
    "execute_ruling": _("carried the decision out"),
}

# What somebody can do, on a button.
DO = {
    "propose": _("Make a proposal"),
    "accept_offer": _("Accept an offer"),
    "decline_offers": _("Turn the offers down"),
    "agree": _("Agree to the request"),
    "refuse": _("Refuse"),
    "withdraw": _("Withdraw the case"),
    "escalate": _("Ask the platform to decide"),
    "reopen": _("Take the case up again"),
    "accept_claim": _("Agree to the claim"),
    "contest_claim": _("Contest the claim"),
    "drop_claim": _("Drop the claim"),
    "choose_remedy": _("Choose what you get"),
    "ship_return": _("Enter the return shipment"),
    "receive_return": _("Parcel has arrived"),
    "confirm_return": _("Goods are fine, refund"),
    "propose_deduction": _("Propose a deduction"),
    "dispute_return": _("Contest the returned goods"),
    "accept_deduction": _("Accept the deduction"),
    "contest_deduction": _("Contest the deduction"),
    "submit_evidence": _("Add evidence"),
    "finish_evidence": _("I have nothing to add"),
    "take": _("Take the case"),
    "request_evidence": _("Ask for evidence"),
    "rule": _("Decide the case"),
    "execute": _("Carry the decision out"),
    "appeal": _("Appeal"),
    "decide_appeal": _("Decide the appeal"),
    "extend": _("Give more time"),
    "pause": _("Pause"),
    "resume": _("Let it go on"),
    "ship_replacement": _("Enter the replacement shipment"),
    "report_goods": _("The goods sent are missing or wrong"),
    "retry_payout": _("Try the payment again"),
    "release_hold": _("Approve the amount"),
}

ICONS = {
    "open": "flag",
    "withdraw": "undo-2",
    "decline_offers": "x",
    "reopen": "refresh-cw",
    "take": "hand",
    "finish_evidence": "check-check",
    "close_evidence": "check-check",
    "extend": "clock-plus",
    "pause": "circle-pause",
    "resume": "circle-play",
    "execute": "check-check",
    "execute_ruling": "check-check",
    "retry_payout": "refresh-cw",
    "report_payout_failed": "triangle-alert",
    "release_hold": "shield-check",
    "pass_to_senior": "arrow-up-right",
    "expire_offers": "clock-alert",
    "let_offer_stand": "clock-alert",
    "agree_by_silence": "clock-alert",
    "ask_return_by_silence": "clock-alert",
    "accept_return_by_silence": "clock-alert",
    "lapse": "clock-alert",
    "log_breach": "clock-alert",
    "accept_offer": "handshake",
    "agree": "handshake",
    "refuse": "circle-x",
    "propose": "message-square-quote",
    "open_claim": "flag",
    "accept_claim": "handshake",
    "contest_claim": "scale",
    "drop_claim": "undo-2",
    "open_recall": "shield-alert",
    "choose_remedy": "handshake",
    "keep_recall_open": "shield-alert",
    "ship_return": "truck",
    "ship_replacement": "truck",
    "note_carrier": "truck",
    "deliver_return": "package-open",
    "lose_return": "triangle-alert",
    "bounce_return": "undo-2",
    "receive_return": "package-open",
    "confirm_return": "package-check",
    "propose_deduction": "package-search",
    "dispute_return": "package-x",
    "accept_deduction": "handshake",
    "contest_deduction": "scale",
    "escalate": "scale",
    "escalate_by_silence": "scale",
    "rule": "gavel",
    "decide_appeal": "gavel",
    "appeal": "scale",
    "report_goods": "package-x",
    "fail_goods": "package-x",
    "complete": "circle-check",
    "refund_at_once": "banknote",
    "submit_evidence": "files",
    "request_evidence": "files",
}

ROLES = {
    "buyer": pgettext_lazy("actor", "Buyer"),
    "merchant": pgettext_lazy("actor", "Seller"),
    "finance": pgettext_lazy("actor", "Seller (finance)"),
    "arbitrator": pgettext_lazy("actor", "Arbitrator"),
    "senior": pgettext_lazy("actor", "Senior arbitrator"),
    "platform": pgettext_lazy("actor", "Platform"),
    "marketplace": pgettext_lazy("actor", "Marketplace"),
    "system": pgettext_lazy("actor", "Automatic rule"),
    "both": pgettext_lazy("actor", "Buyer and seller"),
    "you": pgettext_lazy("actor", "You"),
}

EVIDENCE_ROWS = {
    "whole_item": _("The whole item"),
    "close_up": _("A close-up of the problem"),
    "label": _("Label or marking"),
    "outer_box": _("The outer box"),
    "waybill": _("The shipping label"),
    "listing": _("The listing as you bought it"),
    "report": _("A test or inspection report"),
    "explanation": _("An explanation"),
    "purchase_voucher": _("Where the goods were bought"),
    "certificate": _("Certificate or authorisation"),
    "signing_record": _("Proof that the parcel was signed for as it should be"),
    "packing_weight": _("Weight or video of the packing"),
    "dispatch_record": _("Proof of dispatch"),
    "delivery_record": _("Proof of delivery"),
    "price_seen": _("The lower price, with its date"),
    "freight_bill": _("The bill for the freight"),
    "invoice": _("The invoice"),
    "service_record": _("Record of the service or repair"),
    "payment_record": _("Proof of payment"),
    "unpacking": _("Video of the unpacking"),
    "recall_notice": _("The recall notice"),
}
