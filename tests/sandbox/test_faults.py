"""Faults on demand, as a client meets them."""

import json
import threading
import time

import pytest
import requests

from braze_qt.sandbox import Sandbox

from .bodies import T0, body, custom, start


def arm(sandbox, **fault):
    return sandbox.api("faults", "PUT", fault)["faults"]


def stored(sandbox):
    return sandbox.api("figures")["totals"]["events"]


ANSWERED = [
    ({"fault": "status"}, 503, {"message": "Service Unavailable"}),
    ({"fault": "status", "status": 429, "retry_after": 5}, 429, {"message": "Too Many Requests"}),
    ({"fault": "status", "status": 599}, 599, {"message": "status 599"}),
    ({"fault": "status", "status": 400, "body": {"error": "no"}}, 400, {"error": "no"}),
    ({"fault": "error"}, 201, {"error": "invalid_api_key"}),
    ({"fault": "error", "error": "blacklisted"}, 201, {"error": "blacklisted"}),
    (
        {"fault": "auth_error", "code": 22, "reason": "expired"},
        201,
        {"error": "sdk_auth_error", "auth_error": {"error_code": 22, "reason": "expired"}},
    ),
]


@pytest.mark.parametrize(("fault", "status", "said"), ANSWERED, ids=[str(fault) for fault, *_ in ANSWERED])
def test_a_fault_sets_the_answer_and_stores_nothing(post, sandbox, fault, status, said):
    arm(sandbox, **fault)
    answer = post(body(start()))
    assert (answer.status_code, answer.json()) == (status, said)
    assert stored(sandbox) == 0
    assert sandbox.api("requests")["requests"][0]["fault"] == fault["fault"]
    assert sandbox.api("requests")["requests"][0]["stored"] is False


@pytest.mark.parametrize("when", [7, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_fault_can_send_retry_after(post, sandbox, when):
    arm(sandbox, fault="status", status=503, retry_after=when)
    assert post(body()).headers["Retry-After"] == str(when)


def test_a_fault_can_send_text(post, sandbox):
    arm(sandbox, fault="status", status=502, body="Bad gateway, sorry")
    answer = post(body())
    assert (answer.text, answer.headers["Content-Type"]) == (
        "Bad gateway, sorry",
        "text/plain; charset=utf-8",
    )


def test_the_html_fault_imitates_a_captive_portal(post, sandbox):
    arm(sandbox, fault="html")
    answer = post(body(start()))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")
    assert stored(sandbox) == 0


def test_the_empty_fault_sends_an_empty_reply(post, sandbox):
    arm(sandbox, fault="empty")
    answer = post(body(start()))
    assert (answer.status_code, answer.content) == (200, b"")
    assert stored(sandbox) == 0


def test_the_redirect_fault_stores_nothing(post, sandbox):
    arm(sandbox, fault="redirect")
    answer = post(body(start()), allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/api/v3/elsewhere")
    assert post(body(start())).json() == {}
    assert stored(sandbox) == 0


@pytest.mark.parametrize("fault", [{"fault": "cut", "at": at} for at in ("start", "headers", "body")])
def test_the_cut_fault_closes_the_connection(post, sandbox, fault):
    arm(sandbox, **fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)) as caught:
        post(body(start()))
    answered = "IncompleteRead" in str(caught.value)
    assert answered == (fault["at"] != "start")
    assert stored(sandbox) == 0
    status = sandbox.api("requests")["requests"][0]["reply"]["status"]
    assert status == (None if fault["at"] == "start" else 201)


def test_a_truncated_reply_is_shorter_than_announced(post, sandbox):
    arm(sandbox, fault="truncated")
    answer = post(body(start()), stream=True)
    with answer, pytest.raises(requests.exceptions.ChunkedEncodingError):
        assert answer.content
    assert answer.status_code == 201


def test_an_oversized_reply_is_valid_json(post, sandbox):
    arm(sandbox, fault="oversized", bytes=3_000_000)
    answer = post(body(start()))
    assert len(answer.content) == 3_000_000
    assert answer.json()["message"]
    assert stored(sandbox) == 0


def test_config_blocks_are_newer_every_time(post, sandbox):
    arm(sandbox, fault="config", config={"minimum_session_timeout": 2, "events_blacklist": ["a"]})
    blocks = [post(body(custom(T0 + n))).json()["config"] for n in range(3)]
    assert [block["minimum_session_timeout"] for block in blocks] == [2, 2, 2]
    assert blocks[0]["events_blacklist"] == ["a"]
    assert blocks[0]["purchases_blacklist"] == []
    assert blocks[0]["time"] < blocks[1]["time"] < blocks[2]["time"]
    assert stored(sandbox) == 3


@pytest.mark.parametrize("name", ["events_blacklist", "attributes_blacklist", "purchases_blacklist"])
def test_every_block_list_can_be_sent(post, sandbox, name):
    arm(sandbox, fault="config", config={name: ["a", "b"]})
    sent = post(body(start())).json()["config"]
    lists = {key: value for key, value in sent.items() if key != "time"}
    assert lists == {"events_blacklist": [], "attributes_blacklist": [], "purchases_blacklist": []} | {
        name: ["a", "b"]
    }


def test_a_fault_can_store_events_without_a_reply(post, sandbox):
    arm(sandbox, fault="cut", store=True, times=1)
    with pytest.raises(requests.ConnectionError):
        post(body(start()))
    assert stored(sandbox) == 1
    assert post(body(start())).status_code == 201
    assert sandbox.api("events")["events"][0]["deliveries"] == 2


def test_a_successful_reply_can_store_nothing(post, sandbox):
    arm(sandbox, fault="status", status=201, store=False)
    assert post(body(start())).json() == {"message": "success"}
    assert stored(sandbox) == 0


def test_faults_apply_in_order_until_used_up(post, sandbox):
    sandbox.api("faults", "PUT", [{"fault": "status", "times": 2}, {"fault": "error", "times": 1}])
    sandbox.api("faults", "POST", {"fault": "status", "status": 500, "times": 1})
    assert [post(body()).status_code for _ in range(5)] == [503, 503, 201, 500, 201]
    assert sandbox.api("faults")["faults"] == []


def test_armed_faults_are_listed_with_their_use(post, sandbox):
    arm(sandbox, fault="status", status=503, retry_after=1, times=5)
    post(body())
    assert sandbox.api("faults")["faults"] == [
        {"fault": "status", "path": "data", "status": 503, "retry_after": 1}
        | {"store": False, "times": 4, "used": 1}
    ]


def test_a_fault_without_times_lasts_until_cleared(post, sandbox):
    arm(sandbox, fault="status")
    assert {post(body()).status_code for _ in range(4)} == {503}
    sandbox.api("faults", "DELETE")
    assert post(body()).status_code == 201


def test_faults_do_not_affect_other_paths(post, sandbox):
    arm(sandbox, fault="status")
    assert post(body(), "/api/v3/template/").status_code == 200


BAD_FAULTS = [
    (None, "object"),
    ([1], "object"),
    ({}, "is one of"),
    ({"fault": "explode"}, "is one of"),
    ({"fault": ["cut"]}, "is one of"),
    ({"fault": "cut", "status": 500}, "has no option"),
    ({"fault": "status", "status": "503"}, "200 to 599"),
    ({"fault": "status", "status": 99}, "200 to 599"),
    ({"fault": "status", "retry_after": "\r\nX: y"}, "HTTP date"),
    ({"fault": "status", "times": 0}, "from 1"),
    ({"fault": "status", "times": True}, "from 1"),
    ({"fault": "hang", "seconds": -1}, "seconds"),
    ({"fault": "hang", "store": 1}, "true or false"),
    ({"fault": "cut", "at": "end"}, "start, headers or body"),
    ({"fault": "oversized", "bytes": 10**12}, "number up to"),
    ({"fault": "config", "config": []}, "an object"),
]


@pytest.mark.parametrize(("fault", "words"), BAD_FAULTS, ids=[json.dumps(fault) for fault, _ in BAD_FAULTS])
def test_an_invalid_fault_is_refused_with_a_reason(sandbox, fault, words):
    answer = requests.put(f"{sandbox.url}/api/faults", json.dumps(fault), timeout=30)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert sandbox.api("faults")["faults"] == []


@pytest.mark.parametrize("text", ["", "{", "\ud800", "[" * 100_000, "9" * 5000])
def test_a_fault_must_be_json(sandbox, text):
    answer = requests.put(f"{sandbox.url}/api/faults", text.encode("utf-8", "replace"), timeout=30)
    assert (answer.status_code, answer.json()) == (400, {"error": "faults are described in JSON"})


@pytest.fixture
def hanging(post):
    """Posts in the background; what became of it is in the list once the thread has ended."""
    outcome = []
    threads = []

    def post_and_wait():
        try:
            outcome.append(post(body(start())).status_code)
        except requests.RequestException as error:
            outcome.append(type(error))

    def begin():
        thread = threading.Thread(target=post_and_wait)
        thread.start()
        threads.append(thread)
        return thread, outcome

    yield begin
    for thread in threads:
        thread.join(30)


def wait_for_request(sandbox):
    deadline = time.monotonic() + 20
    while not sandbox.api("requests")["requests"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_a_hanging_request_blocks_no_other(post, sandbox, hanging, method):
    """It hangs until the faults are cleared or replaced."""
    arm(sandbox, fault="hang", times=1)
    thread, outcome = hanging()
    wait_for_request(sandbox)
    assert post(body(custom(T0))).status_code == 201
    assert thread.is_alive()
    assert outcome == []
    sandbox.api("faults", method, [])
    thread.join(20)
    assert outcome == [requests.ConnectionError]
    assert stored(sandbox) == 1


def test_the_hang_fault_can_be_limited_in_seconds(post, sandbox):
    arm(sandbox, fault="hang", seconds=0.05, store=True)
    with pytest.raises(requests.ConnectionError):
        post(body(start()))
    assert stored(sandbox) == 1


def test_a_client_timeout_does_not_disturb_the_sandbox(post, sandbox):
    arm(sandbox, fault="hang", times=1)
    with pytest.raises(requests.Timeout):
        requests.post(f"{sandbox.url}/api/v3/data", json=body(start()), timeout=0.2)
    assert post(body(start())).status_code == 201


def test_the_sandbox_stops_while_a_request_hangs():
    with Sandbox() as sandbox:
        arm(sandbox, fault="hang")
        refused = []

        def ask():
            with pytest.raises(requests.ConnectionError):
                requests.post(f"{sandbox.url}/api/v3/data", json=body(), timeout=30)
            refused.append(True)

        thread = threading.Thread(target=ask)
        thread.start()
        wait_for_request(sandbox)
    thread.join(20)
    assert refused == [True]
