"""What replies make of content cards, and in which order cards are shown."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt._protocol.payload import read_reply
from braze_qt.content_cards import ContentCard
from braze_qt.content_cards._cards import (
    EMPTY,
    KEY,
    MOST_BYTES,
    MOST_CARDS,
    CardSet,
    controls_seen,
    feed,
    marked,
    merged,
    read_kept,
    request_fields,
    with_marks,
)

NOW = 1_795_836_822


def entry(name: str = "a", **keys: Any) -> dict[str, Any]:
    return {"id": name, "tp": "text_announcement", "ca": NOW, "ea": -1, **keys}


WHOLE = entry(
    "whole",
    tp="captioned_image",
    ea=NOW + 60,
    v=0,
    cl=True,
    p=True,
    db=1,
    tt="Title",
    ds="Text",
    i="https://example.com/wide.png",
    image_alt="A picture",
    ar=2.66,
    u="app://open",
    uw=False,
    dm="Learn more",
    language="en",
    e={"key": "value"},
    t=False,
)


def reply(*entries: Any, full: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "cards": list(entries),
        "full_sync": full,
        "last_full_sync_at": 7,
        "last_card_updated_at": 8,
        **more,
    }


def after(*replies: dict[str, Any], kept: Any = None) -> Any:
    """What is kept after these replies."""
    for each in replies:
        kept = merged(each, kept).get(KEY, kept)
    return kept


def cards(kept: Any) -> CardSet:
    found = read_kept({KEY: kept})
    assert found is not None
    return found


def titles(kept: Any) -> dict[str, str]:
    return {name: card.title for name, card in cards(kept).cards.items()}


def test_a_card_has_what_the_reply_says() -> None:
    (card,) = cards(after(reply(WHOLE))).cards.values()
    assert card == ContentCard(
        "whole",
        "captioned_image",
        "Title",
        "Text",
        "app://open",
        "Learn more",
        "https://example.com/wide.png",
        "A picture",
        2.66,
        "en",
        pinned=True,
        dismissible=True,
        viewed=False,
        clicked=True,
        updated=NOW,
        expires=NOW + 60,
        extras={"key": "value"},
    )
    assert hash(card) == hash(card)
    assert "Title" not in repr(card)


def test_absent_values_may_be_null() -> None:
    nulls = dict.fromkeys((*WHOLE.keys() - {"id", "tp"}, "unknown"))
    for told in ({"id": "a", "tp": "short_news"}, {"id": "a", "tp": "short_news", **nulls}):
        kept = after(reply(told))
        assert cards(kept) == CardSet({"a": ContentCard("a")}, 0)


def test_times_may_be_texts() -> None:
    (card,) = cards(after(reply(entry(ca=str(NOW), ea="-1")))).cards.values()
    assert (card.updated, card.expires) == (NOW, None)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        7,
        [],
        {},
        {"id": "d"},
        entry(""),
        entry("x" * 256),
        entry("\ud800"),
        entry("b", tp="carousel"),
        entry("b", tp=["short_news"]),
        entry("b", tt=7),
        entry("b", ds="\udfff"),
        entry("b", ca="yesterday"),
        entry("b", ca=True),
        entry("b", ea=1e300),
        entry("b", ar=float("nan")),
        entry("b", v="true"),
        entry("b", p=2),
        entry("b", e=[1]),
        entry("b", e={"a": 1}),
        entry("b", u="javascript:alert(1)"),
        entry("b", u=" Java\nScript :alert(1)"),
        entry("b", u="data:text/html,x"),
        entry("b", u="file:///etc/passwd"),
        entry("b", i="file://server/share.png"),
        entry("b", ds="x" * MOST_BYTES),
    ],
)
def test_a_wrong_card_is_left_out(wrong: Any) -> None:
    """In a full reply with the others; in an incremental one it stays as it was."""
    known = after(reply(entry("b", tt="as it was"), entry("c")))
    assert cards(after(reply(wrong, entry("c")), kept=known)) == CardSet(
        {"c": ContentCard("c", updated=NOW)}, 1
    )
    kept = after(reply(wrong, full=False), kept=known)
    assert titles(kept) == {"b": "as it was", "c": ""}


@pytest.mark.parametrize(
    "told", [{}, {"cards": None}, {"cards": {}}, {"cards": [1, None], "full_sync": True}]
)
def test_a_reply_without_cards_says_nothing(told: dict[str, Any]) -> None:
    assert merged(told, None) == {}


def test_an_empty_full_reply_empties() -> None:
    """But for test cards, which only their removal takes away."""
    kept = after(reply(entry(), entry("test", t=True)), reply())
    assert list(titles(kept)) == ["test"]
    assert titles(after(reply({"id": "test", "r": True}), kept=kept)) == {}


def test_incremental_replies_go_by_the_newest() -> None:
    """The exchanges of Braze's Web SDK in the same order."""
    kept = after(reply(entry("a", tt="a"), entry("b", tt="b")))
    kept = after(
        reply(
            entry("a", tt="a new", ca=NOW + 1),
            entry("b", tt="b old", ca=NOW - 1),
            entry("c", tt="c"),
            full=False,
        ),
        kept=kept,
    )
    assert titles(kept) == {"a": "a new", "b": "b", "c": "c"}
    kept = after(reply({"id": "b", "r": True}, {"id": "a", "v": True, "cl": True}, full=False), kept=kept)
    assert titles(kept) == {"a": "a new", "c": "c"}
    card = cards(kept).cards["a"]
    assert (card.viewed, card.clicked) == (True, True)


def test_what_was_seen_stays_seen() -> None:
    kept = after(reply(entry(v=True)), reply(entry(v=False, ca=NOW + 1)), reply(entry(), full=False))
    assert cards(kept).cards["a"].viewed


def test_the_next_request_repeats_both_times() -> None:
    zero = {"last_full_sync_at": 0, "last_card_updated_at": 0}
    assert request_fields(None) == zero
    kept = after(reply(entry()), reply(full=False, last_full_sync_at=9, last_card_updated_at="soon"))
    assert request_fields(kept) == {"last_full_sync_at": 9, "last_card_updated_at": 8}
    assert request_fields({**kept, "sdk_version": "0.0.1"}) == zero


def test_the_first_reply_counts_as_full() -> None:
    assert list(titles(after(reply(entry(), full=False)))) == ["a"]


def test_marks_are_kept() -> None:
    kept = after(reply(entry("a"), entry("b"), entry("c")))
    marks = {
        "a": frozenset({"viewed", "clicked"}),
        "b": frozenset({"dismissed"}),
        "x": frozenset({"dismissed"}),
    }
    changed = marked(kept, marks)
    assert cards(changed).cards == with_marks(cards(kept).cards, marks)
    assert list(cards(changed).cards) == ["a", "c"]
    assert changed["dismissed"] == ["b"]
    again = after(reply(entry("a"), entry("b")), kept=changed)
    assert list(cards(again).cards) == ["a"]  # it stays hidden
    assert cards(again).cards["a"].clicked
    assert after(reply(entry("a")), kept=again)["dismissed"] == []
    assert marked(None, marks) is None


def test_cards_are_kept_within_bounds() -> None:
    many = [entry(str(number), ca=NOW + number) for number in range(MOST_CARDS + 2)]
    found = cards(after(reply(*many, entry("pinned", p=True, ca=0))))
    assert (len(found.cards), found.left_out) == (MOST_CARDS, 3)
    assert "pinned" in found.cards
    assert "2" not in found.cards


def test_pinned_cards_come_first_then_the_newest() -> None:
    there = [
        ContentCard("old", updated=1),
        ContentCard("timeless"),
        ContentCard("b", updated=2, expires=NOW + 2),
        ContentCard("a", updated=2, expires=NOW + 1),
        ContentCard("control", "control", updated=3),
        ContentCard("pinned", pinned=True),
        ContentCard("expired", expires=NOW),
    ]
    for order in (there, there[::-1]):
        found = feed(order, NOW)
        assert [card.id for card in found.shown] == ["pinned", "a", "b", "old", "timeless"]
        assert [card.id for card in found.ordered][1] == "control"
        assert found.until == NOW + 1
    assert feed([], NOW).until is None


def test_controls_beside_a_seen_card_are_seen() -> None:
    there = [ContentCard("x", "control", updated=9), ContentCard("a", updated=8), ContentCard("b", updated=7)]
    there += [ContentCard(name, "control", updated=6) for name in "yz"] + [ContentCard("c", updated=5)]
    shown = feed(there, NOW)
    assert controls_seen(shown, ["a"]) == ("x",)
    assert controls_seen(shown, ["b"]) == ("y", "z")
    assert controls_seen(shown, ["a", "c"]) == ("x", "y", "z")
    assert controls_seen(shown, []) == ()
    assert controls_seen(feed(there[:1], NOW), []) == ("x",)


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
names = st.sampled_from("abc")
switches = st.sampled_from([True, False, 0, 1, None])
entries = st.fixed_dictionaries(
    {"id": names | anything},
    optional={
        "tp": st.sampled_from(["short_news", "control", "captioned_image", "carousel"]) | anything,
        "ca": st.integers(0, 3) | anything,
        "ea": st.integers(-1, 3) | anything,
        "tt": st.text(max_size=3) | anything,
        "e": st.dictionaries(st.text(max_size=2), st.text(max_size=2)) | anything,
        **dict.fromkeys(("v", "cl", "p", "db", "r", "t"), switches | anything),
    },
)
replies = st.fixed_dictionaries(
    {"cards": st.lists(entries | anything, max_size=4) | anything},
    optional={
        "full_sync": switches,
        **dict.fromkeys(("last_full_sync_at", "last_card_updated_at"), anything),
    },
)
marks = st.dictionaries(names, st.frozensets(st.sampled_from(["viewed", "clicked", "dismissed"])))


@given(st.lists(st.tuples(replies, marks), max_size=4))
def test_any_replies_leave_whole_cards(told: list[tuple[dict[str, Any], Any]]) -> None:
    """After a way through the file, too; and nothing that was seen, clicked or dismissed comes undone."""
    kept: Any = None
    before: dict[str, ContentCard] = {}
    for each, found in told:
        assert read_reply(json.dumps(each).encode()) is not None
        kept = merged(each, kept).get(KEY, kept)
        if kept is None:
            continue
        there = cards(kept)
        assert cards(json.loads(json.dumps(kept))) == there
        for name in there.cards.keys() & before.keys():
            assert there.cards[name].viewed >= before[name].viewed
            assert there.cards[name].clicked >= before[name].clicked
        assert all(type(value) is int for value in request_fields(kept).values())
        kept = marked(kept, found)
        before = dict(cards(kept).cards)
        assert before == with_marks(there.cards, found)
        shown = feed(before.values(), 2)
        assert [card.id for card in feed(list(before.values())[::-1], 2).shown] == [
            card.id for card in shown.shown
        ]
        controls_seen(shown, before)


@given(anything | st.fixed_dictionaries({key: anything | st.just(value) for key, value in EMPTY.items()}))
def test_any_file_is_read_without_an_exception(kept: Any) -> None:
    request_fields(kept)
    marked(kept, {"a": frozenset({"viewed"})})
    merged(reply(entry()), kept)
    found = read_kept({KEY: kept})
    assert found is None or all(name == card.id for name, card in found.cards.items())
