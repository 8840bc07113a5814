"""Takes what happens, by appending it to the journal of this process, and shows what came of it. No Qt."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import threading
import uuid
from collections import deque
from pathlib import Path

from braze_qt._platform.clock import Clock, Instant
from braze_qt._protocol import payload
from braze_qt._protocol.server_config import ServerConfig, restored
from braze_qt._recorder.merge import Outcome, merge
from braze_qt._session.machine import due
from braze_qt._session.shared import Kind, Record, Replay, SessionFact, Shared
from braze_qt._session.state import Input, Tracking
from braze_qt._storage.database import (
    BUSY_MS,
    CHANGES,
    FILES,
    ID_GAP,
    BusyStoreError,
    DamagedStoreError,
    create_private,
    moving,
    touch_changes,
)
from braze_qt._storage.journal import Journal, others
from braze_qt._storage.journal_database import Database
from braze_qt._storage.recovery import (
    Remembered,
    delete_aside,
    is_withdrawn,
    move_aside,
    note_withdrawn,
    remembered,
    remembered_aside,
    waiting_in,
)
from braze_qt._validation.json_reader import read_json
from braze_qt.errors import StoreError
from braze_qt.events import Content, SessionEnded, SessionStarted

logger: logging.Logger = logging.getLogger(__name__)

HEARTBEAT_INTERVAL = 5.0
"""Seconds between two signs of life in the foreground: what a crash may cost of a session's length."""
SIGNATURES = 10
"""Users whose signatures are kept: the present one, and some whose last events may still wait."""
RETRY = 5.0
"""Seconds until a database that took nothing is tried again."""
TOLD_UNMERGED = 1.0
"""Seconds after which sessions that this process has begun or ended are told although they are not merged."""
PATIENCE = BUSY_MS / 1000

_KINDS = {
    Input.ENTER_FOREGROUND: Kind.ENTER,
    Input.LEAVE_FOREGROUND: Kind.LEAVE,
    Input.PASS_TIME: Kind.HEARTBEAT,
    Input.CHANGE_USER: Kind.USER,
    Input.SET_TIMEOUT: Kind.TIMEOUT,
    Input.DISABLE: Kind.DISABLE,
    Input.ENABLE: Kind.ENABLE,
    Input.QUIT: Kind.QUIT,
}
_INPUTS: dict[int, Input] = {
    kind: given for given, kind in _KINDS.items() if given not in (Input.PASS_TIME, Input.QUIT)
}
_PRESENCE = (Input.ENTER_FOREGROUND, Input.LEAVE_FOREGROUND, Input.QUIT)
"""Inputs that say where this process is."""
LONGEST = 2**63 - 1
"""Seconds of a timeout: for ever."""


class Recorder:
    """One process of the application. Any thread may call; calls append, and wait for nothing but each other.

    Appended records are merged by ``merge``, which waits for other processes, and which one thread at a time
    may call. Two locks, always in this order: ``_merging`` for the database, ``_lock`` for journal and view.

    Args:
        folder: where the data lie; None keeps them in memory. Without consent nothing is made there.
        clock: the time.
        timeout: the session timeout in whole seconds.
        enabled: what holds where no earlier choice is stored.

    Attributes:
        device_id: a random UUID, made with the database and forgotten with it.
        lost: events that are lost for good, ever.
        server: what the server decided about sending.
        signatures: the users' JSON Web Tokens, in memory alone.
        storage_error: why nothing can be merged at present, in words; empty while all is well.
        has_peers: whether another process of the application lives, as of the last merge.
    """

    def __init__(self, folder: Path | None, clock: Clock, timeout: int, *, enabled: bool) -> None:
        self._folder = folder
        self._clock = clock
        self._default = enabled
        self._lock = threading.RLock()
        self._merging = threading.RLock()
        self._here = self._closed = False
        self.signatures: dict[str, str] = {}
        self._begin_anew(timeout)
        if self._exists:
            self._look()
            # What the server asks for later counts from the next start on, as in Braze's Web SDK.
            self._least_timeout = self.server.minimum_timeout
        if self.taking:
            self._introduce()
            self.merge(PATIENCE)
        elif self._database is not None:
            self._end_what_was_left()

    def _begin_anew(self, timeout: int) -> None:
        self.device_id = str(uuid.uuid4())
        self.lost = 0
        self.server = ServerConfig()
        self.signatures.clear()
        self.storage_error = ""
        self._least_timeout = 1
        self._has_merged = False
        self.has_peers = False
        self._retry_at = 0.0
        self._withdrawn = False
        self._timeout: int | None = timeout
        self._user: str | None = None
        self._journal: Journal | None = None
        self._database: Database | None = None
        self._merged = self._view = Shared(timeout=timeout)
        self._unmerged: list[Record] = []
        self._early: deque[tuple[int, SessionFact]] = deque(maxlen=1_000)
        self._told_early: set[SessionFact] = set()
        self._untold: deque[SessionFact] = deque()
        self._stuck_since: float | None = None
        self._appended_at = 0.0
        self._rows = 0
        self._row_records = 0

    # -- what it shows ---------------------------------------------------------------------------

    @property
    def tracking(self) -> Tracking:
        """The session as this process knows it: what is merged, and what it was told since."""
        with self._lock:
            told = self._view.tracking
            user_id = told.user_id if self._user is None else self._user
            timeout = told.timeout if self._timeout is None else self._timeout
            foreground = told.foreground or self._here
            return dataclasses.replace(
                told, enabled=self.enabled, user_id=user_id, timeout=timeout, foreground=foreground
            )

    @property
    def enabled(self) -> bool:
        """Whether there is consent."""
        consent = self._view.consent
        return not self._withdrawn and (self._default if consent is None else consent)

    @property
    def taking(self) -> bool:
        """Whether events are taken: not while disabled, not after ``quit``."""
        return self.enabled and not self._closed

    @property
    def closed(self) -> bool:
        """Whether ``quit`` was called, after which nothing is taken any more."""
        return self._closed

    @property
    def here(self) -> bool:
        """Whether this process is in the foreground."""
        return self._here

    @property
    def pending(self) -> int:
        """Events and attributes that wait: those in the database, and what this process has logged since."""
        with self._lock:
            return self._rows + self._row_records

    def now(self) -> Instant:
        """The present moment."""
        return self._clock.now()

    def take_facts(self) -> list[SessionFact]:
        """Sessions that this process has begun and ended and that nobody was told of yet, oldest first."""
        with self._lock:
            facts = [*self._untold]
            self._untold.clear()
            return facts

    # -- what happens ------------------------------------------------------------------------------

    def apply(self, given: Input, *, user_id: str | None = None, timeout: int | None = None) -> bool:
        """Take an input. It is in the journal when this returns, where there is consent.

        Returns:
            False after ``quit``.
        """
        with self._lock:
            if self._closed:
                return False
            if given in _PRESENCE:
                self._here = given is Input.ENTER_FOREGROUND
            if given is Input.CHANGE_USER and user_id is None:
                return True
            body = ""
            if given is Input.CHANGE_USER:
                body = user_id or ""
            elif given is Input.SET_TIMEOUT and timeout is not None:
                body = str(min(max(timeout, self._least_timeout), LONGEST))
            self._take(given, body)
            return True

    def _take(self, given: Input, body: str) -> None:
        """One input, where ``_here`` says already where this process is."""
        if given is Input.ENABLE:
            self._enable()
        elif self._journal is not None and self.enabled:
            self._append(_KINDS[given], body)
            if given is Input.DISABLE and not self._journal.is_on_disk:
                self._note_withdrawal()
        elif given is Input.CHANGE_USER:
            self._user = body
        elif given is Input.SET_TIMEOUT:
            self._timeout = int(body)
        elif given is Input.DISABLE:
            self._withdrawn = True

    def _enable(self) -> None:
        if not self.enabled:
            self._forget_withdrawal()  # this process knew of it
        self._withdrawn = False
        if self._journal is None:
            self._introduce(consent=True)
        else:
            self._append(Kind.ENABLE)

    def _introduce(self, *, consent: bool = False) -> None:
        """Begin a journal, and tell in it what this process was told before."""
        folder = self._writable_folder()
        self._journal = Journal(folder, self._clock.boot_id, self._merged.generation)
        timeout = self._view.timeout if self._timeout is None else self._timeout
        self._append(Kind.BEGIN, str(min(max(timeout, self._least_timeout), LONGEST)))
        if consent:
            self._append(Kind.ENABLE)
        if self._user is not None:
            self._append(Kind.USER, self._user)
        self._timeout = self._user = None
        if self.signatures:
            self._append(Kind.SIGN)
        if self._here:
            self._append(Kind.ENTER)

    def sign(self, user_id: str, signature: str) -> None:
        """From now on what is sent for this user carries this signature. It is kept in memory alone."""
        with self._lock:
            is_first = not self.signatures
            self.signatures.pop(user_id, None)
            self.signatures[user_id] = signature
            while len(self.signatures) > SIGNATURES:
                del self.signatures[next(iter(self.signatures))]
            if is_first and self._journal is not None and self.taking:
                self._append(Kind.SIGN)

    @property
    def is_signed(self) -> bool:
        """Whether SDK authentication is in use, by this process or by another."""
        return bool(self.signatures or self._view.signing)

    def _writable_folder(self) -> Path | None:
        """Where a journal can be: nowhere, while the database is one in memory."""
        if self._folder is None or (self._database is not None and self._database.folder is None):
            return None
        if self._database is None:
            with contextlib.suppress(BusyStoreError):
                self._open(self._folder)
        return self._database.folder if self._database is not None else self._folder

    def log(self, what: Content) -> bool:
        """Take an event. False while disabled, and where there is no room for it."""
        return self._take_row(Kind.EVENT, what.code + payload.content_text(what))

    def set_attribute(self, key: str, value: str, *, custom: bool) -> bool:
        """Take the new value of an attribute, the text of a JSON value. False as for ``log``."""
        return self._take_row(Kind.ATTRIBUTE, json.dumps([key, value, custom], ensure_ascii=False))

    def _take_row(self, kind: Kind, text: str) -> bool:
        with self._lock:
            if not self.taking or self._journal is None:
                return False
            try:
                body = text.encode()
            except UnicodeEncodeError:
                logger.warning("something that is no text cannot be stored and is dropped")
                self._append(Kind.LOST, "1")
                return True
            now = self._clock.now()
            if due(self._view.tracking, now):
                return self._append(kind, text, now)
            self._appended_at = now.boot
            is_taken = self._journal.append(kind, now, body)
            self._row_records += is_taken
            return is_taken

    def _append(self, kind: Kind, body: str = "", now: Instant | None = None) -> bool:
        """One record, which changes the view."""
        assert self._journal is not None
        now = now or self._clock.now()
        self._appended_at = now.boot
        number, data = self._journal.number, body.encode()
        if not self._journal.append(kind, now, data):
            return False
        name, boot_id = self._journal.name, self._clock.boot_id
        record = Record(name, number, kind, now.wall, now.boot, now.awake, data, boot_id)
        self._unmerged.append(record)
        self._row_records += kind in (Kind.EVENT, Kind.ATTRIBUTE)
        self._replay([record])
        return True

    def _replay(self, records: list[Record]) -> None:
        replay = Replay(self._view, records, {})
        for record, output in replay:
            if isinstance(output, (SessionStarted, SessionEnded)):
                self._early.append((record.number, output))
        self._view = replay.shared

    def tick(self) -> None:
        """Let time pass: append a sign of life at times, and what came of it."""
        with self._lock:
            now = self._clock.now()
            if self._closed or self._journal is None or not self.enabled:
                return
            if (self._here and now.boot - self._appended_at >= HEARTBEAT_INTERVAL) or due(
                self._view.tracking, now
            ):
                self._append(Kind.HEARTBEAT, now=now)

    # -- merging -----------------------------------------------------------------------------------

    @property
    def _exists(self) -> bool:
        with contextlib.suppress(OSError):  # a name that is too long, a folder that may not be entered
            return self._folder is not None and (self._folder / FILES[0]).exists()
        return False

    def _look(self) -> None:
        """See what an earlier process has left, or another one shares."""
        assert self._folder is not None
        self._open(self._folder)
        if is_withdrawn(self._folder):
            self._merged = self._view = dataclasses.replace(self._merged, consent=False)

    def _open(self, folder: Path) -> None:
        """Open the database, a new one where it is damaged, or else one in memory."""
        try:
            try:
                database = Database(folder)
                shared = database.shared()
            except DamagedStoreError as damage:
                database, shared = self._replaced(folder, damage), None
            self._database = database
            self._know(database)
        except BusyStoreError:
            raise
        except StoreError as error:
            self._report(error)
            self._live_in_memory()
        else:
            self._merged = self._view = shared or self._merged

    def _replaced(self, folder: Path, damage: DamagedStoreError) -> Database:
        """A new database in the place of a damaged one, which is moved aside."""
        last_id = 0
        if self._database is not None:
            last_id = self._database.last_id
            self._database.close()
            self._database = None
        aside = move_aside(folder)
        lost = waiting_in(aside)
        logger.warning("the stored data are damaged and are moved aside, with %d events: %s", lost, damage)
        found = None if self._has_merged else remembered_aside(folder)
        if found:
            self._remember(found)
        database = Database(folder)
        with database.transaction(PATIENCE):
            database.put("device_id", self.device_id)
            database.put("lost", self.lost + lost)
            if last_id:
                database.give_no_ids_below(last_id + ID_GAP)
        return database

    def _remember(self, found: Remembered) -> None:
        self.device_id = found.device_id or self.device_id
        shared = dataclasses.replace(self._merged, user_id=found.user_id, consent=found.enabled)
        self._merged = self._view = shared

    def _live_in_memory(self) -> None:
        """As the device and the user of a file that cannot be used."""
        assert self._folder is not None
        found = None if self._has_merged else remembered(self._folder)
        if found:
            self._remember(found)
        self._database = Database(None)

    def _know(self, database: Database) -> None:
        meta = database.meta()
        self.device_id = str(meta.get("device_id") or self.device_id)
        lost = meta.get("lost")
        self.lost = lost if isinstance(lost, int) else 0
        server = meta.get("server")
        with contextlib.suppress(ValueError):
            told = read_json(server.encode()) if isinstance(server, str) else None
            self.server = restored(told) if isinstance(told, dict) else ServerConfig()
        self._rows = database.counts()[0]

    def _end_what_was_left(self) -> None:
        """Without consent a session that no process is in goes on no more."""
        now = self._clock.now()
        own = Record("", 0, Kind.QUIT, now.wall, now.boot, now.awake, b"", self._clock.boot_id)
        assert self._database is not None
        withdrawal = self._noted_withdrawal(self._database)
        if not (self._merged.session or withdrawal):
            return
        with contextlib.suppress(StoreError):
            boot_id = self._clock.boot_id
            outcome = merge(self._database, None, boot_id, patience=PATIENCE, more=[own, *withdrawal])
            self._view = self._merged = outcome.shared or self._merged
            if withdrawal:
                self._forget_withdrawal()

    def merge(self, patience: float = 0.0) -> bool:
        """Take what all processes have appended into the database, and see what came of it.

        Args:
            patience: seconds to wait for another process that is writing.

        Returns:
            False if something is left to be merged.
        """
        with self._merging:
            now = self._clock.now().boot
            if self.storage_error and now < self._retry_at and not self._closed:
                return self._is_stuck(now)
            try:
                try:
                    is_whole = self._merge(patience)
                except DamagedStoreError as damage:
                    if self._folder is None:
                        raise
                    self._database = self._replaced(self._folder, damage)
                    is_whole = self._merge(patience)
            except BusyStoreError:
                return self._is_stuck(now)
            except StoreError as error:
                self._report(error)
                self._retry_at = now + RETRY
                return self._is_stuck(now)
            self._stuck_since = None
            return is_whole

    def _merge(self, patience: float) -> bool:
        database, journal = self._ready(), self._journal
        if database is None:
            return True
        if journal is not None:
            journal.write_waiting()
        withdrawal = self._noted_withdrawal(database)
        boot_id = self._clock.boot_id
        outcome = merge(database, journal, boot_id, patience=patience, lost=self._merged, more=withdrawal)
        self._has_merged = True
        if withdrawal:
            self._forget_withdrawal()
        if self._folder is None or database.folder is not None:
            self.storage_error = ""
        if journal is not None:
            if not database.meta().get("device_id"):
                database.put_first("device_id", self.device_id)
            journal.reserve_ahead()
        self._know(database)
        with self._lock:
            self._settle(outcome, journal)
        if outcome.is_news:
            self._notify_peers()
        return outcome.is_whole and not (self._journal is not None and self._journal.pending)

    def _ready(self) -> Database | None:
        """The database, opened anew where somebody has taken the file away; None while nothing is stored."""
        if self._database is not None and self._database.is_gone:
            self._database.close()
            self._database = None
            if self._journal is None:
                with self._lock:
                    self._forget()  # as another process has done
        if self._database is None and (self._journal is not None or self._exists):
            self._database = Database(self._folder)
        return self._database

    def _noted_withdrawal(self, database: Database) -> list[Record]:
        """Consent that was withdrawn while nothing could be written to a journal on the disk."""
        if database.folder is None or not is_withdrawn(database.folder):
            return []
        now, boot_id = self._clock.now(), self._clock.boot_id
        return [Record("", 0, Kind.DISABLE, now.wall, now.boot, now.awake, b"", boot_id)]

    @property
    def change_file(self) -> Path | None:
        """The file that a process touches after it has changed shared data; None in memory."""
        if self._database is None or self._database.folder is None:
            return None
        return self._database.folder / CHANGES

    def make_change_file(self) -> None:
        """Make that file where there is none."""
        if (path := self.change_file) is not None:
            with contextlib.suppress(StoreError):
                create_private(path)

    def _notify_peers(self) -> None:
        self.make_change_file()
        if (path := self.change_file) is not None:
            with contextlib.suppress(OSError):
                touch_changes(path.parent)

    def _settle(self, outcome: Outcome, journal: Journal | None) -> None:
        """Take over what holds now, and what it means for the own journal."""
        self.has_peers = outcome.has_peers
        if outcome.is_forgotten or (
            outcome.shared is not None and outcome.shared.generation != self._merged.generation
        ):
            self._hear_of_wipe(outcome)
            return
        for fact in outcome.facts:
            if fact in self._told_early:
                self._told_early.discard(fact)
            else:
                self._untold.append(fact)
        self._merged = outcome.shared or self._merged
        first = journal.read_from.number if journal else 0
        self._unmerged = [record for record in self._unmerged if record.number >= first]
        self._view = self._merged
        self._early.clear()
        self._replay(self._unmerged)
        self._row_records = sum(each.kind in (Kind.EVENT, Kind.ATTRIBUTE) for each in self._unmerged)
        if journal is None:
            if self._merged.consent and not self._withdrawn and not self._closed:
                self._introduce()  # another process was given consent
        elif journal.pending:
            return
        elif not self.enabled:
            journal.close(delete=True)  # nothing is stored without consent
            self._journal = None
        elif journal.is_deleted and not self._closed:
            journal.close(delete=False)
            self._introduce()

    def _is_stuck(self, now: float) -> bool:
        """Nothing can be merged: after a while sessions are told all the same."""
        with self._lock:
            self._stuck_since = now if self._stuck_since is None else self._stuck_since
            if now - self._stuck_since >= TOLD_UNMERGED or self._closed:
                while self._early:
                    _, fact = self._early.popleft()
                    if fact not in self._told_early:
                        self._told_early.add(fact)
                        self._untold.append(fact)
        return False

    def _report(self, error: StoreError) -> None:
        if not self.storage_error:
            logger.warning("data cannot be stored in the database and wait in the journal: %s", error)
        self.storage_error = str(error)

    # -- withdrawing and forgetting ------------------------------------------------------------------

    def _note_withdrawal(self) -> None:
        if self._folder is not None:
            with contextlib.suppress(StoreError):
                note_withdrawn(self._folder, True)

    def _forget_withdrawal(self) -> None:
        if self._folder is not None:
            with contextlib.suppress(StoreError):
                note_withdrawn(self._folder, False)

    def wipe(self) -> bool:
        """Forget all that is stored, the device id too, and stay disabled.

        Returns:
            False after ``quit``, and if something could not be deleted yet.
        """
        with self._merging, self._lock:
            if self._closed:
                return False
            try:
                if self._database is not None or self._exists:
                    self._erase()
            except StoreError as error:
                self._report(error)
                return False
            self._forget()
            return True

    def _erase(self) -> None:
        database = self._database or Database(self._folder)
        generation = max(self._merged.generation, (database.shared() or self._merged).generation) + 1
        database.overwrite_deleted()
        own = self._journal.name if self._journal else ""
        is_alone = True
        with contextlib.ExitStack() as opened, database.transaction(PATIENCE):
            at, boot_id = self._clock.now(), self._clock.boot_id
            database.wipe(Shared(generation, timeout=self._merged.timeout, boot_id=boot_id, at=at))
            for journal in others(self._folder, own, self._clock.boot_id) if self._folder else ():
                opened.callback(journal.close)
                journal.overwrite()
                journal.delete()
                is_alone &= journal.is_dead
        database.truncate()
        if self._journal is not None:
            self._journal.close(delete=True)
        database.close()
        self._database = None
        if self._folder is not None:
            delete_aside(self._folder)
            if is_alone:
                self._delete_files(self._folder)

    def _delete_files(self, folder: Path) -> None:
        with moving:
            for path in folder.glob("braze.*"):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the host may keep files of its own there
            folder.rmdir()

    def _forget(self) -> None:
        """All was wiped, by this process or by another one."""
        if self._journal is not None:
            self._journal.close(delete=True)
        if self._database is not None:
            self._database.close()
        self._begin_anew(self._merged.timeout)
        self._withdrawn = True

    def _hear_of_wipe(self, outcome: Outcome) -> None:
        """Another process has wiped everything. Where it was given consent again that is for all."""
        database, folder = self._database, self._folder
        is_last = False
        if database is not None and folder is not None and not outcome.has_peers:
            shared = database.shared()
            is_last = shared is not None and shared.consent is None and not shared.staying
        wiped_at = outcome.shared.at.boot if outcome.shared else 0.0
        since = [record for record in self._unmerged if record.boot >= wiped_at]
        self._forget()
        if is_last and folder is not None:
            with contextlib.suppress(StoreError):
                self._delete_files(folder)
        elif outcome.shared is not None and outcome.shared.consent:
            self._withdrawn = False
            self._introduce()
        for record in since:  # what this process was told before it has heard of it counts
            if record.kind in _INPUTS:
                self._take(_INPUTS[record.kind], record.body.decode())

    # -- the end -------------------------------------------------------------------------------------

    def quit(self) -> None:
        """End the session because the process ends. No input is taken afterwards."""
        with self._lock:
            self.apply(Input.QUIT)
            self._closed = True
        self.merge(PATIENCE)

    def close(self) -> None:
        """After ``quit``: let go of the files. Records that are not merged stay for another process."""
        with self._merging, self._lock:
            journal, self._journal = self._journal, None
            if journal is not None:
                if journal.pending and not journal.is_on_disk:
                    logger.warning("what could not be stored is lost: %d records", journal.pending)
                journal.close(delete=not journal.pending)
            if self._database is not None:
                self._database.close()
                self._database = None
