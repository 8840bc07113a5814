"""The application under test, with everything around it in the hands of the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QCoreApplication

from braze_qt._qt.client import BrazeQt
from braze_qt._qt.environment import Environment
from braze_qt.config import BrazeConfig
from braze_qt.errors import UsageError
from braze_qt.testing.clock import FakeClock
from braze_qt.testing.records import RecordedEvent, RecordedRequest
from braze_qt.testing.transport import RecordingTransport

PATIENCE = 10.0
"""Seconds for work of milliseconds, on a machine that is busy with other tests."""


class BrazeApp:
    """A context in which ``BrazeQt.install`` touches neither the network nor the user's data.

    The clock stands still unless it is moved, and the application is in the foreground unless it is
    told to go away; what Qt says of its windows does not count. Nothing is sent behind the test's back:
    only while one of these methods runs, or by ``requestImmediateDataFlush``, ``logout`` or
    ``shutdown``. Qt's own timers, those of the application under test too, go on in real time.

    For the GUI thread. Methods may let Qt handle events meanwhile.

    Args:
        folder: where the data of the installations in this context lie. It need not exist.

    Attributes:
        clock: what the SDK takes for the time.
        transport: what the SDK takes for the network.
    """

    def __init__(self, folder: Path) -> None:
        self.clock: FakeClock = FakeClock()
        self.transport: RecordingTransport = RecordingTransport()
        self._folder = folder
        self._in_front = True

    def __enter__(self) -> BrazeApp:
        BrazeQt._environment = Environment(
            self.clock, self.transport, self._folder, lambda: self._in_front, held=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        BrazeQt._environment = Environment()
        installed = BrazeQt.instance()
        if installed is not None:
            installed.shutdown()

    def install(self, app: QCoreApplication, extensions: Sequence[Any] = (), **settings: Any) -> BrazeQt:
        """``BrazeQt.install`` with a key and an endpoint that stand for any.

        Args:
            app: the application object.
            extensions: those of ``BrazeQt.install``.
            settings: those of ``BrazeConfig``, by name.

        Raises:
            ConfigError: a setting is not allowed.
            UsageError: braze_qt is installed already.
        """
        settings = {"api_key": "test-key", "endpoint": "sdk.example.com", **settings}
        return BrazeQt.install(app, BrazeConfig(**settings), extensions=extensions)

    @property
    def braze(self) -> BrazeQt:
        """The installed one.

        Raises:
            UsageError: none is installed, or it was shut down.
        """
        installed = BrazeQt.instance()
        if installed is None:
            raise UsageError("braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was")
        return installed

    # -- what happens --------------------------------------------------------------------------

    def come_to_front(self) -> None:
        """The user turns to the application, from another program or after the machine slept."""
        self._in_front = True
        self._look()
        installed = BrazeQt.instance()
        if installed is not None:
            installed._scheduler.note_user()
            self._settle()

    def go_away(self) -> None:
        """The user turns to another program, or closes the last window."""
        self._in_front = False
        self._look()

    def advance(self, seconds: float) -> None:
        """Time passes; sessions that run out meanwhile have ended when this returns, and it was told.

        Args:
            seconds: how many, 0 or more.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        self._pass(seconds, asleep=False)

    def sleep_machine(self, seconds: float) -> None:
        """The machine sleeps and wakes up again. No session counts the time.

        A sleep of the session timeout or longer ends the session, and the next one begins with
        ``come_to_front``: that a machine woke does not mean that its user is there.

        Args:
            seconds: how many, 0 or more.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        self._pass(seconds, asleep=True)

    # -- what came of it -----------------------------------------------------------------------

    def events(self, name: str | None = None) -> list[RecordedEvent]:
        """Send what waits, then answer what has been accepted since the beginning, in order.

        Nothing is sent while disabled or switched offline, or without a session ever.

        Args:
            name: only events of this name.
        """
        self._flush()
        sent = [event for request in self._accepted() for event in request.events]
        return [event for event in sent if name in (None, event.name)]

    def event(self, name: str) -> RecordedEvent:
        """The one event of this name that has been accepted; what waits is sent before.

        Raises:
            AssertionError: there is none, or there are several; the message lists what there is.
        """
        __tracebackhide__ = True
        found = self.events(name)
        if len(found) != 1:
            raise AssertionError(f"{_count(len(found))} {name!r} arrived.\n{self._report()}")
        return found[0]

    def attributes(self) -> list[dict[str, Any]]:
        """The attributes that have been accepted, in order; what waits is sent before.

        One object for each user and request: ``{"user_id": "ada", "email": …, "custom": {…}}``. Lists,
        increments and places travel as events.
        """
        self._flush()
        return [
            each for request in self.transport.requests if request.accepted for each in request.attributes
        ]

    def requests(self) -> list[RecordedRequest]:
        """Send what is due and nothing else, then answer what has been posted, failures too."""
        self._settle()
        return self.transport.requests

    # -- inside --------------------------------------------------------------------------------

    def _pass(self, seconds: float, *, asleep: bool) -> None:
        self._settle()  # what was logged before counts from before
        self.clock.move(seconds, asleep=asleep)
        self._look()

    def _look(self) -> None:
        """Let the installation notice what has changed."""
        self._settle()
        installed = BrazeQt.instance()
        if installed is not None:
            installed._scheduler.evaluate()
            for extension in installed._extensions:
                extension._follow()  # cards expire by the clock
            self._settle()

    def _flush(self) -> None:
        installed = BrazeQt.instance()
        if installed is not None:
            installed.requestImmediateDataFlush()
            self._settle()

    def _settle(self) -> None:
        """Wait until the upload thread has nothing to do at present, and take its reports."""
        installed = BrazeQt.instance()
        if installed is None:
            return
        QCoreApplication.processEvents()  # an installation begins on the first turn of the event loop
        if not installed._scheduler.upload_thread.settle(PATIENCE):
            raise TimeoutError(f"sending has not come to rest within {PATIENCE:.0f} seconds")
        QCoreApplication.processEvents()

    def _accepted(self) -> list[RecordedRequest]:
        return [request for request in self.transport.requests if request.accepted]

    def _report(self) -> str:
        """What there is, for whoever reads a failure."""
        arrived = [f"    {event}" for event in self.events()] or ["    nothing"]
        installed = BrazeQt.instance()
        if installed is None:
            return "\n".join(["What arrived:", *arrived, "braze_qt is not installed, or it was shut down."])
        waiting = [
            f"    {record.name} {record.label!r}" if record.label else f"    {record.name}"
            for record in installed.recentEvents()
            if record.state != "acknowledged"
        ]
        state = f"session {installed.sessionState}, delivery {installed.deliveryState}"
        words = f", last answer {installed.lastOutcome!r}" if installed.lastOutcome else ""
        return "\n".join(
            ["What arrived:", *arrived, f"What did not ({state}{words}):", *(waiting or ["    nothing"])]
        )


def _count(number: int) -> str:
    return "no event" if number == 0 else f"{number} events"
