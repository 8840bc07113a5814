"""Up to eight real processes of one application, at random killed, stopped, in front, under other users.

Time is virtual, so that the sessions that arrive at the sandbox can be compared to the millisecond with what
the model of the rules expects. Processes, signals, locks, files and requests are real.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from braze_qt._session.state import Input
from braze_qt.testing import SandboxProcess
from tests.support.clocks import SharedClock
from tests.support.host_process import HostProcess, forked_hosts, running_host
from tests.support.session_model import Known, Told
from tests.support.session_observers import SeveralProcesses

Start = Callable[[dict[str, Any]], HostProcess]
"""Starts a host with these options."""

TIMEOUT = 10
MOST = 8
DEADLINE = 60.0
"""Seconds until a process has answered, whatever the machine is busy with."""
TICK = 1e-7
"""Virtual seconds between two commands: in a whole round less than what times are compared to."""
ROUND = 60
"""Things that happen until everything is compared."""


class Clock:
    """Virtual seconds that all hosts read. Those of two commands differ, as the order of moments is that of
    records."""

    def __init__(self, file: Path) -> None:
        self._shown = SharedClock(file, sets=True)
        self._seconds = self._ticks = 0.0

    def set(self, seconds: float) -> None:
        """So late is it for everybody."""
        self._seconds = seconds
        self.tick()

    def tick(self) -> None:
        """A little later."""
        self._ticks += TICK
        self._shown.set(self._seconds + self._ticks)


class Process:
    """A host as the campaign sees it."""

    def __init__(self, number: int, host: HostProcess, clock: Clock) -> None:
        self.number = number
        self.host = host
        self._clock = clock
        self.stopped = False
        self.burst: list[str] = []
        self._writing = 0

    def send(self, *command: Any) -> int:
        self._clock.tick()
        return self.host.send(*command)

    def tell(self, *command: Any) -> None:
        self._wait(self.send(*command))

    def state(self) -> dict[str, Any]:
        """Whether what it was told is merged, and what it says of its session after that."""
        return self.host.tell("merge", within=DEADLINE) | self.host.tell("session", within=DEADLINE)

    def begin_burst(self, names: list[str]) -> None:
        self.burst = names
        self._writing = self.send("log", *names)

    def end_burst(self) -> None:
        """Wait for it."""
        self._wait(self._writing)
        self.burst = []

    def stop(self) -> None:
        self.host.process.send_signal(signal.SIGSTOP)
        self.stopped = True

    def go_on(self) -> None:
        self.host.process.send_signal(signal.SIGCONT)
        self.stopped = False

    def _wait(self, number: int) -> dict[str, Any]:
        return self.host.wait_until_done(number, DEADLINE)


class Campaign:
    """Lets things happen, and tells the model of them."""

    def __init__(self, seed: int, folder: Path, url: str, start: Start) -> None:
        self.chance = random.Random(seed)
        self.model = SeveralProcesses(known=Known(timeout=TIMEOUT))
        self.done: Counter[str] = Counter()
        self.acknowledged: set[str] = set()
        self._living: dict[int, Process] = {}
        self.unowed: set[str] = set()
        """Taken, perhaps, by a process that has not heard yet that consent was withdrawn: never sent."""
        self._unheard: set[int] = set()
        self._numbers = self._names = 0
        self._clock = Clock(folder / "clock")
        self._start = start
        config = {
            "api_key": "campaign",
            "endpoint": url,
            "session_timeout": TIMEOUT,
            "flush_interval": 1.0,
            "automatic_sessions": False,
            "data_dir": str(folder / "data"),
            "app_name": "campaign",
            "shutdown_timeout": 5.0,
        }
        self._options = {
            "toolkit": "window",
            "ending": "exec",
            "config": config,
            "clock": str(folder / "clock"),
        }

    # -- what happens --------------------------------------------------------------------------

    def happen(self) -> None:
        """One thing of chance."""
        # Calls without consent are not stored, and so not shared before there is consent.
        allowed = self.model.known.enabled
        deeds = {
            self.begin: 4 if len(self._living) < MOST else 0,
            self.enter: 5,
            self.leave: 4,
            self.pass_time: 6,
            self.change_user: 1 if allowed else 0,
            self.log: 3,
            self.burst: 2,
            self.stop: 2,
            self.go_on: 2,
            self.kill: 1.5,
            self.quit: 0.5,
            self.quit_together: 0.3,
            self.change_timeout: 0.7 if allowed else 0,
            self.disable: 0.4 if allowed else 0,
            self.enable: 0 if allowed else 3,
        }
        (deed,) = self.chance.choices(list(deeds), list(deeds.values()))
        deed()
        self.done[deed.__name__.replace("_", " ")] += 1

    def begin(self) -> None:
        self._begun()

    def enter(self) -> None:
        process = self._any()
        self.model.feed(Input.ENTER_FOREGROUND, process=process.number)
        self._ask(process, "open_session")

    def leave(self) -> None:
        process = self._any()
        self.model.feed(Input.LEAVE_FOREGROUND, process=process.number)
        self._ask(process, "close_session")

    def pass_time(self) -> None:
        seconds = self.chance.choice((0.25, 1.0, 3.0, 6.0, TIMEOUT - 0.5, TIMEOUT, 25.0))
        self.model.wait(seconds)
        self._clock.set(self.model.clock.seconds)
        for process in self._idle():
            self.model.look(process.number)
            self._ask(process, "evaluate")

    def change_user(self) -> None:
        user = self.chance.choice(("ada", "bob", "eve"))
        process = self._any()
        self.model.feed(Input.CHANGE_USER, user=user)
        self._ask(process, "user", user)

    def change_timeout(self) -> None:
        process, seconds = self._any(), self.chance.choice((3, TIMEOUT, 30))
        self.model.feed(Input.SET_TIMEOUT, timeout=seconds)
        self._ask(process, "timeout", seconds)

    def disable(self) -> None:
        process = self._any()
        self.model.feed(Input.DISABLE)
        self.unowed |= self.model.bursts
        self._ask(process, "enable", False)
        self._unheard = set(self._living) - {process.number}

    def enable(self) -> None:
        process = self._any()
        self.model.feed(Input.ENABLE)
        self._ask(process, "enable", True)
        self._unheard = set(self._living) - {process.number}

    def log(self) -> None:
        process, name = self._any(), self._name()
        self.model.log(name)
        self._ask(process, "log", name)

    def burst(self) -> None:
        """A process logs much, and meanwhile other things happen; it may be stopped while it writes."""
        process = self._any()
        self._hear(process)
        names = [self._name() for _ in range(self.chance.randrange(1, 300))]
        self.model.burst(set(names))
        process.begin_burst(names)
        if len(self._running()) > 1 and self.chance.random() < 0.5:
            time.sleep(self.chance.random() * len(process.burst) * 1e-4)
            process.stop()

    def stop(self) -> None:
        if len(self._running()) > 1:
            self.chance.choice(self._running()).stop()

    def go_on(self) -> None:
        stopped = [process for process in self._living.values() if process.stopped]
        if stopped:
            self.chance.choice(stopped).go_on()

    def kill(self) -> None:
        if self._living:
            process = self._living.pop(self.chance.choice(list(self._living)))
            process.host.kill()
            self._gone(process)
            if self.model.kill(process.number):
                witness = next(iter(self._idle()), None)
                answer = self._ask(witness, "evaluate") if witness else self._begun()
                self.model.settle(answer["state"], answer["ends_in"])

    def quit(self) -> None:
        self._quit([self._any()])

    def quit_together(self) -> None:
        """All who can, as when somebody logs off."""
        self._quit(self._idle())

    def _quit(self, processes: list[Process]) -> None:
        for process in processes:
            self.model.feed(Input.QUIT, process=process.number)
            del self._living[process.number]
            process.send("quit")
        for process in processes:
            process.host.wait_for_exit(DEADLINE)
            self._gone(process)

    # -- inside --------------------------------------------------------------------------------

    def _name(self) -> str:
        self._names += 1
        return f"event {self._names}"

    def _idle(self) -> list[Process]:
        """Processes that can answer at once. One that has finished a burst has answered by now."""
        for process in self._living.values():
            if process.burst and not process.stopped:
                burst = process.burst
                process.end_burst()
                self._through(process)
                self.model.burst_over(set(burst))
        return self._running()

    def _running(self) -> list[Process]:
        return [process for process in self._living.values() if not process.stopped]

    def _any(self) -> Process:
        if not self._idle():
            self._begun()
        return self.chance.choice(self._idle())

    def _begun(self) -> dict[str, Any]:
        """A process more; answers how it found the application."""
        self._numbers += 1
        self._clock.tick()
        process = Process(self._numbers, self._start(self._options), self._clock)
        self._living[process.number] = process
        answer = self._through(process)
        self._note_consent(process)
        self.model.join(process.number, TIMEOUT)
        return answer

    def _ask(self, process: Process, *command: Any) -> dict[str, Any]:
        self._hear(process)
        process.tell(*command)
        answer = self._through(process)
        self._note_consent(process)
        return answer

    def _note_consent(self, process: Process) -> None:
        """A process that knows of a withdrawal of consent, and of no consent since, has no journal."""
        (self.model.apart.discard if self.model.known.enabled else self.model.apart.add)(process.number)

    def _hear(self, process: Process) -> None:
        """See to it that a process has heard whether there is consent: until then it answers by what was."""
        if process.number in self._unheard:
            self._unheard.discard(process.number)
            self._ask(process, "evaluate")

    def _through(self, process: Process) -> dict[str, Any]:
        """See to it that it is merged. A process that was stopped while it wrote goes on if others wait."""
        end = time.monotonic() + DEADLINE
        stuck = False
        while not (answer := process.state())["merged"]:
            assert time.monotonic() < end, f"what process {process.number} was told is not merged"
            if answer["waits"]:
                stuck = True
                for other in self._living.values():
                    if other.stopped:
                        other.go_on()
        self.done["stuck"] += stuck
        return answer

    def _gone(self, process: Process) -> None:
        self.acknowledged.update(process.host.acknowledged())
        self.model.burst_over(set(process.burst))

    # -- the end -------------------------------------------------------------------------------

    def finish(self) -> None:
        """Everybody quits, and what waits is sent."""
        for process in self._living.values():
            if process.stopped:
                process.go_on()
        if not self.model.known.enabled:
            self.enable()
        self.enter()  # what waits for a session gets one
        while self._living:
            self.quit_together()
        process = self._any()
        end = time.monotonic() + DEADLINE
        while self._ask(process, "flush")["pending"]:
            assert time.monotonic() < end, "not everything is sent"
            self.model.wait(5.0)
            self.model.time_passes()
            self._clock.set(self.model.clock.seconds)
            time.sleep(0.05)
        assert self._ask(process, "evaluate")["lost"] == 0
        self.model.feed(Input.QUIT, process=process.number)
        del self._living[process.number]
        process.send("quit")
        process.host.wait_for_exit(DEADLINE)


def compare(campaign: Campaign, events: list[dict[str, Any]]) -> None:
    """The sessions that have arrived are those of the model, and every event is in the right one."""
    arrived: dict[str, dict[str, Any]] = {}
    for event in events:
        session = arrived.setdefault(event["session_id"], {"names": Counter(), "codes": Counter()})
        session["codes"][event["name"]] += 1
        if event["name"] == "ce":
            session["names"][event["data"]["n"]] += 1
        else:
            session[event["name"]] = event
    sessions = sorted(arrived.values(), key=lambda session: session["ss"]["time"])
    told = campaign.model.ended
    assert len(sessions) == len(told), f"{len(sessions)} sessions arrived, {len(told)} took place"
    for session, expected in zip(sessions, told, strict=True):
        compare_session(session, expected)
    names = Counter(name for session in sessions for name in session["names"].elements())
    assert not (missing := campaign.acknowledged - campaign.unowed - names.keys()), f"lost: {missing}"
    assert set(names.values()) <= {1}, "an event arrived under two sessions or times"


def compare_session(arrived: dict[str, Any], told: Told) -> None:
    """One session against the model. Times are virtual, so they are exact."""
    assert (arrived["codes"]["ss"], arrived["codes"]["se"]) == (1, 1), arrived["codes"]
    start, end = arrived["ss"], arrived["se"]
    assert start.get("user_id") == end.get("user_id") == told.session.user, (start, end, told)
    assert told.end
    began, first, last = told.session.began.elapsed.low, told.end.elapsed.low, told.end.elapsed.high
    names = {event.name for event in told.events}
    assert abs(start["time"] - 1_800_000_000.0 - began) < 0.002, (start, told)
    assert first - 0.002 <= end["time"] - 1_800_000_000.0 <= last + 0.002, (end, told)
    assert first - 0.002 <= end["data"]["d"] + began <= last + 0.002, (end, told)
    strange = arrived["names"].keys() - names - told.maybe
    assert names <= arrived["names"].keys(), (names - arrived["names"].keys(), told)
    assert not strange, (strange, told)


def one_round(seed: int) -> Campaign:
    """Things happen, everybody quits, and what has arrived is compared with the model."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sandbox = stack.enter_context(SandboxProcess())
        fork = stack.enter_context(forked_hosts())

        def start(options: dict[str, Any]) -> HostProcess:
            environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
            return stack.enter_context(running_host(options, environment, folder / "errors", fork))

        campaign = Campaign(seed, folder, sandbox.url, start)
        for _ in range(ROUND):
            campaign.happen()
        campaign.finish()
        assert "Traceback" not in (said := (folder / "errors").read_text()), said
        compare(campaign, [record["event"] for record in sandbox.api("events")["events"]])
        return campaign


def run(seed: int, seconds: float) -> Iterator[str]:
    """Rounds, each with a seed of its own."""
    end = time.monotonic() + seconds
    done: Counter[str] = Counter()
    rounds = sessions = events = 0
    while rounds == 0 or time.monotonic() < end:
        try:
            campaign = one_round(seed + rounds)
        except Exception as error:
            raise AssertionError(f"round with seed {seed + rounds}: {error}") from error
        rounds += 1
        done += campaign.done
        sessions += len(campaign.model.ended)
        events += len(campaign.acknowledged)
    yield f"{rounds} rounds of up to {MOST} processes: {sessions} sessions, {events} events, all as they were"
    yield ", ".join(f"{count} × {deed}" for deed, count in done.most_common())
