"""A refund is in its order's currency, and an amount of it; a coupon owed is an amount of its currency."""

from django.db import migrations

REFUND = """
CREATE FUNCTION remedies_refund_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    odd record;
BEGIN
    SELECT g.key, g.amount, g.currency INTO odd FROM granted g JOIN orders_order o ON o.id = g.order_id
    WHERE o.currency <> g.currency OR g.amount <> trunc(g.amount, money_exponent(g.currency)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'refund % of % % does not fit its order', odd.key, odd.amount, odd.currency
            USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER remedies_refund_fits AFTER INSERT ON remedies_refundinstruction
    REFERENCING NEW TABLE AS granted FOR EACH STATEMENT EXECUTE FUNCTION remedies_refund_fits();
"""
REFUND_BACK = """
DROP TRIGGER remedies_refund_fits ON remedies_refundinstruction;
DROP FUNCTION remedies_refund_fits();
"""
COUPON = """
ALTER TABLE remedies_coupongrant ADD CONSTRAINT coupon_grant_amount_of_currency
    CHECK (amount = trunc(amount, money_exponent(currency)));
"""
COUPON_BACK = "ALTER TABLE remedies_coupongrant DROP CONSTRAINT coupon_grant_amount_of_currency;"


class Migration(migrations.Migration):
    dependencies = [("remedies", "0015_compensation"), ("ledger", "0008_amounts_fit_their_currency")]
    operations = [migrations.RunSQL(REFUND, REFUND_BACK), migrations.RunSQL(COUPON, COUPON_BACK)]
