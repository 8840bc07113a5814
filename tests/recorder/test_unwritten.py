"""What was taken and is not on disk yet."""

import pytest

from braze_qt._platform.clock import Instant
from braze_qt._recorder.unwritten import LIMIT, Unwritten
from braze_qt._session.state import Kept, Session, StoredSession
from braze_qt.events import AttributeSet, CustomEvent, Fact, Logged, SessionEnded, SessionStarted

WALL = 1_800_000_000.0


def at(second: float) -> Instant:
    return Instant(WALL + second, second, second)


def event(name: str = "saved", user_id: str | None = None) -> Logged:
    return Logged("mine", user_id, WALL, CustomEvent(name, "{}"))


def attribute(key: str = "city", user_id: str | None = None) -> AttributeSet:
    return AttributeSet(user_id, key, '"Ulm"', custom=True)


def started(session_id: str) -> SessionStarted:
    return SessionStarted(session_id, None, WALL)


def ended(session_id: str, second: float = 5.0) -> SessionEnded:
    return SessionEnded(session_id, None, WALL + second, second)


def state(session_id: str | None = None, *, left: float | None = None, user_id: str | None = None) -> Kept:
    """With a session that began at 0 and was seen last at 5 seconds, or with none."""
    if session_id is None:
        return Kept(user_id)
    session = Session(session_id, user_id, at(0), at(5), None if left is None else at(left))
    return Kept(user_id, session=StoredSession(session, "boot"))


def taken(*facts: Fact | AttributeSet, kept: Kept | None = None) -> Unwritten:
    unwritten = Unwritten()
    unwritten.take(facts, kept)
    return unwritten


# -- whether anything waits ------------------------------------------------------------------------


def test_nothing_waits_at_first() -> None:
    unwritten = Unwritten()
    assert not unwritten.waits
    assert (unwritten.facts, unwritten.kept, unwritten.became) == ([], None, None)


@pytest.mark.parametrize(
    ("facts", "kept"),
    [((), state()), ((event(),), None), ((attribute(),), None), ((started("mine"),), state("mine"))],
)
def test_what_was_taken_waits_until_it_is_written(
    facts: tuple[Fact | AttributeSet, ...], kept: Kept | None
) -> None:
    unwritten = taken(*facts, kept=kept)
    assert unwritten.waits
    unwritten.written()
    assert not unwritten.waits
    assert unwritten.facts == []


def test_what_is_put_in_front_waits_like_what_was_taken() -> None:
    unwritten = Unwritten()
    unwritten.facts[:0] = [event("remembered")]  # as a file that replaces a damaged one needs it
    assert unwritten.waits
    unwritten.written()
    assert not unwritten.waits


def test_facts_keep_the_order_in_which_they_came() -> None:
    unwritten = taken(started("mine"), event("a"), kept=state("mine"))
    unwritten.take([event("b"), attribute()], None)
    assert unwritten.facts == [started("mine"), event("a"), event("b"), attribute()]


def test_a_state_holds_until_another_one_is_taken_written_or_not() -> None:
    unwritten = taken(kept=state("mine"))
    unwritten.take([event()], None)
    assert unwritten.kept == state("mine")
    unwritten.written()
    unwritten.take([event()], None)
    assert unwritten.kept == state("mine")
    unwritten.take((), state())
    assert unwritten.kept == state()


# -- who the anonymous user is ---------------------------------------------------------------------


def test_what_was_said_of_nobody_is_said_of_who_it_turns_out_to_be() -> None:
    unwritten = taken(attribute(), event(), attribute("size", "eve"), kept=state())
    assert unwritten.became is None
    unwritten.take([attribute("size", "ada")], state(user_id="ada"))
    assert unwritten.became == "ada"
    assert unwritten.facts == [
        attribute("city", "ada"),
        event(),  # it happened while nobody was known
        attribute("size", "eve"),
        attribute("size", "ada"),
    ]


def test_nobody_becomes_a_user_who_follows_another() -> None:
    unwritten = taken(attribute(), kept=state())
    unwritten.take((), state(user_id="ada"))
    unwritten.take((), state(user_id="bob"))
    assert unwritten.became == "ada"
    assert unwritten.facts == [attribute("city", "ada")]


def test_who_nobody_became_is_told_once() -> None:
    unwritten = taken(kept=state(user_id="ada"))
    unwritten.written()
    assert unwritten.became is None
    unwritten.take((), state(user_id="bob"))
    assert unwritten.became == "bob"


# -- what others did meanwhile ---------------------------------------------------------------------


@pytest.mark.parametrize("there", [None, state()])
def test_where_nobody_has_a_session_what_is_in_memory_holds(there: Kept | None) -> None:
    unwritten = taken(attribute(), kept=state(user_id="ada"))
    before = list(unwritten.facts)
    assert unwritten.reconcile(there) is None
    assert (unwritten.facts, unwritten.kept) == (before, state(user_id="ada"))


def test_where_no_state_was_taken_what_is_on_disk_holds() -> None:
    unwritten = taken(event())
    assert unwritten.reconcile(state()) == state()
    assert unwritten.facts == [event()]


def test_a_session_that_is_open_here_and_there_goes_on() -> None:
    unwritten = taken(event(), kept=state("mine", left=7.0))
    assert unwritten.reconcile(state("mine")) is None
    assert (unwritten.facts, unwritten.kept) == ([event()], state("mine", left=7.0))


@pytest.mark.parametrize("there", [None, state()])
def test_a_session_that_only_memory_knows_goes_on(there: Kept | None) -> None:
    unwritten = taken(started("mine"), event(), kept=state("mine"))
    assert unwritten.reconcile(there) is None
    assert (unwritten.facts, unwritten.kept) == ([started("mine"), event()], state("mine"))


def test_the_end_of_a_session_that_is_open_on_disk_is_the_only_one() -> None:
    unwritten = taken(event(), ended("old", 3.0), started("mine"), kept=state("mine"))
    assert unwritten.reconcile(state("old")) is None
    assert unwritten.facts == [event(), ended("old", 3.0), started("mine")]


def test_a_session_that_began_and_ended_in_memory_is_told_whole() -> None:
    unwritten = taken(started("brief"), event(), ended("brief"), kept=state())
    assert unwritten.reconcile(state()) is None
    assert unwritten.facts == [started("brief"), event(), ended("brief")]


def test_what_another_process_has_ended_is_not_ended_again() -> None:
    unwritten = taken(event(), ended("old"), started("mine"), kept=state("mine"))
    assert unwritten.reconcile(state()) is None
    assert (unwritten.facts, unwritten.kept) == ([event(), started("mine")], state("mine"))


@pytest.mark.parametrize("there", [state(user_id="bob"), state("theirs", user_id="bob")])
def test_what_another_process_has_ended_is_not_gone_on_with(there: Kept) -> None:
    unwritten = taken(event(), kept=state("mine", left=7.0))
    assert unwritten.reconcile(there) == there
    assert (unwritten.facts, unwritten.kept) == ([event()], there)


@pytest.mark.parametrize(("left", "end"), [(None, 5.0), (4.0, 4.0)])
def test_a_session_of_another_process_ends_before_one_that_began_here(left: float | None, end: float) -> None:
    unwritten = taken(ended("old"), started("mine"), kept=state("mine"))
    assert unwritten.reconcile(state("theirs", left=left)) is None
    assert unwritten.facts == [ended("theirs", end), started("mine")]
    assert unwritten.kept == state("mine")


def test_to_reconcile_again_changes_nothing_more() -> None:
    unwritten = taken(ended("old"), started("mine"), kept=state("mine"))
    for _ in range(3):  # the disk may refuse what came of it, too
        assert unwritten.reconcile(state("theirs")) is None
    assert unwritten.facts == [ended("theirs"), started("mine")]


# -- too much --------------------------------------------------------------------------------------


def test_as_many_as_are_promised_are_kept() -> None:
    unwritten = taken(*[event(str(number)) for number in range(LIMIT)])
    assert unwritten.bound() == 0
    assert len(unwritten.facts) == LIMIT


def test_of_too_much_the_oldest_events_go_and_neither_sessions_nor_attributes() -> None:
    events = [event(str(number)) for number in range(LIMIT)]
    unwritten = taken(started("mine"), attribute(), *events, ended("mine"))
    assert unwritten.bound() == 3
    assert unwritten.facts == [started("mine"), attribute(), *events[3:], ended("mine")]


def test_memory_is_bounded_even_where_nothing_is_an_event() -> None:
    facts = [attribute(str(number)) for number in range(LIMIT + 2)]
    unwritten = taken(*facts)
    assert unwritten.bound() == 2
    assert unwritten.facts == facts[2:]


def test_a_user_identified_by_another_process_gets_the_attributes() -> None:
    """While this one could not write: what the anonymous user said of himself is that user's."""
    unwritten = Unwritten()
    unwritten.known(state())
    unwritten.take([attribute()], None)
    unwritten.take((), state())
    unwritten.reconcile(state(user_id="ada"))
    assert unwritten.facts == [attribute(user_id="ada")]
    assert unwritten.became == "ada"
