"""The first version of the mainland China pack: the numbers as they stood when this was written, kept as data."""

from datetime import UTC, datetime

from django.db import migrations

RULES = {
    "timers": {
        "merchant_unshipped": 24,
        "merchant_refund_only": 48,
        "merchant_return": 48,
        "merchant_goods": 48,
        "buyer_offer": 24,
        "merchant_counter": 24,
        "offer_stands": 24,
        "earliest_escalation": 24,
        "buyer_after_refusal": 168,
        "negotiation_cap": 480,
        "buyer_ships": 168,
        "merchant_receives": 240,
        "merchant_inspects": 48,
        "merchant_sends_goods": 72,
        "statutory_refund": 168,
        "first_answer": 24,
        "extra_evidence": 24,
        "ruling": 72,
        "ruling_small": 24,
        "execute_ruling": 24,
        "appeal": 168,
        "appeal_decided": 168,
        "release_hold": 48,
        "payout_failed": 24,
        "pause": 720,
        "reopen": 720,
    },
    "windows": {"no_reason": 7, "quality": 15, "not_received": 30, "warranty": 180},
    "thresholds": {
        "instant_refund": {"CNY": "1000", "USD": "140", "EUR": "130", "BRL": "780"},
        "small_claim": {"CNY": "200", "USD": "28", "EUR": "26", "BRL": "156"},
        "ask_return_above": {"CNY": "50", "USD": "7", "EUR": "6.5", "BRL": "40"},
        "hold_above": {"CNY": "20000", "USD": "2800", "EUR": "2600", "BRL": "15600"},
    },
    "counts": {"instant_refund_hours": 6, "requests_per_line": 5},
}


def load(apps, schema_editor):
    started = datetime(2016, 1, 1, tzinfo=UTC)
    apps.get_model("policies", "RulePackVersion").objects.create(
        pack="cn",
        number=1,
        effective_at=started,
        rules=RULES,
        summary_en="Mainland China pack as first published: clocks, windows and thresholds.",
        summary_zh="中国大陆规则包首版：各环节时限、申请期限与金额门槛。",
        published_at=started,
    )


class Migration(migrations.Migration):
    dependencies = [("policies", "0002_published_is_final")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
