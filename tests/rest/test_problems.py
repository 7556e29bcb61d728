"""Whatever is sent: a problem document that says what is wrong, never a fault, nothing half-done."""

import json

import pytest

from aftersales.disputes.models import Dispute
from portal.accounts.models import ApiKey
from tests.rest.calls import Caller, opening, problem

NUL, LONELY = "a\x00b", "\ud800"
BODIES = {
    "empty": (b"", 422, "invalid"),
    "not json": (b"{", 400, "malformed"),
    "not utf-8": (b'{"order": "\xff\xfe"}', 400, "malformed"),
    "a list": (b"[1]", 400, "malformed"),
    "a number": (b"7", 400, "malformed"),
    "null": (b"null", 400, "malformed"),
    "not a number": (b'{"order": NaN}', 400, "malformed"),
    "deep": (b"[" * 200_000, 400, "malformed"),
    "endless number": (b'{"order": ' + b"9" * 5000 + b"}", 400, "malformed"),
    "large": (b'{"order": "' + b"x" * (6 * 1024 * 1024) + b'"}', 413, "too_large"),
}
FIELDS = {
    "order missing": ({"order": None}, "order"),
    "order a list": ({"order": ["x"]}, "order"),
    "order with NUL": ({"order": NUL}, "order"),
    "order with half a character": ({"order": LONELY}, "order"),
    "no lines": ({"lines": []}, "lines"),
    "lines a word": ({"lines": "1"}, "lines"),
    "line a number": ({"lines": [1]}, "lines.0"),
    "quantity negative": ({"lines": [{"line": "1", "quantity": -1}]}, "lines.0.quantity"),
    "quantity huge": ({"lines": [{"line": "1", "quantity": 10**30}]}, "lines.0.quantity"),
    "quantity a word": ({"lines": [{"line": "1", "quantity": "many"}]}, "lines.0.quantity"),
    "type unknown": ({"type": "nonsense"}, "type"),
    "type an object": ({"type": {}}, "type"),
    "reason unknown": ({"reason": "\u202eevil"}, "reason"),
    "wants a word": ({"wants": "money"}, "wants"),
    "amount infinite": ({"wants": {"remedy": "coupon", "amount": "Infinity"}}, "wants.amount"),
    "amount negative": ({"wants": {"remedy": "coupon", "amount": "-1"}}, "wants.amount"),
    "amount endless": ({"wants": {"remedy": "coupon", "amount": "1" * 40}}, "wants.amount"),
    "amount true": ({"wants": {"remedy": "coupon", "amount": True}}, "wants.amount"),
    "statement long": ({"statement": "x" * 1_000_000}, "statement"),
    "statement with NUL": ({"statement": NUL}, "statement"),
}
RULES = {
    "unknown line": ({"lines": [{"line": "99"}]}, "unknown_line"),
    "line twice": ({"lines": [{"line": "1"}, {"line": "1"}]}, "lines"),
    "too many pieces": ({"lines": [{"line": "1", "quantity": 2}]}, "quantity"),
    "reason of another type": ({"reason": "size_small"}, "reason_mismatch"),
    "above the maximum": ({"wants": {"remedy": "partial_refund_keep", "amount": "100.01"}}, "above_maximum"),
    "finer than the currency": ({"wants": {"remedy": "partial_refund_keep", "amount": "1.001"}}, "too_fine"),
    "no amount": ({"wants": {"remedy": "partial_refund_keep"}}, "amount_missing"),
    "merchants' type": ({"type": "buyer_abuse_report"}, "type_not_open"),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(api, name, cast):
    raw, status, code = BODIES[name]
    problem(api("buyer").post("/disputes/", raw=raw), status, code)


@pytest.mark.parametrize("name", FIELDS)
def test_fields(api, buy, name):
    more, field = FIELDS[name]
    body = problem(api("buyer").post("/disputes/", opening(buy(), **more)), 422, "invalid")
    assert field in body["errors"], body["errors"]
    assert not Dispute.objects.exists()


@pytest.mark.parametrize("name", RULES)
def test_rules(api, buy, name):
    more, code = RULES[name]
    problem(api("buyer").post("/disputes/", opening(buy(), **more)), 422, code)
    assert not Dispute.objects.exists()


def test_window_closed_names_the_date(api, buy):
    body = problem(api("buyer").post("/disputes/", opening(buy(days=40, paid_days=50))), 422, "window_closed")
    assert "until" in body["detail"]


def test_a_line_already_under_dispute(api, buy):
    buyer, order = api("buyer"), buy()
    assert buyer.post("/disputes/", opening(order)).status_code == 201
    problem(buyer.post("/disputes/", opening(order)), 422, "already_disputed")


@pytest.mark.parametrize("name", ["outsider", "rival"])
def test_an_order_of_somebody_else_does_not_exist(api, buy, name):
    problem(api(name).post("/disputes/", opening(buy())), 404, "unknown_order")


def test_the_seller_cannot_open_a_case(api, buy):
    problem(api("owner").post("/disputes/", opening(buy())), 403, "not_allowed")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=nonsense", "status"),
        ("stage=%F0%9F%98%80", "stage"),
        ("awaiting=me", "awaiting"),
        ("due_before=tomorrow", "due_before"),
        ("due_before=2026-13-40T00:00:00Z", "due_before"),
        ("updated_since=2026-11-25T18:00:00", "updated_since"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=-1", "limit"),
    ],
)
def test_parameters(api, query, field):
    body = problem(api("buyer").get(f"/disputes/?{query}"), 400, "bad_parameter")
    assert field in body["errors"]


@pytest.mark.parametrize("cursor", ["x", "eyJ2IjoxfQ", "%FF", "a" * 5000, "W1tdLGZhbHNlXQ:1t:x"])
def test_cursors(api, cursor):
    problem(api("buyer").get(f"/disputes/?cursor={cursor}"), 400, "bad_cursor")


def test_nul_in_the_address(api):
    problem(api("buyer").get("/disputes/?merchant=%00"), 400, "malformed")
    problem(api("buyer").get("/disputes/%00/"), 400, "malformed")


@pytest.mark.parametrize(
    "address", ["/nothing/", "/disputes/D-AAAAA-AAAAA/", "/disputes/D-AAAAA-AAAAA/timeline/", "/x"]
)
def test_nothing_there(api, address):
    problem(api("buyer").get(address), 404, "not_found")


def test_an_unknown_action(api, buy):
    buyer = api("buyer")
    number = buyer.post("/disputes/", opening(buy())).json()["number"]
    problem(buyer.post(f"/disputes/{number}/steal/"), 404, "not_found")
    problem(buyer.post(f"/disputes/{number}/agree-by-silence/"), 404, "not_found")  # the system's, nobody's


def test_methods_and_media(api, buy):
    buyer = api("buyer")
    refused = buyer.client.delete("/api/v1/disputes/", headers=buyer._headers({}))
    problem(refused, 405, "method_not_allowed")
    assert "POST" in refused["Allow"]
    problem(buyer.get("/disputes/X/withdraw/"), 405, "method_not_allowed")
    problem(buyer.get("/disputes/", accept="image/png"), 406, "not_acceptable")
    problem(buyer.post("/disputes/", raw=b"order=1", content_type="text/plain"), 415, "unsupported_media_type")


def test_a_missing_slash_is_put_right(api, buy):
    buyer = api("buyer")
    answer = buyer.post("/disputes", opening(buy()))
    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/disputes/")


class TestKeys:
    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "Bearer \u00e9"])
    def test_none_or_wrong(self, client, db, header):
        answer = client.get("/api/v1/disputes/", headers={"authorization": header} if header is not None else {})
        body = problem(answer, 401, answer.json()["code"])
        assert body["code"] in {"key_required", "key_invalid"}
        assert answer["WWW-Authenticate"] == "Bearer"

    def test_a_session_is_no_key(self, client, cast):
        client.force_login(cast.buyer)
        problem(client.get("/api/v1/disputes/"), 401, "key_required")

    def test_revoked(self, api, now):
        buyer = api("buyer")
        ApiKey.objects.filter(pk=buyer.key.pk).update(revoked_at=now)
        problem(buyer.get("/disputes/"), 401, "key_invalid")

    def test_inactive_user(self, api, cast):
        buyer = api("buyer")
        cast.buyer.is_active = False
        cast.buyer.save()
        problem(buyer.get("/disputes/"), 401, "key_invalid")

    def test_scope(self, api, buy):
        reader = api("buyer", "disputes:read")
        body = problem(reader.post("/disputes/", opening(buy())), 403, "scope_missing")
        assert body["scope"] == "disputes:write"
        assert reader.get("/disputes/").status_code == 200
        problem(api("buyer", "orders:read").get("/disputes/"), 403, "scope_missing")

    def test_use_is_noted_once_a_minute(self, cast, now, django_assert_num_queries):
        caller = Caller(cast.buyer)
        ApiKey.objects.filter(pk=caller.key.pk).update(last_used_at=None)
        with django_assert_num_queries(4):
            caller.get("/disputes/")
        with django_assert_num_queries(3):
            caller.get("/disputes/")
        assert ApiKey.objects.get(pk=caller.key.pk).last_used_at >= now


def test_the_callers_language(api, cast):
    cast.buyer.language = "zh-hans"
    cast.buyer.save()
    buyer = api("buyer")
    required = buyer.post("/disputes/", {}).json()["errors"]["order"]
    assert required != buyer.post("/disputes/", {}, accept_language="en").json()["errors"]["order"]


def test_the_schema_lists_what_is_served(client, db):
    schema = json.loads(client.get("/api/v1/schema/").content)
    assert "/api/v1/disputes/{number}/accept-offer/" in schema["paths"]
