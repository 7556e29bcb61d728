"""The case and everything kept about it."""

from aftersales.disputes.models.case import Dispute, DisputeLine
from aftersales.disputes.models.effect import EffectRun
from aftersales.disputes.models.offer import Offer, OfferState
from aftersales.disputes.models.record import Event, Evidence, Message

__all__ = ["Dispute", "DisputeLine", "EffectRun", "Event", "Evidence", "Message", "Offer", "OfferState"]
