"""The REST API's addresses: each room brings its own."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from aftersales.advances.api import AdvanceViewSet
from aftersales.disputes.api.carrier import CarrierEventsView
from aftersales.disputes.api.views import DisputeViewSet
from aftersales.finance.deposit_api import DepositViewSet
from aftersales.orders.api.views import OrderViewSet
from aftersales.remedies.balance_api import BalancesView, DrawsView
from aftersales.remedies.chargebacks import ChargebacksView
from aftersales.remedies.in_kind_api import InKindRefundViewSet
from aftersales.results.api import PlanFindingsView, PlanGapsView
from aftersales.settlements.api import SettlementViewSet
from merchants.coupons.api import CouponViewSet
from merchants.plans.api.views import PlanViewSet
from portal.rest.docs import docs
from portal.rest.views import NothingHere, SchemaView

router = SimpleRouter()
router.register("disputes", DisputeViewSet, basename="dispute")
router.register("orders", OrderViewSet, basename="order")
router.register("coupons", CouponViewSet, basename="coupon")
router.register("in-kind-refunds", InKindRefundViewSet, basename="in-kind-refund")
router.register("settlements", SettlementViewSet, basename="settlement")
router.register("deposits", DepositViewSet, basename="deposit")
router.register("advances", AdvanceViewSet, basename="advance")
router.register("plans", PlanViewSet, basename="plan")

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("plans/gaps/", PlanGapsView.as_view(), name="plan-gaps"),
    path("plans/<str:id>/findings/", PlanFindingsView.as_view(), name="plan-findings"),
    *router.urls,
    path("balances/", BalancesView.as_view(), name="balances"),
    path("balances/draws/", DrawsView.as_view(), name="balance-draws"),
    path("chargebacks/", ChargebacksView.as_view(), name="chargebacks"),
    path("carrier-events/", CarrierEventsView.as_view(), name="carrier-events"),
    path("", include("aftersales.disputes.api.urls")),
    re_path("", NothingHere.as_view()),
]
