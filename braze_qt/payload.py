"""Facts to request, reply to answer. The only file that knows Braze's JSON keys and headers.

An event becomes text once, when it is logged, and is stored and sent as that text: a repeated
delivery is the same to the letter, and a request is joined from pieces that are ready.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from braze_qt.config import ServerConfig
from braze_qt.events import CustomEvent, Fact, SessionEnded
from braze_qt.version import __version__

NO_REQUEST_YET = 7_200_000
"""What the Web SDK sends as milliseconds since the last request where there was none."""
RATE_LIMIT_FLOOR = 10
"""A bucket of fewer requests than this means that the server sets no limit (Web SDK)."""
KEY_FAULTS = ("invalid_api_key", "blacklisted")
"""Errors in an accepted reply that are about the key or the device, not about the events."""
DAY_MS = 86_400_000.0
"""No number in a reply but a date is believed beyond this: a day, in milliseconds."""
LATEST = 253_402_300_799.0
"""The last second of the year 9999: no date in a reply is believed beyond it."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Head:
    """What a request says beside its events."""

    api_key: str
    device_id: str
    app_version: str | None
    config_time: int = 0
    user_id: str | None = None
    triggers: bool = False
    device: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the body of a reply says.

    Attributes:
        error: why the server did not take the body, empty where it did.
        unauthorised: whether that is about the key or a signature rather than about the events.
        config: the ``config`` object, where there is one.
    """

    error: str = ""
    unauthorised: bool = False
    config: Mapping[str, Any] | None = None


def event_text(fact: Fact) -> str:
    """The event as the text of a JSON object; left open for :func:`session_text` while it has no session."""
    user = "" if fact.user_id is None else f',"user_id":{_encode(fact.user_id)}'
    opened = f'{{"name":"{fact.code}","time":{fact.time!r},"data":{_data(fact)}{user}'
    return opened if fact.session_id is None else opened + session_text(fact.session_id)


def session_text(session_id: str) -> str:
    """The end of the text of an event, which gives it to a session."""
    return f',"session_id":{_encode(session_id)}}}'


def body(head: Head, events: str, now: float) -> bytes:
    """The body of a request.

    Args:
        head: everything but the events.
        events: the events' texts, joined by commas.
        now: Unix seconds.
    """
    asked: dict[str, Any] = {"config": {"config_time": head.config_time}}
    if head.user_id is not None:
        asked["user_id"] = head.user_id
    if head.triggers:
        asked["triggers"] = True
    fields: dict[str, Any] = {
        "api_key": head.api_key,
        "device_id": head.device_id,
        "time": int(now),
        "sdk_version": __version__,
        "respond_with": asked,
    }
    if head.app_version:
        fields["app_version"] = head.app_version
        fields["app_version_code"] = version_code(head.app_version)
    if head.device is not None:
        fields["device"] = dict(head.device)
    return f'{_encode(fields)[:-1]},"events":[{events}]}}'.encode()


def headers(head: Head, attempt: int, since_last: float | None, tokens: int | None) -> dict[str, str]:
    """The headers of a request.

    Args:
        head: what the body is made from.
        attempt: 1, and one more for each failure in a row before this request.
        since_last: seconds since the last request, None if there was none.
        tokens: requests left in the bucket after this one, None on the first request.
    """
    ago = NO_REQUEST_YET if since_last is None else max(0, round(since_last * 1000))
    named = {
        "Content-Type": "application/json",
        "X-Braze-Api-Key": head.api_key,
        "X-Braze-Last-Req-Ms-Ago": str(ago),
        "X-Braze-Req-Attempt": str(attempt),
    }
    if tokens is not None:
        named["X-Braze-Req-Tokens-Remaining"] = str(tokens)
    if head.triggers:
        named["X-Braze-TriggersRequest"] = "true"
        named["X-Braze-DataRequest"] = "true"
    return named


def version_code(version: str) -> str:
    """``version`` as four numbers: ``1.2`` is ``1.2.0.0``; what is not a number counts as 0."""
    release = re.match(r"\D*((?:\d+\.)*\d+)", version)
    numbers = release[1].split(".") if release else []
    return ".".join((*numbers, "0", "0", "0", "0")[:4])


def read_reply(content: bytes) -> Answer | None:
    """What a reply says, or None where it is no JSON object and so not Braze's."""
    try:
        reply = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(reply, dict):
        return None
    auth = reply.get("auth_error")
    error = reply.get("error")
    config = reply.get("config")
    reason = auth.get("reason") or auth.get("error_code") if isinstance(auth, dict) else auth
    return Answer(
        error=str(reason or error or "")[:200],
        unauthorised=bool(auth) or error in KEY_FAULTS,
        config=config if isinstance(config, dict) else None,
    )


def read_config(config: Mapping[str, Any], previous: ServerConfig) -> ServerConfig:
    """The server's configuration. What is missing, or of the wrong type or sense, stays as it was."""
    backoff = _object(config, "request_backoff")
    limit = _object(config, "global_request_rate_limit")
    least = _number(backoff, "min_sleep_duration_ms", previous.min_sleep * 1000, 100) / 1000
    longest = _number(backoff, "max_sleep_duration_ms", previous.max_sleep * 1000, 100) / 1000
    return ServerConfig(
        time=int(_number(config, "time", previous.time, 0, LATEST)),
        min_sleep=least,
        max_sleep=max(least, longest),
        factor=_number(backoff, "scale_factor", previous.factor, 1),
        capacity=_capacity(limit, previous.capacity),
        refill=_number(limit, "refill_rate", previous.refill, 0),
    )


def _capacity(limit: Mapping[str, Any], previous: int | None) -> int | None:
    if limit.get("enabled", True) is False:
        return None
    capacity = int(_number(limit, "capacity", previous or 0, 0))
    return capacity if capacity >= RATE_LIMIT_FLOOR else None


def _data(fact: Fact) -> str:
    if isinstance(fact, CustomEvent):
        return f'{{"n":{_encode(fact.name)},"p":{fact.properties}}}'
    return f'{{"d":{fact.duration!r}}}' if isinstance(fact, SessionEnded) else "{}"


def _object(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = config.get(key)
    return found if isinstance(found, dict) else {}


def _number(fields: Mapping[str, Any], key: str, default: float, low: float, high: float = DAY_MS) -> float:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        return default
    return float(value)
