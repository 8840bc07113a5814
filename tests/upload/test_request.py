"""One request of a real tracker, and a transport that writes down what it is given."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from clocks import SetClock

from braze_qt._protocol.response import Kind, Outcome
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._recorder.recorder import Tracker
from braze_qt._session.state import Input
from braze_qt._upload.policy import Send
from braze_qt._upload.queue import SendQueue
from braze_qt._upload.request import AppInfo, RequestSender, SentRequest
from braze_qt.events import AliasAdded, CustomEvent

KEY = "00000000-0000-4000-8000-000000000000"
DEVICE = {"os_version": "12", "locale": "de_DE"}
FIRST = Send(1_000, 1, None)


class Recorder:
    """Takes requests away, and answers as it was told. ``meanwhile`` happens while one is under way."""

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
        return self.outcome, self.config

    def abort(self) -> None: ...

    def close(self) -> None: ...


class Office:
    """An application with something to send, and its courier."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.tracker = Tracker(None, self.clock, 10, enabled=True)
        self.transport = Recorder()
        self.queue = SendQueue(self.tracker.ledger)
        self.sender = RequestSender(
            self.tracker, self.queue, self.transport, AppInfo(KEY, "1.2", frozenset(DEVICE), 10.0)
        )
        self.tracker.apply(Input.ENTER_FOREGROUND)

    def log(self, name: str = "saved") -> None:
        assert self.tracker.log(CustomEvent(name, "{}"))

    def carry(self, send: Send = FIRST, device: Mapping[str, str] = DEVICE) -> SentRequest:
        """Carry what waits; nobody takes note of what became of it."""
        batch = self.queue.batch(send.max_events)
        assert batch is not None
        return self.sender.send(batch, send, device)

    def deliver(self, device: Mapping[str, str] = DEVICE) -> SentRequest:
        """Carry what waits, and take note of its acceptance."""
        batch = self.queue.batch(1_000)
        assert batch is not None
        carried = self.sender.send(batch, FIRST, device)
        self.queue.acknowledge(batch, carried.device, carried.server, carried.asked_triggers)
        return carried

    def states(self) -> list[str]:
        return [record.state for record in self.tracker.ledger.records()]


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.tracker.ledger.close()


# -- what is said ----------------------------------------------------------------------------------


def test_a_request_holds_events_key_version_and_device(office: Office) -> None:
    office.log()
    office.carry(Send(1_000, 3, 7))
    (body,), (headers,) = office.transport.bodies, office.transport.headers
    assert [event["name"] for event in body["events"]] == ["ss", "ce"]
    assert (body["api_key"], headers["X-Braze-Api-Key"]) == (KEY, KEY)
    assert (body["app_version"], body["time"]) == ("1.2", 1_800_000_000)
    assert body["device_id"] == office.tracker.ledger.device_id
    assert (headers["X-Braze-Req-Attempt"], headers["X-Braze-Req-Tokens-Remaining"]) == ("3", "7")


def test_a_signed_user_s_request_carries_the_signature(office: Office) -> None:
    office.deliver()
    office.tracker.apply(Input.CHANGE_USER, user_id="ada")
    office.tracker.ledger.sign("ada", "jwt")
    office.deliver()  # the end of nobody's session does not go along with hers
    office.carry()
    assert [body["respond_with"].get("user_id") for body in office.transport.bodies] == [None, None, "ada"]
    signatures = [headers.get("X-Braze-Auth-Signature") for headers in office.transport.headers]
    assert signatures == [None, None, "jwt"]


def test_an_anonymous_request_carries_the_alias(office: Office) -> None:
    office.tracker.log(AliasAdded("ada-1", "crm"))
    office.carry()
    assert office.transport.bodies[0]["alias"] == {"label": "crm", "name": "ada-1"}


def test_attributes_are_sent_without_events(office: Office) -> None:
    office.deliver()
    office.tracker.set_attribute("city", '"Ulm"', custom=True)
    office.carry()
    assert office.transport.bodies[1]["attributes"] == [{"custom": {"city": "Ulm"}}]
    assert "events" not in office.transport.bodies[1]


def test_a_request_gives_the_known_configuration_time(office: Office) -> None:
    office.transport.config = {"time": 1_700_000_000}
    office.deliver()
    office.log()
    office.carry()
    known = [body["respond_with"]["config"]["config_time"] for body in office.transport.bodies]
    assert known == [0, 1_700_000_000]


# -- the device ------------------------------------------------------------------------------------


def test_the_device_is_described_once(office: Office) -> None:
    assert office.deliver().device == DEVICE
    office.log()
    assert office.deliver().device is None
    assert [body.get("device") for body in office.transport.bodies] == [DEVICE, None]


def test_the_device_is_described_until_acknowledged(office: Office) -> None:
    office.carry()
    assert office.carry().device == DEVICE
    assert [body.get("device") for body in office.transport.bodies] == [DEVICE, DEVICE]


def test_a_changed_device_is_described_again(office: Office) -> None:
    office.deliver()
    office.log()
    moved = {**DEVICE, "locale": "en_GB"}
    assert office.deliver(moved).device == moved
    assert office.transport.bodies[1]["device"] == moved


def test_the_device_is_described_to_each_user(office: Office) -> None:
    office.deliver()
    office.tracker.apply(Input.CHANGE_USER, user_id="ada")
    assert office.deliver().device == DEVICE


# -- triggers --------------------------------------------------------------------------------------


def test_triggers_are_requested_once_per_session(office: Office) -> None:
    assert office.deliver().asked_triggers == office.clock.now().wall
    office.clock.move(3)
    office.log()
    assert office.deliver().asked_triggers == 0.0
    assert [body["respond_with"].get("triggers") for body in office.transport.bodies] == [True, None]
    asked = [headers.get("X-Braze-TriggersRequest") for headers in office.transport.headers]
    assert asked == ["true", None]


def test_triggers_are_dated_by_the_request(office: Office) -> None:
    asked = office.clock.now().wall
    office.transport.meanwhile = lambda: office.clock.move(20)
    assert office.carry().asked_triggers == asked


def test_outdated_triggers_are_requested_again(office: Office) -> None:
    office.transport.config = {"time": 1, "messaging_session_timeout": 60}
    office.deliver()
    for seconds in (60, 1):
        office.clock.move(seconds)
        office.log()
        carried = office.deliver()
        assert (carried.asked_triggers > 0) == (seconds == 1)
    assert carried.asked_triggers == office.clock.now().wall


# -- the time between two requests -----------------------------------------------------------------


def ago(office: Office) -> list[str]:
    return [headers["X-Braze-Last-Req-Ms-Ago"] for headers in office.transport.headers]


def test_a_request_gives_the_time_since_the_last(office: Office) -> None:
    office.carry()
    office.clock.move(3.5)
    office.carry()
    office.clock.move(60, asleep=True)
    office.carry()
    assert ago(office) == ["7200000", "3500", "60000"]


def test_the_time_since_counts_from_the_request_start(office: Office) -> None:
    office.transport.outcome = Outcome(Kind.RETRY, "ReadTimeout")
    office.transport.meanwhile = lambda: office.clock.move(20)
    office.carry()
    office.clock.move(5)
    office.carry()
    assert ago(office) == ["7200000", "25000"]


# -- what came back --------------------------------------------------------------------------------


def test_an_event_is_sending_only_during_its_request(office: Office) -> None:
    office.log("a")
    under_way: list[list[str]] = []

    def look() -> None:
        office.log("b")  # too late for this request
        under_way.append(office.states())

    office.transport.meanwhile = look
    assert office.states() == ["stored", "stored"]
    office.carry()
    assert under_way == [["sending", "sending", "stored"]]
    assert office.states() == ["stored", "stored", "stored"]


def test_the_configuration_of_a_reply_is_returned(office: Office) -> None:
    office.transport.config = {"time": 1}
    assert office.carry().server == ServerConfig(time=1)


@pytest.mark.parametrize("config", [None, [], ["time"], "time", 1, True])
def test_an_invalid_configuration_is_ignored(office: Office, config: Any) -> None:
    office.transport.config = config
    assert office.carry().server is None


def test_an_outcome_is_returned_unchanged(office: Office) -> None:
    office.transport.outcome = Outcome(
        Kind.UNAUTHORISED, "401: JWT", 9.0, (27, "expired"), "401 Unauthorized"
    )
    assert office.carry().outcome == office.transport.outcome


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
def test_the_key_is_removed_from_server_text(office: Office, said: str, logged: str) -> None:
    office.transport.outcome = Outcome(Kind.UNAUTHORISED, "401", signature_fault=(27, said), said=said)
    outcome = office.carry().outcome
    assert (outcome.said, outcome.signature_fault) == (logged, (27, logged))


def test_the_repr_of_app_info_hides_the_key() -> None:
    assert KEY not in repr(AppInfo(KEY, "1.2", frozenset(), 10.0))
