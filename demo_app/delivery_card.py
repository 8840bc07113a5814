"""What delivery is doing: its state, the last outcome, the next attempt, what waits and what was lost."""

import math
import time

from PySide6.QtCore import Slot
from PySide6.QtGui import QFont

from braze_qt import BrazeQt
from demo_app.icons import Picture
from demo_app.labels import Card, QuietText, Text

ICONS = {
    "idle": "delivered",
    "pending": "waiting",
    "sending": "send",
    "waiting": "waiting",
    "offline": "offline",
    "unauthorised": "refused",
    "disabled": "disabled",
}


class DeliveryCard(Card):
    """Says in words whether what happened has arrived."""

    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self._braze = braze
        self._picture = Picture()
        self.state = Text("", 1.3, QFont.Weight.DemiBold)
        self.outcome = QuietText()
        self.pending, self.lost, self.next_try = Text(), Text(), Text()
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        self.head(self.tr("Delivery"))
        self.body.addLayout(self.say_in_two_lines(self._picture, self.state, self.outcome))
        self.list_details(
            {
                self.tr("Waiting"): self.pending,
                self.tr("Lost"): self.lost,
                self.tr("Next try"): self.next_try,
            }
        )

    @Slot()
    def refresh(self) -> None:
        braze = self._braze
        state = braze.deliveryState
        self._picture.show_icon(ICONS.get(state, "delivered"))
        self.state.say(self._title(state))
        self.outcome.say(braze.lastOutcome or self.tr("Nothing was sent in this run yet"))
        self.pending.say(self._count(braze.pendingCount, self.tr("nothing")))
        self.lost.say(self._count(braze.lostCount, self.tr("nothing, ever")))
        self.next_try.say(self._next_try_text())

    def _title(self, state: str) -> str:
        return {
            "idle": self.tr("Everything arrived") if self._braze.lastOutcome else self.tr("Nothing to send"),
            "pending": self.tr("Waits for the next sending"),
            "sending": self.tr("Sending"),
            "waiting": self.tr("Waits to try again"),
            "offline": self.tr("No connection"),
            "unauthorised": self.tr("The key was refused"),
            "disabled": self.tr("Switched off"),
        }.get(state, state)

    def _count(self, number: int, none: str) -> str:
        if number == 0:
            return none
        return self.tr("1 event") if number == 1 else self.tr("{} events").format(number)

    def _next_try_text(self) -> str:
        retry_at = self._braze.retryAt
        if retry_at:
            return self.tr("in {} s").format(math.ceil(max(0.0, retry_at - time.time())))
        if self._braze.deliveryState == "disabled":
            return self.tr("when tracking is switched on")
        return self.tr("as soon as there is something") if self._braze.pendingCount == 0 else self.tr("soon")
