from django.urls import path

from aftersales.finance import advances, books, deposits, fund, views

app_name = "finance"
urlpatterns = [
    path("desk/finance/", views.finance_view(views.queue), name="queue"),
    path("desk/finance/confirm/", views.finance_view(views.confirm), name="confirm"),
    path("desk/finance/books/", views.finance_view(books.trial), name="trial"),
    path("desk/finance/books.csv", views.finance_view(books.export), name="trial_csv"),
    path("desk/finance/books/<slug:kind>/<slug:currency>/", views.finance_view(books.account), name="account"),
    path("desk/finance/advances/", views.finance_view(advances.index), name="advances"),
    path("desk/finance/advances/<int:pk>/", views.finance_view(advances.advance), name="advance"),
    path("desk/finance/deposits/", views.finance_view(deposits.index), name="deposits"),
    path("desk/finance/deposits/<int:pk>/", views.finance_view(deposits.deposit), name="deposit"),
    path("desk/finance/fund/", views.finance_view(fund.fund), name="fund"),
    path("desk/finance/fund/book/", views.finance_view(fund.book), name="fund_book"),
    path("desk/finance/fund/<int:pk>/", views.finance_view(fund.decide), name="fund_booking"),
    path("desk/finance/done/", views.finance_view(views.done), name="done"),
]
