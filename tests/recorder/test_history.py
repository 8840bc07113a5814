"""The last events of a run, as an inspector shows them."""

from braze_qt import EventRecord
from braze_qt._recorder.history import LENGTH, History
from braze_qt._session.shared import NotedFact


def event(session_id: str | None = "s", time: float = 2.0) -> NotedFact:
    return NotedFact("ce", "saved", time, session_id, "u")


def states(history: History) -> list[str]:
    return [record.state for record in history.records()]


def filled(count: int) -> History:
    history = History()
    for number in range(1, count + 1):
        history.note(number, event(time=float(number)))
    return history


def test_the_history_of_a_run_begins_empty() -> None:
    assert History().records() == []


def test_facts_of_every_kind_are_listed_newest_last() -> None:
    history = History()
    history.note(1, NotedFact("ss", "", 1.0, "s", None))
    history.note(2, event())
    history.note(3, NotedFact("se", "", 3.0, "s", "u"))
    assert history.records() == [
        EventRecord(1, "ss", "", 1.0, "s", None, "stored"),
        EventRecord(2, "ce", "saved", 2.0, "s", "u", "stored"),
        EventRecord(3, "se", "", 3.0, "s", "u", "stored"),
    ]


def test_events_of_a_request_are_shown_as_sending() -> None:
    history = filled(3)
    history.sending(2, "u")
    assert states(history) == ["sending", "sending", "stored"]
    history.sending(0, None)
    assert states(history) == ["stored"] * 3
    history.sending(2, "u")
    history.acknowledged(2, "u")
    history.sending(0, None)
    assert states(history) == ["acknowledged", "acknowledged", "stored"]


def test_acknowledged_events_stay_acknowledged() -> None:
    history = filled(3)
    history.acknowledged(3, "u")
    history.acknowledged(1, "u")
    assert states(history) == ["acknowledged"] * 3


def test_an_event_set_aside_is_never_acknowledged() -> None:
    history = filled(3)
    history.set_aside(2)
    history.acknowledged(3, "u")
    assert states(history) == ["acknowledged", "set aside", "acknowledged"]


def test_events_without_a_session_join_the_next() -> None:
    history = History()
    history.note(0, event(None, 1.0))
    history.note(0, event(None, 2.0))
    history.sending(5, "u")
    history.acknowledged(5, "u")
    assert states(history) == ["stored", "stored"]
    history.note(6, NotedFact("ss", "", 3.0, "s", "u"))
    history.adopt("s", 7)
    records = history.records()
    assert [(record.id, record.session_id, record.time) for record in records] == [
        (7, "s", 1.0),
        (8, "s", 2.0),
        (6, "s", 3.0),
    ]
    history.acknowledged(7, "u")
    assert states(history) == ["acknowledged", "stored", "acknowledged"]


def test_the_history_keeps_the_newest_200_facts() -> None:
    assert LENGTH == 200
    history = filled(1_000)
    assert [record.id for record in history.records()] == list(range(801, 1_001))


def test_a_waiting_event_shows_its_stored_text() -> None:
    """What waits for a session is stored without the end that names one."""
    history = History()
    history.note(0, NotedFact("ce", "saved", 1.0, None, "u", '{"name":"ce","data":{}'))
    assert history.texts() == ['{"name":"ce","data":{}}']
    history.adopt("s", 7)
    assert history.texts() == ['{"name":"ce","data":{},"session_id":"s"}']
    history.forget_texts()
    assert history.texts() == [""]
