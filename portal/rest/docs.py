"""The API's documentation as a page, written from the schema."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return generated


def _fields(schema: dict[str, Any], parts: dict[str, Any]) -> list[dict[str, Any]]:
    """List the fields of an object, following references once."""
    if "$ref" in schema:
        schema = parts[schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("type") == "array":
        return _fields(schema["items"], parts)
    required = set(schema.get("required", []))
    return [
        {
            "name": name,
            "type": field.get("type") or field.get("$ref", "").rsplit("/", 1)[-1] or "object",
            "required": name in required,
            "about": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _content(node: dict[str, Any], parts: dict[str, Any]) -> list[dict[str, Any]]:
    for media in node.get("content", {}).values():
        return _fields(media.get("schema", {}), parts)
    return []


def groups() -> dict[str, list[dict[str, Any]]]:
    """Group the operations by the first word of their address."""
    schema = _schema()
    parts = schema.get("components", {}).get("schemas", {})
    found: dict[str, list[dict[str, Any]]] = {}
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            answers = operation.get("responses", {})
            good: dict[str, Any] = next((answers[code] for code in sorted(answers) if code.startswith("2")), {})
            found.setdefault(address.split("/")[3], []).append(
                {
                    "method": method.upper(),
                    "address": address,
                    "about": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "takes": _content(operation.get("requestBody", {}), parts),
                    "gives": _content(good, parts),
                }
            )
    return found


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show every call with what it takes and gives."""
    return render(request, "rest/docs.html", {"groups": groups()})
