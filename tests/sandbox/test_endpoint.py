"""The endpoint as an SDK sees it, and the requests that are kept."""

import json
import math

import pytest
import requests

from . import bodies
from .bodies import ADA, DEVICE, KEY, T0, body, custom, end, event, start


@pytest.mark.parametrize("path", ["/api/v3/data", "/api/v3/data/", "/api/v3//data/", "/api/v3//data"])
def test_every_spelling_of_the_address_accepts_a_body(post, sandbox, path):
    answer = post(bodies.FIRST_REQUEST, path)
    assert (answer.status_code, answer.json()) == (201, {"message": "success"})
    assert answer.headers["Content-Type"] == "application/json"
    assert sandbox.api("users")["users"][0]["sessions"] == 1


@pytest.mark.parametrize(
    "recorded", [bodies.WITHOUT_DEVICE, bodies.USER_CHANGE, bodies.ROLL_OVER, bodies.EVERY_CODE]
)
def test_every_event_is_kept_unchanged(post, sandbox, recorded):
    assert post(recorded).status_code == 201
    assert [each["event"] for each in sandbox.api("events")["events"]] == recorded["events"]


def test_other_sdk_paths_return_an_empty_object(post, sandbox):
    for path in ("/api/v3/banners/sync", "/api/v3/template/"):
        answer = post(body(), path)
        assert (answer.status_code, answer.json()) == (200, {})
    assert [each["path"] for each in sandbox.api("requests")["requests"]] == [
        "/api/v3/banners/sync",
        "/api/v3/template/",
    ]


def test_a_page_of_another_origin_may_post(sandbox):
    asked = "content-type,x-braze-api-key,x-braze-auth-signature,x-requested-with"
    preflight = requests.options(
        f"{sandbox.url}/api/v3/data/",
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
        timeout=30,
    )
    assert preflight.ok
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == asked
    headers = {"Origin": "https://shop.example"}
    answer = requests.post(f"{sandbox.url}/api/v3/data/", json=body(start()), headers=headers, timeout=30)
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize("time", ["1.790000000372E9", "1790000000", "17.9e+8", "-5", "1e300"])
def test_a_time_may_be_any_json_number(post, sandbox, time):
    raw = json.dumps(body(start(12345.0))).replace("12345.0", time)
    assert post(raw.encode()).status_code == 201
    assert sandbox.api("events")["events"][0]["time"] == float(time)


def test_a_repeated_delivery_adds_no_event(post, sandbox):
    """The delivery itself is counted."""
    events = [start(user=ADA), custom(T0 + 1, user=ADA), end(T0 + 5, 5, user=ADA)]
    post(body(*events))
    post(body(*events, custom(T0 + 1.001, user=ADA), time=int(T0) + 60))
    assert [each["deliveries"] for each in sandbox.api("events")["events"]] == [2, 2, 2, 1]
    assert [each["repeated"] for each in sandbox.api("requests")["requests"]] == [0, 3]
    assert sandbox.api("figures")["totals"] == {"requests": 2, "refused": 0, "events": 4, "repeated": 3}
    assert sandbox.api("users")["users"][0]["sessions"] == 1


@pytest.mark.parametrize(
    "other",
    [
        body(custom(T0), device_id="another device"),
        body(custom(T0, session=2)),
        body(custom(T0 + 0.001)),
        body(custom(T0, "another name")),
        body(event("ie", T0, 1, n="opened", p={})),
    ],
)
def test_any_difference_in_the_key_makes_another_event(post, sandbox, other):
    post(body(custom(T0)))
    post(other)
    assert [each["deliveries"] for each in sandbox.api("events")["events"]] == [1, 1]


def test_the_order_of_keys_does_not_matter(post, sandbox):
    post(body(event("ce", T0, 1, n="opened", p={"a": 1, "b": 2})))
    post(body(event("ce", T0, 1, p={"b": 2, "a": 1}, n="opened")))
    assert [each["deliveries"] for each in sandbox.api("events")["events"]] == [2]


def without(name: str) -> dict:
    return {key: value for key, value in body(start()).items() if key != name}


def event_without(name: str) -> dict:
    return body(start(), {key: value for key, value in start().items() if key != name})


REFUSED = [
    (b"", "not JSON"),
    (b"{", "not JSON"),
    (b"\xff\xfe{}", "not UTF-8"),
    (b'{"time": NaN}', "NaN is not finite"),
    (b'{"time": 1e999}', "1e999 is not finite"),
    (b"9" * 5000, "number"),
    (b"[" * 100_000, "nested deeper"),
    (b'{"a":' * 500 + b"1" + b"}" * 500, "nested deeper"),
    ([], "not a JSON object"),
    ("text", "not a JSON object"),
    (without("api_key"), "api_key is missing"),
    (without("device_id"), "device_id is missing"),
    (without("time"), "time is missing"),
    (body(api_key=""), "api_key is missing"),
    (body(device_id=7), "device_id is not a string"),
    (body(device_id="x" * 20_000), "device_id is longer than"),
    (body(time=True), "time is not a number"),
    (body(time="1790000000"), "time is not a number"),
    (body(time=10**400), "time is not a number"),
    (body(device=[]), "device is not an object"),
    (body() | {"events": {}}, "events is not a list"),
    (body(attributes={}), "attributes is not a list"),
    (body("ss"), "events[0] is not an object"),
    (event_without("name"), "events[1].name is missing"),
    (event_without("time"), "events[1].time is missing"),
    (event_without("data"), "events[1].data is missing"),
    (body(start() | {"data": []}), "events[0].data is not an object"),
    (body(start() | {"name": 1}), "events[0].name is not a string"),
    (body(start() | {"session_id": 1}), "events[0].session_id is not a string"),
    (body(start() | {"user_id": ["ada"]}), "events[0].user_id is not a string"),
    (body(*[{}] * 1000), "more"),
]


@pytest.mark.parametrize(("sent", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_a_bad_body_is_refused_with_a_reason(post, sandbox, sent, words):
    """It is kept for the pages, and none of its events counts."""
    answer = post(sent)
    assert answer.status_code == 200, "a 4xx would make an SDK send it again without end"
    assert words in answer.json()["error"]
    (kept,) = sandbox.api("requests")["requests"]
    assert words in kept["error"]
    assert kept["stored"] is False
    assert kept["size"] == len(sent if isinstance(sent, bytes) else json.dumps(sent))
    assert sandbox.api("events")["events"] == []
    assert sandbox.api("figures")["totals"]["refused"] == 1


ODD = ["\ud800", "\x00", "\u202e", "💥", "x" * 10_000, "'; DROP TABLE events; --", "anonymous:you", ".."]


def test_unusual_strings_are_accepted(post, sandbox):
    for session, odd in enumerate(ODD):
        events = [start(T0, session, odd), custom(T0 + 1, odd, session, odd)]
        answer = post(body(*events, device={odd: odd}, app_version=odd))
        assert (odd, answer.status_code) == (odd, 201)
    assert len(sandbox.api("users")["users"]) == len(ODD)
    assert {each["sessions"] for each in sandbox.api("users")["users"]} == {1}


def test_an_invalid_duration_keeps_the_figures_finite(post, sandbox):
    for number, length in enumerate([None, "ten", [], -3, 1e300, True]):
        assert post(body(start(T0, number), end(T0 + 5, length, number))).status_code == 201
    figures = sandbox.api(f"users/anonymous:{DEVICE}")
    assert figures["figures"]["sessions"] == 6
    assert math.isfinite(figures["figures"]["median_duration"])


def test_a_body_of_six_megabytes_is_accepted(post, sandbox):
    events = [custom(T0 + number / 1000, "x" * 50_000) for number in range(120)]
    assert post(body(*events)).status_code == 201
    assert sandbox.api("figures")["totals"]["events"] == 120


def test_a_body_too_long_gets_a_json_error(post):
    answer = post(b" " * (17 << 20))
    assert answer.status_code == 413
    assert answer.json()["error"]
    assert post(body(start())).status_code == 201


def test_a_kept_request_shows_path_headers_and_reply(post, sandbox):
    post(bodies.FIRST_REQUEST, "/api/v3/data/?x=1", headers={"X-BRAZE-Api-key": KEY})
    (kept,) = sandbox.api("requests")["requests"]
    assert kept["path"] == "/api/v3/data/?x=1"
    assert ["X-BRAZE-Api-key", KEY] in kept["headers"]
    assert json.loads(kept["body"]) == bodies.FIRST_REQUEST
    assert kept["reply"]["status"] == 201
    assert json.loads(kept["reply"]["body"]) == {"message": "success"}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "data/", 405), ("DELETE", "data", 405)])
def test_other_methods_get_a_json_error(sandbox, method, path, status):
    answer = requests.request(method, f"{sandbox.url}/api/v3/{path}", timeout=30)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.example", "", "[::1", "10.0.0.1"])
def test_a_foreign_host_name_is_refused(sandbox, host):
    for path in ("/", "/api/users"):
        assert requests.get(sandbox.url + path, headers={"Host": host}, timeout=30).status_code == 403
    answer = requests.post(f"{sandbox.url}/api/v3/data", json=body(), headers={"Host": host}, timeout=30)
    assert answer.status_code == 403
    assert sandbox.api("requests")["requests"] == []


def test_a_foreign_page_cannot_change_the_sandbox(sandbox):
    """It can neither delete the data nor arm faults."""
    headers = {"Origin": "https://evil.example"}
    for method, path in (("DELETE", "data"), ("PUT", "faults"), ("POST", "faults")):
        answer = requests.request(
            method, f"{sandbox.url}/api/{path}", data='{"fault": "hang"}', headers=headers, timeout=30
        )
        assert answer.status_code == 403
    assert sandbox.api("faults")["faults"] == []
