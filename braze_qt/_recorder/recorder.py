"""Takes what happens, by appending it to the journal of this process, and shows what came of it. No Qt."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from functools import partial
from pathlib import Path

from braze_qt._platform.clock import Clock, Instant
from braze_qt._protocol import payload
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._recorder.history import History
from braze_qt._recorder.merge import Outcome
from braze_qt._recorder.store import FREE_PATIENCE, PATIENCE, Known, Store
from braze_qt._recorder.view import View
from braze_qt._recorder.wipe import Wipe
from braze_qt._session.machine import due, is_over
from braze_qt._session.shared import Kind, Record, SessionFact, Shared
from braze_qt._session.state import Input, Tracking
from braze_qt._storage.database import WITHDRAWN, DamagedStoreError
from braze_qt._storage.journal import Journal
from braze_qt._storage.record import is_input
from braze_qt._storage.recovery import delete_files, note
from braze_qt.errors import StoreError
from braze_qt.events import Content, EventRecord

logger: logging.Logger = logging.getLogger(__name__)

HEARTBEAT_INTERVAL = 5.0
"""Seconds between two signs of life in the foreground: what a crash may cost of a session's length."""
SIGNATURES = 10
"""Users whose signatures are kept: the present one, and some whose last events may still wait."""
RETRY = 5.0
"""Seconds until a database that took nothing is tried again."""
MERGES = 10_000
"""Portions that are merged one after the other: more than all journals at their bounds hold."""
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
_EVENT, _ATTRIBUTE = int(Kind.EVENT), int(Kind.ATTRIBUTE)
"""As plain numbers, which a journal packs in half the time."""


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
        store: the database, for the thread that sends, too.
        here: whether this process is in the foreground.
        closed: whether ``quit`` was called, after which nothing is taken any more.
        signatures: the users' JSON Web Tokens, in memory alone.
    """

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
        self._clock = clock
        self._default = enabled
        self._heartbeat = heartbeat
        self._lock = threading.RLock()
        self._merging = threading.RLock()
        self._new_store = partial(Store, folder, clock, self._merging, retry, free_patience)
        self._wipe = Wipe(folder, clock)
        self.here: bool = False
        self.closed: bool = False
        self.signatures: dict[str, str] = {}
        self._begin_anew(View(Shared(timeout=timeout)))
        if self._wipe.is_noted and self.erase():
            self._begin_anew(View(Shared(timeout=timeout)))
        if not self._wipe.waits:  # else nobody may read what is to be forgotten
            self._view.reset(self.store.look(self._view.merged))
        if self.store.database is not None:
            # What the server asks for later counts from the next start on, as in Braze's Web SDK.
            self._least_timeout = self.server.minimum_timeout
        if self.taking:
            self._introduce()
            self.merge()
        else:
            self._view.reset(self.store.end_what_was_left(self._view.merged))

    def _begin_anew(self, view: View) -> None:
        self.signatures.clear()
        self.store: Store = self._new_store()
        self._view = view
        self._journal: Journal | None = None
        self._least_timeout = 1
        self._withdrawn = self._refuses = False
        self._timeout: int | None = view.now.timeout
        self._user: str | None = None
        self._is_urgent = False
        self._appended_at = 0.0
        self._left = 0
        self._looked: Instant | None = None

    # -- what it shows ---------------------------------------------------------------------------

    @property
    def tracking(self) -> Tracking:
        """The session as this process knows it: what is merged, and what it was told since."""
        with self._lock:
            told = self._view.now.tracking
            user_id = told.user_id if self._user is None else self._user
            timeout = told.timeout if self._timeout is None else self._timeout
            foreground = told.foreground or self.here
            return told._replace(
                enabled=self.enabled, user_id=user_id, timeout=timeout, foreground=foreground
            )

    @property
    def device_id(self) -> str:
        """A random UUID, made with the database and forgotten with it."""
        return self.store.known.device_id

    @property
    def lost(self) -> int:
        """Events that are lost for good, ever."""
        return self.store.known.lost

    @property
    def server(self) -> ServerConfig:
        """What the server decided about sending."""
        return self.store.known.server

    @property
    def storage_error(self) -> str:
        """Why nothing can be merged at present, in words; empty while all is well."""
        return self.store.outage.reason

    @property
    def enabled(self) -> bool:
        """Whether there is consent."""
        consent = self._view.now.consent
        return not self._withdrawn and (self._default if consent is None else consent)

    @property
    def taking(self) -> bool:
        """Whether events are taken: not while disabled, not after ``quit``."""
        return self.enabled and not self.closed

    @property
    def pending(self) -> int:
        """Events and attributes that wait: those in the database, and what this process has logged since."""
        with self._lock:
            journal = self._journal
            return self.store.known.rows + (self._left if journal is None else self._unmerged_rows(journal))

    def _unmerged_rows(self, journal: Journal) -> int:
        return journal.rows + self._view.unmerged_facts

    @property
    def lock(self) -> threading.RLock:
        """Makes several calls one. Nobody holds it while waiting for the database."""
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
        return self.store.outage.is_on or self._wipe.waits

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
        if given is Input.ENABLE and not self._finish_wipe():
            return False
        with self._lock:
            if self.closed:
                return False
            if given in _PRESENCE:
                self.here = given is Input.ENTER_FOREGROUND
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
        """One input, where ``here`` says already where this process is; False where no room is left."""
        if given is Input.ENABLE:
            self._enable()
        elif self._journal is not None and self.enabled:
            is_taken = bool(self._append(_KINDS[given], body))
            if given is Input.DISABLE:
                # So that no damage to the journal gives consent back. Not before the record: a merge would
                # end the session by the note, and nobody would be told of it.
                self._note_withdrawal()
            return is_taken
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
            self.store.forget_withdrawal()  # this process knew of it
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
        if self.here != (name in self._view.now.front):
            self._append(Kind.ENTER if self.here else Kind.LEAVE)

    def _introduce(self, *, consent: bool = False) -> None:
        """Begin a journal, and tell in it what this process was told before."""
        self._view.reset(self.store.make_folder(self._view.merged))
        generation = self._view.merged.generation
        self._journal = Journal(self.store.journal_folder, self._clock.boot_id, generation)
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
        return self._take_row(_EVENT, what.code + payload.content_text(what), what)

    def set_attribute(self, key: str, value: str, *, custom: bool) -> bool:
        """Take the new value of an attribute, the text of a JSON value. False as for ``log``."""
        return self._take_row(_ATTRIBUTE, json.dumps([key, value, custom], ensure_ascii=False))

    def _take_row(self, kind: int, text: str, what: Content | None = None) -> bool:
        with self._lock:
            journal, view = self._journal, self._view
            if journal is None or self.closed or not self.enabled:
                return False
            try:
                body = text.encode()
            except UnicodeEncodeError:
                logger.warning("something that is no text cannot be stored and is dropped")
                self._append(Kind.LOST, "1")
                return True
            now = self._clock.now()
            session = view.now.session
            if session is not None and is_over(session, view.now.timeout, now):
                number = self._append(kind, text, now)
            else:
                self._appended_at = now.boot
                number = journal.append(kind, now, body)
            if number and what is not None:
                view.label(number, what.code, what.label, now.wall, text)
            elif not number and journal.refused == 1:
                logger.warning("an event is refused: neither the disk nor the memory for it has room")
            return bool(number)

    def _append(self, kind: int, body: str = "", now: Instant | None = None) -> int:
        """One record, which changes the view; its number, 0 where there is no room."""
        assert self._journal is not None
        now = now or self._clock.now()
        last, self._looked = self._looked, None
        if last and last.boot > self._appended_at and due(self._view.now.tracking, now):
            self._append(
                Kind.HEARTBEAT, now=last
            )  # the session ends with the last look, not with the last record
        self._appended_at = now.boot
        data = body.encode()
        number = self._journal.append(kind, now, data)
        if not number:
            return 0
        name, boot_id = self._journal.name, self._clock.boot_id
        record = Record(name, number, kind, now.wall, now.boot, now.awake, data, boot_id)
        self._is_urgent |= self._view.append(record) or is_input(kind)
        return number

    def tick(self) -> None:
        """Let time pass: append a sign of life at times, and what came of it."""
        with self._lock:
            if self.closed:
                return
            # A process in front sees all that happens to the session; the others, and those without consent,
            # learn it by merging.
            self._is_urgent |= not (self.here and self.enabled) or self.is_waiting
            self._pass_time()

    def _pass_time(self) -> None:
        if self._journal is not None and self.enabled:
            now = self._clock.now()
            is_sign_of_life = self.here and now.boot - self._appended_at >= self._heartbeat
            if is_sign_of_life or due(self._view.now.tracking, now):
                self._append(Kind.HEARTBEAT, now=now)
            self._looked = now if self.here else None

    # -- merging -----------------------------------------------------------------------------------

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
            if self._wipe.waits:
                return self._finish_wipe()
            now, store = self._clock.now().boot, self.store
            error: StoreError | None = None
            if self.closed or not store.outage.is_too_soon(now):
                try:
                    is_whole = self._merge(patience)
                except StoreError as failure:
                    error = failure
                else:
                    self.store.outage.end()
                    return is_whole
            if store is self.store and store.outage.go_on(now, error):  # or it was wiped meanwhile
                with self._lock:
                    self._view.tell_unmerged()
            return False
        finally:
            self._merging.release()

    def _merge(self, patience: float) -> bool:
        """Merge, and again with a new database where the present one is found damaged."""
        if self._journal is None and self.store.is_gone:
            gone = self.store
            with self._lock:
                self._forget(self._view.merged.generation)  # as another process has done
            gone.close()
        with self._lock:
            store, journal = self.store, self._journal
            if self._wipe.waits:
                return False
        try:
            return self._merge_into(store, journal, patience)
        except DamagedStoreError as damage:
            found = store.replace(damage)
            with self._lock:
                if found and store is self.store:
                    self._view.reset(store.recalled(found, self._view.merged))
            return self._merge_into(store, journal, patience)

    def _merge_into(self, store: Store, journal: Journal | None, patience: float) -> bool:
        store.ready(journal)
        if journal is not None:
            journal.write_waiting()
            self._count_refused(journal)
        outcome = store.merge(journal, self._view.merged, patience)
        if outcome is None:
            return True
        known: Known | None = None
        try:
            known = store.complete(journal, outcome)
        finally:  # its facts are told by nobody else
            with self._lock:
                if store is self.store:
                    if known is not None:  # at once with the journal: each row is counted in one of the two
                        store.known = known
                        if journal is not None:
                            journal.count_rows_from(journal.read_from.number)
                    self._follow_merge(outcome, journal)
        if outcome.is_news:
            self.store.notify_peers()
        return outcome.is_whole and not (self.has_unmerged or self._wipe.waits)

    def _count_refused(self, journal: Journal) -> None:
        with self._lock:
            refused = journal.refused
            if refused and journal is self._journal and self._append(Kind.LOST, str(refused)):
                journal.refused -= refused

    def abandon(self) -> None:
        """In a forked child: the files are the parent's. Locks are made anew: a thread may have had them."""
        self._lock = threading.RLock()
        if self._journal is not None:
            self._journal.abandon()

    def _follow_merge(self, outcome: Outcome, journal: Journal | None) -> None:
        """Take over what holds now, and what it means for the own journal."""
        if outcome.is_forgotten or (
            outcome.shared is not None and outcome.shared.generation != self._view.merged.generation
        ):
            self._hear_of_wipe(outcome)
            return
        merged = outcome.shared or self._view.merged
        first = journal.read_from.number if journal else 0
        self._view.follow_merge(merged, outcome.facts, outcome.noted, first)
        if journal is not self._journal:
            return  # consent was given meanwhile, in a journal that this merge knows nothing of
        if journal is None:
            refuses, self._refuses = self._refuses, False
            if merged.consent and refuses:
                self._note_withdrawal()
                self._is_urgent = True
            elif merged.consent and not self._withdrawn and not self.closed:
                self._introduce()  # another process was given consent
        elif journal.pending:
            return
        elif not self.enabled:
            journal.close(delete=True)  # nothing is stored without consent
            self._journal = None
        elif journal.is_deleted and not self.closed:
            journal.close(delete=False)
            self._introduce()

    # -- withdrawing and forgetting ------------------------------------------------------------------

    def _note_withdrawal(self) -> None:
        if self.store.folder is not None:
            try:
                note(self.store.folder, WITHDRAWN)
            except StoreError:
                if not self.is_on_disk:
                    logger.warning("that consent was withdrawn could not be stored, and is forgotten")

    def wipe(self) -> bool:
        """Forget all that is stored, the device id too, and stay disabled.

        Returns:
            False after ``quit``, and if something could not be deleted yet.
        """
        return not self.closed and self.erase()

    def erase(self) -> bool:
        """The same, after ``quit`` too."""
        with self._lock:
            generation = self._view.merged.generation
            self._wipe.begin(self.store, self._journal, generation, self.tracking.timeout)
            self._forget(generation)
        return self._finish_wipe()

    def _finish_wipe(self) -> bool:
        """Delete what is to be deleted yet; False if something could not be."""
        if not self._wipe.waits:
            return True
        if not self._merging.acquire(timeout=WIPE_PATIENCE):
            return False
        try:
            if self._wipe.delete():
                with self._lock:  # before consent can be given anew
                    self._view.reset(self._view.merged._replace(generation=self._wipe.generation))
                    self._wipe.end()
            return not self._wipe.waits
        finally:
            self._merging.release()

    def _forget(self, generation: int) -> None:
        """All was wiped, by this process or another: what it is told from now on is of somebody new."""
        shared = Shared(generation, timeout=self.tracking.timeout)
        self._begin_anew(View(shared, keeps_texts=self._view.keeps_texts))
        self._withdrawn = True

    def _hear_of_wipe(self, outcome: Outcome) -> None:
        """Another process has wiped everything. Where it was given consent again that is for all."""
        store, journal, shared = self.store, self._journal, outcome.shared or self._view.merged
        since = [record for record in self._view.unmerged if record.boot >= shared.wiped]
        self._forget(shared.generation)
        if journal is not None:
            journal.close(delete=True)
        store.close()
        if shared.consent:
            self._withdrawn = False
            self._introduce()
        elif store.folder and not outcome.has_peers and shared.consent is None and not shared.staying:
            with contextlib.suppress(StoreError):
                delete_files(store.folder)
        for record in since:  # what this process was told before it has heard of it counts
            if record.kind in _INPUTS:
                self._take(_INPUTS[record.kind], record.body.decode())

    # -- the end -------------------------------------------------------------------------------------

    def quit(self) -> None:
        """End the session because the process ends. No input is taken afterwards."""
        with self._lock:
            if not self.closed:
                self.here = False
                self._take(Input.QUIT, "")
            self.closed = True
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
                self._left = self._unmerged_rows(journal)
                journal.close(delete=not journal.pending)
            self.store.close()
        self._merging.release()
