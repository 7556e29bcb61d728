from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts import services
from portal.accounts.scopes import SCOPES


class Command(BaseCommand):
    """`manage.py create_api_key`."""

    help = "Makes an API key for a user and prints it, alone, on standard output. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare who and what for."""
        parser.add_argument("username", help="user name, or the marketplace's buyer reference")
        parser.add_argument(
            "--scopes", nargs="+", default=[], help=f"instead of those that fit the user: {', '.join(SCOPES)}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the key; anything wrong goes to standard error with exit code 1."""
        scopes = [scope for word in options["scopes"] for scope in word.split(",") if scope]
        try:
            user = services.find_user(options["username"])
            self.stdout.write(services.issue_api_key(user=user, scopes=scopes, name="create_api_key"))
        except (services.UnknownUser, services.UnknownScope) as refused:
            raise CommandError(str(refused)) from refused
