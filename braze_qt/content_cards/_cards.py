"""Content cards as values, how replies are merged, and in which order cards are shown. Pure.

The cache is an object: ``cards`` as the server has sent them, with ``v`` and ``cl`` set here, too; the ids
``dismissed`` here; the two times that the next request repeats, and the version of the SDK that got them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from braze_qt.version import __version__

if TYPE_CHECKING:
    from typing import TypeGuard

KEY = "content_cards"
"""Where the file has what is kept."""
KINDS = {
    "short_news": "classic",
    "text_announcement": "classic",
    "captioned_image": "captioned_image",
    "banner_image": "image_only",
    "control": "control",
}
"""Braze's words on the wire, and those of its documentation."""
TEXTS = {
    "tt": "title",
    "ds": "text",
    "u": "link",
    "dm": "link_text",
    "i": "image_url",
    "image_alt": "alt_text",
    "language": "language",
}
SWITCHES = {"p": "pinned", "db": "dismissible", "v": "viewed", "cl": "clicked"}
TIMES = ("last_full_sync_at", "last_card_updated_at")
"""What a reply says of itself; the next request repeats it. 0 for no reply yet."""
WIRE_KEYS = frozenset({"id", "tp", "ca", "ea", "ar", "e", "t", *TEXTS, *SWITCHES})
STICKY = ("v", "cl")
"""What has happened once is not undone by a reply."""
MOST_CARDS = 250
"""Cards that are kept: Braze's limit for a user."""
MOST_DISMISSED = 1_000
"""Ids of dismissed cards that are kept, the newest ones."""
MOST_BYTES = 16 * 1024
"""JSON of one card, with all characters escaped. Braze allows 2 KB in the dashboard."""
LONGEST_ID = 255
"""Characters of an id."""
LAST_TIME = 253_402_300_799
"""Unix seconds at the end of the year 9999, which is where Python's dates end."""
HALF = re.compile("[\ud800-\udfff]")
"""Half of a character in UTF-16, which no text in UTF-8 has."""
UNSAFE = re.compile(r"\s*(javascript|data|vbscript|file)\s*:", re.I)
"""Links that run a program or read files; nobody shall have them at hand."""
PICTURE = re.compile(r"https?://", re.I)
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
"""Characters that browsers leave out of an address."""


@dataclass(frozen=True)
class ContentCard:
    """One content card, as it was when it was asked for; later replies do not change it. Any thread.

    Attributes:
        id: names it in calls.
        kind: ``classic``, ``captioned_image`` or ``image_only``.
        title: what is written on it. Texts are plain text; empty for none.
        text: the description.
        link: where a click leads; empty for nowhere. Its scheme may be any that runs no program.
        link_text: what the link is called.
        image_url: https or http, not looked at.
        alt_text: describes the picture.
        aspect_ratio: width of the picture, divided by its height; 0.0 where it is not known.
        language: of the texts, for screen readers: ``en``; empty where it is not known.
        pinned: stands above others.
        dismissible: the user may dismiss it.
        viewed: it was seen, here or elsewhere.
        clicked: its link was followed, here or elsewhere.
        updated: when it was written last, Unix seconds.
        expires: when it vanishes, Unix seconds; None for never.
        extras: what else the dashboard says, strings by strings.
    """

    id: str
    kind: str = "classic"
    title: str = ""
    text: str = ""
    link: str = ""
    link_text: str = ""
    image_url: str = ""
    alt_text: str = ""
    aspect_ratio: float = 0.0
    language: str = ""
    pinned: bool = False
    dismissible: bool = False
    viewed: bool = False
    clicked: bool = False
    updated: float = 0.0
    expires: float | None = None
    extras: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __repr__(self) -> str:
        """Without what it says."""
        return f"ContentCard(id={self.id!r}, kind={self.kind!r})"


class CardSet(NamedTuple):
    """What is kept, as values.

    Attributes:
        cards: the cards by their ids: without dismissed ones, with expired ones and controls.
        left_out: how many entries of the last reply were malformed or too many, and left out.
    """

    cards: Mapping[str, ContentCard]
    left_out: int


class Feed(NamedTuple):
    """Cards in the order in which they are shown.

    Attributes:
        shown: without controls and expired ones.
        ordered: the same with controls.
        until: when the next one expires, Unix seconds; None for never.
    """

    shown: tuple[ContentCard, ...]
    ordered: tuple[ContentCard, ...]
    until: float | None


def feed(cards: Iterable[ContentCard], now: float) -> Feed:
    """What is to be shown at a time (Unix seconds): pinned cards first, then the newest."""
    there = [card for card in cards if card.expires is None or card.expires > now]
    ordered = sorted(there, key=lambda card: (not card.pinned, -card.updated, card.id))
    shown = tuple(card for card in ordered if card.kind != "control")
    until = min((card.expires for card in there if card.expires is not None), default=None)
    return Feed(shown, tuple(ordered), until)


def controls_seen(feed: Feed, seen: Iterable[str]) -> tuple[str, ...]:
    """Controls that would have been seen, had they been shown.

    Those beside a card that was seen; all of them where there is nothing else.
    """
    if not feed.shown:
        return tuple(card.id for card in feed.ordered)
    names, found, before = set(seen), list[str](), False
    waiting: list[str] = []
    for card in feed.ordered:
        if card.kind == "control":
            waiting.append(card.id)
            continue
        found += waiting if before or card.id in names else []
        waiting, before = [], card.id in names
    return tuple(found + (waiting if before else []))


# -- what is kept --------------------------------------------------------------------------------


def read_kept(stored: Mapping[str, Any]) -> CardSet | None:
    """What is kept, as values; None where it is malformed."""
    kept = stored.get(KEY)
    if not _is_kept(kept):
        return None
    cards, gone = map(_card, kept["cards"]), set(kept["dismissed"])
    return CardSet({card.id: card for card in cards if card and card.id not in gone}, kept["left_out"])


def request_fields(kept: Any) -> dict[str, Any]:
    """What a request says beside what all of them say."""
    is_usable = _is_kept(kept) and kept["sdk_version"] == __version__
    return {name: kept[name] if is_usable else 0 for name in TIMES}


def merged(reply: Mapping[str, Any], kept: Any) -> dict[str, Any]:
    """What is kept after a reply, below ``KEY``; nothing where the reply has no usable cards."""
    entries = reply.get("cards")
    if not isinstance(entries, list):
        return {}
    before = kept if _is_kept(kept) else EMPTY
    is_full = reply.get("full_sync") is True or not _is_kept(kept)
    old = {entry["id"]: entry for entry in before["cards"]}
    new = {name: entry for name, entry in old.items() if not is_full or _is_on(entry.get("t"))}
    left_out = 0
    for entry in entries:
        name = _name(entry)
        known = old.get(name) if name is not None else None
        changed = entry if known is None else _changed(known, entry)
        if name is not None and _is_on(entry.get("r")):
            new.pop(name, None)
        elif name is None or _card(changed) is None or _is_large(changed):
            left_out += 1
        elif known is None or is_full or not _is_older(entry, known):
            new[name] = {key: changed[key] for key in changed.keys() & WIRE_KEYS}
    if entries and left_out == len(entries):
        return {}
    newest = sorted(new.values(), key=_place)
    dismissed = [name for name in before["dismissed"] if not is_full or name in new]
    times = {name: _time(reply.get(name), before[name]) for name in TIMES}
    result = {
        "cards": newest[:MOST_CARDS],
        "dismissed": dismissed[-MOST_DISMISSED:],
        "left_out": left_out + len(newest[MOST_CARDS:]),
        "sdk_version": __version__,
    }
    return {KEY: result | times}


def marked(kept: Any, marks: Mapping[str, frozenset[str]]) -> Any:
    """What is kept once cards were ``viewed``, ``clicked`` or ``dismissed``: the marks by their ids."""
    if not _is_kept(kept):
        return kept
    cards = []
    for entry in kept["cards"]:
        found = marks.get(entry["id"], frozenset())
        keys = [key for key in STICKY if SWITCHES[key] in found]
        cards.append({**entry, **dict.fromkeys(keys, True)})
    names = {entry["id"] for entry in cards} - set(kept["dismissed"])
    new = [name for name, found in marks.items() if "dismissed" in found and name in names]
    return {**kept, "cards": cards, "dismissed": [*kept["dismissed"], *new][-MOST_DISMISSED:]}


def with_marks(
    cards: Mapping[str, ContentCard], marks: Mapping[str, frozenset[str]]
) -> dict[str, ContentCard]:
    """The cards with marks that are not kept yet."""
    there = {name: card for name, card in cards.items() if "dismissed" not in marks.get(name, ())}
    for name in marks.keys() & there.keys():
        there[name] = replace(there[name], **dict.fromkeys(marks[name], cast(Any, True)))
    return there


EMPTY: dict[str, Any] = {
    "cards": [],
    "dismissed": [],
    "left_out": 0,
    "sdk_version": __version__,
    **dict.fromkeys(TIMES, 0),
}
"""What is kept where there is nothing."""


# -- inside --------------------------------------------------------------------------------------


def _is_kept(kept: Any) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(kept, dict)
        and kept.keys() == EMPTY.keys()
        and all(type(kept[key]) is type(empty) for key, empty in EMPTY.items())
        and all(_name(entry) is not None for entry in kept["cards"])
        and all(isinstance(name, str) for name in kept["dismissed"])
    )


def _place(entry: Mapping[str, Any]) -> tuple[bool, float, str]:
    return not _is_on(entry.get("p")), -(_number(entry.get("ca")) or 0.0), entry["id"]


def _is_large(entry: Mapping[str, Any]) -> bool:
    return len(json.dumps({key: entry[key] for key in entry.keys() & WIRE_KEYS})) > MOST_BYTES


def _name(entry: Any) -> str | None:
    name: Any = entry.get("id") if isinstance(entry, dict) else None
    return name if _is_text(name) and 0 < len(name) <= LONGEST_ID else None


def _changed(known: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """A known card after an entry of a reply, which may be a part of a card."""
    base = dict(entry) if "tp" in entry else {**known, **entry}
    return base | {key: True for key in STICKY if _is_on(known.get(key)) or _is_on(entry.get(key))}


def _is_older(entry: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    time = _number(entry.get("ca"))
    return time is not None and time < (_number(known.get("ca")) or 0)


def _card(entry: Any) -> ContentCard | None:
    """An entry as a card; None where it is malformed."""
    name = _name(entry)
    if name is None:
        return None
    kind, extras = entry.get("tp"), _or(entry.get("e"), {})
    texts = {said: _or(entry.get(key), "") for key, said in TEXTS.items()}
    switches = {said: _or(entry.get(key), False) for key, said in SWITCHES.items()}
    updated, expires, ratio = (
        _number(_or(entry.get(key), absent)) for key, absent in (("ca", 0), ("ea", -1), ("ar", 0))
    )
    is_read = (
        isinstance(kind, str)
        and kind in KINDS
        and all(map(_is_text, texts.values()))
        and all(map(_is_switch, [*switches.values(), _or(entry.get("t"), False)]))
        and isinstance(extras, dict)
        and all(map(_is_text, [*extras, *extras.values()]))
    )
    if not is_read or updated is None or expires is None or ratio is None:
        return None
    is_unsafe = UNSAFE.match(CONTROLS.sub("", texts["link"]))
    if is_unsafe or (texts["image_url"] and not PICTURE.match(texts["image_url"])):
        return None
    return ContentCard(
        name,
        KINDS[str(kind)],
        **texts,
        **{key: bool(value) for key, value in switches.items()},  # type: ignore[arg-type]
        aspect_ratio=max(0.0, ratio),
        updated=updated,
        expires=None if expires < 0 else expires,
        extras=dict(extras),
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and (value.isascii() or not HALF.search(value))


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool) or (type(value) is int and value in (0, 1))


def _or(value: Any, absent: Any) -> Any:
    return absent if value is None else value


def _is_on(value: Any) -> bool:
    return _is_switch(value) and bool(value)


def _time(told: Any, before: Any) -> Any:
    return int(told) if _number(told) is not None else before


def _number(value: Any) -> float | None:
    """A number, also one in a text; None for none, or one that stands for no time."""
    if isinstance(value, str):
        value = int(value) if re.fullmatch(r"-?[0-9]{1,12}", value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if -LAST_TIME <= value <= LAST_TIME else None
