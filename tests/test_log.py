"""``BRAZE_QT_LOG``: a log on the standard error for a person, beside whatever the host does with its own."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
if "host" in sys.argv:
    logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
before = (logging.root.level, list(logging.root.handlers), logging.getLogger("host").level)
import braze_qt
logger = logging.getLogger("braze_qt.part")
logger.debug("a transition")
logger.info("session started")
try:
    raise ValueError("hush-4711")
except ValueError:
    logger.debug("it failed", exc_info=True)
    logger.warning("it failed badly", exc_info="host" in sys.argv)
logging.getLogger("host").info("of the host")
assert before == (logging.root.level, list(logging.root.handlers), logging.getLogger("host").level)
assert logging.getLogger("braze_qt").propagate
"""


def run(value: str | None, *arguments: str) -> tuple[list[str], list[str]]:
    """What is printed: to the standard output, and without the times to the standard error."""
    environment = {name: text for name, text in os.environ.items() if name != "BRAZE_QT_LOG"}
    if value is not None:
        environment["BRAZE_QT_LOG"] = value
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines(), [line[24:] for line in done.stderr.splitlines()]


DEBUG = "DEBUG braze_qt.part: a transition"
INFO = "INFO braze_qt.part: session started"
WARNING = "WARNING braze_qt.part: it failed badly"


@pytest.mark.parametrize("value", [None, "off"])
def test_nothing_is_logged_by_default(value: str | None) -> None:
    assert run(value) == ([], [])


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("debug", [DEBUG, INFO, "DEBUG braze_qt.part: it failed (ValueError at <string>:11)", WARNING]),
        ("1", [DEBUG, INFO, "DEBUG braze_qt.part: it failed (ValueError at <string>:11)", WARNING]),
        ("Info", [INFO, WARNING]),
        ("warning", [WARNING]),
    ],
)
def test_the_log_begins_at_the_level(value: str, lines: list[str]) -> None:
    """An exception shows its class and its lines: its words may be about a person."""
    assert run(value) == ([], lines)


def test_the_log_of_the_host_loses_nothing() -> None:
    """The handlers of the host get each record as it is, the trace of an exception too."""
    without, nothing = run(None, "host")
    assert nothing == []
    with_log, lines = run("warning", "host")
    assert with_log == without
    assert "ValueError: hush-4711" in without
    assert lines == [f"{WARNING} (ValueError at <string>:11)"]


CLOSED = """
import io, logging, sys
sys.stderr = {}
import braze_qt
logging.getLogger("braze_qt.part").warning("session started")
sys.stderr = io.StringIO()
logging.getLogger("braze_qt.part").warning("it failed badly")
print(sys.stderr.getvalue()[24:])
"""


@pytest.mark.parametrize("stream", ["None", "open(0)"])
def test_a_standard_error_may_come_and_go(stream: str) -> None:
    """A program without a console has none, and hosts replace theirs."""
    done = subprocess.run(
        [sys.executable, "-c", CLOSED.format(stream)],
        env={**os.environ, "BRAZE_QT_LOG": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout.strip(), done.stderr) == (WARNING, "")
