"""A view of what the SDK stores and sends, of the replies, and of what keeps events from arriving."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from weakref import WeakSet

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from braze_qt import BrazeQt
from braze_qt._inspector import event_model, request_model
from braze_qt._inspector.causes import Level
from braze_qt._inspector.core import InspectorCore
from braze_qt._inspector.newest_first import STEPS_ROLE, Index
from braze_qt.widgets.colours import quiet
from braze_qt.widgets.timeline import Legend, Timeline

_inspectors: WeakSet[Inspector] = WeakSet()


def _hide_all() -> None:
    """Before the interpreter ends: Qt would ask the models when half of Python is gone, and PySide crash."""
    for inspector in list(_inspectors):
        if isValid(inspector):
            inspector.hide()


atexit.register(_hide_all)


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


class Sign(QWidget):
    """A tick, dots or an exclamation mark in a circle: how bad it is, told by more than a colour."""

    def __init__(self) -> None:
        super().__init__()
        self._level = Level.GOOD
        size = round(self.fontMetrics().height() * 1.3)
        self.setFixedSize(size, size)

    def show_level(self, level: Level) -> None:
        """Say how bad it is."""
        self._level = level
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        side = float(self.width())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, side / 16))
            stopped = self._level is Level.STOPPED
            painter.setBrush(colour if stopped else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(0, 0, side, side).adjusted(1, 1, -1, -1))
            ground = self.palette().color(QPalette.ColorRole.Window)
            pen = QPen(ground if stopped else colour, side / 9)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            if self._level is Level.GOOD:
                corners = ((0.3, 0.52), (0.45, 0.67), (0.71, 0.36))
                painter.drawPolyline([QPointF(side * x, side * y) for x, y in corners])
            elif stopped:
                painter.drawLine(QPointF(side / 2, side * 0.27), QPointF(side / 2, side * 0.54))
                painter.drawPoint(QPointF(side / 2, side * 0.74))
            else:
                for x in (0.3, 0.5, 0.7):
                    painter.drawPoint(QPointF(side * x, side / 2))


class Page(QStackedWidget):
    """A table and the details of its selected row, or a note while the table is empty."""

    def __init__(
        self, model: QSortFilterProxyModel, details: Callable[[int], str], copy: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._model = model
        self._details_of = details
        self._copy_text = copy
        self.note: QLabel = QLabel()
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setWordWrap(True)
        self.table: QTableView = self._make_table()
        self.details: QPlainTextEdit = QPlainTextEdit(readOnly=True)
        self.details.setFrameShape(QFrame.Shape.NoFrame)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setTabChangesFocus(True)
        self.details.hide()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.details)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([1, 1])
        self.addWidget(self.note)
        self.addWidget(self._splitter)
        self.table.selectionModel().selectionChanged.connect(self._show_details)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.layoutChanged):
            signal.connect(self._show_table_or_note)
        model.dataChanged.connect(self._show_changed_details)
        context = Qt.ShortcutContext.WidgetShortcut
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table, self._copy, context=context)
        with_children = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(
            QKeySequence(Qt.Key.Key_Escape), self._splitter, self.table.clearSelection, context=with_children
        )
        self._show_table_or_note()

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
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(line * 1.7))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return table

    def set_columns(self, characters: tuple[int, ...], stretched: tuple[int, ...], steps: int) -> None:
        """The widths of the columns, those that take the rest, and the one that shows steps."""
        self.table.setItemDelegateForColumn(steps, StepsDelegate(self.table))
        header = self.table.horizontalHeader()
        for column, width in enumerate(characters):
            header.resizeSection(column, self.table.fontMetrics().averageCharWidth() * width)
        for column in stretched:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _selected_row(self) -> int:
        rows = self.table.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    @Slot()
    def _show_table_or_note(self) -> None:
        self.setCurrentWidget(self._splitter if self._model.rowCount() else self.note)

    @Slot()
    def _show_details(self) -> None:
        row = self._selected_row()
        self.details.setVisible(row >= 0)
        if row >= 0:
            self.details.setPlainText(self._details_of(row))
            self.table.scrollTo(self._model.index(row, 0))

    @Slot(object, object)
    def _show_changed_details(self, first: Index, last: Index) -> None:
        row = self._selected_row()
        if first.row() <= row <= last.row():
            text, bar = self._details_of(row), self.details.verticalScrollBar()
            if text != self.details.toPlainText():
                place = bar.value()
                self.details.setPlainText(text)
                bar.setValue(place)

    @Slot()
    def _copy(self) -> None:
        row = self._selected_row()
        if row >= 0:
            self._copy_text(self._details_of(row))


class Inspector(QWidget):
    """What is stored, sent and answered in this run, and why nothing arrives. For developers and testers.

    It shows the last 200 events with what they say, the last 50 requests with their replies, the sessions,
    and in one line the most likely cause when nothing arrives. The API key and signatures are in none of it.
    User ids, aliases, standard attributes and places are masked until somebody asks to see them.

    While it exists the installation remembers all this; before and after it does not. So make it when it is
    opened. GUI thread only, as every widget.
    """

    def __init__(self, braze: BrazeQt, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("braze_qt")
        core = self._core = InspectorCore(self.locale(), self)
        self._sign, self._cause, self._status = Sign(), QLabel(), QLabel()
        self._timeline, self._legend = Timeline(core), Legend(core)
        self._filter = QLineEdit(clearButtonEnabled=True)
        self._personal = QCheckBox()
        self._copy = QPushButton()
        self._events = Page(core.events, core.eventDetails, core.copy)
        self._events.table.setObjectName("events")
        self._events.set_columns(
            (12, 30, 24, 13, 24), (event_model.EVENT, event_model.USER), event_model.STATE
        )
        self._requests = Page(core.requests, core.requestDetails, core.copy)
        self._requests.table.setObjectName("requests")
        self._requests.set_columns((12, 12, 14, 40, 14), (request_model.REPLY,), request_model.REPLY)
        self._tabs = QTabWidget(documentMode=True)
        self._lay_out()
        self._filter.textChanged.connect(self._set_filter)
        self._personal.toggled.connect(self._show_personal_data)
        self._copy.clicked.connect(self._copy_report)
        find = QKeySequence(QKeySequence.StandardKey.Find)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(find, self, self._filter.setFocus, context=context)
        core.changed.connect(self._show_now)
        core.follow(braze)
        self._show_now()
        _inspectors.add(self)

    def changeEvent(self, event: QEvent) -> None:
        """Qt's; follows the language of the application."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.LocaleChange):
            self._core.set_locale(self.locale())
            self._legend.updateGeometry()
            self._legend.update()
        elif event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._mute_status()

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        bold = self._cause.font()
        bold.setBold(True)
        self._cause.setFont(bold)
        for label in (self._cause, self._status):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._mute_status()
        now = QHBoxLayout()
        now.setSpacing(em * 2 // 3)
        now.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        lines = QVBoxLayout()
        lines.setSpacing(em // 5)
        lines.addWidget(self._cause)
        lines.addWidget(self._status)
        now.addLayout(lines)
        tools = QHBoxLayout()
        tools.addWidget(self._filter, 1)
        tools.addWidget(self._personal)
        tools.addWidget(self._copy)
        self._tabs.addTab(self._events, "")
        self._tabs.addTab(self._requests, "")
        column = QVBoxLayout(self)
        column.setSpacing(em // 2)
        column.addLayout(now)
        column.addWidget(self._timeline)
        column.addWidget(self._legend)
        column.addLayout(tools)
        column.addWidget(self._tabs, 1)
        self.setFocusProxy(self._filter)  # any other child would have Tab leave out those before it

    def _mute_status(self) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, quiet(self.palette()))
        if self._status.palette().color(QPalette.ColorRole.WindowText) != quiet(self.palette()):
            self._status.setPalette(palette)

    @Slot()
    def _show_now(self) -> None:
        core, labels = self._core, self._core.labels
        self._sign.show_level(Level(core.level))
        self._cause.setText(core.cause)
        self._status.setText(core.status)
        self._status.setVisible(bool(core.status))
        self._filter.setPlaceholderText(labels["filter"])
        self._filter.setAccessibleName(labels["filterName"])
        self._personal.setText(labels["personalData"])
        self._personal.setToolTip(labels["personalDataHint"])
        self._copy.setText(labels["copyAll"])
        self._copy.setToolTip(labels["copyAllHint"])
        self._tabs.setTabText(0, labels["events"])
        self._events.note.setText(labels["noEvents"])
        self._events.table.setAccessibleName(labels["eventsName"])
        self._events.details.setAccessibleName(labels["eventName"])
        self._tabs.setTabText(1, labels["requests"])
        self._requests.note.setText(labels["noRequests"])
        self._requests.table.setAccessibleName(labels["requestsName"])
        self._requests.details.setAccessibleName(labels["requestName"])

    @Slot(str)
    def _set_filter(self, text: str) -> None:
        self._core.filterText = text

    @Slot(bool)
    def _show_personal_data(self, shows: bool) -> None:  # noqa: FBT001 (a Qt slot)
        self._core.showsPersonalData = shows

    @Slot()
    def _copy_report(self) -> None:
        self._core.copy(self._core.report())
