"""The database of one process: opened, begun anew where it is lost, in memory where the disk takes none."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from braze_qt._platform.clock import Clock
from braze_qt._protocol.server_config import ServerConfig, restored
from braze_qt._recorder.merge import Outcome, has_news, merge
from braze_qt._recorder.outage import Outage
from braze_qt._session.shared import Kind, Record, Shared
from braze_qt._storage.database import (
    BUSY_MS,
    CHANGES,
    FILES,
    ID_GAP,
    WITHDRAWN,
    BusyStoreError,
    DamagedStoreError,
    RefusedLogError,
    checkpoint,
    create_private,
    make_private,
    refuse_strange_files,
    touch_changes,
)
from braze_qt._storage.journal import Journal, highest_generation
from braze_qt._storage.journal_database import Database
from braze_qt._storage.outbox import Outbox
from braze_qt._storage.recovery import (
    UNREADABLE,
    Remembered,
    delete_note,
    in_place,
    is_log_alone,
    is_noted,
    move_aside,
    remembered,
    remembered_aside,
    waiting_in,
)
from braze_qt._validation.json_reader import read_json
from braze_qt.errors import StoreError

logger: logging.Logger = logging.getLogger(__name__)

Result = TypeVar("Result")

FREE_PATIENCE = 10.0
"""Seconds for which the upload thread waits for another process that is writing: it holds up no call."""
FREE_PAUSE = 0.005
"""Seconds between two tries, in which other threads may have the database."""
IN_MEMORY = "are kept in memory until the application ends"
PATIENCE = BUSY_MS / 1000
"""Seconds that a merge or a wipe waits for another process."""


class Known(NamedTuple):
    """What the database remembers by name, and how much waits in it.

    Attributes:
        device_id: a random UUID, made with the database and forgotten with it.
        lost: events that are lost for good, ever.
        server: what the server decided about sending.
        described: the user and the device as the server knows them.
        rows: events and attributes that wait.
    """

    device_id: str
    lost: int = 0
    server: ServerConfig = ServerConfig()
    described: Any = None
    rows: int = 0


class Store:
    """From the first look to a wipe, after which another one takes its place.

    One thread at a time uses it, which has ``merging``. Any thread may read ``known``, ``has_peers``,
    ``outage`` and ``change_file``, and call ``reading``, ``when_free`` and ``checkpoint``.

    Args:
        folder: where the data lie; None keeps them in memory.
        clock: the time.
        merging: the lock of the database.
        retry, free_patience: seconds.

    Attributes:
        folder: as given.
        database: None where none is open.
        known: what it remembers.
        has_peers: whether another process of the application lives, as of the last merge.
        outage: why nothing can be merged.
    """

    def __init__(
        self, folder: Path | None, clock: Clock, merging: threading.RLock, retry: float, free_patience: float
    ) -> None:
        self.folder: Path | None = folder
        self.database: Database | None = None
        self.known: Known = Known(str(uuid.uuid4()))
        self.has_peers: bool = False
        self._has_merged = False
        self.outage: Outage = Outage(retry)
        self._clock = clock
        self._merging = merging
        self._free_patience = free_patience
        self._merged_at: tuple[Database, int] | None = None
        self._taken_back: tuple[int, ...] = ()

    # -- opening ---------------------------------------------------------------------------------

    @property
    def is_there(self) -> bool:
        """Whether there is a database, open or not."""
        with contextlib.suppress(OSError):  # a name that is too long, a folder that may not be entered
            return self.database is not None or bool(self.folder and (self.folder / FILES[0]).exists())
        return False

    @property
    def is_gone(self) -> bool:
        """Whether somebody has taken the file of the open database away."""
        return self.database is not None and self.database.is_gone

    @property
    def journal_folder(self) -> Path | None:
        """Where a journal is made that this database can take; None for one in memory."""
        return self.database.folder if self.database else self.folder

    def look(self, shared: Shared) -> Shared:
        """See what an earlier process has left, or another one shares.

        Args:
            shared: what holds where nothing is found.

        Returns:
            the shared state, as far as anything that is there tells it.
        """
        folder = self.folder
        if folder is None:
            return shared
        found: Shared | None = None
        with contextlib.suppress(BusyStoreError):  # the first merge that succeeds tells the rest
            try:
                if self.is_there or is_log_alone(folder):
                    found = self._open(folder)
                if found is None:
                    found = self._with_generation(folder, self.recalled(remembered_aside(folder), shared))
                if self.database is not None:
                    self.known, _ = self._read(self.database)
            except BusyStoreError:
                raise
            except StoreError as error:
                found = self._live_in_memory(folder, error, shared)
        shared = found or shared
        return shared._replace(consent=False) if is_noted(folder, WITHDRAWN) else shared

    def _open(self, folder: Path) -> Shared | None:
        """Open the database, a new one where it is damaged; answers the state that it holds."""
        try:
            self.database = _whole_database(folder)
            return self.database.shared()
        except DamagedStoreError as damage:
            self.replace(damage)
            return None

    def _with_generation(self, folder: Path, shared: Shared) -> Shared:
        """Where the database is lost, journals name the last wipe: others would be forgotten."""
        with contextlib.suppress(StoreError, OSError):  # a folder that may not be entered
            return shared._replace(generation=highest_generation(folder, self._clock.boot_id))
        return shared

    def recalled(self, found: Remembered | None, shared: Shared) -> Shared:
        """The device, the user and the consent of a file that cannot be used."""
        if found is None:
            return shared
        self.known = self.known._replace(device_id=found.device_id or self.known.device_id)
        return shared._replace(user_id=found.user_id, consent=found.enabled)

    def make_folder(self, shared: Shared) -> Shared:
        """Before a journal is made there. No database will ever take it where something is in the way.

        Returns:
            the shared state, as ``look``.
        """
        if self.database is None and self.folder is not None:
            try:
                make_private(self.folder)
                refuse_strange_files(self.folder)
            except StoreError as error:
                if os.path.isdir(self.folder):
                    return self._live_in_memory(self.folder, error, shared)
        return shared

    def _live_in_memory(self, folder: Path, error: StoreError, shared: Shared) -> Shared:
        """As the device and the user of a file that cannot be used."""
        self.outage.report(error, IN_MEMORY)
        self.close()
        self.database = Database(None)
        return self.recalled(None if self._has_merged else remembered(folder), shared)

    def ready(self, journal: Journal | None) -> None:
        """Open the database where there is something to be merged.

        Where somebody has deleted or moved its file begin a new one with what waited in the old one. Other
        processes that have it open, too, would do so each: then it is counted as lost.
        """
        gone = self.database
        if gone is None and (journal is not None or self.is_there):
            self.database = self._opened(journal)
        elif gone is not None and gone.is_gone:  # until that succeeds the connection keeps what waited
            rows = gone.rows
            self.database = self._begun(
                self._opened(journal),
                self.known.rows,
                lambda new: 0 if self.has_peers else new.take_over(rows),
                gone.last_id,
            )
            gone.close()

    def reopened(self) -> Database:
        """The database that lies in the folder now; a new one where there is none."""
        if self.is_gone:
            self.close()
        if self.database is None:
            self.database = Database(self.folder)
        return self.database

    def _opened(self, journal: Journal | None) -> Database:
        try:
            return Database(self.folder)
        except BusyStoreError:
            raise
        except StoreError as error:
            if self._has_merged or journal is None:
                raise
            if isinstance(error, RefusedLogError):
                journal.move_to_memory()  # else it would wait there for ever
            if journal.is_on_disk:
                raise
            self.outage.report(error, IN_MEMORY)  # no disk takes anything
            return Database(None)

    def replace(self, damage: DamagedStoreError) -> Remembered | None:
        """Begin a new database in the place of a damaged one, which is moved aside.

        Returns:
            what that remembers, where nothing was merged before.
        """
        folder, old = self.folder, self.database
        if folder is None:
            raise damage
        self.close()
        aside = move_aside(folder)
        lost = waiting_in(aside)
        logger.warning("the stored data are damaged and are moved aside, with %d events: %s", lost, damage)
        found = None if self._has_merged else remembered_aside(folder)
        self.recalled(found, Shared())  # the device alone: the new database gets its id

        def take(new: Database) -> int:
            if old is not None and not self.has_peers:  # the events of this run were whole
                with contextlib.suppress(*UNREADABLE), in_place(aside) as readable:
                    return new.take_over(readable.execute, old.first_id)
            return 0

        self.database = self._begun(Database(folder), lost, take, old.last_id if old else 0)
        return found

    def _begun(self, new: Database, lost: int, take: Callable[[Database], int], last_id: int) -> Database:
        """A database in the place of one that is lost, with what ``take`` can take of that."""
        try:
            with new.transaction(PATIENCE):
                # Or another process has made it, after a wipe or a damage, and has counted what was lost.
                if new.outbox.remembered("device_id") is None:
                    lost -= take(new)
                    new.put("device_id", self.known.device_id)
                    new.put("lost", self.known.lost + max(0, lost))
                    if last_id:
                        new.give_no_ids_below(last_id + ID_GAP)
        except BaseException:
            new.close()
            raise
        return new

    def _read(self, database: Database) -> tuple[Known, bool]:
        """What is remembered; and whether the device has its id there."""
        meta, rows = database.known()
        lost, server = meta.get("lost"), _loaded(meta.get("server"))
        known = Known(
            str(meta.get("device_id") or self.known.device_id),
            lost if isinstance(lost, int) else 0,
            restored(server) if isinstance(server, dict) else ServerConfig(),
            _loaded(meta.get("described")),
            rows,
        )
        return known, bool(meta.get("device_id"))

    def learn(self, **told: Any) -> None:
        """Know something that the server has said, or now knows, whether the disk takes it or not."""
        self.known = self.known._replace(**told)

    def close(self) -> None:
        """Let go of the file."""
        database, self.database = self.database, None
        if database is not None:
            database.close()

    # -- merging ---------------------------------------------------------------------------------

    def merge(
        self, journal: Journal | None, lost: Shared, patience: float, more: Sequence[Record] = ()
    ) -> Outcome | None:
        """Take what all processes have appended. Then ``complete``.

        Args:
            journal: that of this process.
            lost: what this process knows of the state, should the database have been lost.
            patience: seconds to wait for another process that is writing.
            more: records that are in no journal.

        Returns:
            None where nothing is stored, and where nothing has happened since the last time.
        """
        database = self.database
        if database is None:
            return None
        version = database.version
        if journal is not None and self._is_merged(database, version, journal):
            return None
        # Asked before the journals are read. In that of a process that goes on the withdrawal stands, too: it
        # ends the session by that record, and is told of it.
        is_withdrawn = self._is_withdrawal_noted(database)
        withdrawal: list[Record] = []

        def unwritten(is_whole: bool) -> list[Record]:  # noqa: FBT001 (a callback)
            if is_withdrawn and is_whole:
                record = self._unwritten(Kind.DISABLE)
                # Asked again behind that moment: a call that gives consent anew takes the note away first. It
                # is in what was read, or later.
                if self._is_withdrawal_noted(database):
                    withdrawal.append(record)
            return [*more, *withdrawal]

        boot_id = self._clock.boot_id
        outcome = merge(database, journal, boot_id, patience=patience, lost=lost, more=unwritten)
        self._has_merged, self._merged_at = True, (database, version)
        self.has_peers = outcome.has_peers
        if withdrawal:
            self.forget_withdrawal()
        if database.folder == self.folder:
            self.outage.clear()
        return outcome

    def _is_merged(self, database: Database, version: int, journal: Journal) -> bool:
        """Whether nothing has happened since the last merge, in this process or in another. Needs no lock
        of the database.
        """
        folder = database.folder
        if (
            journal.pending
            or self.outage.reason
            or self._merged_at != (database, version)
            or self._is_withdrawal_noted(database)
            or journal.is_deleted
        ):
            return False
        return folder is None or not has_news(
            database, journal, self._clock.boot_id, had_peers=self.has_peers
        )

    def complete(self, journal: Journal | None, outcome: Outcome) -> Known:
        """What follows a merge, but may fail without it; answers what is to be ``known`` from then on."""
        merged_at, self._merged_at = self._merged_at, None
        database = self.database
        if database is None:
            return self.known
        if journal is not None:
            journal.reserve_ahead()
        known, has_id = self._read(database)
        if not has_id and journal is not None and not outcome.is_forgotten:
            database.put_first("device_id", self.known.device_id)
            known, _ = self._read(database)  # another process may have been quicker
        self._merged_at = merged_at
        return known

    def _is_withdrawal_noted(self, database: Database) -> bool:
        """Whether consent was withdrawn, perhaps while nothing could be written to a journal on the disk."""
        return database.folder is not None and is_noted(database.folder, WITHDRAWN)

    def _unwritten(self, kind: Kind) -> Record:
        """A record of this moment that is in no journal."""
        now = self._clock.now()
        return Record("", 0, kind, now.wall, now.boot, now.awake, b"", self._clock.boot_id)

    def end_what_was_left(self, shared: Shared) -> Shared:
        """Without consent a session that no process is in goes on no more; answers the state after it."""
        if self.database is not None and (shared.session or self._is_withdrawal_noted(self.database)):
            with contextlib.suppress(StoreError):
                outcome = self.merge(None, shared, 0.0, [self._unwritten(Kind.QUIT)])
                return (outcome and outcome.shared) or shared
        return shared

    def forget_withdrawal(self) -> None:
        """Consent was given anew, or the database knows that it was withdrawn."""
        if self.folder is not None:
            with contextlib.suppress(StoreError):
                delete_note(self.folder, WITHDRAWN)

    # -- for the thread that sends ---------------------------------------------------------------

    def _usable(self) -> Database:
        if self.database is None or self.database.is_gone:
            raise StoreError("nothing is stored, or the file was moved or deleted")
        return self.database

    @contextlib.contextmanager
    def reading(self) -> Iterator[Outbox]:
        """What waits to be sent. Nothing is merged meanwhile."""
        with self._merging:
            database = self._usable()
            try:
                yield database.outbox
            except DamagedStoreError as damage:
                self._replace_damaged(database, damage)
                raise

    def _replace_damaged(self, database: Database, damage: DamagedStoreError) -> None:
        with self._merging:
            if self.database is database and self.folder is not None:
                self.replace(damage)

    def when_free(self, act: Callable[[Database], Result], seconds: float | None = None) -> Result:
        """Act in a transaction when no other process is writing, without holding up a call.

        Args:
            seconds: how long to wait for other processes; None for as long as the store does.
        """
        end = time.monotonic() + (self._free_patience if seconds is None else seconds)
        while True:
            with self._merging, contextlib.suppress(BusyStoreError):
                database = self._usable()
                with database.transaction(min(PATIENCE, max(0.0, end - time.monotonic()))):
                    answer = act(database)
                self.known, _ = self._read(database)
                return answer
            if time.monotonic() >= end:
                raise BusyStoreError("another process of this application is writing")
            time.sleep(FREE_PAUSE)  # noqa: TID251  # a deadline ends it

    def checkpoint(self) -> None:
        """Write the database's log back into its file; waits for the disk. One process at a time does."""
        with self._merging:
            database = self.database
            if database is None or database.folder is None or database.is_gone:
                return  # what is written first would go elsewhere than the checkpoint
            if database.changes == self._taken_back:
                return
            try:
                # SQLite before 3.51.3 may lose a transaction that is committed at the moment at which a
                # checkpoint of a log begins that is wholly written back: something is written before.
                with database.transaction():
                    database.put("log", str(uuid.uuid4()))
            except BusyStoreError:
                return
            except StoreError:
                pass  # a full disk takes nothing from anybody, and gets room by this alone
            self._taken_back = database.changes
        try:
            checkpoint(database.uri)
        except DamagedStoreError as damage:
            self._replace_damaged(database, damage)
            raise

    # -- the file that other processes watch -------------------------------------------------------

    @property
    def change_file(self) -> Path | None:
        """The file that another process touches when it has changed what all share; None in memory."""
        database = self.database
        return database.folder / CHANGES if database is not None and database.folder is not None else None

    @property
    def is_unwatched(self) -> bool:
        """Whether another process may make a database that nothing tells this one of."""
        return self.folder is not None and self.database is None

    def make_change_file(self) -> None:
        """Make that file where there is none."""
        path = self.change_file
        if path is not None and not self.is_gone:
            with contextlib.suppress(StoreError):
                create_private(path)

    def notify_peers(self) -> None:
        """Let other processes know of a change in the shared data."""
        self.make_change_file()
        path = self.change_file
        if path is not None:
            with contextlib.suppress(OSError):
                touch_changes(path.parent)


def _whole_database(folder: Path) -> Database:
    if is_log_alone(folder):
        raise DamagedStoreError("the database is gone, and its log is there")
    return Database(folder)


def _loaded(text: object) -> Any:
    try:
        return read_json(text.encode()) if isinstance(text, str) else None
    except ValueError:
        return None
