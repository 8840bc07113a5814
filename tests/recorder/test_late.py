"""What waits in memory while another process keeps the disk for itself."""

import pytest

from braze_qt._platform.clock import Instant
from braze_qt._recorder.late import LIMIT, Kind, Late


def at(second: float) -> Instant:
    return Instant(1_800_000_000.0 + second, second, second)


class Play:
    """What waits, and what was done of it: a name, and the second that it was done with."""

    def __init__(self) -> None:
        self.late = Late()
        self.done: list[tuple[str, float]] = []

    def add(self, name: str, kind: Kind = Kind.INPUT, second: float = 0.0) -> None:
        self.late.add(lambda moment: self.done.append((name, moment.boot)), at(second), kind)

    def keep(self, name: str, kind: Kind = Kind.INPUT, second: float = 0.0) -> int:
        """Another process is in the way of it; answers how much is lost by that."""
        self.add(name, kind, second)
        return self.late.keep()

    def names(self) -> list[str]:
        """The other process lets us: what has been done in the end."""
        self.late.do()
        return [name for name, _ in self.done]


def warnings(caplog: pytest.LogCaptureFixture) -> int:
    return sum("waits in memory" in record.getMessage() for record in caplog.records)


def test_what_waits_is_done_once_in_order_and_with_the_clock_of_its_own_moment() -> None:
    play = Play()
    play.keep("enter", second=1.0)
    play.keep("event", Kind.EVENT, 2.0)
    play.add("leave", second=7.0)
    assert (len(play.late), play.done) == (3, [])
    play.late.do()
    play.late.do()
    assert play.done == [("enter", 1.0), ("event", 2.0), ("leave", 7.0)]
    assert len(play.late) == 0


def test_it_has_waited_since_the_first_of_it_happened() -> None:
    play = Play()
    for second in (3.0, 4.0, 5.0):
        play.keep("event", Kind.EVENT, second)
    assert play.late.moment == at(3.0)


def test_what_comes_after_it_was_done_has_not_waited() -> None:
    play = Play()
    play.keep("enter", second=3.0)
    play.late.do()
    play.add("leave", second=9.0)
    assert play.late.moment == at(9.0)


# -- looks -----------------------------------------------------------------------------------------


def test_a_look_alone_has_to_wait() -> None:
    play = Play()
    assert play.keep("look", Kind.LOOK) == 0
    assert play.names() == ["look"]


@pytest.mark.parametrize("kind", Kind)
def test_a_look_need_not_wait_beside_others_and_is_no_loss(kind: Kind) -> None:
    play = Play()
    play.keep("first", kind)
    assert [play.keep("look", Kind.LOOK) for _ in range(3)] == [0, 0, 0]
    assert play.names() == ["first"]


@pytest.mark.parametrize("kind", [Kind.INPUT, Kind.EVENT])
def test_others_have_to_wait_beside_a_look(kind: Kind) -> None:
    play = Play()
    play.keep("look", Kind.LOOK)
    play.keep("second", kind)
    play.keep("third", kind)
    assert play.names() == ["look", "second", "third"]


# -- too much --------------------------------------------------------------------------------------


def test_of_too_much_the_oldest_events_are_lost_and_no_input() -> None:
    play = Play()
    play.keep("look", Kind.LOOK)
    play.keep("enter")
    lost = [play.keep(str(number), Kind.EVENT) for number in range(LIMIT - 2)]
    assert (sum(lost), len(play.late)) == (0, LIMIT)
    assert play.keep("user") == 1
    assert play.keep("last", Kind.EVENT) == 1
    assert len(play.late) == LIMIT
    assert play.names() == ["look", "enter", *map(str, range(2, LIMIT - 2)), "user", "last"]


def test_an_event_beside_nothing_but_inputs_is_the_oldest_one() -> None:
    play = Play()
    for number in range(LIMIT):
        play.keep(str(number))
    assert play.keep("event", Kind.EVENT) == 1
    assert play.names() == [str(number) for number in range(LIMIT)]


def test_memory_is_bounded_even_where_all_that_waits_is_inputs() -> None:
    play = Play()
    lost = [play.keep(str(number)) for number in range(LIMIT + 2)]
    assert (sum(lost), len(play.late)) == (2, LIMIT)
    assert play.names() == [str(number) for number in range(2, LIMIT + 2)]


# -- words -----------------------------------------------------------------------------------------


def test_each_time_that_something_has_to_wait_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    play = Play()
    for _ in range(3):
        play.keep("event", Kind.EVENT)
    assert warnings(caplog) == 1
    play.late.do()
    for _ in range(3):
        play.keep("event", Kind.EVENT)
    assert warnings(caplog) == 2


def test_what_need_not_wait_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    play = Play()
    play.add("enter")
    play.late.do()
    assert warnings(caplog) == 0


# -- after a wipe ----------------------------------------------------------------------------------


def test_the_newest_is_left_to_be_done_and_the_rest_is_forgotten() -> None:
    play = Play()
    play.keep("secret", Kind.EVENT, 1.0)
    play.keep("user", second=2.0)
    play.add("enable", second=3.0)
    newest = play.late.take_newest()
    assert (newest.moment, newest.kind) == (at(3.0), Kind.INPUT)
    assert len(play.late) == 0
    assert play.names() == []
    newest.act(newest.moment)
    assert play.done == [("enable", 3.0)]
