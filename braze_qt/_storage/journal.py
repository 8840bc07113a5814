"""The journals: the file that this process appends to, and those of the others, which it reads.

A journal is private to the user, and locked by its process for as long as that lives. Records are written
where the file system has set room aside before, so that a full disk takes them. The database says where the
next record of each journal is expected and which number it has: it stands there, or at the beginning of the
file, where its process goes on when everything before was merged.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from braze_qt._platform import system
from braze_qt._platform.clock import Instant
from braze_qt._session.shared import Kind, Record
from braze_qt._storage import record
from braze_qt._storage.record import END, HINT_AT, INPUTS, LARGEST, OVERHEAD, START, VERSION, Position
from braze_qt.errors import StoreError

PREFIX = "braze.journal-"
STEP = 64 * 1024
"""Bytes of room that are set aside at a time: some 400 events."""
FOR_INPUTS = 4 * 1024
"""The last bytes of that room are for inputs alone: a full disk still takes a withdrawal of consent."""
LEFT_BY_INPUTS = len(END)
LEFT_BY_EVENTS = len(END) + FOR_INPUTS
"""Bytes of that room that stay free behind a record."""
BOUND = 16 * 1024 * 1024
"""Bytes of a journal beyond which no event is taken before something was merged."""
SHRUNK = 16 * STEP
"""A file larger than this is cut back to ``STEP`` bytes when everything in it was merged."""
IN_MEMORY = 10_000
INPUTS_IN_MEMORY = 1_000
"""Records that may wait while the disk takes none, and how many inputs beyond them."""
PORTION = 128 * 1024
"""Bytes of one journal that are read for one merge: some 1,000 events, ten milliseconds of work."""
NAMES = 3
"""Names that are tried: one may be taken for that of a dead process before it is locked."""
NO_FILE = -1
PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""Errors of an open that say nothing about the file."""


class Portion(NamedTuple):
    """What a journal holds from where the next record is expected.

    Attributes:
        records: in order, with a ``GAP`` where some are missing.
        ends: the offset behind each of them.
        position: the position behind the last one.
        is_whole: whether nothing more can be read.
    """

    records: list[Record]
    ends: list[int]
    position: Position
    is_whole: bool

    def first(self, count: int, start: Position) -> Portion:
        """So many records alone.

        Args:
            start: the position before the first one.
        """
        rest = self.records[count:]
        inputs = (self.position.inputs - sum(record.is_input(each.kind) for each in rest)) % INPUTS
        behind = Position(self.ends[count - 1], self.position.number - len(rest), inputs) if count else start
        return Portion(self.records[:count], self.ends[:count], behind, is_whole=False)


class Journal:
    """The journal of this process. Any thread may append; one other thread does the rest.

    Args:
        folder: where the data lie; None for a journal in memory.
        boot_id: names the present boot of the machine.
        generation: names the last wipe before this journal was made.

    Attributes:
        name: the name of the file, by which all processes know this one.
        generation: as given.
        refused: records that were not taken, because neither disk nor memory had room.
    """

    def __init__(self, folder: Path | None, boot_id: str, generation: int) -> None:
        self.generation: int = generation
        self.refused: int = 0
        self._boot_id = boot_id
        self._folder = folder
        self._lock = threading.RLock()
        self._space = threading.Lock()
        self._is_appending = False
        self._nested: deque[tuple[int, Instant, bytes]] = deque()
        self._waiting: deque[tuple[Position, int, bytes]] = deque()
        self._tail, self._number, self._inputs = Position()  # of the next record
        self._merged = Position()
        self._no_rows: list[range] = []  # numbers of records that are neither events nor attributes
        self._rows_from = 1
        self._size = 0
        self._file = self._control = NO_FILE
        self.name: str = PREFIX + str(uuid.uuid4())
        self._seed = record.seed_of(self.name)
        self.open()

    # -- the file --------------------------------------------------------------------------------

    def open(self) -> bool:
        """Make the file, where there is none yet; False where the disk does not take it."""
        for _ in range(NAMES if self._folder and self._number == 1 else 1):
            if self._file != NO_FILE:
                return True
            if self._folder is not None:
                with contextlib.suppress(OSError):
                    self._make(self._folder / self.name)
                    return True
                if self._number == 1:
                    self.name = PREFIX + str(uuid.uuid4())
                    self._seed = record.seed_of(self.name)
        return False

    def _make(self, path: Path) -> None:
        control = system.create_to_lock(path)
        file = NO_FILE
        try:
            if not system.lock_file(control):  # a merge has taken it for a dead one's, and will delete it
                raise BlockingIOError(path)
            system.reserve(control, 0, STEP)
            head = record.header(self.generation, self._boot_id).ljust(HINT_AT, b"\0")
            first = self._merged._replace(offset=START)
            system.write_at(control, head + record.hint(first), 0)
            file = system.open_to_lock(path)
            if not os.path.samestat(os.fstat(control), os.fstat(file)):
                raise FileNotFoundError(path)
        except OSError:
            _close(file)
            with contextlib.suppress(OSError):
                path.unlink()
            _close(control)
            raise
        with self._lock:
            self._tail, self._merged = START, first
            self._control, self._size, self._file = control, STEP, file

    @property
    def is_on_disk(self) -> bool:
        """Whether what is appended outlives the process."""
        return self._file != NO_FILE and not self._waiting

    @property
    def is_deleted(self) -> bool:
        """Whether the name leads here no more. Then what is appended dies with the process."""
        if self._file == NO_FILE or self._folder is None:
            return False
        with contextlib.suppress(OSError):
            return not os.path.samestat(os.stat(self._folder / self.name), os.fstat(self._control))
        return True

    def close(self, *, delete: bool) -> None:
        """Let go of the file. A merge of another process takes it for that of a dead one."""
        with self._lock:
            file, self._file = self._file, NO_FILE
            control, self._control = self._control, NO_FILE
        if control != NO_FILE and delete and self._folder:
            with contextlib.suppress(OSError):
                if os.path.samestat(os.stat(self._folder / self.name), os.fstat(control)):
                    (self._folder / self.name).unlink()
        _close(file)
        _close(control)

    def move_to_memory(self) -> None:
        """Keep nothing on the disk from now on, as one without a folder: no database there takes it."""
        with self._lock:
            self._is_appending = True
            try:
                self._waiting = deque([*self._unmerged()])
                self.close(delete=True)
                self._folder = None
            finally:
                self._is_appending = False
            while self._nested:
                self.append(*self._nested.popleft())

    def _unmerged(self) -> Iterator[tuple[Position, int, bytes]]:
        position, is_whole = self._merged, False
        while not is_whole:
            portion = self.read(position)
            for each in portion.records:
                place, moment = (each.number, position.inputs), (each.wall, each.boot, each.awake)
                data = record.packed(self._seed, *place, each.kind, moment, each.body)
                yield Position(START, *place), each.kind, data
                position = position._replace(inputs=(place[1] + record.is_input(each.kind)) % INPUTS)
            position, is_whole = portion.position, portion.is_whole

    def abandon(self) -> None:
        """In a forked child: the file is that of the parent, and so is its lock."""
        _close(self._file)
        _close(self._control)
        self._file = self._control = NO_FILE

    # -- appending -------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Records that no database has taken."""
        return self._number - self._merged.number

    @property
    def rows(self) -> int:
        """Events and attributes among the records from that number on which ``count_rows_from`` was told."""
        with self._lock:
            first = self._rows_from
            others = sum(len(range(max(each.start, first), each.stop)) for each in self._no_rows)
            return self._number - first - others

    def count_rows_from(self, number: int) -> None:
        """Others count the records before this one."""
        with self._lock:
            self._rows_from = number
            self._no_rows = [each for each in self._no_rows if each.stop > number]

    def append(self, kind: int, now: Instant, body: bytes = b"") -> int:
        """Take a record. It outlives the process when this returns, while ``is_on_disk``.

        A signal handler or a finalizer of the host may come in the middle of another call; it is next.

        Returns:
            the number of the record, of one that is next the number that it will most likely have; 0, and
            counted in ``refused``, where there is room neither on the disk nor in memory.
        """
        with self._lock:
            if self._is_appending:
                self._nested.append((kind, now, body))
                return self._number + len(self._nested)
            self._is_appending = True
            try:
                number = self._append(kind, now, body)
            finally:
                self._is_appending = False
            while self._nested:
                self.append(*self._nested.popleft())
            return number

    def _append(self, kind: int, now: Instant, body: bytes) -> int:
        tail = self._tail
        data = record.packed(self._seed, self._number, self._inputs, kind, now, body)
        size, is_input = len(data), record.is_input(kind)
        is_large = size > LARGEST
        is_open = not (is_large or self._waiting or self._file == NO_FILE)
        if is_open and self._write(data, tail, is_input):
            self._tail = tail + size
        elif is_large or not self._kept(kind, data):
            self.refused += 1
            return 0
        number = self._number
        if not record.is_row(kind):
            self._count_no_row(number)
        self._number = number + 1
        self._inputs = (self._inputs + is_input) % INPUTS
        return number

    def _count_no_row(self, number: int) -> None:
        """As ranges: a heartbeat follows another for days where nothing can be merged."""
        last = self._no_rows[-1] if self._no_rows else range(0)
        if number == last.stop and last:
            self._no_rows[-1] = range(last.start, number + 1)
        elif number >= last.stop:  # or it took the place of another one
            self._no_rows.append(range(number, number + 1))

    def _write(self, data: bytes, begin: int, is_input: bool) -> bool:  # noqa: FBT001
        size = len(data)
        needed = begin + size + (LEFT_BY_INPUTS if is_input else LEFT_BY_EVENTS)
        if needed > self._size and not self._reserve(needed):
            return False
        try:
            return system.write_at(self._file, data + END, begin) >= size
        except OSError:
            return False

    def _kept(self, kind: int, data: bytes) -> bool:
        """Keep in memory what the disk does not take; of several heartbeats in a row the last."""
        if self._folder is not None and kind == Kind.HEARTBEAT and self._waiting:
            at, last, _ = self._waiting[-1]
            if last == Kind.HEARTBEAT:
                self._waiting.pop()
                _, self._number, self._inputs = at
                data = record.renumbered(self._seed, data, at)
        room = IN_MEMORY + (INPUTS_IN_MEMORY if record.is_input(kind) else 0)
        if self._folder is not None and len(self._waiting) >= room:
            return False
        self._waiting.append((Position(self._tail, self._number, self._inputs), kind, data))
        return True

    # -- room ------------------------------------------------------------------------------------

    def reserve_ahead(self) -> None:
        """Have room set aside before it is needed, for calls that shall not wait for it."""
        if self._file != NO_FILE:
            self._reserve(self._tail + STEP // 2 + FOR_INPUTS)

    def _reserve(self, end: int) -> bool:
        """Whether there is room up to there, ``BOUND`` at most."""
        with self._space:
            while self._size < end:
                if self._size >= BOUND:
                    return False
                try:
                    system.reserve(self._control, self._size, STEP)
                except OSError:
                    return False
                self._size += STEP
        return True

    def write_waiting(self, records: int = 100) -> None:
        """Write what waits in memory, if the disk takes it now, so many records at most."""
        if not self._waiting or self._folder is None or not self.open():
            return
        for _ in range(records):
            with self._lock:
                if not self._waiting:
                    return
                _, kind, data = self._waiting[0]
                begin = self._tail
                if not self._write(data, begin, record.is_input(kind)):
                    return
                self._tail = begin + len(data)
                self._waiting.popleft()

    # -- for the merge ---------------------------------------------------------------------------

    @property
    def read_from(self) -> Position:
        """Where reading begins where the database knows nothing of this journal."""
        return self._merged

    def read(self, position: Position | None, limit: int = PORTION) -> Portion:
        """What was appended from a position on; None where the database knows of none."""
        with self._lock:
            tail, waiting, merged = self._tail, [*self._waiting], self._merged
            first_waiting = self._number - len(waiting)
        in_file = limit
        if position is None or position.number == merged.number:  # the file may have begun anew since
            position, in_file = merged, min(limit, tail + len(END) - merged.offset)
        origin = self.name, self._boot_id, True
        portion = Portion([], [], position, is_whole=True)
        if self._control != NO_FILE and position.number < first_waiting:
            portion = _read(self._control, self._seed, position, in_file, origin)
        if portion.is_whole and waiting:
            return _with_waiting(portion, waiting, tail, self._seed, origin, limit)
        return portion

    def merged(self, position: Position) -> None:
        """All before a position is in the database. Where that is everything, the file begins anew."""
        with self._lock:
            if position.number > self._merged.number:  # else the file may have begun anew since
                self._merged = position
            while self._waiting and self._waiting[0][0].number < position.number:
                self._waiting.popleft()
            if position.number < self._number:
                return
            self._tail, self._merged = START, self._merged._replace(offset=START)
            is_large = self._size > SHRUNK
        if is_large:
            self._shrink()

    def _shrink(self) -> None:
        with self._lock, self._space, contextlib.suppress(OSError):
            if self._tail == START and self._control != NO_FILE:
                os.truncate(self._control, STEP)
                self._size = STEP

    def write_hint(self, position: Position) -> None:
        """Note in the file where to go on if the database is lost."""
        if self._control != NO_FILE:
            with contextlib.suppress(OSError):
                system.write_at(self._control, record.hint(position), HINT_AT)


class OtherJournal:
    """The journal of another process, dead or alive. One thread at a time.

    Where the process is dead this one has its lock until ``close``, so that nobody else deletes the file.

    Args:
        boot_id: names the present boot of the machine.

    Attributes:
        name: the name of the file, by which all processes know its process.
        is_dead: whether its process has ended.
        generation: names the last wipe before it was made.
        is_readable: whether this version can read it.
        is_garbled: whether it is the file of a dead process whose header nobody can read.
        read_from: where reading begins where the database knows nothing of it: as the file itself says.

    Raises:
        OSError: it is gone, or cannot be opened.
    """

    def __init__(self, path: Path, boot_id: str) -> None:
        self._path = path
        self.name = path.name
        self._file = system.open_to_lock(path)
        try:
            # Asked before anything is read: a dead process appends nothing more.
            self.is_dead = system.lock_file(self._file)
            if self.is_dead and not os.path.samestat(os.stat(path), os.fstat(self._file)):
                raise FileNotFoundError(path)
            head = system.read_at(self._file, START, 0)
        except OSError:
            self.close()
            raise
        version, self.generation, self._boot_id = record.read_header(head)
        self.read_from = record.read_hint(head)
        self.is_readable = version == VERSION
        self._is_newer = version > VERSION
        self.is_garbled: bool = self.is_dead and version == 0 and any(head)
        self._is_current_boot = self._boot_id == boot_id

    def read(self, position: Position | None, limit: int = PORTION) -> Portion:
        """What it holds from a position on; None where the database knows of none."""
        position = position or self.read_from
        if not self.is_readable:
            return Portion([], [], position, is_whole=True)
        origin = self.name, self._boot_id, self._is_current_boot
        return _read(self._file, record.seed_of(self.name), position, limit, origin)

    def write_hint(self, position: Position) -> None:
        """Note in the file where to go on if the database is lost."""
        with contextlib.suppress(OSError):
            system.write_at(self._file, record.hint(position), HINT_AT)

    def overwrite(self) -> None:
        """Leave nothing behind the header of what anybody has appended, or appends before he hears of it."""
        size = os.fstat(self._file).st_size
        if size > START:
            system.write_at(self._file, bytes(size - START), START)

    def delete(self) -> bool:
        """Delete the file of a dead process; False where the system refuses, or a newer version made it."""
        if not self.is_dead or self._is_newer:
            return False
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Let go of the file, and of its lock."""
        file, self._file = self._file, NO_FILE
        _close(file)


def others(folder: Path, own: str, boot_id: str) -> Iterator[OtherJournal]:
    """The journals of all other processes, open; close each of them.

    Args:
        own: the name of the journal of this process.
    """
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.name != own and entry.is_file(follow_symlinks=False):
                try:
                    journal = OtherJournal(folder / entry.name, boot_id)
                except OSError as error:
                    if error.errno in PASSING:  # taken for dead a process would be forgotten that lives
                        raise StoreError(f"a journal cannot be opened: {error.strerror}") from error
                else:
                    yield journal


def highest_generation(folder: Path, boot_id: str) -> int:
    """The name of the last wipe, as far as the journals that are there know."""
    highest = 0
    for journal in others(folder, "", boot_id):
        highest = max(highest, journal.generation if journal.is_readable else 0)
        journal.close()
    return highest


# -- reading -------------------------------------------------------------------------------------------


def _read(file: int, seed: int, position: Position, limit: int, origin: record.Origin) -> Portion:
    """From where the next record is expected, or else from the beginning, or else from behind damage."""
    is_damaged = False
    for offset in dict.fromkeys((position.offset, START)):
        data = _read_at(file, offset, limit)
        portion = _run(data, seed, position._replace(offset=offset), limit, origin)
        if portion.records:
            return portion
        place = record.whole_record(data, 0, seed)
        is_damaged |= record.is_used(data) and (place is None or place.number > position.number)
    return (
        _behind_damage(file, seed, position, limit, origin)
        if is_damaged
        else portion._replace(position=position)
    )


def _read_at(file: int, offset: int, limit: int) -> bytes:
    """So many bytes, and the whole of the first record where that is larger."""
    data = system.read_at(file, limit, offset)
    first = int.from_bytes(data[:4], "little") + OVERHEAD
    if len(data) == limit < first <= LARGEST + OVERHEAD:
        data = system.read_at(file, first, offset)
    return data


def _run(data: bytes, seed: int, position: Position, limit: int, origin: record.Origin) -> Portion:
    found, ends, behind = record.records(data, seed, position, origin)
    rest = data[behind.offset - position.offset :]
    could_follow = record.is_used(rest) or (len(rest) < len(END) and len(data) >= limit)
    return Portion(found, ends, behind, is_whole=not (found and could_follow))


def _behind_damage(file: int, seed: int, position: Position, limit: int, origin: record.Origin) -> Portion:
    """A whole record that follows tells how many are missing, and how many inputs; else it is a torn end."""
    data = system.read_at(file, BOUND + LARGEST, 0)
    found = record.resume(data, seed, position.number)
    if found is None:
        return Portion([], [], position, is_whole=True)
    portion = _run(data[found.offset : found.offset + limit], seed, found, limit, origin)
    if not portion.records:  # one that is larger than the limit
        portion = _run(data[found.offset : found.offset + LARGEST + OVERHEAD], seed, found, limit, origin)
        portion = portion.first(1, found)
    missing = found.number - position.number
    if not missing:
        return portion._replace(is_whole=False)
    inputs = min(missing, (found.inputs - position.inputs) % INPUTS)
    gap = portion.records[0]._replace(
        kind=Kind.GAP, number=found.number - 1, body=json.dumps([missing - inputs, inputs]).encode()
    )
    return Portion([gap, *portion.records], [found.offset, *portion.ends], portion.position, is_whole=False)


def _with_waiting(
    portion: Portion,
    waiting: list[tuple[Position, int, bytes]],
    tail: int,
    seed: int,
    origin: record.Origin,
    limit: int,
) -> Portion:
    """The same, with what follows in memory."""
    found, ends, position = [*portion.records], [*portion.ends], portion.position
    left = limit
    for at, _, data in waiting:
        if at.number < position.number:
            continue
        left -= len(data)
        if left < 0 and found:
            return Portion(found, ends, position, is_whole=False)
        one, _, behind = record.records(data, seed, at, origin)
        position = behind._replace(offset=tail)
        found += one
        ends += [tail] * len(one)
    return Portion(found, ends, position, is_whole=True)


def _close(file: int) -> None:
    if file != NO_FILE:
        with contextlib.suppress(OSError):
            os.close(file)
