"""How often an application that does nothing is woken: each wake-up costs battery."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.figures import Section
from benchmarks.host import KEY
from benchmarks.server import Server
from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess, running_host

SETTLING = 1.0
"""Seconds that an application gets to come to rest."""
STATES = {
    "without the package": "bare",
    "in the foreground": "foreground",
    "in the background, session open": "background",
    "in the background, session ended": "none",
}


def measure(*, quick: bool) -> Section:
    """One idle application for each state, side by side, watched from outside."""
    seconds = 2.0 if quick else 40.0
    section = Section(
        "Wake-ups of an idle application",
        f"Voluntary context switches of all its threads, counted from outside for {seconds:.0f} s.",
    )
    with ExitStack() as stack:
        server = stack.enter_context(Server())
        hosts = {what: _started(stack, state, server.endpoint) for what, state in STATES.items()}
        time.sleep(SETTLING)
        before = {what: _switches(host) for what, host in hosts.items()}
        time.sleep(seconds)
        for what, host in hosts.items():
            section.add(what, (_switches(host) - before[what]) * 60 / seconds, "per minute")
    return section


def _started(stack: ExitStack, state: str, endpoint: str) -> HostProcess:
    """An application in one state, all its events sent."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="braze_qt-benchmark-")))
    config = {
        "api_key": KEY,
        "endpoint": endpoint,
        "session_timeout": 1 if state == "none" else 3_600,
        "data_dir": str(folder / "data"),
    }
    options = {"toolkit": "window", "ending": "exec", "config": None if state == "bare" else config}
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    host = stack.enter_context(running_host(options, environment, folder / "errors"))
    if state == "bare":
        return host
    host.wait_for_session("foreground")
    if state != "foreground":
        host.tell("keep_running")
        host.tell("close", OPENS_WITH)
        host.wait_for_session(state)
    host.wait_until_sent()
    return host


def _switches(host: HostProcess) -> int:
    statuses = [path.read_text() for path in Path(f"/proc/{host.process.pid}/task").glob("*/status")]
    return sum(int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0]) for status in statuses)
