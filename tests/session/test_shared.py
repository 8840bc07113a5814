"""What records make of the state that all processes share."""

from __future__ import annotations

import json
import uuid
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt._platform.clock import Instant
from braze_qt._session.shared import Kind, Lost, Record, Replay, Shared, session_id, shared_from
from tests.support.clocks import SetClock
from tests.support.replayed import Application, Process

TIMEOUT = 10


@pytest.fixture
def application(clock: SetClock) -> Application:
    return Application(clock)


def begin(application: Application, timeout: int = TIMEOUT) -> Process:
    return Process(application, timeout, consent=True)


def story(application: Application) -> list[Any]:
    """Events by name, ends with their lengths."""
    return [
        event["data"]["d"] if event["name"] == "se" else event["data"].get("n", event["name"])
        for event in application.outbox
    ]


# -- late records --------------------------------------------------------------------------------


def test_a_late_leave_counts_at_its_own_moment(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    clock.move(2)
    late = record_of(first, clock, Kind.LEAVE)
    clock.move(3)
    second.log("meanwhile")
    application.take(late)
    clock.move(TIMEOUT)
    second.tick()
    assert story(application) == ["ss", "meanwhile", 2.0]


def test_a_late_leave_follows_the_last_heartbeat(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    second.feed("enter foreground")
    clock.move(2)
    late = record_of(first, clock, Kind.LEAVE)
    clock.move(3)
    second.feed("leave foreground")
    application.take(late)
    clock.move(TIMEOUT)
    second.tick()
    assert story(application) == ["ss", 5.0]


def test_a_late_return_in_time_resumes_the_session(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    first.feed("leave foreground")
    clock.move(TIMEOUT - 1)
    late = record_of(first, clock, Kind.ENTER)
    second.log("meanwhile")
    clock.move(TIMEOUT)
    application.take(late)
    second.tick()
    assert story(application) == ["ss", "meanwhile"]


def test_a_return_after_the_told_end_starts_anew(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    first.feed("leave foreground")
    clock.move(TIMEOUT - 1)
    late = record_of(first, clock, Kind.ENTER)
    clock.move(2)
    second.tick()
    application.take(late)
    assert story(application) == ["ss", 0.0, "ss"]
    assert application.outbox[-1]["time"] == clock.now().wall


def test_a_late_event_keeps_its_own_time(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    clock.move(5)
    late = [record_of(first, clock, Kind.EVENT, 'ce{"n":"late"}', number=n) for n in (8, 9)]
    near = clock.now().wall
    clock.move(60)
    second.log("newer")
    for record in late:
        application.take(record)
    assert [event["time"] for event in application.outbox[2:]] == [near, near + 0.001]


def record_of(process: Process, clock: SetClock, kind: Kind, body: str = "", number: int = 9) -> Record:
    """A record of this moment, to be known later."""
    now = clock.now()
    readings = now.wall, now.boot, now.awake
    return Record(process.journal, number, kind, *readings, body.encode(), clock.boot_id)


# -- which process is where ------------------------------------------------------------------------


def test_any_process_in_front_counts(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    second.feed("enter foreground")
    first.feed("leave foreground")
    clock.move(TIMEOUT * 2)
    second.feed("leave foreground")
    clock.move(TIMEOUT)
    first.tick()
    assert story(application) == ["ss", TIMEOUT * 2.0]


def test_the_last_process_to_quit_ends_it(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    clock.move(1)
    first.feed("quit")
    assert story(application) == ["ss"]
    clock.move(1)
    second.feed("quit")
    assert story(application) == ["ss", 1.0]


def test_a_death_in_front_is_a_leave(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    clock.move(3)
    first.log("last")
    clock.move(4)
    second.log("of another, in the background")
    first.die()
    clock.move(TIMEOUT)
    second.tick()
    assert story(application)[-1] == 3.0


def test_background_inputs_are_no_sign_of_life(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    clock.move(4)
    second.feed("set timeout", timeout=20)
    first.die()
    clock.move(20)
    second.tick()
    assert story(application) == ["ss", 0.0]


def test_a_reboot_ends_all_processes(application, clock):
    first = begin(application)
    first.feed("enter foreground")
    clock.move(3)
    first.tick()
    clock.instant, clock.boot_id = Instant(clock.now().wall + 60, 20.0, 20.0), "boot-2"
    second = begin(application)
    assert story(application) == ["ss", 3.0]
    assert application.shared.staying == {second.journal}
    assert not application.shared.front


def test_unnamed_boots_go_by_the_wall_clock(application, clock):
    clock.boot_id = ""
    first = begin(application)
    first.feed("enter foreground")
    first.die()
    clock.instant = Instant(clock.now().wall + TIMEOUT, 5.0, 5.0)
    second = begin(application)
    assert story(application) == ["ss", 0.0]
    second.feed("enter foreground")
    third = begin(application)
    clock.move(1)
    third.log("same boot")
    assert story(application) == ["ss", 0.0, "ss", "same boot"]


# -- consent ---------------------------------------------------------------------------------------


def test_a_late_withdrawal_wins_over_later_consent(application, clock):
    first, second = begin(application), begin(application)
    late = record_of(first, clock, Kind.DISABLE)
    clock.move(1)
    second.feed("enable")
    application.take(late)
    assert application.shared.consent is False


def test_late_consent_loses_to_a_later_withdrawal(application, clock):
    first, second = begin(application), begin(application)
    late = record_of(first, clock, Kind.ENABLE)
    clock.move(1)
    second.feed("disable")
    application.take(late)
    assert application.shared.consent is False


def test_events_after_a_withdrawal_are_dropped_uncounted(application, clock):
    first, second = begin(application), begin(application)
    second.feed("enter foreground")
    first.feed("disable")
    assert second.log("unheard")
    second.set_attribute("k", "1")
    assert story(application) == ["ss", 0.0]
    assert (application.attributes, application.lost) == ({}, 0)


# -- what is missing -------------------------------------------------------------------------------


def gap(process: Process, events: int, inputs: int) -> Record:
    return process.last._replace(kind=Kind.GAP, body=json.dumps([events, inputs]).encode())


def test_missing_events_are_only_counted(application, clock):
    process = begin(application)
    process.feed("enter foreground")
    application.take(gap(process, 3, 0))
    process.log("goes on")
    assert story(application) == ["ss", "goes on"]
    assert application.lost == 3


def test_missing_inputs_stop_events_until_a_user(application, clock):
    first, second = begin(application), begin(application)
    first.feed("enter foreground")
    clock.move(3)
    first.log("before")
    clock.move(1)
    application.take(gap(first, 0, 1))
    first.log("of whom?")
    second.set_attribute("k", "1")
    second.feed("enter foreground")
    assert story(application) == ["ss", "before", 3.0]
    assert (application.attributes, application.lost) == ({}, 2)
    first.feed("change user", user="ada")
    first.log("of ada")
    assert story(application) == ["ss", "before", 3.0, "ss", "of ada"]
    assert {event.get("user_id") for event in application.outbox[3:]} == {"ada"}


def test_a_new_process_ends_the_doubt(application, clock):
    first = begin(application)
    application.take(gap(first, 0, 1))
    first.die()
    second = begin(application)
    second.feed("enter foreground")
    assert story(application) == ["ss"]


def test_a_process_beside_it_leaves_the_doubt(application, clock):
    first = begin(application)
    first.feed("change user", user="ada")
    application.take(gap(first, 0, 1))
    second = begin(application)
    first.log("of bob, as this process knows")
    second.log("of whom?")
    assert (story(application), application.lost) == ([], 2)


# -- users, aliases, stamps --------------------------------------------------------------------------


def test_anonymous_attributes_go_to_the_first_user(application, clock):
    process = begin(application)
    process.set_attribute("a", "1")
    process.feed("change user", user="ada")
    process.feed("change user", user="bob")
    assert application.attributes == {("ada", "a"): "1"}


def outputs(shared: Shared, *records: Record) -> tuple[Shared, list[Any]]:
    replay = Replay(shared, records, {})
    found = [output for _, output in replay]
    return replay.shared, found


def record(kind: Kind, body: str = "", *, number: int = 1, boot: float = 100.0, process: str = "p") -> Record:
    return Record(process, number, kind, 1_000.0 + boot, boot, boot, body.encode(), "boot-1")


def test_an_alias_lasts_until_identification():
    plain = 'ce{"n":"x"}'
    told = [
        record(Kind.EVENT, plain),
        record(Kind.EVENT, 'uae{"a":"nick","l":"forum"}'),
        record(Kind.EVENT, plain),
        record(Kind.USER, "ada"),
        record(Kind.EVENT, plain),
    ]
    shared, found = outputs(Shared(), *told)
    aliases = [output.alias for output in found if hasattr(output, "alias")]
    assert aliases == [None, ("nick", "forum"), ("nick", "forum"), None]
    assert shared.alias is None


def test_a_process_that_signs_names_no_alias():
    told = [
        record(Kind.EVENT, 'uae{"a":"nick","l":"forum"}'),
        record(Kind.SIGN),
        record(Kind.EVENT, 'ce{"n":"x"}'),
        record(Kind.EVENT, 'ce{"n":"y"}', process="q"),
    ]
    _, found = outputs(Shared(), *told)
    assert [output.alias for output in found] == [("nick", "forum"), None, ("nick", "forum")]


def test_stamps_run_ahead_one_hour_at_most():
    ahead = Shared()._replace(last_stamp=1_130.0)
    enter, leave = record(Kind.ENTER), record(Kind.QUIT, boot=101.0)
    again = record(Kind.ENTER, boot=102.0, number=2)
    event = record(Kind.EVENT, 'ce{"n":"x"}', boot=102.0)
    _, found = outputs(ahead, enter, leave, again, event)
    assert found[-1].time == 1_130.001
    far = Shared()._replace(last_stamp=1_130.0 + 3_600.0)
    _, found = outputs(far, enter, leave, again, event)
    assert found[-1].time == 1_102.001


def test_what_a_process_lost_is_counted():
    assert outputs(Shared(), record(Kind.LOST, "7"))[1] == [Lost(7)]


def test_a_session_id_is_a_uuid():
    first = session_id("p", 1, 0)
    assert str(uuid.UUID(first)) == first
    assert uuid.UUID(first).version == 4
    assert len({session_id("p", n, i) for n in range(10) for i in range(2)}) == 20


# -- the same result, whichever way it is merged ----------------------------------------------------

BODIES = {
    Kind.EVENT: st.sampled_from(['ce{"n":"x"}', 'uae{"a":"nick","l":"forum"}', 'p{"pid":"y"}']),
    Kind.ATTRIBUTE: st.just('["k","1",true]'),
    Kind.BEGIN: st.sampled_from(["5", "10"]),
    Kind.TIMEOUT: st.sampled_from(["1", "60"]),
    Kind.USER: st.sampled_from(["ada", "bob"]),
    Kind.LOST: st.just("2"),
    Kind.GAP: st.sampled_from(["[2,0]", "[0,1]"]),
}
kinds = st.sampled_from([Kind.EVENT] * 8 + [Kind.ENTER] * 3 + [Kind.LEAVE] * 2 + list(Kind))


@st.composite
def journals(draw: st.DrawFn) -> list[Record]:
    """Records of three processes on two boots, mostly in order."""
    found, boot, awake, wall, boot_id = [], 100.0, 100.0, 1_000.0, "boot-1"
    for number in range(draw(st.integers(1, 40))):
        step = draw(st.sampled_from([0.0, 0.0, 0.0004, 1.0, 4.0, 11.0]))
        boot, wall = boot + step, wall + step + draw(st.sampled_from([0.0] * 6 + [-50.0, 4_000.0]))
        awake += step * draw(st.sampled_from([1.0, 1.0, 1.0, 0.0]))
        if draw(st.integers(0, 30)) == 0:
            boot_id, boot, awake = "boot-2", 20.0, 20.0
        late = draw(st.sampled_from([0.0] * 8 + [3.0, 20.0]))
        kind = draw(kinds)
        body = draw(BODIES.get(kind, st.just("")))
        process = draw(st.sampled_from("pqr"))
        moment = wall - late, boot - late, awake - late
        found.append(Record(process, number, kind, *moment, body.encode(), boot_id, boot_id == "boot-2"))
    return found


def told_one_by_one(records: list[Record]) -> tuple[Shared, list[Any], dict[str, float]]:
    """Each in a merge of its own, and the state read back from its text."""
    shared, found, stamps = Shared(), [], {}
    for each in records:
        replay = Replay(shared, [each], stamps)
        found += list(replay)
        shared = shared_from(replay.shared.text())
    return shared, found, stamps


@given(journals())
def test_one_merge_equals_many(records):
    stamps: dict[str, float] = {}
    replay = Replay(Shared(), records, stamps)
    found = list(replay)
    assert (replay.shared, found, stamps) == told_one_by_one(records)


def no_burst(_: Replay, records: Iterator[Record]) -> Generator[Any, None, Record]:
    yield from ()
    return next(records)


@given(journals())
def test_a_burst_equals_its_events_one_by_one(records):
    stamps: dict[str, float] = {}
    replay = Replay(Shared(), records, stamps)
    found = list(replay)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Replay, "_burst", no_burst)
        slow_stamps: dict[str, float] = {}
        slow = Replay(Shared(), records, slow_stamps)
        assert found == list(slow)
        assert (replay.shared, stamps) == (slow.shared, slow_stamps)


@given(journals())
def test_events_belong_to_the_one_open_session(records):
    replay = Replay(Shared(), records, {})
    present, users = None, {}
    for _, output in replay:
        if output.__class__.__name__ == "SessionStarted":
            assert present is None
            present = output.session_id
            assert users.setdefault(present, output.user_id) == output.user_id
        elif output.__class__.__name__ == "SessionEnded":
            assert output.session_id == present
            assert output.duration >= 0
            assert output.user_id == users[present]
            present = None
        elif hasattr(output, "session_id"):
            assert output.session_id == present
            assert present is None or output.user_id == users[present]
    session = replay.shared.session
    assert (session.id if session else None) == present


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "[1,2]",
        "[" * 100_000,
        '["x"' + Shared().text()[2:],
    ],
)
def test_a_garbled_state_is_a_value_error(text):
    with pytest.raises(ValueError, match=r".*"):
        shared_from(text)
