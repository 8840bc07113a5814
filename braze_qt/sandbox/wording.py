"""How times, lengths, names and values read on the pages."""

import json
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from braze_qt.sandbox.local_time import local

NAME_LENGTH = 60
"""Characters of a name that are shown; what is left out is in the JSON."""
TEXT_LENGTH = 20_000
"""Characters of a body that are shown."""

TURNING = {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


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


def excerpt(text: str, more: int = 0) -> str:
    """As much of a body as a page bears. ``more``: bytes that the text lacks at its end."""
    if more:
        left_out = len(text[TEXT_LENGTH:].encode("utf-8", "replace")) + more
        return f"{text[:TEXT_LENGTH]}\n… and {left_out:,} bytes more"
    if len(text) <= TEXT_LENGTH:
        return text
    return f"{text[:TEXT_LENGTH]}\n… and {len(text) - TEXT_LENGTH:,} characters more"


def day(on: date) -> str:
    """A day, with its name."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def moment(time: float | None) -> str:
    """Day and time in the time zone of this machine, to the second."""
    told = _local(time)
    return told if isinstance(told, str) else f"{told.day} {told:%b %Y, %H:%M:%S}"


def clock(time: float | None) -> str:
    """The time of day to the millisecond."""
    told = _local(time)
    return told if isinstance(told, str) else f"{told:%H:%M:%S}.{told.microsecond // 1000:03}"


def _local(time: float | None) -> datetime | str:
    if time is None:
        return "–"
    return local(time) or f"{time:g} s since 1970"


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


def value_text(value: Any) -> str:
    """A value of an attribute: a string as it is, anything else as JSON."""
    if isinstance(value, str):
        return value or "“”"
    return json.dumps(value, ensure_ascii=False)


def value_kind(value: Any) -> str:
    """What sort of value it is, which its text may leave open."""
    if isinstance(value, bool):
        return "boolean"
    kinds: tuple[tuple[Any, str], ...] = (
        (str, "text"),
        ((int, float), "number"),
        (list, "list"),
        (dict, "object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "")


def place(where: dict[str, Any]) -> str:
    """Latitude, longitude, and what else is known of a location."""
    units = (("ll_accuracy", " ± {:g} m"), ("altitude", ", altitude {:g} m"), ("alt_accuracy", " ± {:g} m"))
    more = (words.format(where[name]) for name, words in units if name in where)
    return f"{where['latitude']:.8g}, {where['longitude']:.8g}" + "".join(more)


def pretty(body: str | dict[str, Any], more: int = 0) -> str:
    """JSON laid out to be read; anything else, and what is long, as it is. ``more`` as in :func:`excerpt`."""
    if isinstance(body, str) and (more or len(body) > TEXT_LENGTH):
        return excerpt(body, more)
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
        value_text,
        value_kind,
        place,
        pretty,
    )
}
"""What the templates may call."""
