"""A death at a statement that was chosen beforehand."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import braze_qt
from braze_qt._qt import upload_thread

PACKAGE = str(Path(braze_qt.__file__).parent) + os.sep


class KillAtStatement:
    """Kills this process at the n-th time that a statement of the package is about to run."""

    def __init__(self, where: str, times: int) -> None:
        self._where = where
        self._left = times
        self.seen: dict[str, int] = {}
        run = upload_thread.UploadThread.run

        def traced_run(thread: upload_thread.UploadThread) -> None:
            sys.settrace(self.enter)  # a QThread tells nobody of itself
            run(thread)

        setattr(upload_thread.UploadThread, "run", traced_run)  # noqa: B010
        sys.settrace(self.enter)

    def enter(self, frame: FrameType, *_: object) -> Any:
        """Trace the package alone."""
        return self.step if frame.f_code.co_filename.startswith(PACKAGE) else None

    def step(self, frame: FrameType, event: str, _: object) -> Any:
        """Look at one statement."""
        if event == "line":
            where = f"{frame.f_code.co_filename[len(PACKAGE) :]}:{frame.f_lineno}"
            self.seen[where] = self.seen.get(where, 0) + 1
            if where == self._where:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        return self.step
