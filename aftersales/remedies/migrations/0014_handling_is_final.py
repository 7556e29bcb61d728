"""What people did about refunds stays on record: the database refuses changes."""

from django.db import migrations

FINAL = """
CREATE TRIGGER refund_handling_append_only BEFORE UPDATE OR DELETE ON remedies_refundhandling
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""
FINAL_BACK = "DROP TRIGGER refund_handling_append_only ON remedies_refundhandling;"


class Migration(migrations.Migration):
    dependencies = [("remedies", "0013_refunds_handled")]
    operations = [migrations.RunSQL(FINAL, FINAL_BACK)]
