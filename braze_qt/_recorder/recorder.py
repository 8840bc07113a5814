"""Takes what happens, by appending it to the journal of this process, and shows what came of it. No Qt."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from braze_qt._platform.clock import Clock, Instant
from braze_qt._protocol import payload
from braze_qt._protocol.server_config import ServerConfig, restored
from braze_qt._recorder.history import History
from braze_qt._recorder.merge import Outcome, has_news, merge
from braze_qt._recorder.view import View
from braze_qt._session.machine import due, is_over
from braze_qt._session.shared import Kind, Record, SessionFact, Shared
from braze_qt._session.state import Input, Tracking
from braze_qt._storage.database import (
    BUSY_MS,
    CHANGES,
    FILES,
    ID_GAP,
    WIPING,
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
from braze_qt._storage.journal import Journal, highest_generation, others
from braze_qt._storage.journal_database import Database
from braze_qt._storage.outbox import Outbox
from braze_qt._storage.record import is_input
from braze_qt._storage.recovery import (
    UNREADABLE,
    Remembered,
    delete_aside,
    delete_files,
    delete_note,
    in_place,
    is_log_alone,
    is_noted,
    move_aside,
    note,
    remembered,
    remembered_aside,
    waiting_in,
)
from braze_qt._validation.json_reader import read_json
from braze_qt.errors import StoreError
from braze_qt.events import Content, EventRecord

logger: logging.Logger = logging.getLogger(__name__)

Result = TypeVar("Result")

HEARTBEAT_INTERVAL = 5.0
"""Seconds between two signs of life in the foreground: what a crash may cost of a session's length."""
SIGNATURES = 10
"""Users whose signatures are kept: the present one, and some whose last events may still wait."""
RETRY = 5.0
"""Seconds until a database that took nothing is tried again."""
FREE_PATIENCE = 10.0
"""Seconds for which the upload thread waits for another process that is writing: it holds up no call."""
FREE_PAUSE = 0.005
"""Seconds between two tries, in which other threads may have the database."""
MERGES = 10_000
"""Portions that are merged one after the other: more than all journals at their bounds hold."""
TOLD_UNMERGED = 1.0
"""Seconds after which sessions that this process has begun or ended are told although they are not merged."""
IN_MEMORY = "are kept in memory until the application ends"
IN_JOURNAL = "calls wait in the journal: "
"""What a storage error begins with while another process keeps the database for itself."""
PATIENCE = BUSY_MS / 1000
WIPE_PATIENCE = 1.0
"""Seconds that a wipe waits for another thread that is merging."""

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

    ``merge`` takes appended records into the database. It waits for other processes, and one thread at a time
    may call it. Two locks, in this order: ``_merging`` for the database, ``_lock`` for journal and view.

    Args:
        folder: where the data lie; None keeps them in memory. Without consent nothing is made there.
        clock: the time.
        timeout: the session timeout in whole seconds.
        enabled: what holds where no earlier choice is stored.
        heartbeat, retry, free_patience: seconds, as the constants say.

    Attributes:
        device_id: a random UUID, made with the database and forgotten with it.
        lost: events that are lost for good, ever.
        server: what the server decided about sending.
        signatures: the users' JSON Web Tokens, in memory alone.
        storage_error: why nothing can be merged at present, in words; empty while all is well.
        has_peers: whether another process of the application lives, as of the last merge.
    """

    device_id: str
    lost: int
    server: ServerConfig
    storage_error: str
    has_peers: bool
    described: Any

    def __init__(
        self,
        folder: Path | None,
        clock: Clock,
        timeout: int,
        *,
        enabled: bool,
        heartbeat: float = HEARTBEAT_INTERVAL,
        retry: float = RETRY,
        free_patience: float = FREE_PATIENCE,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._default = enabled
        self._heartbeat, self._retry, self._free_patience = heartbeat, retry, free_patience
        self._lock = threading.RLock()
        self._merging = threading.RLock()
        self._here = self._closed = self._keeps_texts = False
        self.signatures: dict[str, str] = {}
        self._wipe_waits = False
        self._wiped_generation: int | None = None
        self._taken_back: tuple[int, ...] = ()
        self._begin_anew(Shared(timeout=timeout))
        if folder is not None and is_noted(folder, WIPING):
            self._wipe_again(timeout)
        if not self._wipe_waits:  # else nobody may read what is to be forgotten
            self._look()
        if self._database is not None:
            # What the server asks for later counts from the next start on, as in Braze's Web SDK.
            self._least_timeout = self.server.minimum_timeout
        if self.taking:
            self._introduce()
            self.merge(PATIENCE)
        elif self._database is not None:
            self._end_what_was_left()

    def _wipe_again(self, timeout: int) -> None:
        """An earlier process has ended before it could delete what it was told to forget."""
        self._wipe_waits = True
        if self.erase():
            self._begin_anew(Shared(timeout=timeout))

    def _begin_anew(self, shared: Shared) -> None:
        self.device_id = str(uuid.uuid4())
        self.lost = 0
        self.server = ServerConfig()
        self.signatures.clear()
        self.storage_error = ""
        self._least_timeout = 1
        self._has_merged = False
        self._merged_at: tuple[Database, int] | None = None
        self.has_peers = False
        self._retry_at = 0.0
        self._withdrawn = self._refuses = False
        self._timeout: int | None = shared.timeout
        self._user: str | None = None
        self._journal: Journal | None = None
        self._database: Database | None = None
        self._view = View(shared, keeps_texts=self._keeps_texts)
        self.described = None
        self._stuck_since: float | None = None
        self._is_urgent = False
        self._appended_at = 0.0
        self._looked: Instant | None = None

    # -- what it shows ---------------------------------------------------------------------------

    @property
    def tracking(self) -> Tracking:
        """The session as this process knows it: what is merged, and what it was told since."""
        with self._lock:
            told = self._view.now.tracking
            user_id = told.user_id if self._user is None else self._user
            timeout = told.timeout if self._timeout is None else self._timeout
            foreground = told.foreground or self._here
            return told._replace(
                enabled=self.enabled, user_id=user_id, timeout=timeout, foreground=foreground
            )

    @property
    def enabled(self) -> bool:
        """Whether there is consent."""
        consent = self._view.now.consent
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
            return self._view.pending

    @property
    def lock(self) -> threading.RLock:
        """Makes several calls one. Only a wipe holds it while waiting for the database."""
        return self._lock

    @property
    def history(self) -> History:
        """The last events that are in the database. With ``lock``."""
        return self._view.history

    @property
    def alias(self) -> tuple[str, str] | None:
        """The name and label by which the anonymous user is known."""
        return self._view.now.alias

    @property
    def is_waiting(self) -> bool:
        """Whether something cannot be merged at present: then ``tick`` soon."""
        return self._stuck_since is not None or self._wipe_waits

    @property
    def others_stay(self) -> bool:
        """Whether another process is there that is not about to end, as of the last merge."""
        own = self._journal.name if self._journal else ""
        return bool(self._view.merged.staying - {own})

    def records(self) -> list[EventRecord]:
        """The last events of this run; those that are not merged yet have the id 0."""
        return [record for record, _ in self.records_with_texts()]

    def records_with_texts(self) -> list[tuple[EventRecord, str]]:
        """The same, each with how it is stored, the text of a JSON object; empty where that was not kept."""
        with self._lock:
            return self._view.records_with_texts()

    def keep_texts(self, keep: bool) -> None:  # noqa: FBT001
        """From now on remember events with all that they say, for an inspector; or not, and forget it."""
        with self._lock:
            self._keeps_texts = keep
            self._view.keep_texts(keep)

    @property
    def is_on_disk(self) -> bool:
        """Whether what is appended outlives the process."""
        return self._journal is not None and self._journal.is_on_disk

    def now(self) -> Instant:
        """The present moment."""
        return self._clock.now()

    @property
    def has_facts(self) -> bool:
        """Whether ``take_facts`` has something to tell."""
        return self._view.has_facts

    def take_facts(self) -> list[SessionFact]:
        """Sessions that this process has begun and ended and that nobody was told of yet, oldest first."""
        with self._lock:
            return self._view.take_facts()

    # -- what happens ------------------------------------------------------------------------------

    def apply(self, given: Input, *, user_id: str | None = None, timeout: int | None = None) -> bool:
        """Take an input. It is in the journal when this returns, where there is consent.

        Returns:
            False after ``quit``, and where neither the disk nor the memory for it has room.
        """
        if given is Input.ENABLE and self._wipe_waits and not self.wipe():
            return False
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
            is_taken = self._take(given, body)
        if given is Input.QUIT:
            self._merge_to_the_end()
        return is_taken

    def _take(self, given: Input, body: str) -> bool:
        """One input, where ``_here`` says already where this process is; False where no room is left."""
        if given is Input.ENABLE:
            self._enable()
        elif self._journal is not None and self.enabled:
            if given is Input.DISABLE:
                self._note_withdrawal()  # so that no damage to the journal gives consent back
            return self._append(_KINDS[given], body)
        elif given is Input.CHANGE_USER:
            self._user = body
        elif given is Input.SET_TIMEOUT:
            self._timeout = int(body)
        elif given is Input.DISABLE:
            # Another process may have been given consent meanwhile: the next merge tells.
            self._withdrawn = self._refuses = self._is_urgent = True
        return True

    def _enable(self) -> None:
        if not self.enabled:
            self._forget_withdrawal()  # this process knew of it
        self._withdrawn = self._refuses = False
        if self._journal is None:
            self._introduce(consent=True)
        else:
            self._append_what_was_told(self._journal.name)
            self._append(Kind.ENABLE)

    def _append_what_was_told(self, name: str) -> None:
        """What this process was told while there was no consent."""
        if self._timeout is not None:
            self._append(Kind.TIMEOUT, str(self._timeout))
        if self._user is not None:
            self._append(Kind.USER, self._user)
        self._timeout = self._user = None
        if self.signatures and name not in self._view.now.signing:
            self._append(Kind.SIGN)
        if self._here != (name in self._view.now.front):
            self._append(Kind.ENTER if self._here else Kind.LEAVE)

    def _introduce(self, *, consent: bool = False) -> None:
        """Begin a journal, and tell in it what this process was told before."""
        if self._database is None and self._folder is not None:
            try:
                make_private(self._folder)
                refuse_strange_files(self._folder)
            except StoreError as error:
                if os.path.isdir(self._folder):  # no database there will ever take what a journal holds
                    self._report(error, IN_MEMORY)
                    self._live_in_memory()
        is_in_memory = self._database is not None and self._database.folder is None
        folder = None if is_in_memory else self._folder
        self._journal = Journal(folder, self._clock.boot_id, self._view.merged.generation)
        timeout = self._view.now.timeout if self._timeout is None else self._timeout
        self._append(Kind.BEGIN, str(min(max(timeout, self._least_timeout), LONGEST)))
        self._timeout = None
        if consent:
            self._append(Kind.ENABLE)
        self._append_what_was_told(self._journal.name)

    def unsign(self, user_id: str | None, signature: str | None) -> bool:
        """What this user left waits until he signs again, if others sign: it would be in their way."""
        with self._lock:
            known = signature is not None and self.signatures.get(user_id or "") == signature
            if not known or len(self.signatures) == 1:
                return False
            del self.signatures[user_id or ""]
            return True

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
        return bool(self.signatures or self._view.now.signing)

    def log(self, what: Content) -> bool:
        """Take an event. False while disabled, and where there is no room for it."""
        return self._take_row(Kind.EVENT, what.code + payload.content_text(what), what)

    def set_attribute(self, key: str, value: str, *, custom: bool) -> bool:
        """Take the new value of an attribute, the text of a JSON value. False as for ``log``."""
        return self._take_row(Kind.ATTRIBUTE, json.dumps([key, value, custom], ensure_ascii=False))

    def _take_row(self, kind: Kind, text: str, what: Content | None = None) -> bool:
        with self._lock:
            journal, view = self._journal, self._view
            if journal is None or not self.taking:
                return False
            try:
                body = text.encode()
            except UnicodeEncodeError:
                logger.warning("something that is no text cannot be stored and is dropped")
                self._append(Kind.LOST, "1")
                return True
            now = self._clock.now()
            if what is not None:
                view.label(journal.number, what.code, what.label, now.wall, text)
            session = view.now.session
            if session is not None and is_over(session, view.now.timeout, now):
                return self._append(kind, text, now)
            self._appended_at = now.boot
            is_taken = journal.append(kind, now, body)
            if is_taken:
                view.count_row()
            elif journal.refused == 1:
                logger.warning("an event is refused: neither the disk nor the memory for it has room")
            return is_taken

    def _append(self, kind: Kind, body: str = "", now: Instant | None = None) -> bool:
        """One record, which changes the view."""
        assert self._journal is not None
        now = now or self._clock.now()
        last, self._looked = self._looked, None
        if last and last.boot > self._appended_at and due(self._view.now.tracking, now):
            self._append(
                Kind.HEARTBEAT, now=last
            )  # the session ends with the last look, not with the last record
        self._appended_at = now.boot
        number, data = self._journal.number, body.encode()
        if not self._journal.append(kind, now, data):
            return False
        name, boot_id = self._journal.name, self._clock.boot_id
        record = Record(name, number, kind, now.wall, now.boot, now.awake, data, boot_id)
        self._is_urgent |= self._view.append(record) or is_input(kind)
        return True

    def tick(self) -> None:
        """Let time pass: append a sign of life at times, and what came of it."""
        with self._lock:
            if self._closed:
                return
            # A process in front sees all that happens to the session; the others, and those without consent,
            # learn it by merging.
            self._is_urgent |= not (self._here and self.enabled) or self.is_waiting
            self._pass_time()

    def _pass_time(self) -> None:
        if self._journal is not None and self.enabled:
            now = self._clock.now()
            is_sign_of_life = self._here and now.boot - self._appended_at >= self._heartbeat
            if is_sign_of_life or due(self._view.now.tracking, now):
                self._append(Kind.HEARTBEAT, now=now)
            self._looked = now if self._here else None

    # -- merging -----------------------------------------------------------------------------------

    @property
    def _exists(self) -> bool:
        with contextlib.suppress(OSError):  # a name that is too long, a folder that may not be entered
            return self._folder is not None and (self._folder / FILES[0]).exists()
        return False

    def _look(self) -> None:
        """See what an earlier process has left, or another one shares."""
        folder = self._folder
        if folder is not None and (self._exists or is_log_alone(folder)):
            with contextlib.suppress(BusyStoreError):  # the first merge that succeeds tells the rest
                self._open(folder)
                if is_noted(folder, WITHDRAWN):
                    self._view.reset(self._view.merged._replace(consent=False))
        elif folder is not None and (found := remembered_aside(folder)):
            self._remember(found)  # a process has died between moving a file aside and making a new one
            self._take_generation(folder)
        elif folder is not None:
            self._take_generation(folder)

    def _take_generation(self, folder: Path) -> None:
        """Where the database is lost, journals say how often all was wiped: others would be forgotten."""
        with contextlib.suppress(StoreError, OSError):  # a folder that may not be entered
            highest = highest_generation(folder, self._clock.boot_id)
            self._view.reset(self._view.merged._replace(generation=highest))

    def _open(self, folder: Path) -> None:
        """Open the database, a new one where it is damaged, or else one in memory."""
        try:
            try:
                database = _whole_database(folder)
                shared = database.shared()
                if shared is None and (found := remembered_aside(folder)):
                    self._remember(found)
            except DamagedStoreError as damage:
                database, shared = self._replaced(folder, damage), None
            self._database = database
            self._know(database)
        except BusyStoreError:
            raise
        except StoreError as error:
            self._report(error, IN_MEMORY)
            self._live_in_memory()
        else:
            self._view.reset(shared or self._view.merged)
            if shared is None:
                self._take_generation(folder)

    def _replaced(self, folder: Path, damage: DamagedStoreError) -> Database:
        """A new database in the place of a damaged one, which is moved aside."""
        first_id = last_id = 0
        if self._database is not None:
            first_id, last_id = self._database.first_id, self._database.last_id
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
            if first_id and not self.has_peers:  # the events of this run were whole
                with contextlib.suppress(*UNREADABLE), in_place(aside) as old:
                    lost -= database.take_over(old.execute, first_id)
            database.put("device_id", self.device_id)
            database.put("lost", self.lost + max(0, lost))
            if last_id:
                database.give_no_ids_below(last_id + ID_GAP)
        return database

    def _remember(self, found: Remembered) -> None:
        self.device_id = found.device_id or self.device_id
        self._view.reset(self._view.merged._replace(user_id=found.user_id, consent=found.enabled))

    def _live_in_memory(self) -> None:
        """As the device and the user of a file that cannot be used."""
        assert self._folder is not None
        found = None if self._has_merged else remembered(self._folder)
        if found:
            self._remember(found)
        self._database = Database(None)

    def _know(self, database: Database) -> bool:
        """Take over what is remembered; answers whether the device has its id there."""
        meta, rows = database.known()
        self.device_id = str(meta.get("device_id") or self.device_id)
        lost = meta.get("lost")
        self.lost = lost if isinstance(lost, int) else 0
        self.described = _loaded(meta.get("described"))
        server = _loaded(meta.get("server"))
        self.server = restored(server) if isinstance(server, dict) else ServerConfig()
        self._view.rows = rows
        return bool(meta.get("device_id"))

    def _end_what_was_left(self) -> None:
        """Without consent a session that no process is in goes on no more."""
        now = self._clock.now()
        own = Record("", 0, Kind.QUIT, now.wall, now.boot, now.awake, b"", self._clock.boot_id)
        assert self._database is not None
        withdrawal = self._noted_withdrawal(self._database)
        if not (self._view.merged.session or withdrawal):
            return
        with contextlib.suppress(StoreError):
            boot_id = self._clock.boot_id
            more = [own, *withdrawal]
            outcome = merge(self._database, None, boot_id, patience=PATIENCE, more=lambda: more)
            self._view.reset(outcome.shared or self._view.merged)
            if withdrawal:
                self._forget_withdrawal()

    @property
    def wants_merge(self) -> bool:
        """Whether somebody waits for what a merge comes to: the application, or other processes."""
        return self._is_urgent

    @property
    def has_unmerged(self) -> bool:
        """Whether something that this process has appended is not merged yet."""
        return self._journal is not None and self._journal.pending > 0

    def refresh(self) -> None:
        """Look what other processes have done, with the next merge."""
        self._is_urgent = True

    def merge_all(self) -> bool:
        """Merge until nothing is left; False where something is that cannot be merged now."""
        for _ in range(MERGES):
            if self.merge(PATIENCE):
                return True
            if self.is_waiting:
                return False
        return False

    def _merge_to_the_end(self) -> None:
        """Merge what a process says last, for ``PATIENCE`` at most; what comes of it is told in any case."""
        end = time.monotonic() + PATIENCE
        while not self.merge(max(0.0, end - time.monotonic())):
            if self.is_waiting or time.monotonic() >= end:
                with self._lock:
                    self._view.tell_unmerged()
                break

    def merge(self, patience: float = 0.0) -> bool:
        """Take what all processes have appended into the database, and see what came of it.

        Args:
            patience: seconds to wait for another process that is writing, or another thread.

        Returns:
            False if something is left to be merged.
        """
        if not self._merging.acquire(timeout=patience):
            return False
        try:
            self._is_urgent = False
            if self._wipe_waits:
                return self.erase()
            now = self._clock.now().boot
            if self.storage_error and now < self._retry_at and not self._closed:
                return self._is_stuck(now)
            try:
                is_whole = self._repairing(lambda: self._merge(patience))
            except BusyStoreError as error:
                return self._is_stuck(now, error)
            except StoreError as error:
                self._report(error)
                self._retry_at = now + self._retry
                return self._is_stuck(now)
            self._stuck_since = None
            return is_whole
        finally:
            self._merging.release()

    def _repairing(self, act: Callable[[], Result]) -> Result:
        """Act, and again with a new database where the present one is found damaged."""
        try:
            return act()
        except DamagedStoreError as damage:
            if self._folder is None:
                raise
            self._database = self._replaced(self._folder, damage)
            return act()

    def _merge(self, patience: float) -> bool:
        database, journal = self._ready(), self._journal
        if database is None:
            return True
        version = database.version
        if journal is not None:
            journal.write_waiting()
            self._count_refused(journal)
            if self._is_merged(database, version, journal):
                return True
        withdrawal: list[Record] = []

        def noted() -> list[Record]:
            withdrawal.extend(self._noted_withdrawal(database))
            return withdrawal

        boot_id = self._clock.boot_id
        outcome = merge(database, journal, boot_id, patience=patience, lost=self._view.merged, more=noted)
        self._has_merged, self._merged_at = True, None
        if withdrawal:
            self._forget_withdrawal()
        if self._folder is None or database.folder is not None:
            self.storage_error = ""
        try:
            self._complete(database, journal, outcome)
        finally:  # its facts are told by nobody else
            with self._lock:
                if not self._wipe_waits:
                    self._follow_merge(outcome, journal)
        if self._wipe_waits:
            return False
        self._merged_at = database, version
        if outcome.is_news:
            self.notify_peers()
        return outcome.is_whole and not self.has_unmerged

    def _is_merged(self, database: Database, version: int, journal: Journal) -> bool:
        """Whether nothing has happened since the last merge, in this process or in another. Needs no lock
        of the database.
        """
        folder = database.folder
        if (
            journal.pending
            or self.storage_error
            or self._merged_at != (database, version)
            or (folder and is_noted(folder, WITHDRAWN))
            or journal.is_deleted
        ):
            return False
        return folder is None or not has_news(
            database, journal, self._clock.boot_id, had_peers=self.has_peers
        )

    def _complete(self, database: Database, journal: Journal | None, outcome: Outcome) -> None:
        if journal is not None:
            journal.reserve_ahead()
        if not self._know(database) and journal is not None and not outcome.is_forgotten:
            database.put_first("device_id", self.device_id)
            self._know(database)  # another process may have been quicker

    def _count_refused(self, journal: Journal) -> None:
        with self._lock:
            refused = journal.refused
            if refused and self._append(Kind.LOST, str(refused)):
                journal.refused -= refused

    def abandon(self) -> None:
        """In a forked child: the files are the parent's. Locks are made anew: a thread may have had them."""
        self._lock = threading.RLock()
        if self._journal is not None:
            self._journal.abandon()

    def _ready(self) -> Database | None:
        """The database, opened anew where somebody has taken the file away; None while nothing is stored, and
        while a wipe waits.
        """
        if self._wipe_waits:
            return None
        if self._database is not None and self._database.is_gone:
            gone = self._database
            if self._journal is None:
                with self._lock:
                    self._forget()  # as another process has done
            else:
                self._replace_gone(gone)  # until that succeeds the connection keeps what waited
            gone.close()
        if self._database is None and (self._journal is not None or self._exists):
            self._database = self._opened()
        return self._database

    def _replace_gone(self, gone: Database) -> None:
        """Begin a new database with what waited in one whose file somebody has deleted or moved.

        Where other processes have it open, too, each of them would do so: it is counted as lost.
        """
        database = self._opened()
        try:
            with database.transaction(PATIENCE):
                # Or another process has made it, after a wipe or a damage, and has counted what was lost.
                if database.outbox.remembered("device_id") is None:
                    taken = 0 if self.has_peers else database.take_over(gone.rows)
                    if gone.last_id:
                        database.give_no_ids_below(gone.last_id + ID_GAP)
                    database.put("device_id", self.device_id)
                    database.put("lost", self.lost + max(0, self._view.rows - taken))
        except BaseException:
            database.close()
            raise
        self._database = database

    def _opened(self) -> Database:
        try:
            return Database(self._folder)
        except BusyStoreError:
            raise
        except StoreError as error:
            if self._has_merged or self._journal is None:
                raise
            if isinstance(error, RefusedLogError):
                self._journal.move_to_memory()  # else it would wait there for ever
            if self._journal.is_on_disk:
                raise
            self._report(error, IN_MEMORY)  # no disk takes anything
            return Database(None)

    def _noted_withdrawal(self, database: Database) -> list[Record]:
        """Consent that was withdrawn while nothing could be written to a journal on the disk."""
        if database.folder is None or not is_noted(database.folder, WITHDRAWN):
            return []
        now, boot_id = self._clock.now(), self._clock.boot_id
        return [Record("", 0, Kind.DISABLE, now.wall, now.boot, now.awake, b"", boot_id)]

    @property
    def change_file(self) -> Path | None:
        """The file that another process touches when it has changed what all share; None in memory."""
        if self._database is None or self._database.folder is None:
            return None
        return self._database.folder / CHANGES

    @property
    def is_unwatched(self) -> bool:
        """Whether another process may make a database that nothing tells this one of."""
        return self._folder is not None and self._database is None

    def make_change_file(self) -> None:
        """Make that file where there is none."""
        path = self.change_file
        if path is not None and self._database is not None and not self._database.is_gone:
            with contextlib.suppress(StoreError):
                create_private(path)

    def notify_peers(self) -> None:
        """Let other processes know of a change in the shared data."""
        self.make_change_file()
        path = self.change_file
        if path is not None:
            with contextlib.suppress(OSError):
                touch_changes(path.parent)

    def _follow_merge(self, outcome: Outcome, journal: Journal | None) -> None:
        """Take over what holds now, and what it means for the own journal."""
        self.has_peers = outcome.has_peers
        if outcome.is_forgotten or (
            outcome.shared is not None and outcome.shared.generation != self._view.merged.generation
        ):
            self._hear_of_wipe(outcome)
            return
        merged = outcome.shared or self._view.merged
        first = journal.read_from.number if journal else 0
        self._view.follow_merge(merged, outcome.facts, outcome.noted, first)
        if journal is None:
            refuses, self._refuses = self._refuses, False
            if merged.consent and refuses:
                self._note_withdrawal()
                self._is_urgent = True
            elif merged.consent and not self._withdrawn and not self._closed:
                self._introduce()  # another process was given consent
        elif journal.pending:
            return
        elif not self.enabled:
            journal.close(delete=True)  # nothing is stored without consent
            self._journal = None
        elif journal.is_deleted and not self._closed:
            journal.close(delete=False)
            self._introduce()

    def _is_stuck(self, now: float, busy: BusyStoreError | None = None) -> bool:
        """Nothing can be merged: after a while sessions are told all the same, and the reason."""
        with self._lock:
            self._stuck_since = now if self._stuck_since is None else self._stuck_since
            if now - self._stuck_since >= TOLD_UNMERGED:
                self._view.tell_unmerged()
                if busy and not self.storage_error:
                    self.storage_error = f"{IN_JOURNAL}{busy}"
        return False

    def report(self, error: StoreError) -> None:
        """Something else could not be stored: the next merge sees what can be done."""
        if not isinstance(error, BusyStoreError):
            self._report(error)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Outbox]:
        """What waits to be sent, for the thread that sends. Nothing is merged meanwhile."""
        with self._merging:
            database = self._database
            if database is None:
                raise StoreError("nothing is stored")
            if database.is_gone:
                raise StoreError("the file was moved or deleted")
            try:
                yield database.outbox
            except DamagedStoreError as damage:
                self._replace_damaged(database, damage)
                raise

    def _replace_damaged(self, database: Database, damage: DamagedStoreError) -> None:
        with self._merging:
            if self._database is database and self._folder is not None:
                self._database = self._replaced(self._folder, damage)

    def when_free(self, act: Callable[[Database], Result], seconds: float | None = None) -> Result:
        """Act in a transaction when no other process is writing, without holding up a call.

        Args:
            seconds: how long to wait for other processes; None for as long as the recorder does.
        """
        end = time.monotonic() + (self._free_patience if seconds is None else seconds)
        while True:
            with self._merging, contextlib.suppress(BusyStoreError):
                database = self._database
                if database is None or database.is_gone:
                    raise StoreError("nothing is stored")
                with database.transaction(min(PATIENCE, max(0.0, end - time.monotonic()))):
                    answer = act(database)
                self._know(database)
                return answer
            if time.monotonic() >= end:
                raise BusyStoreError("another process of this application is writing")
            time.sleep(FREE_PAUSE)  # noqa: TID251  # a deadline ends it

    def checkpoint(self) -> None:
        """Write the database's log back into its file; waits for the disk. One process at a time does."""
        with self._merging:
            database = self._database
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

    def _report(self, error: StoreError, where: str = "wait in the journal") -> None:
        if not self.storage_error:
            logger.warning("data cannot be stored in the database and %s: %s", where, error)
        self.storage_error = str(error)

    # -- withdrawing and forgetting ------------------------------------------------------------------

    def _note_withdrawal(self) -> None:
        if self._folder is not None:
            try:
                note(self._folder, WITHDRAWN)
            except StoreError:
                if self._journal is None or not self._journal.is_on_disk:
                    logger.warning("that consent was withdrawn could not be stored, and is forgotten")

    def _forget_withdrawal(self) -> None:
        if self._folder is not None:
            with contextlib.suppress(StoreError):
                delete_note(self._folder, WITHDRAWN)

    def wipe(self) -> bool:
        """Forget all that is stored, the device id too, and stay disabled.

        Returns:
            False after ``quit``, and if something could not be deleted yet.
        """
        return not self._closed and self.erase()

    def erase(self) -> bool:
        """The same, after ``quit`` too."""
        if not self._merging.acquire(timeout=WIPE_PATIENCE):
            with self._lock:
                self._wipe_waits = True
                self._note_wipe()
                self._forget_in_view()
            return False
        try:
            return self._erase_now()
        finally:
            self._merging.release()

    def _erase_now(self) -> bool:
        with self._lock:
            try:
                if self._database is not None or self._exists:
                    self._note_wipe()  # a kill in between leaves the rest to the next start
                    self._repairing(self._erase)
                elif self._wipe_waits and self._folder is not None:
                    self._erase_unopened(self._folder)  # some files could not be deleted at the first try
                self._wipe_waits = False
                if self._folder is not None:
                    delete_note(self._folder, WIPING)
            except StoreError as error:
                if not self._wipe_waits:
                    logger.warning("the stored data cannot be deleted yet: %s", error)
                self._wipe_waits = True
            self._forget()
            return not self._wipe_waits

    def _note_wipe(self) -> None:
        if self._folder is not None:
            with contextlib.suppress(StoreError):  # another start will not know of it
                note(self._folder, WIPING)

    def _erase(self) -> None:
        if self._folder is not None and self._database is not None and self._database.folder is None:
            self._erase_unopened(self._folder)
            return
        if self._database is not None and self._database.is_gone:
            self._database.close()
            self._database = None
        database = self._database = self._database or Database(self._folder)
        merged = self._view.merged
        shared = database.shared() or merged
        database.overwrite_deleted()
        own = self._journal.name if self._journal else ""
        is_alone = True
        with contextlib.ExitStack() as opened, database.transaction(PATIENCE):
            # Where only the files were in the way, what came since is another person's.
            is_new = self._wiped_generation is None or shared.generation < self._wiped_generation
            if is_new:
                at, boot_id = self._clock.now(), self._clock.boot_id
                generation, timeout = max(merged.generation, shared.generation) + 1, self.tracking.timeout
                shared = Shared(generation, wiped=at.boot, timeout=timeout, boot_id=boot_id, at=at)
                self._view.merged = shared
                database.wipe(shared)
            for journal in others(self._folder, own, self._clock.boot_id) if self._folder else ():
                opened.callback(journal.close)
                if is_new:
                    journal.overwrite()
                    journal.delete()
                is_alone &= journal.is_dead
        self._wiped_generation = shared.generation
        if not is_alone:
            self.notify_peers()
        _truncate(database)
        if self._journal is not None:
            self._journal.close(delete=True)
        database.close()
        self._database = None
        if self._folder is not None:
            delete_aside(self._folder)
            if is_alone and shared.consent is None:
                delete_files(self._folder)
        self._wiped_generation = None

    def _erase_unopened(self, folder: Path) -> None:
        """Delete the files of a database that cannot be opened, unless another process has them."""
        with contextlib.ExitStack() as opened:
            for journal in others(folder, "", self._clock.boot_id):
                opened.callback(journal.close)
                if not journal.is_dead:
                    raise StoreError("another process has the data")
            delete_files(folder)

    def _forget(self) -> None:
        """All was wiped, by this process or by another one."""
        if self._journal is not None:
            self._journal.close(delete=True)
        if self._database is not None:
            self._database.close()
        self._journal = self._database = None
        self._forget_in_view()

    def _forget_in_view(self) -> None:
        journal, database = self._journal, self._database  # which another thread may be using
        self._begin_anew(Shared(self._view.merged.generation, timeout=self.tracking.timeout))
        self._journal, self._database = journal, database
        self._withdrawn = True

    def _hear_of_wipe(self, outcome: Outcome) -> None:
        """Another process has wiped everything. Where it was given consent again that is for all."""
        database, folder = self._database, self._folder
        is_last = False
        if database is not None and folder is not None and not outcome.has_peers:
            shared = database.shared()
            is_last = shared is not None and shared.consent is None and not shared.staying
        wiped_at = outcome.shared.wiped if outcome.shared else 0.0
        since = [record for record in self._view.unmerged if record.boot >= wiped_at]
        self._view.merged = outcome.shared or self._view.merged
        self._forget()
        if is_last and folder is not None:
            with contextlib.suppress(StoreError):
                delete_files(folder)
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
            if not self._closed:
                self._here = False
                self._take(Input.QUIT, "")
            self._closed = True
        self._merge_to_the_end()

    def close(self) -> None:
        """After ``quit``: let go of the files. Unmerged records stay for another process."""
        if self.has_unmerged:
            self.merge()
        if not self._merging.acquire(timeout=PATIENCE):
            return  # a thread that is caught in the disk has them
        with self._lock:
            journal, self._journal = self._journal, None
            if journal is not None:
                if journal.pending and not journal.is_on_disk:
                    logger.warning("what could not be stored is lost: %d records", journal.pending)
                journal.close(delete=not journal.pending)
            if self._database is not None:
                self._database.close()
                self._database = None
        self._merging.release()


def _truncate(database: Database) -> None:
    """Leave nothing in the log. A reader, or a checkpoint of the thread that sends, is soon over."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return database.truncate()
        except BusyStoreError:
            if time.monotonic() >= end:
                raise
        time.sleep(FREE_PAUSE)  # noqa: TID251  # PATIENCE at most


def _whole_database(folder: Path) -> Database:
    if is_log_alone(folder):
        raise DamagedStoreError("the database is gone, and its log is there")
    return Database(folder)


def _loaded(text: object) -> Any:
    try:
        return read_json(text.encode()) if isinstance(text, str) else None
    except ValueError:
        return None
