"""An opened recall opens its cases."""

from datetime import datetime
from typing import Any

from aftersales.recalls.models import Recall
from aftersales.recalls.services import serve
from portal.outbox.registry import subscribe


@subscribe("recall.opened")
def recall_opened(payload: dict[str, Any], now: datetime) -> None:
    """Open the next cases. What was opened before a crash stays, the rest follows when this is run again."""
    serve(recall=Recall.objects.select_related("merchant", "opened_by").get(pk=payload["recall"]), now=now)
