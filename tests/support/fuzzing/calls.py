"""Arbitrary calls of everything public, from several threads at once."""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QGuiApplication

from braze_qt import BrazeConfig, BrazeQt
from braze_qt._qt.user import BrazeUser
from tests.support.loopback import Loopback, answer, serving
from tests.support.strange import KEY, MARK, Door, anything

PATIENCE = 30.0
"""Seconds for calls that take microseconds."""
UNLIMITED = answer(body={"config": {"time": 1_000_000_000, "global_request_rate_limit": {"enabled": False}}})


def slots(kind: type[QObject]) -> dict[str, tuple[int, int]]:
    """The public calls of a class: how many arguments each takes, at least and at most."""
    found = {}
    own = {name for each in kind.__mro__ if each.__module__.startswith("braze_qt") for name in vars(each)}
    for name in sorted(own):
        method = inspect.getattr_static(kind, name)
        if name.startswith("_") or not inspect.isfunction(method) or name == "shutdown":
            continue
        parameters = list(inspect.signature(method).parameters.values())[1:]
        required = [each for each in parameters if each.default is inspect.Parameter.empty]
        found[name] = (len(required), len(parameters))
    return found


def calls() -> st.SearchStrategy[list[tuple[bool, str, list[Any]]]]:
    """Some calls: whether it is one about the user, its name, its arguments."""
    choices = [
        st.tuples(st.just(of_user), st.just(name), st.lists(anything, min_size=least, max_size=most))
        for of_user, kind in ((False, BrazeQt), (True, BrazeUser))
        for name, (least, most) in slots(kind).items()
    ]
    return st.lists(st.one_of(choices), max_size=6)


class Watch(logging.Handler):
    """Listens to all that is logged above DEBUG: faults that were swallowed, and secrets."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = logging.Formatter().format(record)
        strangers = ("failed: RuntimeError", "failed: ValueError", "failed: RecursionError")
        if record.levelno >= logging.ERROR and not any(words in text for words in strangers):
            self.faults.append(text)
        if KEY in text or MARK in text:
            self.faults.append(f"a secret is told: {text}")


@contextmanager
def watched() -> Iterator[Watch]:
    """A watch over the root logger; AssertionError at the end if it has heard anything."""
    watch, root = Watch(), logging.getLogger()
    before = root.level
    root.addHandler(watch)
    root.setLevel(logging.INFO)
    try:
        yield watch
    finally:
        root.removeHandler(watch)
        root.setLevel(before)
    assert not watch.faults, "\n".join(watch.faults[:3])


@contextmanager
def installed(folder: Path) -> Iterator[tuple[BrazeQt, Loopback]]:
    """The SDK in a real application, and a server that takes everything."""
    app = QCoreApplication.instance() or QGuiApplication(["campaign"])
    with serving() as server:
        server.next_reply = lambda: UNLIMITED  # type: ignore[method-assign]
        config = BrazeConfig(KEY, server.endpoint, automatic_sessions=False, data_dir=folder)
        braze = BrazeQt.install(app, config)
        try:
            yield braze, server
        finally:
            braze.shutdown()


def api(braze: BrazeQt) -> Door:
    """Whatever is called with whatever, from three threads: an answer, and never an exception."""

    def perform(listed: list[tuple[bool, str, list[Any]]], faults: list[str]) -> None:
        for of_user, name, arguments in listed:
            try:
                result = getattr(braze.user if of_user else braze, name)(*arguments)
                wrong = name != "recentEvents" and not isinstance(result, bool)
                if wrong:
                    faults.append(f"{name} answers {type(result).__name__}")
            except BaseException as error:  # noqa: BLE001  # the finding
                faults.append(f"{name} raises {type(error).__name__}")

    def test(listed: list[list[tuple[bool, str, list[Any]]]]) -> None:
        faults: list[str] = []
        with watched():
            braze.setEnabled(True)
            braze.setOutboundNetworkRequestsOffline(False)
            threads = [threading.Thread(target=perform, args=(each, faults)) for each in listed[1:]]
            for thread in threads:
                thread.start()
            perform(listed[0], faults)
            for thread in threads:
                thread.join(PATIENCE)
                assert not thread.is_alive(), "a call does not come back"
            QCoreApplication.processEvents()
        assert not faults, faults

    return Door(test, (st.lists(calls(), min_size=3, max_size=3),))


def drained(braze: BrazeQt, server: Loopback) -> int:
    """Everything that was taken arrives, as JSON; answers how many events."""
    QCoreApplication.processEvents()
    assert braze.setEnabled(True), "it cannot be enabled any more"
    braze.setOutboundNetworkRequestsOffline(False)
    braze.openSession()
    end = time.monotonic() + PATIENCE
    while braze.pendingCount:
        braze.requestImmediateDataFlush()
        QCoreApplication.processEvents()
        assert time.monotonic() < end, f"{braze.deliveryState}: {braze.lastOutcome}"
        time.sleep(0.01)
    return len(server.events)


def assert_private(folder: Path) -> None:
    """Nobody else may read what is stored, and the key is not in it."""
    if not folder.exists():
        return  # the last call was a wipe
    for path in [folder, *folder.rglob("*")]:
        assert not path.stat().st_mode & 0o077, f"{path.name} may be read by others"
        assert path.is_dir() or KEY.encode() not in path.read_bytes(), f"the key is in {path.name}"
