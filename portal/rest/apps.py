from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RestConfig(AppConfig):
    name = "portal.rest"
    label = "rest"
    verbose_name = _("API")

    def ready(self) -> None:
        """Let the schema know the keys."""
        from portal.rest import schema  # noqa: F401 - its extensions register themselves
