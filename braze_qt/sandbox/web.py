"""The web application: the endpoint, the JSON and the pages, and what guards them all."""

import ipaddress
import logging
import socket
from copy import copy
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import Config, Flask, Response, abort, current_app, jsonify, make_response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter

from braze_qt.sandbox.api import api
from braze_qt.sandbox.endpoint import ROOT, endpoint
from braze_qt.sandbox.pages import error_page, pages
from braze_qt.sandbox.witness import NAME, Witness, is_of_other_origin

MAX_BODY = 16 << 20
"""Bytes; Web SDKs were seen to send 5.2 MB."""

logger: logging.Logger = logging.getLogger(__name__)


class Everything(BaseConverter):
    """The rest of an address, whatever it is made of: user ids may hold slashes."""

    regex = r"[\s\S]+"
    part_isolating = False


def create_app(witness: Witness, host: str) -> Flask:
    """The application; it answers only to those who called it by a name of this machine.

    Args:
        host: what it listens on.
    """
    app = copy(_app_without_witness())
    app.extensions = {NAME: witness}
    app.config = Config(app.root_path, app.config)
    app.config["NAMES"] = set() if is_loopback(host) else {host.lower(), *own_names()}
    return app


@cache
def _app_without_witness() -> Flask:
    """What all applications of a process share: to build the routes takes longer than all else of a start."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    app.url_map.merge_slashes = False
    app.url_map.converters["everything"] = Everything
    app.before_request(refuse_foreign_host)
    app.before_request(refuse_foreign_page)
    app.after_request(forbid_foreign_parts)
    for blueprint in (endpoint, api, pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, explain)
    app.jinja_env.auto_reload = False  # and so it is made here: no application compiles the templates again
    return app


def is_loopback(host: str) -> bool:
    """Whether this name or address means the machine itself."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def is_address(host: str) -> bool:
    """Whether it is an address and no name, which alone somebody else can make to point here."""
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def own_names() -> set[str]:
    """What this machine is called in its network."""
    name = socket.gethostname().lower()
    return {name, f"{name}.local"}


def host_in(address: str) -> str:
    """The host of an address; "" if it has none, or is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def refuse_foreign_host() -> None:
    """A page of a stranger whose name was made to point here must not read what came (DNS rebinding)."""
    host, names = host_in(f"//{request.headers.get('Host', '')}"), current_app.config["NAMES"]
    if is_loopback(host):
        return
    if not names:
        abort(403, "this sandbox answers to 127.0.0.1 and localhost only")
    if not is_address(host) and host not in names:
        abort(403, "this sandbox answers to its address and to the name of its machine only")


def refuse_foreign_page() -> None:
    """Pages of other origins may post to the endpoint, and link to the pages of this one; nothing else.

    What they cannot read is refused as well: it costs as much to answer, and holds a connection.
    """
    if request.path.startswith(f"{ROOT}/") or not is_of_other_origin():
        return
    navigation = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest")
    is_link = request.method == "GET" and navigation == ("navigate", "document")
    if (
        not is_link
        or "Origin" in request.headers
        or request.path.startswith("/api/")
        or request.path == "/events"
    ):
        abort(403, "this was asked for by a page of another origin")


def forbid_foreign_parts(response: Response) -> Response:
    """Names of strangers are escaped; should one ever not be, it still cannot run or load anything."""
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def explain(error: Exception) -> Any:
    """Every error is answered, in JSON unless a person asks, and none with a traceback."""
    if isinstance(error, HTTPException):
        status, words = error.code or 500, error.description or error.name
    else:
        logger.error("cannot answer %s %s", request.method, request.path, exc_info=error)
        status, words = 500, "The sandbox failed; its log says why."
    if request.path.startswith("/api/"):
        response = jsonify(error=words)
    else:
        response = make_response(error_page(status, words))
    response.status_code = status
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    if request.path.startswith(f"{ROOT}/"):
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response
