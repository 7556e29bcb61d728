"""Cases over REST: the journeys, who sees what, and what the answers carry."""

import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from aftersales.disputes.api.actions import ACTIONS_INPUT
from aftersales.disputes.codes import Role
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.messages import post_message
from aftersales.disputes.workflow import ACTIONS
from aftersales.remedies.services import run_due
from merchants.plans.content import OptionContent
from tests.disputes.states import reach
from tests.plans.makers import PART, make_coupon, make_plan
from tests.rest.calls import Caller, opening, problem


@pytest.fixture
def case(file_case):
    return file_case()


def path(case, rest=""):
    return f"/disputes/{case.number}/{rest}"


class TestOpening:
    def test_answers_with_the_case(self, api, buy):
        answer = api("buyer").post("/disputes/", opening(buy()))
        case = answer.json()
        assert answer.status_code == 201, case
        assert answer["Location"] == f"/api/v1/disputes/{case['number']}/"
        assert answer["ETag"] == f'"{case["version"]}"'
        assert (case["status"], case["stage"], case["awaiting"]) == ("awaiting_merchant", "negotiation", "merchant")
        assert case["due_at"]
        assert case["on_silence"] == "ask_return_by_silence"
        assert "If the seller does nothing by" in case["next_step"]
        assert case["wants"] == {"remedy": "partial_refund_keep", "amount": "30.00"}
        assert [p["by"] for p in case["proposals"]] == ["buyer"]
        assert case["policy_version"] == {"pack": "cn", "number": 2}
        assert {a["action"] for a in case["allowed_actions"]} >= {"withdraw", "propose"}

    def test_offers_of_the_plan_are_in_the_answer(self, api, buy, cast):
        plan = make_plan(cast.shop)
        case = api("buyer").post("/disputes/", opening(buy())).json()
        assert case["status"] == "awaiting_buyer"
        assert [(o["kind"], o["cash"]) for o in case["offers"]] == [
            ("partial_refund_keep", "30.00"),
            ("full_refund_with_return", "100.00"),
        ]
        assert all(o["from_plan"] and o["id"].startswith("offer_") for o in case["offers"])
        assert case["plan_version"] == {"plan": f"plan_{plan.pk}", "number": 1}
        (accept,) = [a for a in case["allowed_actions"] if a["action"] == "accept-offer"]
        assert accept["input"]["required"] == ["offer"]
        assert accept["due_at"] == case["due_at"]

    def test_is_what_a_reader_then_gets(self, api, buy, cast):
        make_plan(cast.shop)
        buyer = api("buyer")
        opened = buyer.post("/disputes/", opening(buy("60.00", "40.00"))).json()
        assert buyer.get(f"/disputes/{opened['number']}/").json() == opened

    def test_small_unshipped_orders_are_refunded_at_once(self, api, buy):
        wish = {"remedy": "full_refund_no_return"}
        order = buy(stage="unshipped", paid_days=0)
        sent = opening(order, type="not_shipped_cancel", reason="no_longer_wanted", wants=wish)
        case = api("buyer").post("/disputes/", sent).json()
        assert (case["status"], case["outcome"]) == ("fulfilling", "instant")
        assert case["remedies"][0]["amount"] == "100.00"

    @pytest.mark.parametrize("name", ["marketplace", "platform"])
    def test_on_behalf_of_the_buyer(self, api, buy, cast, name):
        case = api(name).post("/disputes/", opening(buy())).json()
        assert Dispute.objects.get(number=case["number"]).buyer == cast.buyer
        assert api("buyer").get(f"/disputes/{case['number']}/").status_code == 200


class TestJourneys:
    def test_an_offer_is_accepted(self, api, buy, cast):
        make_plan(cast.shop)
        buyer = api("buyer")
        case = buyer.post("/disputes/", opening(buy())).json()
        answer = buyer.post(f"/disputes/{case['number']}/accept-offer/", {"offer": case["offers"][0]["id"]})
        after = answer.json()
        assert answer.status_code == 200, after
        assert answer["ETag"] == f'"{after["version"]}"' != f'"{case["version"]}"'
        assert (after["status"], after["outcome"]) == ("fulfilling", "offer")
        assert [p["state"] for p in after["proposals"]] == ["superseded", "accepted", "superseded"]
        assert after["money"]["by_party"] == {"buyer": "30.00", "merchant": "-30.00", "platform": "0.00"}
        assert [(r["kind"], r["amount"], r["done"]) for r in after["remedies"]] == [("refund", "30.00", False)]
        assert after["remedies"][0]["channels"][0]["channel"] == "card"
        assert buyer.get(f"/disputes/{case['number']}/").json() == after

    def test_counter_offers_agreement_and_return(self, api, buy):
        buyer, owner = api("buyer"), api("owner")
        wish = {"remedy": "full_refund_with_return"}
        sent = opening(buy(), type="no_reason_return", reason="no_longer_wanted", wants=wish)
        at = f"/disputes/{buyer.post('/disputes/', sent).json()['number']}/"
        offered = owner.post(f"{at}propose/", {"kind": "partial_refund_keep", "amount": "20.00", "note": "Keep it?"})
        assert offered.json()["status"] == "awaiting_buyer"
        assert buyer.post(f"{at}decline-offers/").json()["status"] == "awaiting_merchant"
        assert owner.post(f"{at}agree/").json()["status"] == "awaiting_return_shipment"
        shipped = buyer.post(f"{at}ship-return/", {"carrier": "SF", "tracking": "SF1234567890123"}).json()
        assert shipped["status"] == "return_in_transit"
        assert owner.post(f"{at}receive-return/").json()["status"] == "awaiting_inspection"
        assert owner.post(f"{at}confirm-return/").json()["status"] == "fulfilling"

    def test_refused_escalated_ruled_appealed(self, api, cast, case):
        buyer, owner, judge, senior = (api(name) for name in ("buyer", "owner", "arbitrator", "senior"))
        refused = owner.post(path(case, "refuse/"), {"reason": "no_evidence", "message": "Please show it."})
        assert refused.json()["status"] == "refused"
        assert buyer.post(path(case, "escalate/")).json()["status"] == "escalated"
        assert buyer.post(path(case, "submit-evidence/"), {"statement": "See the seam."}).status_code == 200
        assert buyer.post(path(case, "finish-evidence/")).status_code == 200
        assert owner.post(path(case, "finish-evidence/")).json()["status"] == "awaiting_ruling"
        ruling = {
            "kind": "partial_refund_keep",
            "amounts": [{"line": "1", "amount": "20.00"}],
            "merchant_fault": 100,
            "facts": "The seam is open.",
            "evidence": "The photograph.",
            "rule": "Quality window.",
            "language": "en",
        }
        problem(judge.post(path(case, "rule/"), ruling), 403, "not_allowed")  # not taken yet
        assert judge.post(path(case, "take/")).status_code == 200
        wrong = {**ruling, "amounts": [{"line": "7", "amount": "20.00"}]}
        problem(judge.post(path(case, "rule/"), wrong), 422, "unknown_line")
        ruled = judge.post(path(case, "rule/"), ruling).json()
        assert (ruled["status"], ruled["money"]["decided"]) == ("ruled", "20.00")
        appealed = owner.post(path(case, "appeal/"), {"ground": "fact_wrong", "text": "It was intact."})
        assert appealed.json()["status"] == "appealed"
        assert senior.post(path(case, "take/")).status_code == 200
        decided = senior.post(path(case, "decide-appeal/"), {**ruling, "result": "upheld"}).json()
        assert (decided["status"], decided["outcome"]) == ("fulfilling", "appeal")

    def test_coupon_codes_are_the_buyers_alone(self, api, buy, cast):
        coupon = make_coupon(cast.shop)
        make_plan(cast.shop, options=(OptionContent("coupon", coupon=coupon), PART))
        buyer = api("buyer")
        case = buyer.post("/disputes/", opening(buy())).json()
        assert case["offers"][0]["coupon"] == {"amount": "10.00", "minimum_spend": "50.00", "valid_days": 90}
        at = f"/disputes/{case['number']}/"
        buyer.post(f"{at}accept-offer/", {"offer": case["offers"][0]["id"]})
        run_due(now=timezone.now())
        assert buyer.get(at).json()["remedies"][0]["coupon_code"]
        assert api("owner").get(at).json()["remedies"][0]["coupon_code"] is None


class TestConflicts:
    def test_wrong_status_carries_the_case_as_it_is(self, api, case):
        buyer = api("buyer")
        buyer.post(path(case, "withdraw/"))
        body = problem(buyer.post(path(case, "withdraw/")), 409, "dispute_moved")
        assert body["current"]["status"] == "withdrawn"
        assert body["allowed_actions"] == body["current"]["allowed_actions"]

    def test_a_late_accept(self, api, buy, cast, now):
        make_plan(cast.shop)
        buyer = api("buyer")
        opened = buyer.post("/disputes/", opening(buy())).json()
        case = Dispute.objects.get(number=opened["number"])
        case.offers.update(expires_at=now - timedelta(seconds=1))
        answer = buyer.post(path(case, "accept-offer/"), {"offer": opened["offers"][0]["id"]})
        assert problem(answer, 409, "dispute_moved")["current"]["number"] == case.number

    def test_an_offer_of_another_case(self, api, buy, cast):
        make_plan(cast.shop)
        buyer = api("buyer")
        one, other = (buyer.post("/disputes/", opening(buy())).json() for _time in range(2))
        answer = buyer.post(f"/disputes/{one['number']}/accept-offer/", {"offer": other["offers"][0]["id"]})
        problem(answer, 422, "unknown_offer")
        for nonsense in ("offer_x", "7", 7, "coupon_7", "offer_" + "9" * 30, None):
            answer = buyer.post(f"/disputes/{one['number']}/accept-offer/", {"offer": nonsense})
            assert "offer" in problem(answer, 422, "invalid")["errors"]

    def test_if_match(self, api, case):
        buyer = api("buyer")
        tag = buyer.get(path(case))["ETag"]
        assert buyer.post(path(case, "submit-evidence/"), {"statement": "A"}, if_match=tag).status_code == 200
        answer = buyer.post(path(case, "withdraw/"), if_match=tag)
        body = problem(answer, 412, "version_changed")
        assert answer["ETag"] == f'"{body["current"]["version"]}"'
        assert buyer.post(path(case, "withdraw/"), if_match=answer["ETag"]).status_code == 200
        problem(buyer.post(path(case, "withdraw/"), if_match="nonsense"), 400, "bad_parameter")

    def test_too_early(self, api, case):
        problem(api("buyer").post(path(case, "escalate/")), 422, "too_early")


class TestAccess:
    @pytest.mark.parametrize("rest", ["", "timeline/", "messages/", "evidence/", "evidence/evidence_1/"])
    def test_to_outsiders_it_does_not_exist(self, api, case, rest):
        for name in ("outsider", "rival"):
            problem(api(name).get(path(case, rest)), 404, "not_found")

    @pytest.mark.parametrize("name", sorted(ACTIONS_INPUT))
    def test_every_action_by_everybody_else(self, api, case, name):
        before = Dispute.objects.values().get(pk=case.pk)
        for who in ("outsider", "rival"):
            problem(api(who).post(path(case, f"{name.replace('_', '-')}/")), 404, "not_found")
        body = problem(api("finance").post(path(case, f"{name.replace('_', '-')}/")), 403, "not_allowed")
        assert body["allowed_actions"] == []
        assert Dispute.objects.values().get(pk=case.pk) == before

    def test_every_action_that_a_person_may_take_has_an_address(self):
        for_people = {name for name, row in ACTIONS.items() if row.roles - {Role.SYSTEM}}
        assert set(ACTIONS_INPUT) == for_people - {"open", "open_claim", "open_recall"}

    @pytest.mark.parametrize("status", ["awaiting_buyer", "ruled", "closed"])
    @pytest.mark.parametrize("who", ["buyer", "owner", "arbitrator", "finance"])
    def test_what_is_allowed_is_what_the_table_says(self, api, file_case, cast, now, status, who):
        """Each action that is not listed is refused with 403, 409 or 422; none of them breaks anything."""
        case = reach(status, file_case, cast, now)
        caller = api(who)
        listed = {a["action"] for a in caller.get(path(case)).json()["allowed_actions"]}
        for name in ACTIONS_INPUT:
            slug = name.replace("_", "-")
            if slug not in listed:
                assert caller.post(path(case, f"{slug}/")).status_code in {403, 409, 422}, slug
        assert Dispute.objects.get(pk=case.pk).version == case.version

    def test_lists_hold_what_is_ones_own(self, api, case):
        for name, count in {"buyer": 1, "owner": 1, "finance": 1, "platform": 1, "outsider": 0, "rival": 0}.items():
            assert len(api(name).get("/disputes/").json()["results"]) == count, name

    def test_why_the_plan_answered_is_not_for_the_buyer(self, api, buy, cast):
        make_plan(cast.shop)
        at = f"/disputes/{api('buyer').post('/disputes/', opening(buy())).json()['number']}/"
        assert api("buyer").get(at).json()["plan_trace"] == []
        assert api("owner").get(at).json()["plan_trace"]


class TestList:
    def test_filters(self, api, file_case, cast, now):
        talking, gone = file_case(), reach("withdrawn", file_case, cast, now)
        buyer = api("buyer")

        def numbers(query):
            return {c["number"] for c in buyer.get(f"/disputes/?{query}").json()["results"]}

        assert numbers("status=withdrawn") == {gone.number}
        assert numbers("status=withdrawn,awaiting_merchant") == {gone.number, talking.number}
        assert numbers("stage=negotiation") == {talking.number}
        assert numbers("awaiting=merchant") == {talking.number}
        assert numbers("merchant=nobody") == set()
        assert numbers(f"merchant={cast.shop.ref}") == {gone.number, talking.number}
        assert numbers(f"order={talking.order.number}") == {talking.number}
        soon, late = (f"{now + timedelta(days=d):%Y-%m-%dT%H:%M:%SZ}" for d in (1, 30))
        assert numbers(f"due_before={late}") == {talking.number}
        assert numbers(f"due_before={soon}") == set()
        assert numbers(f"updated_since={late}") == set()
        assert numbers("updated_since=2020-01-01T00:00:00+08:00") == {gone.number, talking.number}

    @pytest.mark.parametrize("query", ["", "awaiting=merchant&", "updated_since=2020-01-01T00:00:00Z&"])
    def test_pages_there_and_back(self, api, file_case, query):
        """Cases of one instant are the hard case: only the id tells them apart."""
        filed = {file_case().number for _time in range(7)}
        buyer = api("buyer")
        seen, pages, url = [], [], f"/disputes/?{query}limit=3"
        while url:
            page = buyer.get(url).json()
            pages.append(page)
            seen += [c["number"] for c in page["results"]]
            url = page["next"] and page["next"].split("/api/v1")[1]
        assert (len(seen), set(seen)) == (7, filed)
        back = buyer.get(pages[-1]["previous"].split("/api/v1")[1]).json()
        assert back["results"] == pages[1]["results"]
        first = buyer.get(back["previous"].split("/api/v1")[1]).json()
        assert (first["results"], first["previous"]) == (pages[0]["results"], None)

    def test_a_cursor_belongs_to_its_order(self, api, file_case):
        for _time in range(2):
            file_case()
        buyer = api("buyer")
        following = buyer.get("/disputes/?limit=1").json()["next"].split("?")[1]
        problem(buyer.get(f"/disputes/?awaiting=merchant&{following}"), 400, "bad_cursor")


class TestRecords:
    def test_internal_notes_stay_inside(self, api, cast, case, now):
        for actor, audience in [
            (cast.owner, "internal"),
            (cast.owner, "parties"),
            (cast.platform, "internal"),
            (cast.buyer, "platform"),
        ]:
            words = f"{actor.username} {audience}"
            post_message(dispute=case, actor=actor, now=now, body=words, audience=audience)
        read = {
            name: [m["body"] for m in api(name).get(path(case, "messages/")).json()["results"]]
            for name in ("buyer", "owner", "platform")
        }
        assert len(read["buyer"]) == 2
        assert len(read["owner"]) == 2
        assert not any("internal" in body for body in read["buyer"])
        assert not any("platform" in body for body in read["owner"])
        timeline = json.dumps(api("buyer").get(path(case, "timeline/")).json())
        assert "internal" not in timeline

    def test_writing(self, api, case):
        answer = api("buyer").post(path(case, "messages/"), {"body": " 你好 😀 \u202e ", "audience": "parties"})
        assert answer.status_code == 201
        assert answer.json()["body"] == "你好 😀 \u202e"
        problem(api("buyer").post(path(case, "messages/"), {"body": "x", "audience": "internal"}), 422, "audience")
        problem(api("finance").post(path(case, "messages/"), {"body": "x"}), 403, "not_allowed")
        problem(api("buyer").post(path(case, "messages/"), {"body": "x" * 2001}), 422, "invalid")

    def test_the_timeline_is_a_chain(self, api, case):
        api("buyer").post(path(case, "withdraw/"))
        entries = api("buyer").get(path(case, "timeline/")).json()["results"]
        assert [(e["seq"], e["action"]) for e in entries] == [(1, "open"), (2, "withdraw")]
        assert entries[1]["prev_hash"] == entries[0]["hash"]


class TestEvidence:
    @pytest.fixture
    def picture(self):
        file = io.BytesIO()
        Image.new("RGB", (40, 30), "teal").save(file, "JPEG")
        file.seek(0)
        file.name = "seam.jpg"
        return file

    @pytest.fixture(autouse=True)
    def media(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

    def test_adding_and_reading(self, api, case, picture):
        answer = api("buyer").upload(path(case, "evidence/"), {"file": picture, "caption": "The seam"})
        shown = answer.json()
        assert answer.status_code == 201, shown
        assert (shown["kind"], shown["role"], shown["caption"]) == ("image", "buyer", "The seam")
        assert api("owner").get(path(case, "evidence/")).json()["results"] == [shown]
        file = api("owner").get(shown["url"].split("/api/v1")[1])
        assert (file.status_code, file["Content-Type"]) == (200, "image/jpeg")
        assert len(b"".join(file.streaming_content)) == shown["size"]

    def test_again_with_the_same_key(self, api, case, picture):
        buyer = api("buyer")
        first = buyer.upload(path(case, "evidence/"), {"file": picture}, **{"idempotency-key": "e"})
        picture.seek(0)
        again = buyer.upload(path(case, "evidence/"), {"file": picture}, **{"idempotency-key": "e"})
        assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
        other = io.BytesIO(b"%PDF-1.4 other")
        other.name = "seam.jpg"
        answer = buyer.upload(path(case, "evidence/"), {"file": other}, **{"idempotency-key": "e"})
        problem(answer, 422, "idempotency_key_reused")

    def test_what_is_no_evidence(self, api, case):
        buyer = api("buyer")
        disguised = io.BytesIO(b"PK\x03\x04" + b"\x00" * 100)
        disguised.name = "photo.jpg"
        assert buyer.upload(path(case, "evidence/"), {"file": disguised}).status_code == 422
        assert "file" in problem(buyer.upload(path(case, "evidence/"), {}), 422, "invalid")["errors"]
        problem(buyer.upload(path(case, "evidence/"), {"file": "words"}), 422, "invalid")
        problem(buyer.post(path(case, "evidence/"), {"file": "words"}), 415, "unsupported_media_type")
        broken = buyer.post(path(case, "evidence/"), raw=b"x", content_type="multipart/form-data")
        problem(broken, 400, "malformed")
        assert not case.evidence.exists()

    def test_a_200_mb_upload_is_refused_unread(self, case, cast):
        buyer = Caller(cast.buyer)
        answer = buyer.client.generic(
            "POST",
            f"/api/v1{path(case, 'evidence/')}",
            b"x",
            "multipart/form-data; boundary=x",
            headers=buyer._headers({"idempotency-key": "large"}),
            CONTENT_LENGTH=str(200 * 1024 * 1024),
        )
        problem(answer, 413, "too_large")


def test_amounts_have_the_currencys_decimals(api, buy):
    sent = opening(buy("1280", currency="JPY"), wants={"remedy": "partial_refund_keep", "amount": "300"})
    case = api("buyer").post("/disputes/", sent).json()
    assert (case["max_amount"], case["wants"]["amount"], case["currency"]) == ("1280", "300", "JPY")
