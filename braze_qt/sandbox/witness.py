"""What the parts of the web application share."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import current_app, request

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.cards import ContentCards
from braze_qt.sandbox.faults import Faults
from braze_qt.sandbox.flags import Flag
from braze_qt.sandbox.news import News
from braze_qt.sandbox.served import Json, Served

NAME = "braze-sandbox"
RAW_HEADERS = "braze-sandbox.headers"
"""Where the environment of a request has its headers as they came; WSGI's own have lost their spelling."""
STAY = "braze-sandbox.stay"
"""Where it has what allows the connection to last as long as it likes."""
AT_ONCE = 2
"""Bodies that are read at once: what is made of one takes ten times its memory."""
TURN_SECONDS = 30.0


class BusyError(Exception):
    """So many wait that it is better to come again."""


class Turns:
    """Bodies are read a few at a time, while at most so many wait, each of which holds a connection."""

    def __init__(self, most_waiting: int) -> None:
        self._free = threading.Semaphore(AT_ONCE)
        self._places = threading.Semaphore(AT_ONCE + most_waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until it may begin; BusyError if that takes too long, or too many wait already."""
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            if not self._free.acquire(timeout=TURN_SECONDS):
                raise BusyError
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._places.release()


@dataclass(frozen=True)
class Witness:
    """What has come, what is served, what shall go wrong, and who wants to know.

    ``turns`` are for programs and for pages of other origins, which thus never wait for each other.
    """

    archive: Archive
    flags: Served[Flag]
    cards: ContentCards
    faults: Faults
    news: News
    turns: dict[bool, Turns] = field(default_factory=lambda: {False: Turns(100), True: Turns(16)})

    def config(self) -> tuple[int, Json]:
        """When a switch was last changed, in Unix seconds, and what ``config`` blocks say of the features."""
        time = max(self.flags.switch.time, self.cards.switch.time)
        return time, self.flags.config() | self.cards.config()


def witness() -> Witness:
    """That of the application that handles the present request."""
    found = current_app.extensions[NAME]
    assert isinstance(found, Witness)
    return found


def stay() -> None:
    """The answer to the present request may take as long as it likes."""
    allow = request.environ.get(STAY)
    if allow is not None:
        allow()


def is_of_other_origin() -> bool:
    """Whether a page of another origin asks, as browsers tell."""
    origin = request.headers.get("Origin")
    if origin and origin.lower() != request.host_url.rstrip("/").lower():
        return True
    return request.headers.get("Sec-Fetch-Site", "").strip().lower() in ("cross-site", "same-site")
