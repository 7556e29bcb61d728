"""Amounts in words, in the reader's locale."""

from decimal import Decimal

from babel.numbers import format_currency, get_currency_symbol

from portal.ui.times import babel_locale


def say_money(amount: Decimal, currency: str) -> str:
    """Write an amount as the reader is used to: `¥128.00`, `R$41.90`, `¥1,280` for yen; decimals by currency."""
    locale = babel_locale()
    text = format_currency(amount, currency, locale=locale, currency_digits=True)
    # Babel marks the yuan as CN¥ outside China; on a marketplace that sells in it, ¥ is what people expect.
    return text.replace("CN¥", "¥") if currency == "CNY" else text


def symbol(currency: str) -> str:
    """Return the sign that stands before an amount field."""
    return get_currency_symbol(currency, locale=babel_locale()).replace("CN¥", "¥")
