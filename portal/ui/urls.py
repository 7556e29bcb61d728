from django.urls import path

from portal.ui import assets, views
from portal.ui.styleguide import page

app_name = "ui"
urlpatterns = [
    path("styles/<slug:digest>.css", assets.stylesheet, name="stylesheet"),
    path("scheme/", views.set_scheme, name="scheme"),
    path("styleguide/", page, name="styleguide"),
]
