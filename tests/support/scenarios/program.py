"""A demanding application: everything that hosts do, one demand a run.

``demanding.py DEMAND CONFIG SIZE``: the demand is the name of a function below, the configuration a JSON
object, the size how much of it. It prints one JSON object: the events that the SDK has acknowledged, figures,
and what of the host's was changed. Anything else that is printed is a fault.
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
from tests.support.scenarios.context import DEADLINE, Stage, later
from tests.support.scenarios.environment import other_locales, own_hooks, own_logging
from tests.support.scenarios.forks import fork


def busy(stage: Stage) -> None:
    """The GUI thread does something else, for far longer than the timeout."""
    stage.install()
    window = stage.foreground()
    session = stage.braze.sessionId
    later(0, lambda: time.sleep(stage.size))
    later(0.2, lambda: stage.log("after"))
    later(2.0, stage.app.quit)
    stage.app.exec()
    stage.figures["sessions"] = 1
    assert session, window


def windows(stage: Stage) -> None:
    """Windows come and go by the thousand."""
    stage.install(session_timeout=3_600)
    kept = stage.foreground()
    for number in range(stage.size):
        window = stage.window()
        stage.app.processEvents()
        if number % 50 == 0:
            stage.log(f"window {number}")
        window.close()
        window.deleteLater()
        stage.app.processEvents()
    stage.figures["sessions"] = 1
    kept.close()


def nested_loops(stage: Stage) -> None:
    """Event loops inside of event loops."""
    stage.install()
    window = stage.foreground()

    def descend(depth: int) -> None:
        stage.log(f"depth {depth}")
        loop = QEventLoop()
        later(0, lambda: descend(depth - 1) if depth else None)
        later(0.02 + depth * 0.01, loop.quit)
        loop.exec()
        stage.log(f"back in {depth}")

    later(0, lambda: (descend(min(stage.size, 40)), stage.app.quit()))
    stage.app.exec()
    stage.figures["sessions"] = 1
    window.close()


def only_process_events(stage: Stage) -> None:
    """A game loop of its own."""
    stage.install()
    window = stage.foreground()
    for number in range(stage.size):
        stage.log(f"frame {number}")
        stage.app.processEvents()
    stage.sent()
    window.close()


def no_event_loop(stage: Stage) -> None:
    """Nothing ever turns."""
    stage.install()
    for number in range(stage.size):
        stage.log(f"event {number}")
    stage.figures["sessions"] = 0


def exec_twice(stage: Stage) -> None:
    """An event loop that ends, and another one, as for a login or a restart inside the process."""
    stage.install()
    started: list[str] = []
    ended: list[str] = []
    stage.braze.sessionStarted.connect(started.append)
    stage.braze.sessionEnded.connect(lambda id_, _: ended.append(id_))
    window = stage.window()
    for number, end in enumerate((stage.app.quit, stage.app.exit, stage.app.quit)):
        window.show()  # quit() has closed it, exit() has not
        later(0.8, lambda number=number: stage.log(f"loop {number}"))
        later(1.0, end)
        stage.app.exec()
        stage.app.processEvents()
        assert len(started) == len(ended) == number + 1, (started, ended)
        assert stage.braze.sessionState == "none"
    window.close()
    stage.figures["sessions"] = 3


def two_applications(stage: Stage) -> None:
    """The application object goes, and another one comes in the same process."""
    stage.install()
    first = stage.foreground()
    stage.log("in the first")
    later(0, stage.app.exit)
    stage.app.exec()
    first.close()
    stage.app.shutdown()
    stage.app = QApplication(sys.argv[:1])
    stage.install_again()
    window = stage.foreground()
    stage.log("in the second")
    later(0.1, stage.app.quit)
    stage.app.exec()
    stage.figures["sessions"] = 2
    window.close()


def threads_at_quit(stage: Stage) -> None:
    """Threads that do not care whether the application ends."""
    stage.install(shutdown_timeout=0.2)
    window = stage.foreground()
    stop = threading.Event()
    refused = threading.Barrier(stage.size + 1)

    def work(number: int) -> None:
        count = 0
        while stage.log(f"thread {number}.{count}") or BrazeQt.instance() is not None:
            count += 1
            stage.braze.user.setFirstName(f"name {count}")
            stage.braze.requestImmediateDataFlush()
            time.sleep(0.001)
        refused.wait(DEADLINE)
        while not stop.is_set():
            assert not stage.log("too late")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(stage.size)]
    for thread in threads:
        thread.start()
    later(0.5, stage.app.quit)
    stage.app.exec()
    stage.braze.shutdown()
    refused.wait(DEADLINE)
    stop.set()
    for thread in threads:
        thread.join()
    # Ours may need a moment more than shutdown() gives it. The collector is the host's again after that.
    stage.until(lambda: gc.get_threshold()[0] < BY)
    window.close()


def no_gui(stage: Stage) -> None:
    """A service: sessions by hand, nothing to see."""
    braze = stage.install(automatic_sessions=False)
    braze.openSession()
    for number in range(stage.size):
        later(number * 0.001, lambda number=number: stage.log(f"job {number}"))
    later(0.5 + stage.size * 0.001, stage.app.quit)
    stage.app.exec()
    stage.figures["sessions"] = 1


def no_gui_and_automatic(stage: Stage) -> None:
    """A service that has said nothing of sessions has none."""
    stage.install()
    later(0.2, lambda: stage.log("job"))
    later(1.5, stage.app.quit)
    stage.app.exec()
    stage.figures["sessions"] = 0


def coroutines(stage: Stage) -> None:
    """asyncio on Qt's event loop, which is run again for every run_until_complete()."""
    import qasync

    loop = qasync.QEventLoop(stage.app)
    asyncio.set_event_loop(loop)
    braze = stage.install()
    window = stage.window()

    async def prepare() -> None:
        await asyncio.sleep(0.1)

    async def work() -> None:
        await asyncio.gather(*(job(number) for number in range(stage.size)))
        await loop.run_in_executor(None, stage.log, "from the executor")
        while braze.sessionState != "foreground":
            await asyncio.sleep(0.05)
        stage.log("at the end")

    async def job(number: int) -> None:
        await asyncio.sleep(0.001 * number)
        stage.log(f"job {number}")

    loop.run_until_complete(prepare())
    loop.run_until_complete(work())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)
    window.close()


def an_hour(stage: Stage) -> None:
    """Sessions and absences by the thousand: memory and descriptors stay level."""
    stage.install(session_timeout=3_600)
    window = stage.foreground()
    handle = window.windowHandle()
    thirds: list[dict[str, int]] = []
    for number in range(stage.size * 4):  # the first quarter fills what has bounds
        window_system.focus(None)
        window_system.focus(handle)
        stage.braze.changeUser(f"user {number % 7}")
        if number % 10 == 0:
            stage.log(f"change {number}")
        if number % stage.size == stage.size - 1:
            stage.sent()
            gc.collect()
            thirds.append(_held())
    stage.figures.update(thirds=thirds[1:], sessions=stage.size * 4 + 1)
    window.close()


def _held() -> dict[str, int]:
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    (rss,) = (int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    return {"kB": rss, "descriptors": len(os.listdir("/proc/self/fd")), "objects": len(gc.get_objects())}


WITHOUT_GUI = (no_gui, no_gui_and_automatic)
DEMANDS: dict[str, Callable[[Stage], None]] = {
    demand.__name__: demand
    for demand in (
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
    """Do what is demanded."""
    demand = DEMANDS[sys.argv[1]]
    kind = QCoreApplication if demand in WITHOUT_GUI else QApplication
    demand(Stage(json.loads(sys.argv[2]), int(sys.argv[3]), kind))


if __name__ == "__main__":
    main()
