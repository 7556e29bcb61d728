from django.urls import path

from aftersales.finance import advances, views

app_name = "finance"
urlpatterns = [
    path("desk/finance/", views.finance_view(views.queue), name="queue"),
    path("desk/finance/confirm/", views.finance_view(views.confirm), name="confirm"),
    path("desk/finance/advances/", views.finance_view(advances.index), name="advances"),
    path("desk/finance/advances/<int:pk>/", views.finance_view(advances.advance), name="advance"),
    path("desk/finance/done/", views.finance_view(views.done), name="done"),
]
