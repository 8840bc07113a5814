"""``python -m braze_qt.sandbox`` as its users start and stop it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from braze_qt.sandbox import Sandbox

from . import bodies
from .bodies import body, start

COMMAND = [sys.executable, "-m", "braze_qt.sandbox"]


@contextmanager
def running(*options: str, stdin: int | None = None) -> Iterator[tuple[subprocess.Popen, str]]:
    if sys.platform == "win32":  # where only Ctrl+C is a signal, which comes to all who share a console
        options, stdin = (*options, "--until-stdin-ends"), subprocess.PIPE
    command = [*COMMAND, "--port", "0", *options]
    process = subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            first = process.stdout.readline()
            yield process, re.fullmatch(r"App Usage: (http://127\.0\.0\.1:\d+)/\n", first)[1]
        finally:
            process.kill()


def assert_ends_cleanly(process: subprocess.Popen, number: signal.Signals) -> None:
    if sys.platform != "win32":
        process.send_signal(number)
    _, errors = process.communicate(timeout=20)  # which closes its input
    assert (process.returncode, errors) == (0, "")


def test_the_command_prints_its_addresses():
    with running() as (process, url):
        assert process.stdout.readline() == f"SDK endpoint: {url}\n"
        assert requests.get(url, timeout=30).status_code == 200


@pytest.mark.posix("signals that end a process")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_command_cleanly(number):
    with running() as (process, _):
        assert_ends_cleanly(process, number)


@pytest.mark.posix("signals that end a process")
def test_a_signal_also_stops_the_wait_for_input():
    with running("--until-stdin-ends", stdin=subprocess.PIPE) as (process, _):
        assert_ends_cleanly(process, signal.SIGTERM)


def test_the_command_ends_with_its_standard_input():
    with running("--until-stdin-ends", stdin=subprocess.PIPE) as (process, _):
        process.stdin.write("what is said does not matter")
        _, errors = process.communicate(timeout=20)  # which closes its input
        assert (process.returncode, errors) == (0, "")


def test_open_connections_do_not_prevent_a_clean_stop():
    with running() as (process, url):
        requests.put(f"{url}/api/faults", json={"fault": "hang"}, timeout=30)
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        with (
            socket.create_connection(address) as silent,
            socket.create_connection(address) as dawdling,
            socket.create_connection(address) as hanging,
            requests.get(f"{url}/events", stream=True, timeout=30) as listening,
        ):
            assert next(listening.iter_lines())
            dawdling.sendall(b"POST /api/v3/data HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            hanging.sendall(b"POST /api/v3/data HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
            while not requests.get(f"{url}/api/requests", timeout=30).json()["requests"]:
                pass
            assert silent.fileno() > 0
            assert_ends_cleanly(process, signal.SIGTERM)


def test_the_data_folder_survives_a_restart(tmp_path):
    folder = tmp_path / "kept"
    for sessions in (1, 2):
        with running("--data", str(folder)) as (process, url):
            requests.post(f"{url}/api/v3/data", json=body(start(session=sessions)), timeout=30)
            users = requests.get(f"{url}/api/users", timeout=30).json()["users"]
            assert [each["sessions"] for each in users] == [sessions]
            assert_ends_cleanly(process, signal.SIGTERM)


def test_no_data_remains_without_a_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running() as (process, url):
        requests.post(f"{url}/api/v3/data", json=bodies.FIRST_REQUEST, timeout=30)
        assert list(tmp_path.iterdir())
        assert_ends_cleanly(process, signal.SIGTERM)
    assert list(tmp_path.iterdir()) == []


def test_the_default_is_the_loopback_address_only():
    """127.0.0.2 is another address of this machine, which a server on all of them would answer to."""
    with running() as (_, url), socket.socket() as outside:
        assert outside.connect_ex(("127.0.0.2", int(url.rpartition(":")[2]))) != 0


def test_a_failed_start_gives_the_reason(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for options in (
            ["--port", str(taken.getsockname()[1])],
            ["--port", "0", "--data", str(tmp_path / "missing" / "folder")],
            ["--port", "0", "--host", "192.0.2.1"],
        ):
            ended = subprocess.run(
                [*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False
            )
            assert (ended.returncode, ended.stdout) == (1, "")
            assert "The sandbox cannot start: " in ended.stderr
            assert "Traceback" not in ended.stderr


def test_a_port_in_use_raises_in_python():
    with Sandbox() as sandbox, pytest.raises(OSError, match="cannot be listened on"):
        Sandbox(port=int(sandbox.url.rpartition(":")[2]))


def test_the_host_option_sets_the_address():
    with Sandbox(host="::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert requests.get(f"{sandbox.url}/api/users", timeout=30).json() == {"users": []}


def test_the_sandbox_imports_no_qt():
    program = "import sys, braze_qt.sandbox; print([name for name in sys.modules if 'PySide6' in name])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
