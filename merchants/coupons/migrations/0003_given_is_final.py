"""What was given never changes: a coupon's terms once somebody has it or was promised it, and its history."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER coupons_couponmove_append_only BEFORE UPDATE OR DELETE ON coupons_couponmove
    FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE FUNCTION given_coupon_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM coupons_couponreservation WHERE template_id = OLD.id)
        OR EXISTS (SELECT 1 FROM coupons_coupon WHERE template_id = OLD.id) THEN
        RAISE EXCEPTION 'this coupon was given already' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER coupons_coupontemplate_given BEFORE UPDATE ON coupons_coupontemplate FOR EACH ROW
    WHEN ((OLD.currency, OLD.amount, OLD.percent, OLD.minimum_spend, OLD.valid_days, OLD.valid_from, OLD.valid_until,
           OLD.categories, OLD.skus, OLD.stackable, OLD.funded_by, OLD.merchant_id)
          IS DISTINCT FROM (NEW.currency, NEW.amount, NEW.percent, NEW.minimum_spend, NEW.valid_days, NEW.valid_from,
           NEW.valid_until, NEW.categories, NEW.skus, NEW.stackable, NEW.funded_by, NEW.merchant_id))
    EXECUTE FUNCTION given_coupon_keeps_its_terms();
"""
BACK = """
DROP TRIGGER coupons_coupontemplate_given ON coupons_coupontemplate;
DROP FUNCTION given_coupon_keeps_its_terms();
DROP TRIGGER coupons_couponmove_append_only ON coupons_couponmove;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coupons", "0002_template_terms_history_and_budgets"),
        ("ledger", "0002_zero_sum_and_append_only"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
