from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.demo.load import load, loaded, settle


class Command(BaseCommand):
    """Load the demo marketplace once; a second run changes nothing."""

    help = "Loads the demo marketplace (only where DEMO=1)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, unless something is there."""
        if not settings.DEMO:
            raise CommandError("The demo marketplace is loaded only where DEMO=1.")
        if loaded():
            return
        now = timezone.now()
        load(now=now)
        settle(now=now)
        self.stdout.write("The demo marketplace is open.")
