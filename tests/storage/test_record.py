"""The bytes of a journal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt._session.shared import Kind
from braze_qt._storage import record
from braze_qt._storage.record import END, START, Header, Position

SEED = record.seed_of("braze.journal-x")

bodies = st.lists(
    st.tuples(st.sampled_from([kind for kind in Kind if kind < 100]), st.binary(max_size=60)), max_size=12
)


ORIGIN = "braze.journal-x", "boot", True


def journal(told: list[tuple[int, bytes]], seed: int = SEED) -> tuple[bytes, list[int]]:
    """The bytes of a file, and where each record ends."""
    data, at, ends = bytes(START), Position(), []
    for kind, body in told:
        data += record.packed(seed, at.number, at.inputs, kind, (1.0, 2.0, 3.0), body)
        ends.append(len(data))
        at = Position(len(data), at.number + 1, at.inputs + record.is_input(kind))
    return data + END, ends


def read(data: bytes, position: Position | None = None, seed: int = SEED) -> list[tuple[int, int, bytes]]:
    position = position or Position()
    found, *_ = record.records(data[position.offset :], seed, position, ORIGIN)
    return [(each.number, each.kind, each.body) for each in found]


@given(bodies)
def test_packed_records_are_read_back(told):
    data, ends = journal(told)
    assert read(data) == [(number, kind, body) for number, (kind, body) in enumerate(told, 1)]
    assert record.records(data[START:], SEED, Position(), ORIGIN)[1] == ends
    inputs = [kind not in (Kind.EVENT, Kind.ATTRIBUTE, Kind.HEARTBEAT) for kind, _ in told]
    for count, end in enumerate(ends, 1):
        behind = record.records(data[START:end], SEED, Position(), ORIGIN)[2]
        assert behind == Position(end, count + 1, sum(inputs[:count]))


def test_records_of_another_journal_do_not_count():
    data, _ = journal([(Kind.EVENT, b"x")])
    assert not read(data, seed=record.seed_of("braze.journal-y"))


def test_a_record_of_another_number_does_not_count():
    data, _ = journal([(Kind.EVENT, b"x")])
    assert not read(data, Position(START, 2))


@given(bodies.filter(bool), st.data())
def test_reading_resumes_behind_a_flipped_byte(told, data):
    whole, ends = journal(told)
    place = data.draw(st.integers(START, ends[-1] - 1))
    damaged = bytearray(whole)
    damaged[place] ^= data.draw(st.integers(1, 255))
    number = next(index for index, end in enumerate(ends) if place < end)
    assert len(read(bytes(damaged))) == number
    found = record.resume(bytes(damaged), SEED, number + 1)
    if number + 1 == len(told):
        assert found is None
    else:
        assert found is not None
        assert (found.offset, found.number) == (ends[number], number + 2)


def test_the_header_tells_generation_and_boot():
    head = record.header(7, "5e9f3f0a-0d9b-4d8c-8a46-0e3d8c2a4a11")
    assert record.read_header(head) == Header(record.VERSION, 7, "5e9f3f0a-0d9b-4d8c-8a46-0e3d8c2a4a11")
    assert record.read_header(b"SQLite format 3").version == 0
    assert record.read_header(b"").version == 0


def test_a_hint_counts_only_where_it_is_whole():
    position = Position(4_000, 70, 12)
    head = record.header(0, "boot").ljust(record.HINT_AT, b"\0") + record.hint(position)
    assert record.read_hint(head) == position
    for place in range(record.HINT_AT, len(head)):
        torn = bytearray(head)
        torn[place] ^= 1
        assert record.read_hint(bytes(torn)) == Position()
    assert record.read_hint(b"") == Position()


@pytest.mark.parametrize("size", [0, 31, record.LARGEST + 1, 2**32 - 1])
def test_an_impossible_record_size_ends_the_reading(size):
    data, _ = journal([(Kind.EVENT, b"x")])
    assert not read(data[:START] + size.to_bytes(4, "little") + data[START + 4 :])
