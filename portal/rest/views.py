from typing import Any

from django.http import Http404, HttpResponseRedirect
from django.urls import Resolver404, resolve
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.views import APIView


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema: JSON unless YAML is asked for; open to everybody."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]
    authentication_classes = []


class SlashMissing(Exception):
    """The address is one of ours but for the slash at its end."""


@extend_schema(exclude=True)
class NothingHere(APIView):
    """Every address of the API that is none: a problem document like any other error."""

    scopes: dict[str, str] = {}

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Ask for the key first: without one nobody learns which addresses there are. Raises Http404."""
        super().initial(request, *args, **kwargs)
        if not _is_ours(f"{request.path}/") or request.path.endswith("/"):
            raise Http404

        raise SlashMissing

    def handle_exception(self, exc: Exception) -> Any:
        """Send on to the address with the slash; 308 keeps method and body."""
        if not isinstance(exc, SlashMissing):
            return super().handle_exception(exc)
        onward = HttpResponseRedirect(f"{self.request.path}/")
        onward.status_code = 308
        return onward


def _is_ours(path: str) -> bool:
    try:
        return getattr(resolve(path).func, "cls", None) is not NothingHere
    except Resolver404:
        return False
