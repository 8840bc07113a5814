"""The SDK endpoint: what applications post to.

A body that will never be taken is answered 200 with ``error``: for a 4xx Braze's own SDKs send the same body
again without end.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, abort, request

from braze_qt.sandbox.body import Body, BodyError, read_body, read_sync
from braze_qt.sandbox.faults import Fault
from braze_qt.sandbox.intake import Arrival
from braze_qt.sandbox.replies import SUCCESS, Json, Reply, config_block, json_reply, reply_of, response_of
from braze_qt.sandbox.witness import RAW_HEADERS, BusyError, is_of_other_origin, stay, witness

endpoint: Blueprint = Blueprint("endpoint", __name__)

ROOT = "/api/v3"


@endpoint.after_request
def allow_other_origins(response: Response) -> Response:
    """The Web SDK runs on pages of other origins, and asks before every POST."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        asked = request.headers.get("Access-Control-Request-Headers", "*")
        response.headers["Access-Control-Allow-Headers"] = asked
        response.headers["Access-Control-Max-Age"] = "600"
    return response


@endpoint.post(f"{ROOT}/data")
@endpoint.post(f"{ROOT}/data/")
@endpoint.post(f"{ROOT}//data")
@endpoint.post(f"{ROOT}//data/")
def data() -> Response:
    """Takes the events of one request."""
    return _answer("data", _read_data)


@endpoint.post(f"{ROOT}/feature_flags/sync")
@endpoint.post(f"{ROOT}/feature_flags/sync/")
@endpoint.post(f"{ROOT}//feature_flags/sync")
@endpoint.post(f"{ROOT}//feature_flags/sync/")
def feature_flags() -> Response:
    """Tells one user's feature flags, all of them."""
    return _answer("feature_flags/sync", _read_feature_flags)


@endpoint.post(f"{ROOT}/content_cards/sync")
@endpoint.post(f"{ROOT}/content_cards/sync/")
@endpoint.post(f"{ROOT}//content_cards/sync")
@endpoint.post(f"{ROOT}//content_cards/sync/")
def content_cards() -> Response:
    """Tells one user's content cards: all of them, or what is new since the last time."""
    return _answer("content_cards/sync", _read_content_cards)


@endpoint.post(f"{ROOT}/<path:rest>")
@endpoint.post(f"{ROOT}//<path:rest>")
def other(rest: str) -> Response:  # noqa: ARG001 - Flask passes it
    """The other things an SDK may ask for: there are none."""
    reply = json_reply(200, {})
    with _turn() as raw:
        _keep(raw, None, None, None, reply)
    return response_of(reply)


def _answer(path: str, read: Callable[[bytes], tuple[Body, Json]]) -> Response:
    """Reads the present request, which came to ``path``, and answers what it should or what a fault says.

    Args:
        read: makes of its bytes what is kept of it and the right answer; BodyError for a bad body.
    """
    with _turn() as raw:
        fault = witness().faults.take(path)
        body, error, said = None, None, SUCCESS
        try:
            body, said = read(raw)
        except BodyError as problem:
            error = str(problem)
        if fault:
            reply = reply_of(fault, said, witness())
        else:
            reply = json_reply(200, {"error": error}) if error else json_reply(201, said)
        _keep(raw, body, error, fault, reply)
    if fault and fault.kind == "hang":
        stay()
        witness().faults.hang(fault.options["seconds"])
    return response_of(reply)


def _read_data(raw: bytes) -> tuple[Body, Json]:
    body = read_body(raw)
    time, switches = witness().config()
    if body.config_time is None or body.config_time >= time:
        return body, SUCCESS
    return body, SUCCESS | {"config": config_block(time, switches)}


def _read_feature_flags(raw: bytes) -> tuple[Body, Json]:
    sync, flags = read_sync(raw), witness().flags
    if not flags.switch.enabled:
        return sync.body, {}
    return sync.body, {"feature_flags": [each.as_sent() for each in flags.of_user(sync.user)]}


def _read_content_cards(raw: bytes) -> tuple[Body, Json]:
    sync, cards = read_sync(raw), witness().cards
    if not cards.switch.enabled:
        return sync.body, {}
    return sync.body, cards.sync(sync.user, sync.last_full_sync, sync.last_update)


@contextmanager
def _turn() -> Iterator[bytes]:
    """Has the body of the request, and the turn to work with it.

    Bodies of pages of other origins are read from the connection in their turn only: a page can send many.
    Programs may take their time to send theirs.
    """
    foreign = is_of_other_origin()
    raw = b"" if foreign else request.get_data(cache=False)
    try:
        with witness().turns[foreign].turn():
            yield request.get_data(cache=False) if foreign else raw
    except BusyError:
        abort(503, "too many bodies have come at once")


def _keep(raw: bytes, body: Body | None, error: str | None, fault: Fault | None, reply: Reply) -> None:
    arrival = Arrival(
        received=time.time(),
        path=request.full_path.rstrip("?"),
        headers=json.dumps(request.environ[RAW_HEADERS]),
        other_origin=is_of_other_origin(),
        raw=raw,
        body=body,
        error=error,
        fault=fault.kind if fault else None,
        store=fault.store if fault else True,
        reply_status=reply.status if reply.answers else None,
        reply_body=reply.body if reply.answers else b"",
    )
    witness().archive.keep(arrival)
    witness().news.tell()
