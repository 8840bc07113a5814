"""Limits on the server's configuration: it can neither stop an installation nor make it send too often."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from braze_qt._protocol.server_config import FUTURE, NAMES, RANGES, ServerConfig, read_config, restored

NOW = 1_800_000_000.0
PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
ROW = re.compile(r"^\| `([\w.]+)` \| .* \| ([-\d,]+) to ([\d,]+) \| .* \| .* \|$", re.M)


def read(config: dict[str, Any], previous: ServerConfig | None = None) -> ServerConfig:
    """The result of a configuration that is newer than the one before."""
    taken = read_config({"time": 7, **config}, previous or ServerConfig(), NOW)
    assert taken is not None
    return taken


def test_a_real_configuration_sets_time_and_features() -> None:
    config = {
        "time": 1626220670,
        "attributes_blacklist": [],
        "events_blacklist": [],
        "purchases_blacklist": [],
        "messaging_session_timeout": 21600,
        "content_cards": {"enabled": True},
    }
    assert read(config) == ServerConfig(time=1626220670, cards=True)


def test_backoff_and_rate_limit_are_applied() -> None:
    config = {
        "request_backoff": {
            "min_sleep_duration_ms": 1_500,
            "max_sleep_duration_ms": 60_000,
            "scale_factor": 2,
        },
        "global_request_rate_limit": {"enabled": True, "capacity": 12, "refill_rate": 1.5},
    }
    assert read(config) == ServerConfig(7, 1.5, 60.0, 2.0, 12, 1.5)


@pytest.mark.parametrize(
    ("limit", "capacity"),
    [
        ({"enabled": False}, None),
        ({"enabled": False, "capacity": 20}, None),
        ({"capacity": 9}, None),
        ({"capacity": 10}, 10),
        ({"capacity": 10.9}, 10),
        ({"enabled": True}, 25),
        ({"enabled": True, "capacity": "20"}, 25),
        ({}, 25),
        (None, 25),
        ([], 25),
    ],
)
def test_the_rate_limit_sets_the_bucket_capacity(limit: Any, capacity: int | None) -> None:
    assert read({"global_request_rate_limit": limit}, ServerConfig(capacity=25)).capacity == capacity


def test_an_unlimited_rate_stays_until_limited() -> None:
    unlimited = ServerConfig(capacity=None)
    assert read({}, unlimited).capacity is None
    assert read({"global_request_rate_limit": {"enabled": True, "capacity": 40}}, unlimited).capacity == 40


def told(key: str, value: Any) -> dict[str, Any]:
    *outer, inner = key.split(".")
    return {outer[0]: {inner: value}} if outer else {inner: value}


@pytest.mark.parametrize("key", RANGES)
def test_a_number_outside_its_range_is_ignored(key: str) -> None:
    low, high = RANGES[key]
    as_it_was = read({})
    for wrong in (low - 1, high + 1, None, True, str(low), [low], float("nan"), float("inf"), 10**30):
        assert read(told(key, wrong)) == as_it_was, wrong
    for right in (low, high):
        assert restored(json.loads(read(told(key, right)).text())) == read(told(key, right))


def test_the_maximum_wait_is_at_least_the_minimum() -> None:
    taken = read({"request_backoff": {"min_sleep_duration_ms": 900_000}})
    assert (taken.min_sleep, taken.max_sleep) == (900.0, 900.0)


def test_every_range_is_documented() -> None:
    listed = {
        key: (float(low.replace(",", "")), float(high.replace(",", "")))
        for key, low, high in ROW.findall(PAGE)
    }
    assert listed == dict(RANGES)


# -- which one counts ------------------------------------------------------------------------------


@pytest.mark.parametrize("time", [0, -1, 50, 49.9, "60", None, True, float("nan"), float("inf"), [60]])
def test_a_configuration_that_is_not_newer_is_ignored(time: Any) -> None:
    assert read_config({"time": time, "minimum_session_timeout": 5}, ServerConfig(time=50), NOW) is None


@pytest.mark.parametrize("ahead", [FUTURE + 1, 10 * FUTURE, 253_402_300_799.0 - NOW])
def test_a_configuration_from_the_future_is_ignored(ahead: float) -> None:
    assert read_config({"time": NOW + ahead, "events_blacklist": ["a"]}, ServerConfig(), NOW) is None


def test_a_stored_future_configuration_blocks_no_later_one() -> None:
    """The clock was ahead when the stored one was taken over."""
    ahead = ServerConfig(time=int(NOW + 10 * FUTURE))
    assert ahead.time_known(NOW) == 0
    taken = read_config({"time": NOW - 1_000}, ahead, NOW)
    assert taken is not None
    assert taken.time == int(NOW - 1_000)


# -- names -----------------------------------------------------------------------------------------


def test_the_number_of_blocked_names_is_bounded() -> None:
    taken = read({"events_blacklist": [f"event {number}" for number in range(3 * NAMES)] + [None, 7]})
    assert len(taken.blocked_events) == NAMES
    assert "event 0" in taken.blocked_events
    assert read({"time": 8}, taken).blocked_events == frozenset()


# -- kept ------------------------------------------------------------------------------------------


def test_a_configuration_survives_storage() -> None:
    server = ServerConfig(7, 1.5, 60.0, 2.0, None, 1.5, frozenset("ab"), frozenset("c"), frozenset(), 9)
    assert restored(json.loads(server.text())) == server


def test_an_sdk_upgrade_resets_the_known_configuration_time() -> None:
    """The server then sends its configuration again; until it does, the stored values stay."""
    kept = json.loads(ServerConfig(time=7, min_sleep=2.0, blocked_events=frozenset("a")).text())
    assert restored({**kept, "sdk_version": "0.0.1"}) == ServerConfig(
        min_sleep=2.0, blocked_events=frozenset("a")
    )


def test_stored_values_outside_their_range_become_defaults() -> None:
    """An older version accepted waits of a thousand days, and stored them."""
    kept = json.loads(ServerConfig(time=7, factor=2.0).text())
    beyond = {
        "min_sleep": 86_400.0,
        "max_sleep": 86_400.0,
        "refill": 86_400_000.0,
        "minimum_timeout": 86_400_000,
        "capacity": -1,
    }
    assert restored({**kept, **beyond}) == ServerConfig(time=7, factor=2.0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
keys = st.sampled_from([key.rpartition(".")[2] for key in RANGES] + ["enabled"])
blocks = st.dictionaries(keys, json_values | st.floats(0, 1e9)) | json_values
configs = st.fixed_dictionaries(
    {},
    optional={"time": json_values, "request_backoff": blocks, "global_request_rate_limit": blocks}
    | {key: json_values for key in RANGES if "." not in key},
)


@example({"time": 0.5})
@given(configs | configs.map(lambda config: {**config, "time": 7}))
def test_any_server_configuration_keeps_sending_within_bounds(config: dict[str, Any]) -> None:
    server = read_config(config, ServerConfig(), NOW)
    if server is None:
        return
    assert 0 < server.time <= NOW + FUTURE
    assert 1 <= server.min_sleep <= server.max_sleep <= 3_600
    assert server.max_sleep >= 60
    assert server.factor >= 1
    assert server.capacity is None or server.capacity >= 10
    assert 0 <= server.refill <= 3_600
    assert 1 <= server.minimum_timeout <= 3_600


@pytest.mark.parametrize("told", [{}, {"feature_flags": None}, {"feature_flags": {"enabled": "yes"}}])
def test_the_switch_of_feature_flags_stays_until_told(told: dict[str, Any]) -> None:
    """Also where a newer configuration does not mention them, which Braze's Web SDK takes for off."""
    assert read({}).flags is None
    for switch in (True, False):
        before = read({"feature_flags": {"enabled": switch, "refresh_rate_limit": 60}})
        assert (before.flags, before.flags_refresh) == (switch, 60.0)
        assert restored(json.loads(before.text())) == before
        after = read_config({"time": 8, **told}, before, NOW)
        assert after is not None
        assert (after.flags, after.flags_refresh) == (switch, 60.0)


@pytest.mark.parametrize("told", [{}, {"content_cards": None}, {"content_cards": {"enabled": 1}}])
def test_the_switch_of_cards_stays_until_told(told: dict[str, Any]) -> None:
    assert read({}).cards is None
    for switch in (True, False):
        before = read({"content_cards": {"enabled": switch}})
        after = read_config({"time": 8, **told}, before, NOW)
        assert after is not None
        assert (before.cards, after.cards, restored(json.loads(before.text()))) == (switch, switch, before)
