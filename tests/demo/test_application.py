"""The demo as a whole, started as a user starts it, on the offscreen platform."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from braze_qt.testing import SandboxProcess
from demo_app.app_usage import AppUsage


def session_has_arrived(folder) -> bool:
    """Looked up in the sandbox's own file: only the demo knows on which port its sandbox listens."""
    file = folder / "sandbox" / "sandbox.sqlite3"
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT 1 FROM events WHERE name = 'ss'").fetchall())
    except sqlite3.OperationalError:
        return False  # not made yet


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_demo_and_its_session(tmp_path, end):
    """Ctrl+C in the terminal: the session's end still arrives, and the sandbox keeps it for the next time."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    demo = subprocess.Popen([sys.executable, "-m", "demo_app", "--data-dir", str(tmp_path)], env=environment)
    try:
        deadline = time.monotonic() + 30
        while not session_has_arrived(tmp_path):
            assert demo.poll() is None, "the demo ended by itself"
            assert time.monotonic() < deadline, "no session arrived"
            time.sleep(0.1)
        demo.send_signal(end)
        assert demo.wait(20) == 0
    finally:
        demo.kill()
        demo.wait()

    with SandboxProcess(tmp_path / "sandbox") as sandbox:
        figures = AppUsage(sandbox.url).users()["anonymous"]
    assert (figures.sessions, figures.ended) == (1, 1)
