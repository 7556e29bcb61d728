from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdvancesConfig(AppConfig):
    name = "aftersales.advances"
    label = "advances"
    verbose_name = _("Advance compensation")
