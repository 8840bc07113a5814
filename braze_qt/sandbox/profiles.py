"""The profile of a user: what requests and events have said, one after the other, as it stands now.

The rules are in docs/sandbox.md. What does not fit, in itself or to what is there, changes nothing.
"""

import heapq
import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.purchases import Purchase, digits, read_purchase, revenue_of
from braze_qt.sandbox.schema import OF_PROFILE

MAX_LIST = 500
"""Elements that a list of strings keeps, the newest; it also keeps the cost of long lists in bounds."""
MAX_APPLIED = 20_000
MAX_SAID = 4 << 20
"""The newest events and attributes that a profile is made of, and the characters of their JSON.

It is made anew each time that somebody looks at it.
"""
STATUSES = ("subscribed", "unsubscribed")
MEASURES = ("altitude", "ll_accuracy", "alt_accuracy")
"""What a location may say beside where it is, in metres."""

Data = dict[str, Any]


@dataclass
class Profile:
    """``location`` is the last known one, or None; ``left_out`` counts what was too much to be applied."""

    attributes: Data = field(default_factory=dict)
    custom: Data = field(default_factory=dict)
    location_attributes: dict[str, Data] = field(default_factory=dict)
    location: Data | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    purchases: list[Purchase] = field(default_factory=list)
    left_out: int = 0

    def is_empty(self) -> bool:
        """Whether nothing is known but the name."""
        return self == Profile()

    def quantity(self) -> int:
        """How many pieces were bought."""
        return sum(each.quantity for each in self.purchases)

    def revenue(self) -> dict[str, str]:
        """What was spent in each currency, as digits."""
        return {currency: digits(amount) for currency, amount in revenue_of(self.purchases).items()}

    def as_json(self) -> Data:
        """The whole profile."""
        return {
            "attributes": self.attributes,
            "custom": self.custom,
            "location_attributes": self.location_attributes,
            "location": self.location,
            "aliases": [{"label": label, "name": name} for label, name in self.aliases.items()],
            "subscription_groups": self.groups,
            "purchases": {
                "count": len(self.purchases),
                "quantity": self.quantity(),
                "revenue": self.revenue(),
                "list": [each.as_json() for each in self.purchases],
            },
        }


def profile_of(archive: Archive, user: int) -> Profile:
    """Request by request in the order of arrival; in each its attributes, then its events by their times."""
    with archive.reading() as connection:
        newest = _newest(connection, user)
        (there,) = connection.execute(
            "SELECT (SELECT count(*) FROM attributes WHERE user = :user)"
            f" + (SELECT count(*) FROM events WHERE user = :user AND {OF_PROFILE})",
            {"user": user},
        ).fetchone()
    profile = Profile(left_out=there - len(newest))
    for time, name, text in reversed(newest):
        said = json.loads(text)
        if name:
            RULES[name](profile, said["data"], time)
        else:
            _set_attributes(profile, said)
    return profile


def _newest(connection: sqlite3.Connection, user: int) -> list[tuple[float, str, str]]:
    """Time, name and JSON of what is applied, the last thing first; attributes have no name."""
    attributes = connection.execute(
        "SELECT request, 0, 0.0, id, '', json FROM attributes WHERE user = ? ORDER BY request DESC, id DESC",
        (user,),
    )
    events = connection.execute(
        f"SELECT request, 1, time, id, name, json FROM events WHERE user = ? AND {OF_PROFILE}"
        " ORDER BY request DESC, time DESC, id DESC",
        (user,),
    )
    order: Callable[[sqlite3.Row], tuple[Any, ...]] = lambda row: tuple(row)[:4]  # noqa: E731
    return list(_within_bounds(heapq.merge(attributes, events, key=order, reverse=True)))


def _within_bounds(rows: Iterator[sqlite3.Row]) -> Iterator[tuple[float, str, str]]:
    left = MAX_SAID
    for number, row in enumerate(rows):
        left -= len(row["json"])
        if left < 0 or number >= MAX_APPLIED:
            return
        yield row[2], row[4], row["json"]


def _set_attributes(profile: Profile, said: list[tuple[bool, str, Any]]) -> None:
    for is_custom, name, value in said:
        held = profile.custom if is_custom else profile.attributes
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value


def _increment(profile: Profile, data: Data, _: float) -> None:
    key, value = _text(data, "key"), data.get("value")
    before = profile.custom.get(key, 0)
    if key and is_number(value) and is_number(before) and is_number(before + value):
        profile.custom[key] = before + value


def _add(profile: Profile, data: Data, _: float) -> None:
    _change_list(profile, data, lambda held, value: held if value in held else [*held, value])


def _remove(profile: Profile, data: Data, _: float) -> None:
    if _text(data, "key") in profile.custom:
        _change_list(profile, data, lambda held, value: [each for each in held if each != value])


def _change_list(profile: Profile, data: Data, change: Callable[[list[Any], str], list[Any]]) -> None:
    key, value = _text(data, "key"), data.get("value")
    held = profile.custom.get(key, [])
    newest = held[-MAX_LIST:] if isinstance(held, list) else [None]
    if key and isinstance(value, str) and _are_strings(newest):
        profile.custom[key] = change(newest, value)[-MAX_LIST:]


def _set_list(profile: Profile, data: Data, _: float) -> None:
    key, value = _text(data, "key"), data.get("value")
    if key and isinstance(value, list) and _are_strings(value):
        profile.custom[key] = value[-MAX_LIST:]


def _are_strings(values: list[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def _merge(profile: Profile, data: Data, _: float) -> None:
    key, value = _text(data, "key"), data.get("value")
    held = profile.custom.get(key, {})
    if key and isinstance(value, dict) and isinstance(held, dict):
        profile.custom[key] = merged(held, value)


def merged(held: Data, new: Data) -> Data:
    """``held``, changed: objects within objects are merged, None removes, anything else replaces."""
    for name, value in new.items():
        if value is None:
            held.pop(name, None)
        elif isinstance(value, dict):
            inner = held.get(name)
            held[name] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            held[name] = value
    return held


def _set_location_attribute(profile: Profile, data: Data, _: float) -> None:
    key, place = _text(data, "key"), place_of(data)
    if key and place:
        profile.location_attributes[key] = place


def _remove_location_attribute(profile: Profile, data: Data, _: float) -> None:
    profile.location_attributes.pop(_text(data, "key"), None)


def _set_location(profile: Profile, data: Data, time: float) -> None:
    place = place_of(data)
    if place:
        profile.location = {**place, "time": time}


def place_of(data: Data) -> Data | None:
    """Where something is, with the measures that it has; None if that is nowhere on Earth."""
    latitude, longitude = data.get("latitude"), data.get("longitude")
    if not is_number(latitude) or not is_number(longitude) or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    measures = {name: data[name] for name in MEASURES if is_number(data.get(name))}
    return {"latitude": latitude, "longitude": longitude, **measures}


def _set_alias(profile: Profile, data: Data, _: float) -> None:
    label, name = _text(data, "l"), _text(data, "a")
    if label and name:
        profile.aliases[label] = name


def _set_group(profile: Profile, data: Data, _: float) -> None:
    group, status = _text(data, "group_id"), data.get("status")
    if group and status in STATUSES:
        profile.groups[group] = status


def _buy(profile: Profile, data: Data, time: float) -> None:
    purchase = read_purchase(data, time)
    if purchase:
        profile.purchases.append(purchase)


def _text(data: Data, key: str) -> str:
    """A name; "" when there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a number that a double can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


RULES: dict[str, Callable[[Profile, Data, float], None]] = {
    "inc": _increment,
    "add": _add,
    "rem": _remove,
    "set": _set_list,
    "ncam": _merge,
    "lcaa": _set_location_attribute,
    "lcar": _remove_location_attribute,
    "lr": _set_location,
    "uae": _set_alias,
    "sgu": _set_group,
    "p": _buy,
}
"""What each event does to a profile, by what it says and when it happened."""
