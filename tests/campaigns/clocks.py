"""Clocks set, machines asleep, off and started again, processes stopped: no session comes of it that was not.

A real application lives on a machine whose clocks are moved under it (``tests/support/machine.py``); what
arrives at a sandbox is compared with what the model of the rules expects, ``tests/support/session_model.py``.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from braze_qt._session.state import Input
from braze_qt.sandbox import Sandbox
from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess, running_host
from tests.support.machine import Machine
from tests.support.session_model import Session
from tests.support.session_observers import HEARTBEAT, OneMachine, faults
from tests.support.sessions import Event
from tests.support.waiting import until
from tests.support.witness import Witness

MINUTE, HOUR, DAY, YEAR = 60.0, 3_600.0, 86_400.0, 365 * 86_400.0
TIMEOUTS = (1, 2, 10, 60, 1_800, 3_600, 86_400, 31_536_000)
DARK_WAKES = ((15 * MINUTE, 13.0), (HOUR, 45.0))
"""How often a machine wakes by itself at night, and for how long: as reported of Macs."""
NIGHT = 8 * HOUR
NIGHTS = [(timeout, wakes) for timeout in TIMEOUTS if timeout <= HOUR for wakes in DARK_WAKES]
"""Each timeout with each of them; a longer one can outlast the night."""
ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"
"""Summer time as in Berlin, for machines that know no names of zones."""
CHANGES = (1_774_746_000.0, 1_792_890_000.0)
"""When it begins and ends in 2026."""
INSTANT = 0.05
"""Seconds in which an application does what is due."""
LATEST = CHANGES[0] + 30 * YEAR
"""Beyond this the clock is set back: a 64-bit number of nanoseconds has an end."""


class Life:
    """One data folder, and whatever happens to the application and the machine that it is on."""

    def __init__(self, folder: Path, witness: Witness, chance: random.Random, stack: ExitStack) -> None:
        self.chance = chance
        self.done: Counter[str] = Counter()
        self.story: list[str] = []
        self.arrived: list[Event] = []
        self.machine = Machine(folder)
        self.timeout = 10
        self.model = OneMachine(self.machine)
        self.clock = self.model.clock
        self.witness = witness
        self._folder = folder
        self._stack = stack
        self._numbers = iter(range(10**6))
        self._host: HostProcess | None = None
        self.start()

    # -- what can happen -----------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Let one thing happen, by the name of its method."""
        self.done[name] += 1
        self.story.append(name)
        getattr(self, f"do_{name}")()

    def do_short_absence(self) -> None:
        self.leave()
        self.enter()

    def do_log(self) -> None:
        self.enter()
        self.log()

    def do_log_in_the_background(self) -> None:
        self.leave()
        self.log()

    def do_other_user(self) -> None:
        self.enter()
        self.change_user()

    def do_other_user_in_the_background(self) -> None:
        self.leave()
        self.change_user()

    def do_sleep(self) -> None:
        self.enter()
        self.sleep_at_it(self.some_time())

    def do_night_with_dark_wakes(self) -> None:
        self.enter()
        self.sleep_through_the_night(*self.chance.choice(DARK_WAKES))

    def do_sleep_in_the_background(self) -> None:
        self.leave()
        self.machine.sleep(self.some_time(), self.host.process)
        self.enter()

    def do_sleep_until_the_end_is_told(self) -> None:
        """The end comes without the user, soon after the machine woke."""
        self.leave()
        before = len(self.host.reports)
        self.machine.sleep(self.timeout * 1.5, self.host.process)
        until(
            lambda: (
                any("ended" in report for report in self.host.reports[before:])
                or not self.host.session()["session"]
            ),
            "the end of a session in the background",
        )
        self.model.do(self.clock.look(), "")

    def do_sleep_in_mid_request(self) -> None:
        self.enter()
        self.host.wait_until_sent()
        self.witness.hang(store=self.chance.random() < 0.5)
        self.log()
        name = self.story[-1]
        self.host.tell("flush")
        until(lambda: any(f'"{name}"' in body for body in self.witness.bodies()), "the request")
        self.sleep_at_it(self.some_time())
        self.witness.heal()

    def do_stop(self) -> None:
        """Stopped for an hour, at the foreground: neither a leave nor a sleep."""
        self.enter()
        self.machine.stop(HOUR, self.host.process)
        self.host.let_pass(HEARTBEAT)
        session = self.host.session()["session"]
        assert session == self.model.id, "the session ended while the process was stopped"

    def do_stop_in_the_background(self) -> None:
        self.leave()
        self.machine.stop(HOUR, self.host.process)
        self.enter()

    def do_set_seconds(self) -> None:
        self.set_wall(self.chance.uniform(5, MINUTE))

    def do_set_days(self) -> None:
        self.set_wall(self.chance.uniform(1, 40) * DAY)

    def do_set_years(self) -> None:
        self.set_wall(self.chance.uniform(1, 9) * YEAR)

    def do_set_in_the_background(self) -> None:
        self.leave()
        self.clock.set_wall(self.either_way(self.chance.choice((MINUTE, DAY, YEAR))))
        self.enter()

    def do_summer_time(self) -> None:
        """Live through a change of the hour."""
        self.enter()
        self.clock.set_wall(self.chance.choice(CHANGES) - 1 - self.machine.wall)
        self.stays(1 + HEARTBEAT)

    def do_kill(self) -> None:
        self.enter()
        self.kill()
        self.start()

    def do_kill_and_set_the_clock(self) -> None:
        self.kill()
        self.clock.set_wall(self.either_way(self.chance.choice((MINUTE, DAY, YEAR))))
        self.machine.sleep(self.some_time(), None)
        self.start()

    def do_kill_and_reboot(self) -> None:
        self.chance.choice((self.enter, self.leave))()
        self.kill()
        self.machine.reboot(self.some_time())
        self.start()

    def do_reboot_with_another_clock(self) -> None:
        self.chance.choice((self.enter, self.leave))()
        self.kill()
        self.machine.reboot(self.some_time())
        self.machine.set_wall(self.either_way(self.chance.uniform(MINUTE, YEAR)))
        self.start()

    def do_quit(self) -> None:
        self.chance.choice((self.enter, self.leave))()
        self.quit()
        self.start()

    # -- how it is done ------------------------------------------------------------------------

    @property
    def host(self) -> HostProcess:
        assert self._host is not None
        return self._host

    @property
    def errors(self) -> Path:
        return self._folder / "errors"

    def start(self, timeout: int | None = None) -> None:
        """Start the application: it comes to the foreground at once."""
        timeout = self.timeout = timeout or self.chance.choice(TIMEOUTS)
        self.story.append(f"T={timeout}")
        config = {
            "api_key": "7e57ab1e-0000-4000-8000-000000000000",
            "endpoint": self.witness.url,
            "session_timeout": timeout,
            "shutdown_timeout": 10.0,
            "data_dir": str(self._folder / "data"),
        }
        what = {"toolkit": "widgets", "ending": "exec", "config": config}
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TZ": ZONE, **self.machine.environment}
        before = self.clock.look()
        self._host = self._stack.enter_context(running_host(what, environment, self.errors))
        session = self.host.wait_for_session("foreground")
        self.host.tell("keep_running")
        self.model.start_application(self.clock.since(before), timeout, session)

    @property
    def session(self) -> Session | None:
        """That which is open, by the model."""
        return self.model.known.session

    def enter(self) -> None:
        if self.session and self.session.left is None:
            return
        before = self.clock.look()
        self.host.tell("show", OPENS_WITH)
        session = self.host.wait_for_session("foreground")
        self.model.do(self.clock.since(before), session, Input.ENTER_FOREGROUND)

    def leave(self) -> None:
        self.enter()
        before = self.clock.look()
        self.host.tell("close", OPENS_WITH)
        until(lambda: self.host.session()["state"] != "foreground", "the background")
        self.model.do(self.clock.since(before), self.model.id, Input.LEAVE_FOREGROUND)

    def log(self) -> None:
        name = f"event {next(self._numbers)}"
        before = self.clock.look()
        self.host.tell("log", name)
        self.model.log_at(self.clock.since(before), name)
        self.story.append(name)

    def change_user(self) -> None:
        user = self.chance.choice(("ann", "ben", "cem"))
        before = self.clock.look()
        self.host.tell("user", user)
        session = self.host.session()["session"]
        if user != self.model.known.user:
            self.model.do(self.clock.since(before), session, Input.CHANGE_USER, user)

    def sleep_at_it(self, seconds: float) -> None:
        """Sleep while the application is in the foreground, and let it notice."""
        began = self.clock.look()
        self.machine.sleep(seconds, self.host.process)
        middle = self.clock.look()
        self.host.let_pass(HEARTBEAT)
        woke = self.clock.since(middle)
        self.model.sleep(began, woke, self.host.session()["session"])
        self.touch()

    def sleep_through_the_night(self, period: float, awake: float) -> None:
        """The machine wakes by itself, again and again, and nobody is there before the morning."""
        self.story.append(f"{awake:.0f} s every {period:.0f} s")
        began = self.clock.look()
        for _ in range(round(NIGHT / period)):
            self.machine.sleep(period - awake, self.host.process)
            self.machine.stop(awake, self.host.process)
            self.host.let_pass(INSTANT)
            session = self.host.session()["session"]
            assert session in ("", self.model.id), "a session of the night"
            if not session and self.session:
                self.model.sleep(began, self.clock.look(), session)
                self.log()
        self.model.sleep(began, self.clock.look(), session)
        self.touch()

    def touch(self) -> None:
        """The first sign of the user after a sleep."""
        before = self.clock.look()
        self.host.tell("key", OPENS_WITH)
        session = self.host.wait_for_session("foreground")
        if not self.session:
            self.model.do(self.clock.since(before), session, Input.ENTER_FOREGROUND)

    def stays(self, seconds: float) -> None:
        """Nothing happens to the session meanwhile, whatever the clock shows."""
        expected = self.model.id if self.session else ""
        state = self.host.session()["state"]
        self.host.let_pass(seconds)
        after = self.host.session()
        assert (after["state"], after["session"]) == (state, expected), "the session changed"

    def set_wall(self, seconds: float) -> None:
        """One way and back, more or less, in mid-session."""
        self.enter()
        moved = self.either_way(seconds)
        self.clock.set_wall(moved)
        self.stays(HEARTBEAT)
        self.clock.set_wall(-moved * self.chance.uniform(0.2, 1.8))

    def either_way(self, seconds: float) -> float:
        """Forward, or back where the calendar leaves room for that."""
        wall = self.machine.wall
        back = wall > LATEST or (wall - seconds > CHANGES[0] - 20 * YEAR and self.chance.random() < 0.5)
        self.story.append(f"{'-' if back else '+'}{seconds:.0f}")
        return -seconds if back else seconds

    def some_time(self) -> float:
        """Clearly shorter or clearly longer than the timeout."""
        timeout = self.timeout
        long = max(timeout * self.chance.uniform(1.2, 2.0), timeout + 1.0)
        if timeout < YEAR:
            long = max(long, self.chance.choice((0.0, 5 * MINUTE, 3 * DAY)))
        seconds = self.chance.choice((timeout * self.chance.uniform(0.05, 0.7), long))
        self.story.append(f"{seconds:.1f} s")
        return seconds

    def kill(self) -> None:
        session = self.host.session()["session"]
        before = self.clock.look()
        self.host.kill()
        self.model.die(self.clock.since(before), session)

    def quit(self) -> None:
        before = self.clock.look()
        self.host.send("quit")
        assert self.host.wait_for_exit() == 0
        self.model.quit_at(self.clock.since(before))

    def finish(self) -> None:
        """Have everything sent, and compare."""
        self.host.wait_until_sent()
        self.quit()
        self.arrived = self.witness.events()
        assert not (found := faults(self.model, self.arrived)), "\n".join(found)


def deeds() -> list[str]:
    """The names of all that can happen."""
    return [name.removeprefix("do_") for name in vars(Life) if name.startswith("do_")]


@contextmanager
def living(seed: int) -> Iterator[Life]:
    """A life whose story is printed if something is wrong with it, or with what arrived."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox, ExitStack() as stack:
        life = Life(Path(folder), Witness(sandbox), random.Random(seed), stack)
        try:
            yield life
            life.finish()
        except BaseException:
            print(f"seed {seed}: {', '.join(life.story)}", flush=True)
            print(life.errors.read_text(errors="replace")[-2000:], flush=True)
            raise


def live(seed: int, names: list[str], seconds: float = 0.0) -> Life:
    """One life in which all of these happen, in an order that the seed decides, as often as there is time."""
    end = time.monotonic() + seconds
    with living(seed) as life:
        while True:
            for name in life.chance.sample(names, len(names)):
                life.do(name)
            if time.monotonic() > end:
                return life


def live_through_nights(seed: int) -> Life:
    """One life of ``NIGHTS``, in an order that the seed decides."""
    with living(seed) as life:
        for timeout, wakes in life.chance.sample(NIGHTS, len(NIGHTS)):
            life.quit()
            life.start(timeout)
            life.sleep_through_the_night(*wakes)
    return life


def run(seed: int, seconds: float) -> Iterable[str]:
    """Every night first, then life after life."""
    end = time.monotonic() + seconds
    done: Counter[str] = Counter()
    nights = live_through_nights(seed)
    yield f"{len(NIGHTS)} nights, {len(nights.model.sessions)} sessions: each ended in the evening"
    lives = visits = events = 0
    while time.monotonic() < end or not lives:
        life = live(seed * 1_000 + lives, deeds(), min(60.0, end - time.monotonic()))
        done += life.done
        lives += 1
        visits += len(life.model.sessions)
        events += len(life.model.logged)
    yield f"{lives} lives of an application, {visits} sessions, {events} events: all as they were lived"
    yield ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(done.items()))
