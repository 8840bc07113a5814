"""The sessions, users and figures that are derived from events."""

import socket
import time

import pytest
import requests

from braze_qt.sandbox import Sandbox

from . import bodies
from .bodies import ADA, DAY, DESKTOP, DEVICE, T0, body, custom, end, event, start


@pytest.fixture
def ada(post, sandbox):
    """What the sandbox says of Ada after these requests."""

    def ada(*sent):
        for each in sent:
            assert post(each).status_code == 201
        return sandbox.api(f"users/{ADA}")

    return ada


def test_two_sandboxes_in_one_process_stay_apart(sandbox, post):
    """In what they keep, and in the names that they answer to."""
    post(body(start(user=ADA)))
    with Sandbox(host="0.0.0.0") as other:
        assert other.api("users")["users"] == []
        assert [each["id"] for each in sandbox.api("users")["users"]] == [ADA]
        named = {"Host": socket.gethostname()}
        codes = [
            requests.get(
                f"http://127.0.0.1:{each.url.rpartition(':')[2]}", headers=named, timeout=30
            ).status_code
            for each in (sandbox, other)
        ]
    assert codes == [403, 200]


def test_a_session_combines_its_start_and_end(ada):
    told = ada(body(start(user=ADA), custom(T0 + 3, user=ADA), end(T0 + 9, 8.5, user=ADA), device=DESKTOP))
    (session,) = told["sessions"]
    assert {name: session[name] for name in ("state", "start", "end", "duration", "device_id")} == {
        "state": "ended",
        "start": T0,
        "end": T0 + 9,
        "duration": 8.5,
        "device_id": DEVICE,
    }
    assert [each["name"] for each in session["events"]] == ["ss", "ce", "se"]
    assert told["devices"][0]["device"] == DESKTOP
    assert told["figures"] == {
        "sessions": 1,
        "open": 0,
        "first_used": T0,
        "last_used": T0,
        "median_duration": 8.5,
        "sessions_per_day": {time.strftime("%Y-%m-%d", time.localtime(T0)): 1},
    }


def test_the_order_of_arrival_does_not_matter(ada):
    told = ada(
        body(end(T0 + 9, 9, user=ADA)),
        body(custom(T0 + 5, "second", user=ADA), custom(T0 + 2, "first", user=ADA)),
        body(start(user=ADA)),
    )
    (session,) = told["sessions"]
    assert session["state"] == "ended"
    assert [each["time"] for each in session["events"]] == [T0, T0 + 2, T0 + 5, T0 + 9]


def test_a_session_is_open_until_its_end_comes(ada):
    (session,) = ada(body(start(user=ADA), custom(T0 + 4, user=ADA)))["sessions"]
    assert (session["state"], session["end"], session["duration"]) == ("open", None, None)
    assert session["last_event"] == T0 + 4


def test_a_session_without_start_is_not_counted(ada):
    told = ada(body(end(T0 + 9, 9, user=ADA)))
    assert told["sessions"][0]["state"] == "without start"
    assert told["figures"]["sessions"] == 0
    assert told["figures"]["last_used"] is None


def test_an_event_without_a_session_is_listed_separately(ada):
    told = ada(body(start(user=ADA), custom(T0 + 1, "stray", session=None, user=ADA)))
    assert [each["event"]["data"]["n"] for each in told["events_without_session"]] == ["stray"]
    assert [each["name"] for each in told["sessions"][0]["events"]] == ["ss"]


def test_a_user_change_splits_the_sessions(post, sandbox):
    """The end without a start belongs to the anonymous user, the open session to the known one."""
    post(bodies.USER_CHANGE)
    known, anonymous = sandbox.api("users")["users"]
    assert (known["id"], known["user_id"], known["open"]) == (ADA, ADA, 1)
    assert (anonymous["id"], anonymous["user_id"]) == (f"anonymous:{DEVICE}", None)
    (session,) = sandbox.api(f"users/{anonymous['id']}")["sessions"]
    assert (session["state"], session["duration"]) == ("without start", 1.25)


def test_a_user_has_figures_over_all_sessions(ada):
    lengths = [10, 2, 60]
    told = ada(
        *[body(start(T0 + n * 100, n, ADA), end(T0 + n * 100 + d, d, n, ADA)) for n, d in enumerate(lengths)]
    )["figures"]
    assert (told["sessions"], told["first_used"], told["last_used"]) == (3, T0, T0 + 200)
    assert told["median_duration"] == 10


def test_applications_are_distinguished_by_their_keys(ada):
    told = ada(
        body(start(T0, 1, ADA)),
        body(start(T0 + DAY, 2, ADA), api_key="another key", app_version="9"),
        body(start(T0 + 2 * DAY, 3, ADA), app_version="1.3.0"),
    )["applications"]
    by_key = {each["api_key"]: each for each in told}
    assert by_key["another key"]["sessions"] == 1
    assert by_key[bodies.KEY]["sessions"] == 2
    assert by_key[bodies.KEY]["app_versions"] == ["1.2.3", "1.3.0"]
    assert by_key[bodies.KEY]["last_used"] == T0 + 2 * DAY


def test_the_newest_device_description_is_shown(ada):
    told = ada(
        body(start(user=ADA), device={"locale": "de_DE"}), body(custom(T0 + 1, user=ADA), device=DESKTOP)
    )
    assert [each["device"] for each in told["devices"]] == [DESKTOP]


def test_an_unknown_user_is_an_error(sandbox):
    with pytest.raises(ValueError, match="nothing has come"):
        sandbox.api("users/nobody")


NOON = time.mktime((2026, 10, 20, 12, 0, 0, 0, 0, -1))
"""Noon of a Tuesday, in the time zone of this machine."""


def figures_after(post, sandbox, days_and_users, day="2026-10-20"):
    for number, (ago, user) in enumerate(days_and_users):
        post(body(start(NOON - ago * DAY, number % 10, user), device_id=f"device {number}"))
    return sandbox.api(f"figures?day={day}")


def test_the_figures_cover_the_30_days_before(post, sandbox):
    told = figures_after(
        post, sandbox, [(0, "a"), (0, "a"), (0, "b"), (1, "b"), (29, "c"), (30, "d"), (0, None)]
    )
    assert (told["dau"], told["mau"], told["new_users"], told["daily_sessions"]) == (3, 4, 2, 4)
    assert told["stickiness"] == 3 / 4
    assert told["sessions_per_mau"] == 1
    assert len(told["days"]) == 30
    assert {name: told["days"][-1][name] for name in ("day", "dau", "mau")} == {
        "day": "2026-10-20",
        "dau": 3,
        "mau": 4,
    }
    assert told["days"][-2]["daily_sessions"] == 1


def test_the_figures_of_an_unused_day_are_zero(post, sandbox):
    told = figures_after(post, sandbox, [(0, "a")], day="2025-01-01")
    assert (told["dau"], told["mau"], told["new_users"], told["stickiness"]) == (0, 0, 0, None)


def test_only_sessions_make_users_active(post, sandbox):
    post(body(event("ce", NOON, None, "a", n="stray"), end(NOON, 4, 1, "b")))
    assert sandbox.api("figures?day=2026-10-20")["mau"] == 0


def test_an_invalid_day_is_refused(sandbox):
    with pytest.raises(ValueError, match="2026-01-31"):
        sandbox.api("figures?day=yesterday")


def test_similar_user_ids_stay_distinct(post, sandbox):
    names = [f"anonymous:{DEVICE}", "..", "user:x", "a/b", "/", "a b?c#d", "line\nbreak"]
    post(body(start(T0, 9)))
    for number, name in enumerate(names):
        post(body(start(T0, number, name)))
    users = sandbox.api("users")["users"]
    assert {each["user_id"] for each in users} == {*names, None}
    assert len({each["id"] for each in users}) == len(users)


def test_deleting_the_data_removes_everything(post, sandbox):
    post(bodies.FIRST_REQUEST)
    post(b"{")
    sandbox.api("data", "DELETE")
    assert sandbox.api("users")["users"] == []
    assert sandbox.api("requests")["requests"] == []
    assert sandbox.api("figures")["totals"] == {"requests": 0, "refused": 0, "events": 0, "repeated": 0}
    post(bodies.FIRST_REQUEST)
    assert sandbox.api("users")["users"][0]["sessions"] == 1
