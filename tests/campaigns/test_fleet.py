"""A server that comes back after an hour is not overloaded by the clients that waited for it."""

import itertools
import runpy
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from braze_qt._protocol.server_config import ServerConfig
from tests.campaigns.fleet import Course, Outage, run, simulate

ROOT = Path(__file__).parents[2]
CLIENTS = 2_000


@pytest.fixture(scope="module")
def courses() -> tuple[Course, Course]:
    """With jitter and without."""
    return simulate(Outage(CLIENTS)), simulate(Outage(CLIENTS, jitter=False))


def test_jitter_bounds_peak_and_drain(courses) -> None:
    """The peak stays below twice the capacity, the drain below twice the ideal."""
    with_jitter, _ = courses
    assert with_jitter.peak < 2
    assert with_jitter.drain < 2


def test_the_table_has_a_line_for_each_capacity() -> None:
    _, _, line = itertools.islice(run(seed=1, seconds=1), 3)
    assert line.startswith(" " * 15 + "150 s       6,667/s")
    assert line.count("×") == 4


def test_every_client_is_served_once(courses) -> None:
    for course in courses:
        assert sum(course.taken.values()) == CLIENTS
        assert min(course.taken) * 10 >= course.outage.down


def test_requests_without_jitter_come_in_waves(courses) -> None:
    """The simulation can distinguish a bad policy from a good one."""
    _, without = courses
    assert without.peak > 2
    assert without.drain > 2


def test_a_policy_with_short_waits_is_detected() -> None:
    course = simulate(Outage(200, down=600), ServerConfig(min_sleep=1.0, max_sleep=10.0))
    assert course.peak > 10


def test_the_same_seed_gives_the_same_course() -> None:
    assert simulate(Outage(200)).asked == simulate(Outage(200)).asked != simulate(Outage(200, seed=2)).asked


def test_the_picture_has_two_curves(courses) -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "fleet_picture.py"))
    drawn = ElementTree.fromstring(tool["picture"](*courses))
    assert len(drawn.findall("{*}polyline")) == 2
    kept = ElementTree.parse(ROOT / "docs" / "fleet.svg").getroot()
    assert len(kept.findall("{*}polyline")) == 2
