"""What spoils or lives is not sent back: the seller's silence then passes the case to the platform; kept as data."""

from datetime import UTC, datetime
from importlib import import_module

from django.db import migrations

FROM = datetime(2026, 11, 1, tzinfo=UTC)
OURS = {"en": "the portal's default", "zh": "本平台默认设定"}
STAY = {"thresholds": {"ask_return_above": {}}, "basis": {"thresholds.ask_return_above": OURS}}
# pack -> (summary in English, summary in Chinese)
PACKS = {
    "cn.fresh": (
        "Fresh goods do not travel back: when the seller does not answer, the platform looks at the case.",
        "生鲜不适合退回：商家逾期未处理的，由平台介入。",
    ),
    "cn.live_animals": (
        "Live animals do not travel back: when the seller does not answer, the platform looks at the case.",
        "活体动物不适合退回：商家逾期未处理的，由平台介入。",
    ),
    "eu.fresh": (
        "Fresh goods do not travel back: when the seller does not answer, the platform looks at the case.",
        "生鲜不适合退回：商家逾期未处理的，由平台介入。",
    ),
}


def load(apps, schema_editor):
    first = import_module("aftersales.policies.migrations.0005_packs_by_market_and_category").CATEGORIES
    model = apps.get_model("policies", "RulePackVersion")
    for pack, (en, zh) in PACKS.items():
        categories, rules, _en, _zh = first[pack]
        model.objects.create(
            pack=pack,
            number=2,
            effective_at=FROM,
            rules={"categories": categories, **_over(rules, STAY)},
            summary_en=en,
            summary_zh=zh,
            published_at=FROM,
        )


def _over(rules, more):
    return rules | {section: rules.get(section, {}) | values for section, values in more.items()}


class Migration(migrations.Migration):
    dependencies = [("policies", "0007_work_calendar_2026")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
