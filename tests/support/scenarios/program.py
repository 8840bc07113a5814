"""Unusual applications: everything that hosts do, one scenario a run.

``program.py SCENARIO CONFIG SIZE``: the scenario is the name of a function below, the configuration a JSON
object, the size how much of it. It prints one JSON object: the events that the SDK has acknowledged, figures,
and what of the host's was changed. Anything else that is printed is a fault. A scenario is
code of a host, which commands to ``tests/support/host.py`` could not be.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from braze_qt import BrazeQt
from braze_qt._qt.collector import BY
from tests.support import window_system
from tests.support.scenarios.environment import other_locales, own_hooks, own_logging
from tests.support.scenarios.forks import fork
from tests.support.scenarios.host import DEADLINE, Host, later


def busy(host: Host) -> None:
    """The GUI thread does something else, for far longer than the timeout."""
    host.install()
    window = host.foreground()
    session = host.braze.sessionId
    later(0, lambda: time.sleep(host.size))
    later(0.2, lambda: host.log("after"))
    later(2.0, host.app.quit)
    host.app.exec()
    host.figures["sessions"] = 1
    assert session, window


def windows(host: Host) -> None:
    """Windows come and go by the thousand."""
    host.install(session_timeout=3_600)
    kept = host.foreground()
    for number in range(host.size):
        window = host.window()
        host.app.processEvents()
        if number % 50 == 0:
            host.log(f"window {number}")
        window.close()
        window.deleteLater()
        host.app.processEvents()
    host.figures["sessions"] = 1
    kept.close()


def nested_loops(host: Host) -> None:
    """Event loops inside of event loops."""
    host.install()
    window = host.foreground()

    def descend(depth: int) -> None:
        host.log(f"depth {depth}")
        loop = QEventLoop()
        later(0, lambda: descend(depth - 1) if depth else None)
        later(0.02 + depth * 0.01, loop.quit)
        loop.exec()
        host.log(f"back in {depth}")

    later(0, lambda: (descend(min(host.size, 40)), host.app.quit()))
    host.app.exec()
    host.figures["sessions"] = 1
    window.close()


def only_process_events(host: Host) -> None:
    """A game loop of its own."""
    host.install()
    window = host.foreground()
    for number in range(host.size):
        host.log(f"frame {number}")
        host.app.processEvents()
    host.sent()
    window.close()


def no_event_loop(host: Host) -> None:
    """Nothing ever turns."""
    host.install()
    for number in range(host.size):
        host.log(f"event {number}")
    host.figures["sessions"] = 0


def exec_twice(host: Host) -> None:
    """An event loop that ends, and another one, as for a login or a restart inside the process."""
    host.install()
    started: list[str] = []
    ended: list[str] = []
    host.braze.sessionStarted.connect(started.append)
    host.braze.sessionEnded.connect(lambda id_, _: ended.append(id_))
    window = host.window()
    for number, end in enumerate((host.app.quit, host.app.exit, host.app.quit)):
        window.show()  # quit() has closed it, exit() has not
        later(0.8, lambda number=number: host.log(f"loop {number}"))
        later(1.0, end)
        host.app.exec()
        host.app.processEvents()
        assert len(started) == len(ended) == number + 1, (started, ended)
        assert host.braze.sessionState == "none"
    window.close()
    host.figures["sessions"] = 3


def two_applications(host: Host) -> None:
    """The application object goes, and another one comes in the same process."""
    host.install()
    first = host.foreground()
    host.log("in the first")
    later(0, host.app.exit)
    host.app.exec()
    first.close()
    host.app.shutdown()
    host.app = QApplication(sys.argv[:1])
    host.install_again()
    window = host.foreground()
    host.log("in the second")
    later(0.1, host.app.quit)
    host.app.exec()
    host.figures["sessions"] = 2
    window.close()


def threads_at_quit(host: Host) -> None:
    """Threads that do not care whether the application ends."""
    host.install(shutdown_timeout=0.2)
    window = host.foreground()
    stop = threading.Event()
    refused = threading.Barrier(host.size + 1)

    def work(number: int) -> None:
        count = 0
        while host.log(f"thread {number}.{count}") or BrazeQt.instance() is not None:
            count += 1
            host.braze.user.setFirstName(f"name {count}")
            host.braze.requestImmediateDataFlush()
            time.sleep(0.001)
        refused.wait(DEADLINE)
        while not stop.is_set():
            assert not host.log("too late")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(host.size)]
    for thread in threads:
        thread.start()
    later(0.5, host.app.quit)
    host.app.exec()
    host.braze.shutdown()
    refused.wait(DEADLINE)
    stop.set()
    for thread in threads:
        thread.join()
    # Ours may need a moment more than shutdown() gives it. The collector is the host's again after that.
    host.until(lambda: gc.get_threshold()[0] < BY)
    window.close()


def no_gui(host: Host) -> None:
    """A service: sessions by hand, nothing to see."""
    braze = host.install(automatic_sessions=False)
    braze.openSession()
    for number in range(host.size):
        later(number * 0.001, lambda number=number: host.log(f"job {number}"))
    later(0.5 + host.size * 0.001, host.app.quit)
    host.app.exec()
    host.figures["sessions"] = 1


def no_gui_and_automatic(host: Host) -> None:
    """A service that has said nothing of sessions has none."""
    host.install()
    later(0.2, lambda: host.log("job"))
    later(1.5, host.app.quit)
    host.app.exec()
    host.figures["sessions"] = 0


def coroutines(host: Host) -> None:
    """asyncio on Qt's event loop, which is run again for every run_until_complete()."""
    import qasync

    loop = qasync.QEventLoop(host.app)
    asyncio.set_event_loop(loop)
    braze = host.install()
    window = host.window()

    async def prepare() -> None:
        await asyncio.sleep(0.1)

    async def work() -> None:
        await asyncio.gather(*(job(number) for number in range(host.size)))
        await loop.run_in_executor(None, host.log, "from the executor")
        while braze.sessionState != "foreground":
            await asyncio.sleep(0.05)
        host.log("at the end")

    async def job(number: int) -> None:
        await asyncio.sleep(0.001 * number)
        host.log(f"job {number}")

    loop.run_until_complete(prepare())
    loop.run_until_complete(work())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)
    window.close()


def an_hour(host: Host) -> None:
    """Sessions and absences by the thousand: memory and descriptors stay level."""
    host.install(session_timeout=3_600)
    window = host.foreground()
    handle = window.windowHandle()
    thirds: list[dict[str, int]] = []
    for number in range(host.size * 4):  # the first quarter fills what has bounds
        window_system.focus(None)
        window_system.focus(handle)
        host.braze.changeUser(f"user {number % 7}")
        if number % 10 == 0:
            host.log(f"change {number}")
        if number % host.size == host.size - 1:
            host.sent()
            gc.collect()
            thirds.append(_held())
    host.figures.update(thirds=thirds[1:], sessions=host.size * 4 + 1)
    window.close()


def _held() -> dict[str, int]:
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    (rss,) = (int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    return {"kB": rss, "descriptors": len(os.listdir("/proc/self/fd")), "objects": len(gc.get_objects())}


WITHOUT_GUI = (no_gui, no_gui_and_automatic)
SCENARIOS: dict[str, Callable[[Host], None]] = {
    scenario.__name__: scenario
    for scenario in (
        busy,
        windows,
        nested_loops,
        only_process_events,
        no_event_loop,
        exec_twice,
        two_applications,
        fork,
        threads_at_quit,
        own_hooks,
        no_gui,
        no_gui_and_automatic,
        coroutines,
        own_logging,
        other_locales,
        an_hour,
    )
}


def main() -> None:
    """Run the scenario."""
    scenario = SCENARIOS[sys.argv[1]]
    kind = QCoreApplication if scenario in WITHOUT_GUI else QApplication
    scenario(Host(json.loads(sys.argv[2]), int(sys.argv[3]), kind))


if __name__ == "__main__":
    main()
