"""What a reply says of flags, and what is left out of it."""

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt._protocol.payload import read_reply
from braze_qt.feature_flags import FeatureFlag
from braze_qt.feature_flags._flags import FlagSet, read_flags

ALL_TYPES = {
    "id": "all_types",
    "enabled": True,
    "fts": "fts_all_types_v1",
    "properties": {
        "s": {"type": "string", "value": "blue"},
        "n": {"type": "number", "value": 12.5},
        "i": {"type": "number", "value": 12},
        "b": {"type": "boolean", "value": True},
        "ts": {"type": "datetime", "value": 1795450806000},
        "img": {"type": "image", "value": "https://example.com/square.png"},
        "js": {"type": "jsonobject", "value": {"colors": ["red", "blue"], "deep": {"a": None}}},
    },
}
GETTERS = ("string", "number", "boolean", "timestamp", "image", "json")


def read(*entries: Any) -> FlagSet:
    found = read_flags({"feature_flags": list(entries)})
    assert found is not None
    return found


def flag(*entries: Any) -> FeatureFlag:
    (one,) = read(*entries).flags.values()
    return one


def test_each_type_has_its_getter() -> None:
    one = flag(ALL_TYPES)
    assert (one.id, one.enabled) == ("all_types", True)
    assert (one.string("s"), one.number("n"), one.number("i"), one.boolean("b")) == ("blue", 12.5, 12, True)
    assert one.timestamp("ts") == datetime.fromtimestamp(1795450806, timezone.utc)
    assert one.image("img") == "https://example.com/square.png"
    assert one.json("js") == {"colors": ["red", "blue"], "deep": {"a": None}}
    assert read(ALL_TYPES).left_out == 0


def test_a_getter_of_another_type_answers_its_default() -> None:
    one = flag(ALL_TYPES)
    now = datetime.now(timezone.utc)
    for key in ("n", "missing", "", None, 7, []):
        assert one.string(key, "red") == "red"  # type: ignore[arg-type]
    assert (one.number("s", 7), one.boolean("i", True), one.timestamp("n", now)) == (7, True, now)
    assert (one.image("s", "x"), one.json("s", {"a": 1}), one.json("s")) == ("x", {"a": 1}, None)
    assert (one.string("n"), one.number("s"), one.boolean("s"), one.timestamp("s")) == ("", 0.0, False, None)


def test_a_json_object_is_a_copy() -> None:
    one = flag(ALL_TYPES)
    changed = one.json("js")
    assert changed is not None
    changed["colors"].append("green")
    assert one.json("js") == {"colors": ["red", "blue"], "deep": {"a": None}}


def test_flags_compare_by_what_they_say() -> None:
    assert flag(ALL_TYPES) == flag({**ALL_TYPES, "fts": "another"})
    assert flag(ALL_TYPES) != flag({**ALL_TYPES, "enabled": False})
    assert hash(flag(ALL_TYPES)) == hash(flag(ALL_TYPES))
    assert "fts" not in repr(flag(ALL_TYPES))
    assert "blue" not in repr(flag(ALL_TYPES))


@pytest.mark.parametrize(
    "entry",
    [
        None,
        7,
        [],
        {},
        {"id": "a"},
        {"id": "a", "enabled": 1},
        {"id": "", "enabled": True},
        {"id": 7, "enabled": True},
        {"id": "\ud800", "enabled": True},
    ],
)
def test_what_is_no_flag_is_left_out(entry: Any) -> None:
    found = read(entry, ALL_TYPES)
    assert (list(found.flags), found.left_out) == (["all_types"], 1)


@pytest.mark.parametrize(
    "told",
    [
        None,
        7,
        {},
        {"type": "string"},
        {"type": "string", "value": 7},
        {"type": "string", "value": "\udfff"},
        {"type": "number", "value": "7"},
        {"type": "number", "value": True},
        {"type": "number", "value": float("nan")},
        {"type": "number", "value": 10**400},
        {"type": "boolean", "value": 1},
        {"type": "datetime", "value": "2026-01-01"},
        {"type": "datetime", "value": 1e300},
        {"type": "datetime", "value": -(10**18)},
        {"type": "jsonobject", "value": [1]},
        {"type": "jsonobject", "value": {"a": [float("inf")]}},
        {"type": "colour", "value": "blue"},
        {"type": ["string"], "value": "blue"},
    ],
)
def test_a_wrong_property_is_left_out(told: Any) -> None:
    found = read(
        {"id": "a", "enabled": True, "properties": {"wrong": told, "right": {"type": "number", "value": 1}}}
    )
    assert found.left_out == 1
    assert found.flags["a"].number("right") == 1
    assert all(getattr(found.flags["a"], getter)("wrong", None) is None for getter in GETTERS)


def test_absent_values_may_be_null() -> None:
    found = read({"id": "a", "enabled": False, "fts": None, "properties": None}, {"id": "b", "enabled": True})
    assert (list(found.flags), found.left_out) == (["a", "b"], 0)


def test_properties_that_are_no_object_are_left_out() -> None:
    assert read({"id": "a", "enabled": True, "fts": 7, "properties": [1]}).left_out == 2


@pytest.mark.parametrize(
    "reply", [{}, {"feature_flags": None}, {"feature_flags": {}}, {"feature_flags": [1, None]}]
)
def test_a_reply_without_flags_says_nothing(reply: dict[str, Any]) -> None:
    assert read_flags(reply) is None


def test_an_empty_list_is_a_set() -> None:
    assert read_flags({"feature_flags": []}) == FlagSet({}, 0)


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
kinds = st.sampled_from(["string", "number", "boolean", "datetime", "image", "jsonobject"]) | anything
properties = st.dictionaries(
    st.text(max_size=3), st.fixed_dictionaries({}, optional={"type": kinds, "value": anything})
)
entries = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=3) | anything,
        "enabled": st.booleans(),
        "properties": properties | anything,
    },
)


@given(st.lists(entries | anything, max_size=4) | anything)
def test_any_reply_is_read_without_an_exception(told: Any) -> None:
    """What comes of it is whole: each flag answers each getter, also after a way through the cache."""
    reply = read_reply(json.dumps({"feature_flags": told}).encode())
    assert reply is not None
    found = read_flags({"feature_flags": told})
    if found is None:
        return
    assert found.left_out >= 0
    for one in found.flags.values():
        hash(one)
        for key in (*one._properties, "missing"):
            assert any(getattr(one, getter)(key, None) is not None for getter in GETTERS) is (
                key != "missing"
            )
    again = read_flags({"feature_flags": json.loads(json.dumps(told))})
    assert again == found
