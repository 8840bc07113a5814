"""The sandbox the demo starts: it ends with the demo, whatever happens to the demo."""

import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

from demo_app.sandbox_process import SandboxError, SandboxProcess

STARTS_ONE_AND_WAITS = """
import pathlib, sys, time
from demo_app.sandbox_process import SandboxProcess
print(SandboxProcess(pathlib.Path(sys.argv[1])).url, flush=True)
time.sleep(600)
"""


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as connection:
        return connection.connect_ex((parts.hostname, parts.port)) == 0


def wait_until_silent(url: str) -> None:
    deadline = time.monotonic() + 20
    while answers(url):
        assert time.monotonic() < deadline, "the sandbox still answers"
        time.sleep(0.05)


def test_runs_inside_the_with_block_only(tmp_path):
    with SandboxProcess(tmp_path) as sandbox:
        assert answers(sandbox.url)
    assert not answers(sandbox.url)


def test_ends_when_the_demo_was_killed(tmp_path):
    demo = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE_AND_WAITS, tmp_path], stdout=subprocess.PIPE, text=True
    )
    with demo:
        url = demo.stdout.readline().strip()
        assert answers(url)
        demo.kill()
    wait_until_silent(url)


def test_says_why_it_did_not_start(tmp_path):
    with pytest.raises(SandboxError):
        SandboxProcess(tmp_path / "no such folder" / "at all")
