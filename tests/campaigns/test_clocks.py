"""Clocks are set, machines sleep, processes are stopped and killed: every session is reported correctly."""

import copy
from collections.abc import Callable

import pytest

from tests.campaigns.clocks import Life, deeds, live
from tests.support.session_observers import faults
from tests.support.sessions import Event, of_code


@pytest.fixture(scope="module")
def life() -> Life:
    """A life in which everything has happened once."""
    return live(1, deeds())


def test_every_session_arrives_as_it_happened(life: Life) -> None:
    assert len(life.model.sessions) > 5
    assert set(life.done) == set(deeds())
    assert faults(life.model, life.arrived) == []


def lose_an_end(events: list[Event]) -> None:
    events.remove(of_code(events, "se")[2])


def repeat_a_start(events: list[Event]) -> None:
    events.append(dict(of_code(events, "ss")[2], time=0.0))


def count_a_dark_wake(events: list[Event]) -> None:
    start = of_code(events, "ss")[2]
    end = {**of_code(events, "se")[2], "session_id": "dark wake", "time": start["time"], "data": {"d": 0.0}}
    events += [{**start, "session_id": "dark wake"}, end]


def count_a_night(events: list[Event]) -> None:
    of_code(events, "se")[2]["data"]["d"] += 28_800


def believe_a_clock_that_was_set(events: list[Event]) -> None:
    of_code(events, "se")[2]["time"] -= 3_600


def tell_another_user(events: list[Event]) -> None:
    of_code(events, "ce")[0]["user_id"] = "somebody"


def lose_an_event(events: list[Event]) -> None:
    events.remove(of_code(events, "ce")[0])


@pytest.mark.parametrize(
    "mistake",
    [
        lose_an_end,
        repeat_a_start,
        count_a_dark_wake,
        count_a_night,
        believe_a_clock_that_was_set,
        tell_another_user,
        lose_an_event,
    ],
)
def test_a_planted_mistake_is_detected(life: Life, mistake: Callable[[list[Event]], None]) -> None:
    events = copy.deepcopy(life.arrived)
    mistake(events)
    assert faults(life.model, events)
