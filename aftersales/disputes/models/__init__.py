"""The case and everything kept about it."""

from aftersales.disputes.models.case import Dispute, DisputeLine
from aftersales.disputes.models.offer import Offer, OfferState
from aftersales.disputes.models.record import Event, Evidence, Message

__all__ = ["Dispute", "DisputeLine", "Event", "Evidence", "Message", "Offer", "OfferState"]
