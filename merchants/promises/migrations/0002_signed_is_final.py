"""What was signed is final: buyers bought relying on it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION promise_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'signed promises are final' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER promises_promiseversion_final BEFORE UPDATE OR DELETE ON promises_promiseversion
    FOR EACH ROW EXECUTE FUNCTION promise_is_final();
"""
BACK = """
DROP TRIGGER promises_promiseversion_final ON promises_promiseversion;
DROP FUNCTION promise_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("promises", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
