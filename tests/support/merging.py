"""A recorder that merges after every call, as a test can follow it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from braze_qt._platform.clock import Clock
from braze_qt._recorder.recorder import Recorder
from braze_qt._session.state import Input
from braze_qt.events import Content


def is_idle(recorder: Recorder) -> bool:
    """Whether no merge is wanted, and no thread is merging."""
    if recorder.wants_merge or not recorder._merging.acquire(blocking=False):
        return False
    recorder._merging.release()
    return True


class MergingRecorder(Recorder):
    """Everything that was appended is merged when a call returns, if the database takes it."""

    def __init__(self, folder: Path | None, clock: Clock, timeout: int, **options: Any) -> None:
        self._is_nested = False
        super().__init__(folder, clock, timeout, **options)

    def apply(self, given: Input, *, user_id: str | None = None, timeout: int | None = None) -> bool:
        taken = super().apply(given, user_id=user_id, timeout=timeout)
        if given is not Input.QUIT:
            self.merge_all()
        return taken

    def log(self, what: Content) -> bool:
        taken = super().log(what)
        self.merge_all()
        return taken

    def set_attribute(self, key: str, value: str, *, custom: bool) -> bool:
        taken = super().set_attribute(key, value, custom=custom)
        self.merge_all()
        return taken

    def refresh(self) -> None:
        super().refresh()
        self.merge_all()

    def tick(self) -> None:
        super().tick()
        self.merge_all()
        super().tick()  # a process that was in front may have been found dead
        self.merge_all()

    def die(self) -> None:
        """As by a kill: the lock is free, and what is in the journal stays there."""
        if self._journal is not None:
            self._journal.close(delete=False)
        self.store.close()
        self.closed = True
