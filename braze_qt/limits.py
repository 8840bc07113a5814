"""What an application may report: names, numbers and words.

Every function raises a ValueError that says what is not allowed, and by how much.
"""

from __future__ import annotations

import math
import operator
import re
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from braze_qt.currencies import CURRENCIES
from braze_qt.errors import shown

NAME_LIMIT = 255
"""Characters in a name, and in a string that is a value: Braze's documented limit, where its Roku SDK
cuts names and strings."""
USER_ID_LIMIT = 997
"""Bytes of UTF-8 in a user id: the limit of Braze's Web SDK."""
SIGNATURE_LIMIT = 8_000
"""Characters in a signature: servers commonly refuse header lines of more than 8 KiB."""
QUANTITY_LIMIT = 100
"""Pieces in one purchase: the limit of Braze's Web SDK."""
PRICE_LIMIT = Decimal(10) ** 13
"""Up to here a binary floating point number, as a reader of JSON may use, still tells every cent."""
_CENTS = Context(prec=16, rounding=ROUND_HALF_UP)
"""Of our own: the application may have set up decimal arithmetic for other purposes."""
GENDERS = ("m", "f", "o", "n", "p", "u")
"""Male, female, other, not applicable, prefers not to say, unknown: the Web SDK's codes."""
SUBSCRIPTIONS = ("opted_in", "subscribed", "unsubscribed")

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f"\ud800-\udfff]')
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"(?=.*[0-9])[0-9 .()+-]+")
_PRICE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")


def checked_user_id(user_id: Any) -> str:
    """A user id: 1 to 997 bytes of UTF-8."""
    if not isinstance(user_id, str) or not user_id:
        raise ValueError(f"user_id must be a non-empty string, not {_kind(user_id)}")
    size = utf8_size("user_id", user_id)
    if size > USER_ID_LIMIT:
        raise ValueError(f"user_id has {size} bytes of UTF-8, {USER_ID_LIMIT} are allowed")
    return plain_string(user_id)


def checked_signature(signature: Any) -> str:
    """A JSON Web Token: printable ASCII without blanks. It never shows in a message."""
    if not isinstance(signature, str) or not re.fullmatch(r"[!-~]+", signature):
        raise ValueError("the signature must be printable ASCII without blanks")
    if len(signature) > SIGNATURE_LIMIT:
        raise ValueError(f"the signature has {len(signature)} characters, {SIGNATURE_LIMIT} are allowed")
    return signature


def checked_name(what: str, name: Any) -> str:
    """The name of an event, a product, an attribute and the like: 1 to 255 characters."""
    if not isinstance(name, str) or not name:
        raise ValueError(f"{what} must be a non-empty string, not {_kind(name)}")
    if len(name) > NAME_LIMIT:
        raise ValueError(f"{what} has {len(name)} characters, {NAME_LIMIT} are allowed")
    if name.startswith("$"):
        raise ValueError(f"{what} must not begin with a dollar sign")
    if _FORBIDDEN.search(name):
        raise ValueError(f"{what} must not hold control characters, double quotes or lone surrogates")
    return plain_string(name)


def price_text(price: Any) -> str:
    """A price as a decimal with two places, rounded half up; negative for a refund.

    Args:
        price: int, float, Decimal, or a string such as ``"9.99"``; less than ten million million.
    """
    if not isinstance(price, Decimal):
        price = plain_number(price)
    if isinstance(price, bool) or not isinstance(price, (int, float, Decimal, str)):
        raise ValueError(f"price must be a number, not {type(price).__name__}")
    if isinstance(price, str) and not _PRICE.fullmatch(price):
        raise ValueError(f"price must be a plain decimal number, not {shown(price)}")
    if isinstance(price, int):
        value = Decimal(max(min(price, 10**14), -(10**14)))  # a million digits would take a while
    else:
        value = Decimal(str(price)) if isinstance(price, float) else Decimal(price)
    if not value.is_finite() or not -PRICE_LIMIT < value < PRICE_LIMIT:
        raise ValueError(f"price must be finite and less than {PRICE_LIMIT:f}, not {shown(price)}")
    cents = value.quantize(Decimal("0.01"), context=_CENTS)
    return f"{cents.copy_abs() if cents.is_zero() else cents:f}"


def checked_currency(currency: Any) -> str:
    """A currency code of ISO 4217, in upper case."""
    code = currency.upper() if isinstance(currency, str) else None
    if code not in CURRENCIES:
        raise ValueError(f"currency must be a code of ISO 4217 such as EUR, not {shown(currency)}")
    return code


def checked_quantity(quantity: Any) -> int:
    """A number of pieces, 1 to 100."""
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= QUANTITY_LIMIT:
        raise ValueError(f"quantity must be a whole number from 1 to {QUANTITY_LIMIT}, not {shown(quantity)}")
    return int(quantity)


def checked_number(what: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within bounds."""
    value = plain_number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{what} must be a number, not {_kind(value)}")
    if not -1e300 < value < 1e300 or not low <= value <= high:
        bounds = f" from {low:g} to {high:g}" if math.isfinite(low + high) else ""
        raise ValueError(f"{what} must be a finite number{bounds}, not {shown(value)}")
    return float(value)


def checked_integer(what: str, value: Any) -> int:
    """An integer of 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{what} must be a whole number, not {_kind(value)}")
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{what}: an integer outside -2**63 to 2**63 - 1")
    return int(value)


def checked_string(what: str, value: Any) -> str:
    """A string that is a value: at most 255 characters."""
    if not isinstance(value, str):
        raise ValueError(f"{what} must be a string, not {type(value).__name__}")
    if len(value) > NAME_LIMIT:
        raise ValueError(f"{what}: a string of {len(value)} characters, {NAME_LIMIT} are allowed")
    utf8_size(what, value)
    return plain_string(value)


def checked_choice(what: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    if value not in choices or not isinstance(value, str):
        raise ValueError(f"{what} must be one of {', '.join(choices)}")
    return plain_string(value)


def checked_gender(what: str, value: Any) -> str:
    """One of Braze's letters."""
    return checked_choice(what, value, GENDERS)


def checked_email(what: str, value: Any) -> str:
    """An address with one ``@``, a dot behind it, and no blanks: what the Web SDK asks for."""
    if not _EMAIL.fullmatch(checked_string(what, value)):
        raise ValueError(f"{what} must have one @, a dot behind it, and no blanks")
    return plain_string(value)


def checked_phone(what: str, value: Any) -> str:
    """Digits, blanks and ``.()+-``: what the Web SDK asks for."""
    if not _PHONE.fullmatch(checked_string(what, value)):
        raise ValueError(f"{what} must be digits, blanks and .()+-")
    return plain_string(value)


def birth_text(year: Any, month: Any, day: Any) -> str:
    """A date of birth as ``1990-7-4``, without zeros before, as the Web SDK sends it."""
    if any(isinstance(number, bool) for number in (year, month, day)):
        raise ValueError("date of birth: year, month and day must be whole numbers")
    try:
        born = date(year, month, day)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"date of birth: {error}") from None
    return f"{born.year}-{born.month}-{born.day}"


def whole(number: Any) -> Any:
    """A whole number as an int: also a float, as those of QML can be, and a number of another library."""
    number = plain_number(number)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def plain_number(value: Any) -> Any:
    """A number of another library, such as numpy, as Python's; anything else as it is.

    Raises:
        ValueError: the value fails to say what it is.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    kind = type(value)
    try:
        if kind.__name__ in ("bool", "bool_"):  # numpy's, which says of itself that it is 1.0
            return bool(value)
        if hasattr(kind, "__index__"):
            return operator.index(value)
        return float(value) if hasattr(kind, "__float__") else value
    except Exception as error:
        raise ValueError(
            f"{kind.__name__}: {type(error).__name__} when it was asked for its number"
        ) from None


def plain_string(text: str) -> str:
    """The characters alone: ``str`` of an enumeration's member, which may be a string, is its name."""
    return str.__str__(text)


def utf8_size(what: str, text: str) -> int:
    """Bytes of a text in UTF-8."""
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise ValueError(f"{what}: text that is not valid Unicode") from None


def _kind(value: Any) -> str:
    """What a value is, without what it says: it may be about a person, and warnings end in logs."""
    return "an empty one" if isinstance(value, str) and not value else type(value).__name__
