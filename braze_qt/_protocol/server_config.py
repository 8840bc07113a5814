"""What the server decides about sending, and how far it is believed."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeGuard

from braze_qt._protocol.response import LONGEST_WAIT
from braze_qt.version import __version__

FUTURE = 86_400.0
"""Seconds by which a configuration may be newer than the present: two clocks may differ by a time zone."""
NAMES = 10_000
"""Names of one list that are obeyed: far more than anybody blocks, and stored in some milliseconds."""
NO_LIMIT_BELOW = 10
"""A bucket of fewer requests than this means that the server sets no limit (Web SDK)."""


class Range(NamedTuple):
    """What is taken of one number: from ``low`` to ``high``, both included. Anything else is not believed."""

    low: float
    high: float


RANGES = {
    "request_backoff.min_sleep_duration_ms": Range(1_000, LONGEST_WAIT * 1000),
    "request_backoff.max_sleep_duration_ms": Range(60_000, LONGEST_WAIT * 1000),
    "request_backoff.scale_factor": Range(1, 100),
    "global_request_rate_limit.capacity": Range(0, 10_000),
    "global_request_rate_limit.refill_rate": Range(0, LONGEST_WAIT),
    "minimum_session_timeout": Range(1, LONGEST_WAIT),
    "feature_flags.refresh_rate_limit": Range(-1, 366 * 86_400),
}
"""By the names of the protocol, in its units. docs/protocol.md has the same with a reason for each."""
FIELDS = {
    "min_sleep": ("request_backoff.min_sleep_duration_ms", 1000),
    "max_sleep": ("request_backoff.max_sleep_duration_ms", 1000),
    "factor": ("request_backoff.scale_factor", 1),
    "capacity": ("global_request_rate_limit.capacity", 1),
    "refill": ("global_request_rate_limit.refill_rate", 1),
    "minimum_timeout": ("minimum_session_timeout", 1),
    "flags_refresh": ("feature_flags.refresh_rate_limit", 1),
}
"""Which of these numbers a field holds, and how many of the protocol's units are one of the field's."""
LISTS = {
    "blocked_events": "events_blacklist",
    "blocked_attributes": "attributes_blacklist",
    "blocked_purchases": "purchases_blacklist",
}


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What the server decides about sending. The defaults are those of Braze's Web SDK 6.13.

    Attributes:
        time: Unix seconds at which the server's configuration last changed; 0 for none. A reply's
            configuration counts only when it is newer.
        min_sleep: seconds, the least wait after a failure, and the first.
        max_sleep: seconds, the longest wait after a failure, Retry-After apart.
        factor: how much longer than the last wait the next one may be.
        capacity: requests that may go out in one burst; None when the server sets no limit.
        refill: seconds until one more request is allowed.
        blocked_events: names of custom events that are refused at the call.
        blocked_attributes: names of custom attributes that are refused at the call.
        blocked_purchases: product ids that are refused at the call.
        minimum_timeout: seconds that a session timeout has at least, from the next start on.
        flags: whether the workspace has feature flags; None while the server has not said so.
        flags_refresh: seconds for which an application may not ask for flags again; negative for ever.
        cards: whether the workspace has content cards; None while the server has not said so.
        sdk_version: which version of braze_qt took it over. Another one asks for it as if there
            were none, as Braze's SDKs do: it may obey more of it.
    """

    time: int = 0
    min_sleep: float = 10.0
    max_sleep: float = 300.0
    factor: float = 3.0
    capacity: int | None = 30
    refill: float = 30.0
    blocked_events: frozenset[str] = frozenset()
    blocked_attributes: frozenset[str] = frozenset()
    blocked_purchases: frozenset[str] = frozenset()
    minimum_timeout: int = 1
    flags: bool | None = None
    flags_refresh: float = 300.0
    cards: bool | None = None
    sdk_version: str = __version__

    def time_known(self, now: float) -> int:
        """``time``, or 0 where that is in the future of ``now`` (Unix seconds): a clock was set back."""
        return self.time if self.time <= now + FUTURE else 0

    def text(self) -> str:
        """As it is stored."""
        fields = dataclasses.asdict(self)
        return json.dumps(fields | {name: sorted(fields[name]) for name in LISTS})


def restored(fields: Mapping[str, Any]) -> ServerConfig:
    """A stored configuration, of this version or another. Values that are not believed are as by default."""
    known: dict[str, Any] = {
        name: fields[name] for name in FIELDS if name in fields and _is_believed(name, fields[name])
    }
    if fields.get("capacity", 0) is None:
        known["capacity"] = None
    known |= {name: _names(fields.get(name)) for name in LISTS}
    known |= _switch("flags", fields.get("flags")) | _switch("cards", fields.get("cards"))
    time = fields.get("time")
    if fields.get("sdk_version") == __version__ and _is_number(time):
        known["time"] = int(time)
    return ServerConfig(**known)


_WHOLE = {"capacity": math.floor, "minimum_timeout": math.ceil}


def read_config(config: Mapping[str, Any], previous: ServerConfig, now: float) -> ServerConfig | None:
    """The server's configuration, where it is newer than the previous one, and no later than the present.

    Values that are missing, or of the wrong type or sense, stay as they were.

    Args:
        now: Unix seconds.
    """
    time = config.get("time")
    if not _is_number(time) or not previous.time_known(now) < int(time) <= now + FUTURE:
        return None
    told: dict[str, Any] = {name: value for name in FIELDS if (value := _number(config, name)) is not None}
    limit = config.get("global_request_rate_limit")
    unlimited = isinstance(limit, dict) and limit.get("enabled", True) is False
    if unlimited or ("capacity" in told and told["capacity"] < NO_LIMIT_BELOW):
        told["capacity"] = None
    for name, key in (("flags", "feature_flags"), ("cards", "content_cards")):
        feature = config.get(key)
        told |= _switch(name, feature.get("enabled")) if isinstance(feature, dict) else {}
    newest: dict[str, Any] = {"minimum_timeout": 1}
    newest |= {name: _names(config.get(key)) for name, key in LISTS.items()}
    told = newest | told | {"time": int(time), "sdk_version": __version__}
    taken = dataclasses.replace(previous, **told)
    return dataclasses.replace(taken, max_sleep=max(taken.min_sleep, taken.max_sleep))


def _switch(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if isinstance(value, bool) else {}


def _number(config: Mapping[str, Any], name: str) -> float | None:
    key, units = FIELDS[name]
    *outer, inner = key.split(".")
    there: Any = config.get(outer[0]) if outer else config
    value = there.get(inner) if isinstance(there, dict) else None
    if not _is_number(value) or not RANGES[key].low <= value <= RANGES[key].high:
        return None
    return _WHOLE[name](value) if name in _WHOLE else value / units


def _is_believed(name: str, value: Any) -> bool:
    key, units = FIELDS[name]
    return _is_number(value) and RANGES[key].low <= value * units <= RANGES[key].high


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _names(found: Any) -> frozenset[str]:
    """A list of names; one that is missing is empty in a newer configuration."""
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    return frozenset(names[:NAMES])
