"""The limit: the same rows by raw SQL, driven by PostgreSQL's own pgbench."""

import re
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

from portal.embedded import pg_bin

TABLES = """
CREATE TABLE IF NOT EXISTS bench_refund (id bigserial PRIMARY KEY, case_id bigint, amount numeric);
CREATE TABLE IF NOT EXISTS bench_entry (id bigserial PRIMARY KEY, case_id bigint, amount numeric);
CREATE TABLE IF NOT EXISTS bench_case (id bigserial PRIMARY KEY, order_id bigint, status text, due_at timestamptz);
CREATE TABLE IF NOT EXISTS bench_event (id bigserial PRIMARY KEY, case_id bigint, action text, at timestamptz);
CREATE TABLE IF NOT EXISTS bench_offer (id bigserial PRIMARY KEY, case_id bigint, cash numeric);
CREATE TABLE IF NOT EXISTS bench_posting (id bigserial PRIMARY KEY, key text UNIQUE, posted_at timestamptz);
CREATE TABLE IF NOT EXISTS bench_side (id bigserial PRIMARY KEY, posting_id bigint REFERENCES bench_posting,
    account_id bigint, amount numeric);
CREATE INDEX IF NOT EXISTS bench_side_posting ON bench_side (posting_id);
CREATE INDEX IF NOT EXISTS bench_side_account ON bench_side (account_id);
"""
SCRIPTS = {
    "open": """\\set n random(1, {orders})
BEGIN;
SELECT l.id, l.order_id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE o.number = 'B' || :n;
INSERT INTO bench_case (order_id, status, due_at) VALUES (:n, 'awaiting_merchant', now()) RETURNING id AS c \\gset
INSERT INTO bench_event (case_id, action, at) VALUES (:c, 'open', now());
INSERT INTO bench_offer (case_id, cash) VALUES (:c, 1), (:c, 2), (:c, 3);
COMMIT;""",
    "accept": """\\set n random(1, {disputes})
BEGIN;
SELECT status FROM disputes_dispute WHERE id = :n FOR UPDATE;
UPDATE bench_case SET status = 'fulfilling' WHERE id = :n;
INSERT INTO bench_event (case_id, action, at) VALUES (:n, 'accept', now());
INSERT INTO bench_refund (case_id, amount) VALUES (:n, 40);
INSERT INTO bench_entry (case_id, amount) VALUES (:n, 40), (:n, -40);
COMMIT;""",
    "queue": """SELECT number, status, reason, wants_amount, due_at FROM disputes_dispute
WHERE merchant_id = {shop} AND awaiting = 'merchant' ORDER BY due_at LIMIT 50;""",
    "post": """WITH posted AS (
    INSERT INTO bench_posting (key, posted_at) VALUES (gen_random_uuid()::text, now()) RETURNING id)
INSERT INTO bench_side (posting_id, account_id, amount)
SELECT id, side.* FROM posted, (VALUES (1, -1), (2, 1)) AS side;""",
}


def make_tables() -> None:
    """Make the tables that the floors write to."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


def rate(work: str, *, seconds: int, **sizes: int) -> float:
    """Run a script with 8 clients; return transactions per second."""
    settings = connection.get_connection_params()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "work.sql"
        script.write_text(SCRIPTS[work].format(**sizes))
        address = [f"--{k}={settings[k]}" for k in ("host", "port") if settings.get(k)]
        command = [pg_bin("pgbench"), "-n", "-c", "8", "-j", "2", "-T", str(seconds), "-f", str(script), *address]
        command += ["-U", str(settings.get("user") or ""), str(settings["dbname"])]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    return float(found[1]) if found else 0.0
