from django.urls import path

from aftersales.arbitration import views

app_name = "desk"
urlpatterns = [
    path("desk/", views.desk_view(views.queue), name="queue"),
    path("desk/take/", views.desk_view(views.take), name="take"),
    path("desk/<str:number>/", views.desk_view(views.case), name="case"),
    path("desk/<str:number>/decide/", views.desk_view(views.decide), name="decide"),
]
