"""Children that an application forks, and everything that they could do with what they were born with."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import threading
import time

from braze_qt import BrazeQt, UsageError
from tests.support.scenarios.context import DEADLINE, Stage, later


def fork(stage: Stage) -> None:
    """Children that go on with the program, by each way to end."""
    stage.install()
    window = stage.foreground()
    stop = threading.Event()

    def chat() -> None:
        number = 0
        while not stop.is_set():
            stage.log(f"chat {(number := number + 1)}")
            time.sleep(0.0005)

    thread = threading.Thread(target=chat, daemon=True)  # or nobody would hear why a child failed
    thread.start()
    children = [_child(stage, way) for way in ("_exit", "exit", "loop") for _ in range(stage.size)]
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_use, args=(stage,))
    process.start()
    process.join(DEADLINE)
    assert process.exitcode == 0, process.exitcode
    for pid in children:
        _wait_for(pid)
    stop.set()
    thread.join()
    stage.log("all children are gone")
    stage.sent()
    later(0, stage.app.quit)
    stage.app.exec()
    stage.figures["sessions"] = 1
    window.close()


def _child(stage: Stage, way: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    atexit.unregister(stage.report)
    try:
        _use(stage)
        if way == "loop":
            later(0.3, stage.app.quit)
            stage.app.exec()
    except BaseException:  # noqa: BLE001  # a child of fork must not go on as its parent
        os._exit(7)
    if way == "_exit":
        os._exit(0)
    sys.exit(0)


def _use(stage: Stage) -> None:
    """Everything that a child could do with what it was born with."""
    braze = stage.braze
    answers = [
        braze.logCustomEvent("child"),
        braze.changeUser("child"),
        braze.user.setFirstName("child"),
        braze.setEnabled(False),
        braze.requestImmediateDataFlush(),
        braze.wipeData(),
        braze.shutdown(),
    ]
    assert not any(answers), answers
    assert braze.sessionState in ("foreground", "background", "none")
    assert BrazeQt.instance() is None
    assert braze.recentEvents() == []
    try:
        stage.install_again()
    except UsageError:
        pass
    else:
        raise AssertionError("installed in a child")
    stage.app.processEvents()


def _wait_for(pid: int) -> None:
    end = time.monotonic() + DEADLINE
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            assert os.waitstatus_to_exitcode(status) == 0, f"a child ended with {status:#x}"
            return
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError("a child hangs")
        time.sleep(0.01)
