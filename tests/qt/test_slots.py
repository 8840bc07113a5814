"""No slot of the host and no Ctrl+C stops the heartbeat, the end of a session or sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from braze_qt._qt import app_state, scheduler
from braze_qt._qt.collector import Collector
from braze_qt._qt.environment import Environment
from braze_qt._qt.guard import never_raises
from braze_qt._qt.upload_thread import UploadThread
from braze_qt._recorder.recorder import Recorder
from tests.support import window_system
from tests.support.loopback import Loopback, answer

from .conftest import Install

Trigger = Callable[[BrazeQt], object]

QUICK = answer(body={"config": {"time": 1, "global_request_rate_limit": {"enabled": False}}})
SIGNALS: dict[str, Trigger] = {
    "sessionStarted": lambda _: None,
    "sessionStateChanged": lambda _: None,
    "deliveryChanged": lambda _: None,
    "userChanged": lambda braze: braze.changeUser("ada"),
    "user.changed": lambda braze: braze.changeUser("ada"),
    "sessionEnded": lambda braze: braze.changeUser("ada"),
    "sessionTimeoutChanged": lambda braze: braze.setSessionTimeout(2),
    "enabledChanged": lambda braze: braze.setEnabled(False) and braze.setEnabled(True),
    "sdkAuthenticationFailed": lambda braze: braze.changeUser("ada", "REFUSED"),
    "loggedOut": lambda braze: braze.logout(),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs of life come each moment, so that a test need not wait for them."""
    monkeypatch.setattr(BrazeQt, "_environment", Environment(heartbeat=0.02))


@contextmanager
def slot(braze: BrazeQt, name: str, once: Callable[[], None]) -> Iterator[list[str]]:
    """Something that the host does the first time that a signal comes. Gives what became of it."""
    signal: Any = braze
    for part in name.split("."):
        signal = getattr(signal, part)
    done: list[str] = []

    def called(*_: object) -> None:
        if not done:
            done.append("begun")
            once()
            done.append("ended")

    signal.connect(called)
    yield done


def seen(folder: Path) -> Any:
    """The signs of life that are on disk."""
    return [path.read_bytes() for path in (folder / "data").glob("braze.journal-*")]


def goes_on(braze: BrazeQt, server: Loopback, folder: Path, qtbot: QtBot) -> None:
    """Signs of life are stored, an event is sent, and a session ends and is sent when its time has come."""
    before = seen(folder)
    qtbot.waitUntil(lambda: seen(folder) not in ([], before))
    assert braze.logCustomEvent("meanwhile")
    assert braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: "meanwhile" in [event["data"].get("n") for event in server.events])
    session = braze.sessionId
    assert session
    window_system.focus(None)
    qtbot.waitUntil(
        lambda: ("se", session) in [(event["name"], event["session_id"]) for event in server.events]
    )


def begun(install: Install, server: Loopback, name: str) -> BrazeQt:
    server.replies += [QUICK]
    if name == "sdkAuthenticationFailed":
        fault = {"optional_auth_error": {"error_code": 22, "reason": "expired"}}
        server.replies += [answer(body=fault)]
    return install(server.url, session_timeout=1)


@pytest.mark.parametrize("name", SIGNALS)
def test_a_slot_with_an_event_loop_stops_nothing(
    install: Install, window: QWidget, server: Loopback, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    braze = begun(install, server, name)

    def dialog() -> None:
        if not braze.enabled:
            assert braze.setEnabled(True)
        goes_on(braze, server, tmp_path, qtbot)

    early = name in ("sessionStarted", "sessionStateChanged", "deliveryChanged")
    if not early:
        window_system.focus(window.windowHandle())
        qtbot.waitUntil(lambda: braze.sessionState == "foreground" and braze.pendingCount == 0)
    with slot(braze, name, dialog) as done:
        if early:
            window_system.focus(window.windowHandle())
        SIGNALS[name](braze)
        qtbot.waitUntil(lambda: done == ["begun", "ended"], timeout=20_000)


@pytest.mark.parametrize(
    ("name", "error"), [("sessionStarted", RuntimeError), *((name, KeyboardInterrupt) for name in SIGNALS)]
)
def test_a_slot_that_raises_stops_nothing(
    install: Install,
    window: QWidget,
    server: Loopback,
    qtbot: QtBot,
    tmp_path: Path,
    name: str,
    error: type[BaseException],
) -> None:
    braze = begun(install, server, name)

    def fail() -> None:
        raise error("of the host")

    with qtbot.captureExceptions() as caught, slot(braze, name, fail) as done:
        window_system.focus(window.windowHandle())
        qtbot.waitUntil(lambda: braze.sessionState == "foreground" and braze.pendingCount == 0)
        SIGNALS[name](braze)
        qtbot.waitUntil(lambda: done == ["begun"])
        if not braze.enabled:
            assert braze.setEnabled(True)
        goes_on(braze, server, tmp_path, qtbot)
    assert [kind for kind, *_ in caught] == [error]


def test_signals_keep_their_order_inside_a_blocking_slot(
    install: Install, window: QWidget, qtbot: QtBot
) -> None:
    braze = install(session_timeout=3_600)
    told: list[tuple[str, str]] = []

    def stay(session: str) -> None:
        told.append(("started", session))
        if len(told) == 1:
            braze.changeUser("ada")
            braze.changeUser("bob")
            loop = QEventLoop()
            QTimer.singleShot(100, loop.quit)
            loop.exec()
            assert [what for what, _ in told] == ["started", "ended", "started", "ended", "started"]

    braze.sessionStarted.connect(stay)
    braze.sessionEnded.connect(lambda session, _: told.append(("ended", session)))
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: len(told) == 5)
    sessions = [session for _, session in told]
    assert sessions[0] == sessions[1]
    assert sessions[2] == sessions[3]
    assert sessions[4] == braze.sessionId


INTERRUPTED = [
    (Recorder, "tick"),
    (Recorder, "apply"),
    (Recorder, "take_facts"),
    (scheduler.Scheduler, "_arm"),
    (scheduler.Scheduler, "_gather"),
    (scheduler.Scheduler, "_tell"),
    (scheduler.Scheduler, "_properties"),
    (app_state.AppStateAdapter, "_is_foreground"),
    (UploadThread, "attend"),
    (UploadThread, "_release"),
    (UploadThread, "_begin_or_wait"),
    (UploadThread, "_begin"),
    (UploadThread, "_attend_bout"),
    (Collector, "hold"),
    (Collector, "watch"),
    (Collector, "release"),
]


@pytest.mark.parametrize(
    ("of", "method", "late"),
    [(*each, 0) for each in INTERRUPTED] + [(Recorder, "apply", 1), (UploadThread, "attend", 1)],
)
def test_ctrl_c_in_an_sdk_method_stops_nothing(
    install: Install,
    window: QWidget,
    server: Loopback,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    of: type,
    method: str,
    late: int,
) -> None:
    """Python raises it in the code that runs next: here in one of the first calls of one of our methods."""
    braze = begun(install, server, "")
    calls: list[int] = []
    original = getattr(of, method)

    def interrupted(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == late + 1:
            raise KeyboardInterrupt
        return original(self, *args, **kwargs)

    with qtbot.captureExceptions():
        monkeypatch.setattr(of, method, interrupted)
        window_system.focus(window.windowHandle())
        qtbot.waitUntil(lambda: braze.sessionState == "foreground")
        goes_on(braze, server, tmp_path, qtbot)
        assert len(calls) > late


# -- what a signal carries ---------------------------------------------------------------------------


class Carrier(QObject):
    carries = Signal(QObject)


def test_a_slot_without_parameters_receives_no_arguments(qapp: QApplication) -> None:
    """PySide wraps the arguments of a slot; wrapping an object of Qt WebEngine crashes."""
    received: list[tuple[object, ...]] = []

    class Receiver(QObject):
        @never_raises
        def take(self, *args: object) -> None:
            received.append(args)

        @never_raises
        def look(self) -> None:
            received.append(())

    carrier, receiver = Carrier(), Receiver()
    carrier.carries.connect(receiver.take)
    carrier.carries.connect(receiver.look)
    carrier.carries.emit(carrier)
    assert received == [(carrier,), ()]
