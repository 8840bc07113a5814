"""Feature flags as an application sees them."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from PySide6.QtCore import Property, QDateTime, QObject, QTimeZone, Signal

from braze_qt._qt.extension import Extension
from braze_qt._qt.guard import public_slot
from braze_qt._upload.sync import Refreshed, SyncKind
from braze_qt._validation import fields
from braze_qt.events import FlagImpression
from braze_qt.feature_flags._flags import EPOCH, KEY, FeatureFlag, read_flags

logger: logging.Logger = logging.getLogger(__name__)

_KIND = SyncKind(
    name="feature_flags",
    header="FeatureFlags",
    key=KEY,
    read=read_flags,
    is_on=lambda server: server.flags,
    refresh_limit=lambda server: server.flags_refresh,
    nothing=[],
)


class FeatureFlags(Extension):
    """The feature flags of the present user. ``flag``, ``flags``, ``refresh`` and ``logImpression`` may be
    called from any thread, and never raise; signals are emitted in the GUI thread.

    The flags of the last run are there when ``BrazeQt.install`` returns. New ones come with each session and
    each user, and by ``refresh``. After ``changeUser`` no flag of the former user is to be seen.

    Signals:
        changed: a flag came, went or says something else now.
        loadedChanged: ``loaded`` or ``leftOutCount`` has changed.
        refreshed: the answer to ``refresh``: ``done``, ``failed``, or ``refused`` until a time.
    """

    changed: ClassVar[Signal] = Signal()
    loadedChanged: ClassVar[Signal] = Signal()
    refreshed: ClassVar[Signal] = Signal(str, float, arguments=["result", "until"])

    _kind = _KIND

    def __init__(self, parent: QObject | None = None) -> None:
        """Before or after the application object was made; then pass it to ``BrazeQt.install``."""
        super().__init__(parent)
        self._told: Mapping[str, FeatureFlag] = {}
        self._told_loaded: tuple[str, int] = ("never", 0)
        self._lock = threading.Lock()
        self._logged: set[str] = set()
        self._logged_in = ""

    # -- calls -----------------------------------------------------------------------------------

    def flag(self, id: str) -> FeatureFlag:  # noqa: A002 (Braze's word)
        """The flag of this id; one that is off and has no properties where there is none."""
        found = self._flags().get(id) if isinstance(id, str) else None
        return found or FeatureFlag(id if isinstance(id, str) else "")

    def flags(self) -> tuple[FeatureFlag, ...]:
        """All flags of the present user, in no particular order."""
        return tuple(self._flags().values())

    @public_slot
    def refresh(self) -> bool:
        """Ask for the flags now; ``refreshed`` tells how it went.

        Returns:
            False while disabled or switched offline, and, with one warning, without an installation. Nothing
            is asked then.
        """
        return self._refresh()

    @public_slot
    def logImpression(self, id: str) -> bool:  # noqa: A002 (Braze's word)
        """The user has seen the feature of a flag. It counts once in a session for each experiment.

        Returns:
            False where it was logged already, where there is no such flag or it is part of no experiment, and
            while disabled.
        """
        name = fields.checked_string("id", id)
        flag, whom, sync = self._flags().get(name), self._binding(), self._sync()
        if self._scheduler is None or flag is None or flag._tracking is None or whom is None or sync is None:
            return False
        with self._lock:
            if self._has_logged(flag._tracking, whom.session_id):
                return False
            self._logged.add(flag._tracking)
        if not self._scheduler.log(FlagImpression(name, flag._tracking)):
            self._logged.discard(flag._tracking)
            return False
        sync.note(whom.session_id, flag._tracking)
        self._scheduler.upload_thread.look()
        return True

    # -- properties ------------------------------------------------------------------------------

    def _values(self) -> dict[str, Any]:
        return {flag.id: _shown(flag) for flag in self.flags()}

    loaded: str = cast(str, Property(str, Extension._loaded, notify=loadedChanged))
    leftOutCount: int = cast(int, Property(int, Extension._left_out, notify=loadedChanged))
    values: dict[str, Any] = cast("dict[str, Any]", Property(dict, _values, notify=changed))

    # -- inside ----------------------------------------------------------------------------------

    def _flags(self) -> Mapping[str, FeatureFlag]:
        there = self._present()
        return there.content.flags if there else {}

    def _has_logged(self, tracking: str, session_id: str) -> bool:
        """Whether it was logged in this session, by this process, an earlier or another one."""
        if session_id != self._logged_in:
            self._logged, self._logged_in = set(), session_id
        synced = self._synced
        noted = synced.noted if synced is not None and synced.noted_in == session_id else frozenset[str]()
        return tracking in self._logged or tracking in noted

    def _publish(self) -> None:
        flags, loaded = self._flags(), (self._loaded(), self._left_out())
        is_different, self._told = flags != self._told, flags
        is_loaded_different, self._told_loaded = loaded != self._told_loaded, loaded
        if loaded[1] and is_loaded_different:
            logger.debug("%d feature flags and properties were left out", loaded[1])
        if is_loaded_different:
            self.loadedChanged.emit()
        if is_different:
            self.changed.emit()

    def _tell(self, refreshed: Refreshed) -> None:
        self.refreshed.emit(refreshed.result, refreshed.until)


def _shown(flag: FeatureFlag) -> dict[str, Any]:
    """A flag for QML, which has no getters."""
    properties = {key: _qml_value(one.value) for key, one in flag._properties.items()}
    return {"enabled": flag.enabled, "properties": properties}


def _qml_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return QDateTime.fromMSecsSinceEpoch(round((value - EPOCH).total_seconds() * 1000), QTimeZone.utc())
    return copy.deepcopy(value)
