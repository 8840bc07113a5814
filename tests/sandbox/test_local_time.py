"""Times that the system knows nothing of: on Windows those before 1970 and after 3000."""

import time
from datetime import datetime, timedelta

import pytest
import requests

from braze_qt.sandbox.local_time import local, seconds_of

from .bodies import ADA, DAY, T0, body, end, start

YEAR = 365.2425 * DAY


@pytest.mark.parametrize("moment", [0.0, 3_600.0, 1.5 * DAY, -10 * YEAR, 1_100 * YEAR, 7_900 * YEAR])
def test_a_session_of_any_time_is_shown(post, sandbox, moment):
    post(body(start(T0, 1, ADA), start(moment, 2, ADA), end(moment + 60, 60, 2, ADA)))
    assert requests.get(sandbox.url, timeout=30).status_code == 200
    page = requests.get(f"{sandbox.url}/users/{ADA}", timeout=30)
    assert page.status_code == 200
    assert f" {local(moment).year}, " in page.text
    assert sandbox.api(f"users/{ADA}")["figures"]["sessions"] == 2


@pytest.mark.parametrize("day", ["0002-01-01", "1960-05-01", "1970-01-01", "1970-01-02", "3001-07-01"])
def test_any_day_has_figures(sandbox, day):
    assert sandbox.api(f"figures?day={day}")["daily_sessions"] == 0


def test_local_time_equals_the_system_s_local_time():
    """From 1970 to 2029."""
    for moment in range(int(2 * DAY), int(60 * YEAR), int(11.3 * DAY)):
        known = datetime.fromtimestamp(moment + 0.25)
        assert local(moment + 0.25) == known
        assert seconds_of(known) == time.mktime(known.timetuple()) + 0.25


@pytest.mark.parametrize("year", [2, 1900, 1960, 1969, 1970, 3000, 3001, 9998])
@pytest.mark.parametrize(("month", "day"), [(1, 1), (2, 28), (7, 1), (12, 31)])
def test_seconds_and_local_time_are_inverse(year, month, day):
    """Within the hour by which a time zone may shift."""
    moment = datetime(year, month, day, 12)
    assert abs(local(seconds_of(moment)) - moment) <= timedelta(hours=1)


@pytest.mark.parametrize("moment", [1e300, -1e18, float("inf"), float("nan"), 8_100 * YEAR, -1_980 * YEAR])
def test_times_outside_the_calendar_are_none(moment):
    assert local(moment) is None
