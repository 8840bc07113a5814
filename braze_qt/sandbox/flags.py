"""Feature flags: those that are written for everybody or for one user, and whether applications shall ask.

Braze's servers have not been observed; docs/sandbox.md says what is known.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.body import MAX_NAME_BYTES
from braze_qt.sandbox.profiles import is_number

MAX_FLAGS = 1_000
"""Flags of everybody and of single users together."""
MAX_ID = 255
"""Characters of the id of a flag, of the name of a property and of a tracking string."""
MAX_PROPERTIES = 10 << 10
"""Bytes of the properties of one flag, as JSON: the limit that Braze documents."""
MAX_SECONDS = 10**9
SETTING = "feature_flags"

Json = dict[str, Any]

TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "number": ("a number", is_number),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "datetime": ("a number of milliseconds since 1970", is_number),
    "image": ("a string: the address of the image", lambda value: isinstance(value, str)),
    "jsonobject": ("an object", lambda value: isinstance(value, dict)),
}
"""Every type of a property, in words, and what its values are."""


class FlagError(ValueError):
    """Such a flag cannot be written; the text says why."""


@dataclass(frozen=True)
class Flag:
    """``user`` is named as in the API, None is everybody. ``fts`` is the tracking string, or None."""

    id: str
    user: str | None = None
    enabled: bool = True
    fts: str | None = None
    properties: Json = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """Where it is on the page of the flags."""
        identity = json.dumps([self.user, self.id])
        return "f" + hashlib.sha256(identity.encode()).hexdigest()[:12]

    def as_sent(self) -> Json:
        """As an SDK is told of it; a flag that is in no experiment has no ``fts``."""
        tracking = {} if self.fts is None else {"fts": self.fts}
        return {"id": self.id, "enabled": self.enabled, **tracking, "properties": self.properties}


def read_flag(value: Any) -> Flag:
    """Raises FlagError when ``value``, from JSON, describes no flag."""
    if not isinstance(value, dict):
        raise FlagError("a feature flag is an object such as {“id”: “new_editor”, “enabled”: true}")
    known = ("id", "user", "enabled", "fts", "properties")
    for name in value:
        if name not in known:
            raise FlagError(f"a feature flag has no “{name[:40]}”, only {', '.join(known)}")
    if not _is_name(value.get("id")):
        raise FlagError(f"“id” is a string of 1 to {MAX_ID} characters")
    user, fts, enabled = value.get("user"), value.get("fts"), value.get("enabled", True)
    if user is not None and not _is_user(user):
        raise FlagError("“user” is the name of a user, or null for everybody")
    if not isinstance(enabled, bool):
        raise FlagError("“enabled” is true or false")
    if fts is not None and not _is_name(fts):
        raise FlagError(f"“fts” is a string of 1 to {MAX_ID} characters, or null")
    properties = value.get("properties")
    return Flag(value["id"], user, enabled, fts, _read_properties({} if properties is None else properties))


def read_flags(value: Any) -> list[Flag]:
    """One flag or a list of them, from JSON; raises FlagError."""
    if isinstance(value, list) and len(value) > MAX_FLAGS:
        raise FlagError(f"more than {MAX_FLAGS:,} feature flags")
    return [read_flag(each) for each in (value if isinstance(value, list) else [value])]


def _read_properties(properties: Any) -> Json:
    if not isinstance(properties, dict):
        raise FlagError("“properties” is an object such as {“colour”: {“type”: “string”, “value”: “blue”}}")
    for name, each in properties.items():
        if not _is_name(name):
            raise FlagError(f"the name of a property has 1 to {MAX_ID} characters")
        if not isinstance(each, dict) or each.keys() != {"type", "value"}:
            raise FlagError(f"property “{name}” is an object of “type” and “value”")
        if not isinstance(each["type"], str) or each["type"] not in TYPES:
            raise FlagError(f"the “type” of property “{name}” is one of {', '.join(TYPES)}")
        words, is_right = TYPES[each["type"]]
        if not is_right(each["value"]):
            raise FlagError(f"the “value” of property “{name}” is {words}")
    if len(json.dumps(properties, ensure_ascii=False).encode("utf-8", "surrogatepass")) > MAX_PROPERTIES:
        raise FlagError(f"the properties of a flag have at most {MAX_PROPERTIES:,} bytes")
    return properties


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_ID


def _is_user(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.encode("utf-8", "surrogatepass")) <= MAX_NAME_BYTES


@dataclass(frozen=True)
class Switch:
    """What a ``config`` block says of the feature.

    Attributes:
        refresh_rate_limit: seconds between two refreshes by hand; -1: none; None: the block lacks it.
        time: Unix seconds at which the switch was last changed; 0 for never.
    """

    enabled: bool = False
    refresh_rate_limit: float | None = 600
    time: int = 0

    def as_sent(self) -> Json:
        """What a ``config`` block says of the feature: nothing while it was never switched on."""
        if not self.time:
            return {}
        limit = {} if self.refresh_rate_limit is None else {"refresh_rate_limit": self.refresh_rate_limit}
        return {"feature_flags": {"enabled": self.enabled, **limit}}


def read_switch(value: Any) -> Json:
    """What is to change of the switch, from JSON; raises FlagError."""
    if not isinstance(value, dict) or not value.keys() <= {"enabled", "refresh_rate_limit"}:
        raise FlagError("the switch is an object of “enabled” and “refresh_rate_limit”")
    if not isinstance(value.get("enabled", True), bool):
        raise FlagError("“enabled” is true or false")
    limit = value.get("refresh_rate_limit")
    if limit is not None and not (is_number(limit) and -1 <= limit <= MAX_SECONDS):
        raise FlagError("“refresh_rate_limit” is a number of seconds, -1 or null")
    return value


class FeatureFlags:
    """The flags that are written, and the switch. They are kept in the archive. Safe to use from any thread.

    Args:
        next_time: the time of the next ``config`` block, in Unix seconds, newer than all before.
    """

    def __init__(self, archive: Archive, next_time: Callable[[], int]) -> None:
        self._archive = archive
        self._next_time = next_time
        self._lock = threading.Lock()
        kept = archive.setting(SETTING) or {"switch": {}, "flags": []}
        self._switch = Switch(**kept["switch"])
        self._flags = _by_user_and_id([Flag(**each) for each in kept["flags"]])

    def add(self, flags: list[Flag]) -> None:
        """Writes more, instead of those of the same id and user, and switches on; FlagError if too many."""
        with self._lock:
            self._write(self._flags | _by_user_and_id(flags))

    def replace(self, flags: list[Flag]) -> None:
        """Writes these and no others, and switches on."""
        with self._lock:
            self._write(_by_user_and_id(flags))

    def remove(self, flag: Flag) -> None:
        """Removes the one of this id and user, if it is there."""
        with self._lock:
            self._flags.pop((flag.user, flag.id), None)
            self._keep()

    def clear(self) -> None:
        """Removes all, and is as at first: off, with the usual limit."""
        with self._lock:
            self._flags = {}
            self._change_switch(Switch())

    def set_switch(self, **changes: Any) -> None:
        """Changes ``enabled``, ``refresh_rate_limit`` or both."""
        with self._lock:
            self._change_switch(replace(self._switch, **changes))

    def _write(self, flags: dict[tuple[str | None, str], Flag]) -> None:
        if len(flags) > MAX_FLAGS:
            raise FlagError(f"more than {MAX_FLAGS:,} feature flags")
        self._flags = flags
        self._change_switch(replace(self._switch, enabled=True))

    def _change_switch(self, switch: Switch) -> None:
        """A new time only where something changes: applications take each newer block for another one."""
        if replace(switch, time=self._switch.time) != self._switch:
            self._switch = replace(switch, time=self._next_time())
        self._keep()

    def _keep(self) -> None:
        kept = {"switch": asdict(self._switch), "flags": [asdict(each) for each in self._flags.values()]}
        self._archive.set(SETTING, kept)

    def all(self) -> list[Flag]:
        """In the order in which they were written."""
        with self._lock:
            return list(self._flags.values())

    @property
    def switch(self) -> Switch:
        """As it is set."""
        with self._lock:
            return self._switch

    def of_user(self, user: str) -> list[Flag]:
        """The whole set that a user gets: his own flags, and those of everybody that he has none of."""
        written = self.all()
        found = {each.id: each for each in written if each.user is None}
        found |= {each.id: each for each in written if each.user == user}
        return list(found.values())


def _by_user_and_id(flags: list[Flag]) -> dict[tuple[str | None, str], Flag]:
    return {(each.user, each.id): each for each in flags}
