"""The few kinds of text and surface of which the window is composed."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from examples.content_cards.colours import line, quiet


def clock_time(seconds: float) -> str:
    """A duration as a clock shows it: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def scaled(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """``font`` in another size, so that everything follows the size the user chose for the desktop."""
    changed = QFont(font)
    changed.setPointSizeF(font.pointSizeF() * factor)
    changed.setWeight(weight)
    return changed


class Text(QLabel):
    """One line that is elided, with the whole of it in the tooltip, instead of widening the window."""

    def __init__(
        self, text: str = "", factor: float = 1.0, weight: QFont.Weight = QFont.Weight.Normal
    ) -> None:
        super().__init__()
        self._whole = text
        self.setFont(scaled(self.font(), factor, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.say(text)

    def say(self, text: str) -> None:
        """Shows another text; assistive technology is told the whole of it."""
        self._whole = text
        self.setAccessibleName(text)
        self._elide()

    def whole(self) -> str:
        """The text before it was elided."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 6, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        one_line = " ".join(self._whole.split())
        shown = self.fontMetrics().elidedText(one_line, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip(self._whole if shown != one_line else "")


class QuietText(Text):
    """The same in the colour of what is said beside the main thing."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self._follow_palette()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._follow_palette()

    def _follow_palette(self) -> None:
        # From the application's palette, for its own would be blended twice; and only when it differs,
        # for setting it calls this again.
        palette = QPalette()
        colour = quiet(palette)
        if self.palette().color(QPalette.ColorRole.WindowText) != colour:
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            self.setPalette(palette)


class Card(QWidget):
    """A quiet surface with rounded corners and a heading, on which things that belong together lie."""

    def __init__(self) -> None:
        super().__init__()
        em = self.fontMetrics().height()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(em, em * 3 // 4, em, em)
        self.body.setSpacing(em // 2)

    def head(self, heading: str, beside: QWidget | None = None) -> None:
        """Names the card; to be called before anything else is laid on it."""
        self.setAccessibleName(heading)
        line = QHBoxLayout()
        line.addWidget(QuietText(heading))
        if beside:
            line.addWidget(beside)
        self.body.addLayout(line)

    def say_in_two_lines(self, sign: QWidget, what: Text, more: Text) -> QVBoxLayout:
        """What the card is about, with a sign before it, and a remark below; alike on every card."""
        line = QHBoxLayout()
        line.setSpacing(self.fontMetrics().height() // 2)
        line.addWidget(sign)
        line.addWidget(what)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addLayout(line)
        lines.addWidget(more)
        return lines

    def list_details(self, details: dict[str, Text]) -> None:
        """Named values, one below the other, at the bottom of the card."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(self.fontMetrics().height())
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(details.items()):
            grid.addWidget(QuietText(name), row, 0)
            grid.addWidget(value, row, 1)
        self.body.addStretch()
        self.body.addSpacing(self.fontMetrics().height() // 2)
        self.body.addLayout(grid)

    def paintEvent(self, _event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(line(palette))
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        radius = self.fontMetrics().height() * 0.5
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
