"""What must hold for the events of one device, whatever happened to it."""

import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

Event = dict[str, Any]

AHEAD = 0.02
"""Seconds by which stamps may be ahead of the clock after a few events in the same millisecond."""
SIGN_OF_LIFE = 5.0
"""Seconds between two notes that an application is in the foreground: a killed one has ended at the last."""


def names(events: list[Event]) -> list[str]:
    """The codes of session events and the names of custom events, as they came."""
    return [event["data"]["n"] if event["name"] == "ce" else event["name"] for event in events]


def custom_names(events: list[Event]) -> list[str]:
    """The names of the custom events alone."""
    return [event["data"]["n"] for event in events if event["name"] == "ce"]


def of_code(events: list[Event], code: str) -> list[Event]:
    """The events with this code."""
    return [event for event in events if event["name"] == code]


def by_session(events: list[Event]) -> list[list[Event]]:
    """The events of each session; sessions and events in the order of their times."""
    sessions: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: float(event["time"])):
        sessions[event["session_id"]].append(event)
    return list(sessions.values())


def assert_sessions_are_whole(events: list[Event], late: float = AHEAD) -> None:
    """One start each, ended once before the next begins (only the newest may be open), nothing outside.

    ``late``: seconds by which an event may come after the end of its session.
    """
    sessions = by_session(events)
    faults = [fault for session in sessions for fault in session_faults(session, late)]
    faults += [
        f"open, but not the newest: {brief(each[0])}" for each in sessions[:-1] if not of_code(each, "se")
    ]
    borders = sorted(
        (each for each in events if each["name"] in ("ss", "se")), key=lambda each: float(each["time"])
    )
    for earlier, later in pairwise(borders):
        if earlier["name"] == later["name"]:
            faults.append(f"overlap: {brief(earlier)} {brief(later)}")
    assert not faults, faults[:5]


def session_faults(session: list[Event], late: float) -> list[str]:
    """What is wrong with the events of one session, none of which was logged in the background."""
    codes = [event["name"] for event in session]
    start, last = session[0], session[-1]
    faults = []
    if codes[0] != "ss" or codes.count("ss") != 1:
        faults.append(f"{codes.count('ss')} starts, first of all: {brief(start)}")
    if codes.count("se") > 1:
        faults.append(f"{codes.count('se')} ends: {brief(start)}")
    for end in of_code(session, "se"):
        if end["time"] < last["time"] - late:
            faults.append(f"after the end {brief(end)}: {brief(last)}")
        if not 0 <= end["data"]["d"] <= end["time"] - start["time"] + 0.5:
            faults.append(f"length: {brief(start)} {brief(end)}")
    return faults


def brief(event: Event) -> str:
    """An event in one short line."""
    return f"[{event['session_id'][:4]} {event['time']:.3f} {event['name']} {event['data']}]"


def assert_repeats_are_identical(deliveries: list[Event]) -> None:
    """What came more than once came in the same words; whoever repeats it may not change a letter."""
    texts: dict[tuple[str, str, float], set[str]] = defaultdict(set)
    for event in deliveries:
        texts[event["session_id"], event["name"], event["time"]].add(json.dumps(event))
    changed = [sorted(each) for each in texts.values() if len(each) > 1]
    assert not changed, changed[:5]
