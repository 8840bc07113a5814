"""A private X11 desktop with a window manager and a second program: there the tour acts like a person."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

Result = TypeVar("Result")

PROGRAMS = ("Xvfb", "openbox", "xterm", "xdotool", "wmctrl")
DEADLINE = 30.0
"""Seconds; only a machine that hangs takes so long for anything the tour waits for."""


class TourError(Exception):
    """What the tour waited for did not happen."""


def wait_for(what: str, look: Callable[[], Result | None]) -> Result:
    """What ``look`` finds, looked for until the deadline; ``what`` says in the error what was missing."""
    deadline = time.monotonic() + DEADLINE
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TourError(f"waited {DEADLINE:.0f} s for {what}")
        time.sleep(0.05)


def missing_programs() -> list[str]:
    """The programs the desktop needs and this machine has not."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


class PrivateDesktop:
    """Xvfb on a display number of its own, openbox, and an xterm that can take the focus."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self.environment = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}

    def __enter__(self) -> "PrivateDesktop":
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
        self._processes.append(subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL))
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.environment |= {"DISPLAY": ":" + pipe.readline().strip(), "QT_QPA_PLATFORM": "xcb"}
        self.start(["openbox"], quiet=True)
        wait_for("the window manager", lambda: "Name:" in self._ask("wmctrl", "-m"))
        self.start(["xterm", "-T", "another program", "-geometry", "40x12+960+400", "-e", "cat"], quiet=True)
        self.other = wait_for("the second program", lambda: self.window("another program"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait()

    def start(self, command: list[str], *, quiet: bool = False) -> subprocess.Popen[bytes]:
        """Starts a program on this desktop; it is ended with the desktop at the latest."""
        output = subprocess.DEVNULL if quiet else None
        process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output)
        self._processes.append(process)
        return process

    def window(self, title: str) -> str:
        """The id of the window with this title, "" while there is none."""
        return self._ask("xdotool", "search", "--onlyvisible", "--name", f"^{title}$").partition("\n")[0]

    def focused(self) -> str:
        """The id of the window that has the focus."""
        return self._ask("xdotool", "getactivewindow").strip()

    def focus(self, window: str) -> None:
        """Gives a window the focus as a click on it would, and waits until it has it."""
        self._ask("wmctrl", "-i", "-a", hex(int(window)))
        wait_for("the focus", lambda: self.focused() == window)

    def move(self, window: str, left: int, top: int) -> None:
        """Puts a window where it covers no other."""
        self._ask("wmctrl", "-i", "-r", hex(int(window)), "-e", f"0,{left},{top},-1,-1")

    def press(self, keys: str) -> None:
        """Presses a key or a combination, such as ctrl+u."""
        self._ask("xdotool", "key", "--clearmodifiers", keys)

    def fill_in(self, keys: str, title: str, text: str, end: str = "Return") -> None:
        """Opens a dialog by its shortcut, types over its first field, and closes it."""
        before = self.focused()
        self.press(keys)
        dialog = wait_for(f"the dialog “{title}”", lambda: self.window(title))
        wait_for("the focus on the dialog", lambda: self.focused() == dialog)
        self._ask("xdotool", "type", text)
        self.press(end)
        wait_for("the focus back on the window", lambda: self.focused() == before)

    def picture(self, window: str, file: Path) -> None:
        """A PNG of what the window shows now."""
        command = [sys.executable, "-m", "demo_app.screenshot", window, str(file)]
        subprocess.run(command, env=self.environment, check=True)

    def _ask(self, *command: str) -> str:
        answer = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=DEADLINE, check=False
        )
        return answer.stdout
