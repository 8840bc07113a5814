"""The session at this moment: state, running time, the countdown while in the background, who and which."""

import math

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from braze_qt import BrazeQt
from demo_app.labels import Card, QuietText, Text, clock_time
from examples.content_cards.colours import accent, quiet


class StateDot(QWidget):
    """A full dot in the foreground, half a dot in the background, an empty ring without a session."""

    def __init__(self) -> None:
        super().__init__()
        self._state = "none"
        self.setFixedSize(QSize(1, 1) * self.fontMetrics().height())

    def show_state(self, state: str) -> None:
        self._state = state
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        palette = self.palette()
        open_session = self._state != "none"
        colour = accent(palette) if open_session else quiet(palette)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = self.rect().toRectF().adjusted(2, 2, -2, -2)
        painter.setPen(colour)
        painter.drawEllipse(circle)
        painter.setBrush(colour)
        if open_session:
            whole = 360 * 16
            painter.drawPie(circle, 90 * 16, whole if self._state == "foreground" else whole // 2)


class SessionCard(Card):
    """Says at a glance whether a session runs, for how long, and when it will end."""

    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self._braze = braze
        self._dot = StateDot()
        self.state = Text("", 1.3, QFont.Weight.DemiBold)
        self.countdown = QuietText()
        self.running = Text("", 2.2, QFont.Weight.Light)
        self.running.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.running.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.user, self.session, self.timeout = Text(), Text(), Text()
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        self.head(self.tr("Session"))
        head = QHBoxLayout()
        head.addLayout(self.say_in_two_lines(self._dot, self.state, self.countdown), 1)
        head.addWidget(self.running)
        self.body.addLayout(head)
        self.list_details(
            {
                self.tr("User"): self.user,
                self.tr("Session"): self.session,
                self.tr("Timeout"): self.timeout,
            }
        )

    @Slot()
    def refresh(self) -> None:
        braze = self._braze
        self._dot.show_state(braze.sessionState)
        self.state.say(
            {
                "foreground": self.tr("In the foreground"),
                "background": self.tr("In the background"),
            }.get(braze.sessionState, self.tr("No session"))
        )
        self.countdown.say(self._countdown_text())
        self.running.say(clock_time(braze.sessionSeconds) if braze.sessionId else "")
        self.user.say(braze.userId or self.tr("anonymous"))
        self.session.say(braze.sessionId or "–")
        self.timeout.say(self.tr("{} s in the background").format(braze.sessionTimeout))

    def _countdown_text(self) -> str:
        state = self._braze.sessionState
        if state == "background":
            left = math.ceil(max(0.0, self._braze.secondsToTimeout))
            return self.tr("The session ends in {} s").format(left)
        if state == "foreground":
            return self.tr("The session is running")
        if not self._braze.enabled:
            return self.tr("Tracking is switched off")
        return self.tr("It starts when this window has the focus")
