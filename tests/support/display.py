"""A private X server with a window manager and a second program that can take the focus away."""

import os
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.waiting import until

OTHER_PROGRAM = "another program"
TRAY = "panel"


class Window(NamedTuple):
    """A window that the window manager has: its id, its title, and ``"x y width height"`` in pixels."""

    id: str
    title: str
    place: str


class Desktop:
    """What a person does to windows, done by wmctrl and xdotool; returns when the display agrees."""

    def __init__(self, environment: dict[str, str], memory: Path) -> None:
        self.environment = environment
        """For programs that shall show their windows here."""
        self._memory = memory

    def window(self, title: str) -> str:
        """The id of a managed window, mapped or not."""
        return until(lambda: self._windows().get(title, ""), f"a window with the title {title!r}")

    def windows(self) -> list[Window]:
        """All managed windows but the desktop's own, oldest first."""
        lines = self._run("wmctrl", "-l", "-G", check=False).splitlines()  # fails while there is no window
        columns = [line.split(maxsplit=7) for line in lines]
        windows = [Window(each[0], "".join(each[7:]), " ".join(each[2:6])) for each in columns]
        return [window for window in windows if window.title not in (OTHER_PROGRAM, TRAY)]

    def picture(self) -> bytes:
        """What the screen shows: its pixels row by row, four bytes each (blue, green, red, nothing)."""
        screen = self._memory.read_bytes()
        header = struct.unpack_from(">20I", screen)  # of an X window dump, XWDFile.h
        size, rows, row_size, colours = header[0], header[5], header[12], header[19]
        start = size + 12 * colours
        return screen[start : start + rows * row_size]

    def windows_beside(self, titles: Sequence[str]) -> list[str]:
        """Titles of the windows that are neither of ``titles`` nor the other program's."""
        return sorted(self._windows().keys() - {*titles, OTHER_PROGRAM})

    def focus(self, title: str) -> None:
        """Give the focus to a window, from wherever it is: minimised, behind, on another workspace."""
        self.focus_window(self.window(title))

    def focus_window(self, window: str) -> None:
        """The same with the id of a window, where titles are not unique."""
        self._run("wmctrl", "-i", "-a", window)
        self._wait_for_focus(window, f"window {window}")

    def steal_focus(self) -> None:
        """The person turns to the other program."""
        self.focus(OTHER_PROGRAM)

    def minimise(self, title: str) -> None:
        window = self.window(title)
        self._run("xdotool", "windowminimize", window)
        until(lambda: self.focused() != int(window, 16), f"{title!r} without the focus")

    def switch_workspace(self, number: int) -> None:
        self._run("wmctrl", "-s", str(number))
        until(lambda: self._run("xdotool", "get_desktop").strip() == str(number), f"workspace {number}")

    def type(self, *keys: str) -> None:
        """Press keys, one after the other, in whatever has the keyboard."""
        self._run("xdotool", "key", "--delay", "50", *keys)

    def close(self, title: str) -> None:
        """The close button of the window's frame."""
        self.close_window(self.window(title))

    def close_window(self, window: str) -> None:
        """The same with the id of a window."""
        self._run("wmctrl", "-i", "-c", window)

    def click(self, window: str, right: int, down: int, button: int = 1) -> None:
        """Press and let go a mouse button (1: left, 2: middle, 3: right) over a point of a window."""
        self._run("xdotool", "mousemove", "--window", window, str(right), str(down), "click", str(button))

    def click_tray_icon(self, button: int) -> None:
        """The same over the icon that came last to the tray."""
        self.click(self.window(TRAY), 12, 16, button)

    def park_mouse(self) -> None:
        """Move the mouse pointer to where no window is."""
        self._run("xdotool", "mousemove", "1279", "799")

    def cut_connection(self, title: str) -> None:
        """What a logout or a crash of the display does to the program that owns the window."""
        self._run("xdotool", "windowkill", self.window(title))

    def wait_for_other_program(self) -> None:
        """Wait until the window manager has given the focus to the other program."""
        self.wait_for_focus(OTHER_PROGRAM)

    def wait_for_focus(self, title: str) -> None:
        self._wait_for_focus(self.window(title), title)

    @contextmanager
    def dragging(self, title: str) -> Iterator[Callable[[], None]]:
        """Hold a window by its title bar; each call of what is yielded moves it a little further."""
        into_the_frame = ["mousemove", "--window", self.window(title), "--", "60", "-8"]
        self._run("xdotool", *into_the_frame, "mousedown", "1")
        try:
            yield lambda: self._move_mouse(5, 3)
        finally:
            self._run("xdotool", "mouseup", "1")

    @contextmanager
    def holding_alt_tab(self) -> Iterator[None]:
        """The window manager has the keyboard and shows its list of windows, as long as the block lasts."""
        self._run("xdotool", "keydown", "alt", "key", "Tab")
        try:
            yield
        finally:
            self._run("xdotool", "keyup", "alt")

    def _move_mouse(self, right: int, down: int) -> None:
        self._run("xdotool", "mousemove_relative", "--", str(right), str(down))

    def focused(self) -> int:
        """The id of the window that has the keyboard, 0 for none."""
        answer = self._run("xdotool", "getactivewindow", check=False).strip()
        return int(answer) if answer else 0

    def _wait_for_focus(self, window: str, title: str) -> None:
        until(lambda: self.focused() == int(window, 16), f"the focus in {title!r}")

    def _windows(self) -> dict[str, str]:
        """Titles of the managed windows and their ids."""
        lines = self._run("wmctrl", "-l", check=False).splitlines()  # fails while there is no window
        columns = [line.split(maxsplit=3) for line in lines]
        return {column[3]: column[0] for column in columns if len(column) == 4}

    def _run(self, *command: str, check: bool = True) -> str:
        result = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=check, timeout=30
        )
        return result.stdout


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str], pass_fds: Sequence[int] = ()
) -> Iterator[None]:
    """A program of the desktop, ended with the block."""
    process = subprocess.Popen(
        command, env=environment, pass_fds=pass_fds, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def running_desktop(home: Path) -> Iterator[Desktop]:
    """A screen of its own, invisible, with openbox on it and a terminal as the other program."""
    environment = {**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8"}
    environment.pop("WAYLAND_DISPLAY", None)
    with ExitStack() as stack:
        reader, writer = os.pipe()
        server = [
            "Xvfb",
            "-displayfd",
            str(writer),
            "-screen",
            "0",
            "1280x800x24",
            "-fbdir",
            str(home),
            "-nolisten",
            "tcp",
            "-noreset",
            "-r",  # no repeated keys: on a busy machine a key that is pressed for a moment is down for long
        ]
        stack.enter_context(running(server, environment, [writer]))
        os.close(writer)
        with os.fdopen(reader) as number:
            environment["DISPLAY"] = f":{number.readline().strip()}"
        desktop = Desktop(environment, home / "Xvfb_screen0")
        stack.enter_context(running(["openbox", "--sm-disable"], environment))
        until(lambda: manages_windows(environment), "the window manager")
        press_the_first_key(desktop)
        stack.enter_context(running(["xterm", "-T", OTHER_PROGRAM, "-e", "cat"], environment))
        desktop.window(OTHER_PROGRAM)
        yield desktop


def press_the_first_key(desktop: Desktop) -> None:
    """Openbox takes the first key for a change of the keyboard and grabs its shortcuts anew: one that comes
    meanwhile is lost (``openbox --debug``: "Keyboard map changed. Reloading keyboard bindings.").

    A window that opens while openbox is still starting waits 5 seconds for an answer.
    """
    desktop.type("Shift_L")
    for number in (1, 0):  # openbox does so once it has started, and after the key
        desktop.switch_workspace(number)


@contextmanager
def running_tray(desktop: Desktop) -> Iterator[None]:
    """A system tray in the right upper corner."""
    tray = ["trayer", "--edge", "top", "--align", "right", "--widthtype", "request", "--height", "32"]
    with running(tray, desktop.environment):
        desktop.window(TRAY)
        yield


def manages_windows(environment: dict[str, str]) -> bool:
    """Is a window manager at work on this display, with its workspaces, which it makes last?"""
    asked = ["xdotool", "get_desktop"]
    return subprocess.run(asked, env=environment, capture_output=True, check=False).returncode == 0
