"""The time line of this run: sessions as bars, absences as hollow bars, custom events as dots."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from braze_qt._inspector.core import InspectorCore
from braze_qt._inspector.event_model import local_time
from braze_qt._inspector.timeline import Span
from braze_qt.widgets.colours import accent, blend, ground, quiet

GAP = 2.0
"""Device independent pixels between two sessions."""
SHORTEST_NAME = 3
"""Characters, "…" among them, of a name that is cut so short that it tells nobody anything."""
TICK_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


def paint_bar(painter: QPainter, bar: QRectF, palette: QPalette, *, away: bool) -> None:
    """A stretch of a session: full in the foreground, hollow while away."""
    colour = accent(palette)
    pen = QPen(colour)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)  # the usual one notches the corners where pixels are doubled
    painter.setPen(pen)
    painter.setBrush(blend(colour, ground(palette), 0.18) if away else colour)
    painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))


def paint_event(painter: QPainter, x: float, y: float, palette: QPalette) -> None:
    """A custom event: a dot."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.WindowText))
    painter.drawEllipse(QPointF(x, y), 2.5, 2.5)


class Legend(QWidget):
    """Explains the bars and the dots."""

    def __init__(self, core: InspectorCore) -> None:
        super().__init__()
        self._core = core
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _entries(self) -> list[tuple[str, str]]:
        return [(name, self._core.labels[name]) for name in ("foreground", "away", "customEvent")]

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(text) for _, text in self._entries())
        return QSize(words + metrics.height() * 3 * len(self._entries()), metrics.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        em, left = self.fontMetrics().height(), 0.0
        with QPainter(self) as painter:
            for sign, text in self._entries():
                if sign == "customEvent":
                    paint_event(painter, left + em * 0.7, em * 0.5, self.palette())
                else:
                    bar = QRectF(left, em * 0.2, em * 1.4, em * 0.6)
                    paint_bar(painter, bar, self.palette(), away=sign == "away")
                left += em * 1.8
                painter.setPen(quiet(self.palette()))
                painter.drawText(QPointF(left, self.fontMetrics().ascent()), text)
                left += self.fontMetrics().horizontalAdvance(text) + em * 1.2


class Timeline(QWidget):
    """Grows to the right while a session runs; hovering tells which session it is."""

    def __init__(self, core: InspectorCore) -> None:
        super().__init__()
        self._core = core
        self._history = core.timeline
        self._until = self._history.until()  # of what is painted
        self._line = self.fontMetrics().height()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        core.timeLineChanged.connect(self.update)
        core.changed.connect(self._tell_and_update)
        self._tell_and_update()

    def sizeHint(self) -> QSize:
        return QSize(self._line * 20, round(self._line * 4.6))

    @Slot()
    def _tell_and_update(self) -> None:
        self.setAccessibleName(self._core.labels["sessions"])
        self.setAccessibleDescription("\n".join(map(self._core.span_text, self._history.spans)))
        self.update()

    def _x(self, moment: float) -> float:
        began = self._history.began
        share = (moment - began) / (self._until - began)
        return 1.0 + max(0.0, min(1.0, share)) * (self.width() - 2.0)

    def _bar(self, span: Span) -> QRectF:
        left = round(self._x(span.start))
        right = round(self._x(self._history.now() if span.end is None else span.end))
        return QRectF(left, self._line * 1.3, max(4, right - left), self._line * 1.2)

    def _bars(self) -> Iterator[tuple[Span, QRectF]]:
        """A gap keeps two sessions apart that follow at once, however short the first spans of the second."""
        session, begin = "", 0.0
        for span in self._history.spans:
            bar = self._bar(span)
            if span.session_id != session:
                begin = bar.left() + (GAP if session else 0.0)
                session = span.session_id
            bar.setLeft(max(bar.left(), begin))
            yield span, bar

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._until = self._history.until()
        with QPainter(self) as painter:
            self._paint_axis(painter)
            if not self._history.spans:
                painter.setPen(quiet(self.palette()))
                top = QRectF(0, 0, self.width(), self._line * 3)
                painter.drawText(top, Qt.AlignmentFlag.AlignCenter, self._core.labels["noSession"])
            for span, bar in self._bars():
                paint_bar(painter, bar, self.palette(), away=span.away)
            self._paint_users(painter)
            dots = {round(self._x(each.time)) for each, _ in self._core.shown_events() if each.name == "ce"}
            for x in dots:  # many may fall on one
                paint_event(painter, x, self._line * 2.9, self.palette())

    def _paint_axis(self, painter: QPainter) -> None:
        palette = self.palette()
        line = blend(palette.color(QPalette.ColorRole.WindowText), ground(palette), 0.25)
        y = self._line * 3.3
        painter.setPen(line)
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        for moment in self._ticks():
            x = round(self._x(moment)) + 0.5
            painter.setPen(line)
            painter.drawLine(QPointF(x, y), QPointF(x, y + 4))
            painter.setPen(quiet(palette))
            text = local_time(moment).toString("HH:mm:ss")
            width = painter.fontMetrics().horizontalAdvance(text)
            if width / 2 < x < self.width() - width / 2:
                painter.drawText(QPointF(x - width / 2, y + 6 + painter.fontMetrics().ascent()), text)

    def _ticks(self) -> list[float]:
        began, until = self._history.began, self._until
        room = self.fontMetrics().horizontalAdvance("00:00:00") * 1.8
        wanted = (until - began) * room / max(1, self.width())
        step = TICK_STEPS[min(bisect_left(TICK_STEPS, wanted), len(TICK_STEPS) - 1)]
        while (until - began) / step > self.width():
            step *= 2  # a run of weeks
        first = int(began // step + 1) * step
        return [float(moment) for moment in range(first, int(until) + 1, step)]

    def _paint_users(self, painter: QPainter) -> None:
        """Names whoever a session belongs to where that changes, as far as there is room."""
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        changes: list[Span] = []
        for span in self._history.spans:
            if not changes or changes[-1].user_id != span.user_id:
                changes.append(span)
        ends = [self._x(span.start) for span in changes] + [float(self.width())]
        for number, span in enumerate(changes):
            room = int(ends[number + 1] - ends[number] - self._line / 2)
            name = self._core.user_of(span)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
            if shown == name or len(shown) > SHORTEST_NAME:
                painter.drawText(QPointF(ends[number], self._line * 0.9), shown)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            hit = [span for span in self._history.spans if self._bar(span).contains(event.pos().toPointF())]
            QToolTip.showText(event.globalPos(), self._core.span_text(hit[-1]) if hit else "", self)
            return True
        return super().event(event)
