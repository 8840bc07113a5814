"""A machine whose clocks can be set, that can be put to sleep and started again, for real processes.

``machine.c`` is preloaded into them and moves what the kernel tells of the time; nothing else of it is
made up. See there for what is moved, and how.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("machine.c")
AFTER_BOOT = 20.0
"""What the monotonic clocks of a machine show when somebody has logged in and started something."""


class Machine:
    """Clocks that begin as those of the real machine, in a folder of its own.

    Attributes:
        environment: what a process needs to live on this machine.
        lived: seconds since this object was made, awake.
        slept: the same, asleep or off.
    """

    def __init__(self, folder: Path) -> None:
        library = folder / "machine.so"
        command = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True)
        self.environment = {"LD_PRELOAD": str(library), "MACHINE": str(folder)}
        self._folder = folder
        self._offsets = [0.0, 0.0, 0.0]
        self._begun = time.monotonic()
        self.slept = self._skipped = 0.0
        self._move(0.0, 0.0, 0.0)
        self._forget_boot()

    @property
    def wall(self) -> float:
        """What the wall clock shows: Unix seconds."""
        return time.time() + self._offsets[0]

    @property
    def boot(self) -> float:
        """Seconds since it was started."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) + self._offsets[1]

    @property
    def boot_id(self) -> str:
        return (self._folder / "boot_id").read_text("ascii")

    @property
    def lived(self) -> float:
        return time.monotonic() - self._begun + self._skipped

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock forward, or back."""
        self._move(seconds, 0.0, 0.0)

    def sleep(self, seconds: float, process: subprocess.Popen[str] | None) -> None:
        """Sleep for so long, and the process with it."""
        with _frozen(process):
            self._move(seconds, seconds, 0.0)
            self.slept += seconds

    def stop(self, seconds: float, process: subprocess.Popen[str]) -> None:
        """Keep the process stopped for so long, by SIGSTOP, while the machine goes on."""
        with _frozen(process):
            self._move(seconds, seconds, seconds)
            self._skipped += seconds

    def reboot(self, seconds: float) -> None:
        """Be off for so long, and start again. No process may live."""
        now = time.clock_gettime(time.CLOCK_MONOTONIC)
        slept = time.clock_gettime(time.CLOCK_BOOTTIME) - now
        _, boot, awake = self._offsets
        again = AFTER_BOOT - now
        self._move(seconds, again - slept - boot, again - awake)
        self.slept += seconds
        self._forget_boot()

    def _move(self, wall: float, boot: float, awake: float) -> None:
        moved = zip(self._offsets, (wall, boot, awake), strict=True)
        self._offsets = [offset + by for offset, by in moved]
        whole = struct.pack("=3q", *(round(offset * 1e9) for offset in self._offsets))
        # Written in place: the processes have mapped it.
        file = os.open(self._folder / "offsets", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(file, whole)
        finally:
            os.close(file)

    def _forget_boot(self) -> None:
        (self._folder / "boot_id").write_text(f"{uuid.uuid4()}\n", "ascii")


@contextmanager
def _frozen(process: subprocess.Popen[str] | None) -> Iterator[None]:
    if process is None:
        yield
        return
    process.send_signal(signal.SIGSTOP)
    try:
        _wait_until_stopped(process)
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _wait_until_stopped(process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 20.0
    while _state(process.pid) != "T":
        assert time.monotonic() < end, "the process does not stop"
        time.sleep(0.001)


def _state(pid: int) -> str:
    """One letter, as ``ps`` shows it."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
