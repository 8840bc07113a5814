"""The last requests, as an inspector shows them."""

from braze_qt._protocol.response import Kind, Outcome
from braze_qt._upload.request_log import LENGTH, MAX_BYTES, MAX_REPLY, RequestLog

KEY = 'a-key-with-"quotes"'
TOKEN = "eyJhbGciOi.eyJzdWIi.c2ln"


def logged(log: RequestLog, body: bytes = b"{}", reply: bytes = b"{}") -> None:
    number = log.begin(
        started=1.0,
        count=1,
        last=1,
        user_id="u",
        headers={"X-Braze-Api-Key": KEY, "X-Braze-Auth-Signature": TOKEN},
        body=body,
        signature=TOKEN,
    )
    log.end(number, Outcome(Kind.ACCEPTED, "201 Created", reply=reply, status=201), 0.5, TOKEN)


def test_key_and_signature_are_hidden_everywhere() -> None:
    log = RequestLog([KEY])
    escaped = KEY.replace('"', '\\"')
    logged(log, f'{{"api_key":"{escaped}"}}'.encode(), f"{escaped} {KEY} {TOKEN}".encode())
    (request,) = log.requests()
    assert request.body == b'{"api_key":"(hidden)"}'
    assert request.outcome is not None
    assert request.outcome.reply == b"(hidden) (hidden) (hidden)"
    assert set(request.headers.values()) == {"(hidden)"}


def test_a_short_key_leaves_the_rest_readable() -> None:
    log = RequestLog(["1"])
    logged(log, b'{"api_key":"1","time":11}')
    (request,) = log.requests()
    assert request.body == b'{"api_key":"(hidden)","time":11}'


def test_the_newest_requests_are_kept() -> None:
    log = RequestLog([])
    for _ in range(LENGTH + 3):
        logged(log)
    assert [request.number for request in log.requests()] == list(range(4, LENGTH + 4))


def test_old_bodies_make_room_for_new_ones() -> None:
    """The requests stay in the list."""
    log = RequestLog([])
    for _ in range(10):
        logged(log, bytes(MAX_BYTES // 4), bytes(MAX_REPLY))
    bodies = [request.body is not None for request in log.requests()]
    assert bodies == [False] * 7 + [True] * 3


def test_a_long_reply_is_cut() -> None:
    log = RequestLog([])
    logged(log, reply=bytes(MAX_REPLY * 3))
    (request,) = log.requests()
    assert request.outcome is not None
    assert len(request.outcome.reply) == MAX_REPLY
    assert request.reply_size == MAX_REPLY * 3


def test_a_wipe_empties_the_log() -> None:
    log = RequestLog([])
    logged(log)
    log.clear()
    assert log.requests() == []
