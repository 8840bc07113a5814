import contextlib
import json
import logging
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Slot

from braze_qt._platform.clock import Clock, SystemClock
from braze_qt._qt.upload_thread import (
    CHECKPOINT_WAKES,
    LIMIT_MS,
    STORE_RETRY,
    UploadStatus,
    UploadThread,
)
from braze_qt._recorder.recorder import RETRY, Recorder
from braze_qt._session.state import Input
from braze_qt._upload.request import AppInfo
from braze_qt._upload.transport import Transport
from braze_qt.config import DEVICE_PROPERTIES
from braze_qt.events import CustomEvent
from tests.support import waiting
from tests.support.clocks import SetClock
from tests.support.disks import fill, mounted
from tests.support.loopback import Loopback, Silence, Trickle, answer, cut, free_port, raw
from tests.support.peers import peers

from .conftest import KEY

QUICK = {"time": 1, "request_backoff": {"min_sleep_duration_ms": 1_000, "scale_factor": 1}}
"""A configuration of the server that makes retries come soon."""


def until(look: Callable[[], object], what: str) -> None:
    """As ``waiting.until``, with an event loop: the GUI thread begins and ends the thread's bouts."""

    def turn() -> object:
        QCoreApplication.processEvents()
        return look()

    waiting.until(turn, what)


class Listener(QObject):
    """What the GUI thread is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[UploadStatus] = []

    @Slot(object)
    def take(self, status: UploadStatus) -> None:
        self.told.append(status)


class Application:
    """A real recorder, a real thread and a real server; the process before it is dead."""

    def __init__(
        self,
        folder: Path | None,
        url: str,
        *,
        clock: Clock | None = None,
        resolution: str = "800x600",
        held: bool = False,
        retry: float = RETRY,
        store_retry: float = STORE_RETRY,
        limit_ms: int = LIMIT_MS,
        **sender: object,
    ) -> None:
        self.recorder = Recorder(folder, clock or SystemClock(), 10, enabled=True, retry=retry)
        settings = {
            "app_version": "1.2",
            "device_properties": DEVICE_PROPERTIES,
            "flush_interval": 3_600.0,
            **sender,
        }
        transport = Transport(url, self.recorder.now)
        self.upload_thread = UploadThread(
            self.recorder,
            transport,
            AppInfo(KEY, **settings),
            held=held,
            store_retry=store_retry,
            limit_ms=limit_ms,
        )
        self.upload_thread.resolution = resolution
        self.listener = Listener()
        self.upload_thread.reported.connect(self.listener.take)
        self.upload_thread.begin()

    def begin(self) -> None:
        self.recorder.apply(Input.ENTER_FOREGROUND)
        self.upload_thread.send_soon()

    def log(self, name: str, properties: str = "{}") -> None:
        assert self.recorder.log(CustomEvent(name, properties))
        self.upload_thread.wake()

    def status(self) -> UploadStatus:
        return self.listener.told[-1] if self.listener.told else UploadStatus()

    def reaches(self, state: str) -> UploadStatus:
        """Wait until the GUI thread was told of a state."""
        until(lambda: bool(self.listener.told) and self.status().state == state, state)
        return self.status()

    def empties(self) -> None:
        until(lambda: self.recorder.pending == 0, "everything delivered")

    def end(self, seconds: float = 0.0) -> None:
        self.upload_thread.finish(seconds)
        if not self.upload_thread.wait(20_000):
            raise AssertionError("the thread does not end")
        self.recorder.close()


Start = Callable[..., Application]


@pytest.fixture
def start(qapp: QCoreApplication, tmp_path: Path, server: Loopback) -> Iterator[Start]:
    """Starts the application, after the one before it has come to its end."""
    living: list[Application] = []

    def start(
        url: str = server.url, folder: Path | None = tmp_path / "data", **sender: object
    ) -> Application:
        while living:
            living.pop().end()
        living.append(Application(folder, url, **sender))
        return living[-1]

    yield start
    while living:
        living.pop().end()


def names(server: Loopback) -> list[str]:
    return [event["data"].get("n", event["name"]) for event in server.events]


def sent(server: Loopback, count: int) -> list[dict]:
    """The bodies, as soon as there are so many."""
    until(lambda: len(server.requests) >= count, f"{count} requests")
    return [request.json for request in server.requests]


# -- what is sent and when -----------------------------------------------------------------------


def test_an_accepted_session_leaves_the_outbox(start, server):
    application = start()
    application.begin()
    application.empties()
    (request,) = server.requests
    assert [event["name"] for event in request.json["events"]] == ["ss"]
    assert request.json["device_id"] == application.recorder.device_id
    assert request.json["app_version"] == "1.2"
    assert request.headers["x-braze-req-attempt"] == "1"
    assert request.headers["x-braze-last-req-ms-ago"] == "7200000"
    status = application.reaches("idle")
    assert status.words == "201 Created; 1 event"
    assert status.retry_at == 0
    assert [status.state for status in application.listener.told] == ["sending", "idle"]


def test_an_empty_outbox_sends_nothing(start, server):
    application = start()
    for _ in range(5):
        application.upload_thread.send_soon()
        application.upload_thread.send_now()
    application.end(5.0)
    assert server.connections == 0


def test_events_wait_for_the_interval_unless_hurried(start, server):
    application = start()
    application.begin()
    application.empties()
    application.log("a")
    application.log("b")
    assert application.reaches("pending").retry_at == 0
    assert len(server.requests) == 1
    application.upload_thread.send_soon()
    application.empties()
    assert names(server) == ["ss", "a", "b"]
    assert len(server.requests) == 2


def test_events_are_sent_after_the_flush_interval(start, server):
    application = start(flush_interval=0.2)
    application.begin()
    application.empties()
    application.log("a")
    application.empties()
    assert names(server) == ["ss", "a"]


def test_batches_of_a_thousand_are_sent_in_turn(start, server):
    application = start()
    application.recorder.apply(Input.ENTER_FOREGROUND)
    for number in range(2_500):
        application.recorder.log(CustomEvent(str(number), "{}"))
    application.begin()
    application.empties()
    assert [len(request.json["events"]) for request in server.requests] == [1_000, 1_000, 501]
    assert names(server) == ["ss", *map(str, range(2_500))]
    assert server.most_at_once == 1


def test_batches_stay_below_half_a_megabyte(start, server):
    application = start()
    application.recorder.apply(Input.ENTER_FOREGROUND)
    for number in range(30):
        application.recorder.log(CustomEvent(str(number), json.dumps({"p": "x" * 50_000})))
    application.begin()
    application.empties()
    assert max(len(request.body) for request in server.requests) < 512 * 1024 + 2_000
    assert len(server.requests) == 3
    assert names(server) == ["ss", *map(str, range(30))]


def test_two_users_are_never_in_one_request(start, server):
    application = start()
    for user in ("ada", "bob", "ada"):
        application.recorder.apply(Input.ENTER_FOREGROUND)
        application.recorder.apply(Input.CHANGE_USER, user_id=user)
        application.recorder.log(CustomEvent(f"by {user}", "{}"))
    application.begin()
    application.empties()
    for body in sent(server, 3):
        users = {event["user_id"] for event in body["events"] if "user_id" in event}
        assert users == {body["respond_with"]["user_id"]}
    assert names(server) == ["ss", "se", "ss", "by ada", "se", "ss", "by bob", "se", "ss", "by ada"]


def test_the_device_is_sent_only_after_a_change(start, server, monkeypatch):
    """With the first request, after a change of the device and after a change of the user."""
    application = start()

    def told_with(name: str) -> bool:
        count = len(server.requests)
        application.log(name)
        application.upload_thread.send_soon()
        return "device" in sent(server, count + 1)[-1]

    application.begin()
    assert sent(server, 1)[0]["device"]["resolution"] == "800x600"
    application.empties()
    assert not told_with("again")
    application.empties()
    application.recorder.apply(Input.CHANGE_USER, user_id="ada")
    assert told_with("as ada")
    application.empties()
    assert not told_with("as ada again")
    application.empties()
    application = start()
    assert not told_with("after a restart")
    application.empties()
    application = start(resolution="1920x1080")
    assert told_with("with another screen")


def test_an_undelivered_device_description_is_sent_again(start, server):
    server.replies += [answer(500)]
    application = start()
    application.begin()
    application.reaches("waiting")
    application.upload_thread.send_now()
    first, second = sent(server, 2)
    assert first["device"] == second["device"]
    assert first["events"] == second["events"]


# -- the server's configuration ------------------------------------------------------------------


def test_a_newer_configuration_is_applied_and_kept(start, server):
    """Requests name it as known, also after a restart."""
    server.replies += [
        answer(body={"config": QUICK}),
        answer(body={"config": {"time": 1, "request_backoff": {"min_sleep_duration_ms": 9_000_000}}}),
        answer(503),
    ]
    application = start()
    application.begin()
    application.empties()
    application.log("a")
    application.upload_thread.send_soon()
    application.empties()
    application = start()
    application.log("b")
    application.begin()
    application.empties()  # after 0.1 s and not after 10
    assert [body["respond_with"]["config"]["config_time"] for body in sent(server, 4)] == [0, 1, 1, 1]


def test_the_rate_limit_loses_no_event(start, server):
    limit = {"enabled": True, "capacity": 10, "refill_rate": 0.05}
    server.replies += [answer(body={"config": {"time": 1, "global_request_rate_limit": limit}})]
    application = start()
    application.begin()
    application.empties()
    for number in range(25):
        application.log(str(number))
        application.upload_thread.send_soon()
    application.empties()
    assert names(server) == ["ss", *map(str, range(25))]
    left = [request.headers.get("x-braze-req-tokens-remaining") for request in server.requests]
    assert left[0] is None
    assert all(tokens is not None and 0 <= int(tokens) < 10 for tokens in left[1:])


# -- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "state", "words"),
    [
        (answer(503), "waiting", "503 Service Unavailable; 1 event"),
        (answer(429, Retry_After="7"), "waiting", "429 Too Many Requests"),
        (answer(200, "<html>Please log in</html>"), "waiting", "not Braze's"),
        (answer(302, "", Location="http://127.0.0.1:9/"), "waiting", "302 Found"),
        (answer(400), "waiting", "400 Bad Request"),
        (answer(200, {"error": "no_device_identifier"}), "waiting", "no_device_identifier"),
        (cut(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{}"), "waiting", "1 event"),
        (answer(401), "unauthorised", "401 Unauthorized"),
        (answer(200, {"error": "invalid_api_key"}), "unauthorised", "invalid_api_key"),
        (answer(200, {"auth_error": {"error_code": 22}}), "unauthorised", "22"),
    ],
)
def test_each_failure_is_named_and_keeps_the_events(start, server, reply, state, words):
    server.replies += [reply]
    application = start()
    application.begin()
    before = time.time()
    status = application.reaches(state)
    assert words in status.words
    assert before + 5 < status.retry_at < before + 4_000
    assert application.recorder.pending == 1
    application.upload_thread.send_now()
    application.empties()
    assert application.reaches("idle").words == "201 Created; 1 event"
    first, second = server.requests
    assert first.json["events"] == second.json["events"]
    assert [first.headers["x-braze-req-attempt"], second.headers["x-braze-req-attempt"]] == ["1", "2"]


def test_an_unreachable_server_means_offline_without_loss(start, server, caplog):
    caplog.set_level(logging.INFO)
    application = start(f"http://127.0.0.1:{free_port()}/")
    application.begin()
    assert application.reaches("offline").words
    for number in range(3):
        application.log(str(number))
    application.upload_thread.send_now()
    application.end()
    assert len([record for record in caplog.records if "offline" in record.getMessage()]) == 1
    application = start()
    application.begin()
    application.empties()
    assert names(server) == ["ss", "0", "1", "2"]


def test_retry_after_extends_the_wait(start, server):
    server.replies += [answer(503, Retry_After="1000")]
    application = start()
    application.begin()
    before = time.time()
    assert application.reaches("waiting").retry_at > before + 1_000


def test_a_payload_too_large_is_halved_until_accepted(start, server):
    def small_only() -> Callable:
        return answer(413) if len(server.requests[-1].json["events"]) > 3 else answer()

    server.next_reply = small_only
    application = start()
    application.recorder.apply(Input.ENTER_FOREGROUND)
    for number in range(20):
        application.recorder.log(CustomEvent(str(number), "{}"))
    application.begin()
    application.empties()
    taken = [
        event["data"].get("n", "ss")
        for request in server.requests
        if len(request.json["events"]) <= 3
        for event in request.json["events"]
    ]
    assert taken == ["ss", *map(str, range(20))]
    assert application.recorder.lost == 0


def test_a_refused_event_is_set_aside_alone(start, server, caplog):
    """All other events arrive."""
    accepted: list[str] = []

    def choosy() -> Callable:
        names = [event["data"].get("n", "ss") for event in server.requests[-1].json["events"]]
        if "bad" in names:
            return answer(400, {"error": f"bad event from {KEY}"})
        accepted.extend(names)
        return answer(body={"config": QUICK})

    server.next_reply = choosy
    application = start()
    application.begin()
    application.empties()
    for name in ("1", "2", "bad", "3", "4", "5"):
        application.log(name)
    application.upload_thread.send_soon()
    application.empties()
    assert accepted == ["ss", "1", "2", "3", "4", "5"]
    assert application.recorder.lost == 1
    assert [record.label for record in application.recorder.records() if record.state == "set aside"] == [
        "bad"
    ]
    assert "set aside" in caplog.text
    assert KEY not in caplog.text + "".join(status.words for status in application.listener.told)
    assert start().recorder.lost == 1


def test_the_key_is_in_no_log_or_status(start, server, caplog):
    caplog.set_level(logging.DEBUG)
    server.replies += [
        answer(body={"config": QUICK}),
        answer(403, {"error": f"{KEY} is unknown"}),
        raw(b"nonsense\r\n\r\n"),
    ]
    application = start()
    application.begin()
    application.empties()
    application.log("a")
    application.upload_thread.send_now()
    application.reaches("unauthorised")
    application.upload_thread.send_now()
    application.empties()
    application.end(1.0)
    QCoreApplication.processEvents()
    assert "is unknown" not in "".join(status.words for status in application.listener.told)
    assert "is unknown" in caplog.text
    assert KEY not in caplog.text + "".join(status.words for status in application.listener.told)


def test_an_unacknowledged_batch_is_resent_byte_for_byte(start, server, tmp_path):
    application = start()
    application.begin()
    application.empties()
    silence = Silence()
    server.replies += [silence]
    application.log("a", '{"x":"ü"}')
    application.upload_thread.send_soon()
    until(silence.heard.is_set, "a request that hangs")
    application = start()
    silence.end.set()
    application.begin()
    application.empties()
    _, first, second = server.requests
    assert first.json["events"] == second.json["events"]
    assert first.body.split(b'"events":')[1] == second.body.split(b'"events":')[1]


def test_a_full_disk_does_not_stop_sending(start, server, tmp_path):
    with mounted(tmp_path / "disk", "2m") as disk:
        application = start(folder=disk / "data", retry=0.05, store_retry=0.05)
        application.begin()
        application.empties()
        application.log("taken")
        until(lambda: not application.recorder.has_unmerged, "the database has it")
        ballast = fill(disk)
        for _ in range(60):  # more than the log that is there may take again
            application.log("x", json.dumps({"filler": "x" * 5_000}))
        application.upload_thread.look()
        until(lambda: application.recorder.is_waiting, "a disk that takes nothing")
        application.upload_thread.send_soon()
        until(lambda: "taken" in names(server), "what the disk took is sent")
        application.reaches("idle")
        ballast.unlink()
        until(lambda: not application.recorder.is_waiting, "written without a further input")
        application.upload_thread.send_soon()
        application.empties()
        assert len(set(map(str, server.events))) == len(application.recorder.records())
        application.end()


def test_a_damaged_database_does_not_stop_sending(start, server, tmp_path):
    application = start(store_retry=0.05)
    application.begin()
    application.empties()
    path = tmp_path / "data" / "braze.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = value")  # what others remember of the pages is out of date
        until(
            lambda: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0,
            "the log is written back",
        )
    with path.open("r+b") as file:
        file.write(b"\xff" * 4096)
    application.log("lost with it")
    application.upload_thread.send_soon()
    until(lambda: bool(list((tmp_path / "data").glob("*.damaged-1"))), "the file is moved aside")
    application.log("a")
    application.upload_thread.send_soon()
    application.empties()
    assert names(server)[-1] == "a"


def test_the_write_ahead_log_stays_short_while_waiting(start, server, tmp_path):
    server.replies += [answer(503)]
    application = start()
    application.begin()
    application.reaches("waiting")
    file, log = tmp_path / "data" / "braze.db", tmp_path / "data" / "braze.db-wal"
    sizes = []
    for _ in range(10):
        before = file.stat().st_size
        for number in range(CHECKPOINT_WAKES):
            application.log(str(number))
        until(lambda before=before: file.stat().st_size > before, "the log is being written back")
        assert application.upload_thread.settle(20.0), "and was, before the next ones come"
        sizes.append(log.stat().st_size)
    assert application.recorder.pending == 1 + 10 * CHECKPOINT_WAKES
    assert max(sizes) < 3 * sizes[0]


# -- the end -------------------------------------------------------------------------------------


def test_the_session_end_is_sent_before_thread_end(start, server):
    for _ in range(10):
        application = start()
        application.begin()
        application.recorder.quit()
        application.upload_thread.finish(20.0)
        assert application.upload_thread.isFinished()
        assert application.recorder.pending == 0
    assert names(server) == ["ss", "se"] * 10


def test_a_quitting_process_waits_for_another_quitting_sender(start, server, tmp_path):
    """It sends what the other one leaves."""
    with peers(tmp_path / "data", SetClock.like(SystemClock())) as begin:
        other = begin()
        other.tell("quit")
        application = start()
        application.recorder.apply(Input.ENTER_FOREGROUND)
        assert other.tell("may_send")
        application.recorder.quit()
        Timer(0.3, other.kill).start()  # by which it ends to send
        application.end(20.0)
    assert names(server) == ["ss", "se"]


def test_quitting_leaves_the_rest_to_a_running_process(start, server, tmp_path):
    with peers(tmp_path / "data", SetClock.like(SystemClock())) as begin:
        other = begin()
        application = start()
        application.recorder.apply(Input.ENTER_FOREGROUND)
        assert other.tell("may_send")
        application.recorder.quit()
        application.upload_thread.finish(3_600.0)
        assert application.upload_thread.isFinished()
        assert other.tell("send") == 1


def test_a_silent_server_does_not_delay_the_end(start, server):
    silence = Silence()
    server.replies += [silence]
    application = start()
    application.begin()
    until(silence.heard.is_set, "a request that hangs")
    application.recorder.quit()
    application.upload_thread.finish(0.2)
    assert application.upload_thread.wait(20_000)
    assert not silence.outlasted
    silence.end.set()
    assert start().recorder.pending == 2


def test_ending_after_a_failure_sends_nothing(start, server):
    server.replies += [answer(503)]
    application = start()
    application.begin()
    application.reaches("waiting")
    application.recorder.quit()
    application.upload_thread.finish(60.0)
    assert application.upload_thread.wait(20_000)
    assert len(server.requests) == 1


def test_ending_does_not_wait_for_a_retry(start, server):
    silence = Silence()
    server.replies += [answer(503), silence]
    application = start()
    application.begin()
    application.reaches("waiting")
    application.upload_thread.send_now()
    until(silence.heard.is_set, "a request that hangs")
    application.upload_thread.finish(60.0)
    assert application.upload_thread.wait(20_000)
    assert not silence.outlasted
    silence.end.set()


def test_an_endless_reply_is_aborted_and_retried(start, server):
    trickle = Trickle()
    server.replies += [trickle]
    application = start(limit_ms=500)
    application.begin()
    application.reaches("waiting")
    until(trickle.gone.is_set, "the server sees the end")
    application.upload_thread.send_now()
    application.empties()
    assert names(server) == ["ss", "ss"]


@pytest.mark.parametrize("is_nested", [False, True])
def test_a_flush_beside_the_end_begins_nothing_later(start, server, is_nested):
    """A signal handler of the host may end the installation while it waits for a flush, and a slot before."""
    application = start()
    application.begin()
    application.empties()
    thread = application.upload_thread

    def end_it(_seconds: float) -> bool:
        thread.finish(20.0)
        return True

    if is_nested:
        thread.settle = end_it
    else:
        thread.finish(20.0)
    assert thread.flush(20.0)
    application.recorder.log(CustomEvent("later", "{}"))
    thread.send_now()
    QCoreApplication.processEvents()
    assert not thread.isRunning()
    assert "later" not in names(server)


def test_no_status_is_reported_after_finish(start, server):
    application = start()
    application.begin()
    application.reaches("idle")
    told = len(application.listener.told)
    application.log("a")
    application.upload_thread.finish(20.0)
    QCoreApplication.processEvents()
    assert names(server) == ["ss", "a"]
    assert len(application.listener.told) == told


def test_finishing_an_idle_thread_opens_no_connection(start, server):
    start().upload_thread.finish(60.0)
    assert server.connections == 0


BLOCKED = """
import socket, sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from braze_qt._upload import transport
from braze_qt._platform.clock import Clock, SystemClock
from braze_qt._upload.request import AppInfo
from braze_qt._qt.upload_thread import UploadThread
from braze_qt._session.state import Input
from braze_qt._recorder.recorder import Recorder
app = QCoreApplication([])
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(0)
waiting = [socket.socket() for _ in range(4)]  # nobody else gets a connection now
for sock in waiting:
    sock.setblocking(False); sock.connect_ex(server.getsockname())
recorder = Recorder(Path(sys.argv[1]), SystemClock(), 10, enabled=True)
recorder.apply(Input.ENTER_FOREGROUND)
url = "http://127.0.0.1:%d/" % server.getsockname()[1]
begun, connect = [], socket.socket.connect
def look_up(*_):
    begun.append(1)
    time.sleep(5)
    return []
def connecting(*arguments):
    begun.append(1)
    return connect(*arguments)
if sys.argv[2] == "look-up":
    socket.getaddrinfo = look_up
socket.socket.connect = connecting
sender = AppInfo("key", None, frozenset(), 10.0)
upload_thread = UploadThread(recorder, transport.Transport(url, recorder.now), sender)
upload_thread.begin()
upload_thread.send_soon()
while not begun:
    app.processEvents()
recorder.quit()
upload_thread.finish(0.0)
print("caught", not upload_thread.wait(1_000), flush=True)  # it is gone in a moment, but on a busy machine
"""


@pytest.mark.parametrize(("where", "caught"), [("look-up", True), ("connection", False)])
def test_a_blocked_thread_does_not_abort_the_process(tmp_path, where, caught):
    """A look-up of a name cannot be woken, a connection that is being made can."""
    run = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(tmp_path), where], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout) == (0, f"caught {caught}\n"), run.stderr


# -- idleness ------------------------------------------------------------------------------------


def test_settle_returns_after_all_requested_work(start, server):
    application = start()
    application.begin()
    for number in range(20):
        application.log(str(number))
        application.upload_thread.send_now()
        assert application.upload_thread.settle(20.0)
        assert [event["data"]["n"] for event in server.events if event["name"] == "ce"][-1] == str(number)
        assert application.recorder.pending == 0


def test_settle_evaluates_a_moved_clock_without_hurrying(start, server):
    clock = SetClock()
    application = start(clock=clock)
    application.begin()
    application.log("later")
    assert application.upload_thread.settle(20.0)
    application.log("later still")
    assert application.upload_thread.settle(20.0)
    clock.move(3_599.0)
    assert application.upload_thread.settle(20.0)
    assert names(server) == ["ss", "later"]
    clock.move(1.0)
    assert application.upload_thread.settle(20.0)
    assert names(server) == ["ss", "later", "later still"]


def test_a_held_thread_sends_only_on_request(start, server):
    application = start(held=True)
    application.begin()
    application.upload_thread.resume()
    application.log("first")
    assert application.upload_thread.settle(20.0)
    for name in ("second", "third"):
        application.log(name)
        application.upload_thread.send_soon()
    application.upload_thread.send_now()
    application.empties()
    application.log("fourth")
    application.upload_thread.finish(20.0)
    assert names(server) == ["ss", "first", "second", "third", "fourth"]
    assert len(server.requests) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which threads there are")
def test_there_is_no_thread_while_nothing_is_sent(start, server):
    def threads() -> list[str]:
        names = []
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):  # it has just ended
                names.append((task / "comm").read_text())
        return [name for name in names if name.startswith("braze_qt")]

    silence = Silence()
    server.replies += [silence]
    application = start()
    application.begin()
    until(silence.heard.is_set, "a request that hangs")
    assert len(threads()) == 1
    silence.end.set()
    application.reaches("waiting")
    until(lambda: not threads(), "no thread until the next try")
    application.upload_thread.send_now()
    application.empties()
    application.reaches("idle")
    until(lambda: not threads(), "no thread while idle")
