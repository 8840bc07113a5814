"""Garbage is collected in the GUI thread, and the host's choices about it stay."""

import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QThread, QTimer
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from braze_qt._qt.collector import BY, Collector
from tests.support.loopback import Loopback, Silence
from tests.support.waiting import until

from .conftest import Install


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """Leaves the collector of the test run as it was."""
    before, enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.set_threshold(*before)
    (gc.enable if enabled else gc.disable)()


class Hanging:
    """An installation whose first request hangs, until it is let go."""

    def __init__(self, install: Install, server: Loopback, qtbot: QtBot) -> None:
        self._install, self._server, self._qtbot = install, server, qtbot
        self._silence = Silence()

    def begin(self) -> BrazeQt:
        self._server.replies += [self._silence]
        braze = self._install(self._server.url, automatic_sessions=False)
        braze.openSession()
        self._qtbot.waitUntil(self._silence.heard.is_set)
        return braze

    def let_go(self) -> None:
        self._silence.end.set()


@pytest.fixture
def hanging(install: Install, server: Loopback, qtbot: QtBot) -> Iterator[Hanging]:
    hanging = Hanging(install, server, qtbot)
    yield hanging
    hanging.let_go()


class Garbage(QObject):
    """In a cycle, with a timer, as a dialog that its presenter knows."""

    ended: list[int]

    def __init__(self, ended: list[int]) -> None:
        super().__init__()
        self.ended = ended
        self.timer = QTimer(self)
        self.timer.start(1_000)
        self.rows = [{} for _ in range(20)]
        self.cycle = self

    def __del__(self) -> None:
        self.ended.append(threading.get_ident())


def litter(qtbot: QtBot, until: Callable[[list[int]], bool]) -> list[int]:
    """Make garbage in the event loop until something is true of the threads in which it has ended."""
    ended: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: Garbage(ended))
    timer.start(1)
    qtbot.waitUntil(lambda: until(ended), timeout=20_000)
    timer.stop()
    return ended


def thresholds_are(qtbot: QtBot, *thresholds: int) -> None:
    qtbot.waitUntil(lambda: gc.get_threshold() == thresholds)


def test_garbage_is_collected_in_the_gui_thread(hanging: Hanging, qtbot: QtBot) -> None:
    """While a request hangs in the upload thread."""
    gc.set_threshold(700, 10, 10)
    hanging.begin()
    assert gc.get_threshold()[0] > BY
    ended = litter(qtbot, lambda ended: len(ended) > 100)
    assert set(ended) == {threading.get_ident()}
    assert gc.get_threshold()[0] > BY


def test_thresholds_are_restored_after_the_thread_ends(hanging: Hanging, qtbot: QtBot) -> None:
    gc.set_threshold(701, 9, 8)
    braze = hanging.begin()
    hanging.let_go()
    qtbot.waitUntil(lambda: braze.deliveryState == "waiting")
    thresholds_are(qtbot, 701, 9, 8)


@pytest.mark.parametrize("ends", ["shutdown", "quit"])
def test_ending_during_a_request_restores_the_thresholds(hanging: Hanging, ends: str) -> None:
    gc.set_threshold(701, 9, 8)
    braze = hanging.begin()
    (braze.shutdown if ends == "shutdown" else braze._rest)()
    braze.shutdown()
    assert gc.get_threshold() == (701, 9, 8)


def test_thresholds_set_by_the_host_meanwhile_are_kept(hanging: Hanging, qtbot: QtBot) -> None:
    gc.set_threshold(700, 10, 10)
    hanging.begin()
    gc.set_threshold(50, 4, 3)
    assert set(litter(qtbot, lambda ended: len(ended) > 100)) == {threading.get_ident()}
    hanging.let_go()
    thresholds_are(qtbot, 50, 4, 3)


def test_memory_stays_bounded_while_the_host_computes(hanging: Hanging) -> None:
    """Its event loop stands, so that nothing of ours can collect or restore."""
    gc.set_threshold(700, 10, 10)
    braze = hanging.begin()
    hanging.let_go()
    until(lambda: braze._scheduler.upload_thread.isFinished(), "the end of the thread")
    assert gc.get_threshold()[0] > BY

    class Node:
        living = 0

        def __init__(self) -> None:
            self.me = self
            Node.living += 1

        def __del__(self) -> None:
            Node.living -= 1

    most = 0
    for _ in range(6 * BY):
        Node()
        most = max(most, Node.living)
    assert most < 2 * BY


def test_a_later_disabling_of_collection_is_respected(qapp: QObject) -> None:
    gc.set_threshold(700, 10, 10)
    parent = QThread()
    collector = Collector(parent)
    collector.hold()
    collector.release()  # which knows thresholds from now on
    for threshold in (0, 1_000_000):
        gc.set_threshold(threshold)
        collector.hold()
        collector.watch()
        garbage = [[] for _ in range(5_000)]
        garbage.append(garbage)
        began: list[str] = []
        gc.callbacks.append(lambda phase, _, began=began: began.append(phase))
        collector._check()
        gc.callbacks.pop()
        collector.release()
        assert began == []
        assert gc.get_threshold()[0] == threshold


@pytest.mark.parametrize("by", ["disable", "threshold"])
def test_disabled_collection_stays_disabled(hanging: Hanging, qtbot: QtBot, by: str) -> None:
    if by == "disable":
        gc.disable()
    else:
        gc.set_threshold(0)
    before = gc.get_threshold()
    hanging.begin()
    began: list[str] = []
    gc.callbacks.append(lambda phase, _: began.append(phase))
    try:
        made: list[int] = []
        timer = QTimer()
        timer.timeout.connect(lambda: made.extend([1] * len(Garbage([]).rows)))
        timer.start(1)
        qtbot.waitUntil(lambda: len(made) > 5_000, timeout=20_000)
    finally:
        gc.callbacks.pop()
    assert began == []
    if by == "disable":
        gc.enable()  # from now on the host has it
        assert set(litter(qtbot, lambda ended: len(ended) > 10)) == {threading.get_ident()}
    hanging.let_go()
    thresholds_are(qtbot, *before)


def test_frozen_objects_stay_frozen(hanging: Hanging, qtbot: QtBot) -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        braze = hanging.begin()
        hanging.let_go()
        qtbot.waitUntil(lambda: braze.deliveryState == "waiting")
        assert gc.get_freeze_count() > frozen // 2
    finally:
        gc.unfreeze()


def test_two_collectors_share_one_pause() -> None:
    """A thread that could not be stopped is still there when the next installation has one."""
    gc.set_threshold(701, 9, 8)
    threads = QThread(), QThread()
    first, second = (Collector(thread) for thread in threads)
    for thread in threads:
        thread.start()
    try:
        first.hold()
        second.hold()
        first.release()
        assert gc.get_threshold()[0] > BY
        second.release()
        assert gc.get_threshold() == (701, 9, 8)
        first.hold()
        gc.set_threshold(50, 4, 3)
        second.hold()
        second.release()
        first.release()
        assert gc.get_threshold() == (50, 4, 3)
    finally:
        ended(*threads)


def test_a_thread_that_ended_unnoticed_releases_the_pause() -> None:
    """It could not be stopped before the application object was gone, and another application came."""
    gc.set_threshold(701, 9, 8)
    threads = QThread(), QThread()
    forgotten, present = (Collector(thread) for thread in threads)
    forgotten.hold()
    ended(*threads)
    present.hold()
    present.release()
    assert gc.get_threshold() == (701, 9, 8)


def ended(*threads: QThread) -> None:
    for thread in threads:
        thread.quit()
        assert thread.wait(20_000)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # for it has threads
def test_a_forked_child_has_the_original_thresholds(hanging: Hanging) -> None:
    gc.set_threshold(700, 10, 10)
    hanging.begin()
    child = os.fork()
    if not child:
        os._exit(gc.get_threshold() == (700, 10, 10))
    end = time.monotonic() + 20
    while (told := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(told[1]) == 1
    assert gc.get_threshold()[0] > BY
