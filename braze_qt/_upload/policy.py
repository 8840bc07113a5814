"""What to send next and when. No socket, no disk, no sleep: it is asked, and told how it went."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from braze_qt._platform.clock import Instant
from braze_qt._protocol.response import LONGEST_WAIT, Kind, Outcome
from braze_qt._protocol.server_config import ServerConfig

MAX_EVENTS = 1_000
"""Events in one request. Braze's Web SDK knows no limit and was seen to send 1,500."""
MAX_BYTES = 512 * 1024
"""Bytes of events in one request. The server's limit is not known; half a megabyte goes through
every proxy that we know of, and a lost reply costs no more than that to send again."""
REFUSALS = 3
"""Refusals of one batch that are taken for the server's passing mood. After that the batch is
halved at each further one, until the event that it cannot stand is alone."""
SIGNATURE_FAILURES = 50
"""Refusals of signatures in a row after which only one request an hour goes out by itself. Braze's SDKs
send none then, until a session starts or the user signs."""
SYNC_TRIES = 15
"""Failures in a row after which the path of an extension is left alone until the next session (Web SDK)."""
ROUNDING = 1e-6
"""Of a token of the rate bucket: what the clock's figures may lack when the time for one has come."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send now, at most so many events; ``tokens`` are left in the bucket afterwards."""

    max_events: int
    attempt: int
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again at ``until`` (boot clock). ``kind`` is what went wrong before, None if nothing did."""

    until: float
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to send: ask again when there is something."""


@dataclass(frozen=True, slots=True)
class Token:
    """One request may go out. ``left`` more are in the bucket; None where the server is not told."""

    left: int | None


class Verdict(Enum):
    """What is to be done with the events of a batch."""

    KEEP = "keep"
    DELETE = "delete"
    SET_ASIDE = "set aside"


def cut_batch(
    rows: Iterable[tuple[int, str | None, int]], *, signed: bool
) -> tuple[int, int, int, str | None]:
    """How many of the waiting events go into one request.

    Limited by bytes, and to one identified user: with SDK authentication a request that names two
    is refused (Braze's error 28). Anonymous events go along with the user that follows them, but
    not where users sign.

    Args:
        rows: id, user id and bytes of each waiting event, in order.
        signed: whether SDK authentication is in use.

    Returns:
        the number of events, the id of the last one (0 for none), their bytes, and the user if
        there is one.
    """
    count = last = size = 0
    user: str | None = None
    for row_id, user_id, length in rows:
        another = user_id != user and (user is not None or signed)
        if count and (size + length + 1 > MAX_BYTES or another):
            break
        size += length + 1
        count, last, user = count + 1, row_id, user_id if user is None else user
    return count, last, size, user


def cut_attributes(sizes: Iterable[int], taken: int) -> int:
    """How many of the waiting attributes go into a request that holds so many bytes of events."""
    count = 0
    for size in sizes:
        taken += size + 1
        if taken > MAX_BYTES and (count or taken > size + 1):
            break
        count += 1
    return count


class RateBucket:
    """The requests that the server allows, to all of its paths together. For one thread."""

    def __init__(self, limits: ServerConfig) -> None:
        self._limits = limits
        self._tokens = float(limits.capacity or 0)
        self._filled: float | None = None

    def limit(self, limits: ServerConfig) -> None:
        """Take over a newer configuration of the server."""
        self._limits = limits
        if limits.capacity is not None:
            self._tokens = min(self._tokens, float(limits.capacity))

    def take(self, now: Instant, *, forced: bool = False) -> Token | Wait:
        """Take one token, or say when there will be one.

        Args:
            forced: whether to take one that is not there.
        """
        capacity, refill = self._limits.capacity, self._limits.refill
        if capacity is None:
            return Token(None)
        first = self._filled is None
        if self._filled is None or refill <= 0:
            self._tokens = float(capacity)
        else:
            self._tokens = min(float(capacity), self._tokens + (now.boot - self._filled) / refill)
        self._filled = now.boot
        if self._tokens < 1 - ROUNDING and not forced:
            return Wait(now.boot + (1 - self._tokens) * refill, Kind.RETRY)
        self._tokens = max(0.0, self._tokens - 1)
        return Token(None if first else int(self._tokens))


class Backoff:
    """The waits after failures in a row: decorrelated jitter. For one thread.

    Attributes:
        attempt: the number of the next try, from 1.
        sleep: seconds of the last wait; the least one after a success.
    """

    def __init__(self, limits: ServerConfig, uniform: Callable[[float, float], float]) -> None:
        self._uniform = uniform
        self.attempt = 1
        self.limit(limits)

    def limit(self, limits: ServerConfig) -> None:
        """Take over a newer configuration of the server."""
        self._limits = limits
        self.sleep = limits.min_sleep

    def succeed(self) -> None:
        """The next failure is a first one."""
        self.attempt = 1
        self.sleep = self._limits.min_sleep

    def fail(self, kind: Kind) -> float:
        """Seconds to wait. A wrong key does not mend itself, so it starts at the longest wait."""
        self.attempt += 1
        limits = self._limits
        self.sleep = min(limits.max_sleep, self._uniform(limits.min_sleep, self.sleep * limits.factor))
        return limits.max_sleep if kind is Kind.UNAUTHORISED else self.sleep


class SendPolicy:
    """The policy of one sender. For one thread.

    Args:
        flush_interval: seconds between two sendings of what is in no hurry.
        limits: what the server decides.
        uniform: a random number between two; a test may bring its own.

    Attributes:
        bucket: shared with the requests of extensions.
    """

    def __init__(
        self,
        flush_interval: float,
        limits: ServerConfig,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._interval = flush_interval
        self.bucket = RateBucket(limits)
        self._backoff = Backoff(limits, uniform)
        self._limits = limits
        self._waiting_since: float | None = None
        self._hurry = self._forced = False
        self._not_before = 0.0
        self._failure: Kind | None = None
        self._max_events = MAX_EVENTS
        self._refusals = 0
        self._signature_failures = 0

    @property
    def failing(self) -> bool:
        """Whether the last request failed, so that quitting need not wait for another."""
        return self._failure is not None

    def send_soon(self) -> None:
        """What waits now shall not wait for the interval: a session began or ended."""
        self._hurry = True

    def send_now(self) -> None:
        """What waits now shall go at once, after a failure and beyond the rate too: somebody asked for it."""
        self._hurry = self._forced = True
        self._not_before = 0.0
        self._signature_failures = 0

    def resume(self) -> None:
        """A session began or a user signed: what was refused for want of a signature is tried again."""
        self._hurry = True
        self._signature_failures = 0
        if self._failure is Kind.UNAUTHORISED:
            self._not_before = 0.0

    def limit(self, limits: ServerConfig) -> None:
        """Take over a newer configuration of the server."""
        self._limits = limits
        self._backoff.limit(limits)
        self.bucket.limit(limits)

    def next(self, waiting: bool, now: Instant) -> Send | Wait | Idle:  # noqa: FBT001
        """What to do now.

        Args:
            waiting: whether there are events to send.
        """
        if not waiting:
            self._waiting_since = None
            self._hurry = self._forced = False
            return Idle()
        if self._waiting_since is None:
            self._waiting_since = now.boot
        if now.boot < self._not_before:
            return Wait(self._not_before, self._failure)
        flush_at = self._waiting_since + self._interval
        if now.boot < flush_at and not self._hurry and self._failure is None:
            return Wait(flush_at, None)
        return self._spend(now)

    def digest(self, outcome: Outcome, count: int, now: Instant, *, more: bool) -> Verdict:
        """Learn from what became of a batch, and say what is to be done with it.

        Args:
            count: the number of events in the batch.
            more: whether a limit kept others out of it, which therefore should follow at once.
        """
        if outcome.kind is Kind.ACCEPTED:
            self._succeed(outcome, now)
            self._hurry = more
            return Verdict.DELETE
        self._failure = outcome.kind
        self._signature_failures = self._signature_failures + 1 if outcome.signature_fault else 0
        sleep = self._backoff.fail(outcome.kind)
        if self._signature_failures >= SIGNATURE_FAILURES:
            sleep = LONGEST_WAIT
        if outcome.kind is Kind.TOO_LARGE and count > 1:
            return self._halve(count, now, outcome.retry_after)
        if outcome.kind in (Kind.TOO_LARGE, Kind.REFUSED):
            self._refusals += 1
            if self._refusals >= REFUSALS:
                return self._narrow(outcome, count, now)
        self._wait(now, sleep + outcome.retry_after)
        return Verdict.KEEP

    def _wait(self, now: Instant, seconds: float) -> None:
        self._not_before = now.boot + min(LONGEST_WAIT, seconds)

    def _succeed(self, outcome: Outcome, now: Instant) -> None:
        self._failure = None
        self._signature_failures = 0
        self._backoff.succeed()
        self._not_before = now.boot + outcome.retry_after
        self._waiting_since = None
        if self._max_events == MAX_EVENTS:
            self._refusals = 0
        self._max_events = min(MAX_EVENTS, self._max_events * 2)

    def _narrow(self, outcome: Outcome, count: int, now: Instant) -> Verdict:
        if count > 1:
            return self._halve(count, now, self._limits.min_sleep + outcome.retry_after)
        # The next one gets its full number of tries. A server that refuses everything loses us one
        # event per such round and not the whole backlog, and the rounds get longer.
        self._refusals = 0
        self._wait(now, self._backoff.sleep + outcome.retry_after)
        return Verdict.SET_ASIDE

    def _halve(self, count: int, now: Instant, seconds: float) -> Verdict:
        self._max_events = (count + 1) // 2
        self._wait(now, seconds)
        return Verdict.KEEP

    def _spend(self, now: Instant) -> Send | Wait:
        taken = self.bucket.take(now, forced=self._forced)
        if isinstance(taken, Wait):
            return taken
        self._forced = False
        return Send(self._max_events, self._backoff.attempt, taken.left)


class SyncPolicy:
    """When the path of an extension is tried again. For one thread.

    Args:
        limits: what the server decides.
        uniform: a random number between two; a test may bring its own.
    """

    def __init__(
        self, limits: ServerConfig, uniform: Callable[[float, float], float] = random.uniform
    ) -> None:
        self._backoff = Backoff(limits, uniform)
        self._failures = 0
        self._failure: Kind | None = None
        self._not_before = self._told_to_wait = 0.0

    @property
    def attempt(self) -> int:
        """The number of the next try, from 1."""
        return self._backoff.attempt

    def limit(self, limits: ServerConfig) -> None:
        """Take over a newer configuration of the server."""
        self._backoff.limit(limits)

    def begin_anew(self) -> None:
        """Another session or user: earlier failures count no more; a Retry-After does."""
        self._backoff.succeed()
        self._failures = 0
        self._not_before = self._told_to_wait

    def resume(self) -> None:
        """A user signed: a request that was refused for want of a signature is tried again."""
        if self._failure is Kind.UNAUTHORISED:
            self.begin_anew()

    def next(self, now: Instant) -> float | None:
        """When to ask (boot clock): 0.0 for now, None for not again in this session."""
        if self._failures >= SYNC_TRIES:
            return None
        return self._not_before if now.boot < self._not_before else 0.0

    def digest(self, outcome: Outcome, now: Instant) -> None:
        """Learn from what became of a request."""
        self._told_to_wait = now.boot + outcome.retry_after
        if outcome.kind is Kind.ACCEPTED:
            self._failure = None
            self.begin_anew()
            return
        self._failure = outcome.kind
        self._failures += 1
        wait = self._backoff.fail(outcome.kind) + outcome.retry_after
        self._not_before = now.boot + min(LONGEST_WAIT, wait)
