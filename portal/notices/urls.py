from django.urls import path

from portal.notices import views

urlpatterns = [
    path("notices/", views.index, name="notices"),
    path("notices/read/", views.read_all, name="notices_read_all"),
    path("notices/<int:pk>/", views.open_notice, name="notice"),
]
