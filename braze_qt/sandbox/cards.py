"""Content cards, as a developer writes them and as an SDK is told of them.

Braze's servers have not been observed; docs/sandbox.md says what is known.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.profiles import is_number
from braze_qt.sandbox.schema import OF_CARDS
from braze_qt.sandbox.served import (
    MAX_ID,
    MAX_WRITTEN,
    Json,
    Key,
    Served,
    ServedError,
    Switch,
    Thing,
    is_name,
    is_user,
)

TYPES = ("short_news", "text_announcement", "captioned_image", "banner_image", "control")
MAX_CARD = 2 << 10
"""Bytes of one card, as JSON: the limit that Braze documents."""
MAX_REMOVED = 1_000
"""Cards that are remembered as removed; when there are more, the next syncs are full ones."""
REMOVED = "content_cards_removed"
MAX_LOOKED_AT = 5_000
MAX_SAID = 4 << 20
"""The newest events that say what a user has done with cards, and the characters of their JSON."""


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_extras(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


TEXT = ("a string or null", _is_text)
FLAG = ("true or false", _is_flag)
KEYS: dict[str, tuple[str, str, Callable[[Any], bool]]] = {
    "type": ("tp", f"one of {', '.join(TYPES)}", lambda value: value in TYPES),
    "title": ("tt", *TEXT),
    "description": ("ds", *TEXT),
    "image": ("i", *TEXT),
    "aspect_ratio": (
        "ar",
        "a number above 0, or null",
        lambda value: value is None or (is_number(value) and value > 0),
    ),
    "alt_text": ("image_alt", *TEXT),
    "link": ("u", *TEXT),
    "link_text": ("dm", *TEXT),
    "use_webview": ("uw", *FLAG),
    "language": ("language", *TEXT),
    "expires": (
        "ea",
        "Unix seconds, or null",
        lambda value: value is None or (is_number(value) and value >= 0),
    ),
    "pinned": ("p", *FLAG),
    "dismissible": ("db", *FLAG),
    "extras": ("e", "an object of strings", _is_extras),
    "test": ("t", *FLAG),
}
"""What a card says, by the name that it has here: its key on the wire, and what its values are."""


@dataclass(frozen=True)
class Card(Thing):
    """``expires`` and ``updated`` are Unix seconds; ``updated`` is 0 until it is written."""

    type: str = "text_announcement"
    title: str | None = None
    description: str | None = None
    image: str | None = None
    aspect_ratio: float | None = None
    alt_text: str | None = None
    link: str | None = None
    link_text: str | None = None
    use_webview: bool = False
    language: str | None = None
    expires: float | None = None
    pinned: bool = False
    dismissible: bool = True
    extras: Json = field(default_factory=dict)
    test: bool = False
    updated: int = 0

    def has_expired(self, now: float) -> bool:
        """Whether it is not to be shown any more. ``now`` is Unix seconds."""
        return self.expires is not None and self.expires <= now

    def as_sent(self) -> Json:
        """As an SDK is told of it, with every key, except of what the user has done with it."""
        said = {key: getattr(self, name) for name, (key, _, _) in KEYS.items()}
        expires = -1 if self.expires is None else self.expires
        return {"id": self.id, "ca": self.updated, **said, "ea": expires}


def read_card(value: Any) -> Card:
    """Raises ServedError when ``value``, from JSON, describes no card."""
    if not isinstance(value, dict):
        raise ServedError("a content card is an object such as {“id”: “news”, “title”: “Hello”}")
    known = ("id", "user", *KEYS)
    for name, each in value.items():
        if name not in known:
            raise ServedError(f"a content card has no “{name[:40]}”, only {', '.join(known)}")
        if name in KEYS and not KEYS[name][2](each):
            raise ServedError(f"“{name}” is {KEYS[name][1]}")
    if not is_name(value.get("id")):
        raise ServedError(f"“id” is a string of 1 to {MAX_ID} characters")
    if value.get("user") is not None and not is_user(value["user"]):
        raise ServedError("“user” is the name of a user, or null for everybody")
    card = Card(**value)
    if len(json.dumps(card.as_sent(), ensure_ascii=False).encode("utf-8", "surrogatepass")) > MAX_CARD:
        raise ServedError(f"a content card has at most {MAX_CARD:,} bytes")
    return card


def read_cards(value: Any) -> list[Card]:
    """One card or a list of them, from JSON; raises ServedError."""
    if isinstance(value, list) and len(value) > MAX_WRITTEN:
        raise ServedError(f"more than {MAX_WRITTEN:,} content cards")
    return [read_card(each) for each in (value if isinstance(value, list) else [value])]


def read_switch(value: Any) -> Json:
    """What is to change of the switch, from JSON; raises ServedError."""
    if not isinstance(value, dict) or value.keys() != {"enabled"} or not isinstance(value["enabled"], bool):
        raise ServedError("the switch is an object of “enabled”, which is true or false")
    return value


@dataclass(frozen=True)
class Interactions:
    """The ids of the cards that a user has seen, clicked and dismissed."""

    viewed: frozenset[str]
    clicked: frozenset[str]
    dismissed: frozenset[str]


def interactions_of(archive: Archive, user: str) -> Interactions:
    """What the newest events of a user say."""
    found: dict[str, set[str]] = {"cci": set(), "ccic": set(), "ccc": set(), "ccd": set()}
    query = (
        "SELECT name, json FROM events WHERE user = (SELECT id FROM users WHERE name = ?)"
        f" AND {OF_CARDS} ORDER BY id DESC LIMIT ?"
    )
    left = MAX_SAID
    with archive.reading() as connection:
        for name, text in connection.execute(query, (user, MAX_LOOKED_AT)):
            left -= len(text)
            if left < 0:
                break
            ids = json.loads(text)["data"].get("ids")
            found[name] |= {each for each in ids if isinstance(each, str)} if isinstance(ids, list) else set()
    return Interactions(frozenset(found["cci"]), frozenset(found["ccc"]), frozenset(found["ccd"]))


class ContentCards(Served[Card]):
    """The cards that are written, each with a time of its own, and those that were removed.

    An SDK asks for what has changed since its last sync, and by these times it is told.
    """

    def __init__(self, archive: Archive, next_time: Callable[[], int]) -> None:
        kept = archive.setting(REMOVED) or {"since": int(time.time()), "removed": []}
        self._since: int = kept["since"]
        self._removed: dict[Key, int] = {(user, card): when for user, card, when in kept["removed"]}
        super().__init__(archive, "content_cards", Card, {}, next_time)
        written = (each.updated for each in self._things.values())
        self._latest = max([0, *self._removed.values(), *written])

    def _keep(self, things: dict[Key, Card], switch: Switch) -> None:
        """A card keeps its time while nothing of it changes. Of several new ones the last is the newest."""
        before = {key: replace(each, updated=0) for key, each in self._things.items()}
        old = {key: self._things[key] for key, each in things.items() if before.get(key) == each}
        new = [key for key, each in things.items() if not each.updated and key not in old]
        gone = [key for key in before if key not in things]
        first = max(self._latest + 1, int(time.time()) + 1 - len(gone) - len(new))
        times = dict(zip([*gone, *new], count(first), strict=False))
        self._latest = max(times.values(), default=self._latest)
        self._removed |= {key: times[key] for key in gone}
        stamped = {key: replace(things[key], updated=times[key]) for key in new}
        if len(self._removed) > MAX_REMOVED:
            self._since, self._removed = int(time.time()) + 1, {}
        removed = [[*key, when] for key, when in self._removed.items()]
        self._archive.set(REMOVED, {"since": self._since, "removed": removed})
        super()._keep(things | old | stamped, switch)

    def sync(self, user: str, last_full_sync: float, last_update: float) -> Json:
        """What a sync brings.

        Args:
            last_full_sync: what the last reply to this user has said of itself, in Unix seconds; 0 before.
            last_update: likewise.
        """
        with self._lock:
            removed = {card: when for (whose, card), when in self._removed.items() if whose in (None, user)}
            since, latest = self._since, self._latest
        known, now = interactions_of(self._archive, user), time.time()
        live = [
            # One that shows again since the user's own was removed, is as new as that.
            replace(each, updated=max(each.updated, removed.get(each.id, 0)))
            for each in self.of_user(user)
            if each.id not in known.dismissed and not each.has_expired(now)
        ]
        is_full = not since <= last_full_sync <= max(now, since)
        if is_full:
            sent, gone = live, []
        else:
            used = known.viewed | known.clicked
            sent = [each for each in live if each.updated > last_update or each.id in used]
            there = {each.id for each in live}
            newly = {card for card, when in removed.items() if when > last_update}
            gone = sorted((newly | known.dismissed) - there)
        whole = [
            each.as_sent() | {"v": each.id in known.viewed, "cl": each.id in known.clicked} for each in sent
        ]
        return {
            "cards": [*whole, *({"id": each, "r": True} for each in gone)],
            "full_sync": is_full,
            "last_full_sync_at": max(int(now), since) if is_full else int(last_full_sync),
            "last_card_updated_at": latest,
        }
