"""What a developer has written for SDKs to fetch, for everybody or one user, and whether they shall ask."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Generic, TypeVar

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.body import MAX_NAME_BYTES

MAX_WRITTEN = 1_000
"""Things of one kind that are written, those of everybody and of single users together."""
MAX_ID = 255
"""Characters of an id, and of other names."""

Json = dict[str, Any]
Key = tuple[str | None, str]


class ServedError(ValueError):
    """Such a thing cannot be written; the text says why."""


def is_name(value: Any) -> bool:
    """Whether it can be an id."""
    return isinstance(value, str) and 1 <= len(value) <= MAX_ID


def is_user(value: Any) -> bool:
    """Whether it can be the name of a user."""
    return isinstance(value, str) and 1 <= len(value.encode("utf-8", "surrogatepass")) <= MAX_NAME_BYTES


@dataclass(frozen=True)
class Thing:
    """What can be written. ``user`` is named as in the API, None is everybody."""

    id: str
    user: str | None = None

    @property
    def anchor(self) -> str:
        """Where it is on its page."""
        return "t" + hashlib.sha256(json.dumps([self.user, self.id]).encode()).hexdigest()[:12]


T = TypeVar("T", bound=Thing)


@dataclass(frozen=True)
class Switch:
    """What a ``config`` block says of the feature.

    Attributes:
        options: what it holds beside ``enabled``; what is None, is left out.
        time: Unix seconds at which the switch was last changed; 0 for never.
    """

    enabled: bool = False
    options: Json = field(default_factory=dict)
    time: int = 0

    def as_json(self) -> Json:
        """As the API tells it."""
        return {"enabled": self.enabled, **self.options}


class Served(Generic[T]):
    """Things of one kind and their switch, kept in the archive. Safe to use from any thread.

    Args:
        name: of the feature, in ``config`` blocks and in the archive.
        kind: makes a thing of what ``dataclasses.asdict`` made of one.
        options: of the switch, at first.
        next_time: Unix seconds, later than all before.
    """

    def __init__(
        self, archive: Archive, name: str, kind: Callable[..., T], options: Json, next_time: Callable[[], int]
    ) -> None:
        self.name = name
        self._archive = archive
        self._next_time = next_time
        self._lock = threading.Lock()
        self._options = options
        kept = archive.setting(name)
        self._switch = Switch(**kept["switch"]) if kept else Switch(options=options)
        self._things = _by_key(kind(**each) for each in kept["things"]) if kept else {}

    def add(self, things: list[T]) -> None:
        """Writes more, instead of those of the same id and user, and switches on; ServedError if too many."""
        with self._lock:
            self._write(self._things, things)

    def replace(self, things: list[T]) -> None:
        """Writes these and no others, and switches on; ServedError if too many."""
        with self._lock:
            self._write({}, things)

    def remove(self, thing: T) -> None:
        """Removes the one of this id and user, if it is there."""
        with self._lock:
            left = {key: each for key, each in self._things.items() if key != (thing.user, thing.id)}
            self._keep(left, self._switch)

    def clear(self) -> None:
        """Removes all, and is as at first: off, with the usual options."""
        with self._lock:
            self._keep({}, Switch(options=self._options))

    def set_switch(self, changes: Json) -> None:
        """Changes ``enabled`` and options."""
        with self._lock:
            told = self._switch.as_json() | changes
            enabled = told.pop("enabled")
            self._keep(self._things, Switch(enabled, told))

    def _write(self, before: dict[Key, T], things: list[T]) -> None:
        written = before | _by_key(things)
        if len(written) > MAX_WRITTEN:
            raise ServedError(f"more than {MAX_WRITTEN:,} are written")
        self._keep(written, replace(self._switch, enabled=True))

    def _keep(self, things: dict[Key, T], switch: Switch) -> None:
        """A new time only where the switch changes: clients take each newer block for another one."""
        if switch.as_json() != self._switch.as_json():
            self._switch = replace(switch, time=self._next_time())
        self._things = things
        kept = {"switch": asdict(self._switch), "things": [asdict(each) for each in things.values()]}
        self._archive.set(self.name, kept)

    def all(self) -> list[T]:
        """In the order in which they were written."""
        with self._lock:
            return list(self._things.values())

    def at(self, place: str | None) -> T | None:
        """The one with this anchor."""
        return next((each for each in self.all() if each.anchor == place), None)

    @property
    def switch(self) -> Switch:
        """As it is set."""
        with self._lock:
            return self._switch

    def of_user(self, user: str) -> list[T]:
        """All that a user gets: his own, and those of everybody that he has none of his own of."""
        written = self.all()
        found = {each.id: each for each in written if each.user is None}
        found |= {each.id: each for each in written if each.user == user}
        return list(found.values())

    def config(self) -> Json:
        """What a ``config`` block says of the feature: nothing while it was never switched on."""
        switch = self.switch
        told = {name: value for name, value in switch.as_json().items() if value is not None}
        return {self.name: told} if switch.time else {}


def _by_key(things: Iterable[T]) -> dict[Key, T]:
    return {(each.user, each.id): each for each in things}
