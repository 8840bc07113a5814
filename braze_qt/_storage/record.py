"""The bytes of a journal: its header, and records one after another. Pure.

A record is ``size u32, checksum u32, number u32, kind u8, inputs u24, wall f64, boot f64, awake f64, body``,
all little-endian. The size is that of everything behind the checksum, and so never 0: a zero follows the last
record. The checksum is CRC-32, seeded with that of the journal's name, so that no record of another file
counts. Numbers never repeat in a journal, so that no record that the file held before counts either.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple
from zlib import crc32

from braze_qt._session.shared import NO_INPUTS, ROWS, Record

MAGIC, VERSION = b"BQTJ", 1
START = 128
"""Where the first record is."""
LARGEST = 256 * 1024
"""Bytes behind a checksum: more than four times what an event may have."""
INPUTS = 1 << 24
"""``inputs`` counts up to here, then from 0 again."""

_HEADER = struct.Struct("<4sHxxI40s")
_HINT = struct.Struct("<III")
_CHECK = struct.Struct("<I")
HINT_AT = 64
_FRONT = struct.Struct("<II")
_REST = struct.Struct("<II3d")
_FIXED = struct.Struct("<IIII3d")
_BEHIND = _FRONT.size
OVERHEAD = _FRONT.size + _REST.size
_NO_INPUTS = frozenset(map(int, NO_INPUTS))
_ROWS = frozenset(map(int, ROWS))
END = bytes(4)
"""What follows the last record."""

Origin = tuple[str, str, bool]
"""Where records come from: their process, its boot by name, and whether that is the present one."""


class Header(NamedTuple):
    """What a journal says before its records.

    Attributes:
        version: of the format; 0 for a file that is no journal.
        generation: names the last wipe before it was made.
        boot_id: names the boot whose clocks its records were read on.
    """

    version: int
    generation: int
    boot_id: str


class Position(NamedTuple):
    """Where in a journal the next record is expected.

    Attributes:
        offset: bytes from the beginning of the file.
        number: that of the next record.
        inputs: how many inputs the journal held before it, counted up to ``INPUTS``.
    """

    offset: int = START
    number: int = 1
    inputs: int = 0


def seed_of(name: str) -> int:
    """The seed of all checksums in a journal of this name."""
    return crc32(name.encode())


def header(generation: int, boot_id: str) -> bytes:
    """The first bytes of a journal."""
    return _HEADER.pack(MAGIC, VERSION, generation, boot_id.encode()[:40])


def read_header(data: bytes) -> Header:
    """What the first ``START`` bytes of a file say."""
    magic, version, generation, boot_id = _HEADER.unpack_from(data.ljust(START, b"\0"))
    text = boot_id.rstrip(b"\0").decode("utf-8", "replace")
    return Header(version if magic == MAGIC else 0, generation, text)


def hint(position: Position) -> bytes:
    """Where to go on if the database is lost; at ``HINT_AT`` in the header."""
    packed = _HINT.pack(*position)
    return packed + _CHECK.pack(crc32(packed))


def read_hint(data: bytes) -> Position:
    """The hint in the first ``START`` bytes of a file; the beginning where it is torn."""
    packed, check = data[HINT_AT : HINT_AT + _HINT.size], data[HINT_AT + _HINT.size :][: _CHECK.size]
    if len(check) < _CHECK.size or _CHECK.unpack(check)[0] != crc32(packed):
        return Position()
    return Position(*_HINT.unpack(packed))


def packed(
    seed: int, number: int, inputs: int, kind: int, moment: tuple[float, float, float], body: bytes
) -> bytes:
    """The bytes of a record, without the zero behind it.

    Args:
        inputs: how many inputs the journal held before it, counted up to ``INPUTS``.
        moment: on the wall clock, the boot clock and the awake clock.
    """
    rest = _REST.pack(number, kind | inputs << 8, *moment) + body
    return _FRONT.pack(len(rest), crc32(rest, seed)) + rest


def records(
    data: bytes, seed: int, position: Position, origin: Origin
) -> tuple[list[Record], list[int], Position]:
    """The records from a position on, for as long as they are whole; the offset behind each of them; and the
    position behind the last one.

    Args:
        data: the file from ``position.offset`` on.
    """
    process, boot_id, current_boot = origin
    found: list[Record] = []
    ends: list[int] = []
    begin, number, inputs = position
    at, end, view = 0, len(data), memoryview(data)
    while at + OVERHEAD <= end:
        size, check, its_number, word, wall, boot, awake = _FIXED.unpack_from(data, at)
        behind = at + _BEHIND
        stop = behind + size
        if its_number != number or not _REST.size <= size <= LARGEST or stop > end:
            break
        if crc32(view[behind:stop], seed) != check:
            break
        kind, body = word & 0xFF, data[at + OVERHEAD : stop]
        values = process, number, kind, wall, boot, awake, body, boot_id, current_boot
        found.append(tuple.__new__(Record, values))  # its own takes three times as long
        ends.append(begin + stop)
        at, number, inputs = stop, number + 1, word >> 8
    if found:
        inputs = (inputs + is_input(found[-1].kind)) % INPUTS
    return found, ends, Position(begin + at, number, inputs)


def is_input(kind: int) -> bool:
    """Whether a record of this kind may change the user, consent, or which process is in front."""
    return kind not in _NO_INPUTS


def is_row(kind: int) -> bool:
    """Whether a record of this kind is an event or an attribute."""
    return kind in _ROWS


def whole_record(data: bytes, at: int, seed: int) -> Position | None:
    """The position of the record that begins there, as it says itself; None for no whole record."""
    if at + OVERHEAD > len(data):
        return None
    size, check = _FRONT.unpack_from(data, at)
    stop = at + _BEHIND + size
    if not _REST.size <= size <= LARGEST or stop > len(data):
        return None
    if crc32(memoryview(data)[at + _BEHIND : stop], seed) != check:
        return None
    number, word = _REST.unpack_from(data, at + _BEHIND)[:2]
    return Position(at, number, word >> 8)


_CANDIDATES = re.compile(rb"(?=..[\x00-\x04]\x00........[\x01-\x1f])", re.DOTALL)
"""Where a size, and behind it a kind, could be."""


def resume(data: bytes, seed: int, number: int) -> Position | None:
    """Behind damage: where the whole record with the lowest number from ``number`` on begins.

    Args:
        data: the file from its beginning on.
    """
    best: Position | None = None
    for match in _CANDIDATES.finditer(data, START):
        place = whole_record(data, match.start(), seed)
        if place and place.number >= number and (best is None or place.number < best.number):
            best = place
            if place.number == number:
                break
    return best


def is_used(data: bytes) -> bool:
    """Whether anything stands where a record could begin: behind the last one there is a zero."""
    return data[: len(END)].ljust(len(END), b"\0") != END


def renumbered(seed: int, data: bytes, position: Position) -> bytes:
    """The same record under the number of a position."""
    kind = _REST.unpack_from(data, _BEHIND)[1] & 0xFF
    rest = _REST.pack(position.number, kind | position.inputs << 8, *_REST.unpack_from(data, _BEHIND)[2:])
    rest += data[OVERHEAD:]
    return _FRONT.pack(len(rest), crc32(rest, seed)) + rest
