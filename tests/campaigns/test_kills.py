"""Hosts die at any instant, at any statement and in any write, and nothing that was acknowledged is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.campaigns import kills
from tests.support.workload.deliveries import Deliveries
from tests.support.workload.order import Order, wording
from tests.support.workload.process import Run

KILLS = 15


def test_killed_hosts_lose_and_change_no_event() -> None:
    lines = list(kills.run(1, 0.0, KILLS))
    assert len(lines) == 3
    for line in lines:
        assert int(re.findall(r"([\d,]+) kills", line)[0].replace(",", "")) >= KILLS, line
        assert "0 lost, 0 changed" in line


# -- what the verdict is worth ---------------------------------------------------------------------


def border(name: str, time: float, **data: float) -> dict[str, Any]:
    return {"name": name, "time": time, "data": data, "session_id": "s"}


def event(number: int, user: str = "ada") -> dict[str, Any]:
    data = {"n": "e", "p": wording(1, 0, number)}
    return {"name": "ce", "time": 10.0 + number, "data": data, "session_id": "s", "user_id": user}


def request(*events: dict[str, Any], **attributes: str) -> dict[str, Any]:
    values = [{"user_id": "ada", "custom": attributes}] if attributes else []
    return {"device_id": "d", "events": list(events), "attributes": values}


START, END = border("ss", 1.0), border("se", 100.0, d=99.0)


def settled(*requests: dict[str, Any], took: int = 3, attribute: bool = False) -> Deliveries:
    """Those of calls by one host, number 0 and up, and of what has arrived."""
    deliveries, run = Deliveries(), Run(Order(None, "", 1))
    for number in range(took):
        run.hear(f"took 1 0 {number} e ada\n")
    if attribute:
        run.hear(f"took 1 0 {took} a ada\n")
    deliveries.note_acknowledged(run)
    deliveries.note_arrived(requests)
    deliveries.settle()
    return deliveries


def test_complete_deliveries_are_accepted() -> None:
    first = request(START, event(0), event(1))
    deliveries = settled(first, first, request(event(2), END, k3="000000001.000000003"), attribute=True)
    assert (deliveries.acknowledged, deliveries.repeats, deliveries.longest_repeat) == (4, 3, 3)


def test_one_unreported_call_is_allowed() -> None:
    settled(request(START, event(0), event(1), END), took=1)


WRONG: dict[str, Callable[[], Deliveries]] = {
    "lost": lambda: settled(request(START, event(0), event(2), END)),
    "changed": lambda: settled(
        request(START, {**event(0), "data": {"n": "e", "p": {**wording(1, 0, 0), "text": []}}})
    ),
    "changed between": lambda: settled(request(START, event(0)), request({**event(0), "time": 9.0})),
    "repeated, but": lambda: settled(request(START, event(0)), request(event(1)), request(event(0))),
    "out of order": lambda: settled(request(START, event(1), event(0))),
    "twice in one": lambda: settled(request(START, event(0), event(0))),
    "wrong user": lambda: settled(request(START, event(0, "eve"))),
    "told apart": lambda: settled(request(START, event(0), {**event(1), "time": 10.0})),
    "before the start": lambda: settled(request(event(0))),
    "nobody logged": lambda: settled(request(START, *map(event, range(5)), END)),
    "has {'ss'}": lambda: settled(request(START, *map(event, range(3)))),
    "negative": lambda: settled(request(START, *map(event, range(3)), border("se", 100.0, d=-1.0))),
    "the last value": lambda: settled(request(START, *map(event, range(3)), END), attribute=True),
    "older value": lambda: settled(request(k0="2"), request(k0="1")),
    "overlap": lambda: settled(
        request(START, END), request(*({**each, "session_id": "other"} for each in (START, END))), took=0
    ),
}


@pytest.mark.parametrize("words", WRONG)
def test_incorrect_deliveries_are_reported(words: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(words)):
        WRONG[words]()
