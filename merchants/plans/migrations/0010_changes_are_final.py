"""What was live when is never changed; what was published so far is put on record."""

from django.db import migrations

FORWARD = """
INSERT INTO plans_planchange (plan_id, merchant_id, kind, version_id, at)
SELECT p.id, p.merchant_id, 'published', v.id, v.published_at
FROM plans_planversion v JOIN plans_plan p ON p.id = v.plan_id WHERE v.published_at IS NOT NULL ORDER BY v.published_at;
INSERT INTO plans_planchange (plan_id, merchant_id, kind, at)
SELECT id, merchant_id, 'paused', now() FROM plans_plan WHERE state = 'paused';
CREATE TRIGGER plans_planchange_append_only BEFORE UPDATE OR DELETE ON plans_planchange
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""
BACK = """
DROP TRIGGER plans_planchange_append_only ON plans_planchange;
DELETE FROM plans_planchange;
"""


class Migration(migrations.Migration):
    dependencies = [("plans", "0009_changes"), ("ledger", "0002_zero_sum_and_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
