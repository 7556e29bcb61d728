"""A pack as a file: out and in again, and every mistake with its line and field."""

import json

import pytest

from aftersales.policies import files
from aftersales.policies.models import RulePackVersion

GOOD = """\
pack: cn.tea
summary:
  en: Tea.
  zh: 茶。
rules:
  categories: [tea]
  windows:
    visible: 72h
  choices:
    no_reason: confirmed
  basis:
    choices.no_reason: {en: Order 31, zh: 第31号令}
"""


def test_a_file_is_read():
    found = files.read(GOOD)
    assert (found.pack, found.summary_en, found.summary_zh) == ("cn.tea", "Tea.", "茶。")
    assert found.rules["windows"] == {"visible": "72h"}
    assert found.rules["basis"]["choices.no_reason"]["zh"] == "第31号令"


@pytest.mark.django_db
def test_every_pack_comes_back_as_it_went_out():
    for version in RulePackVersion.objects.all():
        text = files.write(
            pack=version.pack, rules=version.rules, summary_en=version.summary_en, summary_zh=version.summary_zh
        )
        once = files.read(text)
        assert files.read(json.dumps({"pack": once.pack, "summary": {}, "rules": once.rules})).rules == once.rules
        assert once.summary_zh == version.summary_zh


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("visible: 72h", "visible: soon", "Line 8, rules.windows.visible: days such as 7d or hours such as 48h"),
        ("visible: 72h", "visable: 72h", "Line 8, rules.windows.visable: no such rule."),
        ("visible: 72h", "visible: 0d", "Line 8, rules.windows.visible: at least one day or hour"),
        ("visible: 72h", "visible: 1d\n    visible: 2d", "Line 9, rules.windows.visible: stands here a second time."),
        ("no_reason: confirmed", "no_reason: maybe", "Line 10, rules.choices.no_reason: one of these is needed:"),
        ("no_reason: confirmed", "no_reason: [a]", "Line 10, rules.choices.no_reason: one of these is needed:"),
        (", zh: 第31号令}", "}", "Line 12, rules.basis.choices.no_reason: say it in both languages"),
        ("  windows:\n    visible: 72h", "  timers:\n    buyer_ships: 5", "Line 8, rules.timers.buyer_ships: a party"),
        ("  windows:\n    visible: 72h", "  counts:\n    fraud_times: -1", "Line 8, rules.counts.fraud_times: a whole"),
        (
            "  windows:\n    visible: 72h",
            "  thresholds:\n    hold_above: 5",
            "Line 8, rules.thresholds.hold_above: amo",
        ),
        ("  windows:\n    visible: 72h", "  widows:\n    visible: 72h", "Line 7, rules.widows: no such section."),
        ("  windows:\n    visible: 72h", "  windows: 7", "Line 7, rules.windows: rules with their values are needed."),
        ("categories: [tea]", "categories: tea", "Line 6, rules.categories: a list of category names is needed."),
        ("pack: cn.tea", "pack: 5", "Line 1, pack: the name of the pack is needed"),
        ("pack: cn.tea", "pack: cn.tea\nowner: me", "Line 2, owner: no such key."),
        ("summary:\n  en: Tea.\n  zh: 茶。", "summary: Tea.", "Line 2, summary: say in both languages"),
        ("visible: 72h", "visible: [72h", "Line 9, file: this is neither YAML nor JSON."),
        ("visible: 72h", "visible: &a 72h\n    quality: *a", "References (& and *) cannot be used"),
        (GOOD, "- 1\n- 2", "Line 1, file: a pack with its keys is needed: pack, summary, rules."),
        (GOOD, "a: 2026-99-99", "Line 1, file: this is neither YAML nor JSON."),
        (GOOD, "x" * 200_001, "The file is larger than 200000 characters."),
    ],
)
def test_what_is_wrong_is_said_with_line_and_field(old, new, said):
    assert old in GOOD
    with pytest.raises(files.BadFile) as refused:
        files.read(GOOD.replace(old, new))
    assert any(message.startswith(said) for message in refused.value.messages), refused.value.messages


def test_all_mistakes_are_said_at_once():
    with pytest.raises(files.BadFile) as refused:
        files.read(GOOD.replace("72h", "soon").replace("confirmed", "maybe"))
    assert [m.partition(",")[0] for m in refused.value.messages] == ["Line 8", "Line 10"]
