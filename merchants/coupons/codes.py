"""Coupon codes: 16 random signs of Crockford's base 32 (80 bits) and a check sign that catches slips of the finger."""

import secrets

from django.utils.translation import gettext as _

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which people misread
LENGTH = 16
_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
_MISREAD = str.maketrans("ILO", "110", " -\t")


class MistypedCode(Exception):
    """No coupon can have this code: a sign is missing, wrong, or two are swapped. Told without asking the database."""

    def __init__(self) -> None:
        super().__init__(_("This is not a complete coupon code. Please check each character."))


def new_code() -> str:
    """Make a code that nobody can guess."""
    signs = "".join(secrets.choice(ALPHABET) for _i in range(LENGTH))
    return signs + ALPHABET[_double(_fold(signs))]


def normalise_code(text: str) -> str:
    """Read a code as people write it: any case, spaces and dashes, O for 0, I or L for 1. Raises MistypedCode."""
    code = text[:100].upper().translate(_MISREAD)
    if len(code) != LENGTH + 1 or any(sign not in _VALUES for sign in code) or _fold(code):
        raise MistypedCode
    return code


def readable(code: str) -> str:
    """Write a code in groups of four."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def _double(value: int) -> int:
    """Multiply by x in the field of 32 elements (x^5 = x^2 + 1)."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def _fold(signs: str) -> int:
    """Evaluate the code as a polynomial at x: 0 for a whole code, never 0 with one sign wrong or neighbours swapped."""
    folded = 0
    for sign in signs:
        folded = _double(folded) ^ _VALUES[sign]
    return folded
