"""What an inspector asks of an installation: the one door to the inside of it."""

from __future__ import annotations

from shiboken6 import isValid

from braze_qt._inspector.causes import Situation
from braze_qt._qt import fork
from braze_qt._qt.client import BrazeQt
from braze_qt._recorder.outage import IN_JOURNAL
from braze_qt._upload.request_log import LoggedRequest, RequestLog
from braze_qt._variables import disabled_by_environment
from braze_qt.events import EventRecord


class Source:
    """The installation that is followed remembers requests and whole events meanwhile. GUI thread."""

    def __init__(self) -> None:
        self.braze: BrazeQt | None = None
        self._log: RequestLog | None = None
        self._device_id = ""

    def follow(self, braze: BrazeQt | None) -> None:
        """Ask this one from now on."""
        if self.braze is not None:
            self.braze._scheduler.end_inspection()
        self.braze = braze
        self._log = braze._scheduler.begin_inspection() if braze else None
        self._device_id = braze._tracker.device_id if braze else ""

    def forget_if_wiped(self) -> bool:
        """Whether everything was wiped since the last time. Then the requests are forgotten, too."""
        if self.braze is None or self._log is None:
            return False
        before, self._device_id = self._device_id, self.braze._tracker.device_id
        if before == self._device_id:
            return False
        self._log.clear()
        return True

    def events(self) -> list[tuple[EventRecord, str]]:
        """The last events, newest last, each with the text that is stored, if that is known."""
        return [] if self.braze is None or fork.is_child else self.braze._tracker.records_with_texts()

    def requests(self) -> list[LoggedRequest]:
        """The last requests, newest last."""
        return self._log.requests() if self._log else []

    def situation(self, *, had_session: bool) -> Situation:
        """What the most likely cause depends on."""
        braze = self.braze
        if braze is None:
            return Situation(installed=False)
        tracker, scheduler = braze._tracker, braze._scheduler
        tracking, status = tracker.tracking, scheduler.status
        user_id = tracking.user_id
        return Situation(
            switched_off=disabled_by_environment() and tracker.closed,
            shut_down=tracker.closed or not isValid(braze),
            enabled=tracking.enabled or scheduler.leaving,
            paused=scheduler.upload_thread.offline,
            in_memory=not tracker.is_on_disk,
            unmerged=tracker.is_waiting,
            reason=tracker.storage_error.removeprefix(IN_JOURNAL),
            fault=status.fault,
            unsigned=bool(tracker.is_signed and user_id and user_id not in tracker.signatures),
            automatic=scheduler.is_automatic,
            in_session=tracking.session is not None,
            had_session=had_session,
            sending=status.state == "sending",
            pending=tracker.pending,
            sent=bool(status.words),
        )
