"""The thread that sends: it merges, asks the policy, reads a batch, lets the transport post, and reports."""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from braze_qt._log import QUOTES
from braze_qt._platform.clock import Instant
from braze_qt._protocol.response import Fault, Kind, Outcome
from braze_qt._qt.collector import Collector
from braze_qt._qt.device import device_properties
from braze_qt._qt.guard import never_raises
from braze_qt._qt.sdk_thread import SdkThread
from braze_qt._recorder.recorder import Recorder
from braze_qt._upload.lease import Lease
from braze_qt._upload.policy import Idle, Send, SendPolicy, Token, Verdict, Wait
from braze_qt._upload.queue import Batch, SendQueue
from braze_qt._upload.request import AppInfo, RequestSender, SentRequest
from braze_qt._upload.request_log import RequestLog
from braze_qt._upload.stage import RULES, Stage
from braze_qt._upload.transport import SupportsPost
from braze_qt.errors import StoreError, where

if TYPE_CHECKING:
    from braze_qt._upload.sync import Sync, SyncKind

logger: logging.Logger = logging.getLogger(__name__)

STORE_RETRY = 30.0
"""Seconds until a database that could not be read is tried again."""
OTHER_SENDS = 2.0
"""Seconds until it is asked again whether another process still sends. One that dies stops at once."""
OTHER_ENDS = 0.02
"""The same, when both processes are about to end."""
ABORT_GRACE_MS = 100
"""Milliseconds for a thread whose sockets were shut down. It needs one; the rest is for a busy machine."""
CHECKPOINT_ROUNDS = 20
"""Rounds of the thread between two checkpoints while it has always something to send."""
CHECKPOINT_WAKES = 1_000
"""Events between two checkpoints while the thread waits. The log of the database grows by some 4 kB with each
that is merged alone."""
LONGEST_NAP = 300.0
"""Seconds between two checkpoints while it waits and nothing is logged but signs of life."""
BOUT = 10.0
"""Seconds of work after which the thread ends, to begin anew at once: between two bouts the interpreter's own
collector runs, the oldest generation too."""
LIMIT_MS = 60_000
"""Milliseconds for a bout, and so for the last request of one, which a server that sends one byte now and
then could stretch without end: a request has 50 to 60 seconds."""
TAIL_MS = 50
"""Milliseconds for a thread that has left Python to be gone. It takes some 0.1; the rest is for a busy
machine, and after it the event loop has a turn."""


class Command(Enum):
    """What the upload thread can be told."""

    WAKE = "wake"
    SOON = "send soon"
    NOW = "send now"
    RESUME = "resume"
    DRAIN = "drain"
    SETTLE = "settle"
    FINISH = "finish"


UNHELD = (Command.NOW, Command.DRAIN, Command.SETTLE, Command.FINISH)
"""What the application waits for: also an upload thread that is held obeys at once, for one bout."""


@dataclass(frozen=True, slots=True)
class UploadStatus:
    """How sending goes.

    ``state`` as ``BrazeQt.deliveryState`` names it; ``words`` and ``fault`` are those of the last request;
    ``retry_at`` is Unix seconds or 0.
    """

    state: str = "idle"
    words: str = ""
    retry_at: float = 0.0
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class SignatureFault:
    """A user's signature was refused: Braze's code and reason, whose it was, and the signature."""

    code: int
    reason: str
    user_id: str
    signature: str = field(repr=False)


class UploadThread(SdkThread):
    """Sends what the outbox holds, one request at a time, in bouts. Each turn begins with a merge.

    A bout begins when there is something to do and ends when there is not: in between there is no thread. The
    GUI thread begins and ends bouts: once it has waited for the end of a thread it is certain that no Python
    code of ours runs any more (``Collector``). All deadlines are timers of the GUI thread.

    ``wake``, ``send_soon``, ``send_now``, ``resume`` and ``drain`` may be called from any thread, the others
    from the GUI thread. Nothing is emitted once ``finish`` was called.

    Args:
        sync_kinds: the paths of extensions.
        held: whether to work only when told to: by ``send_now``, ``settle``, ``drain`` or ``finish``. For the
            tests of hosts, in which nothing shall happen at a moment that nobody chose.
        store_retry, limit_ms: seconds and milliseconds, as the constants say.

    Signals:
        reported: an UploadStatus.
        signatureRefused: a SignatureFault.
        drained: the answer to ``drain``: whether everything was sent.
        synced: a SyncNews.
        merged: a merge of this thread has begun or ended sessions, which are to be told.

    Attributes:
        offline: whether nothing may be sent for now. Any thread may set it, and then ``wake``.
        syncs: the paths of extensions, by name.
        resolution: the screen, as ``screen_resolution`` told it. The thread must not ask for it.
    """

    reported: ClassVar[Signal] = Signal(object)
    signatureRefused: ClassVar[Signal] = Signal(object)
    drained: ClassVar[Signal] = Signal(bool)
    synced: ClassVar[Signal] = Signal(object)
    merged: ClassVar[Signal] = Signal()
    _asked = Signal()

    def __init__(
        self,
        tracker: Recorder,
        transport: SupportsPost,
        app_info: AppInfo,
        sync_kinds: Sequence[SyncKind] = (),
        *,
        held: bool = False,
        store_retry: float = STORE_RETRY,
        limit_ms: int = LIMIT_MS,
    ) -> None:
        super().__init__()
        self.setObjectName("braze_qt upload")
        self._store_retry = store_retry
        self._gui_thread = threading.get_ident()
        self._tracker = tracker
        self._queue = SendQueue(tracker)
        self._lease = Lease(tracker)
        self._transport = transport
        self._request_sender = RequestSender(tracker, self._queue, transport, app_info)
        self._api_key = app_info.api_key
        self._device_properties = app_info.device_properties
        self._policy = SendPolicy(app_info.flush_interval, tracker.server)
        self.syncs: dict[str, Sync] = {}
        if sync_kinds:  # without extensions even an import would be too much
            from braze_qt._upload.sync import Sync

            self.syncs = {kind.name: Sync(tracker, transport, app_info, kind) for kind in sync_kinds}
        self._sync_lock = threading.Lock()
        self._is_syncing = False
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self.offline = False
        self.resolution = ""
        self._told: set[Command] = set()
        self._expected = False
        self._wakes = itertools.count(1)
        self._held = held
        self._stage = Stage.NEW
        self._over = True
        self._due: float | None = None
        self._outcome = ""
        self._fault: Fault | None = None
        self._failure: Kind | None = None
        self._status = UploadStatus()
        self._rounds = 0
        self._collector = Collector(self)
        self._alarm = QTimer(self)
        self._alarm.timeout.connect(self.attend)
        self._limit = QTimer(self, interval=limit_ms)
        self._limit.timeout.connect(self._cancel)
        self._asked.connect(self.attend, Qt.ConnectionType.QueuedConnection)
        self.finished.connect(self.attend, Qt.ConnectionType.QueuedConnection)

    # -- any thread ----------------------------------------------------------------------------

    def abandon_lease(self) -> None:
        """In a forked child: the lock on who sends is the parent's. From the thread that has forked."""
        self._lease.abandon()

    def wake(self) -> None:
        """There is something new. Costs nothing while the thread is going to look anyway."""
        wakes = next(self._wakes)  # an attribute of a QObject takes long to set
        if not self._expected or wakes % CHECKPOINT_WAKES == 0:
            self._expected = True
            self._command(Command.WAKE)

    def send_soon(self) -> None:
        """There is something new that shall not wait for the interval."""
        self._command(Command.SOON)

    def send_now(self) -> None:
        """Send now, whatever happened before."""
        self._command(Command.NOW)

    def resume(self) -> None:
        """A session began or a user signed: send, also if signatures were refused before."""
        self._command(Command.RESUME)

    def drain(self) -> None:
        """Send all there is, consent withdrawn or not, and tell by ``drained`` whether that succeeded."""
        self._command(Command.DRAIN)
        self._cancel_sync()

    def look(self) -> None:
        """Evaluate the requests of extensions, and read answers that another process got."""
        self._command(Command.WAKE)

    def _command(self, command: Command) -> None:
        self._commands.put(command)
        if not RULES[self._stage].begins or (self._held and command not in UNHELD):
            return
        if threading.get_ident() != self._gui_thread:
            self._asked.emit()
        elif QCoreApplication.instance() is not None:  # or there is no event loop any more, and no timer
            self._alarm.start(0)

    # -- GUI thread ----------------------------------------------------------------------------

    def log_requests(self) -> RequestLog:
        """From now on requests are remembered, for an inspector."""
        log = self._request_sender.log = self._request_sender.log or RequestLog([self._api_key])
        return log

    def stop_logging(self) -> None:
        """Nobody looks at requests any more."""
        self._request_sender.log = None

    def begin(self) -> None:
        """From now on bouts begin by themselves. Also look at what an earlier process has left."""
        if self._stage is Stage.NEW:
            self._stage = Stage.RUNNING
        self.wake()

    def settle(self, seconds: float) -> bool:
        """Look at the clock again, and wait until there is nothing to do at present.

        Args:
            seconds: how long to wait at most.

        Returns:
            False when that was not enough.
        """
        self._commands.put(Command.SETTLE)
        settled = self._work_through(seconds) and not self._due_now
        self._told.discard(Command.SETTLE)
        if not settled:
            self.attend()
        return settled

    def flush(self, seconds: float) -> bool:
        """Send what waits, for so many seconds at most, and go on. After a failure nothing is waited for.

        Returns:
            False when that was not enough.
        """
        self.send_soon()
        if not RULES[self._stage].goes_on or not isValid(self) or self._policy.failing or self.offline:
            return True
        stage, self._stage = self._stage, Stage.FLUSHING
        try:
            self._cancel_sync()
            return self.settle(seconds)
        finally:
            if self._stage is Stage.FLUSHING:  # or a signal handler has ended it meanwhile
                self._stage = stage

    def finish(self, seconds: float) -> None:
        """Send what waits, for so many seconds at most, then end the thread or let go of it.

        After a failure nothing is waited for.

        A thread that is caught in a look-up of a name cannot be woken; it is handed to Qt's
        own object for the main thread, because a QThread that is destroyed while it runs aborts
        the process.
        """
        if self._stage is not Stage.ABANDONED:
            self._stage = Stage.FINISHING
        self._commands.put(Command.FINISH)
        self._cancel_sync()
        if not isValid(self):
            return  # with the application object, when that is deleted and not merely done
        if self._policy.failing or self.offline:
            seconds = 0.0
        if not self._work_through(seconds):
            self._stage = Stage.ABANDONED
            self._transport.abort()
            if not self.wait(ABORT_GRACE_MS):
                if self.parent() is None:
                    self.outlive_application()
                if QCoreApplication.instance() is not None:
                    self._attend_bout()  # the host may go on
                return
            self._release()
        for sync in self.syncs.values():
            sync.finish()
        self._alarm.stop()
        self._transport.close()

    @Slot()
    @never_raises
    def attend(self) -> None:
        """End the bout that is over, and begin the one that is due."""
        self._alarm.start(TAIL_MS)  # should anything interrupt the rest
        if not self._over and self.isRunning():
            self._attend_bout()
        elif self.wait(TAIL_MS):  # ``finished`` comes before the end of a thread
            self._release()
            self._begin_or_wait()

    def _begin_or_wait(self) -> None:
        if not RULES[self._stage].goes_on:
            self._alarm.stop()
            self._transport.close()
        elif self._due_now or self._promised:
            if self._begin():
                self._attend_bout()
            else:
                self._alarm.start(round(self._store_retry * 1000))
        elif self._due is not None:
            self._alarm.start(math.ceil((self._due - self._tracker.now().boot) * 1000))
        else:
            self._alarm.stop()

    @property
    def _due_now(self) -> bool:
        """Whether there is something to do."""
        due = self._due is not None and self._due <= self._tracker.now().boot
        return due or not self._commands.empty()

    @property
    def _promised(self) -> bool:
        """Whether ``wake`` relies on a bout that nothing begins: Ctrl+C came before its command."""
        return self._expected and self._due is None and not self._held

    def _begin(self) -> bool:
        """Begin a bout. False where the system has no thread for it."""
        self._collector.hold()
        self._over = False
        self.start()
        if self.isRunning() or self._over:  # in this order: it may be over already
            return True
        self._over = True
        self._release()
        return False

    def _attend_bout(self) -> None:
        """What a bout needs of an event loop. Its end calls ``attend``."""
        self._alarm.stop()
        self._collector.watch()
        if not self._limit.isActive():
            self._limit.start()

    def _release(self) -> None:
        """What is to be done after the end of a bout."""
        self._limit.stop()
        self._collector.release()

    def _work_through(self, seconds: float) -> bool:
        """Have bout after bout until there is nothing to do at present, for so many seconds at most.

        Returns:
            False when the thread still runs.
        """
        deadline = QDeadlineTimer(round(max(0.0, seconds) * 1000))
        while self.wait(deadline):
            self._release()
            if not self._due_now or deadline.hasExpired() or not self._begin():
                return True
        return False

    @Slot()
    @never_raises
    def _cancel(self) -> None:
        self._transport.cancel()

    def _cancel_sync(self) -> None:
        """End a request of an extension: session data are in a hurry."""
        with self._sync_lock:
            if self._is_syncing:
                self._transport.cancel()

    # -- the thread ----------------------------------------------------------------------------

    def run(self) -> None:
        """Qt's entry point: one bout."""
        self._due = self._tracker.now().boot + self._store_retry  # should anything escape that no one foresaw
        try:
            nap = self._bout()
            wanted = nap == 0.0 or (nap is not None and not self._held)
            self._due = self._tracker.now().boot + (nap or 0.0) if wanted else None
        finally:
            self._over = True

    def _bout(self) -> float | None:
        """Work until there is nothing to do at present; answers as ``_work``."""
        end = self._tracker.now().awake + BOUT
        while True:
            nap = self._round()
            if nap != 0.0:
                self._told &= {Command.DRAIN}
                if self._commands.empty():
                    return nap
            if self._tracker.now().awake >= end or self._collector.should_end():
                return 0.0

    def _round(self) -> float | None:
        """Take the commands and do one thing; answers as ``_work``."""
        try:
            self._take_commands()
            return self._work() if not self._held or self._told else None
        except StoreError as error:
            logger.debug("the outbox cannot be read: %s", error)
        except Exception as error:
            logger.error(  # noqa: TRY400  # the words of an exception may quote what was to be sent
                "sending failed in a way that it should not; it goes on later: %s", where(error)
            )
            logger.debug("sending failed", exc_info=True)
        return self._store_retry

    def _take_commands(self) -> None:
        """Take the commands."""
        with contextlib.suppress(Empty):
            while True:
                command = self._commands.get_nowait()
                if command in UNHELD:
                    self._told.add(command)
                if command in (Command.NOW, Command.DRAIN):
                    self._policy.send_now()
                elif command is Command.RESUME:
                    self._policy.resume()
                    for sync in self.syncs.values():
                        sync.resume()
                elif command not in (Command.SETTLE, Command.WAKE):
                    self._policy.send_soon()

    def _work(self) -> float | None:
        """Do one thing; answer how long there is nothing to do: seconds, None for until told."""
        self._expected = False
        self._rounds += 1
        self._lease.catch_up()
        if self._tracker.has_facts or self._tracker.is_waiting:  # then it is tried again soon
            self.merged.emit()
        now = self._tracker.now()
        allowed = (self._tracker.tracking.enabled or Command.DRAIN in self._told) and not self.offline
        waiting = allowed and self._queue.waiting()
        due = self._due_syncs(now) if self.syncs else {}
        is_due = 0.0 in due.values()
        try:
            if (waiting or is_due) and not self._lease.may_send(now):
                self._expected = True
                return self._wait_for_another()
            if (waiting or is_due) and self._transport.load():
                return 0.0  # what that has made is set apart from what the host makes, between two bouts
            if is_due:
                self._policy.send_soon()  # session data first
            nap = self._follow(self._policy.next(waiting, now), now)
            return self._sync(due, nap, now) if due and nap != 0.0 else nap
        finally:
            self._lease.sent()

    def _due_syncs(self, now: Instant) -> dict[Sync, float]:
        """When the requests of extensions are due (boot clock); 0.0 for now."""
        is_asking = RULES[self._stage].asks and Command.DRAIN not in self._told
        allowed = is_asking and self._tracker.tracking.enabled and not self.offline
        due = {}
        for sync in self.syncs.values():
            sync.look()
            at = sync.next(now, allowed=allowed)
            if at is not None:
                due[sync] = at
            self._tell_synced(sync)
        return due

    def _sync(self, due: dict[Sync, float], nap: float | None, now: Instant) -> float | None:
        """Send a due request of an extension, while there are no session data to send; as ``_work``."""
        for sync, at in due.items():
            if at == 0.0:
                token = self._policy.bucket.take(now)
                if isinstance(token, Token):
                    self._ask(sync, token)
                    return 0.0
                at = token.until
            left = max(0.001, at - now.boot)
            nap = left if nap is None else min(nap, left)
        return nap

    def _ask(self, sync: Sync, token: Token) -> None:
        before = sync.synced
        sync.look()
        if sync.synced is not before:
            return  # another process was quicker
        with self._sync_lock:
            if not self._commands.empty():
                return  # the application may be about to quit
            self._is_syncing = True
        try:
            outcome, user_id, signature = sync.send(token, self._tracker.now())
        finally:
            with self._sync_lock:
                self._is_syncing = False
        logger.debug("%s asked for: %s", sync.kind.name, outcome.words)
        self._tell_words(outcome, user_id, signature)
        self._tell_synced(sync)

    def _tell_synced(self, sync: Sync) -> None:
        news = sync.take_news()
        if news is not None and RULES[self._stage].goes_on:
            self.synced.emit(news)

    def _wait_for_another(self) -> float | None:
        """Another process sends. It gets the waiting events when this one ends, unless it ends, too."""
        is_awaited = Command.SETTLE in self._told or self._stage is Stage.FINISHING
        if is_awaited and not self._lease.others_stay:
            time.sleep(OTHER_ENDS)  # noqa: TID251  # in a thread that is waited for with a deadline
            return 0.0
        return OTHER_SENDS if RULES[self._stage].goes_on else None

    def _follow(self, decision: Send | Wait | Idle, now: Instant) -> float | None:
        """Do what the policy decided; answers as ``_work``."""
        drained = Command.DRAIN in self._told and not isinstance(decision, Send)
        if drained:
            self._told.discard(Command.DRAIN)
            self.drained.emit(not self._tracker.pending)
        if isinstance(decision, Send) and (RULES[self._stage].goes_on or not self._policy.failing):
            self._expected = True
            self._send(decision)
            if self._rounds % CHECKPOINT_ROUNDS == 0:
                self._look_after_the_log()
            return 0.0
        if isinstance(decision, Wait):
            self._expected = True
            self._report_wait(decision, now.wall - now.boot)
        else:
            self._report("idle")
        if not drained:  # or the wipe that follows would have to wait for it
            self._look_after_the_log()
        if isinstance(decision, Wait):
            return min(max(0.001, decision.until - now.boot), LONGEST_NAP)
        return self._store_retry if self._tracker.is_waiting else None

    def _look_after_the_log(self) -> None:
        with contextlib.suppress(StoreError):  # a full disk takes no log back: no reason not to send
            self._lease.checkpoint()

    def _send(self, send: Send) -> None:
        batch = self._queue.batch(send.max_events)
        if batch is None:
            return
        self._report("sending")
        device = device_properties(self.resolution, self._device_properties)
        self._digest(batch, self._request_sender.send(batch, send, device))

    def _digest(self, batch: Batch, sent: SentRequest) -> None:
        outcome = sent.outcome
        logger.debug("%d sent: %s", batch.count, outcome.words)
        self._fault = outcome.fault
        self._outcome = f"{outcome.words}; {batch.count} event{'s' if batch.count != 1 else ''}"
        self._tell_words(outcome, batch.user_id, batch.signature)
        failure = None if outcome.kind is Kind.ACCEPTED else outcome.kind
        if failure is not self._failure and failure is not None and self._stage is not Stage.ABANDONED:
            logger.warning("sending is %s: %s", failure.value, outcome.words)
        self._failure = failure
        verdict = self._policy.digest(outcome, batch.count, self._tracker.now(), more=batch.more)
        if verdict is Verdict.DELETE:
            self._queue.acknowledge(batch, sent.device, sent.server)
            self._policy.limit(self._tracker.server)
        elif verdict is Verdict.SET_ASIDE:
            self._queue.set_aside(batch, outcome.words)
        elif (
            outcome.signature_fault
            and batch.user_id != self._tracker.tracking.user_id
            and self._tracker.unsign(batch.user_id, batch.signature)
        ):
            self._policy.resume()

    def _tell_words(self, outcome: Outcome, user_id: str | None, signature: str | None) -> None:
        """Log the server's words, and tell a refused signature."""
        if outcome.said:
            logger.debug("the server says: %s", outcome.said, extra=QUOTES)
        if outcome.signature_fault and RULES[self._stage].goes_on:
            fault = SignatureFault(*outcome.signature_fault, user_id or "", signature or "")
            self.signatureRefused.emit(fault)

    def _report_wait(self, wait: Wait, wall_less_boot: float) -> None:
        state = "pending" if wait.kind is None else wait.kind.value
        if wait.kind in (Kind.REFUSED, Kind.TOO_LARGE):
            state = Kind.RETRY.value
        self._report(state, wait.until + wall_less_boot if wait.kind else 0.0)

    def _report(self, state: str, retry_at: float = 0.0) -> None:
        status = UploadStatus(state, self._outcome, retry_at, self._fault)
        if status != self._status and RULES[self._stage].goes_on:
            self._status = status
            self.reported.emit(status)
