"""The error message where the sandbox's libraries are not installed."""

import subprocess
import sys

WITHOUT_THEM = """
import runpy, sys
sys.modules["werkzeug.serving"] = sys.modules["werkzeug"] = None  # as if they were not installed
"""
IMPORTED = "from braze_qt.sandbox import Sandbox"
STARTED = "runpy.run_module('braze_qt.sandbox', run_name='__main__', alter_sys=True)"  # as python -m does


def said(program: str) -> tuple[int, list[str]]:
    command = [sys.executable, "-c", WITHOUT_THEM + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr.splitlines()


def test_the_missing_extra_is_named() -> None:
    code, lines = said(IMPORTED)
    assert code == 1
    assert "the extra 'sandbox' of braze-qt installs" in lines[-1]


def test_the_command_says_what_to_install() -> None:
    """In one line, without a traceback."""
    code, lines = said(STARTED)
    assert (code, len(lines)) == (2, 1)
    assert "the extra 'sandbox' of braze-qt installs" in lines[0]
