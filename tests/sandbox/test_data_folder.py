"""``--data`` where another user could read or replace the files."""

import os
import signal
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import requests

from braze_qt.sandbox import Sandbox

from .bodies import body, start
from .test_command_line import assert_ends_cleanly, running

OTHER = 54_321
"""A user id without an account."""
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may give something to somebody else")
NAMES = [f"sandbox.sqlite3{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]


def refusal_of(folder: Path) -> str:
    """The reason why it does not start, which the command prints (``test_command_line.py``)."""
    with pytest.raises(OSError, match=str(folder)) as refusal:
        Sandbox(0, data=folder)
    return str(refusal.value)


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
def test_a_file_of_another_user_is_not_used(tmp_path, name):
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
def test_a_hard_link_is_not_used(tmp_path, name):
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "kept"
    folder.mkdir()
    elsewhere.touch()
    (folder / name).hardlink_to(elsewhere)
    assert f"{name} has another name as well" in refusal_of(folder)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_fifo_or_folder_is_no_database_file(tmp_path, make):
    make(tmp_path / "sandbox.sqlite3")
    assert "sandbox.sqlite3 is no plain file" in refusal_of(tmp_path)


def test_a_file_is_not_used_as_folder(tmp_path):
    (tmp_path / "kept").touch()
    assert "kept" in refusal_of(tmp_path / "kept")


@pytest.mark.parametrize("mode", [0o755, 0o775, 0o777, 0o2775], ids=oct)
def test_other_users_lose_write_access_to_the_folder(tmp_path, mode):
    folder = tmp_path / "kept"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "sandbox.sqlite3").touch(0o644)
    with running("--data", str(folder)) as (process, url):
        requests.post(f"{url}/api/v3/data", json=body(start()), timeout=30)
        assert stat.S_IMODE(folder.stat().st_mode) == mode & ~0o022
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert_ends_cleanly(process, signal.SIGTERM)


def test_an_own_link_to_a_folder_is_followed(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "kept").symlink_to(tmp_path / "own")
    with running("--data", str(tmp_path / "kept")) as (process, _):
        assert_ends_cleanly(process, signal.SIGTERM)
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["sandbox.sqlite3"]


def test_a_file_of_another_version_stays_unchanged(tmp_path):
    file = tmp_path / "sandbox.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE requests (id INTEGER PRIMARY KEY, body BLOB)")
    before = file.read_bytes()
    assert "was made by another version of the sandbox" in refusal_of(tmp_path)
    assert file.read_bytes() == before
