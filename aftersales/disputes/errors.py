"""Why an action on a case is not carried out. Views and API turn these into answers; nothing was changed."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from aftersales.disputes.models import Dispute


class NotAllowed(Exception):
    """The person has no right to the action (403)."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("You cannot do this on this case."))


class DisputeMoved(Exception):
    """The case is no longer where the action begins: somebody was faster, or the page is old (409)."""

    def __init__(self, dispute: "Dispute", message: str = "") -> None:
        super().__init__(message or _("This case has moved on. Here is where it stands now."))
        self.dispute = dispute


class RuleBroken(Exception):
    """The action is well formed, but a rule speaks against it (422); `code` is stable, the message is for people."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
