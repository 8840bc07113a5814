"""The events of this run as a table: what was stored, sent and acknowledged, the newest first."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Slot,
)

from braze_qt import BrazeQt, EventRecord
from braze_qt.widgets.translation import Texts

TIME, EVENT, USER, SESSION, STATE = range(5)
STEPS_ROLE = Qt.ItemDataRole.UserRole
"""How far an event has come, 0 to 3."""
STEPS = {"set aside": 0, "stored": 1, "sending": 2, "acknowledged": 3}

Index = QModelIndex | QPersistentModelIndex


class EventModel(QAbstractTableModel):
    """Follows ``recentEvents()`` by inserting and changing rows, so that a selection and a scroll survive."""

    def __init__(self, braze: BrazeQt, locale: QLocale, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._braze = braze
        self._texts = Texts("EventModel", locale)
        self._records: list[EventRecord] = []
        for signal in (braze.deliveryChanged, braze.sessionStateChanged, braze.userChanged):
            signal.connect(self.refresh)
        self.refresh()

    def tr(self, text: str, /, disambiguation: str | None = None, n: int = -1) -> str:
        """Qt's; knows our translations too."""
        of_application = super().tr(text, disambiguation, n)
        return self._texts.tr(of_application, text, disambiguation, n)

    def set_locale(self, locale: QLocale) -> None:
        self._texts = Texts("EventModel", locale)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, TIME, STATE)
        if self._records:
            self.dataChanged.emit(self.index(0, TIME), self.index(len(self._records) - 1, STATE))

    @Slot()
    def refresh(self) -> None:
        newest_first = self._braze.recentEvents()[::-1]
        added = self._rows_added(newest_first)
        if added is None:
            self.beginResetModel()
            self._records = newest_first
            self.endResetModel()
            return
        if added:
            self.beginInsertRows(QModelIndex(), 0, added - 1)
            self._records = newest_first[:added] + self._records
            self.endInsertRows()
        if len(self._records) > len(newest_first):
            self.beginRemoveRows(QModelIndex(), len(newest_first), len(self._records) - 1)
            del self._records[len(newest_first) :]
            self.endRemoveRows()
        self._change_rows(newest_first)

    def _rows_added(self, newest_first: list[EventRecord]) -> int | None:
        """How many rows came on top; None if what was below them is not what is shown now."""
        if not self._records:
            return len(newest_first)
        ids = [record.id for record in newest_first]
        if self._records[0].id not in ids:
            return None
        added = ids.index(self._records[0].id)
        kept = ids[added:]
        return added if kept == [record.id for record in self._records[: len(kept)]] else None

    def _change_rows(self, newest_first: list[EventRecord]) -> None:
        for row, (old, new) in enumerate(zip(self._records, newest_first, strict=True)):
            if old != new:
                self._records[row] = new
                self.dataChanged.emit(self.index(row, TIME), self.index(row, STATE))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else STATE + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            self.tr("Time"),
            self.tr("Event"),
            self.tr("User"),
            self.tr("Session"),
            self.tr("Delivery"),
        )[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        record = self._records[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(record, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._full_text(record, index.column())
        if role == STEPS_ROLE:
            return STEPS.get(record.state, 0)
        return None

    def _text(self, record: EventRecord, column: int) -> str:
        if column == TIME:
            return _local_time(record.time).toString("HH:mm:ss")
        if column == SESSION:
            return (record.session_id or "–")[:8]
        if column == STATE:
            return self._state_name(record.state)
        return self._full_text(record, column)

    def _full_text(self, record: EventRecord, column: int) -> str:
        if column == TIME:
            return _local_time(record.time).toString("yyyy-MM-dd HH:mm:ss.zzz")
        if column == EVENT:
            return self._event_name(record)
        if column == USER:
            return record.user_id or self.tr("anonymous")
        if column == SESSION:
            return record.session_id or self.tr("Waits for the next session")
        return self._state_name(record.state)

    def _event_name(self, record: EventRecord) -> str:
        names = {
            "ss": self.tr("Session start"),
            "se": self.tr("Session end"),
            "ce": "{}",
            "p": self.tr("Purchase of {}"),
            "uae": self.tr("Alias in {}"),
            "lr": self.tr("Location"),
            "ffi": self.tr("Feature flag {}"),
            "sgu": self.tr("Subscription group {}"),
        }
        # All others are edits of attributes, each named by its key.
        return names.get(record.name, self.tr("Attribute {}")).replace("{}", record.label)

    def _state_name(self, state: str) -> str:
        return {
            "stored": self.tr("Stored"),
            "sending": self.tr("Sending"),
            "acknowledged": self.tr("Acknowledged"),
            "set aside": self.tr("Set aside"),
        }.get(state, state)


def _local_time(seconds: float) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(round(seconds * 1000))
