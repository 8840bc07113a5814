"""The requests of extensions beside session data: when they go out, and where the answer is kept.

The answer lies in a file that all processes of the application read. It names its device, user and session:
an answer of another session is out of date, and the process that holds the lease asks again.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from braze_qt._platform.clock import Instant
from braze_qt._protocol import payload
from braze_qt._protocol.response import Kind, Outcome
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._recorder.recorder import Recorder
from braze_qt._storage import synced
from braze_qt._storage.journal_database import Database
from braze_qt._upload.policy import SyncPolicy, Token
from braze_qt._upload.request import AppInfo, without_key
from braze_qt._upload.transport import SupportsPost
from braze_qt._validation.json_reader import read_json
from braze_qt.errors import StoreError, where

logger: logging.Logger = logging.getLogger(__name__)

PATIENCE_AT_QUIT = 0.1
"""Tries to store at the end, while another process writes: a tenth of a second, as the GUI thread waits."""


@dataclass(frozen=True, slots=True)
class SyncKind:
    """The path of one extension. The functions are pure; the thread that sends calls them.

    Attributes:
        name: of the path, ``<name>/sync``, and of the file.
        header: the name of the extension in the header ``X-Braze-<name>Request``.
        key: the key of a reply whose value is kept.
        read: makes a frozen value of a reply or of the file; None where that has no usable content.
        is_on: whether the server offers it: False where it has switched it off, None while that is not known.
        refresh_limit: seconds for which the application may not ask again, negative for ever.
        nothing: the value of ``key`` that stands for no content.
        merge: makes an object with what is to be kept, as the value of ``key``, of a reply and of what was
            kept for the same user, None for nothing. By default the reply is that object.
        ask: makes fields of the request's body of what was kept.
    """

    name: str
    header: str
    key: str
    read: Callable[[Mapping[str, Any]], Any]
    is_on: Callable[[ServerConfig], bool | None]
    refresh_limit: Callable[[ServerConfig], float]
    nothing: Any
    merge: Callable[[Mapping[str, Any], Any], Mapping[str, Any]] = lambda reply, _: reply
    ask: Callable[[Any], dict[str, Any]] = lambda _: {}


class Binding(NamedTuple):
    """The device, user and session of an answer; the session is empty for none."""

    device_id: str
    user_id: str | None
    session_id: str


@dataclass(frozen=True, slots=True)
class Synced:
    """The last answer.

    Attributes:
        binding: its device, user and session.
        time: of the request, Unix seconds.
        content: the value that ``SyncKind.read`` has made of it.
        kept: the value in the reply.
        noted: notes of the extension about the session ``noted_in``.
    """

    binding: Binding
    time: float
    content: Any
    kept: Any = field(repr=False, compare=False)
    noted: frozenset[str] = frozenset()
    noted_in: str = ""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The result of a refresh: ``done``, ``refused`` until a time (Unix seconds), or ``failed``."""

    result: str
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class SyncNews:
    """News of one kind for the GUI thread: the last answer, and the results of refreshes."""

    name: str
    synced: Synced | None
    refreshed: tuple[Refreshed, ...] = ()


def binding(recorder: Recorder) -> Binding:
    """The present device, user and session. Any thread."""
    with recorder.lock:
        tracking = recorder.tracking
        session_id = tracking.session.id if tracking.session else ""
        return Binding(recorder.device_id, tracking.user_id, session_id)


def read_kept(recorder: Recorder, kind: SyncKind) -> Synced | None:
    """The answer in the file; None where there is none that can be read."""
    folder = _folder(recorder)
    return None if folder is None else _parsed(synced.read(synced.path_of(folder, kind.name)), kind)


class Sync:
    """One kind, in one process.

    ``ask``, ``note`` and ``edit`` are for any thread, the rest for the one that sends.

    Attributes:
        synced: the last answer.
    """

    def __init__(
        self, recorder: Recorder, transport: SupportsPost, app_info: AppInfo, kind: SyncKind
    ) -> None:
        self.kind = kind
        self._recorder = recorder
        self._transport = transport
        self._app_info = app_info
        self._limits = recorder.server
        self._policy = SyncPolicy(self._limits)
        self._asked: SimpleQueue[None] = SimpleQueue()
        self._notes: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._edits: SimpleQueue[tuple[Binding, Callable[[Any], Any]]] = SimpleQueue()
        self._patience: float | None = None  # as long as the recorder waits
        self._waiting = 0
        self._last_request: float | None = None
        self._seen: tuple[str, synced.Stamp | None] = ("", None)
        self._whom: Binding | None = None
        self._answered: Binding | None = None
        self._results: list[Refreshed] = []
        self._told: Synced | None = None
        self.synced: Synced | None = None

    # -- any thread ------------------------------------------------------------------------------

    def ask(self) -> None:
        """The application asks for a refresh."""
        self._asked.put(None)

    def note(self, session_id: str, what: str) -> None:
        """Remember a note about the session, for all processes and over a restart."""
        self._notes.put((session_id, what))

    def edit(self, whom: Binding, change: Callable[[Any], Any]) -> None:
        """Change what is kept, unless another user is there by then. ``change`` is pure."""
        self._edits.put((whom, change))

    # -- the thread that sends -------------------------------------------------------------------

    def look(self) -> None:
        """Read the file if another process has written it, and store new notes and edits."""
        folder, device_id = _folder(self._recorder), self._recorder.device_id
        if self.synced is not None and self.synced.binding.device_id != device_id:
            self.synced = None  # everything was wiped
        if folder is not None:
            path = synced.path_of(folder, self.kind.name)
            seen = device_id, synced.stamp(path)
            if seen != self._seen:
                self._seen = seen
                found = _parsed(synced.read(path), self.kind)
                if found is not None and found.binding.device_id == device_id:
                    self.synced = found
        self._store_notes()
        self._store_edits()

    def finish(self) -> None:
        """Store what was said too late for the thread that sends, once that is over."""
        self._patience = PATIENCE_AT_QUIT
        if not self._notes.empty() or not self._edits.empty():
            self.look()

    def take_news(self) -> SyncNews | None:
        """News since the last call; None for none."""
        results, self._results = self._results, []
        if self.synced is self._told and not results:
            return None
        self._told = self.synced
        return SyncNews(self.kind.name, self.synced, tuple(results))

    def resume(self) -> None:
        """A user signed."""
        self._policy.resume()

    def next(self, now: Instant, *, allowed: bool) -> float | None:
        """When to ask (boot clock): 0.0 for now, None for not before something changes.

        Args:
            allowed: False while offline, without consent and at the end of the application.
        """
        self._waiting += _taken(self._asked)
        whom, is_on = binding(self._recorder), self.kind.is_on(self._recorder.server)
        if is_on is False:
            self._switch_off(whom)
        if not allowed or not is_on or not self._can_sign(whom):
            self._answer_refreshes(Refreshed("failed"))
            return None
        if whom != self._whom:
            self._whom = whom
            self._policy.begin_anew()
        known = self.synced.binding if self.synced else None
        due = whom.session_id != "" and whom not in (known, self._answered)
        if not due and self._waiting and (until := self._refused_until(now)):
            self._answer_refreshes(Refreshed("refused", until))
        if not due and not self._waiting:
            return None
        at = self._policy.next(now)
        if self._waiting and at is None:
            self._policy.begin_anew()  # somebody asks for it
            at = self._policy.next(now)
        if self._waiting and at:
            self._answer_refreshes(Refreshed("refused", now.wall + at - now.boot))
        return at if due or self._waiting else None

    def send(self, token: Token, now: Instant) -> tuple[Outcome, str | None, str | None]:
        """Ask, wait for the reply, and keep it if its user is still the present one.

        Returns:
            the outcome, the user, and the user's signature.
        """
        whom, info = binding(self._recorder), self._app_info
        signature = self._recorder.signatures.get(whom.user_id or "")
        is_signed = self._recorder.is_signed
        head = payload.Head(
            info.api_key,
            whom.device_id,
            info.app_version,
            user_id=whom.user_id,
            alias=self._recorder.alias if whom.user_id is None and not is_signed else None,
            signature=signature,
            sync=self.kind.header,
        )
        ago = None if self._last_request is None else now.boot - self._last_request
        self._last_request = now.boot
        outcome, reply = self._transport.post(
            payload.sync_body(head, now.wall, self.kind.ask(self._kept(whom))),
            payload.headers(head, self._policy.attempt, ago, token.left),
            f"{self.kind.name}/sync",
        )
        if self._limits != self._recorder.server:
            self._limits = self._recorder.server
            self._policy.limit(self._limits)
        self._policy.digest(outcome, self._recorder.now())
        if outcome.kind is not Kind.ACCEPTED:
            self._answer_refreshes(Refreshed("failed"))
        else:
            is_taken = self._take(reply or {}, whom, now)
            self._answered = None if is_taken else whom  # an unusable reply is not asked for again and again
            self._answer_refreshes(Refreshed("done" if is_taken else "failed"))
        return without_key(outcome, info.api_key), whom.user_id, signature

    # -- inside ----------------------------------------------------------------------------------

    def _can_sign(self, whom: Binding) -> bool:
        """False where the request would be refused for want of a signature."""
        if whom.user_id is None or not self._recorder.is_signed:
            return True
        return whom.user_id in self._recorder.signatures

    def _refused_until(self, now: Instant) -> float:
        """Until when the application may not ask again, Unix seconds; 0 for no longer."""
        if self.synced is None or self.synced.binding[:2] != binding(self._recorder)[:2]:
            return 0.0
        limit = self.kind.refresh_limit(self._recorder.server)
        if limit < 0:
            return float("inf")
        until = min(self.synced.time, now.wall) + limit  # the clock may have been set back
        return until if until > now.wall else 0.0

    def _answer_refreshes(self, result: Refreshed) -> None:
        """The result of each refresh that the application still waits for."""
        self._results += [result] * self._waiting
        self._waiting = 0

    def _switch_off(self, whom: Binding) -> None:
        """The server offers it no more: the last answer holds no longer."""
        if self.synced is not None and self.synced.kept != self.kind.nothing:
            no_session = whom._replace(session_id="")  # so that it is due once it is switched on
            self._accept({self.kind.key: self.kind.nothing}, no_session, self._recorder.now())

    def _take(self, reply: Mapping[str, Any], whom: Binding, now: Instant) -> bool:
        """Merge the content of a reply, if there is any, into what is kept; as ``_accept``."""
        self.look()  # what another process has kept meanwhile
        return self._accept(self._contained(self.kind.merge, reply, self._kept(whom)) or {}, whom, now)

    def _accept(self, kept: Mapping[str, Any], whom: Binding, now: Instant) -> bool:
        """Keep a content, if there is any, and its user is still present and consents."""
        content = self._contained(self.kind.read, kept)
        is_present = whom[:2] == binding(self._recorder)[:2] and self._recorder.enabled
        if content is None or not is_present:
            return False
        noted = (self.synced.noted, self.synced.noted_in) if self.synced else (frozenset[str](), "")
        self._keep(Synced(whom, now.wall, content, kept[self.kind.key], *noted))
        return True

    def _kept(self, whom: Binding) -> Any:
        """What is kept for this user; None for nothing."""
        return self.synced.kept if self.synced and self.synced.binding[:2] == whom[:2] else None

    def _contained(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as error:  # noqa: BLE001  # no reply shall end the sending of events
            logger.error(  # noqa: TRY400  # the words of an exception may quote the reply
                "reading a reply failed in a way that it should not: %s", where(error)
            )
            return None

    def _store_notes(self) -> None:
        if self._notes.empty() or self.synced is None:
            return
        noted, noted_in = self.synced.noted, self.synced.noted_in
        while not self._notes.empty():
            session_id, what = self._notes.get()
            noted = (noted if session_id == noted_in else frozenset()) | {what}
            noted_in = session_id
        self._keep(dataclasses.replace(self.synced, noted=noted, noted_in=noted_in))

    def _store_edits(self) -> None:
        if self._edits.empty() or self.synced is None:
            return
        kept = self.synced.kept
        while not self._edits.empty():
            whom, change = self._edits.get()
            if self.synced.binding[:2] == whom[:2]:
                kept = change(kept)
        content = self._contained(self.kind.read, {self.kind.key: kept})
        if content is not None and kept != self.synced.kept:
            self._keep(dataclasses.replace(self.synced, content=content, kept=kept))

    def _keep(self, new: Synced) -> None:
        """Take over a new answer; in the file too, unless everything was wiped meanwhile."""
        self.synced = new
        content = _text(new, self.kind).encode()

        def write(database: Database) -> None:
            known = database.outbox.remembered("device_id")
            if database.folder is not None and known == new.binding.device_id:
                path = synced.path_of(database.folder, self.kind.name)
                synced.write(path, content)
                self._seen = new.binding.device_id, synced.stamp(path)

        try:
            self._recorder.store.when_free(write, self._patience)
        except StoreError as error:
            logger.debug("%s cannot be stored: %s", self.kind.name, error)
        else:
            if self._recorder.store.has_peers:
                self._recorder.store.notify_peers()


def _taken(queue: SimpleQueue[None]) -> int:
    """Empty the queue; answers how many there were."""
    count = 0
    try:
        while True:
            queue.get_nowait()
            count += 1
    except Empty:
        return count


def _folder(recorder: Recorder) -> Path | None:
    change_file = recorder.store.change_file
    return change_file.parent if change_file else None


def _text(value: Synced, kind: SyncKind) -> str:
    return json.dumps(
        {
            "binding": value.binding,
            "time": value.time,
            "noted": sorted(value.noted),
            "noted_in": value.noted_in,
            kind.key: value.kept,
        }
    )


def _parsed(content: bytes, kind: SyncKind) -> Synced | None:
    try:
        stored = read_json(content)
        device_id, user_id, session_id = stored["binding"]
        read = kind.read(stored)
        noted = frozenset(map(str, stored["noted"]))
        texts = (device_id, user_id or "", session_id, stored["noted_in"])
        if read is None or not all(isinstance(text, str) for text in texts):
            return None
        whose = Binding(device_id, user_id, session_id)
        return Synced(whose, float(stored["time"]), read, stored[kind.key], noted, stored["noted_in"])
    except (LookupError, TypeError, ValueError, OverflowError):
        return None
