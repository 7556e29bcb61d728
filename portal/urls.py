"""The front door: which address belongs to which room."""

from django.contrib import admin
from django.urls import include, path

from portal import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("", include("portal.ui.urls")),
    path("", include("portal.accounts.urls")),
    path("", include("portal.notices.urls")),
    path("", include("aftersales.buyers.urls")),
    path("", include("aftersales.disputes.urls")),
    path("merchant/", include("merchants.dashboard.urls")),
    path("admin/", include("aftersales.recalls.urls")),
    path("admin/", include("aftersales.finance.urls")),
    path("admin/", include("aftersales.arbitration.urls")),
    path("admin/", admin.site.urls),
    path("webhooks/", include("aftersales.remedies.urls")),
    path("api/v1/", include("portal.api_urls")),
]
handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.fault
