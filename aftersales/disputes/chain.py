"""The timeline's hash chain: each entry names the hash of the one before, so that nothing can be changed unseen."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any


def link(
    *,
    number: str,
    seq: int,
    at: datetime,
    role: str,
    actor_id: int | None,
    action: str,
    from_status: str,
    to_status: str,
    data: dict[str, Any],
    prev: str,
) -> str:
    """Return the hash (SHA-256, hex) of one entry. `data` holds only strings, whole numbers, booleans and lists."""
    entry = [prev, number, seq, at.astimezone(UTC).isoformat(), role, actor_id, action, from_status, to_status, data]
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
