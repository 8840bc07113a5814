"""Facts to request and reply to answer. The golden requests were written by eye from the protocol."""

import dataclasses
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt import __version__
from braze_qt._protocol.payload import (
    Answer,
    Head,
    body,
    event_text,
    headers,
    read_reply,
    session_text,
    version_code,
)
from braze_qt._validation.json_values import RESERVED, properties_text
from braze_qt.events import (
    CustomEvent,
    Fact,
    Logged,
    SessionEnded,
    SessionStarted,
)

GOLDEN = Path(__file__).parents[1] / "golden"
KEY = "00000000-0000-4000-8000-000000000000"
DEVICE = "d0000000-0000-4000-8000-000000000001"
FIRST = "50000000-0000-4000-8000-000000000001"
SECOND = "50000000-0000-4000-8000-000000000002"
HEAD = Head(KEY, DEVICE, "1.2.3")


def joined(*facts: Fact) -> str:
    return ",".join(event_text(fact) for fact in facts)


def as_golden(body_bytes: bytes, named: dict[str, str]) -> str:
    """A request as text in which nothing but the order of keys is settled: 1, 1.0 and true stay apart."""
    return json.dumps({"headers": named, "body": json.loads(body_bytes)}, sort_keys=True, indent=1)


def golden(name: str) -> str:
    text = (GOLDEN / f"{name}.json").read_text("utf-8").replace("VERSION", __version__)
    return json.dumps(json.loads(text), sort_keys=True, indent=1)


# -- golden requests -------------------------------------------------------------------------------


def test_the_first_request_of_an_anonymous_user() -> None:
    device = {
        "os_version": "Debian GNU/Linux 12 (bookworm)",
        "locale": "de_DE",
        "time_zone": "Europe/Berlin",
        "resolution": "2560x1440",
        "model": "ThinkPad X1",
    }
    head = dataclasses.replace(HEAD, device=device)
    events = joined(SessionStarted(FIRST, None, 1795450806.445))
    sent = body(head, events, 1795450806.992), headers(head, 1, None, None)
    assert as_golden(*sent) == golden("first-session")


def test_the_session_end_request_omits_a_known_device() -> None:
    head = dataclasses.replace(HEAD, user_id="user-alpha", config_time=1626220670)
    events = joined(SessionEnded(FIRST, "user-alpha", 1795450934.188, 127.743))
    sent = body(head, events, 1795450944.0), headers(head, 1, 61.25, 28)
    assert as_golden(*sent) == golden("session-end")


def test_a_request_identifies_an_anonymous_user() -> None:
    device = {"os_version": "Windows 11 Version 24H2", "time_zone": "Europe/Berlin"}
    head = dataclasses.replace(HEAD, user_id="user-alpha", device=device)
    events = joined(
        Logged(FIRST, None, 1795450806.986, CustomEvent("as_anonymous", "{}")),
        SessionEnded(FIRST, None, 1795450807.696, 1.25),
        SessionStarted(SECOND, "user-alpha", 1795450807.696),
    )
    sent = body(head, events, 1795450807.777), headers(head, 1, 1.332, 29)
    assert as_golden(*sent) == golden("anonymous-to-identified")


def test_custom_events_are_resent_without_an_app_version() -> None:
    user = 'Zoë "Z" O\'Neil'
    properties = {
        "level": 7,
        "ratio": 0.5,
        "name": "Ünïcode ✓",
        "ok": True,
        "when": datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        "list": [1, "two", {"three": 3}],
        "nested": {"a": {"b": [True, None]}},
        "gone": None,
    }
    head = dataclasses.replace(HEAD, app_version=None, user_id=user)
    events = joined(
        Logged(FIRST, user, 1795450796.393, CustomEvent("level_up", properties_text(properties))),
        Logged(FIRST, user, 1795450796.394, CustomEvent("größer 🎉", "{}")),
    )
    sent = body(head, events, 1795450810.5), headers(head, 3, 10.0, 0)
    assert as_golden(*sent) == golden("custom-events")


# -- requests --------------------------------------------------------------------------------------


def test_the_body_holds_the_stored_text_unchanged() -> None:
    stored = '{"name" : "ce","time":1.6E9,"data":{}}'
    assert stored.encode() in body(HEAD, stored, 1.0)


def test_the_body_is_utf_8() -> None:
    event = joined(Logged(FIRST, None, 1.0, CustomEvent("größer 🎉", "{}")))
    assert "größer 🎉".encode() in body(HEAD, event, 1.0)


@pytest.mark.parametrize(
    ("since_last", "milliseconds"),
    [(None, "7200000"), (0.0, "0"), (0.0004, "0"), (61.2504, "61250"), (-5.0, "0"), (1e6, "1000000000")],
)
def test_the_header_gives_milliseconds_since_the_last_request(
    since_last: float | None, milliseconds: str
) -> None:
    assert headers(HEAD, 1, since_last, None)["X-Braze-Last-Req-Ms-Ago"] == milliseconds


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("1.2.3", "1.2.3.0"),
        ("1", "1.0.0.0"),
        ("2024.11", "2024.11.0.0"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4.5", "1.2.3.4"),
        ("v1.2.3", "1.2.3.0"),
        ("1.2.3rc1", "1.2.3.0"),
        ("1.2.0-beta.7+build.9", "1.2.0.0"),
        ("Release 7", "7.0.0.0"),
        ("1.2.x", "1.2.0.0"),
        ("nightly", "0.0.0.0"),
        (".", "0.0.0.0"),
    ],
)
def test_an_app_version_becomes_four_numbers(version: str, code: str) -> None:
    assert version_code(version) == code


users = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
times = st.integers(0, 2**41).map(lambda milliseconds: milliseconds / 1000)
lengths = st.integers(0, 2**40).map(lambda milliseconds: milliseconds / 1000)
event_names = st.from_regex(r"[^\x00-\x1f\x7f-\x9f\"$\ud800-\udfff]{1,20}", fullmatch=True)
leaves = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
leaves |= st.floats(allow_nan=False, allow_infinity=False)
property_values = st.dictionaries(
    event_names.filter(lambda name: name not in RESERVED), leaves | st.lists(leaves, max_size=5), max_size=5
)
sessions = st.uuids().map(str)
custom_events = st.builds(
    Logged,
    sessions,
    users,
    times,
    st.builds(CustomEvent, event_names, property_values.map(properties_text)),
)
facts = (
    st.builds(SessionStarted, sessions, users, times)
    | st.builds(SessionEnded, sessions, users, times, lengths)
    | custom_events
)


def expected(fact: Fact) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if isinstance(fact, SessionEnded):
        data = {"d": fact.duration}
    elif isinstance(fact, Logged):
        data = {"n": fact.what.name, "p": json.loads(fact.what.properties)}
    event = {"name": fact.code, "time": fact.time, "data": data, "session_id": fact.session_id}
    return event if fact.user_id is None else {**event, "user_id": fact.user_id}


@given(st.lists(facts))
def test_the_body_lists_every_event_as_json(happened: list[Fact]) -> None:
    sent = json.loads(body(HEAD, joined(*happened), 1.0).decode())
    assert sent.get("events", []) == [expected(fact) for fact in happened]


@given(custom_events)
def test_session_text_completes_an_event_without_a_session(event: Logged) -> None:
    waiting = event_text(dataclasses.replace(event, session_id=None))
    assert waiting + session_text(str(event.session_id)) == event_text(event)


# -- replies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"{}", b'{"message":"success"}', b'{"error":null}', b'{"error":""}', b' {"triggers":[]}\n']
)
def test_a_json_object_without_error_is_a_success(content: bytes) -> None:
    assert read_reply(content) == Answer()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"201",
        b'"{}"',
        b"<html>Please log in</html>",
        b'{"message":"succ',
        b'{"message":"\xff"}',
        b"\xff\xfe",
        b"{} {}",
        b"[" * 100_000,
    ],
)
def test_a_reply_without_json_object_gives_no_answer(content: bytes) -> None:
    assert read_reply(content) is None


UNKNOWN = "an error that is logged at DEBUG"
UNSIGNED = "the signature is refused"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ({"error": "some_error"}, Answer(UNKNOWN, "some_error")),
        ({"error": "invalid_api_key"}, Answer(*["invalid_api_key"] * 2, unauthorised=True)),
        ({"error": "blacklisted"}, Answer(*["blacklisted"] * 2, unauthorised=True)),
        ({"error": "no_device_identifier"}, Answer(*["no_device_identifier"] * 2)),
        (
            {"error": "sdk_auth_error", "auth_error": {"error_code": 22, "reason": "JWT expired"}},
            Answer(
                f"{UNSIGNED}, code 22", "JWT expired", unauthorised=True, signature_fault=(22, "JWT expired")
            ),
        ),
        (
            {"auth_error": {"error_code": 26}},
            Answer(f"{UNSIGNED}, code 26", "26", unauthorised=True, signature_fault=(26, "")),
        ),
        ({"auth_error": "no"}, Answer(UNSIGNED, "no", unauthorised=True, signature_fault=(0, "no"))),
        ({"error": "sdk_auth_error"}, Answer(*["sdk_auth_error"] * 2, unauthorised=True)),
        (
            {"message": "success", "optional_auth_error": {"error_code": 22, "reason": "JWT expired"}},
            Answer(signature_fault=(22, "JWT expired")),
        ),
        (
            {"auth_error": {"error_code": 26}, "optional_auth_error": {"error_code": 22}},
            Answer(f"{UNSIGNED}, code 26", "26", unauthorised=True, signature_fault=(26, "")),
        ),
        ({"auth_error": {}}, Answer(UNSIGNED, unauthorised=True, signature_fault=(0, ""))),
        ({"error": {"code": 7}}, Answer(UNKNOWN, "{'code': 7}")),
        ({"error": ["blacklisted"]}, Answer(UNKNOWN, "['blacklisted']")),
        ({"error": "x" * 10_000}, Answer(UNKNOWN, "x" * 200)),
        ({"config": {"time": 7}, "feature_flags": []}, Answer()),
    ],
)
def test_a_reply_is_read_as_an_answer(reply: dict[str, Any], answer: Answer) -> None:
    found = read_reply(json.dumps(reply).encode())
    assert found == answer
    assert found is not None
    assert found.reply == reply


@given(st.binary())
def test_arbitrary_reply_bytes_raise_nothing(content: bytes) -> None:
    read_reply(content)
