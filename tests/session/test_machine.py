"""The session rules, cell by cell and edge by edge. docs/session-rules.md describes them."""

import math
from itertools import product

import pytest

from braze_qt._platform.clock import Instant
from braze_qt._session.machine import (
    TABLE,
    Exit,
    Step,
    abandoned,
    deadline,
    due,
    restore_after_reboot,
    step,
)
from braze_qt._session.state import Input, Session, State, Tracking
from braze_qt.events import SessionEnded, SessionStarted

WALL = 1_800_000_000.0
BOOT = 5_000.0
T = 10


def at(seconds: float, *, slept: float = 0.0, wall: float = 0.0) -> Instant:
    """So many seconds after the start, of which the machine slept some; the wall clock may have been set."""
    return Instant(WALL + seconds + wall, BOOT + seconds, BOOT + seconds - slept)


def opened(user_id: str | None = "alpha") -> Tracking:
    """In the foreground since the start."""
    return step(Tracking(T, user_id), Input.ENTER_FOREGROUND, at(0)).tracking


def left(user_id: str | None = "alpha", after: float = 0.0) -> Tracking:
    """In the background since then."""
    return step(opened(user_id), Input.LEAVE_FOREGROUND, at(after)).tracking


def said(result: Step) -> list[tuple[object, ...]]:
    """The facts without the ids, which are random: times since the start."""
    return [
        (fact.code, fact.user_id, fact.time - WALL, fact.duration)
        if isinstance(fact, SessionEnded)
        else (fact.code, fact.user_id, fact.time - WALL)
        for fact in result.facts
    ]


# -- the table -------------------------------------------------------------------------------------

SITUATIONS = {
    State.NONE: [
        (Tracking(T, "alpha", enabled=enabled, foreground=foreground), at(5))
        for enabled, foreground in product((True, False), repeat=2)
    ],
    State.FOREGROUND: [(opened(), at(5))],
    State.BACKGROUND: [(left(), at(5))],
}
RUN_OUT = {
    State.NONE: [],
    State.FOREGROUND: [(opened(), at(T + 5, slept=T))],
    State.BACKGROUND: [(left(), at(T))],
}


def exits(state: State, given_input: Input) -> set[tuple[State, str]]:
    """Where the input leads from every situation in this state, and the facts that it causes."""
    situations = SITUATIONS[state] + (RUN_OUT[state] if given_input is Input.PASS_TIME else [])
    found = set()
    for (tracking, now), timeout in product(situations, (1, 100)):
        result = step(tracking, given_input, now, user_id="beta", timeout=timeout)
        found.add((result.tracking.state, " ".join(fact.code for fact in result.facts)))
    return found


def test_every_input_is_defined_in_every_state() -> None:
    assert set(TABLE) == set(product(State, Input))


@pytest.mark.parametrize(("state", "given_input"), TABLE)
def test_a_cell_has_exactly_its_declared_exits(state: State, given_input: Input) -> None:
    declared = {(way.state, way.facts) for way in TABLE[state, given_input].exits}
    assert exits(state, given_input) == declared


@pytest.mark.parametrize("cell", TABLE)
def test_several_exits_have_one_unconditional_at_most(cell: tuple[State, Input]) -> None:
    ways = TABLE[cell].exits
    assert sum(not way.when for way in ways) <= 1 or len(ways) == 1
    assert all(isinstance(way, Exit) for way in ways)


@pytest.mark.parametrize("given_input", Input)
@pytest.mark.parametrize(
    ("tracking", "now"), [situation for situations in RUN_OUT.values() for situation in situations]
)
def test_time_passes_before_any_input(tracking: Tracking, now: Instant, given_input: Input) -> None:
    at_once = step(tracking, given_input, now, user_id="beta", timeout=20)
    passed = step(tracking, Input.PASS_TIME, now)
    after = step(passed.tracking, given_input, now, user_id="beta", timeout=20)
    assert said(at_once) == said(passed) + said(after)
    assert at_once.tracking.state is after.tracking.state


@pytest.mark.parametrize("given_input", Input)
@pytest.mark.parametrize(
    ("tracking", "now"), [situation for situations in SITUATIONS.values() for situation in situations]
)
def test_a_repeated_input_changes_nothing(tracking: Tracking, now: Instant, given_input: Input) -> None:
    once = step(tracking, given_input, now, user_id="beta", timeout=20)
    assert step(once.tracking, given_input, now, user_id="beta", timeout=20) == Step(once.tracking)


# -- coming and going ------------------------------------------------------------------------------


def test_a_session_starts_in_the_foreground() -> None:
    result = step(Tracking(T, "alpha"), Input.ENTER_FOREGROUND, at(0))
    assert said(result) == [("ss", "alpha", 0)]
    assert result.tracking.session is not None
    assert result.facts == (SessionStarted(result.tracking.session.id, "alpha", WALL),)


def test_every_session_has_a_unique_id() -> None:
    ids = {opened().session.id for _ in range(100)}  # type: ignore[union-attr]
    assert len(ids) == 100


@pytest.mark.parametrize("away", [0.0, 0.1, 9.999])
def test_returning_within_the_timeout_continues_the_session(away: float) -> None:
    tracking = left(after=5)
    result = step(tracking, Input.ENTER_FOREGROUND, at(5 + away))
    assert result.facts == ()
    assert result.tracking.session is not None
    assert tracking.session is not None
    assert result.tracking.session.id == tracking.session.id
    assert said(step(result.tracking, Input.QUIT, at(60))) == [("se", "alpha", 60, 60)]


@pytest.mark.parametrize("away", [10.0, 11.0, 1e6])
def test_returning_after_the_timeout_starts_a_new_session(away: float) -> None:
    """The old session ends at the moment of the leave."""
    result = step(left(after=5), Input.ENTER_FOREGROUND, at(5 + away))
    assert said(result) == [("se", "alpha", 5, 5), ("ss", "alpha", 5 + away)]
    assert result.facts[0].session_id != result.facts[1].session_id


def test_the_timeout_counts_from_the_leave() -> None:
    tracking = left(after=3_600)
    assert step(tracking, Input.PASS_TIME, at(3_609.9)).facts == ()
    assert said(step(tracking, Input.PASS_TIME, at(3_610))) == [("se", "alpha", 3_600, 3_600)]


def test_a_second_leave_does_not_move_the_deadline() -> None:
    tracking = step(left(), Input.LEAVE_FOREGROUND, at(9)).tracking
    assert said(step(tracking, Input.PASS_TIME, at(10))) == [("se", "alpha", 0, 0)]


def test_quitting_ends_the_session() -> None:
    """In the foreground it ends now, in the background at the leave."""
    assert said(step(opened(), Input.QUIT, at(7.25))) == [("se", "alpha", 7.25, 7.25)]
    assert said(step(left(after=5), Input.QUIT, at(9))) == [("se", "alpha", 5, 5)]


# -- users -----------------------------------------------------------------------------------------


def test_a_user_change_in_foreground_starts_a_session() -> None:
    result = step(opened(), Input.CHANGE_USER, at(4), user_id="beta")
    assert said(result) == [("se", "alpha", 4, 4), ("ss", "beta", 4)]


def test_a_user_change_in_background_starts_no_session() -> None:
    result = step(left(after=5), Input.CHANGE_USER, at(9), user_id="beta")
    assert said(result) == [("se", "alpha", 5, 5)]
    assert said(step(result.tracking, Input.ENTER_FOREGROUND, at(20))) == [("ss", "beta", 20)]


@pytest.mark.parametrize("tracking", [opened(), left(), Tracking(T, "alpha")])
def test_setting_the_same_user_changes_nothing(tracking: Tracking) -> None:
    assert step(tracking, Input.CHANGE_USER, at(0), user_id="alpha") == Step(tracking)


def test_identifying_an_anonymous_user_starts_a_new_session() -> None:
    result = step(opened(None), Input.CHANGE_USER, at(4), user_id="beta")
    assert said(result) == [("se", None, 4, 4), ("ss", "beta", 4)]


def test_a_known_user_cannot_become_anonymous() -> None:
    tracking = opened()
    assert step(tracking, Input.CHANGE_USER, at(0), user_id=None) == Step(tracking)


# -- the timeout -----------------------------------------------------------------------------------


def test_a_new_timeout_moves_a_running_deadline() -> None:
    tracking = left(after=5)
    assert deadline(tracking) == BOOT + 15
    longer = step(tracking, Input.SET_TIMEOUT, at(8), timeout=60)
    assert (deadline(longer.tracking), longer.facts) == (BOOT + 65, ())
    shorter = step(tracking, Input.SET_TIMEOUT, at(8), timeout=4)
    assert (deadline(shorter.tracking), shorter.facts) == (BOOT + 9, ())


def test_a_shorter_timeout_may_end_the_session_immediately() -> None:
    result = step(left(after=5), Input.SET_TIMEOUT, at(8), timeout=3)
    assert said(result) == [("se", "alpha", 5, 5)]
    assert result.tracking.timeout == 3


def test_a_longer_timeout_revives_no_expired_session() -> None:
    assert said(step(left(after=5), Input.SET_TIMEOUT, at(15), timeout=60)) == [("se", "alpha", 5, 5)]


def test_only_the_background_has_a_deadline() -> None:
    assert deadline(Tracking(T)) is None
    assert deadline(opened()) is None
    assert deadline(left()) == BOOT + T


def test_a_timeout_is_unbounded() -> None:
    forever = step(left(), Input.SET_TIMEOUT, at(1), timeout=10**400).tracking
    assert deadline(forever) == math.inf
    assert step(forever, Input.PASS_TIME, at(1e12)).facts == ()


# -- consent ---------------------------------------------------------------------------------------


def test_disabling_ends_the_session_and_stops_facts() -> None:
    result = step(opened(), Input.DISABLE, at(4))
    assert said(result) == [("se", "alpha", 4, 4)]
    for given_input in (Input.LEAVE_FOREGROUND, Input.ENTER_FOREGROUND, Input.PASS_TIME, Input.QUIT):
        result = step(result.tracking, given_input, at(60))
        assert result.facts == ()


def test_enabling_in_the_foreground_starts_a_session() -> None:
    away = Tracking(T, "alpha", enabled=False)
    assert step(away, Input.ENABLE, at(9)).facts == ()
    there = step(away, Input.ENTER_FOREGROUND, at(5)).tracking
    assert said(step(there, Input.ENABLE, at(9))) == [("ss", "alpha", 9)]


@pytest.mark.parametrize("tracking", [opened(), left(), Tracking(T, "alpha")])
def test_a_wipe_clears_the_tracking_without_facts(tracking: Tracking) -> None:
    result = step(tracking, Input.WIPE, at(4))
    assert result.facts == ()
    assert (result.tracking.session, result.tracking.user_id, result.tracking.enabled) == (None, None, False)


# -- sleep -----------------------------------------------------------------------------------------


def test_a_sleep_past_the_timeout_ends_the_session() -> None:
    """At the last moment awake. That the machine woke brings nobody back."""
    tracking = step(opened(), Input.PASS_TIME, at(30)).tracking
    result = step(tracking, Input.PASS_TIME, at(3_600, slept=3_569))
    assert said(result) == [("se", "alpha", 30, 30)]
    assert result.tracking.state is State.NONE


@pytest.mark.parametrize("given_input", [Input.PASS_TIME, Input.ENABLE, Input.CHANGE_USER, Input.SET_TIMEOUT])
def test_only_a_return_starts_a_session_after_sleep(given_input: Input) -> None:
    woken = step(opened(), Input.PASS_TIME, at(3_600, slept=3_569)).tracking
    result = step(woken, given_input, at(3_605, slept=3_569), user_id="beta", timeout=20)
    assert result.facts == ()
    back = step(result.tracking, Input.ENTER_FOREGROUND, at(3_610, slept=3_569))
    assert said(back) == [("ss", result.tracking.user_id, 3_610)]


def test_the_duration_excludes_a_short_sleep() -> None:
    tracking = step(opened(), Input.PASS_TIME, at(30)).tracking
    result = step(tracking, Input.PASS_TIME, at(41, slept=9))
    assert result.facts == ()
    assert said(step(result.tracking, Input.QUIT, at(50, slept=9))) == [("se", "alpha", 50, 41)]


def test_several_short_sleeps_do_not_add_up() -> None:
    tracking = opened()
    for number in range(1, 10):
        result = step(tracking, Input.PASS_TIME, at(number * 10, slept=number * 9))
        assert result.facts == ()
        tracking = result.tracking


def test_a_blocked_gui_thread_is_no_sleep() -> None:
    assert step(opened(), Input.PASS_TIME, at(3_600)).facts == ()


def test_sleep_in_the_background_counts_towards_the_timeout() -> None:
    assert said(step(left(after=5), Input.PASS_TIME, at(15, slept=9.5))) == [("se", "alpha", 5, 5)]


def test_the_duration_excludes_sleep_in_the_background() -> None:
    """A visit to the background shorter than the timeout: the same session goes on."""
    resumed = step(left(after=5), Input.ENTER_FOREGROUND, at(13, slept=6)).tracking
    assert said(step(resumed, Input.QUIT, at(20, slept=6))) == [("se", "alpha", 20, 14)]


def test_quitting_after_a_long_sleep_reports_one_session() -> None:
    assert said(step(opened(), Input.QUIT, at(100, slept=90))) == [("se", "alpha", 0, 0)]


# -- the wall clock --------------------------------------------------------------------------------

YEAR = 365 * 86_400.0


@pytest.mark.parametrize("jump", [-YEAR, -86_400.0, -2.0, 2.0, 86_400.0, YEAR])
def test_setting_the_wall_clock_affects_no_session(jump: float) -> None:
    assert step(opened(), Input.PASS_TIME, at(5, wall=jump)).facts == ()
    assert step(left(), Input.PASS_TIME, at(9.9, wall=jump)).facts == ()
    assert len(step(left(), Input.PASS_TIME, at(10, wall=jump)).facts) == 1


def test_a_backward_clock_jump_computes_end_from_duration() -> None:
    assert said(step(opened(), Input.QUIT, at(60, wall=-3_600))) == [("se", "alpha", 60, 60)]


def test_a_forward_clock_jump_moves_the_session_end() -> None:
    assert said(step(opened(), Input.QUIT, at(60, wall=3_600))) == [("se", "alpha", 3_660, 60)]


def test_a_slewed_clock_is_used_as_it_is() -> None:
    assert said(step(opened(), Input.QUIT, at(60, wall=-0.5))) == [("se", "alpha", 59.5, 60)]


# -- death -----------------------------------------------------------------------------------------


def stored(tracking: Tracking) -> Session:
    assert tracking.session is not None
    return tracking.session


def restored(session: Session, now: Instant, *, same_boot: bool = True) -> Step:
    """As a replay takes up what a process has left that has died."""
    begun = Tracking(T, "alpha")
    if same_boot:
        return step(begun._replace(session=abandoned(session)), Input.PASS_TIME, now)
    return restore_after_reboot(begun, session, now)


def test_restoring_without_a_stored_session_does_nothing() -> None:
    assert restore_after_reboot(Tracking(T, "alpha"), None, at(0)) == Step(Tracking(T, "alpha"))


@pytest.mark.parametrize("same_boot", [True, False])
def test_a_foreground_crash_ends_at_the_last_heartbeat(*, same_boot: bool) -> None:
    alive = step(opened(), Input.PASS_TIME, at(30)).tracking
    result = restored(stored(alive), at(40), same_boot=same_boot)
    assert said(result) == [("se", "alpha", 30, 30)]
    assert result.tracking == Tracking(T, "alpha")


@pytest.mark.parametrize("same_boot", [True, False])
def test_a_background_crash_ends_at_the_leave(*, same_boot: bool) -> None:
    result = restored(stored(left(after=5)), at(15), same_boot=same_boot)
    assert said(result) == [("se", "alpha", 5, 5)]


@pytest.mark.parametrize("same_boot", [True, False])
@pytest.mark.parametrize("tracking", [opened(), left()])
def test_a_restart_within_the_timeout_continues_the_session(tracking: Tracking, *, same_boot: bool) -> None:
    now, later = (at(9), at(9.5)) if same_boot else (after_reboot(9, uptime=3), after_reboot(9.5, uptime=3.5))
    result = restored(stored(tracking), now, same_boot=same_boot)
    assert result.facts == ()
    assert result.tracking.state is State.BACKGROUND
    resumed = step(result.tracking, Input.ENTER_FOREGROUND, later)
    assert resumed.facts == ()
    assert stored(resumed.tracking).id == stored(tracking).id


def test_the_duration_includes_the_time_between_processes() -> None:
    resumed = step(restored(stored(left(after=5)), at(9)).tracking, Input.ENTER_FOREGROUND, at(9)).tracking
    assert said(step(resumed, Input.QUIT, at(20))) == [("se", "alpha", 20, 20)]


def after_reboot(seconds: float, uptime: float = 30.0) -> Instant:
    """So many seconds after the start by the wall clock, on a machine that was started again since."""
    return Instant(WALL + seconds, uptime, uptime)


def test_after_a_reboot_the_wall_clock_decides() -> None:
    session = stored(left(after=5))
    assert restored(session, after_reboot(14.5, uptime=5), same_boot=False).facts == ()
    assert said(restored(session, after_reboot(15, uptime=5), same_boot=False)) == [("se", "alpha", 5, 5)]


@pytest.mark.parametrize("behind", [300.0, YEAR])
def test_after_a_reboot_uptime_is_the_minimum_absence(behind: float) -> None:
    """A machine without a battery, off for hours, whose clock is set by the network only later."""
    session = stored(left(after=5))
    early, late = (after_reboot(5 - behind, uptime=uptime) for uptime in (T - 0.5, T))
    assert restored(session, early, same_boot=False).facts == ()
    assert said(restored(session, late, same_boot=False)) == [("se", "alpha", 5, 5)]


def test_after_a_reboot_the_deadline_is_unchanged() -> None:
    tracking = restored(stored(left(after=5)), after_reboot(9, uptime=3), same_boot=False).tracking
    assert deadline(tracking) == 3 + 6


def test_the_duration_excludes_the_time_powered_off() -> None:
    tracking = restored(stored(left(after=5)), after_reboot(9, uptime=3), same_boot=False).tracking
    resumed = step(tracking, Input.ENTER_FOREGROUND, after_reboot(10, uptime=4)).tracking
    assert said(step(resumed, Input.QUIT, after_reboot(20, uptime=14))) == [("se", "alpha", 20, 16)]


def test_a_clock_set_back_ends_nothing_after_reboot() -> None:
    result = restored(stored(left(after=5)), after_reboot(-YEAR, uptime=3), same_boot=False)
    assert result.facts == ()
    assert deadline(result.tracking) == T


@pytest.mark.parametrize(
    ("tracking", "now", "expected"),
    [
        (Tracking(T), at(1e9), False),
        (opened(), at(1e9), False),
        (opened(), at(100, slept=9.9), False),
        (opened(), at(100, slept=10), True),
        (left(), at(9.9), False),
        (left(), at(10), True),
        (left()._replace(timeout=1), at(1), True),
    ],
)
def test_due_predicts_the_facts_of_passing_time(tracking: Tracking, now: Instant, *, expected: bool) -> None:
    assert due(tracking, now) is expected
    assert bool(step(tracking, Input.PASS_TIME, now).facts) is expected
