"""A person uses an application that is not ours: starts it, opens dialogs, leaves, comes back, closes it."""

from __future__ import annotations

import json
import operator
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

import PySide6
from PySide6.QtGui import QImage

from tests.support.display import Desktop, Window, running_tray
from tests.support.sessions import of_code
from tests.support.waiting import until
from tests.support.witness import Witness

Found = TypeVar("Found")

EXAMPLES = Path(PySide6.__file__).parent / "examples"
TWO_LINES = Path(__file__).with_name("two_lines")
ROOT = Path(__file__).parents[3]

TIMEOUT = 1
"""The session timeout in seconds, the shortest there is."""
BEYOND_TIMEOUT = TIMEOUT + 0.6
"""Seconds that a dialog stays open, or nobody looks: a session would have been ended."""
PATIENCE = 30.0
"""Seconds for anything that is waited for; WebEngine on a busy machine takes some."""
STILL = 0.3
"""Seconds that a picture stands still before it is taken, less than a text cursor takes to blink."""
CHANGED = 0.0005
"""The part of the screen that the smallest menu covers, and more than a text cursor."""
STANDING_STILL = "[Settings]\ngtk-enable-animations=false\ngtk-cursor-blink=false\n"
"""For the native dialogs, whose colours are not quite the same after each fading in."""
WIDTH, HEIGHT = 1280, 800
"""Of the screen, in pixels."""


class Click(NamedTuple):
    """The left button over the window that has the keyboard; in pixels from its left upper corner."""

    right: int
    down: int


Hands = Sequence[str | Click]
"""What a person does with keyboard and mouse, one after the other; keys as xdotool names them."""


@dataclass(frozen=True)
class Dialog:
    """Something that opens and closes.

    Attributes:
        title: of the dialog; empty for a menu, or for something inside the window.
        open: what opens it.
        dismiss: what closes it.
    """

    title: str
    open: Hands
    dismiss: Hands = ("Escape",)


@dataclass(frozen=True)
class Example:
    """One of Qt's examples.

    Attributes:
        path: below the folder of examples.
        covers: what there is in it that others have not.
        windows: the titles of the windows that it opens with.
        dialogs: what is opened and closed, one after the other.
        moving: the part of the screen that differs from run to run, because the example moves by itself or
            leaves it to chance. 0 for none: then pictures are the same to the pixel.
        chance: words of lines that it prints in some runs and not in others, also without the two lines.
        tray: whether there is a system tray on the desktop.
        drive: how it is used.
    """

    path: str
    covers: str
    windows: tuple[str, ...]
    dialogs: tuple[Dialog, ...] = ()
    moving: float = 0.0
    chance: tuple[str, ...] = ()
    tray: bool = False
    drive: Callable[[Use], None] = lambda use: use.in_the_usual_way()


@dataclass(frozen=True)
class View:
    """What can be seen at one moment."""

    windows: list[tuple[str, str]]
    picture: bytes = field(repr=False)

    def apart(self, other: View) -> float:
        """The part of the screen that differs."""
        mine, others = (memoryview(view.picture).cast("I") for view in (self, other))
        rows = [slice(start, start + WIDTH) for start in range(0, len(mine), WIDTH)]
        differ = [row for row in rows if bytes(mine[row]) != bytes(others[row])]  # most rows do not
        return sum(sum(map(operator.ne, mine[row], others[row])) for row in differ) / (WIDTH * HEIGHT)


@dataclass(frozen=True)
class Moment:
    """Something happened between these two times, in Unix time."""

    after: float
    before: float


@dataclass
class Run:
    """What became of one run.

    Attributes:
        views: what was looked at, by name.
        came: when somebody turned to the application.
        left: when somebody turned away from it, or closed it.
        places: of the windows that it opened with.
    """

    views: dict[str, View] = field(default_factory=dict)
    came: list[Moment] = field(default_factory=list)
    left: list[Moment] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    code: int | None = None
    stdout: str = ""
    stderr: str = ""


class PlacedElsewhereError(Exception):
    """The window manager has put windows where it did not put them before, as openbox does now and then."""


class Use:
    """One run of an example; killed at the end of the ``with`` block if it still runs.

    Args:
        witness: where its sessions arrive; None for a run without the two lines.
        model: the run without them, whose views are to be seen again.
    """

    def __init__(
        self, example: Example, desktop: Desktop, folder: Path, witness: Witness | None, model: Run | None
    ) -> None:
        self.run = Run()
        self.desktop = desktop
        self.example = example
        self._witness = witness
        self._model = model
        self._folder = folder
        self._ends = 0
        self._stack = ExitStack()
        if example.tray:
            self._stack.enter_context(running_tray(desktop))
        desktop.park_mouse()
        desktop.steal_focus()
        home = folder / "home"
        home.mkdir()
        gtk = folder / "CONFIG" / "gtk-3.0"
        gtk.mkdir(parents=True)
        (gtk / "settings.ini").write_text(STANDING_STILL)
        self._begun = time.time()
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, str(EXAMPLES / example.path)],
                env=self._environment(),
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,  # WebEngine's processes are killed with it
            )

    def _environment(self) -> dict[str, str]:
        config = {
            "api_key": "7e57ab1e-0000-4000-8000-000000000000",
            "endpoint": self._witness.url if self._witness else "",
            "session_timeout": TIMEOUT,
            "shutdown_timeout": 8.0,
            "data_dir": str(self._folder / "data"),
        }
        return self.desktop.environment | {
            "PYTHONPATH": f"{TWO_LINES}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TWO_LINES": json.dumps(config) if self._witness else "",
            "HOME": str(self._folder / "home"),
            **{f"XDG_{kind}_HOME": str(self._folder / kind) for kind in ("CONFIG", "CACHE", "DATA")},
            "QT_QPA_PLATFORM": "xcb",
            "QT_QPA_PLATFORMTHEME": "gtk3",
            "QT_QUICK_BACKEND": "software",
            "GSETTINGS_BACKEND": "memory",
            "NO_AT_BRIDGE": "1",
            # Chromium refuses to run as root in its own sandbox, which containers of tests do.
            "QTWEBENGINE_DISABLE_SANDBOX": "1",
            "QTWEBENGINE_CHROMIUM_FLAGS": "--disable-gpu --disable-background-networking"
            " --disable-component-update --log-level=3",
        }

    def in_the_usual_way(self) -> None:
        """Start, dialogs, away and back, quit by closing the windows."""
        self.arrive()
        for dialog in self.example.dialogs:
            self.open(dialog)
        self.away_and_back()
        self.look("before the end")
        self.close_all()

    # -- what a person does ------------------------------------------------------------------------

    def arrive(self) -> None:
        """Wait until the windows are there and one of them has the focus.

        Raises:
            PlacedElsewhereError: they have the same sizes as without the two lines, in other places.
        """
        titles = sorted(self.example.windows)
        self.until(lambda: sorted(self.titles()) == titles, f"windows {titles}")
        self.until(self.focused, "the focus in one of the windows")
        self.run.came.append(Moment(self._begun, time.time()))
        self.still()
        self.run.places = [window.place for window in self.desktop.windows()]
        if self._model and self._model.places != self.run.places:
            ours, theirs = map(_sizes, (self.run.places, self._model.places))
            assert ours == theirs, f"windows of {ours}, without the two lines {theirs}"
            raise PlacedElsewhereError(self.run.places)

    def open(self, dialog: Dialog) -> None:
        """Open something, leave it open for longer than the timeout, look at it, close it."""
        before, titles = self.view(), self.titles()
        self.do(dialog.open)
        if dialog.title:
            self.until(lambda: self.titles() == [*titles, dialog.title], f"the dialog {dialog.title!r}")
            self.until(self.focused, "the focus in the dialog")
        else:
            self.changed(before)
        self.hold()
        self.look(f"{dialog.title} by {dialog.open}")
        self.do(dialog.dismiss)
        self.until(lambda: self.titles() == titles, f"{dialog.title!r} to close")
        self.until(self.focused, "the focus in one of the windows")

    def hold(self) -> None:
        """Do nothing for longer than the timeout. The application stays in front, and its session goes on."""
        time.sleep(BEYOND_TIMEOUT)
        assert self._ended() == self._ends, (
            f"session {self._ends + 1} was ended with the application in front"
        )

    def do(self, hands: Hands) -> None:
        """Press keys and click, in whatever has the keyboard."""
        for each in hands:
            if isinstance(each, str):
                self.desktop.type(each)
            else:
                window = self.focused()
                assert window, "no window has the focus"
                self.desktop.click(window.id, each.right, each.down)

    def away_and_back(self) -> None:
        """Turn to the other program for longer than the timeout, and back to where one was."""
        window = self.focused()
        assert window, "no window has the focus"
        self.leave(self.desktop.steal_focus)
        self.return_by(lambda: self.desktop.focus_window(window.id))

    def leave(self, how: Callable[[], object]) -> None:
        """Do something that puts the application into the background; stay away until its session ended."""
        self._note(self.run.left, how)
        time.sleep(BEYOND_TIMEOUT)
        self._ends += 1
        self.until(lambda: self._ended() == self._ends, f"the end of session {self._ends}")

    def leave_for_good(self, how: Callable[[], object]) -> None:
        """Do something that ends the application."""
        self._note(self.run.left, lambda: (how(), self.end()))

    def return_by(self, how: Callable[[], object]) -> None:
        """Do something that brings the application to the foreground."""
        self._note(self.run.came, how)

    def close_all(self) -> None:
        """The close button of each window, newest first, until the application ends."""

        def close_them() -> None:
            while windows := self.desktop.windows():
                self.close(windows[-1])

        self.leave_for_good(close_them)

    def close(self, window: Window) -> None:
        """One of them."""
        self.desktop.close_window(window.id)
        self.until(lambda: window not in self.desktop.windows(), f"{window.title!r} to close")

    def end(self) -> None:
        """Wait for the end of the process, and for its windows to be gone."""
        self.until(self._has_ended, "the end of the process")
        until(lambda: not self.desktop.windows(), "an empty screen", PATIENCE)
        self.run.code = self._process.returncode
        self.run.stdout, self.run.stderr = self._printed("stdout"), self._printed("stderr")

    # -- what a person sees ------------------------------------------------------------------------

    def titles(self) -> list[str]:
        """Of the windows, oldest first."""
        return [window.title for window in self.desktop.windows()]

    def focused(self) -> Window | None:
        """The window of the application that has the keyboard."""
        focused = self.desktop.focused()
        return next((each for each in self.desktop.windows() if int(each.id, 16) == focused), None)

    def view(self) -> View:
        """What can be seen now."""
        return View([(each.title, each.place) for each in self.desktop.windows()], self.desktop.picture())

    def still(self) -> View:
        """What can be seen, once it moves no more than the example does by itself."""

        def look() -> View | None:
            before = self.view()
            time.sleep(STILL)
            now = self.view()
            same = now.windows == before.windows and now.apart(before) <= self.example.moving
            return now if same else None

        found = self.until(look, "a picture that stands still")
        assert found
        return found

    def changed(self, before: View) -> None:
        """Wait until something opens that has no title."""
        self.until(lambda: self.view().apart(before) > CHANGED, "something to open")

    def look(self, name: str) -> None:
        """Look at everything: in a run with the two lines it is as it was without them.

        Raises:
            PlacedElsewhereError: the windows are the same, one of them in another place. Qt centres a dialog
                with or without the frame, as it learns of the frame in time or not.
        """
        assert name not in self.run.views
        if not self._model:
            self.run.views[name] = self.still()
            return
        model = self._model.views[name]
        view = self.view()

        def same() -> bool:
            nonlocal view
            view = self.view()
            if _is_moved(view, model) and self.still().windows == view.windows:
                raise PlacedElsewhereError(view.windows)
            return view.windows == model.windows and view.apart(model) <= self.example.moving

        try:
            self.until(same, f"the same as without the two lines, {name}")
        except AssertionError as error:
            kept = _keep({"without": model})
            raise AssertionError(
                f"{error}; windows {view.windows}, without {model.windows}; {view.apart(model):.4%} of the"
                f" screen differs; without the two lines {kept}"
            ) from None
        self.run.views[name] = view

    def until(self, look: Callable[[], Found], what: str) -> Found:
        """Wait for something that a running example does."""

        def look_for_it() -> Found:
            ended = self._has_ended()
            found = look()
            assert found or not ended, (
                f"it ended with {self._process.returncode} before {what}: {self._printed('stderr')[-2000:]}"
            )
            return found

        try:
            return until(look_for_it, what, PATIENCE)
        except AssertionError as error:
            kept = _keep({"screen": self.view()})
            raise AssertionError(f"{error}; the keyboard in {self.focused()}, picture in {kept}") from None

    # -- within ------------------------------------------------------------------------------------

    def _note(self, moments: list[Moment], how: Callable[[], object]) -> None:
        after = time.time()
        how()
        moments.append(Moment(after, time.time()))

    def _ended(self) -> int:
        return len(of_code(self._witness.events(), "se")) if self._witness else self._ends

    def _has_ended(self) -> bool:
        return self._process.poll() is not None

    def _printed(self, where: str) -> str:
        lines = (self._folder / where).read_text(errors="replace").splitlines()
        chance = self.example.chance
        return "\n".join(
            without_numbers(line) for line in lines if not any(words in line for words in chance)
        )

    def __enter__(self) -> Use:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._has_ended():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stack.close()


def _is_moved(view: View, model: View) -> bool:
    """The same windows in the same sizes, but not in the same places."""
    ours, theirs = ([(title, place.split()[2:]) for title, place in each.windows] for each in (view, model))
    return view.windows != model.windows and ours == theirs


def _sizes(places: list[str]) -> list[list[str]]:
    return [place.split()[2:] for place in places]


def without_numbers(line: str) -> str:
    """A printed line without what differs in each run: addresses, ports, Chromium's processes and times."""
    line = re.sub(r"0x[0-9a-f]+", "0x…", line)
    line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:…", line)
    return re.sub(r"\[\d+:\d+:\d+/\d+\.\d+:", "[…:", line)


def _keep(views: dict[str, View]) -> Path:
    """Save pictures for whoever looks into a failure."""
    folder = Path(tempfile.mkdtemp(prefix="examples-"))
    for name, view in views.items():
        QImage(view.picture, WIDTH, HEIGHT, 4 * WIDTH, QImage.Format.Format_RGB32).save(
            str(folder / f"{name}.png")
        )
    return folder
