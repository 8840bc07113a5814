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
from tests.support.scenarios.host import DEADLINE, Host, later


def fork(host: Host) -> None:
    """Children that go on with the program, by each way to end."""
    host.install()
    window = host.foreground()
    stop = threading.Event()

    def chat() -> None:
        number = 0
        while not stop.is_set():
            host.log(f"chat {(number := number + 1)}")
            time.sleep(0.0005)

    thread = threading.Thread(target=chat, daemon=True)  # or nobody would hear why a child failed
    thread.start()
    children = [_child(host, way) for way in ("_exit", "exit", "loop") for _ in range(host.size)]
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_use, args=(host,))
    process.start()
    process.join(DEADLINE)
    assert process.exitcode == 0, process.exitcode
    for pid in children:
        _wait_for(pid)
    stop.set()
    thread.join()
    host.log("all children are gone")
    host.sent()
    later(0, host.app.quit)
    host.app.exec()
    host.figures["sessions"] = 1
    window.close()


def _child(host: Host, way: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    atexit.unregister(host.report)
    try:
        _use(host)
        if way == "loop":
            later(0.3, host.app.quit)
            host.app.exec()
    except BaseException:  # noqa: BLE001  # a child of fork must not go on as its parent
        os._exit(7)
    if way == "_exit":
        os._exit(0)
    sys.exit(0)


def _use(host: Host) -> None:
    """Everything that a child could do with what it was born with."""
    braze = host.braze
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
        host.install_again()
    except UsageError:
        pass
    else:
        raise AssertionError("installed in a child")
    host.app.processEvents()


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
