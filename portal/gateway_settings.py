"""Gateways from the environment: which serves which payment channel, and each one's own settings (.env.example).

An option that is None stands for a setting that must be there but is not; `registry.gateway` names it.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_DEMO = "balance=balance,*=simulated"
_PRODUCTION = "balance=balance"
_IN_KIND = "points=points,coupon=coupon"
_KINDS = {"points", "coupon"}


def routes(*, production: bool) -> dict[str, str]:
    """Read GATEWAYS, e.g. "card=stripe,balance=balance,*=bank". Raises ImproperlyConfigured."""
    found = _pairs("GATEWAYS", os.environ.get("GATEWAYS") or (_PRODUCTION if production else _DEMO), "gateway")
    found = dict.fromkeys(in_kind(), "in_kind") | found
    if production and "simulated" in found.values():
        raise ImproperlyConfigured("GATEWAYS: the simulated gateway pays nobody; it cannot serve in production.")
    return found


def in_kind() -> dict[str, str]:
    """Read IN_KIND, e.g. "points=points,gift_card=coupon": channels that are no money account, and what they hold.

    What was paid through them goes back in kind, by the marketplace that keeps it. "none" where there are none.
    """
    given = os.environ.get("IN_KIND") or _IN_KIND
    found = {} if given.strip() == "none" else _pairs("IN_KIND", given, "kind")
    if strange := sorted(set(found.values()) - _KINDS):
        raise ImproperlyConfigured(f"IN_KIND: {strange[0]!r} is none of {', '.join(sorted(_KINDS))}.")
    return found


def _pairs(setting: str, given: str, value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in given.split(","):
        channel, equals, name = (word.strip() for word in pair.partition("="))
        if not (channel and equals and name) or channel in found:
            raise ImproperlyConfigured(f"{setting}: {pair!r} is not channel={value}, or names its channel again.")
        found[channel] = name
    return found


def options(secret_key: str) -> dict[str, dict[str, str | None]]:
    """Read the settings of every gateway; secrets may be given as NAME_FILE, a file that holds them."""
    return {
        "simulated": {"webhook_secret": _read("SIMULATED_WEBHOOK_SECRET", secret_key)},
        "stripe": {
            "api_key": _read("STRIPE_API_KEY"),
            "webhook_secret": _read("STRIPE_WEBHOOK_SECRET", ""),
            "api_base": _read("STRIPE_API_BASE", "https://api.stripe.com"),
        },
        "in_kind": {"patience_days": _read("IN_KIND_PATIENCE_DAYS", "3")},
        "bank": {"holder": _read("BANK_HOLDER"), "iban": _read("BANK_IBAN"), "bic": _read("BANK_BIC", "")},
        "alipay": {
            "app_id": _read("ALIPAY_APP_ID"),
            "private_key": _read("ALIPAY_PRIVATE_KEY"),
            "public_key": _read("ALIPAY_PUBLIC_KEY"),
            "api_base": _read("ALIPAY_API_BASE", "https://openapi.alipay.com/gateway.do"),
        },
        "wechat": {
            "mchid": _read("WECHAT_MCHID"),
            "appid": _read("WECHAT_APPID"),
            "private_key": _read("WECHAT_PRIVATE_KEY"),
            "serial": _read("WECHAT_CERT_SERIAL"),
            "api_key": _read("WECHAT_APIV3_KEY"),
            "public_key": _read("WECHAT_PUBLIC_KEY"),
            "public_key_id": _read("WECHAT_PUBLIC_KEY_ID"),
            "api_base": _read("WECHAT_API_BASE", "https://api.mch.weixin.qq.com"),
        },
    }


def _read(name: str, default: str | None = None) -> str | None:
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    return os.environ.get(name) or default
