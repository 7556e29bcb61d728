from django.urls import path

from aftersales.finance import views

app_name = "finance"
urlpatterns = [
    path("desk/finance/", views.finance_view(views.queue), name="queue"),
    path("desk/finance/confirm/", views.finance_view(views.confirm), name="confirm"),
    path("desk/finance/done/", views.finance_view(views.done), name="done"),
]
