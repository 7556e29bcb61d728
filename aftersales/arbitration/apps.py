from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArbitrationConfig(AppConfig):
    name = "aftersales.arbitration"
    label = "arbitration"
    verbose_name = _("Arbitration")

    def ready(self) -> None:
        """Add this room's actions to the pages of a case: facts come up, calls go down."""
        from aftersales.arbitration import api, services
        from aftersales.arbitration.forms import AppealForm
        from aftersales.disputes.pages.actions import ActionPage, register

        api.register_actions()

        register("take", ActionPage(services.take))
        register("execute", ActionPage(services.execute))
        register(
            "appeal",
            ActionPage(
                services.appeal,
                AppealForm,
                _("A senior arbitrator who did not decide before decides within seven days. That is then final."),
            ),
        )
