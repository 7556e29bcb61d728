"""Every body that the API describes, with nonsense in each of its fields: refused in words, never a fault."""

import pytest
from django.test import Client

from aftersales.arbitration.models import Appeal, Ruling
from aftersales.disputes.models import Dispute, Event, Message
from merchants.plans.models import Plan
from portal.accounts.models import User
from tests.rest.calls import Caller

NONSENSE = ["a\x00b", "\ud800", "长" * 350_000, None, True, 10**40, [[]], {"x": [1]}]
CALLERS = {"/api/v1/orders/": "marketplace", "/api/v1/disputes/": "buyer"}  # else the owner, whose turn it is


@pytest.fixture(scope="module")
def schema():
    return Client().get("/api/v1/schema/").json()


def bodies(schema):
    """Path and the properties of its JSON body, for each POST."""
    for path, operations in schema["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            yield path, properties(schema, content["application/json"]["schema"])


def properties(schema, described):
    if "$ref" in described:
        described = schema["components"]["schemas"][described["$ref"].rsplit("/", 1)[1]]
    return described.get("properties", {})


def sample(schema, described, depth=0):
    """Something that fits a described value."""
    if "$ref" in described:
        described = schema["components"]["schemas"][described["$ref"].rsplit("/", 1)[1]]
    if "allOf" in described:
        return sample(schema, described["allOf"][0], depth)
    if "enum" in described:
        return described["enum"][0]
    match described.get("type"):
        case "object":
            return {k: sample(schema, v, depth + 1) for k, v in described.get("properties", {}).items() if depth < 4}
        case "array":
            return [sample(schema, described.get("items", {}), depth + 1)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return {"decimal": "1.00", "date-time": "2026-11-25T18:00:00Z", "date": "2026-11-25"}.get(
        described.get("format"), "x"
    )


def counts():
    return [model.objects.count() for model in (Dispute, Event, Message, Ruling, Appeal, Plan, User)]


def test_nonsense_in_each_field(schema, cast, file_case):
    case = file_case()
    callers = {who: Caller(getattr(cast, who)) for who in ("marketplace", "buyer", "owner")}
    faults, sent = [], 0
    for path, fields in bodies(schema):
        caller = callers[CALLERS.get(path, "owner")]
        caller.client.raise_request_exception = False
        address = path.removeprefix("/api/v1").format(number=case.number, code="NONE", ref="NONE", id="1", pk="1")
        good = {name: sample(schema, described) for name, described in fields.items()}
        for name in fields:
            for value in NONSENSE:
                before = counts()
                answer = caller.post(address, {**good, name: value})
                sent += 1
                if answer.status_code >= 500 or (answer.status_code >= 400 and counts() != before):
                    faults.append((address, name, repr(value)[:30], answer.status_code))
    assert faults == []
    assert sent > 200
