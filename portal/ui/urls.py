from django.urls import path

from portal.ui import assets, views

app_name = "ui"
urlpatterns = [
    path("styles/<slug:digest>.css", assets.stylesheet, name="stylesheet"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
