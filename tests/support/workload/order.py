"""What a host of a campaign is told to do, and what it says of each thing that it reports."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

KEY = "00000000-0000-4000-8000-000000000000"
CROWD = 3_000
"""Events that wait from which on a host logs no more until some were sent."""


@dataclass(frozen=True)
class Order:
    """One run of a host.

    Attributes:
        folder: its data; None for where the SDK puts them by itself.
        endpoint: where it sends.
        run: its number, which all that it reports bears.
        seed: of what it does, and in which order.
        steps: how many things it does; None for going on until it is killed.
        threads: 2 for a second one that logs all the time.
        plain: only plain events: no purchases, attributes, users and sessions.
        terse: its events say no more than which they are, and nobody is told of them.
        unbounded: log on although much waits.
        every: seconds between two of them, at least.
        pauses: after so many steps it stops itself, until somebody lets it go on.
        drain: seconds for sending everything after the steps; 0 for not waiting.
        insist: whether it asks for that again and again, which a failure would put off else.
        close: whether it ends as applications should.
        timeout, shutdown: ``session_timeout`` and ``shutdown_timeout``.
        die_at: a statement of the package, ``file:line``, at which it dies the ``times``-th time; "" for
            telling all there are; None for neither.
        file_size: bytes that a file of it may have; ``deadly`` is whether the write beyond it kills.
        retry: seconds until a disk that took nothing is tried again; 0 for as long as the SDK waits.
        environment: what is different in the environment; None takes a variable away.
        uid: who it is; 0 for whoever runs the campaign.
    """

    folder: str | None
    endpoint: str
    run: int
    seed: int = 0
    steps: int | None = None
    threads: int = 1
    plain: bool = False
    terse: bool = False
    unbounded: bool = False
    every: float = 0.0
    pauses: tuple[int, ...] = ()
    drain: float = 0.0
    insist: bool = False
    close: bool = False
    timeout: int = 300
    shutdown: float = 2.0
    die_at: str | None = None
    times: int = 1
    file_size: int | None = None
    deadly: bool = True
    retry: float = 0.0
    environment: dict[str, str | None] = field(default_factory=dict)
    uid: int = 0


def wording(run: int, thread: int, number: int, *, terse: bool = False) -> dict[str, Any]:
    """The properties of one event: different for each, and sometimes longer than a page of the file."""
    if terse:
        return {"run": run, "thread": thread, "number": number}
    chance = zlib.crc32(f"{run} {thread} {number}".encode())
    text = f'„{chance:08x}\\" ü' * (1 + chance % 19)
    pages = 40 if chance % 97 == 0 else 1 + chance % 3
    return {"run": run, "thread": thread, "number": number, "text": [text] * pages}
