"""``python -m braze_qt where``: whose each data folder is, and what waits in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from braze_qt._platform import system
from braze_qt._storage.database import connected, uri_of
from braze_qt._storage.folders import NAME, write_note
from braze_qt._storage.schema import prepare

from .conftest import Run

HASH = "0123456789abcdef" * 2


@pytest.fixture
def folder(data: Path) -> Path:
    """The data of an application that has quit with something unsent."""
    folder = data / HASH
    with running(folder):
        write_note(folder / NAME, "Ink & Co/Editor")
    return folder


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """An application has the database open, and has stored two events and an attribute."""
    system.make_private(folder)
    (folder / "braze.db").touch()
    with closing(connected(uri_of(folder / "braze.db", "rw"), prepare)) as db:
        for code in ("ss", "ce"):
            row = (code, 1.0, 9, '{"title":"hush-4711"}')
            db.execute("INSERT INTO outbox (code, time, size, event) VALUES (?, ?, ?, ?)", row)
        row = ("ada", 1, "title", 9, '"hush-4711"')
        db.execute("INSERT INTO attributes (user_id, custom, key, size, value) VALUES (?, ?, ?, ?, ?)", row)
        yield


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_a_folder_has_name_size_and_contents(run: Run, folder: Path) -> None:
    before = everything(folder)
    code, lines = run("where")
    assert code == 0
    assert lines[0] == str(folder)
    assert [line.split(maxsplit=1) for line in lines[1:4:2]] == [
        ["application", "Ink & Co/Editor"],
        ["waiting", "2 events and 1 attribute"],
    ]
    assert lines[2].endswith(f"KiB in {len(before)} files")
    assert everything(folder) == before


def test_a_running_application_is_looked_at(run: Run, data: Path) -> None:
    with running(data / HASH):
        assert "  waiting      2 events and 1 attribute" in run("where").lines


def test_without_data_nothing_is_listed(run: Run, data: Path) -> None:
    code, lines = run("where")
    assert code == 0
    assert str(data) in lines[0]
    assert not data.exists()


def test_other_things_are_not_listed(run: Run, folder: Path) -> None:
    (folder.parent / "notes").mkdir()
    (folder.parent / ("f" * 32)).write_text("a file")
    (folder.parent / ("e" * 32)).symlink_to(folder)
    assert [line for line in run("where").lines if not line.startswith((" ", "("))] == [str(folder)]


def test_a_locked_database_is_told(run: Run, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE more (x)")
        db.execute("COMMIT")
        code, lines = run("where")
    assert code == 0
    assert "keeps the database for itself" in "".join(lines)


def test_a_newer_database_is_told(run: Run, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 99")
    code, lines = run("where")
    assert code == 0
    assert "newer version (99" in "".join(lines)


@pytest.mark.parametrize("content", [b"no database", b"\0" * 9000])
def test_a_damaged_database_is_told(run: Run, folder: Path, content: bytes) -> None:
    (folder / "braze.db").write_bytes(content)
    (folder / "braze.db.damaged-1").write_bytes(b"x")
    code, lines = run("where")
    assert code == 0
    assert "damaged" in "".join(lines)
    assert any(line.startswith("  set aside    1 file") for line in lines)


@pytest.mark.posix("a link that every user may make, and a pipe")
@pytest.mark.parametrize("name", ["braze.db", "braze.name"])
def test_a_link_is_not_followed(run: Run, folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "other").write_text("hush-4711")
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "other")
    code, lines = run("where")
    assert code == 0
    assert ("unreadable" if name == "braze.db" else "unknown") in "".join(lines)


def test_a_name_shows_as_one_line(run: Run, folder: Path) -> None:
    (folder / "braze.name").write_bytes(b"Editor\n\x1b[31m" + b"\xff" * 5000)
    code, lines = run("where")
    assert code == 0
    assert lines[1].startswith("  application  Editor\ufffd\ufffd[31m")
    assert len(lines[1]) < 300


def test_journals_are_counted(run: Run, folder: Path) -> None:
    (folder / "braze.journal-x").write_bytes(bytes(10))
    assert any(line.startswith("  journals     1,") for line in run("where").lines)
