from django.urls import path

from aftersales.remedies.views import gateway_webhook

urlpatterns = [path("gateways/<slug:name>/", gateway_webhook, name="gateway_webhook")]
