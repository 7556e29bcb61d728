"""Sellers' bands: stored by whoever measures, read by whoever decides."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from psycopg2.extras import Json, execute_values

from aftersales.policies.book import HOME, book_at, pack_rules
from aftersales.policies.codes import MerchantBand
from merchants.scores.bands import Facts, band_of

# One element of a SELECT, for whoever reads more in the same statement. Binds `merchant`.
BAND = (
    f"COALESCE((SELECT band FROM scores_merchantstanding WHERE merchant_id = %(merchant)s), '{MerchantBand.STANDARD}')"  # noqa: S608
)
_STORE = """
INSERT INTO scores_merchantstanding AS s (merchant_id, band, facts, computed_at, since) VALUES %s
ON CONFLICT (merchant_id) DO UPDATE SET facts = excluded.facts, computed_at = excluded.computed_at,
    band = excluded.band, since = CASE WHEN s.band = excluded.band THEN s.since ELSE excluded.since END
"""


def store(measured: Mapping[int, Facts], *, now: datetime) -> None:
    """Keep what was measured of sellers, and the bands that follow from it; one statement."""
    if not measured:
        return
    rules = pack_rules(book_at(now).bases[HOME])
    rows = [(pk, str(band_of(facts, rules)[0]), Json(facts.dump()), now, now) for pk, facts in sorted(measured.items())]
    with connection.cursor() as cursor:
        execute_values(cursor, _STORE, rows, page_size=len(rows))
