"""Give coupons of before their case, their payer and their history. Deliver the outbox before: their closing postings
were made by messages, and are made at once from here on."""

from django.db import migrations

FORWARD = """
UPDATE coupons_coupon c SET "case" = g."case", payer = g.payer FROM remedies_coupongrant g WHERE g.coupon_id = c.id;
UPDATE coupons_coupon SET redeemed_amount = amount WHERE state = 'redeemed';
INSERT INTO coupons_couponmove (coupon_id, number, kind, merchant_id, currency, amount, used, order_ref, by_id, at)
SELECT id, 1, 'issued', merchant_id, currency, amount, 0, '', NULL, issued_at FROM coupons_coupon WHERE moves = 0
UNION ALL
SELECT id, 2, CASE state WHEN 'redeemed' THEN 'used' WHEN 'expired' THEN 'expired' ELSE 'reversed' END, merchant_id,
    currency, amount, redeemed_amount, redeemed_order, redeemed_by_id, coalesce(redeemed_at, expires_at)
FROM coupons_coupon WHERE moves = 0 AND state <> 'issued';
UPDATE coupons_coupon SET moves = CASE state WHEN 'issued' THEN 1 ELSE 2 END WHERE moves = 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("remedies", "0009_coupons_of_templates"),
        ("coupons", "0003_given_is_final"),
    ]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
