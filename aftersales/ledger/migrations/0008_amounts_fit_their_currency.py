"""No entry is in another currency than its account, nor finer than its currency allows (ISO 4217)."""

from django.db import migrations

# What portal.money says; immutable, so that checks of any table may use it.
EXPONENT = """
CREATE FUNCTION money_exponent(currency text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
            'XAF', 'XOF', 'XPF') THEN 0
        WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
        ELSE 2
    END
$$;
"""
EXPONENT_BACK = "DROP FUNCTION money_exponent(text);"
# Once per statement, for all its entries together.
FIT = """
CREATE FUNCTION ledger_amounts_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    odd record;
BEGIN
    SELECT p.amount, p.currency, a.key INTO odd FROM posted p JOIN ledger_account a ON a.id = p.account_id
    WHERE a.currency <> p.currency OR p.amount <> trunc(p.amount, money_exponent(p.currency)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger entry of % % does not fit account %', odd.amount, odd.currency, odd.key
            USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_amounts_fit AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledger_amounts_fit();
"""
FIT_BACK = """
DROP TRIGGER ledger_entry_amounts_fit ON ledger_entry;
DROP FUNCTION ledger_amounts_fit();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_balances_kept")]
    operations = [migrations.RunSQL(EXPONENT, EXPONENT_BACK), migrations.RunSQL(FIT, FIT_BACK)]
