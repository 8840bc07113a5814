"""Whether the user left with a sleep of the machine, told from clocks alone."""

from braze_qt._session.machine import step
from braze_qt._session.sleep import SleepWatch
from braze_qt._session.state import Input, Tracking
from tests.support.clocks import SetClock

T = 3_600


class Desk:
    """An application in the foreground, on a machine that can sleep."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.tracking = Tracking(T)
        self.tell(Input.ENTER_FOREGROUND)
        self.watch = SleepWatch()
        self.look()

    def tell(self, given: Input, user_id: str | None = None) -> None:
        self.tracking = step(self.tracking, given, self.clock.now(), user_id=user_id).tracking

    def look(self) -> None:
        self.watch.look(self.tracking, self.clock.now())

    def sleep(self, seconds: float) -> bool:
        """Sleep, be awake for some seconds, and answer whether that was a leave."""
        self.clock.move(seconds, asleep=True)
        self.look()
        self.clock.move(13)
        self.look()
        return self.watch.is_leave(self.tracking)


def test_being_busy_for_hours_is_no_sleep() -> None:
    desk = Desk()
    desk.clock.move(5 * T)
    desk.look()
    assert not desk.watch.in_doubt


def test_sleep_of_the_timeout_is_a_leave() -> None:
    assert not Desk().sleep(T - 0.125)
    assert Desk().sleep(T)


def test_short_sleeps_without_the_user_add_up() -> None:
    desk = Desk()
    assert [desk.sleep(900) for _ in range(4)] == [False, False, False, True]


def test_the_user_between_short_sleeps_resets_them() -> None:
    desk = Desk()
    for _ in range(8):
        assert not desk.sleep(900)
        assert desk.watch.in_doubt
        desk.watch.forget()
        desk.look()
        assert not desk.watch.in_doubt


def test_a_session_that_sleep_ended_means_a_leave() -> None:
    """Whoever noticed it first: another process, or an event of another thread."""
    desk = Desk()
    desk.clock.move(T, asleep=True)
    desk.tell(Input.PASS_TIME)
    desk.tracking = Tracking(10 * T)  # and the timeout was set meanwhile
    desk.look()
    assert desk.watch.is_leave(desk.tracking)


def test_a_later_session_is_in_no_doubt() -> None:
    desk = Desk()
    assert not desk.sleep(900)
    desk.tell(Input.CHANGE_USER, "somebody else")
    desk.look()
    assert not desk.watch.in_doubt
