from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecallsConfig(AppConfig):
    name = "aftersales.recalls"
    label = "recalls"
    verbose_name = _("Safety recalls")

    def ready(self) -> None:
        """Subscribe: an opened recall opens its cases."""
        from aftersales.recalls import subscribers  # noqa: F401
