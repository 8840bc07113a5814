"""A line at the head of the window that a feature flag shows, words and colours."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QFont, QPalette, QShowEvent
from PySide6.QtWidgets import QWidget

from braze_qt.feature_flags import FeatureFlags
from demo_app.labels import Text
from examples.content_cards.colours import contrast

FLAG = "demo_banner"
"""Its properties: ``text``, and ``colour`` as a name or as #rrggbb."""


class Banner(Text):
    """Follows the flag, which comes with a session; hidden while it is off."""

    def __init__(self, flags: FeatureFlags, parent: QWidget) -> None:
        super().__init__(weight=QFont.Weight.DemiBold)
        self.setParent(parent)
        self._flags = flags
        self.setAutoFillBackground(True)
        self.setMargin(self.fontMetrics().height() // 2)
        flags.changed.connect(self._follow)
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._flags.logImpression(FLAG)

    @Slot()
    def _follow(self) -> None:
        flag = self._flags.flag(FLAG)
        self.say(flag.string("text", FLAG))
        colour = QColor(flag.string("colour"))
        palette = QPalette()
        if colour.isValid():
            inks = QColor("black"), QColor("white")
            palette.setColor(QPalette.ColorRole.Window, colour)
            palette.setColor(QPalette.ColorRole.WindowText, max(inks, key=lambda ink: contrast(ink, colour)))
        self.setPalette(palette)
        self.setVisible(flag.enabled)
