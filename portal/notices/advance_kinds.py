"""Notices about what the platform paid in advance: to the seller who owes it, to the buyer, and to finance."""

from django.utils.translation import gettext_lazy as _

from portal.notices.kind import DUE, NEXT, REASON, Kind, Sentences

_TEXT: Sentences = ("%(text)s",)
_LOOK = _("Look at it")

ADVANCE_KINDS: dict[str, Kind] = {
    # To the seller's people.
    "advance_paid": Kind(
        (
            _("Object by %(due)s if it is wrong: %(amount)s paid in advance, case %(case)s"),
            _("Paid in advance by the platform: case %(case)s"),
        ),
        (
            _("The platform paid the buyer %(amount)s that was due from you. You owe it unless you object in time."),
            _("The platform paid the buyer what was due from you. You owe it unless you object in time."),
        ),
        _LOOK,
        (REASON, DUE, NEXT),
    ),
    "advance_reminder": Kind(
        (
            _("Last days to object, until %(due)s: %(amount)s paid in advance, case %(case)s"),
            _("Last days to object: paid in advance, case %(case)s"),
        ),
        (
            _("%(amount)s was paid in advance for you. Without an objection it is taken from what is yours."),
            _("Something was paid in advance for you. Without an objection it is taken from what is yours."),
        ),
        _LOOK,
        (REASON, DUE, NEXT),
    ),
    "advance_read": Kind(
        (_("Your objection is being read: case %(case)s"),),
        (
            _("The platform's staff answers with reasons. Until then nothing of the %(amount)s is taken."),
            _("The platform's staff answers with reasons. Until then nothing is taken."),
        ),
        _LOOK,
    ),
    "advance_borne": Kind(
        (_("Your objection was found right, you owe nothing: case %(case)s"),),
        (
            _("The platform bears the %(amount)s that it paid in advance."),
            _("The platform bears what it paid in advance."),
        ),
        _LOOK,
        (_TEXT,),
    ),
    "advance_refused": Kind(
        (
            _("Your objection was not found right, you owe %(amount)s: case %(case)s"),
            _("Your objection was not found right: case %(case)s"),
        ),
        (
            _("%(amount)s was taken from what the platform owes you. The reasons are below."),
            _("What was paid in advance was taken from what the platform owes you. The reasons are below."),
        ),
        _LOOK,
        (_TEXT,),
    ),
    "advance_final": Kind(
        (
            _("You owe %(amount)s, the time to object is over: case %(case)s"),
            _("The time to object is over: case %(case)s"),
        ),
        (
            _("%(amount)s that was paid in advance was taken from what the platform owes you."),
            _("What was paid in advance was taken from what the platform owes you."),
        ),
        _LOOK,
    ),
    "advance_lowered": Kind(
        (
            _("You owe %(amount)s, less than before: case %(case)s"),
            _("You owe less than before: case %(case)s"),
        ),
        (
            _("On appeal less was found due. Of what the platform paid in advance you owe %(amount)s."),
            _("On appeal less was found due. Of what the platform paid in advance you owe less than before."),
        ),
        _LOOK,
    ),
    "advance_returned": Kind(
        (
            _("%(amount)s goes back to you: case %(case)s"),
            _("Something goes back to you: case %(case)s"),
        ),
        (
            _("On appeal less was found due. %(amount)s of what was taken from you was given back."),
            _("On appeal less was found due. What was taken from you too much was given back."),
        ),
        _LOOK,
    ),
    "advance_recovered": Kind(
        (_("Paid back in full: %(amount)s, case %(case)s"), _("Paid back in full: case %(case)s")),
        (
            _("The %(amount)s that the platform paid in advance is covered by your order money. Nothing is open."),
            _("What the platform paid in advance is covered by your order money. Nothing is open."),
        ),
        _LOOK,
    ),
    # To the buyer.
    "advanced_buyer": Kind(
        (
            _("The platform pays you %(amount)s now: case %(case)s"),
            _("The platform pays you now: case %(case)s"),
        ),
        (
            _("The seller did not act in time, so the platform pays %(amount)s to you first. You need to do nothing."),
            _("The seller did not act in time, so the platform pays you first. You need to do nothing."),
        ),
        details=(NEXT,),
    ),
    # To both sides.
    "advance_checked": Kind(
        (
            _("Being checked by %(due)s at the latest, then the platform pays: case %(case)s"),
            _("Being checked, then the platform pays: case %(case)s"),
        ),
        (
            _("The seller did not act in time. The platform pays %(amount)s first, once two people have checked it."),
            _("The seller did not act in time. The platform pays first, once two people have checked it."),
        ),
        details=(DUE, NEXT),
    ),
    # To platform staff.
    "advance_waiting": Kind(
        (
            _("Check by %(due)s: %(amount)s to be paid in advance, case %(case)s"),
            _("Check what is to be paid in advance: case %(case)s"),
        ),
        (
            _("It is more than the fund pays first for %(merchant)s unasked. Two people look at it and approve it."),
            _("It is more than the fund pays first for a seller unasked. Two people look at it and approve it."),
        ),
        details=(DUE, NEXT),
    ),
    "advance_objected": Kind(
        (
            _("Answer an objection: %(amount)s paid in advance, case %(case)s"),
            _("Answer an objection: paid in advance, case %(case)s"),
        ),
        (
            _("%(merchant)s says that it does not owe what the platform paid. Read it and answer with reasons."),
            _("The seller says that it does not owe what the platform paid. Read it and answer with reasons."),
        ),
        _("Read and answer"),
        (_TEXT,),
    ),
}
