from django.urls import path

from merchants.dashboard import (
    address_pages,
    band_pages,
    claim_pages,
    coupon_pages,
    plan_editor,
    plan_history,
    plan_pages,
    promise_pages,
    views,
)

app_name = "dashboard"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("cases.csv", views.export, name="export"),
    path("claims/new/", claim_pages.new, name="claim_new"),
    path("band/", band_pages.band, name="band"),
    path("plans/", plan_pages.plans, name="plans"),
    path("plans/new/", plan_pages.new, name="plan_new"),
    path("plans/<int:pk>/", plan_pages.plan, name="plan"),
    path("plans/<int:pk>/edit/", plan_editor.edit, name="plan_edit"),
    path("plans/<int:pk>/preview/", plan_editor.preview, name="plan_preview"),
    path("plans/<int:pk>/publish/", plan_editor.confirm, name="plan_publish"),
    path("plans/<int:pk>/history/", plan_history.history, name="plan_history"),
    path("plans/<int:pk>/begin/", plan_pages.switch, {"verb": "edit"}, name="plan_begin"),
    path("plans/<int:pk>/pause/", plan_pages.switch, {"verb": "pause"}, name="plan_pause"),
    path("plans/<int:pk>/resume/", plan_pages.switch, {"verb": "resume"}, name="plan_resume"),
    path("plans/<int:pk>/discard/", plan_pages.switch, {"verb": "discard"}, name="plan_discard"),
    path("promises/", promise_pages.promises, name="promises"),
    path("returns/", address_pages.addresses, name="addresses"),
    path("returns/new/", address_pages.new, name="address_new"),
    path("returns/<int:pk>/", address_pages.edit, name="address_edit"),
    path("returns/<int:pk>/default/", address_pages.default, name="address_default"),
    path("returns/<int:pk>/remove/", address_pages.remove, name="address_remove"),
    path("coupons/", coupon_pages.coupons, name="coupons"),
    path("coupons/new/", coupon_pages.new, name="coupon_new"),
    path("coupons/<int:pk>/", coupon_pages.edit, name="coupon_edit"),
    path("coupons/<int:pk>/stop/", coupon_pages.stop, name="coupon_stop"),
    path("coupons/<int:pk>/resume/", coupon_pages.resume, name="coupon_resume"),
]
