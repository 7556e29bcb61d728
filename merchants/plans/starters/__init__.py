"""Plans to begin with, in both languages: a merchant adapts them and publishes."""

from merchants.plans.starters.scenes import SCENES
from merchants.plans.starters.starter import Starter
from merchants.plans.starters.trades import TRADES

STARTERS = (*SCENES, *TRADES)
BY_SLUG = {starter.slug: starter for starter in STARTERS}

__all__ = ["BY_SLUG", "SCENES", "STARTERS", "TRADES", "Starter"]
