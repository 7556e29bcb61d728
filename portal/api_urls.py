"""The REST API's addresses: each room brings its own viewsets."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from aftersales.disputes.api.views import DisputeViewSet
from portal.rest.docs import docs

router = SimpleRouter()
router.register("disputes", DisputeViewSet, basename="dispute")

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]), name="schema"
    ),
    path("docs/", docs, name="docs"),
    *router.urls,
]
