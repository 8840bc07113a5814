"""A table of what happened, the newest first, in which a selection and a scroll survive."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt

from braze_qt._translation.texts import Translated

Index = QModelIndex | QPersistentModelIndex
Item = TypeVar("Item")

FILTER_ROLE = int(Qt.ItemDataRole.UserRole)
"""All that a row can be found by."""
STEPS_ROLE = FILTER_ROLE + 1
"""How far an event or a request has come, 0 to 3."""


class NewestFirst(Translated, QAbstractTableModel, Generic[Item]):
    """Items come at the top and go at the bottom; those in between may change.

    Subclasses say what stands in a cell.
    """

    context = ""
    columns = 0

    def __init__(self, locale: QLocale, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: list[Item] = []
        self.use_texts(self.context, locale)

    def headings(self) -> tuple[str, ...]:
        """Those of the columns."""
        raise NotImplementedError

    def text(self, item: Item, column: int) -> str:
        """What stands in a cell."""
        raise NotImplementedError

    def full_text(self, item: Item, column: int) -> str:
        """The same where there is room."""
        return self.text(item, column)

    def steps(self, item: Item) -> int:
        """How far it has come, 0 to 3."""
        raise NotImplementedError

    def found_by(self, item: Item) -> str:
        """More text that it can be found by."""
        raise NotImplementedError

    def is_same(self, old: Item, new: Item) -> bool:
        """Whether it is the same one, perhaps changed."""
        raise NotImplementedError

    def set_locale(self, locale: QLocale) -> None:
        """Speak another language."""
        self.use_texts(self.context, locale)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columns - 1)
        self.change_all()

    def change_all(self) -> None:
        """Each cell may be another one now."""
        if self.items:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.items) - 1, self.columns - 1))

    def show(self, items: list[Item]) -> None:
        """Show these, the newest first."""
        added = self._added(items)
        if added is None:
            self.beginResetModel()
            self.items = items
            self.endResetModel()
            return
        if added:
            self.beginInsertRows(QModelIndex(), 0, added - 1)
            self.items = items[:added] + self.items
            self.endInsertRows()
        if len(self.items) > len(items):
            self.beginRemoveRows(QModelIndex(), len(items), len(self.items) - 1)
            del self.items[len(items) :]
            self.endRemoveRows()
        changed = [row for row, (old, new) in enumerate(zip(self.items, items, strict=True)) if old != new]
        self.items = items
        if changed:  # told at once: each signal has a view lay itself out
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], self.columns - 1))

    def _added(self, items: list[Item]) -> int | None:
        """How many came on top; None where what is below them is not what is shown now."""
        for added in range(max(0, len(items) - len(self.items)), len(items)):
            if all(map(self.is_same, self.items, items[added:])):
                return added
        return None if self.items else len(items)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else self.columns

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.headings()[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item, column = self.items[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(item, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.full_text(item, column)
        if role == STEPS_ROLE:
            return self.steps(item)
        if role == FILTER_ROLE:
            shown = (self.full_text(item, each) for each in range(self.columns))
            return "\n".join((*shown, self.found_by(item)))
        return None

    def roleNames(self) -> dict[int, Any]:
        """For QML: ``display`` is Qt's."""
        return cast(dict[int, Any], super().roleNames()) | {STEPS_ROLE: b"steps"}
