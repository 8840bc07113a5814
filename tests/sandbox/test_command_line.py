"""``python -m braze_qt.sandbox`` as its users start and stop it."""

import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from braze_qt.sandbox import Sandbox

from . import bodies
from .bodies import body, start

COMMAND = [sys.executable, "-m", "braze_qt.sandbox"]


@contextmanager
def running(*options: str, stdin: int | None = None) -> Iterator[tuple[subprocess.Popen, str]]:
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
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def test_says_where_it_is():
    with running() as (process, url):
        assert process.stdout.readline() == f"SDK endpoint: {url}\n"
        assert requests.get(url, timeout=30).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_cleanly(number):
    with running() as (process, _):
        assert_ends_cleanly(process, number)


def test_stops_cleanly_while_it_waits_for_its_input_to_end():
    with running("--until-stdin-ends", stdin=subprocess.PIPE) as (process, _):
        assert_ends_cleanly(process, signal.SIGTERM)


def test_ends_with_the_program_that_has_the_other_end_of_its_input():
    with running("--until-stdin-ends", stdin=subprocess.PIPE) as (process, _):
        process.stdin.write("what is said does not matter")
        _, errors = process.communicate(timeout=20)  # which closes its input
        assert (process.returncode, errors) == (0, "")


def test_stops_cleanly_while_clients_hang_listen_and_dawdle():
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


def test_keeps_what_came_in_the_folder_it_was_given(tmp_path):
    folder = tmp_path / "kept"
    for sessions in (1, 2):
        with running("--data", str(folder)) as (process, url):
            requests.post(f"{url}/api/v3/data", json=body(start(session=sessions)), timeout=30)
            users = requests.get(f"{url}/api/users", timeout=30).json()["users"]
            assert [each["sessions"] for each in users] == [sessions]
            assert_ends_cleanly(process, signal.SIGTERM)


def test_leaves_nothing_behind_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running() as (process, url):
        requests.post(f"{url}/api/v3/data", json=bodies.FIRST_REQUEST, timeout=30)
        assert list(tmp_path.iterdir())
        assert_ends_cleanly(process, signal.SIGTERM)
    assert list(tmp_path.iterdir()) == []


def test_listens_on_the_loopback_address_only():
    """127.0.0.2 is another address of this machine, which a server on all of them would answer to."""
    with running() as (_, url), socket.socket() as outside:
        assert outside.connect_ex(("127.0.0.2", int(url.rpartition(":")[2]))) != 0


def test_says_why_it_cannot_start(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for options in (
            ["--port", str(taken.getsockname()[1])],
            ["--port", "0", "--data", str(tmp_path / "missing" / "folder")],
            ["--port", "0", "--host", "192.0.2.1"],
        ):
            ended = subprocess.run(
                [*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False
            )
            assert ended.returncode != 0
            assert ended.stderr
            assert "Traceback" not in ended.stderr


def test_says_so_inside_a_test_too():
    with Sandbox() as sandbox, pytest.raises(OSError, match="cannot be listened on"):
        Sandbox(port=int(sandbox.url.rpartition(":")[2]))


def test_listens_where_it_is_told():
    with Sandbox(host="::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert requests.get(f"{sandbox.url}/api/users", timeout=30).json() == {"users": []}


def test_needs_no_qt():
    program = "import sys, braze_qt.sandbox; print([name for name in sys.modules if 'PySide6' in name])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


OTHER = 54_321
"""A user of whom nobody has heard."""
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may give something to somebody else")
NAMES = [f"sandbox.sqlite3{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]


def refusal_of(folder: Path) -> str:
    """What it says, where it does not start."""
    command = [*COMMAND, "--port", "0", "--until-stdin-ends", "--data", str(folder)]
    ended = subprocess.run(command, input="", capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("The sandbox cannot start: ")
    return ended.stderr


@as_root
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777, 0o1777], ids=oct)
def test_a_folder_of_another_user_is_not_used(tmp_path, mode):
    folder = tmp_path / "kept"
    folder.mkdir()
    folder.chmod(mode)
    os.chown(folder, OTHER, OTHER)
    assert f"{folder} belongs to another user" in refusal_of(folder)
    assert list(folder.iterdir()) == []


@as_root
@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_another_user_has_made_is_not_used(tmp_path, name):
    (tmp_path / name).touch(0o666)
    os.chown(tmp_path / name, OTHER, OTHER)
    assert f"{tmp_path / name} belongs to another user" in refusal_of(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b""


@as_root
def test_a_link_of_another_user_is_not_followed(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "kept").symlink_to(tmp_path / "own")
    os.lchown(tmp_path / "kept", OTHER, OTHER)
    assert "belongs to another user" in refusal_of(tmp_path / "kept")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_the_folder_is_not_followed(tmp_path, name, there):
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "kept"
    folder.mkdir()
    if there:
        elsewhere.touch()
    (folder / name).symlink_to(elsewhere)
    assert f"{name} is no plain file" in refusal_of(folder)
    assert elsewhere.exists() == there
    assert not there or elsewhere.read_bytes() == b""


@pytest.mark.parametrize("name", NAMES)
def test_a_second_name_of_a_file_is_not_used(tmp_path, name):
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "kept"
    folder.mkdir()
    elsewhere.touch()
    (folder / name).hardlink_to(elsewhere)
    assert f"{name} has another name as well" in refusal_of(folder)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_used(tmp_path, make):
    make(tmp_path / "sandbox.sqlite3")
    assert "sandbox.sqlite3 is no plain file" in refusal_of(tmp_path)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "kept").touch()
    assert "kept" in refusal_of(tmp_path / "kept")


@pytest.mark.parametrize("mode", [0o755, 0o775, 0o777, 0o2775], ids=oct)
def test_nobody_else_may_write_where_it_keeps_what_came(tmp_path, mode):
    folder = tmp_path / "kept"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "sandbox.sqlite3").touch(0o644)
    with running("--data", str(folder)) as (process, url):
        requests.post(f"{url}/api/v3/data", json=body(start()), timeout=30)
        assert stat.S_IMODE(folder.stat().st_mode) == mode & ~0o022
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert_ends_cleanly(process, signal.SIGTERM)


def test_a_link_of_its_own_user_to_a_folder_is_followed(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "kept").symlink_to(tmp_path / "own")
    with running("--data", str(tmp_path / "kept")) as (process, _):
        assert_ends_cleanly(process, signal.SIGTERM)
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["sandbox.sqlite3"]


def test_a_file_of_another_version_is_told_and_left_alone(tmp_path):
    file = tmp_path / "sandbox.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE requests (id INTEGER PRIMARY KEY, body BLOB)")
    before = file.read_bytes()
    assert "was made by another version of the sandbox" in refusal_of(tmp_path)
    assert file.read_bytes() == before
