"""What an application may report: names, numbers and words.

Every function raises an ArgumentError that says what is not allowed, and by how much. A value of a class of
the host's own is made a plain one first: what it says of itself, such as its length, need not be true.
"""

from __future__ import annotations

import math
import operator
import re
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from json.encoder import encode_basestring
from typing import Any

from braze_qt._validation.currencies import CURRENCIES
from braze_qt.errors import ArgumentError, kind_of

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


GOOD_NAMES = 1_000
"""Names that are remembered as good: more than an application has, and a bound for one that makes them up."""
good_names: dict[str, str] = {}
"""Those that ``checked_name`` has found good, each with its text in JSON."""


def checked_user_id(user_id: Any) -> str:
    """A user id: 1 to 997 bytes of UTF-8."""
    plain = _non_empty("user_id", user_id)
    size = utf8_size("user_id", plain)
    if size > USER_ID_LIMIT:
        raise ArgumentError(f"user_id has {size} bytes of UTF-8, {USER_ID_LIMIT} are allowed")
    return plain


def checked_signature(signature: Any) -> str:
    """A JSON Web Token: printable ASCII without blanks. It never shows in a message."""
    plain = plain_string(signature)
    if plain is None or not re.fullmatch(r"[!-~]+", plain):
        raise ArgumentError("the signature must be printable ASCII without blanks")
    if len(plain) > SIGNATURE_LIMIT:
        raise ArgumentError(f"the signature has {len(plain)} characters, {SIGNATURE_LIMIT} are allowed")
    return plain


def checked_name(what: str, name: Any) -> str:
    """The name of an event, a product, an attribute and the like: 1 to 255 characters."""
    if type(name) is str and name in good_names:
        return name
    plain = _non_empty(what, name)
    if len(plain) > NAME_LIMIT:
        raise ArgumentError(f"{what} has {len(plain)} characters, {NAME_LIMIT} are allowed")
    if plain.startswith("$"):
        raise ArgumentError(f"{what} must not begin with a dollar sign")
    if _FORBIDDEN.search(plain):
        raise ArgumentError(f"{what} must not hold control characters, double quotes or lone surrogates")
    if len(good_names) < GOOD_NAMES:
        good_names[plain] = encode_basestring(plain)
    return plain


def _non_empty(what: str, text: Any) -> str:
    plain = plain_string(text)
    if not plain:
        kind = kind_of(text) if plain is None else "an empty one"
        raise ArgumentError(f"{what} must be a non-empty string, not {kind}")
    return plain


def price_text(price: Any) -> str:
    """A price as a decimal with two places, rounded half up; negative for a refund.

    Args:
        price: int, float, Decimal, or a string such as ``"9.99"``; less than ten million million.
    """
    plain = plain_string(price)
    if plain is not None and not _PRICE.fullmatch(plain):
        raise ArgumentError("price must be a plain decimal number")
    if plain is not None or issubclass(type(price), Decimal):
        value = Decimal(price if plain is None else plain)
    else:
        value = _decimal(plain_number(price))
    if not value.is_finite() or not -PRICE_LIMIT < value < PRICE_LIMIT:
        raise ArgumentError(f"price must be finite and less than {PRICE_LIMIT:f}")
    cents = value.quantize(Decimal("0.01"), context=_CENTS)
    return f"{cents.copy_abs() if cents.is_zero() else cents:f}"


def _decimal(number: Any) -> Decimal:
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ArgumentError(f"price must be a number, not {kind_of(number)}")
    if isinstance(number, int):
        return Decimal(max(min(number, 10**14), -(10**14)))  # a million digits would take a while
    return Decimal(str(number))


def checked_currency(currency: Any) -> str:
    """A currency code of ISO 4217, in upper case."""
    plain = plain_string(currency)
    code = plain.upper() if plain else ""
    if code not in CURRENCIES:
        raise ArgumentError("currency must be a code of ISO 4217 such as EUR")
    return code


def checked_quantity(quantity: Any) -> int:
    """A number of pieces, 1 to 100."""
    number = plain_number(quantity)
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= QUANTITY_LIMIT:
        raise ArgumentError(f"quantity must be a whole number from 1 to {QUANTITY_LIMIT}")
    return number


def checked_number(what: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within bounds."""
    number = plain_number(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ArgumentError(f"{what} must be a number, not {kind_of(value)}")
    if not -1e300 < number < 1e300 or not low <= number <= high:
        bounds = f" from {low:g} to {high:g}" if math.isfinite(low + high) else ""
        raise ArgumentError(f"{what} must be a finite number{bounds}")
    return float(number)


def checked_integer(what: str, value: Any) -> int:
    """An integer of 64 bits."""
    number = plain_number(value)
    if isinstance(number, bool) or not isinstance(number, int):
        raise ArgumentError(f"{what} must be a whole number, not {kind_of(value)}")
    if not -(2**63) <= number < 2**63:
        raise ArgumentError(f"{what}: an integer outside -2**63 to 2**63 - 1")
    return number


def checked_string(what: str, value: Any) -> str:
    """A string that is a value: at most 255 characters."""
    plain = plain_string(value)
    if plain is None:
        raise ArgumentError(f"{what} must be a string, not {kind_of(value)}")
    if len(plain) > NAME_LIMIT:
        raise ArgumentError(f"{what}: a string of {len(plain)} characters, {NAME_LIMIT} are allowed")
    utf8_size(what, plain)
    return plain


def checked_choice(what: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    plain = plain_string(value)
    if plain is None or plain not in choices:
        raise ArgumentError(f"{what} must be one of {', '.join(choices)}")
    return plain


def checked_gender(what: str, value: Any) -> str:
    """One of Braze's letters."""
    return checked_choice(what, value, GENDERS)


def checked_email(what: str, value: Any) -> str:
    """An address with one ``@``, a dot behind it, and no blanks: what the Web SDK asks for."""
    plain = checked_string(what, value)
    if not _EMAIL.fullmatch(plain):
        raise ArgumentError(f"{what} must have one @, a dot behind it, and no blanks")
    return plain


def checked_phone(what: str, value: Any) -> str:
    """Digits, blanks and ``.()+-``: what the Web SDK asks for."""
    plain = checked_string(what, value)
    if not _PHONE.fullmatch(plain):
        raise ArgumentError(f"{what} must be digits, blanks and .()+-")
    return plain


def birth_text(year: Any, month: Any, day: Any) -> str:
    """A date of birth as ``1990-7-4``, without zeros before, as the Web SDK sends it."""
    numbers = [plain_number(number) for number in (year, month, day)]
    if any(isinstance(number, bool) or not isinstance(number, int) for number in numbers):
        raise ArgumentError("date of birth: year, month and day must be whole numbers")
    try:
        born = date(*numbers)
    except (ValueError, OverflowError):
        raise ArgumentError("date of birth: there is no such day in the years 1 to 9999") from None
    return f"{born.year}-{born.month}-{born.day}"


def whole(number: Any) -> Any:
    """A whole number as an int: also a float, as those of QML can be, and a number of another library."""
    number = plain_number(number)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def plain_number(value: Any) -> Any:
    """A number of any class, also of another library such as numpy, as Python's own; anything else as it is.

    Raises:
        ArgumentError: the value fails to say what it is.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str) or issubclass(kind, str):
        return value
    if issubclass(kind, int):
        return int.__pos__(value)
    if issubclass(kind, float):
        return float.__pos__(value)
    try:
        if kind.__name__ in ("bool", "bool_"):  # numpy's, which says of itself that it is 1.0
            return bool(value)
        if hasattr(kind, "__index__"):
            return int.__pos__(operator.index(value))
        return float.__pos__(float(value)) if hasattr(kind, "__float__") else value
    except Exception as error:  # noqa: BLE001  # code of the host's own class
        raise ArgumentError(f"{kind_of(value)}: {kind_of(error)} when it was asked for its number") from None


def plain_string(text: Any) -> str | None:
    """The characters of a string of any class, an enumeration's member for example; None for what is none."""
    return str.__str__(text) if issubclass(type(text), str) else None


def utf8_size(what: str, text: str) -> int:
    """Bytes of a text in UTF-8."""
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise ArgumentError(f"{what}: text that is not valid Unicode") from None
