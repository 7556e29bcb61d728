"""What a deposit's level was, and how it moved, is never changed."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER deposits_depositlevel_append_only BEFORE UPDATE OR DELETE ON deposits_depositlevel
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER deposits_depositmove_append_only BEFORE UPDATE OR DELETE ON deposits_depositmove
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""
BACK = """
DROP TRIGGER deposits_depositmove_append_only ON deposits_depositmove;
DROP TRIGGER deposits_depositlevel_append_only ON deposits_depositlevel;
"""


class Migration(migrations.Migration):
    dependencies = [("deposits", "0001_deposits"), ("ledger", "0002_zero_sum_and_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
