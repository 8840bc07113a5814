"""A feed of content cards with Qt Widgets: the list, a button that asks for news, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimer, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from braze_qt.content_cards import ContentCards

from .card_delegate import scaled
from .card_list import STAY, CardList
from .pictures import Pictures


class Feed(QWidget):
    """The cards, or a word in their place while there are none."""

    def __init__(self, cards: ContentCards, parent: QWidget | None = None, *, stay: int = STAY) -> None:
        super().__init__(parent)
        self._cards = cards
        self._is_asking, self._has_failed = False, False
        self.pictures = Pictures(self)
        self.list = CardList(cards, self.pictures, stay=stay)
        self.outcome = QLabel()
        self.outcome.setWordWrap(True)
        self.outcome.hide()
        self.refresh = QPushButton(self.tr("&Refresh"))
        self.refresh.setToolTip(QKeySequence(QKeySequence.StandardKey.Refresh).toString())
        self.place = Place()
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(stay)
        self._still.timeout.connect(self._look)
        self._lay_out()
        QShortcut(QKeySequence.StandardKey.Refresh, self, self.refresh.click)
        self.refresh.clicked.connect(self._refresh)
        self.place.again.clicked.connect(self._refresh)
        cards.refreshed.connect(self._tell)
        cards.loadedChanged.connect(self._show)
        for signal in (cards.model.rowsInserted, cards.model.rowsRemoved, cards.model.modelReset):
            signal.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        head = QGridLayout()
        head.addWidget(heading(self.tr("News"), 1.2), 0, 0)
        head.addWidget(self.refresh, 0, 1)
        head.addWidget(self.outcome, 1, 0, 1, 2)
        head.setColumnStretch(0, 1)
        self._body = QStackedLayout()
        self._body.addWidget(self.list)
        self._body.addWidget(self.place)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, em // 2, 0, 0)
        column.addLayout(head)
        column.addLayout(self._body, 1)
        head.setContentsMargins(em, 0, em, 0)
        self.setMinimumWidth(em * 18)
        self.setFocusProxy(self.list)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    @Slot()
    def _refresh(self) -> None:
        if self._is_asking:
            return
        self.pictures.try_again()
        self._is_asking = self._cards.refresh()
        self._say(self.tr("Looking for news…") if self._is_asking else self.tr("Not possible while offline."))

    @Slot(str, float)
    def _tell(self, result: str, until: float) -> None:
        is_old = self._has_failed or self._cards.loaded != "session"
        self._is_asking, self._has_failed = False, result == "failed" or (result == "refused" and is_old)
        moment = QDateTime.fromSecsSinceEpoch(round(until)) if until else QDateTime.currentDateTime()
        at = QLocale().toString(moment.time(), QLocale.FormatType.ShortFormat)
        if result == "done":
            self._say(self.tr("Up to date since {}").format(at))
        elif result == "failed":
            self._say(self.tr("The news could not be loaded."))
        elif self._has_failed:
            self._say(self.tr("The news could not be loaded. Next refresh from {}").format(at))
        else:
            self._say(self.tr("Up to date. Next refresh from {}").format(at))

    def _say(self, words: str) -> None:
        self.outcome.setText(words)
        self.outcome.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self._show()

    @Slot()
    def _show(self) -> None:
        if self._cards.model.rowCount():
            self._body.setCurrentWidget(self.list)
            return
        self._body.setCurrentWidget(self.place)
        if self._is_asking:
            self.place.say(self.tr("Looking for news…"), is_busy=True)
        elif self._has_failed and self._cards.loaded != "session":
            hint = self.tr("Is the computer connected to the Internet?")
            self.place.say(self.tr("The news could not be loaded"), hint, can_retry=True)
        else:
            self.place.say(self.tr("No news"), self.tr("New offers and hints appear here."))
            self._still.start()

    @Slot()
    def _look(self) -> None:
        """An empty feed that is seen counts for users for whom a campaign is only measured."""
        if self._cards.model.rowCount() or not self.isVisible():
            return
        if not self.list.is_exposed() or self.place.visibleRegion().isEmpty():
            self._still.start()  # nothing tells when the window is uncovered
        elif self._cards.loaded != "never":
            self._cards.markViewed([])


def heading(text: str, factor: float) -> QLabel:
    label = QLabel(text)
    font = scaled(label.font(), factor)
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label


class Place(QWidget):
    """What stands in the place of cards that are not there."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.hint = heading("", 1.2), QLabel()
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setMaximumWidth(self.fontMetrics().height() * 8)
        self.again = QPushButton(self.tr("&Try Again"))
        column = QVBoxLayout(self)
        column.addStretch(2)
        for label in (self.title, self.hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        for part in (self.busy, self.again):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, title: str, hint: str = "", *, is_busy: bool = False, can_retry: bool = False) -> None:
        self.title.setText(title)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.busy.setVisible(is_busy)
        self.again.setVisible(can_retry)
