"""What the sandbox's App Usage says, as numbers and as pictures of its pages."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60.0
"""For a browser to start and draw a page; only one that hangs takes so long."""


@dataclass(frozen=True)
class UserFigures:
    """One user: sessions begun and ended, the length in seconds of the last that ended, custom events."""

    sessions: int
    ended: int
    last_length: float | None
    custom_events: int

    def __str__(self) -> str:
        length = "" if self.last_length is None else f", the last after {self.last_length:.1f} s"
        ended = f"of which ended: {self.ended}{length}"
        return f"sessions: {self.sessions}, {ended}; custom events: {self.custom_events}"


class AppUsage:
    """Asks one sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def users(self) -> dict[str, UserFigures]:
        """The figures of everybody of whom something arrived, by user id; "anonymous" for who has none."""
        people = self._ask("users")["users"]
        return {each["user_id"] or "anonymous": self._figures(each["id"]) for each in people}

    def is_offline(self) -> bool:
        """Whether the sandbox was told to cut connections."""
        return any(fault["fault"] == "cut" for fault in self._ask("faults")["faults"])

    def write_flag(self, flag: dict[str, Any]) -> None:
        """From the next session on there is this feature flag, and no other."""
        self._ask("feature_flags", "PUT", flag)

    def impressions(self) -> int:
        """How often a feature flag was seen."""
        return len(self._ask("feature_flags")["impressions"])

    def picture(self, page: str, file: Path) -> bool:
        """A PNG of a page as Chromium draws it; False, and none, where there is no Chromium that can."""
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        if browser is None:
            return False
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            options = [
                "--headless",
                "--hide-scrollbars",
                "--window-size=1100,900",
                f"--user-data-dir={profile}",
            ]
            if sys.platform != "win32" and os.geteuid() == 0:
                options.append("--no-sandbox")  # Chromium refuses to run as root otherwise
            command = [browser, *options, f"--screenshot={file}", self.url + page]
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        return file.exists()

    def page_of(self, user: str) -> str:
        """The address of a user's page, below that of the sandbox."""
        people = self._ask("users")["users"]
        return next(
            f"/users/{quote(each['id'])}" for each in people if (each["user_id"] or "anonymous") == user
        )

    def _figures(self, user: str) -> UserFigures:
        sessions = self._ask(f"users/{quote(user)}")["sessions"]
        ended = sorted(
            (each for each in sessions if each["state"] == "ended"), key=lambda each: float(each["end"])
        )
        events = [event for each in sessions for event in each["events"]]
        return UserFigures(
            sessions=sum(each["start"] is not None for each in sessions),
            ended=len(ended),
            last_length=ended[-1]["duration"] if ended else None,
            custom_events=sum(event["name"] == "ce" for event in events),
        )

    def _ask(self, path: str, method: str = "GET", value: object = None) -> Any:
        content = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.url}/api/{path}", content, method=method)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)
