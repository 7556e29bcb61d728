"""Which arm a buyer is in: worked out from the seed, then kept. One statement."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

PLACES = 10_000

# A place is kept the first time a buyer files; of two filings at once, the second reads what the first kept.
# Two of one buyer in different arms cannot be: the row is unique. Nobody new comes into a stopped arm: its share is 0.
_ASSIGN = """
WITH running AS (
    SELECT id, mod(('x' || substr(md5(seed || ':' || %(buyer)s::text), 1, 8))::bit(32)::bigint, %(places)s) AS place
    FROM experiments_experiment WHERE plan_id = %(plan)s AND state = 'running'
),
ranges AS (
    SELECT a.id, sum(a.share) OVER (ORDER BY a.position) * %(places)s / 100 AS upto
    FROM experiments_arm a JOIN running ON running.id = a.experiment_id
),
chosen AS (SELECT r.id FROM ranges r, running WHERE running.place < r.upto ORDER BY r.upto, r.id LIMIT 1),
kept AS (
    INSERT INTO experiments_assignment (experiment_id, buyer_id, arm_id, at)
    SELECT running.id, %(buyer)s, chosen.id, %(now)s FROM running, chosen
    ON CONFLICT (experiment_id, buyer_id) DO UPDATE SET buyer_id = EXCLUDED.buyer_id
    RETURNING arm_id
)
SELECT a.id, a.version_id FROM kept JOIN experiments_arm a ON a.id = kept.arm_id WHERE a.stopped_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The arm of a case: `version_id` is what it is shown, None the ordinary process."""

    arm_id: int
    version_id: int | None


def assign(*, plan_id: int, buyer_id: int, now: datetime) -> Assigned | None:
    """Return the buyer's arm in the plan's running experiment, inside the caller's transaction.

    None where none runs, or where the buyer's arm was stopped: then the live version answers and nothing is counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, {"plan": plan_id, "buyer": buyer_id, "now": now, "places": PLACES})
        row = cursor.fetchone()
    return Assigned(*row) if row else None


def place(seed: str, buyer_id: int) -> int:
    """Return a buyer's place from 0 to 9,999, as the statement above works it out."""
    digest = hashlib.md5(f"{seed}:{buyer_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % PLACES


def arm_at(seed: str, buyer_id: int, shares: Sequence[tuple[int, int]]) -> int:
    """Return the arm that `shares`, (arm id, percent) in their order, give a buyer."""
    at, upto = place(seed, buyer_id), 0
    for arm, percent in shares:
        upto += percent * PLACES // 100
        if at < upto:
            return arm
    raise ValueError("the shares do not sum to 100")
