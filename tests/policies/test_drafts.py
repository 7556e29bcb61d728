"""A pack's next version: begun, edited, compared, published; only by staff, never into the past."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from aftersales.policies import drafts
from aftersales.policies.book import book_at, pack_rules
from aftersales.policies.models import RulePackDraft, RulePackVersion

FRESH = "cn.fresh"


@pytest.fixture
def draft(cast, now):
    def make(pack=FRESH, **windows):
        made = drafts.begin(pack=pack, actor=cast.platform, now=now)
        rules = {**made.rules, "windows": {**made.rules.get("windows", {}), **windows}}
        return drafts.save(
            draft=made, rules=rules, summary_en="Longer.", summary_zh="更长。", actor=cast.platform, now=now
        )

    return make


class TestDraft:
    def test_begins_with_what_is_in_force(self, cast, now):
        made = drafts.begin(pack=FRESH, actor=cast.platform, now=now)
        assert made.rules["windows"] == {"visible": "48h"}
        assert drafts.changes_of(made, now=now) == []
        assert drafts.begin(pack=FRESH, actor=cast.platform, now=now) == made

    @pytest.mark.parametrize("who", ["arbitrator", "senior", "owner", "buyer", "marketplace"])
    def test_is_for_platform_staff(self, cast, now, who):
        with pytest.raises(PermissionDenied):
            drafts.begin(pack=FRESH, actor=getattr(cast, who), now=now)

    def test_says_what_changes_in_both_languages(self, draft, now):
        change, added = drafts.changes_of(draft(visible="72h", quality="5d"), now=now)[::-1]
        assert (change.path, change.en.before, change.en.after) == ("windows.visible", "48 hours", "72 hours")
        assert (added.path, added.en.before, added.en.after) == ("windows.quality", "15 days", "5 days")
        assert added.zh.before != added.en.before

    def test_categories_belong_to_one_pack_of_a_market(self, cast, now):
        made = drafts.begin(pack="cn.tea", actor=cast.platform, now=now)
        with pytest.raises(ValidationError, match="Another pack is for these categories already: food"):
            drafts.save(
                draft=made, rules={"categories": ["food"]}, summary_en="", summary_zh="", actor=cast.platform, now=now
            )
        with pytest.raises(ValidationError, match="Name the categories"):
            drafts.save(draft=made, rules={}, summary_en="", summary_zh="", actor=cast.platform, now=now)


class TestPublishing:
    def test_from_an_instant_on(self, draft, cast, now):
        at = now + timedelta(days=3)
        version = drafts.publish_draft(draft=draft(visible="72h"), effective_at=at, actor=cast.platform, now=now)
        assert str(version) == "cn.fresh v3"
        assert not RulePackDraft.objects.exists()
        spans = []
        for instant in (now, at):
            book = book_at(instant)
            spans.append(str(pack_rules(book.base("cn"), book.category("cn", "fresh")).windows["visible"]))
        assert spans == ["48h", "72h"]
        assert [c.path for c in drafts.changes_by(version)] == ["windows.visible"]

    def test_never_into_the_past(self, draft, cast, now):
        with pytest.raises(ValidationError, match="must not lie in the past"):
            drafts.publish_draft(draft=draft(), effective_at=now - timedelta(minutes=1), actor=cast.platform, now=now)
        assert RulePackDraft.objects.exists()

    def test_what_is_published_stays(self, db):
        with pytest.raises(IntegrityError), transaction.atomic():
            RulePackVersion.objects.filter(pack=FRESH).update(number=7)


class TestAdmin:
    @pytest.fixture
    def staff(self, client, cast):
        client.force_login(cast.platform)
        return client

    def test_the_whole_way(self, staff, now):
        begun = staff.post("/admin/policies/rulepackdraft/add/", {"pack": FRESH})
        assert begun.status_code == 302
        draft = RulePackDraft.objects.get()
        page = staff.get(begun.url)
        form = page.context["adminform"].form
        given = {name: form.get_initial_for_field(f, name) or "" for name, f in form.fields.items()}
        assert given["windows.visible"] == "48h"
        given |= {"windows.visible": "72h", "summary_en": "Longer.", "summary_zh": "更长。"}
        assert staff.post(begun.url, given).status_code == 302
        draft.refresh_from_db()
        assert draft.rules["windows"] == {"visible": "72h"}
        assert draft.rules["thresholds"] == {"ask_return_above": {}}, "none at all is not the same as left as it is"
        assert draft.rules["basis"]["choices.no_reason"]["en"].endswith("art. 6(2)")
        review = f"/admin/policies/rulepackdraft/{draft.pk}/review/"
        assert "72 hours" in staff.get(review).content.decode()
        at = (now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
        assert staff.post(review, {"effective_at": at}).status_code == 302
        version = RulePackVersion.objects.get(pack=FRESH, number=3)
        shown = staff.get(f"/admin/policies/rulepackversion/{version.pk}/change/").content.decode()
        assert "72 hours" in shown
        assert "48 hours" in shown

    def test_a_mistake_is_said_beside_its_field(self, staff, draft):
        made = draft()
        page = staff.post(f"/admin/policies/rulepackdraft/{made.pk}/change/", {"windows.visible": "soon"})
        assert "days such as 7d" in page.context["adminform"].form.errors["windows.visible"][0]
        made.refresh_from_db()
        assert made.rules["windows"] == {"visible": "48h"}

    def test_export_and_import(self, staff, draft):
        made = draft(visible="72h")
        text = staff.get(f"/admin/policies/rulepackdraft/{made.pk}/export/").content.decode()
        made.delete()
        assert staff.post("/admin/policies/rulepackdraft/import/", {"text": text}).status_code == 302
        assert RulePackDraft.objects.get().rules["windows"] == {"visible": "72h"}
        wrong = staff.post("/admin/policies/rulepackdraft/import/", {"text": text.replace("72h", "soon")})
        assert wrong.status_code == 422
        assert "rules.windows.visible" in wrong.content.decode()

    @pytest.mark.parametrize("who", ["arbitrator", "senior", "buyer", "owner"])
    def test_is_for_platform_staff(self, client, cast, draft, who):
        made = draft()
        client.force_login(getattr(cast, who))
        for path in ("add/", "import/", f"{made.pk}/review/"):
            assert client.post(f"/admin/policies/rulepackdraft/{path}").status_code in {302, 403}
        assert RulePackVersion.objects.filter(pack=FRESH).count() == 2
