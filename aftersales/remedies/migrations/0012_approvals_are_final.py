"""What approvals rest on, kept by the database: nobody approves an own decision, and no approval is changed."""

from django.db import migrations

NOT_OWN = """
ALTER TABLE remedies_approval ADD CONSTRAINT approved_by_somebody_else CHECK (NOT (by_id = ANY (decided_by)));
"""
NOT_OWN_BACK = "ALTER TABLE remedies_approval DROP CONSTRAINT approved_by_somebody_else;"
FINAL = """
CREATE TRIGGER approval_append_only BEFORE UPDATE OR DELETE ON remedies_approval
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""
FINAL_BACK = "DROP TRIGGER approval_append_only ON remedies_approval;"


class Migration(migrations.Migration):
    dependencies = [("remedies", "0011_approvals"), ("ledger", "0002_zero_sum_and_append_only")]
    operations = [migrations.RunSQL(NOT_OWN, NOT_OWN_BACK), migrations.RunSQL(FINAL, FINAL_BACK)]
