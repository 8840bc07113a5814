"""Hostile networks: a real application, real sockets on loopback, and every fault that we could think of.

For each: what is kept, what the user is told, when it is tried again; and that the GUI thread's timer and
quitting hardly notice.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from braze_qt._platform.clock import SystemClock
from braze_qt._protocol.response import Kind
from braze_qt._upload.transport import Transport
from tests.support.host_process import HostProcess, from_scratch, running_host
from tests.support.loopback import answer, cut, reset, serving
from tests.support.network import faults, servers
from tests.support.network.faults import Fault
from tests.support.waiting import until

KEY = "00000000-0000-4000-8000-000000000000"
DEADLINE = 20.0
"""Seconds until a state that has to come has come, beside what a fault takes by itself."""
TIMER = 0.020
"""Seconds that the GUI thread's timer may be late because of the network."""
QUIT = 0.25
"""Seconds beyond ``shutdown_timeout`` that quitting may take: 0.1 of patience, and what the disk takes."""
STORM = 100
"""Requests for a flush against a server that answers 429 to all."""
SAID = "WARNING:braze_qt._qt.upload_thread:sending is "
"""What a developer is told of a network that does not work, and nothing else."""
SILENT_NAME_SERVER = """
import fcntl, os, socket, struct, sys
control, silent = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 1))  # the loopback is up
silent.bind(("127.0.0.1", 53))
silent.set_inheritable(True)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Runs a program in a network of its own, in which a name server never answers."""


@dataclass(frozen=True)
class Course:
    """What came of a fault: what the user saw, when it is tried again, how long quitting took. Seconds."""

    fault: str
    state: str
    outcome: str
    retry: float
    quit: float

    def __str__(self) -> str:
        """One line of the table."""
        retry = f"again in {self.retry:5.0f} s" if self.retry > 0 else " " * 16
        return f"{self.fault:34} {self.state:12} {retry}  quit {self.quit:.2f} s  {self.outcome[:70]!r}"


@contextmanager
def running_application(folder: Path, prefix: Sequence[str] = ()) -> Iterator[HostProcess]:
    """An application in which nothing is installed yet; it ends well, and nothing but ``SAID`` is written.

    Args:
        folder: for what it writes.
        prefix: a command that it is started by.
    """
    options = {"toolkit": "window", "ending": "exec", "config": None}
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    folder.mkdir(parents=True, exist_ok=True)
    start = partial(from_scratch, prefix=prefix)
    with running_host(options, environment, folder / "errors", start) as application:
        yield application
        application.send("quit")
        code, errors = application.wait_for_exit(), application.errors().splitlines()
    assert (code, [line for line in errors if not line.startswith(SAID)]) == (0, []), errors


@contextmanager
def _measured_application(folder: Path) -> Iterator[HostProcess]:
    """The same, and its timer is measured, once requests is imported: that holds the interpreter for some
    10 ms at a time, several times as long where others start beside it, and has nothing to do with a network.
    """
    (refused,) = (fault for fault in faults.connections() if fault.name == "refused")
    with running_application(folder) as application:
        face(application, refused, folder / "first", patient=False)
        application.tell("measure_lateness")
        yield application


def install(
    application: HostProcess,
    endpoint: str,
    folder: Path,
    events: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    **config: Any,
) -> None:
    """Install the SDK, or install it anew, and log events in a session."""
    application.tell("environment", environment or {})
    config |= {"api_key": KEY, "endpoint": endpoint, "data_dir": str(folder), "automatic_sessions": False}
    application.tell("install", config)
    assert application.tell("open_session")["taken"]
    log(application, events)


def log(application: HostProcess, events: Sequence[str]) -> None:
    assert application.tell("log", *events)["taken"], f"one of {events} was refused"


def everything(chance: random.Random) -> list[Fault]:
    """All faults, in an order of chance."""
    found = [*faults.connections(), *faults.replies(), *faults.statuses()]
    found += faults.configurations(chance, 10)
    chance.shuffle(found)
    return found


def face(
    application: HostProcess, fault: Fault, folder: Path, *, patient: bool, timeout: float = 1.0
) -> Course:
    """Let an application meet a fault, quit, and start again where all is well: then everything arrives.

    Args:
        folder: for the application's data.
        patient: whether to wait until a slow fault is given up; else the application quits in the middle.
        timeout: its ``shutdown_timeout``.
    """
    names = [f"{fault.name} {number}" for number in range(3)]
    with fault.place() as place:
        began = time.time()
        config = {"shutdown_timeout": timeout}
        install(application, place.endpoint, folder, names[:2], place.environment, **config)
        interrupted = fault.slow and not patient
        seen = _settled(application, ("sending",) if interrupted else fault.states, fault)
        if not interrupted:
            _check(seen, fault, began)
        log(application, names[2:])
        quitting = application.tell("shutdown")["seconds"]
    with serving() as good:
        install(application, good.endpoint, folder, **config)
        application.wait_until_sent()
        application.tell("shutdown")
        accepted = place.asked.events if place.asked and seen["deliveryState"] == "idle" else []
        _check_arrival(fault, accepted, good.events, names)
    retry = seen["retryAt"] - time.time() if seen["retryAt"] else 0.0
    return Course(fault.name, seen["deliveryState"], seen["lastOutcome"], retry, quitting)


def _settled(application: HostProcess, states: Sequence[str], fault: Fault) -> dict[str, Any]:
    """What the application says of its delivery, as soon as it is in one of these states for a reason."""
    seen: dict[str, Any] = {}

    def is_there() -> bool:
        seen.update(application.tell("delivery"))
        settled = seen["deliveryState"] in states and (seen["lastOutcome"] or states == ("sending",))
        return bool(settled) and (seen["deliveryState"] != "idle" or seen["pendingCount"] == 0)

    until(is_there, f"{fault.name}: {' or '.join(states)}", DEADLINE + fault.slow)
    return seen


def _check(seen: dict[str, Any], fault: Fault, began: float) -> None:
    assert fault.words.lower() in seen["lastOutcome"].lower(), f"{fault.name}: {seen}"
    assert KEY not in seen["lastOutcome"], f"{fault.name}: the key is told"
    assert "hush" not in seen["lastOutcome"], f"{fault.name}: a password is told"
    assert seen["lostCount"] == 0, f"{fault.name}: {seen}"
    if seen["deliveryState"] == "idle":
        return
    least, most = fault.wait
    assert seen["pendingCount"] >= 3, f"{fault.name}: something was given up: {seen}"
    assert began + least <= seen["retryAt"] <= time.time() + most, f"{fault.name}: {seen}, begun at {began}"


def _check_arrival(
    fault: Fault, accepted: list[dict[str, Any]], good: list[dict[str, Any]], names: list[str]
) -> None:
    arrived = list({str(event): None for event in accepted + good})
    told = [name for name in names for event in arrived if f"'{name}'" in event]
    assert told == names, f"{fault.name}: {names} were taken, {told} arrived"
    kinds = [event["name"] for event in {str(event): event for event in accepted + good}.values()]
    assert kinds[:5] == ["ss", "ce", "ce", "ce", "se"], f"{fault.name}: in the order {kinds}"
    assert len(good) == len({str(event) for event in good}), f"{fault.name}: something came twice"


def storm(application: HostProcess, folder: Path) -> str:
    """A server that answers 429 to whatever comes, and a user who asks for a flush again and again.

    Each of them may be tried, whatever the rate; nothing but the first request goes out by itself.
    """
    fault = Fault("429 storm", lambda: servers.replying(answer(429, "{}", Retry_After="1")))
    with fault.place() as place:
        install(application, place.endpoint, folder, ["a"])
        _settled(application, ("waiting",), fault)
        for _ in range(STORM):
            application.tell("flush")
        seen = _settled(application, ("waiting",), fault)
        application.tell("shutdown")
        assert place.asked
        asked = len(place.asked.requests)
    assert asked <= 1 + STORM, f"{asked} requests went out, where {STORM} flushes were asked for"
    assert seen["lostCount"] == 0
    assert seen["pendingCount"] == 2, seen
    return f"{fault.name}: {STORM} flushes asked for, {asked} requests, nothing lost"


def cuts() -> str:
    """A reply cut, and reset, after each of its bytes is never taken for an acceptance."""
    count = 0
    with serving() as server, closing(Transport(server.url, SystemClock().now)) as transport:
        for reply, end in itertools.product((faults.FULL, faults.CHUNKED), (cut, reset)):
            for size in range(len(reply)):
                server.replies.append(end(reply[:size]))
                outcome, _ = transport.post(b"{}", {})
                assert outcome.kind is not Kind.ACCEPTED or size > reply.index(b"}"), (reply[:size], outcome)
                assert outcome.kind in (Kind.RETRY, Kind.ACCEPTED), (reply[:size], outcome)
                count += 1
            server.replies.append(cut(reply))
            assert transport.post(b"{}", {})[0].kind is Kind.ACCEPTED
            transport.close()  # it may not have heard yet that the server has closed the connection
    return f"reply cut or reset at each length: {count} times, never taken for an acceptance"


def silent_name_server(folder: Path, *, patient: bool) -> str:
    """A name look-up that hangs: the name server, in a namespace of the application's own, never answers."""
    prefix = namespace(folder / "resolv.conf")
    if prefix is None:
        return "name look-up that hangs: NOT TRIED, this system lets nobody make namespaces"
    fault = Fault("name look-up", servers.nobody, ("offline",), "resol", slow=20.0)
    data, config = folder / "data", {"shutdown_timeout": 0.2}
    with running_application(folder, (*prefix, sys.executable, "-c", SILENT_NAME_SERVER)) as application:
        install(application, "https://sdk.iad-01.example", data, ["a", "b"], **config)
        began = time.monotonic()
        seen = _settled(application, fault.states if patient else ("sending",), fault)
        took = time.monotonic() - began
        quitting = application.tell("shutdown")["seconds"]
    with serving() as good, running_application(folder / "again") as application:
        install(application, good.endpoint, data, **config)
        application.wait_until_sent()
        assert [event["name"] for event in good.events[:4]] == ["ss", "ce", "ce", "se"], good.events
    told = f"{seen['deliveryState']} after {took:.1f} s" if patient else "quit in the middle"
    return f"name look-up that hangs: {told}, quit {quitting:.2f} s, nothing lost"


def namespace(resolver: Path) -> tuple[str, ...] | None:
    """A command prefix that gives a program a network and a resolver of its own; None where nobody may."""
    resolver.parent.mkdir(parents=True, exist_ok=True)
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:5 attempts:2\n")
    inside = ("sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(resolver))
    for user in (("--user", "--map-root-user"), ()):
        prefix = ("unshare", *user, "--net", "--mount", *inside)
        if shutil.which("unshare") and not subprocess.run([*prefix, "true"], capture_output=True).returncode:
            return prefix
    return None


def run(seed: int, seconds: float) -> Iterator[str]:
    """Every fault once, slow ones beside each other, then others by chance until the time is over."""
    end = time.monotonic() + seconds
    chance = random.Random(seed)
    patient = seconds >= 120
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="campaign-network-")))
        control, application = (
            stack.enter_context(_measured_application(folder / name)) for name in ("control", "application")
        )
        pool = stack.enter_context(ThreadPoolExecutor(8))
        folders = (folder / str(number) for number in itertools.count())
        found = everything(chance)
        slow = [pool.submit(_alone, fault, next(folders), patient) for fault in found if fault.slow]
        slow_look_up = pool.submit(silent_name_server, next(folders), patient=patient)
        yield cuts()
        yield storm(application, next(folders))
        courses, latest = [], 0.0
        quick = [fault for fault in found if not fault.slow]
        for fault in quick:
            courses.append(face(application, fault, next(folders), patient=patient))
            yield str(courses[-1])
        for each in slow:
            course, late = each.result()
            courses.append(course)
            latest = max(latest, late)
            yield str(course)
        yield slow_look_up.result()
        more = 0
        while time.monotonic() < end:
            fault = chance.choice(quick + faults.configurations(chance, 10))
            courses.append(face(application, fault, next(folders), patient=patient))
            more += 1
        yield f"{len(courses)} courses, {more} of them by chance; nothing lost, nothing twice"
        late, machine = (each.tell("lateness")["seconds"] for each in (application, control))
        yield from _verdict(courses, max(late, latest), machine, peak_memory(application))


def _alone(fault: Fault, folder: Path, patient: bool) -> tuple[Course, float]:  # noqa: FBT001
    with _measured_application(folder) as application:
        course = face(application, fault, folder / "data", patient=patient)
        return course, application.tell("lateness")["seconds"]


def peak_memory(application: HostProcess) -> int:
    """Bytes that it had at most."""
    status = Path(f"/proc/{application.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _verdict(courses: list[Course], late: float, machine: float, peak: int) -> Iterator[str]:
    """Times, beside those of an application that does nothing: what is late there too is the machine."""
    longest = max(course.quit for course in courses)
    yield (
        f"the GUI thread's timer was late by {late * 1000:.0f} ms at worst; in an application"
        f" that does nothing by {machine * 1000:.0f} ms"
    )
    yield f"quitting took {longest:.2f} s at worst, of 1 s for sending; memory {peak / 2**20:.0f} MiB at most"
    if machine > TIMER:
        yield "no verdict on these times: the machine was too busy for an application that does nothing"
        return
    assert late <= TIMER + machine, "the GUI thread's timer was held up"
    assert longest <= 1.0 + QUIT, "quitting took too long"
