"""A feed of content cards with Qt Widgets: the list, a button that asks for news, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt, Slot
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
from .card_list import CardList
from .pictures import Pictures


class Feed(QWidget):
    """The cards, or a word in their place while there are none."""

    def __init__(self, cards: ContentCards, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards = cards
        self._is_asking, self._has_failed = False, False
        self.pictures = Pictures(self)
        self.list = CardList(cards, self.pictures)
        self.outcome = QLabel()
        self.outcome.setWordWrap(True)
        self.outcome.hide()
        self.refresh = QPushButton(self.tr("&Refresh"))
        self.refresh.setToolTip(QKeySequence(QKeySequence.StandardKey.Refresh).toString())
        self.place = Place()
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
        self.pictures.try_again()
        self._is_asking = self._cards.refresh()
        self._say(self.tr("Looking for news…") if self._is_asking else self.tr("Not possible while offline."))

    @Slot(str, float)
    def _tell(self, result: str, until: float) -> None:
        self._is_asking, self._has_failed = False, result == "failed"
        moment = QDateTime.fromSecsSinceEpoch(round(until)) if until else QDateTime.currentDateTime()
        at = QLocale().toString(moment.time(), QLocale.FormatType.ShortFormat)
        self._say(
            {
                "done": self.tr("Up to date since {}").format(at),
                "refused": self.tr("Up to date. Next refresh from {}").format(at),
            }.get(result, self.tr("The news could not be loaded."))
        )

    def _say(self, words: str) -> None:
        self.outcome.setText(words)
        self.outcome.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self._show()

    @Slot()
    def _show(self) -> None:
        self.refresh.setEnabled(not self._is_asking)
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
            if self._cards.loaded != "never" and self.isVisible():
                self._cards.markViewed([])  # counts users for whom a campaign is only measured


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
