"""Every kind of notice and its words. Subjects say what to do and by when; a coupon's code stays out of them.

Each sentence may come in several forms: the first for which the notice has all the data is used.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.notices.advance_kinds import ADVANCE_KINDS
from portal.notices.deposit_kinds import DEPOSIT_KINDS
from portal.notices.kind import DUE as _DUE
from portal.notices.kind import NEXT as _NEXT
from portal.notices.kind import REASON as _REASON
from portal.notices.kind import Kind

WHO: dict[str, str | Promise] = {
    "buyer": _("The buyer"),
    "merchant": _("The seller"),
    "arbitrator": _("The platform"),
    "senior": _("The platform"),
    "platform": _("The platform"),
    "system": _("An automatic rule"),
}

_ANSWER_BY = (_("Answer by %(due)s: case %(case)s"), _("Answer needed: case %(case)s"))

KINDS: dict[str, Kind] = {
    **ADVANCE_KINDS,
    **DEPOSIT_KINDS,
    # To the merchant.
    "case_opened": Kind(
        _ANSWER_BY,
        (
            _("A buyer asks for %(amount)s back for “%(product)s”."),
            _("A buyer opened a case about “%(product)s”."),
            _("A buyer opened case %(case)s."),
        ),
        details=(_REASON, _DUE, _NEXT),
    ),
    "owner_asked": Kind(
        (_("Decide by %(due)s: a colleague asks you, case %(case)s"), _("A colleague asks you: case %(case)s")),
        (
            _("It is about “%(product)s”, and more than your colleague may promise alone. Open the case and decide."),
            _("It is more than your colleague may promise alone. Open the case and decide."),
        ),
        details=(_DUE, _NEXT),
    ),
    "offers_declined": Kind(
        _ANSWER_BY,
        (
            _("The buyer did not take your offers for “%(product)s”. It is your turn."),
            _("The buyer did not take your offers in case %(case)s. It is your turn."),
        ),
        details=(_DUE, _NEXT),
    ),
    "return_shipped": Kind(
        (_("Confirm the return by %(due)s: case %(case)s"), _("The return is on its way: case %(case)s")),
        (_("The buyer sent “%(product)s” back."), _("The buyer sent the return of case %(case)s.")),
        details=((_("Parcel: %(carrier)s %(tracking)s"), _("Tracking number: %(tracking)s")), _DUE, _NEXT),
    ),
    "return_delivered": Kind(
        (_("Open the return by %(due)s: case %(case)s"), _("The return was delivered: case %(case)s")),
        (
            _("The carrier delivered the return of “%(product)s”. Open it and say what you found."),
            _("The carrier delivered the return of case %(case)s. Open it and say what you found."),
        ),
        details=(_DUE, _NEXT),
    ),
    "return_lost": Kind(
        (_("The carrier lost the return: case %(case)s"),),
        (
            _("The carrier says that the return of “%(product)s” is lost."),
            _("The carrier says that the return of case %(case)s is lost."),
        ),
        details=(_NEXT,),
    ),
    "return_bounced": Kind(
        (_("Send the return again by %(due)s: case %(case)s"), _("Send the return again: case %(case)s")),
        (
            _("The carrier could not deliver “%(product)s” to the seller and brought it back to you."),
            _("The carrier could not deliver the return of case %(case)s and brought it back to you."),
        ),
        details=(_DUE, _NEXT),
    ),
    "replacement_needed": Kind(
        (_("Send the replacement by %(due)s: case %(case)s"), _("Send the replacement: case %(case)s")),
        (_("It is agreed that you send “%(product)s” again."), _("It is agreed that you send the goods again.")),
        details=(_DUE, _NEXT),
    ),
    "agreed_merchant": Kind(
        (_("Agreed, %(amount)s goes to the buyer: case %(case)s"), _("Agreed: case %(case)s")),
        (
            _("Case %(case)s is agreed. %(amount)s is being refunded to the buyer; you need to do nothing."),
            _("Case %(case)s is agreed and is being carried out."),
        ),
        details=(_NEXT,),
    ),
    "refund_paid_merchant": Kind(
        (_("%(amount)s was refunded to the buyer: case %(case)s"), _("The buyer was refunded: case %(case)s")),
        (_("The refund of case %(case)s has been paid to the buyer."),),
    ),
    "withdrawn": Kind(
        (_("Nothing to do, withdrawn by the buyer: case %(case)s"),),
        (
            _("The buyer withdrew the case about “%(product)s”. It is closed."),
            _("The buyer withdrew case %(case)s. It is closed."),
        ),
    ),
    # To the buyer.
    "offers_made": Kind(
        (_("Choose by %(due)s: offers for case %(case)s"), _("Offers for you: case %(case)s")),
        (
            _("%(merchant)s makes you offers for “%(product)s”. Choose one, or say no and go on."),
            _("The seller makes you offers in case %(case)s. Choose one, or say no and go on."),
        ),
        _("See the offers"),
        (_DUE, _NEXT),
    ),
    "agreed_buyer": Kind(
        (_("You receive %(amount)s: case %(case)s"), _("Agreed: case %(case)s")),
        (
            _("Case %(case)s is agreed. %(amount)s is on its way to you; you need to do nothing."),
            _("Case %(case)s is agreed and is being carried out."),
        ),
        details=(_NEXT,),
    ),
    "deduction_proposed": Kind(
        (_("Answer by %(due)s: the seller proposes a deduction, case %(case)s"), _ANSWER_BY[1]),
        (
            _("The seller opened the parcel with “%(product)s” and proposes to refund less. Accept it or contest it."),
            _("The seller opened your return and proposes to refund less. Accept it or contest it."),
        ),
        details=(_DUE, _NEXT),
    ),
    "refund_paid": Kind(
        (_("%(amount)s has been refunded: case %(case)s"), _("Your refund has been paid: case %(case)s")),
        (
            _("%(amount)s for “%(product)s” went back to where you paid from."),
            _("The refund of case %(case)s went back to where you paid from."),
        ),
    ),
    "refund_delayed": Kind(
        (_("Your refund is late, we are working on it: case %(case)s"),),
        (
            _("The payment of %(amount)s did not go through yet. The platform takes care of it; you lose nothing."),
            _("The payment did not go through yet. The platform takes care of it; you lose nothing."),
        ),
        details=(_DUE, _NEXT),
    ),
    "being_checked": Kind(
        (
            _("Being checked by %(due)s at the latest: case %(case)s"),
            _("Being checked: case %(case)s"),
        ),
        (
            _("%(amount)s is agreed. Because the amount is large, a second person checks it before it is paid."),
            _("It is agreed. Because the amount is large, a second person checks it before it is paid."),
        ),
        details=(_DUE, _NEXT),
    ),
    "check_delayed": Kind(
        (_("The check takes longer, you lose nothing: case %(case)s"),),
        (
            _("%(amount)s is still being checked. The people in charge have been alerted."),
            _("Your refund is still being checked. The people in charge have been alerted."),
        ),
        details=(_DUE, _NEXT),
    ),
    "coupon_issued": Kind(
        (_("A coupon of %(amount)s for you: case %(case)s"), _("A coupon for you: case %(case)s")),
        (
            _("%(merchant)s gives you a coupon of %(amount)s."),
            _("You have a coupon from case %(case)s."),
        ),
        details=(
            (_("Your code: %(code)s"),),
            (_("For orders of %(minimum)s or more."),),
            (_("Valid until %(due_full)s."),),
        ),
    ),
    "replacement_sent": Kind(
        (
            _("On its way, say by %(due)s if it does not come: case %(case)s"),
            _("Your goods are on their way: case %(case)s"),
        ),
        (_("%(merchant)s sent “%(product)s” to you."), _("The seller sent you the goods of case %(case)s.")),
        details=((_("Parcel: %(carrier)s %(tracking)s"), _("Tracking number: %(tracking)s")), _DUE, _NEXT),
    ),
    "parcel_recalled": Kind(
        (_("%(amount)s once the parcel is stopped: case %(case)s"), _("The parcel is being stopped: case %(case)s")),
        (
            _("%(merchant)s asks the carrier to stop “%(product)s” and refunds it then. You need to do nothing."),
            _("The seller asks the carrier to stop the parcel and refunds it then. You need to do nothing."),
        ),
        details=(_NEXT,),
    ),
    "came_anyway": Kind(
        (
            _("Send it back by %(due)s, it was delivered: case %(case)s"),
            _("It was delivered, send it back: case %(case)s"),
        ),
        (
            _("“%(product)s” could not be stopped. Send it back for the refund, or keep it and withdraw the case."),
            _("The parcel could not be stopped. Send it back for the refund, or keep it and withdraw the case."),
        ),
        _("Enter the tracking number"),
        ((_("Send it to: %(address)s"),), _DUE, _NEXT),
    ),
    "not_stopped": Kind(
        (_("The carrier delivered the parcel all the same: case %(case)s"),),
        (
            _("“%(product)s” could not be stopped. The buyer sends it back for the refund, or keeps it."),
            _("The parcel of case %(case)s could not be stopped. The buyer sends it back for the refund, or keeps it."),
        ),
        details=(_NEXT,),
    ),
    "repair_needed": Kind(
        (_("Repair it and send it back by %(due)s: case %(case)s"), _("Repair it and send it back: case %(case)s")),
        (
            _("It is agreed that you repair “%(product)s” and send it back to the buyer."),
            _("It is agreed that you repair the goods of case %(case)s and send them back to the buyer."),
        ),
        details=(_DUE, _NEXT),
    ),
    "repair_failed": Kind(
        (_("Say by %(due)s what you want instead: case %(case)s"), _("The repair failed: case %(case)s")),
        (
            _("“%(product)s” could not be repaired. The platform decides: say if you want the money or new goods."),
            _("The repair in case %(case)s failed. The platform decides: say if you want the money or new goods."),
        ),
        details=(("%(text)s",), _DUE, _NEXT),
    ),
    "goods_arrived": Kind(
        (_("The goods sent to you have arrived: case %(case)s"),),
        (
            _("“%(product)s” counts as arrived and the case is settled. Is it missing or wrong again? Say so there."),
            _("The goods of case %(case)s count as arrived and it is settled. Missing or wrong again? Say so there."),
        ),
    ),
    "goods_arrived_merchant": Kind(
        (_("The goods you sent have arrived: case %(case)s"),),
        (_("The goods sent in case %(case)s count as arrived. The case is settled; you need to do nothing."),),
    ),
    "refused": Kind(
        (_("Decide by %(due)s: the seller refused case %(case)s"), _("The seller refused: case %(case)s")),
        (
            _("%(merchant)s refused your request about “%(product)s”. You may bring in the platform."),
            _("The seller refused your request in case %(case)s. You may bring in the platform."),
        ),
        details=(_REASON, ("%(text)s",), _DUE, _NEXT),
    ),
    "return_agreed": Kind(
        (_("Send the item back by %(due)s: case %(case)s"), _("Send the item back: case %(case)s")),
        (
            _("The return of “%(product)s” is agreed. Send it back and enter the tracking number."),
            _("The return of case %(case)s is agreed. Send it back and enter the tracking number."),
        ),
        _("Enter the tracking number"),
        ((_("Send it to: %(address)s"),), _DUE, _NEXT),
    ),
    "return_received": Kind(
        (_("Your return has arrived: case %(case)s"),),
        (
            _("%(merchant)s received “%(product)s” and is looking at it."),
            _("The seller received the return of case %(case)s and is looking at it."),
        ),
        details=(_DUE, _NEXT),
    ),
    "return_contested": Kind(
        (_("Answer by %(due)s: your return is contested, case %(case)s"), _("Your return is contested: case %(case)s")),
        (
            _("%(merchant)s does not accept the return of “%(product)s”. The platform decides."),
            _("The seller does not accept the return of case %(case)s. The platform decides."),
        ),
        details=(_REASON, ("%(text)s",), _DUE, _NEXT),
    ),
    "lapsed": Kind(
        (_("Closed because the time ran out: case %(case)s"),),
        (
            _("Nothing happened in the case about “%(product)s” before its deadline, so it is closed."),
            _("Nothing happened in case %(case)s before its deadline, so it is closed."),
        ),
        details=((_("You may still bring in the platform until %(due_full)s."),), _NEXT),
    ),
    # To either side.
    "answer_needed": Kind(
        _ANSWER_BY,
        (_("It is your turn in the case about “%(product)s”."), _("It is your turn in case %(case)s.")),
        details=(_DUE, _NEXT),
    ),
    "counter_offer": Kind(
        (_("Answer by %(due)s: new proposal in case %(case)s"), _("New proposal: case %(case)s")),
        (
            _("%(who)s proposes %(amount)s for “%(product)s”."),
            _("%(who)s made a new proposal in case %(case)s."),
            _("There is a new proposal in case %(case)s."),
        ),
        _("See the proposal"),
        (("%(text)s",), _DUE, _NEXT),
    ),
    "escalated": Kind(
        (_("Answer by %(due)s: case %(case)s is with the platform"), _("With the platform now: case %(case)s")),
        (
            _("The platform decides the case about “%(product)s”. Say what happened and add what shows it."),
            _("The platform decides case %(case)s. Say what happened and add what shows it."),
        ),
        details=(_REASON, _DUE, _NEXT),
    ),
    "evidence_requested": Kind(
        (_("Add evidence by %(due)s: case %(case)s"), _("Evidence needed: case %(case)s")),
        (_("The platform asks you about case %(case)s before it decides."),),
        _("Answer and add evidence"),
        (("%(question)s",), _DUE, _NEXT),
    ),
    "ruled": Kind(
        (_("Decided, appeal until %(due)s: case %(case)s"), _("Decided: case %(case)s")),
        (
            _("The platform decided: %(outcome)s. The buyer receives %(amount)s."),
            _("The platform decided: %(outcome)s."),
            _("The platform decided case %(case)s."),
        ),
        _("Read the decision"),
        (_REASON, (_("You may appeal until %(due_full)s."),), _NEXT),
    ),
    "appealed": Kind(
        (_("Appeal against the decision: case %(case)s"),),
        (
            _("%(who)s appealed against the decision. Somebody else at the platform decides the appeal."),
            _("There is an appeal against the decision. Somebody else at the platform decides it."),
        ),
        details=(_REASON, (_("It is decided by %(due_full)s."),), _NEXT),
    ),
    "appeal_decided": Kind(
        (_("Appeal decided: case %(case)s"),),
        (
            _("The appeal is decided: %(outcome)s. The buyer receives %(amount)s. This is final."),
            _("The appeal is decided: %(outcome)s. This is final."),
            _("The appeal in case %(case)s is decided. This is final."),
        ),
        _("Read the decision"),
        (_REASON, _NEXT),
    ),
    "extended": Kind(
        (_("New deadline %(due)s: case %(case)s"), _("New deadline: case %(case)s")),
        (_("The platform gave more time in case %(case)s."),),
        details=(_REASON, _DUE, _NEXT),
    ),
    "claim_opened": Kind(
        (_("Answer by %(due)s: the seller opened case %(case)s"), _("Answer needed: the seller opened case %(case)s")),
        (
            _("%(merchant)s says that something is wrong with what you sent back, or with your claims: “%(product)s”."),
            _("The seller opened case %(case)s about your order."),
        ),
        _("Read and answer"),
        (_REASON, _DUE, _NEXT),
    ),
    "claim_accepted": Kind(
        (_("The buyer agreed: case %(case)s"),),
        (_("The buyer agreed to your claim about “%(product)s”."), _("The buyer agreed to your claim.")),
        details=(_NEXT,),
    ),
    "claim_dropped": Kind(
        (_("Dropped by the seller: case %(case)s"),),
        (_("The seller dropped case %(case)s. Nothing follows from it."),),
    ),
    "tier_answered": Kind(
        (_("Answered: your objection %(case)s"),),
        (_("The platform answered your objection to your tier."),),
        _("Read the answer"),
        (("%(text)s",),),
    ),
    "recall_opened": Kind(
        (_("Stop using it: safety recall, case %(case)s"),),
        (
            _("“%(product)s” from %(merchant)s is recalled because it is not safe. Choose what you get for it."),
            _("Something you bought is recalled because it is not safe. Choose what you get for it."),
        ),
        _("Choose now"),
        (_NEXT,),
    ),
    "recall_chosen": Kind(
        (_("The buyer chose in the recall: case %(case)s"),),
        (
            _("The buyer of “%(product)s” chose: %(outcome)s."),
            _("A buyer chose what to get in the safety recall."),
        ),
        details=(_DUE, _NEXT),
    ),
    "recall_opened_merchant": Kind(
        (_("Your goods are recalled: %(case)s"),),
        (_("The platform recalls goods of your shop. The buyers have been told and choose what they get."),),
        _("Open your cases"),
        (("%(text)s",),),
    ),
    "paused": Kind(
        (_("Paused until %(due)s: case %(case)s"), _("Paused: case %(case)s")),
        (_("Case %(case)s is paused. No deadline runs meanwhile."),),
        details=(_REASON, _NEXT),
    ),
    "resumed": Kind(
        (_("Goes on, answer by %(due)s: case %(case)s"), _("Goes on: case %(case)s")),
        (_("Case %(case)s goes on. Deadlines run again."),),
        details=(_DUE, _NEXT),
    ),
    "message_received": Kind(
        (_("New message: case %(case)s"),),
        (
            _("%(who)s wrote to you about “%(product)s”."),
            _("%(who)s wrote to you in case %(case)s."),
            _("There is a new message in case %(case)s."),
        ),
        _("Read and answer"),
        (("%(text)s",),),
    ),
    # To platform staff.
    "refund_alarm": Kind(
        (
            _("Pay by %(due)s: the legal time for the refund of case %(case)s runs out"),
            _("The legal time for a refund runs out: case %(case)s"),
        ),
        (
            _("%(amount)s to the buyer is not paid yet. After the legal time it is a breach."),
            _("A refund is not paid yet. After the legal time it is a breach."),
        ),
        details=(_DUE, _NEXT),
    ),
    "hold_waiting": Kind(
        (_("Check by %(due)s: %(amount)s waits for approval, case %(case)s"), _("Approval needed: case %(case)s")),
        (
            _("%(amount)s is above what one person may have paid alone. Look at the case, then approve it or not."),
            _("An amount is above what one person may have paid alone. Look at the case, then approve it or not."),
        ),
        details=(_DUE, _NEXT),
    ),
    "hold_late": Kind(
        (
            _("Overdue: %(amount)s still waits for approval, case %(case)s"),
            _("Overdue: an amount still waits for approval, case %(case)s"),
        ),
        (_("Nobody has approved it in time. It stays held until somebody does; the law's time runs."),),
        details=(_DUE, _NEXT),
    ),
    "refund_failed": Kind(
        (_("Act by %(due)s: payment failed in case %(case)s"), _("Payment failed: case %(case)s")),
        (
            _("%(amount)s to the buyer could not be paid. Retry it or find out why."),
            _("A refund could not be paid. Retry it or find out why."),
        ),
        details=(_REASON, _DUE, _NEXT),
    ),
    "fund_low": Kind(
        (_("Pay into the fund: %(amount)s left, about %(days)s days"), _("Pay into the compensation fund")),
        (
            _("At the rate of the last 30 days the compensation fund is empty in about %(days)s days."),
            _("The compensation fund is nearly empty."),
        ),
        _("Open the fund"),
    ),
    "fund_empty": Kind(
        (_("Pay into the fund: it is empty, %(amount)s"), _("Pay into the compensation fund: it is empty")),
        (_("The compensation fund is used up. Buyers are paid all the same; the platform owes the fund."),),
        _("Open the fund"),
    ),
    # To the heads of a shop, about a plan.
    "arm_stopped": Kind(
        (
            _("Stopped by itself: version %(arm)s in the experiment “%(name)s”"),
            _("A version in an experiment was stopped"),
        ),
        (_("It did worse than the ordinary process, beyond the limit you set. New cases get the other versions."),),
        _("See the results"),
    ),
    "limit_near": Kind(
        (_("Nearly used up: the limit of the plan “%(name)s”"), _("A plan's limit is nearly used up")),
        (
            _("More than %(percent)s %% of the limit is taken. Beyond it the plan answers no new cases."),
            _("Beyond its limit a plan answers no new cases."),
        ),
        _("See the limits"),
    ),
    "limit_reached": Kind(
        (_("Used up: the limit of the plan “%(name)s”"), _("A plan's limit is used up")),
        (_("New cases go to your other plans, or wait for your answer. Offers that were made still stand."),),
        _("See the limits"),
    ),
    # About an order, before any case.
    "buyer_wrote": Kind(
        (_("A buyer wrote about order %(order)s"), _("A buyer wrote to you")),
        ("%(text)s", _("A buyer wrote to you about an order.")),
        _("Read and answer"),
    ),
    "shop_wrote": Kind(
        (_("%(merchant)s wrote about order %(order)s"), _("The seller wrote to you")),
        ("%(text)s", _("The seller wrote to you about an order.")),
        _("Read and answer"),
    ),
}
