"""A view of what the SDK stored, sent and got acknowledged in this run of the application."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from braze_qt import BrazeQt
from braze_qt.widgets.event_model import EVENT, STATE, STEPS_ROLE, USER, EventModel, Index
from braze_qt.widgets.translation import Texts


class StepsDelegate(QStyledItemDelegate):
    """Three dots before the words, as many of them filled as the event has come forward."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration  # makes room before the text

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        place = QStyle.SubElement.SE_ItemViewItemDecoration
        area = whole.widget.style().subElementRect(place, whole, whole.widget).toRectF()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        # Not the colour of selections, which some dark themes choose hardly lighter than the ground.
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        self._paint_dots(painter, area, option.palette.color(role), index.data(STEPS_ROLE))

    def _paint_dots(self, painter: QPainter, area: QRectF, colour: QColor, filled: int) -> None:
        size = area.width() / 5.5
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour)
        for step in range(3):
            painter.setBrush(colour if step < filled else Qt.BrushStyle.NoBrush)
            left = area.left() + 1 + step * area.width() / 3.2
            painter.drawEllipse(QRectF(left, area.center().y() - size / 2, size, size))
        painter.restore()


class Inspector(QWidget):
    """The newest 200 events of this run, the newest on top. GUI thread only, as every widget."""

    def __init__(self, braze: BrazeQt, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = EventModel(braze, self.locale(), self)
        self._table = self._make_table()
        self._empty = QLabel()
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layout = QStackedLayout(self)
        self._layout.addWidget(self._empty)
        self._layout.addWidget(self._table)
        self.setFocusProxy(self._table)
        for signal in (self._model.rowsInserted, self._model.rowsRemoved, self._model.modelReset):
            signal.connect(self._show_table_or_note)
        self._write_texts()
        self._show_table_or_note()

    def tr(self, text: str, /, disambiguation: str | None = None, n: int = -1) -> str:
        """Qt's; knows our translations too."""
        of_application = super().tr(text, disambiguation, n)
        return self._texts.tr(of_application, text, disambiguation, n)

    def changeEvent(self, event: QEvent) -> None:
        """Qt's; follows the language of the application."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.LocaleChange):
            self._write_texts()

    def _write_texts(self) -> None:
        self._texts = Texts("Inspector", self.locale())
        self._empty.setText(self.tr("No event in this run yet"))
        self._table.setAccessibleName(self.tr("Events of this run"))
        self._model.set_locale(self.locale())

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._model)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)  # Tab must lead out of the table
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        line = table.fontMetrics().height()
        table.setIconSize(QSize(line * 2, line))
        table.setItemDelegateForColumn(STATE, StepsDelegate(table))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(line * 1.7))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        width = table.fontMetrics().averageCharWidth()
        for column, characters in enumerate((12, 30, 24, 13, 24)):
            header.resizeSection(column, width * characters)
        header.setSectionResizeMode(EVENT, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(USER, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Fixed)
        return table

    @Slot()
    def _show_table_or_note(self) -> None:
        self._layout.setCurrentWidget(self._table if self._model.rowCount() else self._empty)
