"""Facts to request, reply to answer. The only file that knows Braze's JSON keys and headers.

The data of an event become text when it is logged, the whole event when it is merged. It is stored and sent
as that text: a repeated delivery is the same to the letter, and a request is joined from ready pieces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any

from braze_qt._validation.json_reader import read_json
from braze_qt.errors import printable
from braze_qt.events import (
    AliasAdded,
    AttributeEdited,
    CardAction,
    Content,
    CustomEvent,
    Fact,
    FlagImpression,
    Located,
    Logged,
    Purchase,
    SessionEnded,
)
from braze_qt.version import __version__

NO_REQUEST_YET = 7_200_000
"""What the Web SDK sends as milliseconds since the last request where there was none."""
KEY_FAULTS = ("invalid_api_key", "blacklisted", "sdk_auth_error")
"""Errors in an accepted reply that are about the key or the device, not about the events."""
KNOWN_FAULTS = (*KEY_FAULTS, "no_device_identifier")
"""Errors that are told and logged as they are. Any other may quote the user, or what was sent."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Head:
    """What a request says beside its events and attributes.

    ``alias`` is a name and its label, of an anonymous user; ``signature`` the user's JSON Web Token. ``sync``
    is the name of an extension in the header; empty for session data.
    """

    api_key: str = field(repr=False)
    device_id: str
    app_version: str | None
    config_time: int = 0
    user_id: str | None = None
    device: Mapping[str, str] | None = None
    alias: tuple[str, str] | None = None
    signature: str | None = field(default=None, repr=False)
    sync: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the body of a reply says.

    Attributes:
        error: why the server did not take the body, empty where it did, in words that may be logged.
        said: the same in the server's words.
        unauthorised: whether that is about the key or a signature rather than about the events.
        signature_fault: Braze's code and reason where it is about a signature. Without ``error``
            the workspace only wants the application to know: it took the events.
        reply: all that it says.
    """

    error: str = ""
    said: str = ""
    unauthorised: bool = False
    signature_fault: tuple[int, str] | None = None
    reply: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def event_text(fact: Fact, alias: tuple[str, str] | None = None) -> str:
    """The event as the text of a JSON object; left open for :func:`session_text` while it has no session.

    Args:
        alias: the name and the label by which an anonymous user is known.
    """
    opened = f'{{"name":"{fact.code}","time":{fact.time!r},"data":{data_text(fact)}'
    return opened + event_end(fact.user_id, alias, fact.session_id)


def event_end(user_id: str | None, alias: tuple[str, str] | None, session_id: str | None) -> str:
    """What stands behind the data in the text of an event: the same for all of one user in one session."""
    if user_id is not None:
        user = f',"user_id":{_encode(user_id)}'
    else:
        user = f',"alias":{_encode(_alias(alias))}' if alias else ""
    return user if session_id is None else user + session_text(session_id)


def session_text(session_id: str) -> str:
    """The end of the text of an event, which gives it to a session."""
    return f',"session_id":{_encode(session_id)}}}'


def attributes_text(user_id: str | None, values: Iterable[tuple[bool, str, str]]) -> str:
    """The attributes of one user as the text of a JSON object.

    Args:
        values: whether it is a custom one, the name, and the value as JSON text, of each attribute.
    """
    user = [] if user_id is None else [f'"user_id":{_encode(user_id)}']
    standard: list[str] = []
    custom: list[str] = []
    for is_custom, key, value in values:
        (custom if is_custom else standard).append(f"{_encode(key)}:{value}")
    own = [f'"custom":{{{",".join(custom)}}}'] if custom else []
    return f"{{{','.join(user + standard + own)}}}"


def body(head: Head, events: str, now: float, attributes: str = "") -> bytes:
    """The body of a request.

    Args:
        head: everything but events and attributes.
        events: the events' texts, joined by commas; empty for none.
        now: Unix seconds.
        attributes: the attributes' texts, joined by commas; empty for none.
    """
    asked: dict[str, Any] = {"config": {"config_time": head.config_time}}
    if head.user_id is not None:
        asked["user_id"] = head.user_id
    if head.alias:
        asked["alias"] = _alias(head.alias)
    fields = _common_fields(head, now) | {"respond_with": asked}
    if head.device is not None:
        fields["device"] = dict(head.device)
    lists = [f',"{name}":[{text}]' for name, text in (("events", events), ("attributes", attributes)) if text]
    return f"{_encode(fields)[:-1]}{''.join(lists)}}}".encode()


def sync_body(head: Head, now: float, more: Mapping[str, Any]) -> bytes:
    """The body of a request of an extension.

    Args:
        now: Unix seconds.
        more: fields of this extension.
    """
    user = {} if head.user_id is None else {"user_id": head.user_id}
    return _encode(_common_fields(head, now) | user | dict(more)).encode()


def _common_fields(head: Head, now: float) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "api_key": head.api_key,
        "device_id": head.device_id,
        "time": int(now),
        "sdk_version": __version__,
    }
    if head.app_version:
        fields["app_version"] = head.app_version
        fields["app_version_code"] = version_code(head.app_version)
    if head.alias:
        fields["alias"] = _alias(head.alias)
    return fields


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
    if head.sync:
        named[f"X-Braze-{head.sync}Request"] = "true"
        named["X-Braze-DataRequest"] = "true"
    if head.sync == "ContentCards":
        named["BRAZE-SYNC-RETRY-COUNT"] = str(attempt - 1)
    if head.signature:
        named["X-Braze-Auth-Signature"] = head.signature
    return named


def version_code(version: str) -> str:
    """``version`` as four numbers: ``1.2`` is ``1.2.0.0``; what is not a number counts as 0."""
    release = re.match(r"\D*((?:\d+\.)*\d+)", version)
    numbers = release[1].split(".") if release else []
    return ".".join((*numbers, "0", "0", "0", "0")[:4])


def read_reply(content: bytes) -> Answer | None:
    """What a reply says, or None where it is no JSON object and so not Braze's."""
    try:
        reply = read_json(content)
    except ValueError:
        return None
    if not isinstance(reply, dict):
        return None
    error = reply.get("error")
    refusal = _signature_fault(reply.get("auth_error"))
    code, reason = refusal or (0, "")
    said = printable(str(reason or code or error or ""))
    return Answer(
        error=_shown_fault(error, refusal) if said or refusal else "",
        said=said,
        unauthorised=refusal is not None or error in KEY_FAULTS,
        signature_fault=refusal or _signature_fault(reply.get("optional_auth_error")),
        reply=reply,
    )


def _shown_fault(error: Any, refusal: tuple[int, str] | None) -> str:
    if refusal is not None:
        return f"the signature is refused, code {refusal[0]}" if refusal[0] else "the signature is refused"
    return error if error in KNOWN_FAULTS else "an error that is logged at DEBUG"


def _signature_fault(fault: Any) -> tuple[int, str] | None:
    """Code, 0 for none, and reason."""
    if fault is None:
        return None
    told = fault if isinstance(fault, dict) else {"reason": fault}
    code, reason = told.get("error_code"), told.get("reason")
    whole = code if isinstance(code, int) and 0 <= code < 2**31 else 0
    return whole, printable(str(reason or ""))


def data_text(fact: Fact) -> str:
    """What an event says, as the text of a JSON object."""
    if isinstance(fact, Logged):
        return content_text(fact.what)
    return f'{{"d":{fact.duration!r}}}' if isinstance(fact, SessionEnded) else "{}"


def content_text(what: Content) -> str:
    """What an application reported, as the text of a JSON object."""
    if isinstance(what, CustomEvent):
        return f'{{"n":{encode_basestring(what.name)},"p":{what.properties}}}'
    if isinstance(what, Purchase):
        fields = {"pid": what.product_id, "c": what.currency, "p": what.price, "q": what.quantity}
        return f'{_encode(fields)[:-1]},"pr":{what.properties}}}'
    if isinstance(what, AliasAdded):
        return _encode({"a": what.alias, "l": what.label})
    if isinstance(what, AttributeEdited):
        key = f'{{"key":{_encode(what.key)}'
        if what.code == "lcar":
            return key + "}"
        return f"{key},{what.value[1:]}" if what.code == "lcaa" else f'{key},"value":{what.value}}}'
    if isinstance(what, Located):
        place = {
            "latitude": what.latitude,
            "longitude": what.longitude,
            "altitude": what.altitude,
            "ll_accuracy": what.accuracy,
            "alt_accuracy": what.altitude_accuracy,
        }
        return _encode({name: value for name, value in place.items() if value is not None})
    if isinstance(what, CardAction):
        return _encode({"ids": what.card_ids})
    if isinstance(what, FlagImpression):
        return _encode({"fid": what.flag_id, "fts": what.tracking})
    return _encode({"group_id": what.group_id, "status": "subscribed" if what.subscribed else "unsubscribed"})


def _alias(alias: tuple[str, str]) -> dict[str, str]:
    name, label = alias
    return {"label": label, "name": name}
