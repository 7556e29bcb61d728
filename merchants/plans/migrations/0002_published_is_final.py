"""A published plan version never changes, nor do its options: open cases keep what they were offered."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION plan_version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'published plan versions are final' USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION plan_option_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parent bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN parent := NEW.version_id; ELSE parent := OLD.version_id; END IF;
    IF EXISTS (SELECT 1 FROM plans_planversion WHERE id = parent AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'options of published plan versions are final' USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plans_planversion_final BEFORE UPDATE OR DELETE ON plans_planversion
    FOR EACH ROW EXECUTE FUNCTION plan_version_is_final();
CREATE TRIGGER plans_planoption_final BEFORE INSERT OR UPDATE OR DELETE ON plans_planoption
    FOR EACH ROW EXECUTE FUNCTION plan_option_is_final();
"""
BACK = """
DROP TRIGGER plans_planversion_final ON plans_planversion;
DROP TRIGGER plans_planoption_final ON plans_planoption;
DROP FUNCTION plan_version_is_final();
DROP FUNCTION plan_option_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
