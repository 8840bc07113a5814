"""The most likely cause when nothing arrives: a table."""

from dataclasses import replace

import pytest

from braze_qt._inspector.causes import Cause, Level, Situation, level, likely_cause
from braze_qt._protocol.response import Fault

RUNNING = Situation(in_session=True, had_session=True, sent=True)


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        (Situation(installed=False), Cause.NOT_INSTALLED),
        (Situation(switched_off=True, shut_down=True), Cause.SWITCHED_OFF),
        (replace(RUNNING, shut_down=True, pending=3), Cause.SHUT_DOWN),
        (replace(RUNNING, enabled=False, unmerged=True), Cause.DISABLED),
        (replace(RUNNING, unmerged=True, pending=3, fault=Fault.NAME), Cause.IN_JOURNAL),
        (replace(RUNNING, unmerged=True, in_memory=True), Cause.IN_MEMORY),
        (replace(RUNNING, paused=True, pending=3, fault=Fault.KEY), Cause.PAUSED),
        (replace(RUNNING, pending=3, fault=Fault.KEY, sending=True), Fault.KEY),
        (replace(RUNNING, pending=3, fault=Fault.CERTIFICATE), Fault.CERTIFICATE),
        (replace(RUNNING, pending=3, unsigned=True), Cause.UNSIGNED),
        (replace(RUNNING, pending=3, sending=True), Cause.SENDING),
        (replace(RUNNING, pending=3), Cause.SOON),
        (Situation(), Cause.NO_FOCUS_YET),
        (Situation(pending=3), Cause.NO_FOCUS_YET),
        (Situation(automatic=False), Cause.NOT_OPENED_YET),
        (Situation(had_session=True, pending=3), Cause.NO_SESSION),
        (replace(RUNNING, reason="the disk is full"), Cause.IN_MEMORY),
        (replace(RUNNING, fault=Fault.REQUEST), Cause.ARRIVED),
        (RUNNING, Cause.ARRIVED),
        (replace(RUNNING, sent=False), Cause.NOTHING_YET),
    ],
)
def test_the_first_thing_in_the_way_is_named(now: Situation, cause: Cause | Fault) -> None:
    assert likely_cause(now) is cause


def test_only_waiting_and_arrival_are_no_stop() -> None:
    assert {each for each in Cause if level(each) is Level.GOOD} == {Cause.ARRIVED, Cause.NOTHING_YET}
    assert {level(each) for each in Fault} == {Level.STOPPED}
    assert level(Cause.DISABLED) is Level.STOPPED
