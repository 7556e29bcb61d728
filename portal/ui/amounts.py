"""Amounts in words, in the reader's locale."""

from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern

from portal.money import exponent
from portal.ui.times import babel_locale


def say_money(amount: Decimal, currency: str) -> str:
    """Write an amount as the reader is used to: `¥128.00`, `R$41.90`, `¥1,280` for yen; decimals by ISO 4217."""
    locale = babel_locale()
    text: str = _pattern(locale, currency).apply(amount, locale, currency=currency, currency_digits=False)
    # Babel marks the yuan as CN¥ outside China; on a marketplace that sells in it, ¥ is what people expect.
    return text.replace("CN¥", "¥") if currency == "CNY" else text


@cache
def _pattern(locale: str, currency: str) -> NumberPattern:
    """The locale's way to write amounts, with the currency's decimals: Babel counts cash, and leaves fils out.

    A sign that is a word stands apart from the number, as CLDR asks: KWD 1.250.
    """
    written = Locale.parse(locale).currency_formats["standard"].pattern
    if get_currency_symbol(currency, locale=locale)[-1:].isalpha():
        written = written.replace("¤#", "¤\xa0#")
    pattern = parse_pattern(written)
    pattern.frac_prec = (exponent(currency), exponent(currency))
    return pattern


def symbol(currency: str) -> str:
    """Return the sign that stands before an amount field."""
    return get_currency_symbol(currency, locale=babel_locale()).replace("CN¥", "¥")
