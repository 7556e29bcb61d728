"""The words of a case: who, what, why. One spelling each, used by table, database, API and pages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """In what capacity somebody acts on a case."""

    BUYER = "buyer", _("Buyer")
    MERCHANT = "merchant", _("Seller")
    FINANCE = "finance", _("Seller (finance)")  # reads, never acts
    ARBITRATOR = "arbitrator", _("Arbitrator")
    SENIOR = "senior", _("Senior arbitrator")
    PLATFORM = "platform", _("Platform")
    MARKETPLACE = "marketplace", _("Marketplace system")  # files on behalf of its buyers, else only reads
    SYSTEM = "system", _("Automatic rule")
    BOTH = "both", _("Buyer and seller")  # only ever awaited, never acting


class Status(models.TextChoices):
    """Where a case stands."""

    AWAITING_BUYER = "awaiting_buyer", _("Waiting for the buyer")
    AWAITING_MERCHANT = "awaiting_merchant", _("Waiting for the seller")
    REFUSED = "refused", _("Refused by the seller")
    CLAIMED = "claimed", _("Waiting for the buyer's answer")  # a seller's claim or report
    RECALLED = "recalled", _("Recalled: waiting for the buyer's choice")
    AWAITING_RETURN_SHIPMENT = "awaiting_return_shipment", _("Waiting for the return to be sent")
    RETURN_IN_TRANSIT = "return_in_transit", _("Return on its way")
    AWAITING_INSPECTION = "awaiting_inspection", _("Return being inspected")
    DEDUCTION_PROPOSED = "deduction_proposed", _("Deduction proposed")
    ESCALATED = "escalated", _("With the platform")
    COLLECTING_EVIDENCE = "collecting_evidence", _("Collecting evidence")
    AWAITING_RULING = "awaiting_ruling", _("Being decided")
    RULED = "ruled", _("Decided")
    APPEALED = "appealed", _("Appeal being decided")
    AMOUNT_ON_HOLD = "amount_on_hold", _("Amount being approved")
    INTERCEPTING = "intercepting", _("Parcel being stopped")
    FULFILLING = "fulfilling", _("Being carried out")
    GOODS_SENT = "goods_sent", _("Goods on their way")
    PAYOUT_FAILED = "payout_failed", _("Payment failed")
    PAUSED = "paused", _("Paused")
    RESOLVED = "resolved", _("Settled")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")


AT_DESK = (
    Status.ESCALATED,
    Status.COLLECTING_EVIDENCE,
    Status.AWAITING_RULING,
    Status.APPEALED,
    Status.RULED,
)
FINAL = (Status.RESOLVED, Status.CLOSED, Status.WITHDRAWN, Status.LAPSED)


class Outcome(models.TextChoices):
    """How a case was decided."""

    INSTANT = "instant", _("Refunded at once by rule")
    OFFER = "offer", _("An offer was accepted")
    ADMITTED = "admitted", _("The buyer agreed to the claim")
    CONSENT = "consent", _("The seller agreed to the request")
    RECALL = "recall", _("Chosen in a safety recall")
    SILENCE = "silence", _("Decided by silence")
    RULING = "ruling", _("Decided by the platform")
    APPEAL = "appeal", _("Decided on appeal")


DECIDED_BY_PLATFORM = frozenset({Outcome.RULING, Outcome.APPEAL})


class Audience(models.TextChoices):
    """Who reads a message."""

    PARTIES = "parties", _("Buyer, seller and platform")
    PLATFORM = "platform", _("Platform only")
    INTERNAL = "internal", _("Internal note")


class RefusalReason(models.TextChoices):
    """Why a merchant refuses (domain: merchant's reasons to refuse)."""

    NOT_INTACT = "not_intact", _("Goods no longer intact")
    OUT_OF_WINDOW = "out_of_window", _("Too late")
    EXCLUDED_CATEGORY = "excluded_category_confirmed", _("Excluded category, confirmed at purchase")
    WRONG_ITEM_RETURNED = "wrong_item_returned", _("Another item was returned")
    EMPTY_RETURN = "empty_return", _("Returned parcel was empty")
    NO_EVIDENCE = "no_evidence", _("Nothing shows the problem")
    ALREADY_SETTLED = "already_settled", _("Already settled")
    SHIPPED_NOT_INTERCEPTED = "shipped_not_intercepted", _("Already sent and could not be stopped")
    CANNOT_REACH_BUYER = "cannot_reach_buyer", _("Buyer cannot be reached")
    ABUSE_SUSPECTED = "abuse_suspected", _("Abuse suspected")
