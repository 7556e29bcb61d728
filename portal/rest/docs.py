"""The API's documentation as a page, written from the schema."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

Node = dict[str, Any]
# The problems that any call may answer; those of a rule (422) say in `detail` what speaks against it.
PROBLEMS = [
    (400, "malformed", _("The request cannot be read: no JSON object, no UTF-8, a NUL byte.")),
    (400, "bad_parameter", _("A parameter in the address or a header is wrong; errors names it.")),
    (400, "bad_cursor", _("The cursor is not of this list.")),
    (400, "idempotency_key_required", _("A POST needs an Idempotency-Key header.")),
    (401, "key_required", _("Send your key as a bearer token.")),
    (401, "key_invalid", _("The key is unknown or was revoked.")),
    (403, "scope_missing", _("The key lacks the scope that scope names.")),
    (403, "not_allowed", _("You see the case, but this is not yours to do; allowed_actions says what is.")),
    (404, "not_found", _("There is nothing here, or nothing for you.")),
    (409, "dispute_moved", _("The case is no longer where the action begins; current is the case as it is now.")),
    (409, "idempotency_in_progress", _("The first request with this key still runs.")),
    (
        412,
        "version_changed",
        _("The case is not at the version in If-Match; current is the case as it is now."),
    ),
    (413, "too_large", _("The request is too large.")),
    (422, "invalid", _("Fields are missing or wrong; errors names each with its reasons.")),
    (422, "idempotency_key_reused", _("The key was used for another request.")),
    (503, "busy", _("Somebody else was changing the same thing. Try again after Retry-After seconds.")),
]


@dataclass(frozen=True, slots=True)
class Field:
    """One member of what is sent or answered; `depth` is how far inside it stands."""

    name: str
    type: str
    required: bool
    values: list[str]
    depth: int


@dataclass(frozen=True, slots=True)
class Call:
    """One operation, ready to be printed."""

    id: str
    method: str
    address: str
    about: str
    parameters: list[Node]
    takes: list[Field]
    gives: list[Field]
    curl: str


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show every call with what it takes and gives."""
    return render(request, "rest/docs.html", {"groups": groups(), "problems": PROBLEMS, "root": settings.SITE_URL})


@cache
def groups() -> dict[str, list[Call]]:
    """Group the operations by the first word of their address; made once per process, like the schema itself."""
    schema: Node = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    parts = schema.get("components", {}).get("schemas", {})
    found: dict[str, list[Call]] = {}
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            found.setdefault(address.split("/")[3], []).append(_call(method, address, operation, parts))
    return found


def _call(method: str, address: str, operation: Node, parts: Node) -> Call:
    answers = operation.get("responses", {})
    good: Node = next((answers[code] for code in sorted(answers) if code.startswith("2")), {})
    contents: Node = operation.get("requestBody", {}).get("content", {})
    media = next(iter(contents), "")
    body: Node = contents.get(media, {})
    takes = list(_fields(body.get("schema", {}), parts))
    answered: Node = next(iter(good.get("content", {}).values()), {})
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        address=address,
        about=operation.get("description", ""),
        parameters=operation.get("parameters", []),
        takes=takes,
        gives=list(_fields(answered.get("schema", {}), parts)),
        curl=_curl(method.upper(), address, operation, media, _example(body, takes)),
    )


def _fields(schema: Node, parts: Node, depth: int = 0) -> Iterator[Field]:
    """List the members of an object with those inside them, as deep as anybody wants to read."""
    schema = _resolved(schema, parts)
    if schema.get("type") == "array":
        schema = _resolved(schema["items"], parts)
    for name, member in schema.get("properties", {}).items():
        inner = _resolved(member, parts)
        kind = inner.get("format") or inner.get("type", "object")
        values = [str(v) for v in inner.get("enum", []) if v]
        yield Field(name, kind, name in schema.get("required", []), values if len(values) < 30 else [], depth)
        if depth < 2:
            yield from _fields(inner, parts, depth + 1)


def _resolved(schema: Node, parts: Node) -> Node:
    if "$ref" in schema:
        return _resolved(parts[schema["$ref"].rsplit("/", 1)[-1]], parts)
    for several in ("allOf", "oneOf"):
        if several in schema:
            return _resolved(schema[several][0], parts)
    return schema


def _example(body: Node, takes: list[Field]) -> Node:
    given: Node = next(iter(body.get("examples", {}).values()), {})
    return given.get("value") or {
        f.name: f.values[0] if f.values else "..." for f in takes if f.required and not f.depth
    }


def _curl(method: str, address: str, operation: Node, media: str, example: Node) -> str:
    parts = ["curl", '-H "Authorization: Bearer $KEY"']
    if any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", [])):
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    if media == "multipart/form-data":
        parts.append("-F file=@photo.jpg")
    elif method == "POST" and example:
        parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(example, ensure_ascii=False))}"]
    elif method != "GET":
        parts.append(f"-X {method}")
    return " \\\n  ".join([*parts, shlex.quote(f"{settings.SITE_URL}{address}")])
