"""No collection of garbage begins in a thread of ours, and the host's own come as often as without us.

Each host is a run of ``tests/support/collector_host.py`` in a process of its own. ``PYTHONS`` in the
environment names further interpreters, with braze_qt's dependencies installed, that the same is done with.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.receiver import receiving

ROOT = Path(__file__).parents[2]
PATIENCE = 900.0
"""Seconds for one host, many times what it takes."""
LIKE_WITHOUT = 0.2
"""The part by which the collections of a generation may differ from those of the same host without us."""
FEW = 8
"""Collections by which they may differ whatever their number: where the first and the last one fall is
chance; and what the host makes while requests is imported, once, is taken for the import's (6 of 25 then)."""
LEVEL_KB = 2_048
"""What the last quarter of the dialogs may add to memory beyond what it adds without us."""
WAKES = 3
"""Times that a host is woken for no timer of ours: 2 were counted in 3 seconds, on a busy machine too."""
EAGER = 50
"""The threshold of an eager host: containers that it makes between two collections."""
KINDS = ("widgets", "qml")


def host(python: str, kind: str, size: int, *, endpoint: str = "", threshold: int = 0) -> dict[str, Any]:
    """Run a host, without us where there is no endpoint.

    Raises:
        AssertionError: it did not end well, or printed something.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = {"api_key": "7e57ab1e-0000-4000-8000-000000000000", "endpoint": endpoint, "data_dir": folder}
        told = [kind, json.dumps(config if endpoint else None), str(size), str(threshold)]
        done = subprocess.run(
            [python, "-m", "tests.support.collector_host", *told],
            env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 0, f"{kind} ended with {done.returncode}: {done.stderr[-3000:]}"
    assert not done.stderr, f"{kind} printed: {done.stderr[-3000:]}"
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def compare(python: str, kind: str, dialogs: int) -> str:
    """The same host without us and with us, and a request for nearly each of its dialogs.

    Raises:
        AssertionError: a collection began outside the GUI thread, or they came at another rate.
    """
    without = host(python, kind, dialogs)
    with receiving(0) as receiver:
        said = host(python, kind, dialogs, endpoint=receiver.endpoint)
        requests = len(receiver.requests)
    _assert_in_the_gui_thread(said)
    # Two events that are merged together are sent together.
    assert requests >= dialogs * 0.9, f"{requests} requests for {dialogs} dialogs"
    for generation, (ours, theirs) in enumerate(zip(said["here"], without["here"], strict=True)):
        apart = abs(ours - theirs)
        assert apart <= max(FEW, LIKE_WITHOUT * theirs), (
            f"generation {generation}: {ours}, without us {theirs}"
        )
    grown, alone = (told["memory"][-1] - told["memory"][-2] for told in (said, without))
    assert grown < alone + LEVEL_KB, f"the last quarter added {grown} kB, {alone} without us"
    return f"{requests} requests, collections {said['here']}, without us {without['here']}"


def provoke(python: str, kind: str, dialogs: int) -> str:
    """A host whose collector never rests, in threads that change places all the time."""
    with receiving(0) as receiver:
        said = host(python, kind, dialogs, endpoint=receiver.endpoint, threshold=EAGER)
        requests = len(receiver.requests)
    _assert_in_the_gui_thread(said)
    assert sum(said["here"]) > dialogs / EAGER, said
    return f"{requests} requests, collections {said['here']}, threshold {EAGER}"


def rest(python: str, seconds: int) -> str:
    """A host that does nothing: how often it is woken.

    Raises:
        AssertionError: by a timer of ours while idle, or more than once a second while a request hangs.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        said = host(python, "waiting", seconds, endpoint=endpoint)
    assert said["state"] == "sending", said
    assert said["idle"] <= WAKES, said
    assert said["hanging"] <= WAKES + seconds, said
    return f"woken {said['idle']} times in {seconds} s of rest, {said['hanging']} times while a request hung"


def _assert_in_the_gui_thread(said: dict[str, Any]) -> None:
    assert said["elsewhere"] == [0, 0, 0], f"collections began in another thread: {said}"
    assert not said["ended_elsewhere"], f"objects of the host ended in another thread: {said}"
    assert said["restored"], "the thresholds are not as they were"


def run(_: int, seconds: float) -> Iterator[str]:
    """Each interpreter in turn; how many dialogs, the time decides. Nothing is left to chance."""
    pythons = [sys.executable, *os.environ.get("PYTHONS", "").split()]
    dialogs = int(min(5_000, max(400, seconds * 12 / len(pythons))))
    for python in pythons:
        yield python
        for kind in KINDS:
            yield f"  {kind:8} {compare(python, kind, dialogs)}"
            yield f"  {kind:8} {provoke(python, kind, dialogs // 4)}"
        yield f"  {rest(python, 10)}"
