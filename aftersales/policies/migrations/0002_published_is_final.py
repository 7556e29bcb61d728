"""A rule pack version is final: cases filed under it rely on its numbers."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION rule_pack_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rule pack versions are final' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER policies_rulepackversion_final BEFORE UPDATE OR DELETE ON policies_rulepackversion
    FOR EACH ROW EXECUTE FUNCTION rule_pack_is_final();
"""
BACK = """
DROP TRIGGER policies_rulepackversion_final ON policies_rulepackversion;
DROP FUNCTION rule_pack_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
