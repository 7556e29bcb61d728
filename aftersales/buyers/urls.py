from django.urls import path

from aftersales.buyers import coupon_views, standing, talk_views, views

app_name = "buyers"
urlpatterns = [
    path("standing/", standing.standing, name="standing"),
    path("orders/", views.orders, name="orders"),
    path("balance/", views.balance, name="balance"),
    path("balance/account/", views.payout_account, name="payout_account"),
    path("disputes/", views.disputes, name="disputes"),
    path("coupons/", coupon_views.coupons, name="coupons"),
    path("orders/<str:ref>/talk/", talk_views.talk, name="talk"),
    path("orders/<str:ref>/talk/<int:pk>/take-back/", talk_views.take_back, name="take_back"),
    path("orders/<str:ref>/dispute/", views.start, name="start"),
    path("orders/<str:ref>/dispute/<slug:step>/", views.step, name="step"),
]
