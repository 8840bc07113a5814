"""News in a list of Qt Widgets: content cards, those in view, clicks and dismissals."""

import os
import sys

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QListView, QStyledItemDelegate, QStyleOptionViewItem

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class News(QListView):
    def __init__(self, cards: ContentCards) -> None:
        super().__init__(wordWrap=True, spacing=4, resizeMode=QListView.ResizeMode.Adjust)
        self.setWindowTitle("News")
        self.cards = cards
        self.setModel(cards.model)
        self._roles = {name.toStdString(): role for role, name in cards.model.roleNames().items()}
        self.setItemDelegate(Delegate(self))
        self.activated.connect(lambda index: cards.open(self.value(index, "cardId")))
        QShortcut(QKeySequence.StandardKey.Delete, self, self._dismiss)
        self._looks = QTimer(self, singleShot=True, interval=500)  # scrolled by is not seen
        self._looks.timeout.connect(self._look)
        self.verticalScrollBar().valueChanged.connect(self._looks.start)
        self.model().rowsInserted.connect(self._looks.start)
        self._looks.start()

    def value(self, index: QModelIndex, role: str) -> object:  # cards() can be ahead of the rows
        return index.data(self._roles[role])

    def _look(self) -> None:
        rows = (self.model().index(row, 0) for row in range(self.model().rowCount()))
        seen = (row for row in rows if self.visualRect(row).intersects(self.viewport().rect()))
        self.cards.markViewed([self.value(row, "cardId") for row in seen])

    def _dismiss(self) -> None:
        if (row := self.currentIndex()).isValid():
            self.cards.dismiss(self.value(row, "cardId"))


class Delegate(QStyledItemDelegate):
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        title, text, viewed = (self.parent().value(index, role) for role in ("title", "text", "viewed"))
        option.text = f"{title}\n{text}".strip()
        option.font.setBold(not viewed)


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("News")
    cards = ContentCards()
    BrazeQt.install(app, BrazeConfig("example-news", ENDPOINT), extensions=[cards])
    (news := News(cards)).show()
    sys.exit(app.exec())
