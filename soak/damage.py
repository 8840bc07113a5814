"""What power cuts and bad disks make of the files of a store. Knows SQLite's files, nothing of braze_qt."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = 4096
LOG_HEAD, FRAME_HEAD = 32, 24
FRAME = FRAME_HEAD + PAGE
WRITTEN_BACK = 96
"""Where SQLite's index into its log notes how many frames of it are in the database already."""


@dataclass(frozen=True)
class Files:
    """The files of a store at one moment; None for one that was not there."""

    db: bytes | None
    wal: bytes | None
    shm: bytes | None

    @classmethod
    def of(cls, folder: Path) -> Files:
        """Read what is there."""
        paths = (folder / f"braze.db{ending}" for ending in ("", "-wal", "-shm"))
        return cls(*(path.read_bytes() if path.exists() else None for path in paths))

    def put(self, folder: Path) -> None:
        """Write them into a folder of their own."""
        folder.mkdir(mode=0o700)
        for ending, content in (("", self.db), ("-wal", self.wal), ("-shm", self.shm)):
            if content is not None:
                (folder / f"braze.db{ending}").write_bytes(content)

    @property
    def frames(self) -> list[int]:
        """The pages that are in the log, in order, of the log's present turn alone."""
        log = self.wal or b""
        found = []
        for at in range(LOG_HEAD, len(log) - FRAME + 1, FRAME):
            if log[at + 8 : at + 16] != log[16:24]:
                break
            found.append(struct.unpack_from(">I", log, at)[0])
        return found

    @property
    def written_back(self) -> int:
        """How many frames of the log are in the database for certain."""
        shm = self.shm or b""
        return int(struct.unpack_from("=I", shm, WRITTEN_BACK)[0]) if len(shm) > WRITTEN_BACK + 4 else 0


Damage = Callable[[random.Random, Files, Files], Files]
"""What becomes of the files, given chance and those of another moment."""


def zeros_or_noise(chance: random.Random, size: int) -> bytes:
    """What is found where something else was written."""
    return bytes(size) if chance.random() < 0.5 else chance.randbytes(size)


def overwritten(chance: random.Random, content: bytes, at: int, size: int) -> bytes:
    """The content with a piece of it lost."""
    size = min(size, len(content) - at)
    return content[:at] + zeros_or_noise(chance, size) + content[at + size :]


# -- what a power cut does: SQLite is made to bear it ------------------------------------------------


def tail_of_the_log_lost(chance: random.Random, files: Files, _: Files) -> Files:
    """The log was not on the disk yet, from some byte on, and what is there instead is anything."""
    log = files.wal or b""
    begin = min(LOG_HEAD + files.written_back * FRAME, len(log))
    at = chance.randint(begin, len(log))
    rest = chance.choice((b"", zeros_or_noise(chance, len(log) - at)))
    return Files(files.db, log[:at] + rest, files.shm)


def checkpoint_cut_short(chance: random.Random, files: Files, _: Files) -> Files:
    """Some of the pages that were being written back are half there; the log has all of them."""
    db = files.db or b""
    for page in sorted(set(files.frames)):
        at = (page - 1) * PAGE + chance.randrange(PAGE)
        if at < len(db) and chance.random() < 0.5:
            db = overwritten(chance, db, at, page * PAGE - at)
    return Files(db, files.wal, files.shm)


def index_lost(chance: random.Random, files: Files, _: Files) -> Files:
    """The index into the log is garbage, shorter, or gone."""
    shm = files.shm or b""
    garbage = zeros_or_noise(chance, len(shm))
    return Files(files.db, files.wal, chance.choice((None, b"", garbage, shm[: len(shm) // 3])))


POWER_CUTS: tuple[Damage, ...] = (tail_of_the_log_lost, checkpoint_cut_short, index_lost)

# -- what a bad disk does, or somebody who copies files ------------------------------------------------


def database_cut(chance: random.Random, files: Files, _: Files) -> Files:
    """Shorter than it was."""
    db = files.db or b""
    return Files(db[: chance.randrange(len(db) + 1)], files.wal, files.shm)


def pages_lost(chance: random.Random, files: Files, _: Files) -> Files:
    """Some pages are zeros or noise."""
    db = files.db or b""
    for _number in range(chance.randint(1, 5)):
        at = chance.randrange(max(1, len(db) // PAGE)) * PAGE
        db = overwritten(chance, db, at, PAGE)
    return Files(db, chance.choice((files.wal, None)), files.shm)


def torn_anywhere(chance: random.Random, files: Files, _: Files) -> Files:
    """A piece of any size and at any place is lost in the database."""
    db = files.db or b""
    at = chance.randrange(len(db) + 1)
    return Files(overwritten(chance, db, at, chance.randrange(5 * PAGE)), files.wal, files.shm)


def bytes_flipped(chance: random.Random, files: Files, _: Files) -> Files:
    """Some single bytes are others."""
    db = bytearray(files.db or b"")
    for _number in range(chance.randint(1, 20)):
        if db:
            db[chance.randrange(len(db))] = chance.randrange(256)
    return Files(bytes(db), chance.choice((files.wal, None)), files.shm)


def log_gone(chance: random.Random, files: Files, _: Files) -> Files:
    """Somebody took the log away."""
    return Files(files.db, None, chance.choice((files.shm, None)))


def log_of_another_moment(_: random.Random, files: Files, other: Files) -> Files:
    """A backup that was restored in part."""
    return Files(files.db, other.wal, files.shm)


def log_torn(chance: random.Random, files: Files, _: Files) -> Files:
    """A piece of the log is lost, wherever it is."""
    log = files.wal or b""
    at = chance.randrange(len(log) + 1)
    return Files(files.db, overwritten(chance, log, at, chance.randrange(1, 5 * FRAME)), files.shm)


def database_of_another_moment(_: random.Random, files: Files, other: Files) -> Files:
    """The other half of such a backup."""
    return Files(other.db, files.wal, files.shm)


def database_gone(chance: random.Random, files: Files, _: Files) -> Files:
    """Only the log is there."""
    return Files(chance.choice((None, b"")), files.wal, files.shm)


BAD_DISKS: tuple[Damage, ...] = (
    database_cut,
    pages_lost,
    torn_anywhere,
    bytes_flipped,
    log_gone,
    log_of_another_moment,
    log_torn,
    database_of_another_moment,
    database_gone,
)

SEEN: tuple[Damage, ...] = (database_cut, pages_lost, torn_anywhere, database_gone)
"""After these somebody must be told. A log that is not there, or is from another moment, leaves a database
that is whole and merely older; a letter that became another one is a letter."""
