"""The database keeps live scenes in step with plans, and promised coupons worth what was promised."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION plan_live_scene(plan bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO plans_livescene (plan_id, merchant_id, version_id, number, name, conditions, currency,
        types, reasons, stages, categories, value_from, value_to, days_from, days_to)
    SELECT p.id, p.merchant_id, v.id, v.number, p.name,
        (cardinality(v.types) > 0)::int + (cardinality(v.reasons) > 0)::int + (cardinality(v.stages) > 0)::int
            + (cardinality(v.categories) > 0)::int + (v.value_from IS NOT NULL OR v.value_to IS NOT NULL)::int
            + (v.days_from IS NOT NULL OR v.days_to IS NOT NULL)::int,
        v.currency, v.types, v.reasons, v.stages, v.categories, v.value_from, v.value_to, v.days_from, v.days_to
    FROM plans_plan p JOIN plans_planversion v ON v.id = p.live_id
    WHERE p.id = plan AND p.state = 'live'
$$;
CREATE FUNCTION plan_live_scene_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN DELETE FROM plans_livescene WHERE plan_id = OLD.id; END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM plan_live_scene(NEW.id); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER plans_plan_live_scene AFTER INSERT OR DELETE OR UPDATE OF name, state, live_id, merchant_id
    ON plans_plan FOR EACH ROW EXECUTE FUNCTION plan_live_scene_follows();
DO $$ BEGIN PERFORM plan_live_scene(id) FROM plans_plan; END $$;

CREATE FUNCTION promised_coupon_keeps_its_worth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM plans_planoption o JOIN plans_planversion v ON v.id = o.version_id
               WHERE o.coupon_id = OLD.id AND v.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published plan promises this coupon' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER coupons_coupontemplate_promised BEFORE UPDATE ON coupons_coupontemplate FOR EACH ROW
    WHEN ((OLD.currency, OLD.amount, OLD.minimum_spend, OLD.valid_days)
          IS DISTINCT FROM (NEW.currency, NEW.amount, NEW.minimum_spend, NEW.valid_days))
    EXECUTE FUNCTION promised_coupon_keeps_its_worth();
"""
BACK = """
DROP TRIGGER coupons_coupontemplate_promised ON coupons_coupontemplate;
DROP FUNCTION promised_coupon_keeps_its_worth();
DROP TRIGGER plans_plan_live_scene ON plans_plan;
DROP FUNCTION plan_live_scene_follows();
DROP FUNCTION plan_live_scene(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_live_scenes"), ("coupons", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
