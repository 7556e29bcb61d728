from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from portal.accounts.models import User


class AccountBackend(ModelBackend):
    """Sign-in by user name and password; demo users, whose password is public, only where the site is a demo."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        """Also asked on every request of a session, so that a demo's cookie is worth nothing in production."""
        return super().user_can_authenticate(user) and isinstance(user, User) and user.may_sign_in
