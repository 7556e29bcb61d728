"""What an API key may be used for."""

from portal.accounts.models import Duty, User

SCOPES = (
    "orders:read",
    "orders:write",
    "disputes:read",
    "disputes:write",
    "plans:read",
    "plans:write",
    "coupons:read",
    "coupons:write",
)

_EVERYBODY = {"orders:read", "disputes:read", "disputes:write", "coupons:read"}
_MERCHANT = {"plans:read", "plans:write", "coupons:write"}
_PLATFORM = {"orders:write", "plans:read", "coupons:write"}


def default_scopes(user: User) -> list[str]:
    """List the scopes that fit what a person is: buyer, merchant's member, platform or the marketplace's system."""
    scopes = set(_EVERYBODY)
    if user.memberships.exists():
        scopes |= _MERCHANT
    if user.duty in {Duty.PLATFORM, Duty.MARKETPLACE}:
        scopes |= _PLATFORM
    return [scope for scope in SCOPES if scope in scopes]
