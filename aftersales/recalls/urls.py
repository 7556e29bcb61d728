from django.urls import path

from aftersales.arbitration.views import desk_view
from aftersales.recalls import views

app_name = "recalls"
urlpatterns = [
    path("desk/recalls/", desk_view(views.recalls), name="list"),
    path("desk/recalls/new/", desk_view(views.new), name="new"),
    path("desk/recalls/<int:pk>/", desk_view(views.recall), name="recall"),
]
