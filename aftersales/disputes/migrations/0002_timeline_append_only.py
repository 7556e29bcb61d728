"""The timeline is only ever appended to; the database refuses anything else."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER disputes_event_append_only BEFORE UPDATE OR DELETE ON disputes_event
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("disputes", "0001_initial"), ("ledger", "0002_zero_sum_and_append_only")]
    operations = [migrations.RunSQL(FORWARD, "DROP TRIGGER disputes_event_append_only ON disputes_event")]
