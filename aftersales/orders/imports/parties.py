"""The buyers and merchants that orders name: found by the marketplace's reference, made where there are none."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from aftersales.orders.imports.grouping import Part

# One row a time by index, whatever the planner thinks of the table's size. Lists go over as JSON: thousands of
# parameters would cost more than the statements themselves.
_MERCHANT_IDS = """
SELECT wanted.ref, found.id FROM json_array_elements_text(%s) AS wanted (ref)
CROSS JOIN LATERAL (SELECT id FROM merchants_merchant WHERE ref = wanted.ref LIMIT 1) AS found
"""
_BUYER_IDS = """
SELECT wanted.ref, found.id FROM json_array_elements_text(%s) AS wanted (ref)
CROSS JOIN LATERAL (SELECT id FROM accounts_user WHERE buyer_ref = wanted.ref LIMIT 1) AS found
"""
# In the order of the references, so that two imports queue up instead of waiting for each other.
_MAKE_MERCHANTS = """
INSERT INTO merchants_merchant (ref, name, return_name, return_phone, return_address, created_at)
SELECT ref, name, '', '', '', %(now)s FROM json_each_text(%(names)s) AS new (ref, name)
ORDER BY ref ON CONFLICT (ref) DO NOTHING RETURNING ref, id
"""
# The password is none at all: `!` and 32 random characters, as Django's set_unusable_password writes it.
_MAKE_USERS = """
INSERT INTO accounts_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
    date_joined, buyer_ref, duty, language, time_zone, is_demo)
SELECT '!' || replace(gen_random_uuid()::text, '-', ''), false, username, name, '', email, false, true,
    %(now)s, buyer_ref, '', 'en', 'Asia/Shanghai', false
FROM json_to_recordset(%(people)s) AS new (username text, name text, email text, buyer_ref text)
ORDER BY username ON CONFLICT DO NOTHING RETURNING username, id
"""
_MAKE_OWNERS = """
INSERT INTO merchants_merchantmember (merchant_id, user_id, role)
SELECT merchant, owner, 'owner' FROM unnest(%(merchants)s::bigint[], %(owners)s::bigint[]) AS new (merchant, owner)
"""


class Parties(NamedTuple):
    """Primary keys by the marketplace's reference."""

    merchants: Mapping[str, int]
    buyers: Mapping[str, int]


class Person(NamedTuple):
    """Somebody to be made; the username is the reference, or the reference with `-2`, `-3` ... where it is taken."""

    ref: str
    name: str = ""
    email: str = ""


def ensure_parties(parts: Sequence[Part], *, now: datetime) -> Parties:
    """Find the merchants and buyers of orders, making those that are new; never changes one that is there.

    Somebody who happens to have the reference as username is never taken for the buyer: only `buyer_ref` links.
    """
    heads = [part.head for part in parts]
    merchants = {head.merchant_ref: head.merchant_name for head in heads}
    buyers = {head.buyer_ref: Person(head.buyer_ref, head.buyer_name, head.buyer_email) for head in heads}
    return Parties(_ensure_merchants(merchants, now), _ensure_buyers(buyers, now))


def _ensure_merchants(names: Mapping[str, str], now: datetime) -> dict[str, int]:
    found = _ids(_MERCHANT_IDS, list(names))
    new = {ref: name or short_name(ref) for ref, name in names.items() if ref not in found}
    if not new:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_MERCHANTS, {"names": json.dumps(new), "now": now})
        made = dict(cursor.fetchall())
        owners = _make_users([Person(ref) for ref in sorted(made)], buyers=False, now=now)
        values = {"merchants": list(made.values()), "owners": [owners[ref] for ref in made]}
        cursor.execute(_MAKE_OWNERS, values)
    return _ids(_MERCHANT_IDS, list(names))


def _ensure_buyers(people: Mapping[str, Person], now: datetime) -> dict[str, int]:
    found = _ids(_BUYER_IDS, list(people))
    new = [person for ref, person in people.items() if ref not in found]
    if not new:
        return found
    made = _make_users(new, buyers=True, now=now)
    return found | made | _ids(_BUYER_IDS, [person.ref for person in new if person.ref not in made])


def _make_users(people: list[Person], *, buyers: bool, now: datetime) -> dict[str, int]:
    """Make a user for each; return their ids by reference, without those that another import made meanwhile."""
    made: dict[str, int] = {}
    left, suffix = people, ""
    for attempt in range(2, 1000):
        refs = {person.ref + suffix: person.ref for person in left}
        made |= {refs[username]: pk for username, pk in _insert_users(left, suffix, buyers=buyers, now=now)}
        left = [person for person in left if person.ref not in made]
        if buyers and left:
            there = _ids(_BUYER_IDS, [person.ref for person in left])
            left = [person for person in left if person.ref not in there]
        if not left:
            return made
        suffix = f"-{attempt}"
    raise RuntimeError(f"no free username for {left[0].ref}")


def _insert_users(people: list[Person], suffix: str, *, buyers: bool, now: datetime) -> list[tuple[str, int]]:
    rows = [
        {"username": p.ref + suffix, "name": p.name, "email": p.email, "buyer_ref": p.ref if buyers else None}
        for p in people
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_USERS, {"people": json.dumps(rows), "now": now})
        return list(cursor.fetchall())


def _ids(statement: str, refs: list[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(refs)])
        return dict(cursor.fetchall())


def short_name(ref: str) -> str:
    """Make a readable name of a reference: long ones are mostly random."""
    return f"Shop {ref}" if len(ref) <= 20 else f"Shop {ref[:8]}"
