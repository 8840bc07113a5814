"""How events read on the pages."""

import json
from collections.abc import Callable
from typing import Any

from braze_qt.sandbox.profiles import is_number, place_of
from braze_qt.sandbox.purchases import read_purchase
from braze_qt.sandbox.wording import duration, place, short

DETAIL_LENGTH = 160
"""Characters of what an event says that are shown in its line."""

Data = dict[str, Any]

EVENTS = {
    "ss": "Session start",
    "se": "Session end",
    "ce": "Custom event",
    "p": "Purchase",
    "pc": "Push click",
    "ca": "Push action",
    "i": "Internal event",
    "ie": "Internal error",
    "ci": "Feed card impression",
    "cc": "Feed card click",
    "cci": "Content card impression",
    "ccc": "Content card click",
    "ccd": "Content card dismissal",
    "si": "In-app message impression",
    "sc": "In-app message click",
    "sbc": "In-app message button click",
    "iec": "In-app control impression",
    "lr": "Location",
    "uae": "User alias",
    "lcaa": "Location attribute",
    "lcar": "Location attribute removed",
    "inc": "Attribute increment",
    "add": "Attribute list: add",
    "rem": "Attribute list: remove",
    "set": "Attribute list",
    "ncam": "Attribute merge",
    "sgu": "Subscription group",
    "ccic": "Control card impression",
    "ffi": "Feature flag impression",
    "bi": "Banner impression",
    "bc": "Banner click",
    "bd": "Banner dismissal",
}
"""Codes seen on the wire; others are shown as they are."""


def event_title(event: Data) -> str:
    """What kind of event it is; its own name where the application gave it one."""
    name, data = event["name"], event["data"]
    if name == "ce" and _is_name(data.get("n")):
        return str(data["n"])
    if name == "p" and _is_name(data.get("pid")):
        return f"Purchase {data['pid']}"
    return EVENTS.get(name, f"“{name}”")


def event_detail(event: Data) -> str:
    """What it says, in one line."""
    data = event["data"]
    words = DETAILS.get(event["name"], _any_detail)(data)
    return short(_any_detail(data) if words is None else words, DETAIL_LENGTH)


def _any_detail(data: Data) -> str:
    return json.dumps(data, ensure_ascii=False) if data else ""


def _end_detail(data: Data) -> str:
    return duration(data["d"]) if is_number(data.get("d")) else ""


def _custom_detail(data: Data) -> str:
    return _any_detail(data["p"]) if data.get("p") else ""


def _purchase_detail(data: Data) -> str | None:
    purchase = read_purchase(data, 0)
    return f"{purchase.quantity} × {purchase.amount}" if purchase else None


def _increment_detail(data: Data) -> str | None:
    key, value = data.get("key"), data.get("value")
    return f"{key} {'+' if value >= 0 else '−'} {abs(value)}" if _is_name(key) and is_number(value) else None


def _value_detail(data: Data) -> str | None:
    key, value = data.get("key"), data.get("value")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{key}: {text}" if _is_name(key) and "value" in data else None


def _key_detail(data: Data) -> str | None:
    return data["key"] if _is_name(data.get("key")) else None


def _place_detail(data: Data) -> str | None:
    where, key = place_of(data), data.get("key")
    return (f"{key}: " if _is_name(key) else "") + place(where) if where else None


def _alias_detail(data: Data) -> str | None:
    return f"{data['l']}: {data['a']}" if _is_name(data.get("l")) and _is_name(data.get("a")) else None


def _group_detail(data: Data) -> str | None:
    group, status = data.get("group_id"), data.get("status")
    return f"{group}: {status}" if _is_name(group) and _is_name(status) else None


def _flag_detail(data: Data) -> str | None:
    flag, tracking = data.get("fid"), data.get("fts")
    return f"{flag}: {tracking}" if _is_name(flag) and _is_name(tracking) else None


def _cards_detail(data: Data) -> str | None:
    ids = data.get("ids")
    return ", ".join(ids) if isinstance(ids, list) and ids and all(map(_is_name, ids)) else None


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


DETAILS: dict[str, Callable[[Data], str | None]] = {
    "se": _end_detail,
    "ce": _custom_detail,
    "p": _purchase_detail,
    "inc": _increment_detail,
    "add": _value_detail,
    "rem": _value_detail,
    "set": _value_detail,
    "ncam": _value_detail,
    "lcaa": _place_detail,
    "lcar": _key_detail,
    "lr": _place_detail,
    "uae": _alias_detail,
    "sgu": _group_detail,
    "ffi": _flag_detail,
    "cci": _cards_detail,
    "ccic": _cards_detail,
    "ccc": _cards_detail,
    "ccd": _cards_detail,
}
"""Those that can be said shorter than as JSON; None where the event is not what its code promises."""

EVENT_FILTERS: dict[str, Callable[[Data], str]] = {
    "event_title": event_title,
    "event_detail": event_detail,
}
"""What the templates may call."""
