"""The work calendar of mainland China for 2026, as the State Council announced it; kept as data and final."""

from datetime import UTC, date, datetime, timedelta

from django.db import migrations

FORWARD = """
CREATE TRIGGER policies_workcalendarversion_final BEFORE UPDATE OR DELETE ON policies_workcalendarversion
    FOR EACH ROW EXECUTE FUNCTION rule_pack_is_final();
"""
BACK = "DROP TRIGGER policies_workcalendarversion_final ON policies_workcalendarversion;"
# First and last day off: New Year, Spring Festival, Qingming, Labour Day, Dragon Boat, Mid-Autumn, National Day.
HOLIDAYS = [
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
    (date(2026, 9, 25), date(2026, 9, 27)),
    (date(2026, 10, 1), date(2026, 10, 7)),
]
WORKED = [
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
]


def load(apps, schema_editor):
    started = datetime(2016, 1, 1, tzinfo=UTC)
    days = [first + timedelta(days=n) for first, last in HOLIDAYS for n in range((last - first).days + 1)]
    apps.get_model("policies", "WorkCalendarVersion").objects.create(
        place="cn",
        number=1,
        effective_at=started,
        holidays=days,
        worked=WORKED,
        source_en="State Council notice on public holidays in 2026. Other years: weekends only until announced.",
        source_zh="国务院办公厅关于2026年部分节假日安排的通知。其他年份在公布前仅按周末计算。",
        published_at=started,
    )


class Migration(migrations.Migration):
    dependencies = [("policies", "0006_work_calendar")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop), migrations.RunSQL(FORWARD, BACK)]
