"""How times, lengths, names and events read on the pages."""

import json
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

NAME_LENGTH = 60
"""Characters of a name that are shown; what is left out is in the JSON."""
TEXT_LENGTH = 20_000
"""Characters of a body that are shown."""

TURNING = {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}

EVENTS = {
    "ss": "Session start",
    "se": "Session end",
    "ce": "Custom event",
    "p": "Purchase",
    "pc": "Push click",
    "ca": "Push action",
    "i": "Internal event",
    "ie": "Internal error",
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
    "ffi": "Feature flag impression",
}
"""Codes seen on the wire; others are shown as they are."""


def short(text: str, length: int = NAME_LENGTH) -> str:
    """The beginning and the end of a text, if it is longer than ``length`` characters.

    What would not be seen, is put in quotes.
    """
    if text.isspace():
        text = f"“{text}”"
    if len(text) <= length:
        return text
    tail = length // 4
    return f"{text[: length - tail - 1]}…{text[-tail:]}"


def plain(page: str) -> str:
    """The page with escapes for what it cannot hold (half a surrogate pair) and what turns text around."""
    return page.translate(TURNING).encode("utf-8", "backslashreplace").decode()


def excerpt(text: str) -> str:
    """As much of a body as a page bears."""
    if len(text) <= TEXT_LENGTH:
        return text
    return f"{text[:TEXT_LENGTH]}\n… and {len(text) - TEXT_LENGTH:,} characters more"


def day(on: date) -> str:
    """A day, with its name."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def moment(time: float | None) -> str:
    """Day and time in the time zone of this machine, to the second."""
    local = _local(time)
    return local if isinstance(local, str) else f"{local.day} {local:%b %Y, %H:%M:%S}"


def clock(time: float | None) -> str:
    """The time of day to the millisecond."""
    local = _local(time)
    return local if isinstance(local, str) else f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"


def _local(time: float | None) -> datetime | str:
    if time is None:
        return "–"
    try:
        return datetime.fromtimestamp(time)
    except (ValueError, OverflowError, OSError):
        return f"{time:g} s since 1970"


def duration(seconds: float | None) -> str:
    """Two units at most: 0.06 s, 12 s, 3 min 12 s, 2 h 5 min, 4 d 2 h."""
    if seconds is None:
        return "–"
    if abs(seconds) >= 1e9 or seconds < 0:
        return f"{seconds:g} s"
    if seconds < 10:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    for size, unit, below, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"


def ratio(value: float | None) -> str:
    """A number of two decimals at most."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """A share as a whole percentage."""
    return "–" if value is None else f"{value:.0%}"


def size(count: int) -> str:
    """A number of bytes."""
    for limit, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= limit:
            return f"{count / limit:.1f} {unit}"
    return f"{count} B"


def address(user: str) -> str:
    """The page of a user."""
    return "/users/" + quote(user, safe="")


def event_title(event: dict[str, Any]) -> str:
    """What kind of event it is; its own name where the application gave it one."""
    name = event["name"]
    own = event["data"].get({"ce": "n", "p": "pid"}.get(name, ""))
    return own if isinstance(own, str) and own else EVENTS.get(name, f"“{name}”")


def event_detail(event: dict[str, Any]) -> str:
    """What it says, in one line."""
    data = event["data"]
    if event["name"] == "se":
        seconds = data.get("d")
        return duration(seconds) if isinstance(seconds, (int, float)) else ""
    said = data.get("p") if event["name"] == "ce" else data
    return short(json.dumps(said, ensure_ascii=False), 160) if said else ""


def pretty(body: str | dict[str, Any]) -> str:
    """JSON laid out to be read; anything else, and what is long, as it is."""
    if isinstance(body, str) and len(body) > TEXT_LENGTH:
        return excerpt(body)
    try:
        value = json.loads(body) if isinstance(body, str) else body
        return excerpt(json.dumps(value, indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return excerpt(str(body))


FILTERS = {
    each.__name__: each
    for each in (
        short,
        day,
        moment,
        clock,
        duration,
        ratio,
        percent,
        size,
        address,
        event_title,
        event_detail,
        pretty,
    )
}
"""What the templates may call."""
