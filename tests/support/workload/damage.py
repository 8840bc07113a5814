"""What power cuts and bad disks make of the files of a store. Of braze_qt it knows where they lie."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

PAGE = 4096
LOG_HEAD, FRAME_HEAD = 32, 24
FRAME = FRAME_HEAD + PAGE
WRITTEN_BACK = 96
"""Where SQLite's index into its log notes how many frames of it are in the database already."""
JOURNAL_HEAD = 128


@dataclass(frozen=True)
class Files:
    """The files of a store at one moment; None for one that was not there. Journals by their names."""

    db: bytes | None
    wal: bytes | None
    shm: bytes | None
    journals: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Files:
        """Read what is there."""
        paths = (folder / f"braze.db{ending}" for ending in ("", "-wal", "-shm"))
        journals = {path.name: path.read_bytes() for path in sorted(folder.glob("braze.journal-*"))}
        return cls(*(path.read_bytes() if path.exists() else None for path in paths), journals)

    def put(self, folder: Path) -> None:
        """Write them into a folder of their own."""
        folder.mkdir(mode=0o700)
        for ending, content in (("", self.db), ("-wal", self.wal), ("-shm", self.shm)):
            if content is not None:
                (folder / f"braze.db{ending}").write_bytes(content)
        for name, content in self.journals.items():
            (folder / name).write_bytes(content)

    @property
    def frames(self) -> list[int]:
        """The pages that are committed in the log's present turn, in order: what may be written back."""
        log = self.wal or b""
        found: list[int] = []
        committed = 0
        for at in range(LOG_HEAD, len(log) - FRAME + 1, FRAME):
            if log[at + 8 : at + 16] != log[16:24]:
                break
            page, size_after_commit = struct.unpack_from(">II", log, at)
            found.append(page)
            if size_after_commit:
                committed = len(found)
        return found[:committed]

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
    return replace(files, wal=log[:at] + rest)


def checkpoint_cut_short(chance: random.Random, files: Files, _: Files) -> Files:
    """Some of the pages that were being written back are half there; the log has all of them."""
    db = files.db or b""
    for page in sorted(set(files.frames)):
        at = (page - 1) * PAGE + chance.randrange(PAGE)
        if at < len(db) and chance.random() < 0.5:
            db = overwritten(chance, db, at, page * PAGE - at)
    return replace(files, db=db)


def index_lost(chance: random.Random, files: Files, _: Files) -> Files:
    """The index into the log is garbage, shorter, or gone."""
    shm = files.shm or b""
    garbage = zeros_or_noise(chance, len(shm))
    return replace(files, shm=chance.choice((None, b"", garbage, shm[: len(shm) // 3])))


def tails_of_the_journals_lost(chance: random.Random, files: Files, _: Files) -> Files:
    """What was appended last was not on the disk yet; there is room for it, which is empty."""
    journals = {}
    for name, content in files.journals.items():
        at = chance.randint(min(JOURNAL_HEAD, len(content)), len(content.rstrip(b"\0")))
        journals[name] = content[:at] + bytes(len(content) - at)
    return replace(files, journals=journals)


def tails_of_log_and_journals_lost(chance: random.Random, files: Files, other: Files) -> Files:
    """Both, each from a moment of its own on."""
    return tails_of_the_journals_lost(chance, tail_of_the_log_lost(chance, files, other), other)


POWER_CUTS: tuple[Damage, ...] = (
    tail_of_the_log_lost,
    checkpoint_cut_short,
    index_lost,
    tails_of_the_journals_lost,
    tails_of_log_and_journals_lost,
)

# -- what a bad disk does, or somebody who copies files ------------------------------------------------


def database_cut(chance: random.Random, files: Files, _: Files) -> Files:
    """Shorter than it was."""
    db = files.db or b""
    return replace(files, db=db[: chance.randrange(len(db) + 1)])


def pages_lost(chance: random.Random, files: Files, _: Files) -> Files:
    """Some pages are zeros or noise."""
    db = files.db or b""
    for _number in range(chance.randint(1, 5)):
        at = chance.randrange(max(1, len(db) // PAGE)) * PAGE
        db = overwritten(chance, db, at, PAGE)
    return replace(files, db=db, wal=chance.choice((files.wal, None)))


def torn_anywhere(chance: random.Random, files: Files, _: Files) -> Files:
    """A piece of any size and at any place is lost in the database."""
    db = files.db or b""
    at = chance.randrange(len(db) + 1)
    return replace(files, db=overwritten(chance, db, at, chance.randrange(5 * PAGE)))


def bytes_flipped(chance: random.Random, files: Files, _: Files) -> Files:
    """Some single bytes are others."""
    db = bytearray(files.db or b"")
    for _number in range(chance.randint(1, 20)):
        if db:
            db[chance.randrange(len(db))] = chance.randrange(256)
    return replace(files, db=bytes(db), wal=chance.choice((files.wal, None)))


def log_gone(chance: random.Random, files: Files, _: Files) -> Files:
    """Somebody took the log away."""
    return replace(files, wal=None, shm=chance.choice((files.shm, None)))


def log_of_another_moment(_: random.Random, files: Files, other: Files) -> Files:
    """A backup that was restored in part."""
    return replace(files, wal=other.wal)


def log_torn(chance: random.Random, files: Files, _: Files) -> Files:
    """A piece of the log is lost, wherever it is."""
    log = files.wal or b""
    at = chance.randrange(len(log) + 1)
    return replace(files, wal=overwritten(chance, log, at, chance.randrange(1, 5 * FRAME)))


def database_of_another_moment(_: random.Random, files: Files, other: Files) -> Files:
    """The other half of such a backup."""
    return replace(files, db=other.db)


def database_gone(chance: random.Random, files: Files, _: Files) -> Files:
    """Only the log is there."""
    return replace(files, db=chance.choice((None, b"")))


def journals_torn(chance: random.Random, files: Files, _: Files) -> Files:
    """A piece of each journal is lost, its header perhaps."""
    journals = {
        name: overwritten(chance, content, chance.randrange(len(content)), chance.randrange(1, PAGE))
        for name, content in files.journals.items()
    }
    return replace(files, journals=journals)


def bytes_of_the_journals_flipped(chance: random.Random, files: Files, _: Files) -> Files:
    """Some single bytes of each journal are others."""
    journals = {}
    for name, content in files.journals.items():
        journal = bytearray(content)
        for _number in range(chance.randint(1, 20)):
            journal[chance.randrange(len(content.rstrip(b"\0")))] = chance.randrange(256)
        journals[name] = bytes(journal)
    return replace(files, journals=journals)


def journals_gone(_: random.Random, files: Files, __: Files) -> Files:
    """Somebody took the journals away."""
    return replace(files, journals={})


def journals_of_another_moment(_: random.Random, files: Files, other: Files) -> Files:
    """A backup that was restored in part."""
    return replace(files, journals=other.journals)


BAD_DISKS: tuple[Damage, ...] = (
    journals_torn,
    bytes_of_the_journals_flipped,
    journals_gone,
    journals_of_another_moment,
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
