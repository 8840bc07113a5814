"""Feature flags, as a developer writes them and as an SDK is told of them.

Braze's servers have not been observed; docs/sandbox.md says what is known.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from braze_qt.sandbox.profiles import is_number
from braze_qt.sandbox.served import MAX_ID, MAX_WRITTEN, Json, ServedError, Thing, is_name, is_user

MAX_PROPERTIES = 10 << 10
"""Bytes of the properties of one flag, as JSON: the limit that Braze documents."""
MAX_SECONDS = 10**9
SWITCH_OPTIONS: Json = {"refresh_rate_limit": 600}
"""Seconds between two refreshes by hand; -1: none; None: the block lacks it."""

TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "number": ("a number", is_number),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "datetime": ("a number of milliseconds since 1970", is_number),
    "image": ("a string: the address of the image", lambda value: isinstance(value, str)),
    "jsonobject": ("an object", lambda value: isinstance(value, dict)),
}
"""Every type of a property, in words, and what its values are."""


@dataclass(frozen=True)
class Flag(Thing):
    """``fts`` is the tracking string, or None."""

    enabled: bool = True
    fts: str | None = None
    properties: Json = field(default_factory=dict)

    def as_sent(self) -> Json:
        """As an SDK is told of it; a flag that is in no experiment has no ``fts``."""
        tracking = {} if self.fts is None else {"fts": self.fts}
        return {"id": self.id, "enabled": self.enabled, **tracking, "properties": self.properties}


def read_flag(value: Any) -> Flag:
    """Raises ServedError when ``value``, from JSON, describes no flag."""
    if not isinstance(value, dict):
        raise ServedError("a feature flag is an object such as {“id”: “new_editor”, “enabled”: true}")
    known = ("id", "user", "enabled", "fts", "properties")
    for name in value:
        if name not in known:
            raise ServedError(f"a feature flag has no “{name[:40]}”, only {', '.join(known)}")
    if not is_name(value.get("id")):
        raise ServedError(f"“id” is a string of 1 to {MAX_ID} characters")
    user, fts, enabled = value.get("user"), value.get("fts"), value.get("enabled", True)
    if user is not None and not is_user(user):
        raise ServedError("“user” is the name of a user, or null for everybody")
    if not isinstance(enabled, bool):
        raise ServedError("“enabled” is true or false")
    if fts is not None and not is_name(fts):
        raise ServedError(f"“fts” is a string of 1 to {MAX_ID} characters, or null")
    properties = value.get("properties")
    return Flag(value["id"], user, enabled, fts, _read_properties({} if properties is None else properties))


def read_flags(value: Any) -> list[Flag]:
    """One flag or a list of them, from JSON; raises ServedError."""
    if isinstance(value, list) and len(value) > MAX_WRITTEN:
        raise ServedError(f"more than {MAX_WRITTEN:,} feature flags")
    return [read_flag(each) for each in (value if isinstance(value, list) else [value])]


def _read_properties(properties: Any) -> Json:
    if not isinstance(properties, dict):
        raise ServedError("“properties” is an object such as {“colour”: {“type”: “string”, “value”: “blue”}}")
    for name, each in properties.items():
        if not is_name(name):
            raise ServedError(f"the name of a property has 1 to {MAX_ID} characters")
        if not isinstance(each, dict) or each.keys() != {"type", "value"}:
            raise ServedError(f"property “{name}” is an object of “type” and “value”")
        if not isinstance(each["type"], str) or each["type"] not in TYPES:
            raise ServedError(f"the “type” of property “{name}” is one of {', '.join(TYPES)}")
        words, is_right = TYPES[each["type"]]
        if not is_right(each["value"]):
            raise ServedError(f"the “value” of property “{name}” is {words}")
    if len(json.dumps(properties, ensure_ascii=False).encode("utf-8", "surrogatepass")) > MAX_PROPERTIES:
        raise ServedError(f"the properties of a flag have at most {MAX_PROPERTIES:,} bytes")
    return properties


def read_switch(value: Any) -> Json:
    """What is to change of the switch, from JSON; raises ServedError."""
    if not isinstance(value, dict) or not value.keys() <= {"enabled", "refresh_rate_limit"}:
        raise ServedError("the switch is an object of “enabled” and “refresh_rate_limit”")
    if not isinstance(value.get("enabled", True), bool):
        raise ServedError("“enabled” is true or false")
    limit = value.get("refresh_rate_limit")
    if limit is not None and not (is_number(limit) and -1 <= limit <= MAX_SECONDS):
        raise ServedError("“refresh_rate_limit” is a number of seconds, -1 or null")
    return value
