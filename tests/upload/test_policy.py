"""The policy of sending, with times and random numbers given by the tests."""

from collections.abc import Callable, Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt._platform.clock import Instant
from braze_qt._protocol.response import Kind, Outcome
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._upload.policy import (
    MAX_BYTES,
    MAX_EVENTS,
    REFUSALS,
    SIGNATURE_FAILURES,
    SYNC_TRIES,
    Idle,
    RateBucket,
    Send,
    SendPolicy,
    SyncPolicy,
    Token,
    Verdict,
    Wait,
    cut_batch,
)

NO_LIMIT = ServerConfig(capacity=None)
INTERVAL = 10.0
WALL = 1_800_000_000.0

ACCEPTED = Outcome(Kind.ACCEPTED, "201 Created")
RETRY = Outcome(Kind.RETRY, "503 Service Unavailable")
OFFLINE = Outcome(Kind.OFFLINE, "no route to host")
UNAUTHORISED = Outcome(Kind.UNAUTHORISED, "401 Unauthorized")
REFUSED = Outcome(Kind.REFUSED, "400 Bad Request")
TOO_LARGE = Outcome(Kind.TOO_LARGE, "413 Content Too Large")


def at(boot: float) -> Instant:
    return Instant(WALL + boot, boot, boot)


def least(low: float, high: float) -> float:
    assert low <= high
    return low


def most(low: float, high: float) -> float:
    assert low <= high
    return high


def sender(limits: ServerConfig = NO_LIMIT, uniform: Callable[[float, float], float] = least) -> SendPolicy:
    return SendPolicy(INTERVAL, limits, uniform)


# -- when nothing is wrong -------------------------------------------------------------------------


def test_an_empty_queue_is_idle() -> None:
    policy = sender()
    policy.send_soon()
    policy.send_now()
    assert policy.next(False, at(0)) == Idle()


def test_an_event_waits_exactly_one_interval() -> None:
    policy = sender()
    assert policy.next(True, at(100)) == Wait(110, None)
    assert policy.next(True, at(109.5)) == Wait(110, None)
    assert policy.next(True, at(110)) == Send(MAX_EVENTS, 1, None)


@pytest.mark.parametrize("push", [SendPolicy.send_soon, SendPolicy.send_now])
def test_an_urgent_request_is_sent_immediately(push: Callable[[SendPolicy], None]) -> None:
    policy = sender()
    assert policy.next(True, at(100)) == Wait(110, None)
    push(policy)
    assert isinstance(policy.next(True, at(100.5)), Send)


def test_urgency_ends_when_the_queue_is_empty() -> None:
    policy = sender()
    policy.send_soon()
    assert isinstance(policy.next(True, at(0)), Send)
    policy.digest(ACCEPTED, 1, at(1), more=False)
    assert policy.next(False, at(1)) == Idle()
    assert policy.next(True, at(50)) == Wait(60, None)


def test_an_event_during_a_request_waits_an_interval() -> None:
    policy = sender()
    policy.next(True, at(0))
    assert isinstance(policy.next(True, at(10)), Send)
    assert policy.digest(ACCEPTED, 1, at(12), more=False) is Verdict.DELETE
    assert policy.next(True, at(12)) == Wait(22, None)


def test_a_backlog_is_sent_without_a_pause() -> None:
    policy = sender()
    policy.send_now()
    assert isinstance(policy.next(True, at(0)), Send)
    policy.digest(ACCEPTED, MAX_EVENTS, at(1), more=True)
    assert isinstance(policy.next(True, at(1)), Send)
    policy.digest(ACCEPTED, 3, at(2), more=False)
    assert policy.next(True, at(2)) == Wait(12, None)


# -- failures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [RETRY, OFFLINE, REFUSED])
def test_a_failure_keeps_the_events_and_waits(outcome: Outcome) -> None:
    policy = sender()
    assert not policy.failing
    assert policy.digest(outcome, 3, at(100), more=False) is Verdict.KEEP
    assert policy.failing
    assert policy.next(True, at(100)) == Wait(110, outcome.kind)
    assert policy.next(True, at(110)) == Send(MAX_EVENTS, 2, None)


def test_consecutive_attempts_are_counted() -> None:
    policy = sender()
    for number in range(1, 20):
        policy.send_now()
        assert policy.next(True, at(number)) == Send(MAX_EVENTS, number, None)
        policy.digest(RETRY, 1, at(number), more=False)
    policy.send_now()
    policy.digest(ACCEPTED, 1, at(20), more=True)
    assert not policy.failing
    assert policy.next(True, at(20)) == Send(MAX_EVENTS, 1, None)


def waits(policy: SendPolicy, outcome: Outcome, number: int) -> list[float]:
    """How long each of so many failures in a row keeps us waiting."""
    found = []
    now = 0.0
    for _ in range(number):
        policy.digest(outcome, 1, at(now), more=False)
        decision = policy.next(True, at(now))
        assert isinstance(decision, Wait)
        found.append(decision.until - now)
        now = decision.until
    return found


def test_the_longest_backoff_trebles_up_to_five_minutes() -> None:
    assert waits(sender(uniform=most), RETRY, 6) == [30, 90, 270, 300, 300, 300]


def test_the_shortest_backoff_stays_at_ten_seconds() -> None:
    assert waits(sender(uniform=least), OFFLINE, 4) == [10, 10, 10, 10]


def test_the_server_may_set_the_backoff_bounds() -> None:
    limits = ServerConfig(capacity=None, min_sleep=2.0, max_sleep=20.0, factor=4.0)
    assert waits(sender(limits, most), RETRY, 4) == [8, 20, 20, 20]


def test_a_success_resets_the_backoff() -> None:
    policy = sender(uniform=most)
    assert waits(policy, RETRY, 3)[-1] == 270
    policy.digest(ACCEPTED, 1, at(1000), more=False)
    assert waits(policy, RETRY, 1) == [30]


@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_the_backoff_stays_within_its_bounds(chance: Random, number: int) -> None:
    previous = 10.0
    for wait in waits(sender(uniform=chance.uniform), RETRY, number):
        assert 10 - 1e-6 <= wait <= min(300, previous * 3) + 1e-6
        previous = wait


def test_a_wrong_key_is_retried_every_five_minutes() -> None:
    policy = sender()
    assert waits(policy, UNAUTHORISED, 3) == [300, 300, 300]
    assert policy.next(True, at(0)) == Wait(900, Kind.UNAUTHORISED)


@pytest.mark.parametrize("outcome", [RETRY, OFFLINE, UNAUTHORISED])
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_no_number_of_failures_loses_an_event(outcome: Outcome, moments: list[float]) -> None:
    policy = sender()
    for moment in moments:
        assert policy.digest(outcome, 1, at(moment), more=False) is Verdict.KEEP


def test_a_flush_interrupts_a_backoff() -> None:
    policy = sender()
    policy.digest(OFFLINE, 1, at(0), more=False)
    policy.send_soon()
    assert isinstance(policy.next(True, at(1)), Wait)
    policy.send_now()
    assert isinstance(policy.next(True, at(1)), Send)


# -- what a server asks for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "until"),
    [
        (Outcome(Kind.RETRY, "429", 400.0), 510.0),
        (Outcome(Kind.OFFLINE, "", 400.0), 510.0),
        (Outcome(Kind.REFUSED, "400", 400.0), 510.0),
        (Outcome(Kind.UNAUTHORISED, "403", 400.0), 800.0),
        (Outcome(Kind.TOO_LARGE, "413", 400.0), 500.0),
    ],
)
def test_retry_after_is_added_to_the_backoff(outcome: Outcome, until: float) -> None:
    policy = sender()
    policy.digest(outcome, 2, at(100), more=False)
    assert policy.next(True, at(100)) == Wait(until, outcome.kind)


def test_retry_after_of_a_success_delays_urgent_requests() -> None:
    policy = sender()
    policy.digest(Outcome(Kind.ACCEPTED, "201", 25.0), 1, at(100), more=True)
    policy.send_soon()
    assert policy.next(True, at(100)) == Wait(125, None)
    assert isinstance(policy.next(True, at(125)), Send)


# -- the rate bucket -------------------------------------------------------------------------------


def test_the_bucket_permits_a_burst_then_single_requests() -> None:
    policy = sender(ServerConfig(capacity=10, refill=30.0))
    tokens = []
    for _ in range(10):
        policy.send_now()
        decision = policy.next(True, at(0))
        assert isinstance(decision, Send)
        tokens.append(decision.tokens)
        policy.digest(ACCEPTED, 1, at(0), more=True)
    assert tokens == [None, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert policy.next(True, at(0)) == Wait(30, Kind.RETRY)
    assert policy.next(True, at(15)) == Wait(30, Kind.RETRY)
    assert isinstance(policy.next(True, at(30)), Send)
    assert policy.next(True, at(30)) == Wait(60, Kind.RETRY)


def test_an_empty_bucket_is_not_a_failure() -> None:
    policy = sender(ServerConfig(capacity=10, refill=30.0))
    policy.send_now()
    for _ in range(11):
        policy.next(True, at(0))
    assert not policy.failing


def test_a_flush_ignores_the_rate_limit_once() -> None:
    policy = sender(ServerConfig(capacity=10, refill=3_600.0))
    for _ in range(10):
        policy.send_soon()
        assert isinstance(policy.next(True, at(0)), Send)
    policy.send_soon()
    assert policy.next(True, at(0)) == Wait(3_600, Kind.RETRY)
    policy.send_now()
    assert isinstance(policy.next(True, at(0)), Send)
    assert policy.next(True, at(0)) == Wait(3_600, Kind.RETRY)  # one, and not all that follow


def test_no_answer_delays_sending_beyond_one_hour() -> None:
    longest = ServerConfig(min_sleep=3_600.0, max_sleep=3_600.0, capacity=10, refill=3_600.0)
    for kind in (Kind.RETRY, Kind.OFFLINE, Kind.UNAUTHORISED, Kind.TOO_LARGE, Kind.REFUSED, Kind.ACCEPTED):
        policy = sender(longest)
        policy.send_soon()
        now = 0.0
        for _ in range(200):
            decision = policy.next(True, at(now))
            if isinstance(decision, Wait):
                assert decision.until <= now + 3_600, kind
                now = decision.until
            else:
                policy.digest(Outcome(kind, "no", 3_600.0, (22, "no")), 2, at(now), more=True)


def test_the_bucket_never_exceeds_its_capacity() -> None:
    policy = sender(ServerConfig(capacity=10, refill=1.0))
    policy.send_now()
    policy.next(True, at(0))
    assert policy.next(True, at(1e6)) == Send(MAX_EVENTS, 1, 9)


def test_the_server_may_resize_or_remove_the_bucket() -> None:
    policy = sender(ServerConfig(capacity=30, refill=30.0))
    policy.send_now()
    policy.next(True, at(0))
    policy.limit(ServerConfig(capacity=10, refill=30.0))
    assert policy.next(True, at(0)) == Send(MAX_EVENTS, 1, 9)
    policy.limit(NO_LIMIT)
    assert policy.next(True, at(0)) == Send(MAX_EVENTS, 1, None)


@given(
    st.integers(10, 40),
    st.floats(0.0, 100.0),
    st.lists(st.floats(0, 50), max_size=100),
)
def test_the_bucket_delays_requests_without_refusing_any(
    capacity: int, refill: float, pauses: list[float]
) -> None:
    policy = sender(ServerConfig(capacity=capacity, refill=refill))
    now = 0.0
    for sent, pause in enumerate(pauses, 1):
        now += pause
        policy.send_soon()
        decision = policy.next(True, at(now))
        if isinstance(decision, Wait):
            assert now < decision.until <= now + refill + 1e-6
            now = decision.until + 0.001
            decision = policy.next(True, at(now))
        assert isinstance(decision, Send)
        if refill:
            assert sent <= capacity + now / refill + 1e-6
        policy.digest(ACCEPTED, 1, at(now), more=False)


# -- batches ---------------------------------------------------------------------------------------


def rows(*events: tuple[str | None, int]) -> list[tuple[int, str | None, int]]:
    return [(number, user_id, size) for number, (user_id, size) in enumerate(events, 1)]


@pytest.mark.parametrize(
    ("users", "count", "user_id"),
    [
        ([], 0, None),
        ([None, None], 2, None),
        (["a", "a"], 2, "a"),
        ([None, None, "a", "a"], 4, "a"),
        (["a", "b", "b"], 1, "a"),
        ([None, "a", "b"], 2, "a"),
        (["a", None, "a"], 1, "a"),
        (["a", None, None, "b"], 1, "a"),
    ],
)
def test_a_batch_holds_one_user_at_most(users: list[str | None], count: int, user_id: str | None) -> None:
    assert cut_batch(rows(*((user, 100) for user in users)), signed=False) == (
        count,
        count,
        101 * count,
        user_id,
    )


def test_a_batch_has_half_a_megabyte_at_most() -> None:
    assert MAX_BYTES == 524_288
    assert cut_batch(rows((None, MAX_BYTES // 2 - 1), (None, MAX_BYTES // 2 - 1)), signed=False)[0] == 2
    assert cut_batch(rows((None, MAX_BYTES // 2 - 1), (None, MAX_BYTES // 2)), signed=False)[0] == 1


def test_an_event_exceeding_the_batch_size_goes_alone() -> None:
    assert cut_batch(rows((None, 2 * MAX_BYTES), (None, 1)), signed=False)[0] == 1


@given(st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.integers(1, 200_000)), max_size=30))
def test_successive_batches_send_every_event_in_order(events: list[tuple[str | None, int]]) -> None:
    waiting = rows(*events)
    sent: list[tuple[int, str | None, int]] = []
    while waiting:
        count, last, _, user_id = cut_batch(waiting, signed=False)
        batch, waiting = waiting[:count], waiting[count:]
        assert last == batch[-1][0]
        assert {user for _, user, _ in batch} <= {None, user_id}
        assert count == 1 or sum(size for *_, size in batch) + count - 1 <= MAX_BYTES
        sent += batch
    assert sent == rows(*events)


@given(st.integers(1, 5), st.sampled_from([0.1, 0.7, 30.0, 86_400 / 7]), st.floats(0, 1e7))
def test_a_rate_limit_wait_ends_at_its_deadline(capacity: int, refill: float, start: float) -> None:
    """Rounding of the times may not make it another wait, of no length at all."""
    policy = sender(ServerConfig(capacity=capacity, refill=refill))
    now = start
    for _ in range(50):
        policy.send_now()
        decision = policy.next(True, at(now))
        if isinstance(decision, Wait):
            now = decision.until
            assert isinstance(policy.next(True, at(now)), Send)
        policy.digest(ACCEPTED, 1, at(now), more=True)


# -- signatures ------------------------------------------------------------------------------------

UNSIGNED = Outcome(Kind.UNAUTHORISED, "201 Created: JWT expired", signature_fault=(22, "JWT expired"))


def refused_signatures(policy: SendPolicy, count: int) -> float:
    """The moment of the last of so many refusals."""
    now = 0.0
    for _ in range(count):
        decision = policy.next(True, at(now))
        while isinstance(decision, Wait):
            now = decision.until
            decision = policy.next(True, at(now))
        policy.digest(UNSIGNED, 1, at(now), more=False)
    return now


def test_fifty_refused_signatures_slow_sending_to_hourly_requests() -> None:
    policy = sender()
    now = refused_signatures(policy, SIGNATURE_FAILURES - 1)
    assert policy.next(True, at(now)) == Wait(now + 300, Kind.UNAUTHORISED)
    policy.next(True, at(now + 300))
    policy.digest(UNSIGNED, 1, at(now + 300), more=False)
    policy.send_soon()
    assert policy.next(True, at(now + 300)) == Wait(now + 300 + 3_600, Kind.UNAUTHORISED)
    assert policy.next(True, at(now + 300 + 3_600)) == Send(MAX_EVENTS, SIGNATURE_FAILURES + 1, None)


@pytest.mark.parametrize("word", [SendPolicy.send_now, SendPolicy.resume])
def test_a_flush_or_resume_ends_the_hourly_wait(word: Callable[[SendPolicy], None]) -> None:
    """A new session and a new signature call resume()."""
    policy = sender()
    now = refused_signatures(policy, SIGNATURE_FAILURES)
    word(policy)
    assert policy.next(True, at(now)) == Send(MAX_EVENTS, SIGNATURE_FAILURES + 1, None)
    policy.digest(UNSIGNED, 1, at(now), more=False)
    assert policy.next(True, at(now)) == Wait(now + 300, Kind.UNAUTHORISED)  # counted anew


def test_any_other_outcome_restarts_the_signature_failure_count() -> None:
    for outcome in (RETRY, ACCEPTED):
        policy = sender()
        now = refused_signatures(policy, SIGNATURE_FAILURES - 1)
        policy.digest(outcome, 1, at(now), more=False)
        policy.digest(UNSIGNED, 1, at(now), more=False)
        assert policy.next(True, at(now)) == Wait(now + 300, Kind.UNAUTHORISED)


def test_resuming_does_not_end_a_backoff() -> None:
    policy = sender()
    policy.digest(RETRY, 1, at(0), more=False)
    policy.resume()
    assert policy.next(True, at(1)) == Wait(10, Kind.RETRY)


# -- bad events ------------------------------------------------------------------------------------


def deliver(
    policy: SendPolicy, events: Iterable[int], answer: Callable[[list[int]], Outcome]
) -> tuple[list[int], list[int], int]:
    """Send until nothing waits; what arrived, what was set aside, and the number of requests."""
    waiting, arrived, aside, requests, now = list(events), [], [], 0, 0.0
    while waiting:
        decision = policy.next(True, at(now))
        if isinstance(decision, Wait):
            now = decision.until
            continue
        assert isinstance(decision, Send)
        requests += 1
        assert requests < 10_000, "it never ends"
        batch = waiting[: decision.max_events]
        verdict = policy.digest(answer(batch), len(batch), at(now), more=len(waiting) > len(batch))
        if verdict is Verdict.DELETE:
            arrived += batch
            waiting = waiting[len(batch) :]
        elif verdict is Verdict.SET_ASIDE:
            assert len(batch) == 1
            aside += batch
            waiting = waiting[1:]
    return arrived, aside, requests


@pytest.mark.parametrize("refusal", [REFUSED, TOO_LARGE])
@given(count=st.integers(1, 3_000), bad=st.sets(st.integers(0, 2_999), max_size=5))
def test_exactly_the_bad_events_are_set_aside(refusal: Outcome, count: int, bad: set[int]) -> None:
    bad = {number for number in bad if number < count}
    arrived, aside, _ = deliver(
        sender(), range(count), lambda batch: refusal if bad.intersection(batch) else ACCEPTED
    )
    assert aside == sorted(bad)
    assert arrived == [number for number in range(count) if number not in bad]


def test_isolating_a_bad_event_takes_few_requests() -> None:
    """35 at most, for one bad event among a thousand."""
    _, aside, requests = deliver(sender(), range(1_000), lambda batch: REFUSED if 637 in batch else ACCEPTED)
    assert aside == [637]
    assert requests <= 35


@given(st.integers(1, 3_000), st.integers(1, 999))
def test_a_smaller_batch_limit_loses_no_event(count: int, limit: int) -> None:
    arrived, aside, requests = deliver(
        sender(), range(count), lambda batch: TOO_LARGE if len(batch) > limit else ACCEPTED
    )
    assert (arrived, aside) == (list(range(count)), [])
    assert requests <= 4 * (count / limit + 1) + 10


def test_a_temporary_refusal_loses_no_event() -> None:
    answers = iter([REFUSED] * (REFUSALS - 1))
    arrived, aside, requests = deliver(sender(), range(10), lambda _: next(answers, ACCEPTED))
    assert (arrived, aside, requests) == (list(range(10)), [], REFUSALS)


@pytest.mark.parametrize("refusal", [REFUSED, TOO_LARGE])
def test_a_refused_event_has_limited_tries(refusal: Outcome) -> None:
    _, aside, requests = deliver(sender(), [7], lambda _: refusal)
    assert (aside, requests) == ([7], REFUSALS)


@pytest.mark.parametrize("refusal", [REFUSED, TOO_LARGE])
def test_a_server_refusing_everything_loses_few_events(refusal: Outcome) -> None:
    policy, now, aside, requests = sender(uniform=most), 0.0, 0, 0
    while now < 86_400:
        decision = policy.next(True, at(now))
        if isinstance(decision, Wait):
            now = decision.until
            continue
        assert isinstance(decision, Send)
        requests += 1
        aside += policy.digest(refusal, decision.max_events, at(now), more=True) is Verdict.SET_ASIDE
    assert aside < 86_400 / 300
    assert requests < 86_400 / 60


# -- other paths beside the session data -----------------------------------------------------------


def test_all_paths_share_one_bucket() -> None:
    policy = sender(ServerConfig(capacity=2, refill=30.0))
    assert policy.bucket.take(at(0)) == Token(None)
    policy.send_soon()
    assert policy.next(True, at(0)) == Send(MAX_EVENTS, 1, 0)
    assert policy.bucket.take(at(0)) == Wait(30.0, Kind.RETRY)
    policy.digest(ACCEPTED, 1, at(0), more=False)
    policy.send_soon()
    assert policy.next(True, at(0)) == Wait(30.0, Kind.RETRY)


def test_an_unlimited_bucket_tells_no_tokens() -> None:
    assert RateBucket(NO_LIMIT).take(at(0)) == Token(None)


def test_a_path_waits_longer_after_each_failure() -> None:
    policy = SyncPolicy(ServerConfig(), most)
    now, waits = 0.0, []
    for attempt in range(1, 6):
        assert (policy.next(at(now)), policy.attempt) == (0.0, attempt)
        policy.digest(RETRY, at(now))
        until = policy.next(at(now))
        assert until is not None
        waits.append(until - now)
        now = until
    assert waits == [30.0, 90.0, 270.0, 300.0, 300.0]
    policy.digest(ACCEPTED, at(now))
    assert (policy.next(at(now)), policy.attempt) == (0.0, 1)


def test_a_path_is_left_alone_after_many_failures() -> None:
    policy = SyncPolicy(ServerConfig(), least)
    for number in range(SYNC_TRIES):
        assert policy.next(at(number * 100.0)) == 0.0
        policy.digest(RETRY, at(number * 100.0))
    assert policy.next(at(1e6)) is None
    policy.begin_anew()  # another session
    assert policy.next(at(1e6)) == 0.0


def test_another_session_waits_as_the_server_asked() -> None:
    policy = SyncPolicy(ServerConfig(), least)
    policy.digest(Outcome(Kind.RETRY, "503", 400.0), at(0))
    assert policy.next(at(0)) == 410.0
    policy.begin_anew()
    assert policy.next(at(0)) == 400.0
    policy.digest(Outcome(Kind.ACCEPTED, "201", 7.0), at(400))
    assert policy.next(at(400)) == 407.0


def test_a_signature_ends_the_wait_for_one() -> None:
    policy = SyncPolicy(ServerConfig(), least)
    for outcome, until in ((RETRY, 10.0), (UNAUTHORISED, 0.0)):
        policy.digest(outcome, at(0))
        policy.resume()
        assert policy.next(at(0)) == until
