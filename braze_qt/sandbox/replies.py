"""What the endpoint answers, and the ways in which an answer can go wrong on the wire."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from flask import Response, request

from braze_qt.sandbox.faults import Fault
from braze_qt.sandbox.witness import Witness

PORTAL = b"""<!doctype html><title>Welcome</title><h1>Welcome to the hotel</h1>
<p>Please accept the terms of use to go on to the internet.</p>"""
TRUNCATED_BY = 100
"""How many bytes a truncated reply lacks."""


@dataclass(frozen=True)
class Reply:
    """``body`` is sent ``repeat`` times; ``cut`` says where the connection breaks."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: str | None = None

    @property
    def answers(self) -> bool:
        """Whether any byte of it reaches the client."""
        return self.cut != "start"


def json_reply(status: int, value: Any) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, json.dumps(value).encode())


Json = dict[str, Any]

SUCCESS: Json = {"message": "success"}


def reply_of(fault: Fault, said: Json, witness: Witness) -> Reply:
    """The reply that the armed fault wants.

    Args:
        said: the right answer.
    """
    options = fault.options
    right = json_reply(201, said)
    match fault.kind:
        case "status":
            return _status_reply(options["status"], options["retry_after"], options["body"])
        case "cut" | "hang":
            return replace(right, cut=options.get("at", "start"))
        case "html":
            return Reply(200, PORTAL, "text/html; charset=utf-8")
        case "empty":
            return Reply(200, b"")
        case "redirect":
            return Reply(options["status"], b"", headers={"Location": options["location"]})
        case "truncated":
            return replace(right, headers={"Content-Length": str(len(right.body) + TRUNCATED_BY)})
        case "oversized":
            filler = max(0, options["bytes"] - len(json.dumps(said | {"message": ""})))
            return json_reply(201, said | {"message": "x" * filler})
        case "error":
            return json_reply(201, {"error": options["error"]})
        case "auth_error":
            detail = {"error_code": options["code"], "reason": options["reason"]}
            return json_reply(201, {"error": "sdk_auth_error", "auth_error": detail})
        case _:
            time, (_, switches) = witness.faults.next_config_time(), witness.config()
            return json_reply(201, said | {"config": config_block(time, switches | options["config"])})


def _status_reply(status: int, retry_after: int | str | None, body: str | dict[str, Any] | None) -> Reply:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if isinstance(body, str):
        return Reply(status, body.encode("utf-8", "replace"), "text/plain; charset=utf-8", headers)
    if status in (204, 304):
        return Reply(status, b"", headers=headers)
    words = {"message": "success" if status < 300 else _phrase(status)}
    return Reply(status, json.dumps(words if body is None else body).encode(), headers=headers)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else f"status {status}"


def config_block(time: int, given: Json) -> Json:
    """The three lists are there because one of Braze's SDKs refuses a block without them."""
    lists: Json = {"events_blacklist": [], "attributes_blacklist": [], "purchases_blacklist": []}
    return {"time": time, **lists, **given}


def response_of(reply: Reply) -> Response:
    """The reply as Flask sends it; breaks the connection of the present request where the reply says so."""
    if reply.cut:
        connection: socket.socket = request.environ["werkzeug.socket"]
        response = Response(_pieces_until_cut(reply, connection), status=reply.status)
        response.headers["Content-Length"] = str(len(reply.body))
    else:
        response = Response(reply.body, status=reply.status)
    response.headers["Content-Type"] = reply.content_type
    response.headers.update(reply.headers)
    return response


def _pieces_until_cut(reply: Reply, connection: socket.socket) -> Iterator[bytes]:
    """An empty piece makes the server send the headers, and nothing else."""
    if reply.cut == "headers":
        yield b""
    elif reply.cut == "body":
        yield reply.body[: len(reply.body) // 2]
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the client was faster
        return
