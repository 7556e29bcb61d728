from django.urls import path

from merchants.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("cases.csv", views.export, name="export"),
]
