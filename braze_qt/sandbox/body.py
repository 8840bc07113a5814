"""The body of one POST to the SDK endpoint, read as strictly as a receiver must and no stricter.

Unknown keys and unknown event codes are kept. A refusal concerns a whole body, and gives its reason.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

MAX_NAME_BYTES = 16 * 1024
"""Longest name or id, in bytes of UTF-8: SDKs stop at 997, and a page's address must hold a user id."""
MAX_DEPTH = 100
"""Deepest nesting of objects and lists; SDKs stop at 50."""
MAX_VALUES = 1_000_000
"""Commas and opening brackets: more of them take a hundred times the memory of the bytes that they are."""
MAX_EVENTS = 50_000
"""Events of one body, and objects of attributes; SDKs send some hundred at once."""
MAX_DEVICE = 256 << 10
"""Longest description of a device, in characters of JSON."""
MAX_FAULTS_TOLD = 5
ANONYMOUS = "anonymous:"
NAMED = "user:"
NOT_ATTRIBUTES = ("user_id", "alias", "custom")
"""What an object of ``attributes`` holds beside the standard attributes."""


_sorted_json = json.JSONEncoder(sort_keys=True).encode


class BodyError(ValueError):
    """The body cannot be taken; the text says why."""


@dataclass(frozen=True)
class Event:
    """One event. ``key`` is equal for repeated deliveries of it, and for nothing else."""

    name: str
    time: float
    session_id: str | None
    user: str
    length: float | None
    json: str
    key: bytes


@dataclass(frozen=True)
class Attributes:
    """What one object of ``attributes`` says of a user: whether custom, the name, the value."""

    user: str
    values: tuple[tuple[bool, str, Any], ...]


@dataclass(frozen=True)
class Body:
    """What a request says. ``device`` is JSON, or None when the request has none.

    ``users`` are those of its events and attributes, also of attributes that cannot be used.
    ``config_time`` is that of the configuration which the sender has; None when it asks for none.
    """

    api_key: str
    device_id: str
    app_version: str
    config_time: float | None
    device: str | None
    events: tuple[Event, ...]
    attributes: tuple[Attributes, ...]
    users: frozenset[str]


def user_key(user_id: str | None, device_id: str) -> str:
    """The name of a user on the pages and in the API: the user id as it is, or ``anonymous:DEVICE``.

    A user id that would be mistaken for something else (also by a browser: ``..``) gets ``user:`` before it.
    """
    if not user_id:
        return ANONYMOUS + device_id
    if user_id.startswith((ANONYMOUS, NAMED)) or user_id in (".", ".."):
        return NAMED + user_id
    return user_id


def read_body(raw: bytes) -> Body:
    """Raises BodyError, and nothing else, for bytes that are not the body of an SDK."""
    return _body(_read_object(raw))


@dataclass(frozen=True)
class Sync:
    """A body that asks for something, and says nothing of users.

    ``user`` is the one it asks for. The other two are what the last reply has said, 0 without one: when the
    last full sync was, and up to when changes are known. Unix seconds of the receiver.
    """

    body: Body
    user: str
    last_full_sync: float
    last_update: float


def read_sync(raw: bytes) -> Sync:
    """Raises BodyError as ``read_body``."""
    asked = _read_object(raw)
    body = _body({name: value for name, value in asked.items() if name not in ("events", "attributes")})
    if not _has_user(asked):
        raise BodyError("user_id is not a string, or too long")
    user = _user(asked, body.device_id)
    return Sync(
        replace(body, users=frozenset({user})),
        user,
        _number(asked.get("last_full_sync_at")) or 0.0,
        _number(asked.get("last_card_updated_at")) or 0.0,
    )


def _read_object(raw: bytes) -> dict[str, Any]:
    body = read_json(raw)
    if not isinstance(body, dict):
        raise BodyError("the body is not a JSON object")
    return body


def _body(body: dict[str, Any]) -> Body:
    faults = _faults_of_body(body)
    told = list(islice(faults, MAX_FAULTS_TOLD))
    if told:
        more = sum(1 for _ in faults)
        raise BodyError("; ".join(told) + (f" … and {more} more" if more else ""))
    device_id = _text(body["device_id"])
    device = json.dumps(body["device"]) if body.get("device") else None
    if device and len(device) > MAX_DEVICE:
        raise BodyError(f"device is longer than {MAX_DEVICE} characters")
    # The device is part of what every event is, and may be as long as a thousand events.
    device_key = hashlib.sha256(device_id.encode()).hexdigest()
    events = tuple(_event(event, device_id, device_key) for event in body.get("events") or [])
    attributes = [each for each in body.get("attributes") or [] if isinstance(each, dict)]
    return Body(
        api_key=_text(body["api_key"]),
        device_id=device_id,
        app_version=_text(body.get("app_version") or ""),
        config_time=_config_time(body.get("respond_with") or {}),
        device=device,
        events=events,
        attributes=tuple(_attributes(each, device_id) for each in attributes if _has_user(each)),
        users=frozenset({event.user for event in events} | {_user(each, device_id) for each in attributes}),
    )


def read_json(raw: bytes, subject: str = "the body") -> Any:
    """Raises BodyError for what is no JSON, or would cost too much; the text begins with ``subject``."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyError(f"{subject} is not UTF-8: byte {error.start}") from None
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        raise BodyError(f"{subject} has more than {MAX_VALUES:,} values")
    # Before it is parsed: how deep a parser may go without harm is for whoever runs the sandbox to say.
    if _depth(text) > MAX_DEPTH:
        raise BodyError(f"{subject} is nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except json.JSONDecodeError as error:
        raise BodyError(f"{subject} is not JSON: {error}") from None
    except ValueError as error:
        raise BodyError(f"{subject} holds a number that cannot be read: {error}") from None
    except RecursionError:
        raise BodyError(f"{subject} is nested deeper than {MAX_DEPTH} levels") from None


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:40]} is not finite")
    return value


def _depth(text: str) -> int:
    """How deeply JSON is nested; of what is not well-formed, about as deep as a parser gets."""
    level = deepest = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', text):
        if token[1]:
            level += 1
            deepest = max(deepest, level)
        elif token[2]:
            level -= 1
    return deepest


def _faults_of_body(body: dict[str, Any]) -> Iterator[str]:
    for key in ("api_key", "device_id"):
        yield from _faults_of_name(body, key, "", required=True)
    yield from _faults_of_name(body, "app_version", "", required=False)
    yield from _faults_of_time(body, "")
    for key, kind, words in (
        ("device", dict, "an object"),
        ("respond_with", dict, "an object"),
        ("attributes", list, "a list"),
        ("events", list, "a list"),
    ):
        if body.get(key) is not None and not isinstance(body[key], kind):
            yield f"{key} is not {words}"
        elif isinstance(body.get(key), list) and len(body[key]) > MAX_EVENTS:
            yield f"{key} has more than {MAX_EVENTS:,} elements"
            return
    events = body.get("events")
    for number, event in enumerate(events if isinstance(events, list) else []):
        yield from _faults_of_event(event, f"events[{number}]")


def _faults_of_event(event: Any, where: str) -> Iterator[str]:
    if not isinstance(event, dict):
        yield f"{where} is not an object"
        return
    yield from _faults_of_name(event, "name", f"{where}.", required=True)
    yield from _faults_of_time(event, f"{where}.")
    if "data" not in event:
        yield f"{where}.data is missing"
    elif not isinstance(event["data"], dict):
        yield f"{where}.data is not an object"
    for key in ("session_id", "user_id"):
        yield from _faults_of_name(event, key, f"{where}.", required=False)


def _faults_of_name(holder: dict[str, Any], key: str, where: str, *, required: bool) -> Iterator[str]:
    value = holder.get(key)
    if value is None or value == "":
        if required:
            yield f"{where}{key} is missing"
    elif not isinstance(value, str):
        yield f"{where}{key} is not a string"
    elif len(value.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        yield f"{where}{key} is longer than {MAX_NAME_BYTES} bytes"


def _faults_of_time(holder: dict[str, Any], where: str) -> Iterator[str]:
    if holder.get("time") is None:
        yield f"{where}time is missing"
    elif _number(holder["time"]) is None:
        yield f"{where}time is not a number of seconds"


def _config_time(respond_with: dict[str, Any]) -> float | None:
    """0 where a configuration is asked for without a time that could be read."""
    asked = respond_with.get("config")
    return _number(asked.get("config_time")) or 0.0 if isinstance(asked, dict) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _event(event: dict[str, Any], device_id: str, device_key: str) -> Event:
    time = float(event["time"])
    session_id = event.get("session_id") or None
    identity = [device_key, session_id, event["name"], time, event["data"]]
    return Event(
        name=_text(event["name"]),
        time=time,
        session_id=_text(session_id) if session_id else None,
        user=_user(event, device_id),
        length=_number(event["data"].get("d")) if event["name"] == "se" else None,
        json=json.dumps(event),
        key=hashlib.sha256(_sorted_json(identity).encode()).digest(),
    )


def _has_user(attributes: dict[str, Any]) -> bool:
    """Whether it can be told whose they are: not if ``user_id`` is no name."""
    return not any(_faults_of_name(attributes, "user_id", "", required=False))


def _attributes(attributes: dict[str, Any], device_id: str) -> Attributes:
    standard = [(False, name, each) for name, each in attributes.items() if name not in NOT_ATTRIBUTES]
    custom = attributes.get("custom")
    own = [(True, name, each) for name, each in custom.items()] if isinstance(custom, dict) else []
    return Attributes(_user(attributes, device_id), (*standard, *own))


def _user(holder: dict[str, Any], device_id: str) -> str:
    user_id = holder.get("user_id")
    return user_key(_text(user_id) if isinstance(user_id, str) else None, device_id)


def _text(value: str) -> str:
    """As UTF-8 can hold it: half a surrogate pair, which JSON can hold, is written as an escape."""
    return value.encode("utf-8", "backslashreplace").decode()
