"""Feature flags: what is written, what an SDK is told of it, and the impressions that come back."""

import json

import pytest
import requests

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.faults import PATHS
from braze_qt.sandbox.served import MAX_WRITTEN

from .bodies import ADA, DEVICE, T0, body, custom, event, start

SYNC = "/api/v3/feature_flags/sync"
ANONYMOUS = f"anonymous:{DEVICE}"
PROPERTIES = {
    "s": {"type": "string", "value": "blue"},
    "n": {"type": "number", "value": 12.5},
    "b": {"type": "boolean", "value": False},
    "ts": {"type": "datetime", "value": 1_795_450_806_000},
    "img": {"type": "image", "value": "https://example.com/square.png"},
    "js": {"type": "jsonobject", "value": {"colours": ["red", "blue"], "deep": {"a": None}}},
}
"""One of every type."""


def common(**others):
    """What a Web SDK sends to a path that is not for data."""
    return {name: value for name, value in body(**others).items() if name != "events"}


@pytest.fixture
def write(sandbox):
    """Writes these flags instead of all others."""
    return lambda *flags: sandbox.api("feature_flags", "PUT", list(flags))


@pytest.fixture
def sync(post):
    """The flags that a user is told of; the anonymous one by default."""

    def sync(user=None, **options):
        answer = post(common() | ({"user_id": user} if user else {}), SYNC, **options)
        assert answer.status_code == 201
        return answer.json()["feature_flags"]

    return sync


def configured(post, config_time=0):
    """The config block that a reply to a session start holds, if any."""
    asked = {"triggers": True, "config": {"config_time": config_time}}
    answer = post(body(start(), respond_with=asked))
    assert (answer.status_code, answer.json()["message"]) == (201, "success")
    return answer.json().get("config")


def test_a_sync_brings_the_whole_set(write, sync):
    write(
        {"id": "all_types", "fts": "fts_all_types", "properties": PROPERTIES},
        {"id": "control", "enabled": False, "fts": "fts_control"},
        {"id": "plain", "properties": None, "fts": None},
    )
    assert sync() == [
        {"id": "all_types", "enabled": True, "fts": "fts_all_types", "properties": PROPERTIES},
        {"id": "control", "enabled": False, "fts": "fts_control", "properties": {}},
        {"id": "plain", "enabled": True, "properties": {}},
    ]
    write()
    assert sync() == []


@pytest.mark.parametrize("path", [SYNC, f"{SYNC}/", "/api/v3//feature_flags/sync"])
def test_every_spelling_of_the_path_is_answered(write, sandbox, post, path):
    write({"id": "a"})
    assert [each["id"] for each in post(common(), path).json()["feature_flags"]] == ["a"]
    assert sandbox.api("requests")["requests"][0]["path"] == path


def test_a_users_own_flag_replaces_the_general(write, sync):
    write(
        {"id": "a"}, {"id": "b"}, {"id": "a", "user": ADA, "enabled": False}, {"id": "c", "user": ANONYMOUS}
    )
    assert [(each["id"], each["enabled"]) for each in sync(ADA)] == [("a", False), ("b", True)]
    assert [each["id"] for each in sync()] == ["a", "b", "c"]
    assert [each["id"] for each in sync("somebody else")] == ["a", "b"]


def test_adding_a_flag_keeps_the_others(write, sandbox, sync):
    write({"id": "a"}, {"id": "b", "fts": "old"})
    sandbox.api("feature_flags", "POST", {"id": "b", "fts": "new"})
    assert [(each["id"], each.get("fts")) for each in sync()] == [("a", None), ("b", "new")]


def test_the_feature_is_off_until_flags_are_written(write, sandbox, post):
    assert configured(post) is None
    assert post(common(), SYNC).json() == {}
    write({"id": "a"})
    block = configured(post)
    lists = {f"{name}_blacklist": [] for name in ("events", "attributes", "purchases")}
    assert block == lists | {
        "time": block["time"],
        "feature_flags": {"enabled": True, "refresh_rate_limit": 600},
    }
    assert sandbox.api("feature_flags")["config"] == {"enabled": True, "refresh_rate_limit": 600}


def test_a_known_configuration_is_not_repeated(write, post):
    write({"id": "a"})
    time = configured(post)["time"]
    write({"id": "b"})
    assert configured(post, time) is None
    assert configured(post, time - 1)
    assert "config" not in post(body(start())).json()


@pytest.mark.parametrize("limit", [-1, None, 0, 0.5])
def test_every_change_of_the_switch_is_newer(write, sandbox, post, limit):
    write({"id": "a"})
    blocks = [configured(post)]
    for changes in ({"refresh_rate_limit": limit}, {"enabled": False}):
        sandbox.api("feature_flags/config", "PUT", changes)
        blocks.append(configured(post, blocks[-1]["time"]))
    told = {"refresh_rate_limit": limit} if limit is not None else {}
    assert [each["feature_flags"] for each in blocks[1:]] == [
        {"enabled": True} | told,
        {"enabled": False} | told,
    ]
    assert post(common(), SYNC).json() == {}
    sandbox.api("feature_flags", "DELETE")
    assert configured(post)["feature_flags"] == {"enabled": False, "refresh_rate_limit": 600}
    assert sandbox.api("feature_flags")["flags"] == []


def test_a_config_fault_leaves_the_feature_on(write, sandbox, post):
    write({"id": "a"})
    sandbox.api("faults", "PUT", {"fault": "config", "config": {"events_blacklist": ["x"]}, "times": 1})
    block = configured(post)
    assert (block["events_blacklist"], block["feature_flags"]["enabled"]) == (["x"], True)
    assert configured(post, block["time"]) is None


def test_impressions_are_listed(sandbox, post):
    data = {"fid": "a", "fts": "fts_a"}
    post(body(start(user=ADA), event("ffi", T0 + 1, 1, ADA, **data), custom(T0 + 2, user=ADA)))
    (seen,) = sandbox.api("feature_flags")["impressions"]
    assert seen["event"]["data"] == data
    assert (seen["user"], seen["device_id"], seen["time"]) == (ADA, DEVICE, T0 + 1)


def test_a_sync_makes_no_user(write, sandbox, post, sync):
    write({"id": "a"})
    sync(ADA)
    post(common(events=[start(user=ADA)], attributes=[{"user_id": ADA, "email": "x"}]), SYNC)
    assert sandbox.api("users")["users"] == []
    assert sandbox.api("events")["events"] == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [(b"{", "not JSON"), ({"api_key": "k"}, "device_id is missing"), (common(user_id=7), "user_id is not a")],
)
def test_a_bad_sync_is_refused_with_a_reason(write, sandbox, post, sent, words):
    write({"id": "a"})
    answer = post(sent, SYNC)
    assert answer.status_code == 200
    assert words in answer.json()["error"]
    assert words in sandbox.api("requests")["requests"][0]["error"]


@pytest.mark.parametrize("path", PATHS)
def test_a_fault_meets_its_own_path_only(write, sandbox, post, path):
    write({"id": "a"})
    sandbox.api(
        "faults", "PUT", {"fault": "status", "status": 429, "retry_after": 2, "path": path, "times": 1}
    )
    met = {each: post(common(), f"/api/v3/{each}") for each in PATHS}
    assert {each for each, answer in met.items() if answer.status_code == 429} == {path}
    assert met[path].headers["Retry-After"] == "2"
    assert post(common(), SYNC).json()["feature_flags"]
    assert [each["fault"] for each in sandbox.api("requests")["requests"]].count("status") == 1


@pytest.mark.parametrize("fault", [{"fault": "oversized", "bytes": 5000}, {"fault": "config"}], ids=str)
def test_a_faulty_reply_still_holds_the_flags(write, sandbox, post, fault):
    write({"id": "a"})
    sandbox.api("faults", "PUT", fault | {"path": "feature_flags/sync"})
    answer = post(common(), SYNC)
    assert [each["id"] for each in answer.json()["feature_flags"]] == ["a"]
    assert len(answer.content) == fault.get("bytes", len(answer.content))


def test_a_cut_reply_holds_half_the_flags(write, sandbox, post):
    write({"id": "a", "fts": "x" * 200})
    sandbox.api("faults", "PUT", {"fault": "cut", "at": "body", "path": "feature_flags/sync"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        post(common(), SYNC)
    (kept,) = sandbox.api("requests")["requests"]
    assert kept["reply"]["status"] == 201


@pytest.fixture(scope="module")
def unchanged():
    """One sandbox for all requests that it refuses."""
    with Sandbox() as sandbox:
        yield sandbox
        told = sandbox.api("feature_flags")
        assert (told["flags"], told["config"]["enabled"]) == ([], False)


REFUSED = [
    ("text", "is an object such as"),
    ({}, "“id” is a string"),
    ({"id": ""}, "“id” is a string"),
    ({"id": "x" * 256}, "“id” is a string"),
    ({"id": "a", "enabled": "true"}, "“enabled” is true or false"),
    ({"id": "a", "fts": ""}, "“fts” is a string"),
    ({"id": "a", "user": 7}, "“user” is the name"),
    ({"id": "a", "user": "x" * 20_000}, "“user” is the name"),
    ({"id": "a", "typo": 1}, "has no “typo”"),
    ({"id": "a", "properties": []}, "“properties” is an object"),
    ({"id": "a", "properties": {"": {}}}, "the name of a property"),
    ({"id": "a", "properties": {"p": "blue"}}, "property “p” is an object"),
    ({"id": "a", "properties": {"p": {"type": "string"}}}, "property “p” is an object"),
    ({"id": "a", "properties": {"p": {"type": "colour", "value": 1}}}, "is one of string, number"),
    ({"id": "a", "properties": {"p": {"type": [], "value": 1}}}, "is one of string, number"),
    ({"id": "a", "properties": {"p": {"type": "string", "value": 1}}}, "property “p” is a string"),
    ({"id": "a", "properties": {"p": {"type": "number", "value": True}}}, "property “p” is a number"),
    (
        {"id": "a", "properties": {"p": {"type": "datetime", "value": "2026-01-31"}}},
        "milliseconds since 1970",
    ),
    ({"id": "a", "properties": {"p": {"type": "jsonobject", "value": [1]}}}, "property “p” is an object"),
    ({"id": "a", "properties": {"p": {"type": "string", "value": "ä" * 6000}}}, "at most 10,240 bytes"),
    ([{"id": "a"}, {}], "“id” is a string"),
    ([{"id": "a"}] * 1001, "more than 1,000 feature flags"),
]


@pytest.mark.parametrize(("described", "words"), REFUSED, ids=[str(each)[:60] for each, _ in REFUSED])
def test_an_invalid_flag_is_refused_with_a_reason(unchanged, described, words):
    for method in ("PUT", "POST"):
        answer = requests.request(method, f"{unchanged.url}/api/feature_flags", json=described, timeout=30)
        assert answer.status_code == 400
        assert words in answer.json()["error"]


@pytest.mark.parametrize(
    ("described", "words"),
    [
        ([], "the switch is an object"),
        ({"enable": True}, "the switch is an object"),
        ({"enabled": 1}, "“enabled” is true or false"),
        ({"refresh_rate_limit": "600"}, "“refresh_rate_limit” is a number"),
        ({"refresh_rate_limit": -2}, "“refresh_rate_limit” is a number"),
    ],
)
def test_an_invalid_switch_is_refused_with_a_reason(unchanged, described, words):
    answer = requests.put(f"{unchanged.url}/api/feature_flags/config", json=described, timeout=30)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_the_number_of_flags_is_bounded(sandbox, write):
    write(*[{"id": str(n)} for n in range(MAX_WRITTEN)])
    sandbox.api("feature_flags", "POST", {"id": "1"})
    with pytest.raises(ValueError, match="more than 1,000 are written"):
        sandbox.api("feature_flags", "POST", {"id": "1", "user": ADA})
    long = requests.put(f"{sandbox.url}/api/feature_flags", b" " * 300_000, timeout=30)
    assert long.status_code == 413
    assert len(sandbox.api("feature_flags")["flags"]) == MAX_WRITTEN


def test_flags_outlast_data_and_restarts(tmp_path):
    """What arrived can be forgotten without what is served."""
    with Sandbox(data=tmp_path) as sandbox:
        sandbox.api(
            "feature_flags", "PUT", [{"id": "a", "user": "\ud800", "properties": PROPERTIES}, {"id": "b"}]
        )
        sandbox.api("feature_flags/config", "PUT", {"refresh_rate_limit": 5})
        sandbox.api("data", "DELETE")
        written = sandbox.api("feature_flags")
    with Sandbox(data=tmp_path) as sandbox:
        assert json.dumps(sandbox.api("feature_flags")) == json.dumps(written)
        answer = requests.post(f"{sandbox.url}/api/v3/data", json=body(start()), timeout=30)
        assert answer.status_code == 201
