"""Guarded accounts keep their balance: the statement that posts moves it, the account's check refuses to go below zero."""

from django.db import migrations

# Once per statement, for all its entries together. Accounts are locked in the order of their ids, so that two postings
# to the same accounts wait for each other instead of locking up. Statements without guarded accounts write nothing.
KEEP = """
CREATE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger_account
    WHERE kind = 'merchant_deposit' AND id IN (SELECT account_id FROM posted) ORDER BY id FOR NO KEY UPDATE;
    IF FOUND THEN
        UPDATE ledger_account a SET balance = coalesce(a.balance, 0) + moved.amount
        FROM (SELECT account_id, sum(amount) AS amount FROM posted GROUP BY account_id) moved
        WHERE a.id = moved.account_id AND a.kind = 'merchant_deposit';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_keep_balances AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_balances();
"""
BACK = """
DROP TRIGGER ledger_entry_keep_balances ON ledger_entry;
DROP FUNCTION ledger_keep_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_deposits")]
    operations = [migrations.RunSQL(KEEP, BACK)]
