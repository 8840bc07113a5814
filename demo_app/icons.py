"""The icons of ``resources/icons``: black line drawings, recoloured so that light and dark both work."""

from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel, QToolButton

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icons"
RATIOS = (1, 2, 3)
"""Pixels per unit for which a drawing is kept, so that it stays sharp when the window changes the screen."""


def icon(name: str, size: int) -> QIcon:
    """The icon in the colour which the text on buttons has now; ``size`` is in device independent pixels."""
    renderer = QSvgRenderer(str(FOLDER / f"{name}.svg"))
    if not renderer.isValid():
        raise FileNotFoundError(FOLDER / f"{name}.svg")
    made = QIcon()
    for ratio in RATIOS:
        picture = QPixmap(QSize(size, size) * ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        renderer.render(painter, QRectF(picture.rect()))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(picture.rect(), QGuiApplication.palette().color(QPalette.ColorRole.ButtonText))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        made.addPixmap(picture)
    return made


def application_icon() -> QIcon:
    """The icon of the application itself, which has colours of its own."""
    return QIcon(str(FOLDER / "application.svg"))


class IconButton(QToolButton):
    """A flat button with icon and text that can be reached with Tab, which a QToolBar's buttons cannot."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self._name = name
        self.setText(text)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._draw()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        behind_the_text = 2 * metrics.horizontalAdvance(" ")  # which Qt adds, and shows once it is pressed
        return super().sizeHint() + QSize(-behind_the_text, metrics.height() // 2)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        size = round(self.fontMetrics().height() * 1.1)
        self.setIconSize(QSize(size, size))
        self.setIcon(icon(self._name, size))


class Picture(QLabel):
    """One of the icons, as large as a heading beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""

    def show_icon(self, name: str) -> None:
        self._name = name
        size = round(self.fontMetrics().height() * 1.25)
        self.setPixmap(icon(name, size).pixmap(QSize(size, size), self.devicePixelRatio()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange)
        if event.type() in kinds and self._name:
            self.show_icon(self._name)
