"""The outcome of a request for each reply."""

from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt._protocol.response import Kind, Outcome, judge, retry_after_seconds

WALL = 1_800_000_000.0


def judged(status: int, *, readable: bool = True, error: str = "", unauthorised: bool = False) -> Outcome:
    return judge(status, readable=readable, error=error, unauthorised=unauthorised, retry_after=0.0)


@pytest.mark.parametrize("sentence", ["user ada is unknown", "ada@example.com", "ada", "x" * 10_000, "a\nb"])
def test_server_text_stays_out_of_the_outcome_words(sentence: str) -> None:
    outcome = judge(400, readable=True, error="odd", unauthorised=False, retry_after=0.0, said=sentence)
    assert outcome.words == "400 Bad Request: odd"
    assert outcome.said[:1] == sentence[:1]
    assert len(outcome.said) <= 300
    assert outcome.said.isprintable()


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_success_needs_a_json_object_without_error(status: int) -> None:
    assert judged(status).kind is Kind.ACCEPTED
    assert judged(status, readable=False).kind is Kind.RETRY
    assert judged(status, error="no_device_identifier").kind is Kind.REFUSED
    assert judged(status, error="invalid_api_key", unauthorised=True).kind is Kind.UNAUTHORISED


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, Kind.RETRY),
        (302, Kind.RETRY),
        (304, Kind.RETRY),
        (307, Kind.RETRY),
        (400, Kind.REFUSED),
        (401, Kind.UNAUTHORISED),
        (403, Kind.UNAUTHORISED),
        (404, Kind.RETRY),
        (407, Kind.RETRY),
        (408, Kind.RETRY),
        (413, Kind.TOO_LARGE),
        (422, Kind.REFUSED),
        (429, Kind.RETRY),
        (500, Kind.RETRY),
        (502, Kind.RETRY),
        (503, Kind.RETRY),
        (511, Kind.RETRY),
        (599, Kind.RETRY),
    ],
)
def test_each_other_status_has_its_kind(status: int, kind: Kind) -> None:
    assert judged(status).kind is kind
    assert judged(status, readable=False).kind is kind
    assert judged(status, error="x", unauthorised=True).kind is Kind.UNAUTHORISED


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (judged(201), "201 Created"),
        (judged(299), "299"),
        (judged(503), "503 Service Unavailable"),
        (judged(200, readable=False), "200 OK, but the reply is not Braze's"),
        (judged(400, error="bad time"), "400 Bad Request: bad time"),
        (judged(201, error="JWT expired", unauthorised=True), "201 Created: JWT expired"),
    ],
)
def test_an_outcome_is_described_in_words(outcome: Outcome, words: str) -> None:
    assert outcome.words == words


def test_an_outcome_carries_retry_after() -> None:
    for status in (201, 400, 401, 413, 429):
        assert judge(status, readable=True, error="", unauthorised=False, retry_after=9.0).retry_after == 9.0


def in_a_minute(form: str) -> str:
    return datetime.fromtimestamp(WALL + 60, timezone.utc).strftime(form)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("17", 17),
        (" 17 ", 17),
        ("1.5", 1.5),
        ("-5", 0),
        ("3600", 3600),
        ("3601", 3600),
        ("1e300", 3600),
        ("inf", 3600),
        ("-inf", 0),
        ("nan", 0),
        ("soon", 0),
        ("12 s", 0),
        (in_a_minute("%a, %d %b %Y %H:%M:%S GMT"), 60),
        (in_a_minute("%A, %d-%b-%y %H:%M:%S GMT"), 60),
        (in_a_minute("%a, %d %b %Y %H:%M:%S +0000"), 60),
        (in_a_minute("%a, %d %b %Y %H:%M:%S -0000"), 60),
        ("Fri, 01 Jan 2010 00:00:00 GMT", 0),
        ("Fri, 01 Jan 1960 00:00:00 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 -0000", 3600),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Fri, 99 Jan 2010 00:00:00 GMT", 0),
        ("Fri, 01 Jan 2010", 0),
    ],
)
def test_retry_after_is_read_in_every_format(value: str | None, seconds: float) -> None:
    assert retry_after_seconds(value, WALL) == seconds


@given(st.text(max_size=40) | st.floats().map(str), st.floats(0, 4e9))
def test_retry_after_is_at_most_one_hour(value: str, now: float) -> None:
    assert 0 <= retry_after_seconds(value, now) <= 3600


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_retry_after_as_a_date_gives_its_distance(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=timezone.utc)
    header = format_datetime(moment, usegmt=True)
    assert retry_after_seconds(header, moment.timestamp() - 90) == 90
