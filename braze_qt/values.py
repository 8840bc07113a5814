"""Values that an application reports, as JSON text. What comes out is a copy: the caller may go on
changing what it gave. A ValueError says what is not allowed, where it stands, and by how much.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from braze_qt.limits import NAME_LIMIT, checked_name, checked_string, plain_string, utf8_size

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

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def properties_text(properties: Any, reserved: frozenset[str] = RESERVED) -> str:
    """The properties of an event as the text of a JSON object.

    Args:
        properties: None or a mapping of names to strings, integers of 64 bits, finite floats,
            booleans, datetimes (naive ones are local time; sent as UTC), mappings and sequences
            of these. None values at the top are left out, as in Braze's SDKs.
        reserved: names that must not be used at the top.
    """
    if not properties and (properties is None or isinstance(properties, Mapping)):
        return "{}"
    if not isinstance(properties, Mapping):
        raise ValueError(f"properties must be a mapping, not {type(properties).__name__}")
    plain: dict[str, Any] = {}
    for name, value in properties.items():
        key = _key(name)
        if key in reserved:
            raise ValueError(f"properties[{key!r}]: the name is reserved")
        if value is not None:
            plain[key] = _property(key, value)
    return _limited("properties", plain, PROPERTIES_LIMIT)


def attribute_text(value: Any) -> str:
    """The value of a custom attribute as JSON text.

    Args:
        value: string, 64-bit integer, finite float, boolean, datetime, mapping, or a list of mappings.
    """
    if isinstance(value, (Mapping, list, tuple)):
        if not isinstance(value, Mapping) and not all(isinstance(item, Mapping) for item in value):
            raise ValueError("value must be a list of strings alone or of mappings alone")
        return _limited("value", _plain(value, 1), OBJECT_LIMIT)
    if value is None:
        raise ValueError("value must not be None: unsetCustomAttribute removes an attribute")
    return _limited("value", _plain(value, 1), OBJECT_LIMIT)


def strings_text(values: Any) -> str:
    """A list of strings as JSON text."""
    return _limited("value", [checked_string("an item", value) for value in values], OBJECT_LIMIT)


def is_list_of_strings(value: Any) -> bool:
    """Whether a custom attribute is such a list, which Braze treats in a way of its own."""
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def json_text(value: str | float | None) -> str:
    """A value that was checked already, as JSON text."""
    return _encode(value)


def _limited(what: str, plain: Any, limit: int) -> str:
    text = _encode(plain)
    size = utf8_size(what, text)
    if size > limit:
        raise ValueError(f"{what}: {size} bytes of JSON, {limit} are allowed")
    return text


def _property(key: str, value: Any) -> Any:
    try:
        return _plain(value, 2)
    except ValueError as error:
        raise ValueError(f"properties[{key!r}]: {error}") from None


def _plain(value: Any, depth: int) -> Any:
    """``value`` as plain JSON types, or a ValueError."""
    if not isinstance(value, (Mapping, list, tuple)):
        return _scalar(value)
    if depth > DEPTH_LIMIT:
        raise ValueError(f"more than {DEPTH_LIMIT} levels of nesting")
    if isinstance(value, Mapping):
        return {_key(name): _plain(item, depth + 1) for name, item in value.items()}
    return [_plain(item, depth + 1) for item in value]


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > NAME_LIMIT:
            raise ValueError(f"a string of {len(value)} characters, {NAME_LIMIT} are allowed")
        return plain_string(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("an integer outside -2**63 to 2**63 - 1")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite")
        return int(value) if value.is_integer() and abs(value) <= WHOLE_TO else float(value)
    if isinstance(value, datetime):
        return _utc_text(value)
    if hasattr(value, "toMSecsSinceEpoch"):  # what QML makes of a date
        return _utc_text(_moment(value))
    raise ValueError(
        f"{type(value).__name__}, but only strings, numbers, booleans, datetimes, mappings and lists"
        " can be sent"
    )


def _moment(moment: Any) -> datetime:
    """A QDateTime, which this module does not know, as Python's."""
    try:
        if moment.isValid():
            return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(0, 0, 0, moment.toMSecsSinceEpoch())
    except OverflowError:
        raise ValueError("a datetime outside the years 1 to 9999 UTC") from None
    raise ValueError("a date that is none")


def _utc_text(moment: datetime) -> str:
    try:
        utc = moment.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        raise ValueError("a datetime outside the years 1 to 9999 UTC") from None
    # Not strftime, which on some systems writes the year 33 with two digits.
    return utc.isoformat(timespec="seconds")[:19]


def _key(name: Any) -> str:
    return checked_name("the name of a property", name)
