"""Arbitrary bytes and rows in the stored data of an application, before it starts."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from braze_qt._platform.clock import SystemClock
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._recorder.recorder import Recorder
from braze_qt._session.state import Input
from braze_qt._upload.queue import SendQueue
from braze_qt.errors import StoreError
from braze_qt.events import CustomEvent
from tests.support.strange import Door

FILE = "braze.db"
JOURNAL = "braze.journal-*"
EVENT = CustomEvent("name", "{}")


def specimen(folder: Path) -> None:
    """The data of an application that died: a session, events, attributes, one event set aside."""
    living = folder.with_name(folder.name + "-living")
    recorder = Recorder(living, SystemClock(), 10, enabled=True)
    recorder.log(EVENT)
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    for _ in range(20):
        recorder.log(EVENT)
    recorder.set_attribute("first_name", '"Ada"', custom=False)
    assert recorder.merge_all()
    queue = SendQueue(recorder)
    batch = queue.batch(1)
    assert batch
    queue.acknowledge(batch, {"locale": "de"}, ServerConfig(5, blocked_events=frozenset("x")))
    batch = queue.batch(1)
    assert batch
    queue.set_aside(batch, "refused")
    recorder.store.checkpoint()
    recorder.log(EVENT)
    assert recorder.merge_all()  # in the log of the database alone
    recorder.log(EVENT)  # in the journal alone
    shutil.copytree(living, folder)
    recorder.close()


patches = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), min_size=1, max_size=4)
lengths = st.none() | st.floats(0, 1)
values = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.sampled_from(["", "0", "x", "[]", "{}", "null", "[1, 2]", '{"time": "x"}', '{"nobody": 1}', "\0"])
    | st.text(st.characters(codec="utf-8"), max_size=10)
    | st.binary(max_size=10)
)
tables = st.sampled_from(
    ["meta", "shared", "journals", "counts", "facts", "outbox", "parked", "attributes", "aside"]
)


def survives(folder: Path) -> None:
    """A start, some work and an end, as in an application; what cannot be read must not be in the way."""
    recorder = Recorder(folder, SystemClock(), 10, enabled=True)
    try:
        recorder.apply(Input.ENABLE)
        recorder.apply(Input.ENTER_FOREGROUND)
        recorder.apply(Input.CHANGE_USER, user_id="bob")
        recorder.tick()
        assert recorder.log(EVENT)
        assert recorder.set_attribute("a", "1", custom=True)
        recorder.records()
        recorder.merge_all()
        queue = SendQueue(recorder)
        for _ in range(3):
            with contextlib.suppress(StoreError):  # which the upload thread takes for a reason to try again
                if queue.waiting() and (batch := queue.batch(10)):
                    queue.acknowledge(batch, {"locale": "de"}, ServerConfig(9))
        recorder.quit()
        assert isinstance(recorder.lost, int)
    finally:
        recorder.close()


def damaged(original: Path, work: Path) -> Door:
    """Bytes overwritten and files cut, in the database, its log and the journal of the process that died."""

    def test(name: str, patch: list[tuple[float, bytes]], length: float | None) -> None:
        _copy(original, work)
        (path,) = work.glob(name)
        content = bytearray(path.read_bytes())
        for place, new in patch:
            at = int(place * len(content))
            content[at : at + len(new)] = new
        path.write_bytes(content[: None if length is None else int(length * len(content))])
        survives(work)

    return Door(test, (st.sampled_from([FILE, f"{FILE}-wal", f"{FILE}-shm", JOURNAL]), patches, lengths))


def rewritten(original: Path, work: Path) -> Door:
    """A sound database, in which another program has written what it liked."""

    def test(changes: list[tuple[str, int, Any]]) -> None:
        _copy(original, work)
        with contextlib.closing(sqlite3.connect(work / FILE)) as db, db:
            for table, number, value in changes:
                columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
                column = columns[number % len(columns)]
                with contextlib.suppress(sqlite3.Error):
                    db.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (value,))
        survives(work)

    return Door(test, (st.lists(st.tuples(tables, st.integers(0, 20), values), min_size=1, max_size=5),))


def foreign(original: Path, work: Path) -> Door:
    """Any bytes at all in place of the database."""

    def test(content: bytes) -> None:
        _copy(original, work)
        (work / FILE).write_bytes(content)
        survives(work)

    return Door(test, (st.binary(max_size=5_000),))


def _copy(original: Path, work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(original, work)
