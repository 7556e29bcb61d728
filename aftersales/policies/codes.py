"""What can go wrong, why, and what can be owed for it: the words that rule packs, plans and cases share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RemedyKind(models.TextChoices):
    """What can be owed to a buyer."""

    PARTIAL_REFUND = "partial_refund_keep", _("Part refund, keep the item")
    COUPON = "coupon", _("Coupon")
    CASH_AND_COUPON = "cash_and_coupon", _("Part refund and coupon")
    FULL_REFUND = "full_refund_no_return", _("Full refund, no return")
    RETURN_REFUND = "full_refund_with_return", _("Return and full refund")
    REPLACE_RETURN = "replace_with_return", _("Replacement after return")
    REPLACE = "replace_no_return", _("Replacement, keep the item")
    RESEND = "resend_missing", _("Send what is missing")
    REPAIR = "repair", _("Repair")
    PRICE_DIFFERENCE = "price_difference", _("Refund of the price difference")
    FREIGHT = "freight_reimbursement", _("Refund of the shipping cost")
    GIFT = "gift_value", _("Refund of the gift's value")
    COMPENSATION = "multiple_compensation", _("Refund and compensation")
    DISMISS = "dismiss", _("No remedy")
    # What a seller asks for in a case of its own: never a remedy of the buyer's.
    RECOVERY = "recovery_from_buyer", _("Refund paid back by the buyer")
    FINDING = "abuse_finding", _("Finding on the buyer's record")


WITH_RETURN = frozenset({RemedyKind.RETURN_REFUND, RemedyKind.REPLACE_RETURN, RemedyKind.REPAIR})
WITH_GOODS = frozenset({RemedyKind.REPLACE_RETURN, RemedyKind.REPLACE, RemedyKind.RESEND, RemedyKind.REPAIR})
# What something was worth: the buyer's answers say how much, unless less is asked for.
COMPUTED = frozenset({RemedyKind.PRICE_DIFFERENCE, RemedyKind.FREIGHT, RemedyKind.GIFT})
PART = frozenset({RemedyKind.PARTIAL_REFUND}) | COMPUTED
WITH_COUPON = frozenset({RemedyKind.COUPON, RemedyKind.CASH_AND_COUPON})
FULL = frozenset({RemedyKind.FULL_REFUND, RemedyKind.RETURN_REFUND})
WITH_CASH = PART | FULL | {RemedyKind.CASH_AND_COUPON, RemedyKind.COMPENSATION}
# What only some types of case can end with.
OF_SOME_TYPES = COMPUTED | {RemedyKind.COMPENSATION}


class BuyerTier(models.TextChoices):
    """How well a buyer is known (aftersales.credit): unlocks comfort, never takes a right."""

    NEW = "new", _("New buyer")
    REGULAR = "regular", _("Regular buyer")
    TRUSTED = "trusted", _("Trusted buyer")
    WATCHED = "watched", _("Watched buyer")


class MerchantBand(models.TextChoices):
    """How well a seller does after the sale (merchants.scores): unlocks autonomy."""

    EXCELLENT = "excellent", _("Excellent seller")
    STANDARD = "standard", _("Standard seller")
    WATCHED = "watched", _("Watched seller")


class DisputeType(models.TextChoices):
    """What went wrong, in the large (domain: dispute types)."""

    NOT_SHIPPED_CANCEL = "not_shipped_cancel", _("Cancel before shipping")
    LATE_SHIPPING = "late_shipping", _("Shipped late")
    NOT_RECEIVED = "not_received", _("Not received")
    LOST_OR_STUCK = "lost_or_stuck_in_transit", _("Lost or stuck on the way")
    REFUSED_DELIVERY = "refused_delivery", _("Delivery refused")
    EMPTY_PARCEL = "empty_parcel", _("Empty parcel")
    MISSING_ITEM = "missing_item_or_quantity", _("Item or quantity missing")
    WRONG_ITEM = "wrong_item", _("Wrong item")
    ARRIVED_DAMAGED = "arrived_damaged", _("Arrived damaged")
    PERISHED = "perished", _("Spoiled")
    QUALITY_VISIBLE = "quality_visible", _("Visible quality problem")
    QUALITY_HIDDEN = "quality_hidden", _("Hidden fault")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    COUNTERFEIT = "counterfeit", _("Counterfeit")
    FOOD_SAFETY = "food_safety", _("Food safety")
    PROHIBITED_GOODS = "prohibited_goods", _("Prohibited goods")
    NO_REASON_RETURN = "no_reason_return", _("Return without reason")
    SIZE_OR_FIT = "size_or_fit", _("Size or fit")
    PRICE_DROP = "price_drop", _("Price drop")
    GIFT_OR_BUNDLE = "gift_or_bundle", _("Gift or bundle")
    FREIGHT = "freight", _("Shipping cost")
    INVOICE = "invoice", _("Invoice")
    INSTALL_OR_SERVICE = "install_or_service", _("Installation or service")
    WARRANTY_REPAIR = "warranty_repair", _("Warranty repair")
    PROMISE_BREACH = "promise_breach", _("Promise not kept")
    REFUND_NOT_PAID = "refund_not_paid", _("Refund not paid")
    RETURNED_GOODS = "returned_goods_dispute", _("Returned goods disputed")
    BUYER_ABUSE = "buyer_abuse_report", _("Abuse report")
    SAFETY_RECALL = "safety_recall", _("Safety recall")


class Reason(models.TextChoices):
    """Why, in the small (domain: reason codes)."""

    ORDERED_BY_MISTAKE = "ordered_by_mistake", _("Ordered by mistake")
    NO_LONGER_WANTED = "no_longer_wanted", _("No longer wanted")
    DISLIKE_COLOR = "dislike_color", _("Colour not liked")
    DISLIKE_STYLE = "dislike_style", _("Style not liked")
    SIZE_SMALL = "size_small", _("Too small")
    SIZE_LARGE = "size_large", _("Too large")
    BETTER_PRICE = "better_price", _("Cheaper elsewhere")
    GIFT_UNWANTED = "gift_unwanted", _("Unwanted gift")
    AGREED_WITH_SELLER = "agreed_with_seller", _("Agreed with the seller")
    NO_TRACKING = "no_tracking", _("No tracking news")
    STUCK = "stuck", _("Parcel stuck")
    DELIVERED_NOT_RECEIVED = "delivered_not_received", _("Marked delivered, not received")
    WRONG_STATION = "wrong_station", _("Sent to the wrong pick-up point")
    LOST = "lost", _("Parcel lost")
    REJECTED_PARCEL = "rejected_parcel", _("Parcel refused at the door")
    ARRIVED_LATE = "arrived_late", _("Arrived late")
    NOT_SHIPPED = "not_shipped", _("Not shipped")
    LATE = "late", _("Shipped late")
    FAKE_SHIPPING = "fake_shipping", _("Marked shipped, but not sent")
    OUT_OF_STOCK = "out_of_stock", _("Out of stock")
    WRONG_ITEM = "wrong_item", _("Wrong item sent")
    MISSING_PART = "missing_part", _("Part missing")
    MISSING_GIFT = "missing_gift", _("Gift missing")
    MERGED_PARCEL_SHORT = "merged_parcel_short", _("Combined parcel incomplete")
    DEFECTIVE = "defective", _("Defective")
    DAMAGED = "damaged", _("Damaged")
    PERISHED = "perished", _("Spoiled")
    EXPIRED = "expired", _("Past its date")
    POOR_MATERIAL = "poor_material", _("Poor material or workmanship")
    FUNCTIONAL_FAILURE = "functional_failure", _("Does not work")
    SHORT_WEIGHT = "short_weight", _("Short weight")
    NO_LABEL = "no_label", _("No label or marking")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    FALSE_ADVERT = "false_advert", _("Misleading advertisement")
    COUNTERFEIT = "counterfeit", _("Counterfeit")
    PRICE_FRAUD = "price_fraud", _("Price deception")
    REFUSED_SERVICE = "refused_service", _("Service refused")
    BREACH_OF_PROMISE = "breach_of_promise", _("Promise not kept")
    # The seller's reasons (domain: merchant's reasons to refuse), in cases that a seller opens.
    NOT_INTACT = "not_intact", _("Used or no longer intact")
    WRONG_ITEM_RETURNED = "wrong_item_returned", _("Another item was returned")
    EMPTY_RETURN = "empty_return", _("Returned parcel was empty")
    RETURN_INCOMPLETE = "return_incomplete", _("Parts of the return are missing")
    OUT_OF_WINDOW = "out_of_window", _("Too late")
    EXCLUDED_CATEGORY = "excluded_category_confirmed", _("Excluded category, confirmed at purchase")
    NO_EVIDENCE = "no_evidence", _("Nothing shows the problem")
    ALREADY_SETTLED = "already_settled", _("Already settled")
    SHIPPED_NOT_INTERCEPTED = "shipped_not_intercepted", _("Already sent and could not be stopped")
    CANNOT_REACH_BUYER = "cannot_reach_buyer", _("Buyer cannot be reached")
    ABUSE_SUSPECTED = "abuse_suspected", _("Abuse suspected")
    RECALLED = "recalled", _("Recalled for safety")
