"""What happened: frozen facts, and the rules for what an application may put into them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar

NAME_LIMIT = 255
"""Characters in a name. Braze's Roku SDK cuts names there; nothing longer is known to survive."""
PROPERTIES_LIMIT = 51_200
"""Bytes of JSON in the properties of one event: the limit of Braze's Web SDK."""
DEPTH_LIMIT = 50
"""Levels of nesting: what Braze's Web SDK allows in an object."""
USER_ID_LIMIT = 997
"""Bytes of UTF-8 in a user id: the limit of Braze's Web SDK."""

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f"\ud800-\udfff]')
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A session began. ``time`` is Unix time in seconds; ``user_id`` is None while anonymous."""

    code: ClassVar = "ss"
    session_id: str
    user_id: str | None
    time: float


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session ended at ``time`` (Unix seconds), ``duration`` seconds of it spent awake."""

    code: ClassVar = "se"
    session_id: str
    user_id: str | None
    time: float
    duration: float


@dataclass(frozen=True, slots=True)
class CustomEvent:
    """The application logged ``name``. ``properties`` is the text of a JSON object.

    ``session_id`` is None when no session was open: the next session adopts the event.
    """

    code: ClassVar = "ce"
    session_id: str | None
    user_id: str | None
    time: float
    name: str
    properties: str


Fact = SessionStarted | SessionEnded | CustomEvent


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event of this run and how far it got, as ``BrazeQt.recentEvents`` lists it.

    Attributes:
        id: grows with every event of this store.
        name: ``ss`` session start, ``se`` session end, ``ce`` custom event.
        label: the custom event's name, else empty.
        time: Unix seconds.
        state: ``stored``, ``sending``, ``acknowledged`` or ``set aside``.
    """

    id: int
    name: str
    label: str
    time: float
    session_id: str | None
    user_id: str | None
    state: str


def user_id_fault(user_id: Any) -> str | None:
    """What is wrong with a user id, in words; None where nothing is."""
    if not isinstance(user_id, str) or not user_id:
        return f"user_id must be a non-empty string, not {_kind(user_id)}"
    try:
        size = len(user_id.encode())
    except UnicodeEncodeError:
        return "user_id is not valid Unicode"
    if size > USER_ID_LIMIT:
        return f"user_id has {size} bytes of UTF-8, {USER_ID_LIMIT} are allowed"
    return None


def name_fault(what: str, name: Any) -> str | None:
    """What is wrong with the name of an event or a property, in words; None where nothing is."""
    if not isinstance(name, str) or not name:
        return f"{what} must be a non-empty string, not {_kind(name)}"
    if len(name) > NAME_LIMIT:
        return f"{what} has {len(name)} characters, {NAME_LIMIT} are allowed"
    if _FORBIDDEN.search(name):
        return f"{what} must not hold control characters, double quotes or lone surrogates"
    return None


def properties_text(properties: Any) -> str:
    """The properties of an event as the text of a JSON object: a copy, made at once.

    Args:
        properties: None or a mapping of names to strings, integers of 64 bits, finite floats,
            booleans, datetimes (naive ones are local time; sent as UTC), mappings and sequences
            of these. None values at the top are left out, as in Braze's SDKs.

    Raises:
        ValueError: what is not allowed, where it stands, and by how much.
    """
    if not properties and (properties is None or isinstance(properties, Mapping)):
        return "{}"
    if not isinstance(properties, Mapping):
        raise ValueError(f"properties must be a mapping, not {type(properties).__name__}")
    present = {_key(name): value for name, value in properties.items() if value is not None}
    text = _encode({name: _property(name, value) for name, value in present.items()})
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("properties hold text that is not valid Unicode") from None
    if size > PROPERTIES_LIMIT:
        raise ValueError(f"properties have {size} bytes of JSON, {PROPERTIES_LIMIT} are allowed")
    return text


def _kind(value: Any) -> str:
    return "an empty one" if isinstance(value, str) else type(value).__name__


def _property(name: str, value: Any) -> Any:
    try:
        return _plain(value, 2)
    except ValueError as error:
        raise ValueError(f"properties[{name!r}]: {error}") from None


def _plain(value: Any, depth: int) -> Any:
    """``value`` as plain JSON types, or a ValueError."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("an integer outside -2**63 to 2**63 - 1")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite")
        return float(value)
    if isinstance(value, datetime):
        return _utc_text(value)
    if depth > DEPTH_LIMIT:
        raise ValueError(f"more than {DEPTH_LIMIT} levels of nesting")
    if isinstance(value, Mapping):
        return {_key(name): _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    raise ValueError(
        f"{type(value).__name__}, but only strings, numbers, booleans, datetimes, mappings and lists"
        " can be sent"
    )


def _utc_text(moment: datetime) -> str:
    try:
        utc = moment.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        raise ValueError("a datetime outside the years 1 to 9999 UTC") from None
    # Not strftime, which on some systems writes the year 33 with two digits.
    return utc.isoformat(timespec="seconds")[:19]


def _key(name: Any) -> str:
    fault = name_fault("the name of a property", name)
    if fault:
        raise ValueError(fault)
    return str(name)
