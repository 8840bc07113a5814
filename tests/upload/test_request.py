"""One request of a real recorder, with a transport that records it."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from braze_qt._protocol.response import Kind, Outcome
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._session.state import Input
from braze_qt._upload.policy import Send
from braze_qt._upload.queue import SendQueue
from braze_qt._upload.request import AppInfo, RequestSender, SentRequest
from braze_qt._upload.request_log import HIDDEN, RequestLog
from braze_qt.events import AliasAdded, CustomEvent
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder

KEY = "00000000-0000-4000-8000-000000000000"
DEVICE = {"os_version": "12", "locale": "de_DE"}
FIRST = Send(1_000, 1, None)


class RecordingTransport:
    """Records requests and returns a given answer. ``meanwhile`` is called during each request."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.outcome = Outcome(Kind.ACCEPTED, "201 Created")
        self.config: Any = None
        self.meanwhile: Callable[[], object] = lambda: None

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[Outcome, Any]:
        self.bodies.append(json.loads(body))
        self.headers.append(dict(headers))
        self.meanwhile()
        return self.outcome, {"config": self.config}

    def abort(self) -> None: ...

    def close(self) -> None: ...


class Application:
    """An application with something to send, and its request sender."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.recorder = MergingRecorder(None, self.clock, 10, enabled=True)
        self.transport = RecordingTransport()
        self.queue = SendQueue(self.recorder)
        self.sender = RequestSender(
            self.recorder, self.queue, self.transport, AppInfo(KEY, "1.2", frozenset(DEVICE), 10.0)
        )
        self.recorder.apply(Input.ENTER_FOREGROUND)

    def log(self, name: str = "saved") -> None:
        assert self.recorder.log(CustomEvent(name, "{}"))

    def send(self, send: Send = FIRST, device: Mapping[str, str] = DEVICE) -> SentRequest:
        """Send the next batch without acknowledging it."""
        batch = self.queue.batch(send.max_events)
        assert batch is not None
        return self.sender.send(batch, send, device)

    def deliver(self, device: Mapping[str, str] = DEVICE) -> SentRequest:
        """Send the next batch and acknowledge it."""
        batch = self.queue.batch(1_000)
        assert batch is not None
        sent = self.sender.send(batch, FIRST, device)
        self.queue.acknowledge(batch, sent.device, sent.server)
        return sent

    def states(self) -> list[str]:
        return [record.state for record in self.recorder.records()]


@pytest.fixture
def application() -> Iterator[Application]:
    application = Application()
    yield application
    application.recorder.close()


# -- what is said ----------------------------------------------------------------------------------


def test_a_request_holds_events_key_version_and_device(application: Application) -> None:
    application.log()
    application.send(Send(1_000, 3, 7))
    (body,), (headers,) = application.transport.bodies, application.transport.headers
    assert [event["name"] for event in body["events"]] == ["ss", "ce"]
    assert (body["api_key"], headers["X-Braze-Api-Key"]) == (KEY, KEY)
    assert (body["app_version"], body["time"]) == ("1.2", 1_800_000_000)
    assert body["device_id"] == application.recorder.device_id
    assert (headers["X-Braze-Req-Attempt"], headers["X-Braze-Req-Tokens-Remaining"]) == ("3", "7")


def test_a_signed_user_s_request_carries_the_signature(application: Application) -> None:
    application.deliver()
    application.recorder.apply(Input.CHANGE_USER, user_id="ada")
    application.recorder.sign("ada", "jwt")
    application.deliver()  # the end of the anonymous session goes alone
    application.send()
    users = [body["respond_with"].get("user_id") for body in application.transport.bodies]
    assert users == [None, None, "ada"]
    signatures = [headers.get("X-Braze-Auth-Signature") for headers in application.transport.headers]
    assert signatures == [None, None, "jwt"]


def test_an_anonymous_request_carries_the_alias(application: Application) -> None:
    application.recorder.log(AliasAdded("ada-1", "crm"))
    application.send()
    assert application.transport.bodies[0]["alias"] == {"label": "crm", "name": "ada-1"}


def test_attributes_are_sent_without_events(application: Application) -> None:
    application.deliver()
    application.recorder.set_attribute("city", '"Ulm"', custom=True)
    application.send()
    assert application.transport.bodies[1]["attributes"] == [{"custom": {"city": "Ulm"}}]
    assert "events" not in application.transport.bodies[1]


def test_a_request_gives_the_known_configuration_time(application: Application) -> None:
    application.transport.config = {"time": 1_700_000_000}
    application.deliver()
    application.log()
    application.send()
    known = [body["respond_with"]["config"]["config_time"] for body in application.transport.bodies]
    assert known == [0, 1_700_000_000]


# -- the device ------------------------------------------------------------------------------------


def test_the_device_is_described_once(application: Application) -> None:
    assert application.deliver().device == DEVICE
    application.log()
    assert application.deliver().device is None
    assert [body.get("device") for body in application.transport.bodies] == [DEVICE, None]


def test_the_device_is_described_until_acknowledged(application: Application) -> None:
    application.send()
    assert application.send().device == DEVICE
    assert [body.get("device") for body in application.transport.bodies] == [DEVICE, DEVICE]


def test_a_changed_device_is_described_again(application: Application) -> None:
    application.deliver()
    application.log()
    moved = {**DEVICE, "locale": "en_GB"}
    assert application.deliver(moved).device == moved
    assert application.transport.bodies[1]["device"] == moved


def test_the_device_is_described_to_each_user(application: Application) -> None:
    application.deliver()
    application.recorder.apply(Input.CHANGE_USER, user_id="ada")
    assert application.deliver().device == DEVICE


def test_nothing_is_requested_that_nobody_reads(application: Application) -> None:
    """A reply to a session's start could carry in-app messages."""
    application.deliver()
    (body,), (headers,) = application.transport.bodies, application.transport.headers
    assert body["respond_with"] == {"config": {"config_time": 0}}
    assert not [name for name in headers if name.endswith("Request")]


# -- the time between two requests -----------------------------------------------------------------


def ago(application: Application) -> list[str]:
    return [headers["X-Braze-Last-Req-Ms-Ago"] for headers in application.transport.headers]


def test_a_request_gives_the_time_since_the_last(application: Application) -> None:
    application.send()
    application.clock.move(3.5)
    application.send()
    application.clock.move(60, asleep=True)
    application.send()
    assert ago(application) == ["7200000", "3500", "60000"]


def test_the_time_since_counts_from_the_request_start(application: Application) -> None:
    application.transport.outcome = Outcome(Kind.RETRY, "ReadTimeout")
    application.transport.meanwhile = lambda: application.clock.move(20)
    application.send()
    application.clock.move(5)
    application.send()
    assert ago(application) == ["7200000", "25000"]


# -- what came back --------------------------------------------------------------------------------


def test_an_event_is_sending_only_during_its_request(application: Application) -> None:
    application.log("a")
    under_way: list[list[str]] = []

    def look() -> None:
        application.log("b")  # too late for this request
        under_way.append(application.states())

    application.transport.meanwhile = look
    assert application.states() == ["stored", "stored"]
    application.send()
    assert under_way == [["sending", "sending", "stored"]]
    assert application.states() == ["stored", "stored", "stored"]


def test_the_configuration_of_a_reply_is_returned(application: Application) -> None:
    application.transport.config = {"time": 1}
    assert application.send().server == ServerConfig(time=1)


@pytest.mark.parametrize("config", [None, [], ["time"], "time", 1, True])
def test_an_invalid_configuration_is_ignored(application: Application, config: Any) -> None:
    application.transport.config = config
    assert application.send().server is None


def test_an_outcome_is_returned_unchanged(application: Application) -> None:
    application.transport.outcome = Outcome(
        Kind.UNAUTHORISED, "401: JWT", 9.0, (27, "expired"), "401 Unauthorized"
    )
    assert application.send().outcome == application.transport.outcome


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"{KEY} is unknown", "(key) is unknown"),
        (f"{KEY} and {KEY}", "(key) and (key)"),
        (f"{KEY}{KEY}", "(key)(key)"),
        ("x" * 280 + KEY, "x" * 280 + "(key)"),
        (f"{KEY[:9]}, but", "(key), but"),
        (f"it is {KEY[:-1]}", "it is (key)"),
    ],
)
def test_the_key_is_removed_from_server_text(application: Application, said: str, logged: str) -> None:
    application.transport.outcome = Outcome(Kind.UNAUTHORISED, "401", signature_fault=(27, said), said=said)
    outcome = application.send().outcome
    assert (outcome.said, outcome.signature_fault) == (logged, (27, logged))


def test_the_repr_of_app_info_hides_the_key() -> None:
    assert KEY not in repr(AppInfo(KEY, "1.2", frozenset(), 10.0))


# -- what an inspector sees -------------------------------------------------------------------------


def test_the_log_holds_what_was_really_sent(application: Application) -> None:
    application.log("a")
    log = application.sender.log = RequestLog([KEY])
    application.send()
    (request,) = log.requests()
    assert request.body is not None
    assert json.loads(request.body) == application.transport.bodies[0] | {"api_key": HIDDEN}
    assert request.headers == application.transport.headers[0] | {"X-Braze-Api-Key": HIDDEN}
    assert (request.count, request.outcome) == (2, application.transport.outcome)


def test_a_request_is_logged_before_its_reply(application: Application) -> None:
    log = application.sender.log = RequestLog([KEY])
    seen: list[Outcome | None] = []
    application.transport.meanwhile = lambda: seen.extend(each.outcome for each in log.requests())
    application.send()
    assert seen == [None]
