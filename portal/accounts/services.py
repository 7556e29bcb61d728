import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from portal.accounts.models import ApiKey, Duty, User
from portal.accounts.scopes import SCOPES, default_scopes

DEMO_PASSWORD = "demo"  # noqa: S105 - public on purpose; such users exist only for demos (User.is_demo)
_DESK = {Duty.ARBITRATOR, Duty.SENIOR, Duty.PLATFORM}


class UnknownUser(LookupError):
    """Nobody has this user name or buyer reference."""


class UnknownScope(ValueError):
    """No part of the API asks for this scope."""


class DemoOff(RuntimeError):
    """Demo users are made only where DEMO=1."""


def find_user(name: str) -> User:
    """Find somebody by user name, else by the marketplace's buyer reference. Raises UnknownUser."""
    user = User.objects.filter(username=name).first() or User.objects.filter(buyer_ref=name).first()
    if user is None:
        raise UnknownUser(_("No user has the username or buyer reference “%(name)s”.") % {"name": name})
    return user


def issue_api_key(*, user: User, scopes: Sequence[str] = (), name: str = "") -> str:
    """Make a key for a user and return its secret, which cannot be shown again. Raises UnknownScope."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        text = _("Unknown scope: %(unknown)s. Known are: %(known)s.")
        raise UnknownScope(text % {"unknown": ", ".join(unknown), "known": ", ".join(SCOPES)})
    return ApiKey.objects.issue(user=user, scopes=list(scopes) or default_scopes(user), name=name)[1]


def ensure_demo_user(
    *,
    username: str,
    name: str,
    email: str = "",
    duty: str = Duty.NONE,
    language: str = "en",
    time_zone: str = "Asia/Shanghai",
    buyer_ref: str | None = None,
) -> User:
    """Make or refresh a user of the demo, whose password is `demo`. Raises DemoOff in any other installation."""
    if not settings.DEMO:
        raise DemoOff(_("Demo users are made only where DEMO=1."))
    wanted = {
        "first_name": name,
        "last_name": "",
        "email": email,
        "duty": duty,
        "is_staff": duty in _DESK,
        "is_demo": True,
        "buyer_ref": buyer_ref,
    }
    # Language and time zone are the user's own once the user exists.
    first = {**wanted, "language": language, "time_zone": time_zone}
    user, created = User.objects.update_or_create(username=username, defaults=wanted, create_defaults=first)
    if created:
        user.set_password(DEMO_PASSWORD)
        user.save(update_fields=["password"])
    return user


def revoke_api_keys(*, ids: Sequence[int], now: datetime) -> int:
    """End keys for good, at once; return how many were still valid."""
    return ApiKey.objects.filter(pk__in=ids, revoked_at__isnull=True).update(revoked_at=now)


def renew_calendar_key(*, user: User) -> str:
    """Give a person a new calendar address that cannot be guessed; the old one ends at once. Returns its key."""
    user.calendar_key = secrets.token_urlsafe(32)
    user.save(update_fields=["calendar_key"])
    return user.calendar_key
