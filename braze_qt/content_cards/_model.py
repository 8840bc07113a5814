"""Content cards as rows, for views of Widgets and of Qt Quick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QDateTime,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimeZone,
)

from braze_qt.content_cards._cards import ContentCard

AnyIndex = QModelIndex | QPersistentModelIndex


def _date(seconds: float | None) -> QDateTime | None:
    return None if seconds is None else QDateTime.fromMSecsSinceEpoch(round(seconds * 1000), QTimeZone.utc())


VALUES: dict[str, Callable[[ContentCard], Any]] = {
    "cardId": lambda card: card.id,
    "kind": lambda card: card.kind,
    "title": lambda card: card.title,
    "text": lambda card: card.text,
    "link": lambda card: card.link,
    "linkText": lambda card: card.link_text,
    "imageUrl": lambda card: card.image_url,
    "altText": lambda card: card.alt_text,
    "aspectRatio": lambda card: card.aspect_ratio,
    "language": lambda card: card.language,
    "pinned": lambda card: card.pinned,
    "dismissible": lambda card: card.dismissible,
    "viewed": lambda card: card.viewed,
    "clicked": lambda card: card.clicked,
    "updated": lambda card: _date(card.updated),
    "expires": lambda card: _date(card.expires),
    "extras": lambda card: dict(card.extras),
}
"""The roles by their names."""
ROLES = dict(enumerate(VALUES, Qt.ItemDataRole.UserRole + 1))
"""The names of the roles by their numbers."""


class CardModel(QAbstractListModel):
    """One row for each card that is shown, in order. GUI thread. Rows come, go and move one by one."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._cards: list[ContentCard] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        """How many there are."""
        return 0 if parent.isValid() else len(self._cards)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A value of a card; the title for views that know no roles."""
        if not index.isValid() or index.row() >= len(self._cards):
            return None
        card = self._cards[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return card.title or card.text or card.alt_text
        return VALUES[ROLES[role]](card) if role in ROLES else None

    def roleNames(self) -> dict[int, QByteArray]:
        """The names by which delegates know the roles."""
        return {number: QByteArray(name.encode()) for number, name in ROLES.items()}

    def _show(self, cards: Sequence[ContentCard]) -> None:
        """Become these cards."""
        nowhere, names = QModelIndex(), {card.id for card in cards}
        for row in reversed(range(len(self._cards))):
            if self._cards[row].id not in names:
                self.beginRemoveRows(nowhere, row, row)
                del self._cards[row]
                self.endRemoveRows()
        for row, card in enumerate(cards):
            there = next((at for at in range(row, len(self._cards)) if self._cards[at].id == card.id), None)
            if there is None:
                self.beginInsertRows(nowhere, row, row)
                self._cards.insert(row, card)
                self.endInsertRows()
                continue
            if there != row:
                self.beginMoveRows(nowhere, there, there, nowhere, row)
                self._cards.insert(row, self._cards.pop(there))
                self.endMoveRows()
            if self._cards[row] != card:
                self._cards[row] = card
                self.dataChanged.emit(self.index(row), self.index(row))
