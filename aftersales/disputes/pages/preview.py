"""What an action will do with money, computed by the very objects that are then posted."""

from dataclasses import dataclass
from decimal import Decimal

from aftersales.disputes.advancing import in_advance
from aftersales.disputes.codes import Role
from aftersales.disputes.granting import make_grant
from aftersales.disputes.models import Dispute, Offer, OfferState
from aftersales.disputes.pages.forms import ActionForm
from aftersales.disputes.postage import receipts_of, with_postage
from aftersales.disputes.services.inspection import after_deduction
from aftersales.disputes.terms import Terms
from aftersales.remedies.services import AmountExceeds, Quote, quote_many


@dataclass(frozen=True, slots=True)
class Preview:
    """Terms, and where the money goes: by payment channel."""

    terms: Terms
    offer: Offer | None
    quote: Quote | None

    @property
    def cash(self) -> Decimal:
        """What the buyer receives in money, in the case's currency."""
        return self.terms.money


def preview(case: Dispute, action: str, form: ActionForm) -> Preview | None:
    """Return what an action would carry out at once or after the return, or None where it moves nothing."""
    offer = _offer(case, action, form)
    if offer is not None:
        terms = Terms.of_offer(offer)
    elif action == "accept_deduction" and case.terms:
        terms = _with_postage(case, after_deduction(case))
    elif action == "confirm_return" and case.terms:
        terms = _with_postage(case, Terms.parse(case.terms))
    elif action in {"release_hold", "execute"} and case.terms:
        terms = Terms.parse(case.terms)
        terms = in_advance(terms) if terms.advance else terms
    else:
        return None
    return Preview(terms, offer, quote_of(case, terms))


def _with_postage(case: Dispute, terms: Terms) -> Terms:
    return with_postage(case, terms, receipts_of([case]).get(case.number))


def quote_of(case: Dispute, terms: Terms) -> Quote | None:
    """Share the money out as it will be; None where there is none, or no longer enough."""
    if not terms.money:
        return None
    try:
        return quote_many([make_grant(case, terms, "preview", list(case.lines.all()))], lock=False)[0]
    except AmountExceeds:
        return None


def _offer(case: Dispute, action: str, form: ActionForm) -> Offer | None:
    if action == "agree":
        requests = [o for o in case.offers.all() if o.by_role == Role.BUYER and o.state == OfferState.PROPOSED]
        return requests[-1] if requests else None
    if action == "accept_offer":
        wanted = str(form["offer"].value() or "")
        return next((o for o in case.offers.all() if str(o.pk) == wanted), None)
    return None
