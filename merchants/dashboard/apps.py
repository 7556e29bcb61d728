from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DashboardConfig(AppConfig):
    name = "merchants.dashboard"
    label = "dashboard"
    verbose_name = _("Merchant dashboard")
