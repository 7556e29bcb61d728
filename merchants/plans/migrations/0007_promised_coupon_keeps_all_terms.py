"""A promised coupon keeps all its terms, also those that coupons did not have before."""

from django.db import migrations

FORWARD = """
DROP TRIGGER coupons_coupontemplate_promised ON coupons_coupontemplate;
CREATE TRIGGER coupons_coupontemplate_promised BEFORE UPDATE ON coupons_coupontemplate FOR EACH ROW
    WHEN ((OLD.currency, OLD.amount, OLD.percent, OLD.minimum_spend, OLD.valid_days, OLD.valid_from, OLD.valid_until,
           OLD.categories, OLD.skus, OLD.stackable, OLD.funded_by, OLD.merchant_id)
          IS DISTINCT FROM (NEW.currency, NEW.amount, NEW.percent, NEW.minimum_spend, NEW.valid_days, NEW.valid_from,
           NEW.valid_until, NEW.categories, NEW.skus, NEW.stackable, NEW.funded_by, NEW.merchant_id))
    EXECUTE FUNCTION promised_coupon_keeps_its_worth();
"""
BACK = """
DROP TRIGGER coupons_coupontemplate_promised ON coupons_coupontemplate;
CREATE TRIGGER coupons_coupontemplate_promised BEFORE UPDATE ON coupons_coupontemplate FOR EACH ROW
    WHEN ((OLD.currency, OLD.amount, OLD.minimum_spend, OLD.valid_days)
          IS DISTINCT FROM (NEW.currency, NEW.amount, NEW.minimum_spend, NEW.valid_days))
    EXECUTE FUNCTION promised_coupon_keeps_its_worth();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0006_repair"),
        ("coupons", "0002_template_terms_history_and_budgets"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
