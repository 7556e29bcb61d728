"""The OpenAPI schema, from the code: keys, scopes, idempotency and problems are described in one place."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from portal.rest.permissions import scope_of


class ProblemDocument(serializers.Serializer[Any]):
    """An error as RFC 9457 says; `code` is stable, `detail` is for people."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)  # type: ignore[assignment]  # DRF takes declared fields off the class


class Schema(AutoSchema):
    """What every operation has: its scope, its problems, and the Idempotency-Key where it is asked for."""

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """Add the scope to the words of the view: its `about`, else its docstring."""
        scope = scope_of(self.view, self.method)
        words = getattr(self.view, "about", "") or super().get_description()
        return f"{words}\n\nScope: `{scope}`" if scope else words

    def get_override_parameters(self) -> list[Any]:
        """Add the Idempotency-Key."""
        if not getattr(self._handler(), "is_idempotent", False):
            return []
        text = "A new one for each request; the same one with the same body gets the first answer again"
        return [OpenApiParameter("Idempotency-Key", str, "header", required=True, description=text)]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self._get_response_for_code(ProblemDocument, "default", ["application/problem+json"])  # type: ignore[no-untyped-call]
        return {**bodies, "default": {**problem, "description": "A problem"}}

    def _handler(self) -> object:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, name, None)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the keys."""

    target_class = "portal.rest.authentication.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {"type": "http", "scheme": "bearer"}
