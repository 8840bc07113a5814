"""The demo without a display: half a minute of a person's day, and what App Usage says of it.

The tour presses keys and moves the focus on a private desktop; the application is the same as ever.
After each step it prints what the sandbox reports, and leaves pictures and ``tour.json`` behind.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from braze_qt.testing import SandboxProcess
from demo_app.app_usage import AppUsage, UserFigures
from demo_app.desktop import PrivateDesktop, TourError, missing_programs, wait_for

TIMEOUT = 4
"""Seconds in the background after which a session ends on the tour: short, but longer than a slow machine's
hiccup during an absence that is meant to be short."""
SHORT_ABSENCE = 1.0
STAY = 2.0
"""Seconds in front of the window, so that there is a length to be seen."""
SIGN_OF_LIFE = 5.0
"""Seconds between two signs of life, as the SDK documents; what a killed session is known to have lasted."""
BANNER = {
    "id": "demo_banner",
    "fts": "tour",
    "properties": {
        "text": {"type": "string", "value": "This line is a feature flag"},
        "colour": {"type": "string", "value": "#2f6f4f"},
    },
}
"""A feature flag that the window shows from the next session on."""
USER = "ada@example.com"
ANONYMOUS = "anonymous"


def run_tour(out: Path) -> int:
    """Leaves pictures and ``tour.json`` in ``out``; 0 if everything could be shown, else says why not."""
    if missing := missing_programs():
        print("The tour needs", ", ".join(missing), "(Debian: apt install xvfb openbox xterm xdotool wmctrl)")
        return 2
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="braze_qt-tour-"))
    try:
        with SandboxProcess(folder / "sandbox") as sandbox, PrivateDesktop() as desktop:
            Tour(desktop, AppUsage(sandbox.url), folder, out).run()
    except TourError as error:
        print("The tour ended early:", error)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"Pictures and tour.json are in {out}")
    return 0


class Tour:
    """The steps, in order; each acts, waits for what must follow, and reports."""

    def __init__(self, desktop: PrivateDesktop, usage: AppUsage, folder: Path, out: Path) -> None:
        self._desktop = desktop
        self._usage = usage
        self._folder = folder
        self._out = out
        self._steps: list[dict[str, object]] = []
        self._demo: subprocess.Popen[bytes]
        self._window = ""
        self._began = time.monotonic()

    def run(self) -> None:
        """All steps; TourError if one does not come to its end."""
        self._start_demo()
        self._foreground()
        self._away_shorter()
        self._away_longer()
        self._change_user()
        self._crash_and_restart()
        self._quit()
        report = {"timeout": TIMEOUT, "user": USER, "steps": self._steps}
        (self._out / "tour.json").write_text(json.dumps(report, indent=2) + "\n")

    def _start_demo(self) -> None:
        options = ["--sandbox", self._usage.url, "--data-dir", str(self._folder)]
        self._demo = self._desktop.start([sys.executable, "-m", "demo_app", *options])
        self._window = wait_for("the window of the demo", lambda: self._desktop.window("braze_qt demo"))
        self._desktop.move(self._window, 10, 30)
        wait_for("the focus on the demo", lambda: self._desktop.focused() == self._window)

    def _foreground(self) -> None:
        self._await(ANONYMOUS, lambda figures: figures.sessions == 1)
        self._desktop.fill_in("ctrl+comma", "Session Settings", str(TIMEOUT), end="Escape")
        time.sleep(STAY)
        self._log_event("opened catalogue", ANONYMOUS, 1)
        self._report("foreground", f"The window has the focus; the timeout is set to {TIMEOUT} s")

    def _away_shorter(self) -> None:
        self._desktop.focus(self._desktop.other)
        time.sleep(SHORT_ABSENCE)
        self._desktop.focus(self._window)
        self._log_event("came back", ANONYMOUS, 2)
        self._report("away shorter", f"Another program had the focus for about {SHORT_ABSENCE:.0f} s")

    def _away_longer(self) -> None:
        self._usage.write_flag(BANNER)
        self._desktop.focus(self._desktop.other)
        self._desktop.picture(self._window, self._out / "away.png")
        self._await(ANONYMOUS, lambda figures: figures.ended == 1)
        self._report("away longer", "Another program has the focus; the end arrived while it had")
        self._desktop.focus(self._window)
        self._await(ANONYMOUS, lambda figures: figures.sessions == 2)
        time.sleep(STAY)
        self._report("back", "The window has the focus again")

    def _change_user(self) -> None:
        self._desktop.fill_in("ctrl+u", "Change User", USER)
        self._await(USER, lambda figures: figures.sessions == 1)
        self._await(ANONYMOUS, lambda figures: figures.ended == 2)
        wait_for("the impression of the feature flag", lambda: self._usage.impressions() > 0)
        self._log_event("checked out", USER, 1)
        time.sleep(SIGN_OF_LIFE + 1)
        self._report("change of user", f"{USER} signed in")

    def _crash_and_restart(self) -> None:
        self._demo.kill()
        self._demo.wait()
        time.sleep(TIMEOUT + 0.5)
        self._start_demo()
        self._await(USER, lambda figures: figures.sessions == 2 and figures.ended == 1)
        time.sleep(STAY)
        self._report("crash and restart", f"Killed, and started again after more than {TIMEOUT} s")

    def _quit(self) -> None:
        self._desktop.press("ctrl+q")
        wait_for("the demo to quit", lambda: self._demo.poll() is not None)
        self._await(USER, lambda figures: figures.ended == 2)
        self._report("quit", f"Ctrl+Q; the exit code is {self._demo.returncode}")

    def _log_event(self, name: str, user: str, expected: int) -> None:
        """An event that is waited for shows that everything before it was dealt with."""
        self._desktop.fill_in("ctrl+e", "Log Event", name)
        self._desktop.press("ctrl+Return")
        self._await(user, lambda figures: figures.custom_events == expected)

    def _await(self, user: str, holds: Callable[[UserFigures], bool]) -> None:
        def look() -> bool:
            figures = self._usage.users().get(user)
            return figures is not None and holds(figures)

        wait_for(f"the right figures of {user} (now: {self._usage.users()})", look)

    def _report(self, name: str, what: str) -> None:
        """Prints what App Usage says, and takes the pictures of the step."""
        users = self._usage.users()
        number = len(self._steps) + 1
        print(f"\n{number}. {name}: {what}", flush=True)
        for user, figures in users.items():
            print(f"     {user:<18} {figures}", flush=True)
        numbers = {user: asdict(figures) for user, figures in users.items()}
        passed = time.monotonic() - self._began
        self._steps.append({"name": name, "seconds": round(passed, 3), "users": numbers})
        slug = f"{number}-{name.replace(' ', '-')}"
        if self._demo.poll() is None:
            self._desktop.picture(self._window, self._out / f"{slug}-window.png")
        self._usage.picture(self._usage.page_of(next(iter(users))), self._out / f"{slug}-page.png")
