from django.urls import path

from portal.bench.floor import views

urlpatterns = [
    path("in/", views.sign_in),
    path("open/", views.open_case),
    path("accept/", views.accept),
    path("queue/", views.queue),
    path("queue.html", views.queue_page),
]
