"""News with Qt Widgets: content cards in a feed with pictures. The parts are in content_cards."""

import os
import sys

from content_cards.feed import Feed
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class News(Feed):
    def __init__(self, cards: ContentCards) -> None:
        super().__init__(cards)
        self.resize(QSize(26, 40) * self.fontMetrics().height())
        cards.unviewedCountChanged.connect(self._count)
        self._count()

    def _count(self) -> None:
        count = self._cards.unviewedCount
        self.setWindowTitle(f"News ({count})" if count else "News")


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("News")
    cards = ContentCards()
    BrazeQt.install(app, BrazeConfig("example-news", ENDPOINT), extensions=[cards])
    (news := News(cards)).show()
    sys.exit(app.exec())
