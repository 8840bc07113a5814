"""Faults on demand: what the endpoint does wrong, how often, and whether the data are kept all the same."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATHS = ("data", "feature_flags/sync", "content_cards/sync")
"""Where a fault can be armed."""
MAX_BYTES = 64 << 20
"""Longest reply of the fault ``oversized``."""
MAX_ARMED = 1_000
"""Faults that wait to be used."""
MAX_HANGING = 64
"""Requests that hang at once; each holds a connection. The oldest is let go for the next one."""


class FaultError(ValueError):
    """Such a fault cannot be armed; the text says why."""


def _is_int(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_seconds(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and 0 <= value <= threading.TIMEOUT_MAX
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\n" not in value and "\r" not in value and value.isascii()


Check = Callable[[Any], bool]

OPTIONS: dict[str, tuple[str, Check]] = {
    "status": ("a number from 200 to 599", lambda value: _is_int(value, 200, 599)),
    "retry_after": (
        "seconds, or an HTTP date",
        lambda value: _is_int(value, 0, 10**9) or _is_text(value),
    ),
    "body": ("a string or an object", lambda value: isinstance(value, (str, dict))),
    "seconds": ("a number of seconds", lambda value: value is None or _is_seconds(value)),
    "at": ("start, headers or body", lambda value: value in ("start", "headers", "body")),
    "location": ("an address", _is_text),
    "bytes": (f"a number up to {MAX_BYTES}", lambda value: _is_int(value, 0, MAX_BYTES)),
    "error": ("a string", lambda value: isinstance(value, str)),
    "code": ("a number", lambda value: _is_int(value, 0, 10**6)),
    "reason": ("a string", lambda value: isinstance(value, str)),
    "config": ("an object", lambda value: isinstance(value, dict)),
    "times": (
        "a number of requests from 1, or null",
        lambda value: value is None or _is_int(value, 1, 10**9),
    ),
    "store": ("true or false", lambda value: isinstance(value, bool)),
    "path": (f"one of {', '.join(PATHS)}", lambda value: value in PATHS),
}

KINDS: dict[str, dict[str, Any]] = {
    "status": {"status": 503, "retry_after": None, "body": None},
    "hang": {"seconds": None},
    "cut": {"at": "start"},
    "html": {},
    "empty": {},
    "redirect": {"status": 307, "location": "/api/v3/elsewhere"},
    "truncated": {},
    "oversized": {"bytes": 2 << 20},
    "error": {"error": "invalid_api_key"},
    "auth_error": {"code": 27, "reason": "No key matched the signature"},
    "config": {"config": {}},
}
"""Every kind with its own options and what they are when not given."""


@dataclass
class Fault:
    """An armed fault. ``times`` counts down; None lasts until cleared."""

    kind: str
    path: str
    options: dict[str, Any]
    store: bool
    times: int | None
    used: int = field(default=0)

    def as_json(self) -> dict[str, Any]:
        """The same words that armed it, with what is left of ``times``."""
        given = {name: value for name, value in self.options.items() if value is not None}
        counts = {"store": self.store, "times": self.times, "used": self.used}
        return {"fault": self.kind, "path": self.path, **given, **counts}


def read_fault(value: Any) -> Fault:
    """Raises FaultError when ``value``, from JSON, describes no fault."""
    if not isinstance(value, dict):
        raise FaultError("a fault is an object such as {“fault”: “status”, “status”: 503}")
    kind = value.get("fault")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultError(f"“fault” is one of {', '.join(KINDS)}")
    given = {name: each for name, each in value.items() if name != "fault"}
    known = (*KINDS[kind], "path", "times", "store")
    for name, each in given.items():
        if name not in known:
            raise FaultError(f"“{kind}” has no option “{name[:40]}”, only {', '.join(known)}")
        words, is_right = OPTIONS[name]
        if not is_right(each):
            raise FaultError(f"“{name}” is {words}")
    options = {name: given.get(name, default) for name, default in KINDS[kind].items()}
    store = given.get("store", _keeps_data(kind, options))
    return Fault(kind, given.get("path", "data"), options, store, given.get("times"))


def read_faults(value: Any) -> list[Fault]:
    """One fault or a list of them, from JSON; raises FaultError."""
    if isinstance(value, list) and len(value) > MAX_ARMED:
        raise FaultError(f"more than {MAX_ARMED:,} faults")
    return [read_fault(each) for each in (value if isinstance(value, list) else [value])]


def _keeps_data(kind: str, options: dict[str, Any]) -> bool:
    """A reply that a client takes for success keeps the data, any other does not, unless told."""
    return kind == "config" or (kind == "status" and options["status"] < 300)


class Faults:
    """The faults that are armed, first come first served. Safe to use from any thread."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._changed = threading.Condition()
        self._cleared = 0
        self._newest = 0
        self._closed = False
        self._config_time = 0

    def take(self, path: str) -> Fault | None:
        """The fault for the request that has just come to this path, if any; it is used up by one."""
        with self._changed:
            fault = next((each for each in self._armed if each.path == path), None)
            if fault is None:
                return None
            fault.used += 1
            if fault.times is not None:
                fault.times -= 1
                if not fault.times:
                    self._armed.remove(fault)
            return fault

    def add(self, faults: list[Fault]) -> None:
        """Arms more, behind those that are armed; FaultError if those are too many."""
        with self._changed:
            if len(self._armed) + len(faults) > MAX_ARMED:
                raise FaultError(f"more than {MAX_ARMED:,} faults")
            self._armed += faults

    def replace(self, faults: list[Fault]) -> None:
        """Arms these and no others; requests that hang are let go."""
        with self._changed:
            self._armed = list(faults)
            self._cleared += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Lets go of everything that hangs, now and later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def hang(self, seconds: float | None) -> None:
        """Returns after so many seconds, or when the faults were cleared or the sandbox stops.

        Sooner, too, when very many have begun to hang since.
        """
        with self._changed:
            before = self._cleared
            self._newest += 1
            this = self._newest
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._closed or self._cleared != before or this <= self._newest - MAX_HANGING, seconds
            )

    def next_config_time(self) -> int:
        """Unix seconds, newer than every one before."""
        with self._changed:
            self._config_time = max(self._config_time + 1, int(time.time()))
            return self._config_time

    def as_json(self) -> list[dict[str, Any]]:
        """What is armed, in the order in which it will be used."""
        with self._changed:
            return [fault.as_json() for fault in self._armed]
