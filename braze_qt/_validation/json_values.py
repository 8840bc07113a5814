"""Values that an application reports, as JSON text. The text is a copy: the caller may go on
changing what it gave. An ArgumentError says what is not allowed, where it stands, and by how much.
"""

from __future__ import annotations

import calendar
import contextlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone
from json.encoder import encode_basestring
from typing import Any

from braze_qt._validation.fields import (
    NAME_LIMIT,
    checked_name,
    checked_string,
    good_names,
    plain_number,
    plain_string,
    utf8_size,
)
from braze_qt.errors import ArgumentError, kind_of

PROPERTIES_LIMIT = 51_200
"""Bytes of JSON in the properties of one event: the limit of Braze's Web SDK."""
OBJECT_LIMIT = 76_800
"""Bytes of JSON in an attribute that is an object or a list of objects: that of Braze's Web SDK."""
DEPTH_LIMIT = 50
"""Levels of nesting: what Braze's Web SDK allows in an object."""
RESERVED = frozenset({"time", "event_name"})
RESERVED_FOR_PURCHASES = RESERVED | {"product_id", "quantity", "price", "currency"}
"""Property keys that Braze documents as its own."""

WHOLE_TO = 2**53
"""Up to here a float that is whole is sent as a whole number: QML has no others, and hands some of them over
as floats. Beyond, a float cannot tell each whole number from the next one."""

SMALL = 2**31
"""Whole numbers below this need no further look."""

FEW = 16
"""Properties that stay within ``PROPERTIES_LIMIT`` whatever their short strings hold."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def properties_text(properties: Any, reserved: frozenset[str] = RESERVED) -> str:
    """The properties of an event as the text of a JSON object.

    Args:
        properties: None or a mapping of names to strings, integers of 64 bits, finite floats,
            booleans, datetimes (naive ones are local time; sent as UTC), mappings and sequences
            of these. None values at the top are left out, as in Braze's SDKs.
        reserved: names that must not be used at the top.
    """
    if properties is None:
        return "{}"
    if (text := _plain_text(properties, reserved)) is not None:
        return text
    if not isinstance(properties, Mapping):
        raise ArgumentError(f"properties must be a mapping, not {kind_of(properties)}")
    with _host_code("properties"):
        copy = _Copy("properties", PROPERTIES_LIMIT)
        plain: dict[str, Any] = {}
        for name, value in properties.items():
            key = copy.key(name)
            if key in reserved:
                raise ArgumentError(f"properties[{key!r}]: the name is reserved")
            if value is not None:
                plain[key] = _property(copy, key, value)
        return _limited("properties", plain, PROPERTIES_LIMIT)


def _plain_text(properties: Any, reserved: frozenset[str]) -> str | None:
    """The same for a few short plain values, as most events have, at a fifth of the cost; None for others."""
    if type(properties) is not dict or len(properties) > FEW:
        return None
    texts = []
    try:
        for name, value in properties.items():
            kind = type(value)
            if type(name) is not str or name in reserved or name not in good_names:
                return None
            if kind is str and len(value) <= NAME_LIMIT and value.isascii():
                text = encode_basestring(value)
            elif kind is bool:
                text = "true" if value else "false"
            elif kind is int and -SMALL < value < SMALL:
                text = repr(value)
            else:
                return None
            texts.append(f"{good_names[name]}:{text}")
    except RuntimeError:  # another thread of the host changes it meanwhile
        return None
    return f"{{{','.join(texts)}}}"


def attribute_text(value: Any) -> str:
    """The value of a custom attribute as JSON text.

    Args:
        value: string, 64-bit integer, finite float, boolean, datetime, mapping, or a list of mappings.
    """
    if value is None:
        raise ArgumentError("value must not be None: unsetCustomAttribute removes an attribute")
    with _host_code("value"):
        plain = _Copy("value", OBJECT_LIMIT).plain(value, 1)
        if isinstance(plain, list) and not all(isinstance(item, dict) for item in plain):
            raise ArgumentError("value must be a list of strings alone or of mappings alone")
        return _limited("value", plain, OBJECT_LIMIT)


def strings_text(values: Any) -> str:
    """A list of strings as JSON text."""
    copy = _Copy("value", OBJECT_LIMIT)
    with _host_code("value"):
        strings = [copy.plain(checked_string("an item", value), 2) for value in values]
        return _limited("value", strings, OBJECT_LIMIT)


def is_list_of_strings(value: Any) -> bool:
    """Whether, by its first item, it is one, which Braze treats in a way of its own."""
    if not isinstance(value, (list, tuple)):
        return False
    with _host_code("value"):
        return all(isinstance(item, str) for item in itertools.islice(value, 1))


def json_text(value: str | float | None) -> str:
    """A value that was checked already, as JSON text."""
    return _encode(value)


@contextlib.contextmanager
def _host_code(what: str) -> Iterator[None]:
    """Whatever a value of the host raises while it is read makes it a bad value: a dictionary that another
    thread changes, a class of the host's own."""
    try:
        yield
    except ArgumentError:
        raise
    except Exception as error:  # noqa: BLE001  # code of the host's own class
        raise ArgumentError(f"{what}: {kind_of(error)} while it was read") from None


def _limited(what: str, plain: Any, limit: int) -> str:
    text = _encode(plain)
    if utf8_size(what, text) > limit:
        raise _too_large(what, limit)
    return text


def _too_large(what: str, limit: int) -> ArgumentError:
    return ArgumentError(f"{what}: more than the {limit} bytes of JSON that are allowed")


def _property(copy: _Copy, key: str, value: Any) -> Any:
    try:
        return copy.plain(value, 2)
    except ArgumentError as error:
        raise ArgumentError(f"properties[{key!r}]: {error}") from None


class _Copy:
    """Copies a value as plain JSON types, and stops once that is certain to be larger than it may be.

    An object that holds the same child twice, twenty levels deep, would make a million copies.
    """

    def __init__(self, what: str, limit: int) -> None:
        self._what, self._limit = what, limit
        self._least = 0

    def plain(self, value: Any, depth: int) -> Any:
        """The copy, or an ArgumentError."""
        kind = type(value)
        if kind is bool or (kind is int and -SMALL < value < SMALL):  # most values, at little cost
            self._count(2)
            return value
        if kind is str and len(value) <= NAME_LIMIT:
            self._count(2 + len(value))
            return value
        self._count(2)  # a value has one byte at least, and a comma or a bracket
        if not isinstance(value, (Mapping, list, tuple)):
            scalar = _scalar(value)
            if isinstance(scalar, str):
                self._count(len(scalar))
            return scalar
        if depth > DEPTH_LIMIT:
            raise ArgumentError(f"more than {DEPTH_LIMIT} levels of nesting")
        if isinstance(value, Mapping):
            return {self.key(name): self.plain(item, depth + 1) for name, item in value.items()}
        return [self.plain(item, depth + 1) for item in value]

    def key(self, name: Any) -> str:
        """The name of a property, or an ArgumentError."""
        key = checked_name("the name of a property", name)
        self._count(len(key))
        return key

    def _count(self, least: int) -> None:
        self._least += least
        if self._least > self._limit:
            raise _too_large(self._what, self._limit)


def _scalar(value: Any) -> Any:
    value = value if isinstance(value, datetime) else plain_number(value)
    if value is None or isinstance(value, bool):
        return value
    text = plain_string(value)
    if text is not None:
        if len(text) > NAME_LIMIT:
            raise ArgumentError(f"a string of {len(text)} characters, {NAME_LIMIT} are allowed")
        return text
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ArgumentError("an integer outside -2**63 to 2**63 - 1")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ArgumentError("a number that is not finite")
        return int(value) if value.is_integer() and abs(value) <= WHOLE_TO else value
    if isinstance(value, datetime):
        return _utc_text(value)
    if hasattr(value, "toMSecsSinceEpoch"):  # what QML makes of a date
        return _utc_text(_moment(value))
    raise ArgumentError(
        f"{kind_of(value)}, but only strings, numbers, booleans, datetimes, mappings and lists can be sent"
    )


def _moment(moment: Any) -> datetime:
    """A QDateTime, which this module does not know, as Python's."""
    try:
        if moment.isValid():
            return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(0, 0, 0, moment.toMSecsSinceEpoch())
    except OverflowError:
        raise ArgumentError("a datetime outside the years 1 to 9999 UTC") from None
    raise ArgumentError("a date that is none")


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(timezone.utc)
    except OSError:
        # Windows knows the local time of the years 1970 to 3000 alone, by the rules of today. A year of the
        # same calendar has the same.
        kind = (calendar.isleap(moment.year), date(moment.year, 1, 1).weekday())
        year = next(y for y in range(2000, 2028) if (calendar.isleap(y), date(y, 1, 1).weekday()) == kind)
        offset = moment.replace(year=year).astimezone().utcoffset() or timedelta()
        return (moment - offset).replace(tzinfo=timezone.utc)


def _utc_text(moment: datetime) -> str:
    # Of the class itself: those derived from it, such as pandas.Timestamp, treat naive ones in their own way.
    plain = datetime.combine(
        date(moment.year, moment.month, moment.day),
        time(moment.hour, moment.minute, moment.second, moment.microsecond, moment.tzinfo, fold=moment.fold),
    )
    try:
        utc = _utc(plain)
    except (OverflowError, ValueError):
        raise ArgumentError("a datetime outside the years 1 to 9999 UTC") from None
    # Not strftime, which on some systems writes the year 33 with two digits.
    return utc.isoformat(timespec="seconds")[:19]
