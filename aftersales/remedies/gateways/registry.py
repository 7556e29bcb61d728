"""Which gateway serves which payment channel (`settings.GATEWAYS`), and each one's own settings.

A gateway is added here: a name, and where its class is. A class is loaded at its first use, so that a process pays
memory only for the SDKs it needs.
"""

from functools import lru_cache
from importlib import import_module
from typing import cast

from django.conf import settings

from aftersales.remedies.gateways import Gateway, NoAnswer

NOBODY = "nobody"
EVERY = "*"
CLASSES = {
    NOBODY: "aftersales.remedies.gateways.nobody.Nobody",
    "simulated": "aftersales.remedies.gateways.simulated.Simulated",
    "balance": "aftersales.remedies.gateways.balance.StoreBalance",
    "in_kind": "aftersales.remedies.gateways.in_kind.InKind",
    "bank": "aftersales.remedies.gateways.bank.Bank",
    "alipay": "aftersales.remedies.gateways.alipay.Alipay",
    "wechat": "aftersales.remedies.gateways.wechat.WeChatPay",
    "stripe": "aftersales.remedies.gateways.stripe.Stripe",
}


def routes() -> tuple[dict[str, str], str]:
    """Return channel -> gateway, and the gateway of every other channel."""
    named = {channel: name for channel, name in settings.GATEWAYS.items() if channel != EVERY}
    return named, settings.GATEWAYS.get(EVERY, NOBODY)


def in_service() -> list[str]:
    """List the gateways that some channel goes through."""
    return sorted(set(settings.GATEWAYS.values()))


def gateway(name: str) -> Gateway:
    """Find a gateway by its name, with its settings. Raises NoAnswer for one that is not set up (any more)."""
    options = settings.GATEWAY_OPTIONS.get(name, {})
    if name not in CLASSES or (missing := [option for option, value in options.items() if value is None]):
        raise NoAnswer(
            f"The gateway {name!r} is not set up."
            + ("" if name not in CLASSES else f" Missing in its settings: {', '.join(missing)}.")
        )
    return _make(CLASSES[name], tuple(sorted(options.items())))


@lru_cache(maxsize=32)
def _make(path: str, options: tuple[tuple[str, str], ...]) -> Gateway:
    """Make a gateway once per process and settings: it keeps its connection."""
    module, _dot, cls = path.rpartition(".")
    return cast(Gateway, getattr(import_module(module), cls)(**dict(options)))
