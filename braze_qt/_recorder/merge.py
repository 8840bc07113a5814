"""Takes new records of all journals into the database, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import takewhile
from operator import attrgetter

from braze_qt._session.shared import Kind, Record, Replay, SessionFact, Shared
from braze_qt._storage.database import translated
from braze_qt._storage.journal import PORTION, Journal, OtherJournal, Portion, others
from braze_qt._storage.journal_database import Database, Merged
from braze_qt._storage.outbox_writer import Noted, Written

NOWHERE = Record("", 0, Kind.PROCESS_DIED, 0.0, 0.0, 0.0, b"", "", current_boot=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a merge came to.

    Attributes:
        shared: the state after it; None where there is none yet.
        before: the state before it.
        is_whole: whether nothing is left to be merged now.
        is_forgotten: whether another process has wiped everything that the own journal knows of.
        has_peers: whether another process lives.
        facts: sessions that records of this process have begun and ended, and that it has not told yet.
        noted: the last events of this process that were written.
    """

    shared: Shared | None
    before: Shared | None
    is_whole: bool = True
    is_forgotten: bool = False
    has_peers: bool = False
    facts: tuple[SessionFact, ...] = ()
    noted: tuple[Noted, ...] = ()

    @property
    def is_news(self) -> bool:
        """Whether another process needs to hear of it."""
        if self.shared is None or not self.has_peers:
            return False
        return self.before is None or self.shared.news != self.before.news


class _Source:
    """A journal during a merge, and what is taken of it."""

    def __init__(self, journal: Journal | OtherJournal, known: Merged | None, limit: int) -> None:
        self.journal = journal
        self.start = known.position if known else journal.read_from
        self.portion: Portion = journal.read(known.position if known else None, limit)

    @property
    def name(self) -> str:
        return self.journal.name

    @property
    def is_dead(self) -> bool:
        return isinstance(self.journal, OtherJournal) and self.journal.is_dead

    def cut(self, horizon: tuple[bool, float]) -> None:
        """Take nothing that is later."""
        records = self.portion.records
        count = sum(1 for _ in takewhile(lambda record: _moment(record) <= horizon, records))
        if count < len(records):
            self.portion = self.portion.first(count, self.start)

    def records(self) -> list[Record]:
        """What is taken of it; the end of its process, too, where that is dead and all else is taken."""
        if not self.is_dead or not self.portion.is_whole:
            return self.portion.records
        last = self.portion.records[-1] if self.portion.records else NOWHERE
        return [*self.portion.records, last._replace(process=self.name, kind=Kind.PROCESS_DIED, body=b"")]


def merge(
    database: Database,
    own: Journal | None,
    boot_id: str,
    *,
    patience: float,
    limit: int = PORTION,
    lost: Shared | None = None,
    more: Callable[[bool], Sequence[Record]] = lambda _: (),
) -> Outcome:
    """Take what all processes have appended.

    Args:
        own: the journal of this process; None where it has none.
        boot_id: names the present boot of the machine.
        patience: seconds to wait for another process that is writing.
        limit: bytes that are read of each journal.
        lost: what this process knows of the state, should the database have been lost.
        more: records that are in no journal, to be replayed behind all others. Called once these are read,
            and told whether that was all of them.

    Raises:
        BusyStoreError: another process is writing.
        StoreError: the database takes nothing. Appended records stay in the journals.
    """
    with ExitStack() as opened:
        with database.transaction(patience):
            before = database.shared()
            shared = before or (lost or Shared(generation=own.generation) if own else None)
            if shared is None:
                return Outcome(None, None)
            known = database.journals()
            found = [*_others(database, own, boot_id, opened)]
            is_forgotten = own is not None and own.generation != shared.generation
            mine: list[Journal | OtherJournal] = [own] if own and not is_forgotten else []
            journals: list[Journal | OtherJournal] = [
                journal
                for journal in found
                if journal.is_garbled or (journal.is_readable and journal.generation == shared.generation)
            ]
            sources = [_Source(journal, known.get(journal.name), limit) for journal in journals + mine]
            records, is_whole = _in_order(sources, _missing(shared, found, own))
            records += more(is_whole)
            if before is None or records:
                own_name = own.name if own else ""
                shared, written = _replayed(database, shared, records, known, sources, found, own_name)
            else:
                written = Written(0, ())
            facts = tuple(database.take_facts(own.name)) if own else ()
        for each in sources:
            if each.portion.records:  # not before: a database that knows no journal believes the hint
                each.journal.write_hint(each.portion.position)
        for journal in found:
            _let_go(journal, sources)
    if own and mine:
        own.merged(sources[-1].portion.position)
    has_peers = not all(journal.is_dead for journal in found)
    return Outcome(shared, before, is_whole, is_forgotten, has_peers, facts, written.noted)


def has_news(database: Database, own: Journal, boot_id: str, *, had_peers: bool) -> bool:
    """Whether another process has begun, has ended, or has appended something since the last merge. Needs no
    lock of the database.

    Args:
        had_peers: whether another process lived then.
    """
    with translated, ExitStack() as opened:
        found = [*_others(database, own, boot_id, opened)]
        if not found:
            return had_peers
        known = database.journals()
        return known.keys() - {own.name} != {journal.name for journal in found} or any(
            journal.is_dead or journal.read(known[journal.name].position, 1).records for journal in found
        )


def _others(
    database: Database, own: Journal | None, boot_id: str, opened: ExitStack
) -> Iterator[OtherJournal]:
    if database.folder is not None:
        for journal in others(database.folder, own.name if own else "", boot_id):
            opened.callback(journal.close)
            yield journal


def _missing(shared: Shared, found: list[OtherJournal], own: Journal | None) -> list[Record]:
    """The processes that have no journal any more."""
    there = {journal.name for journal in found} | ({own.name} if own else set())
    gone = (shared.staying | shared.front | shared.signing) - there
    return [NOWHERE._replace(process=name) for name in sorted(gone)]


_moment: Callable[[Record], tuple[bool, float]] = attrgetter("current_boot", "boot")


def _in_order(sources: list[_Source], missing: list[Record]) -> tuple[list[Record], bool]:
    """All records by their moments; and whether that is everything.

    Where a journal was not read to its end nothing later than its last record is taken: what follows in it
    may have been earlier than what others hold.
    """
    ends = [_moment(each.portion.records[-1]) for each in sources if not each.portion.is_whole]
    if ends:
        for each in sources:
            each.cut(min(ends))
    records = [*missing, *(record for each in sources for record in each.records())]
    records.sort(key=_moment)
    return records, all(each.portion.is_whole for each in sources)


def _replayed(
    database: Database,
    shared: Shared,
    records: list[Record],
    known: dict[str, Merged],
    sources: list[_Source],
    found: list[OtherJournal],
    own: str,
) -> tuple[Shared, Written]:
    stamps = {name: each.stamp for name, each in known.items()}
    replay = Replay(shared, records, stamps, database.is_free)
    written = database.write(replay, own)
    lost = written.lost + sum(journal.is_garbled and journal.name not in known for journal in found)
    if lost:
        database.add_lost(lost)
    merged = {each.name: Merged(each.portion.position, stamps.get(each.name, 0.0)) for each in sources}
    kept = {journal.name: known[journal.name] for journal in found if journal.name in known}
    database.save(replay.shared, known, kept | merged)
    return replay.shared, written


def _let_go(journal: OtherJournal, sources: list[_Source]) -> None:
    """Delete the file of a dead process, merged whole or of another generation, with its lock held."""
    left = [each for each in sources if each.journal is journal and not each.portion.is_whole]
    if journal.is_dead and not left:
        journal.delete()
