from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal.accounts.models import ApiKey, User
from portal.rows import Columns

_KEY, _USER = Columns(ApiKey, "k"), Columns(User, "u")
_FIND = f"""
SELECT {_KEY.sql}, {_USER.sql} FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id
WHERE k.digest = %s AND k.revoked_at IS NULL
"""  # noqa: S608 - composed of constants, values bound
NOTED_EVERY = timedelta(minutes=1)  # how exact `last_used_at` is: a write per request would cost more than it tells


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY`: the key acts as its user, within its scopes. Sessions count for nothing here."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return who calls, with one query. Raises AuthenticationFailed for a key that is unknown or was ended."""
        scheme, _sep, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer" or not secret.strip():
            return None
        digest = ApiKey.digest_of(secret.strip().decode("latin-1"))
        key = _key(digest)
        if key is None or not key.user.may_sign_in:
            raise AuthenticationFailed(_("This key is unknown or was revoked."))
        _note_use(key, timezone.now())
        timezone.activate(key.user.zone)
        if not request.headers.get("Accept-Language"):
            translation.activate(key.user.language)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Tell how to sign in, so that a missing key is answered 401."""
        return "Bearer"


def _key(digest: str) -> ApiKey | None:
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [digest])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    key = _KEY.read(values)
    key.user = _USER.read(values)
    return key


def _note_use(key: ApiKey, now: datetime) -> None:
    if key.last_used_at is None or now - key.last_used_at > NOTED_EVERY:
        # Of many requests at once the first one writes; the others find nothing left to do.
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
