from datetime import datetime

from django.utils.translation import gettext as _

from aftersales.remedies.gateways import Answer, RefundRequest, Verdict


class Nobody:
    """Stands where a payment channel has no gateway: refunds wait for a person, and nothing is lost."""

    name = "nobody"

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Refuse for good, with a sentence that says what to do."""
        reason = _(
            "No gateway pays refunds through “%(channel)s”. Set one up (GATEWAYS) and try again, or pay another way."
        ) % {"channel": request.channel}
        return Answer(Verdict.FAILED, reason=reason, permanent=True)

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Nothing was ever sent."""
        return None

    def health(self, *, now: datetime) -> str:
        """Nothing to be ill."""
        return ""
