"""The schema and the docs page come from the code and describe what is served."""

import json
import re

import pytest
from django.core.management import call_command
from django.urls import get_resolver

from aftersales.disputes.api.actions import ACTIONS_INPUT, input_schema
from tests.rest.calls import opening


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """Made as CI makes it: any warning fails, and the result is held against the OpenAPI specification."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json", "--file", str(file))
    return json.loads(file.read_text())


def addresses():
    """Every address of the API, with words in the place of its parameters."""

    def walk(patterns, prefix=""):
        for pattern in patterns:
            at = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, at)
            elif at.startswith("api/v1/"):
                yield at

    for found in walk(get_resolver().url_patterns):
        plain = re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]+>", "X", found).replace("^", "").replace("$", "").replace("\\Z", "")
        yield f"/{plain}"


OPEN = {"/api/v1/schema/", "/api/v1/docs/"}


@pytest.mark.parametrize("address", sorted(set(addresses()) - OPEN))
def test_every_address_asks_for_a_key(client, db, address):
    for call in (client.get, client.post):
        answer = call(address)
        assert answer.status_code == 401, answer.content
        assert answer["Content-Type"] == "application/problem+json"


def test_every_address_is_described(schema):
    described = {re.sub(r"\{\w+\}", "X", path) for path in schema["paths"]}
    assert set(addresses()) - OPEN - {"/api/v1/"} == described


def test_each_action_has_its_input(schema):
    for name in ACTIONS_INPUT:
        operation = schema["paths"][f"/api/v1/disputes/{{number}}/{name.replace('_', '-')}/"]["post"]
        parameters = {p["name"] for p in operation["parameters"]}
        assert {"Idempotency-Key", "If-Match", "number"} <= parameters
        assert ("requestBody" in operation) == bool(input_schema(name)["properties"])
        assert "Scope: `disputes:write`" in operation["description"]
        assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_answers_are_as_described(schema, api, buy):
    """No member more and none less than the schema says, at every depth."""
    case = api("buyer").post("/disputes/", opening(buy())).json()
    listed = api("buyer").get("/disputes/").json()["results"][0]
    parts = schema["components"]["schemas"]

    def hold(value, described, at):
        described = parts[described["$ref"].rsplit("/", 1)[1]] if "$ref" in described else described
        if isinstance(value, list):
            for item in value:
                hold(item, described["items"], at)
        elif isinstance(value, dict) and "properties" in described:
            assert set(value) == set(described["properties"]), at
            for name, item in value.items():
                hold(item, described["properties"][name], f"{at}.{name}")

    hold(case, parts["CaseBody"], "case")
    hold(listed, parts["CaseSummary"], "listed")


def test_served_as_json_and_as_yaml(client, db):
    assert client.get("/api/v1/schema/").json()["openapi"].startswith("3.")
    assert client.get("/api/v1/schema/", headers={"accept": "application/yaml"}).content.startswith(b"openapi:")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_docs_show_every_call(client, schema, db, language):
    page = client.get("/api/v1/docs/", headers={"accept-language": language})
    words = page.content.decode()
    for path in schema["paths"]:
        assert path in words
    assert 'id="problem-dispute_moved"' in words
    assert "curl -H" in words
    assert "style=" not in words
