"""Feature flags as values, and how they are read from a reply. Pure."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, TypeVar

Value = TypeVar("Value")

KEY = "feature_flags"
"""Where a reply has the flags: the whole set, in a list."""
LARGEST_INTEGER = 2**63
"""Whole numbers from here on are left out: Qt has none of them."""
HALF = re.compile("[\ud800-\udfff]")
"""Half of a character in UTF-16, which no text in UTF-8 has."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Property(NamedTuple):
    """A property of a flag: Braze's word for its type, and its value as Python knows it."""

    kind: str
    value: Any


@dataclass(frozen=True)
class FeatureFlag:
    """One feature flag, as it was when it was asked for; a later reply does not change it. Any thread.

    The getters answer ``default`` where there is no property of that name and type. They never raise and
    never convert.

    Attributes:
        id: its id in the dashboard.
        enabled: whether the feature is on for the present user. False, too, where Braze knows no such flag.
    """

    id: str
    enabled: bool = False
    _properties: Mapping[str, Property] = field(default_factory=dict, repr=False, hash=False)
    # Not compared: a new tracking string alone is no reason to draw a window again.
    _tracking: str | None = field(default=None, repr=False, compare=False)

    def string(self, key: str, default: str = "") -> str:
        """A property of the type string."""
        return self._get("string", key, default)

    def number(self, key: str, default: float = 0.0) -> float:
        """A property of the type number: an int where it is whole."""
        return self._get("number", key, default)

    def boolean(self, key: str, default: bool = False) -> bool:  # noqa: FBT001, FBT002 (as with the others)
        """A property of the type boolean."""
        return self._get("boolean", key, default)

    def timestamp(self, key: str, default: datetime | None = None) -> datetime | None:
        """A property of the type timestamp, an aware datetime in UTC."""
        return self._get("datetime", key, default)

    def image(self, key: str, default: str = "") -> str:
        """A property of the type image: the URL, which was not looked at."""
        return self._get("image", key, default)

    def json(self, key: str, default: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """A property of the type JSON object, as a copy."""
        return copy.deepcopy(self._get("jsonobject", key, default))

    def _get(self, kind: str, key: str, default: Value) -> Value:
        there = self._properties.get(key) if isinstance(key, str) else None
        return there.value if there is not None and there.kind == kind else default


class FlagSet(NamedTuple):
    """The flags of one reply.

    Attributes:
        flags: the flags by their ids.
        left_out: how many flags and properties were malformed, and left out.
    """

    flags: Mapping[str, FeatureFlag]
    left_out: int


def read_flags(reply: Mapping[str, Any]) -> FlagSet | None:
    """The flags of a reply; None where it has none, or nothing in the list is a flag."""
    entries = reply.get(KEY)
    if not isinstance(entries, list):
        return None
    flags: dict[str, FeatureFlag] = {}
    left_out = 0
    for entry in entries:
        flag, wrong = _flag(entry)
        left_out += wrong
        if flag is not None:
            flags[flag.id] = flag
    return FlagSet(flags, left_out) if flags or not entries else None


def _flag(entry: Any) -> tuple[FeatureFlag | None, int]:
    """A flag, and how many parts of it are left out."""
    if not isinstance(entry, dict):
        return None, 1
    name, enabled, tracking = entry.get("id"), entry.get("enabled"), entry.get("fts")
    if not (isinstance(name, str) and name and _is_plain(name) and isinstance(enabled, bool)):
        return None, 1
    found = entry.get("properties")
    told: dict[Any, Any] = found if isinstance(found, dict) else {}
    read = {key: _property(value) for key, value in told.items() if _is_plain(key)}
    properties = {key: one for key, one in read.items() if one is not None}
    is_tracked = isinstance(tracking, str) and tracking != "" and _is_plain(tracking)
    wrong = len(told) - len(properties) if isinstance(found, dict) else found is not None
    wrong += tracking is not None and not is_tracked
    return FeatureFlag(name, enabled, properties, tracking if is_tracked else None), wrong


def _property(told: Any) -> Property | None:
    kind: Any = told.get("type") if isinstance(told, dict) else None
    value: Any = told.get("value") if isinstance(told, dict) else None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "string": isinstance(value, str),
        "number": is_number,
        "boolean": isinstance(value, bool),
        "datetime": is_number,
        "image": isinstance(value, str),
        "jsonobject": isinstance(value, dict),
    }
    if not isinstance(kind, str) or not fits.get(kind) or not _is_plain(value):
        return None
    if kind == "datetime":
        try:
            return Property(kind, EPOCH + timedelta(milliseconds=value))
        except OverflowError:
            return None
    return Property(kind, value)


def _is_plain(value: Any) -> bool:
    """Whether Qt can hold it. Python's parser takes more: NaN, half a character, any number of digits."""
    if isinstance(value, str):
        return HALF.search(value) is None
    if isinstance(value, int):
        return -LARGEST_INTEGER <= value < LARGEST_INTEGER
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(each) for key, each in value.items())
    return not isinstance(value, list) or all(map(_is_plain, value))
