"""The few kinds of text and surface of which the window is composed."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

CLEAR = 3.0
"""The contrast that the Web Content Accessibility Guidelines ask of what is no text."""


def clock_time(seconds: float) -> str:
    """A duration as a clock shows it: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def blend(top: QColor, bottom: QColor, share: float) -> QColor:
    """The colour of ``top`` painted on ``bottom`` with an opacity of ``share``, 0 to 1."""
    return QColor.fromRgbF(
        top.redF() * share + bottom.redF() * (1 - share),
        top.greenF() * share + bottom.greenF() * (1 - share),
        top.blueF() * share + bottom.blueF() * (1 - share),
    )


def quiet(palette: QPalette) -> QColor:
    """The colour of what is said beside the main thing; still 4.5 : 1 against a card."""
    return blend(palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base), 0.68)


def contrast(one: QColor, other: QColor) -> float:
    """From 1 to 21, as the Web Content Accessibility Guidelines reckon it."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    shares = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def accent(palette: QPalette) -> QColor:
    """The colour of marks on a card: that of selections, mixed with the text's until it is 3 : 1 on a card.

    Dark themes choose it to lie under white text, and so hardly lighter than the card.
    """
    base, text = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
    highlight = palette.color(QPalette.ColorRole.Highlight)
    shades = (blend(text, highlight, tenth / 10) for tenth in range(10))
    return next((shade for shade in shades if contrast(shade, base) >= CLEAR), text)


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
        window, base = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.Base)
        painter.setPen(blend(palette.color(QPalette.ColorRole.WindowText), window, 0.16))
        painter.setBrush(base)
        radius = self.fontMetrics().height() * 0.5
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
