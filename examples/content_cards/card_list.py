"""Content cards as a list of Qt Widgets: keyboard, mouse, screen reader, and which cards were really seen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QIdentityProxyModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QListView, QMenu

from braze_qt.content_cards import ContentCards

from .card_delegate import AnyIndex, CardDelegate
from .pictures import Pictures
from .screens import on_screens

SHARE, STAY = 0.5, 1000
"""A card counts as seen once half of it is in view for a second (1000 ms) in which nothing moves, which
is what the Media Rating Council asks of a viewable impression. One that is taller than the view has to fill
half of that."""


class CardList(QListView):
    """The cards, one below the other. Enter or a click opens one, Delete or its cross dismisses it."""

    def __init__(self, cards: ContentCards, pictures: Pictures, *, stay: int = STAY) -> None:
        super().__init__()
        self._cards = cards
        self.setModel(SpokenCards(cards, self))
        self._delegate = CardDelegate(self, pictures)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(self.tr("News"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.clicked.connect(self._click)
        self._pressed, self._released = QPoint(), QPoint()
        self._pictures = pictures
        pictures.changed.connect(self.viewport().update)
        self._seen: set[str] = set()
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(stay)
        self._still.timeout.connect(self._look)
        for moved in (cards.model.rowsInserted, cards.model.rowsMoved, cards.model.rowsRemoved):
            moved.connect(self._move)
        cards.model.rowsInserted.connect(self._mark_current)
        self._is_on_cross = False

    def card_id(self, index: AnyIndex) -> str:
        """By the role: ``cards()`` can be ahead of the rows."""
        return str(self._delegate.value(index, "cardId") or "")

    # -- what the user does ----------------------------------------------------------------------

    @Slot(QModelIndex)
    def _click(self, index: QModelIndex) -> None:
        cross = self._delegate.close_rect(index)
        is_begun, is_ended = cross.contains(self._pressed), cross.contains(self._released)
        if is_begun and is_ended:
            self._cards.dismiss(self.card_id(index))
        elif not (is_begun or is_ended):  # who leaves the cross, or strays on it, has thought better of it
            self._cards.open(self.card_id(index))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._released = event.position().toPoint()
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if not self._delegate.close_rect(self.indexAt(place)).contains(place):
            super().mouseDoubleClickEvent(event)  # else the next card is there by now, and would go, too

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index, place = self.indexAt(event.position().toPoint()), event.position().toPoint()
        was, self._is_on_cross = self._is_on_cross, self._delegate.close_rect(index).contains(place)
        if was != self._is_on_cross:
            self.update(index)  # only another row is painted without being asked

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._cards.open(self.card_id(index))
        elif index.isValid() and event.matches(QKeySequence.StandardKey.Delete):
            self._cards.dismiss(self.card_id(index))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._mark_current()

    @Slot()
    def _mark_current(self) -> None:
        """Show where the keyboard is; Qt does it for the first cards alone."""
        if self.hasFocus() and not self.currentIndex().isValid():
            first = self.model().index(0, 0)
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_asked_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_asked_by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        card = self.card_id(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("&Open"), lambda: self._cards.open(card))
        dismiss = menu.addAction(self.tr("&Dismiss"), lambda: self._cards.dismiss(card))
        dismiss.setEnabled(bool(self._delegate.value(index, "dismissible")))
        place = self.visualRect(index).center() if is_asked_by_key else event.pos()
        menu.popup(self.viewport().mapToGlobal(place))

    # -- what was seen ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        view = self.viewport().rect()
        rows = (self.model().index(row, 0) for row in range(self.model().rowCount()))
        in_view = (index for index in rows if self.visualRect(index).intersects(view))
        self._pictures.hold({str(self._delegate.value(index, "imageUrl")) for index in in_view})
        if not self._still.isActive():
            self._still.start()  # rows came, or the window did: whatever comes into view is painted

    @Slot()
    def _move(self) -> None:
        self._still.start()
        if not self.model().rowCount():
            self._seen.clear()  # another user may have the same cards

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._move()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._move()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)  # also when the window is no longer minimised
        self._move()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._still.stop()
        self._seen.clear()

    def is_exposed(self) -> bool:
        """Whether the window is on the screen, as far as its system tells."""
        window = self.window().windowHandle()
        return window is not None and window.isExposed() and not self.window().isMinimized()

    def in_view(self) -> list[str]:
        """The cards of which enough is to be seen now."""
        if not self.is_exposed():
            return []
        view = self.viewport()
        shown = on_screens(view.visibleRegion(), view.mapToGlobal(QPoint()))  # nothing behind another tab
        found = []
        for row in range(self.model().rowCount()):
            index = self.model().index(row, 0)
            card = self.visualRect(index)
            parts = [part.width() * part.height() for part in shown.intersected(card)]
            whole = min(card.width(), view.width()) * min(card.height(), view.height())
            if sum(parts) >= SHARE * whole > 0:
                found.append(self.card_id(index))
        return found

    @Slot()
    def _look(self) -> None:
        seen = self.in_view()
        new = [card for card in seen if card not in self._seen]
        self._seen = set(seen)
        if new:
            self._cards.markViewed(new)


class SpokenCards(QIdentityProxyModel):
    """The cards with what a screen reader says of them."""

    def __init__(self, cards: ContentCards, parent: QObject) -> None:
        super().__init__(parent)
        self.setSourceModel(cards.model)
        self._roles = {bytes(name.data()).decode(): role for role, name in self.roleNames().items()}

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.AccessibleTextRole:
            told = [super().data(index, Qt.ItemDataRole.DisplayRole)]
            told += [self.tr("pinned")] if self._value(index, "pinned") else []
            told += [] if self._value(index, "viewed") else [self.tr("new")]
            return ", ".join(filter(None, told))
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            told = [self._value(index, name) for name in ("text", "altText", "linkText")]
            return "\n".join(filter(None, told))
        return super().data(index, role)

    def _value(self, index: AnyIndex, name: str) -> Any:
        return super().data(index, self._roles[name])
