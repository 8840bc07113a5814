"""The values that an event may hold, and the error messages for others."""

import json
import tracemalloc
from collections import OrderedDict, UserDict
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QDateTime, QTimeZone

from braze_qt._validation.fields import (
    checked_integer,
    checked_name,
    checked_number,
    checked_user_id,
    price_text,
    whole,
)
from braze_qt._validation.json_values import (
    RESERVED,
    RESERVED_FOR_PURCHASES,
    attribute_text,
    is_list_of_strings,
    properties_text,
    strings_text,
)

CEST = timezone(timedelta(hours=2))
EST = timezone(timedelta(hours=-5))


class Level(IntEnum):
    HIGH = 7


class Plan(str, Enum):
    PRO = "pro"


def is_name(name: Any) -> bool:
    try:
        return checked_name("name", name) == name
    except ValueError:
        return False


def sent(properties: Any) -> Any:
    return json.loads(properties_text(properties))


def refusal(properties: Any) -> str:
    with pytest.raises(ValueError, match="propert") as caught:
        properties_text(properties)
    return str(caught.value)


def nested(levels: int) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for _ in range(levels - 1):
        properties = {"deeper": properties}
    return properties


# -- names and user ids ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x", "level up", "ünï ✓ 🎉", "it's", "a\\b", "n" * 255, "🎉" * 255])
def test_a_valid_name_is_accepted(name: str) -> None:
    assert checked_name("name", name) == name


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "name must be a non-empty string, not an empty one"),
        (None, "name must be a non-empty string, not NoneType"),
        (7, "name must be a non-empty string, not int"),
        (b"x", "name must be a non-empty string, not bytes"),
        ("n" * 256, "name has 256 characters, 255 are allowed"),
        ('say "hi"', "name must not hold control characters, double quotes or lone surrogates"),
        ("a\nb", "name must not hold control characters, double quotes or lone surrogates"),
        ("a\0", "name must not hold control characters, double quotes or lone surrogates"),
        ("\x7f", "name must not hold control characters, double quotes or lone surrogates"),
        ("\x85", "name must not hold control characters, double quotes or lone surrogates"),
        ("\ud83c", "name must not hold control characters, double quotes or lone surrogates"),
    ],
)
def test_an_invalid_name_is_refused(name: Any, fault: str) -> None:
    with pytest.raises(ValueError, match="name") as caught:
        checked_name("name", name)
    assert str(caught.value) == fault


@pytest.mark.parametrize("user_id", ["u", "user alpha", 'a"b', "ü" * 498, "u" * 997, "🎉" * 249])
def test_a_valid_user_id_is_accepted(user_id: str) -> None:
    assert checked_user_id(user_id) == user_id


@pytest.mark.parametrize(
    ("user_id", "fault"),
    [
        ("", "user_id must be a non-empty string, not an empty one"),
        (None, "user_id must be a non-empty string, not NoneType"),
        (7, "user_id must be a non-empty string, not int"),
        ("u" * 998, "user_id has 998 bytes of UTF-8, 997 are allowed"),
        ("ü" * 499, "user_id has 998 bytes of UTF-8, 997 are allowed"),
        ("\ud800", "user_id: text that is not valid Unicode"),
    ],
)
def test_an_invalid_user_id_is_refused(user_id: Any, fault: str) -> None:
    with pytest.raises(ValueError, match="user_id") as caught:
        checked_user_id(user_id)
    assert str(caught.value) == fault


# -- properties that are sent ----------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, {}, {"gone": None}, MappingProxyType({}), UserDict()])
def test_no_properties_are_an_empty_object(nothing: Any) -> None:
    assert properties_text(nothing) == "{}"


def test_values_of_every_json_type_are_kept() -> None:
    properties = {
        "level": 7,
        "ratio": 0.5,
        "name": 'Ünïcode ✓ "quoted" \n \0',
        "ok": True,
        "list": [1, "two", {"three": 3}, None],
        "nested": {"a": {"b": [True, None]}},
        "least": -(2**63),
        "most": 2**63 - 1,
        "empty": ["", [], {}],
    }
    assert sent(properties) == properties


def test_other_mapping_sequence_and_number_types_are_accepted() -> None:
    properties = OrderedDict(a=UserDict(b=(1, 2)), c=MappingProxyType({"d": Level.HIGH, "e": Plan.PRO}))
    assert sent(properties) == {"a": {"b": [1, 2]}, "c": {"d": 7, "e": "pro"}}
    assert sent({Plan.PRO: 1}) == {"pro": 1}


def test_none_is_dropped_at_the_top_level_only() -> None:
    assert sent({"gone": None, "kept": [None, {"too": None}]}) == {"kept": [None, {"too": None}]}


def test_properties_are_copied_at_the_call() -> None:
    inner = [1]
    properties = {"list": inner}
    text = properties_text(properties)
    inner.append(2)
    properties["more"] = [3]
    assert text == '{"list":[1]}'


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc), "2024-01-02T03:04:05"),
        (datetime(2024, 1, 2, 3, 4, 5, 999_999, tzinfo=timezone.utc), "2024-01-02T03:04:05"),
        (datetime(2024, 7, 1, 1, 30, tzinfo=CEST), "2024-06-30T23:30:00"),
        (datetime(33, 4, 3, 12, 0, tzinfo=timezone.utc), "0033-04-03T12:00:00"),
        (
            datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc).astimezone().replace(tzinfo=None),
            "2024-01-02T03:04:05",
        ),
    ],
    ids=["utc", "fraction", "zone", "early", "naive is local"],
)
def test_a_datetime_becomes_utc_without_zone_or_fraction(moment: datetime, text: str) -> None:
    assert sent({"when": moment, "list": [moment]}) == {"when": text, "list": [text]}


@pytest.mark.parametrize("year", [2, 1960, 1969, 1970, 2037, 2038, 3000, 3001, 9998])
@pytest.mark.parametrize(("month", "day"), [(1, 1), (2, 28), (7, 1), (12, 31)])
def test_naive_datetimes_of_any_year_are_local_time(year: int, month: int, day: int) -> None:
    text = sent({"when": datetime(year, month, day, 12)})["when"]
    off = datetime.fromisoformat(text) - datetime(year, month, day, 12)
    assert abs(off) <= timedelta(hours=15)


@pytest.mark.windows("elsewhere a system knows how its local time was at any moment")
def test_a_year_unknown_to_windows_uses_known_rules() -> None:
    for known, unknown in ((2018, 1962), (2024, 1968), (2018, 3002), (2004, 4060)):
        for month, day in ((1, 1), (2, 28), (7, 1), (12, 31)):
            expected = sent({"when": datetime(known, month, day, 12)})["when"]
            text = sent({"when": datetime(unknown, month, day, 12)})["when"]
            assert text[4:] == expected[4:]


def test_properties_have_51200_bytes_at_most() -> None:
    def filled(last: str) -> dict[str, Any]:
        return {"x": ["y" * 197] * 255 + [last]}  # 200 bytes each, with quotes and comma

    room = 51_200 - len(json.dumps(filled(""), separators=(",", ":")))
    assert len(properties_text(filled("y" * room))) == 51_200
    assert (
        refusal(filled("y" * (room + 1))) == "properties: more than the 51200 bytes of JSON that are allowed"
    )
    assert len(properties_text(filled("ü" * (room // 2))).encode()) == 51_200 - room % 2


def test_a_string_has_255_characters_at_most() -> None:
    assert sent({"x": "🎉" * 255}) == {"x": "🎉" * 255}
    assert refusal({"x": ["y" * 256]}) == "properties['x']: a string of 256 characters, 255 are allowed"


@pytest.mark.parametrize("name", ["time", "event_name"])
def test_a_reserved_property_name_is_refused(name: str) -> None:
    assert refusal({name: 1}) == f"properties[{name!r}]: the name is reserved"
    assert sent({"x": {name: 1}}) == {"x": {name: 1}}


def test_properties_have_50_levels_at_most() -> None:
    assert sent(nested(50)) == nested(50)
    assert refusal(nested(51)) == "properties['deeper']: more than 50 levels of nesting"


def test_a_purchase_reserves_more_property_names() -> None:
    for name in ("product_id", "quantity", "price", "currency", "time", "event_name"):
        with pytest.raises(ValueError, match="is reserved") as caught:
            properties_text({name: 1}, RESERVED_FOR_PURCHASES)
        assert str(caught.value) == f"properties[{name!r}]: the name is reserved"
    assert sent({"price": 1}) == {"price": 1}


# -- properties that are refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (float("nan"), "a number that is not finite"),
        (float("-inf"), "a number that is not finite"),
        (2**63, "an integer outside -2**63 to 2**63 - 1"),
        (-(2**63) - 1, "an integer outside -2**63 to 2**63 - 1"),
        pytest.param(10**5000, "an integer outside -2**63 to 2**63 - 1", id="huge"),
        ({1: "x"}, "the name of a property must be a non-empty string, not int"),
        ({"": "x"}, "the name of a property must be a non-empty string, not an empty one"),
        ({None: "x"}, "the name of a property must be a non-empty string, not NoneType"),
        ({"k" * 256: "x"}, "the name of a property has 256 characters, 255 are allowed"),
    ],
)
def test_a_refusal_names_the_property_and_the_rule(value: Any, fault: str) -> None:
    assert refusal({"fine": 1, "bad": value}) == f"properties['bad']: {fault}"
    assert refusal({"fine": 1, "bad": [{"deep": value}]}) == f"properties['bad']: {fault}"


@pytest.mark.parametrize("value", [b"x", {1}, object(), 1j, date(2024, 1, 2), range(3), iter([]), str])
def test_a_value_without_json_form_is_refused(value: Any) -> None:
    """The refusal names the type of the value and the types that are allowed."""
    kind = type(value).__name__
    allowed = "strings, numbers, booleans, datetimes, mappings and lists"
    assert refusal({"bad": value}) == f"properties['bad']: {kind}, but only {allowed} can be sent"


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=CEST), datetime.max.replace(tzinfo=EST)])
def test_a_datetime_outside_the_utc_years_is_refused(moment: datetime) -> None:
    assert refusal({"when": moment}) == "properties['when']: a datetime outside the years 1 to 9999 UTC"


@pytest.mark.parametrize("value", ["\ud800", ["x\udfff"], {"a": "\udc00"}])
def test_a_lone_surrogate_is_refused(value: Any) -> None:
    assert refusal({"x": value}) == "properties: text that is not valid Unicode"
    assert "lone surrogates" in refusal({"\ud800": "x"})


@pytest.mark.parametrize("properties", [[], [1], "x", 7, True, 0, b"", {"a"}, object()])
def test_properties_must_be_a_mapping(properties: Any) -> None:
    assert refusal(properties) == f"properties must be a mapping, not {type(properties).__name__}"


def test_properties_that_contain_themselves_are_refused() -> None:
    properties: dict[str, Any] = {}
    properties["me"] = properties
    assert refusal(properties) == "properties['me']: more than 50 levels of nesting"


# -- attributes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("v", '"v"'),
        ("", '""'),
        (3, "3"),
        (1.5, "1.5"),
        (True, "true"),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc), '"2024-01-02T03:04:05"'),
        ({"k": 1, "d": {"e": None}}, '{"k":1,"d":{"e":null}}'),
        ([{"k": 1}, {"k": [2]}], '[{"k":1},{"k":[2]}]'),
        (({"k": 1},), '[{"k":1}]'),
        ({}, "{}"),
        (Plan.PRO, '"pro"'),
        ("x" * 255, f'"{"x" * 255}"'),
    ],
)
def test_a_valid_attribute_value_is_accepted(value: Any, text: str) -> None:
    assert attribute_text(value) == text


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (None, "value must not be None: unsetCustomAttribute removes an attribute"),
        ([1, 2], "value must be a list of strings alone or of mappings alone"),
        (["a", {"k": 1}], "value must be a list of strings alone or of mappings alone"),
        ([None], "value must be a list of strings alone or of mappings alone"),
        ("x" * 256, "a string of 256 characters, 255 are allowed"),
        ({"k": float("nan")}, "a number that is not finite"),
        (float("inf"), "a number that is not finite"),
        (2**63, "an integer outside -2**63 to 2**63 - 1"),
        ({"$k": 1}, "the name of a property must not begin with a dollar sign"),
        ({1: 1}, "the name of a property must be a non-empty string, not int"),
        ("\ud800", "value: text that is not valid Unicode"),
    ],
)
def test_an_invalid_attribute_value_is_refused(value: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        attribute_text(value)
    assert str(caught.value) == fault


def test_an_attribute_is_bounded_in_bytes_and_levels() -> None:
    def filled(last: str) -> dict[str, Any]:
        return {"x": ["y" * 197] * 383 + [last]}

    room = 76_800 - len(json.dumps(filled(""), separators=(",", ":")))
    assert 0 < room < 255
    assert len(attribute_text(filled("y" * room))) == 76_800
    with pytest.raises(ValueError, match=r"^value: more than the 76800 bytes of JSON that are allowed$"):
        attribute_text(filled("y" * (room + 1)))
    assert json.loads(attribute_text(nested(50))) == nested(50)
    with pytest.raises(ValueError, match=r"^more than 50 levels of nesting$"):
        attribute_text(nested(51))
    assert json.loads(attribute_text([nested(49)])) == [nested(49)]
    with pytest.raises(ValueError, match=r"^more than 50 levels of nesting$"):
        attribute_text([nested(50)])


def test_a_list_of_strings_is_recognised_and_bounded() -> None:
    assert [is_list_of_strings(value) for value in (["a"], ("a", "b"), [])] == [True] * 3
    assert [is_list_of_strings(value) for value in ([1, "a"], "ab", None, {"a"}, [{}])] == [False] * 5
    with pytest.raises(ValueError, match=r"^an item must be a string, not int$"):
        strings_text(["a", 1])
    assert strings_text(["a", "ü", Plan.PRO, ""]) == '["a","ü","pro",""]'
    with pytest.raises(ValueError, match=r"^an item: a string of 256 characters, 255 are allowed$"):
        strings_text(["a", "x" * 256])
    room = ["x" * 255] * 297
    left = 76_800 - len(strings_text(room)) - 3
    assert len(strings_text([*room, "x" * left])) == 76_800
    with pytest.raises(ValueError, match=r"^value: more than the 76800 bytes of JSON that are allowed$"):
        strings_text([*room, "x" * (left + 1)])


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (QDateTime.fromMSecsSinceEpoch(0), "1970-01-01T00:00:00"),
        (QDateTime.fromMSecsSinceEpoch(1_704_164_645_999), "2024-01-02T03:04:05"),
        (QDateTime.fromMSecsSinceEpoch(-1), "1969-12-31T23:59:59"),
    ],
)
def test_a_qml_date_becomes_a_datetime(moment: QDateTime, text: str) -> None:
    assert sent({"when": moment}) == {"when": text}


def test_an_invalid_or_distant_qml_date_is_refused() -> None:
    assert refusal({"when": QDateTime()}) == "properties['when']: a date that is none"
    for far in (2**62, -(2**62)):
        said = refusal({"when": QDateTime.fromMSecsSinceEpoch(far, QTimeZone.utc())})
        assert said == "properties['when']: a datetime outside the years 1 to 9999 UTC"


# -- anything --------------------------------------------------------------------------------------

names = st.text(min_size=1, max_size=20).filter(is_name)
texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
leaves |= st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20)
anything = st.recursive(
    leaves | st.floats() | st.integers() | st.text() | st.datetimes() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner),
    max_leaves=20,
)


@given(st.dictionaries(names.filter(lambda name: name not in RESERVED), values))
def test_valid_properties_survive_json(properties: Mapping[str, Any]) -> None:
    assert sent(properties) == {name: value for name, value in properties.items() if value is not None}


@given(st.dictionaries(st.sampled_from(["a", "a\\b", "ü", "price"]), st.text() | anything))
@example({"a": "\ud800"})
@example({"a": 2**63})
@example({"a": "x" * 256})
@example({"time": 1})
def test_a_dictionary_reads_like_any_mapping(properties: dict[str, Any]) -> None:
    """One of known names and plain values takes a shorter way to the same text."""

    def read(properties: Mapping[str, Any]) -> str:
        try:
            return properties_text(properties)
        except ValueError as error:
            return f"refused: {error}"

    for name in ("a", "time"):
        checked_name("a name", name)
    assert read(MappingProxyType(properties)) == read(properties)


@given(anything)
def test_any_value_becomes_json_or_a_clear_refusal(properties: Any) -> None:
    try:
        text = properties_text(properties)
    except ValueError as error:
        assert "propert" in str(error)  # noqa: PT017 (either outcome is right)
    else:
        assert isinstance(json.loads(text.encode()), dict)


# -- values of the host's own ----------------------------------------------------------------------


def twice(levels: int) -> dict[str, Any]:
    """Each level holds the same child twice: small in memory, and without end as JSON."""
    value: dict[str, Any] = {"a": 1}
    for _ in range(levels):
        value = {"a": value, "b": value}
    return value


@pytest.mark.parametrize(
    "value", [twice(19), twice(45), {"many": [0] * 5_000_000}, {"words": ["x" * 255] * 1_000_000}]
)
def test_a_value_too_large_is_refused_before_copying(value: dict[str, Any]) -> None:
    tracemalloc.start()
    try:
        assert "more than the 51200 bytes" in refusal(value)
        with pytest.raises(ValueError, match="more than the 76800 bytes"):
            attribute_text(value)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000  # copied whole it would be hundreds of millions
    finally:
        tracemalloc.stop()


class Timestamp(datetime):
    """Refuses to convert a value without a zone, as that of pandas does."""

    def astimezone(self, *_: Any) -> Any:
        raise TypeError("Cannot convert tz-naive Timestamp")


def test_naive_datetimes_of_any_class_are_local_time() -> None:
    assert sent({"when": Timestamp(2026, 1, 1)}) == sent({"when": datetime(2026, 1, 1)})
    assert sent({"when": Timestamp(2026, 1, 1, tzinfo=CEST)}) == {"when": "2025-12-31T22:00:00"}


class Failing(Mapping[str, Any]):
    """Raises whatever it is told to."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getitem__(self, key: str) -> Any:
        raise self._error

    def __iter__(self) -> Any:
        raise self._error

    def __len__(self) -> int:
        return 1


class Fickle:
    """A number that fails to say which."""

    def __index__(self) -> int:
        raise OSError("gone")


@pytest.mark.parametrize(
    "error", [RuntimeError("dictionary changed size"), TypeError(), OSError(), MemoryError()]
)
def test_a_value_that_raises_is_refused(error: Exception) -> None:
    assert f"{type(error).__name__} while it was read" in refusal(Failing(error))
    assert f"{type(error).__name__} while it was read" in refusal({"deep": [Failing(error)]})
    with pytest.raises(ValueError, match="while it was read"):
        attribute_text(Failing(error))


def test_a_number_that_raises_is_refused() -> None:
    assert "OSError" in refusal({"number": Fickle()})
    with pytest.raises(ValueError, match="OSError"):
        checked_number("latitude", Fickle())


class Int64:
    """As numpy's: no int, and says which it is."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value


class Float32:
    """As numpy's."""

    def __init__(self, value: float) -> None:
        self._value = value

    def __float__(self) -> float:
        return self._value


class bool_:  # noqa: N801 (numpy's own name)
    """As numpy's, which calls itself 1.0 where a number is asked for."""

    def __bool__(self) -> bool:
        return True

    def __float__(self) -> float:
        return 1.0


def test_numbers_of_other_libraries_are_accepted() -> None:
    values = {"int": Int64(7), "float": Float32(1.5), "bool": bool_(), "decimal": Decimal("9.5")}
    assert sent(values) == {"int": 7, "float": 1.5, "bool": True, "decimal": 9.5}
    assert sent({"bool": bool_()})["bool"] is True
    assert attribute_text(Int64(7)) == "7"
    assert checked_integer("by", whole(Int64(7))) == 7
    assert checked_number("latitude", Float32(1.5), -90, 90) == 1.5
    assert price_text(Int64(3)) == "3.00"
    assert price_text(Float32(1.5)) == "1.50"
