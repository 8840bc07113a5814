"""Content cards as an application sees them."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, cast

from PySide6.QtCore import Property, QObject, QTimer, QUrl, Signal, Slot

from braze_qt._platform.clock import Instant, SystemClock
from braze_qt._qt.extension import Extension
from braze_qt._qt.guard import never_raises, public_slot
from braze_qt._upload.sync import Refreshed, SyncKind
from braze_qt._validation import fields
from braze_qt.content_cards._cards import (
    EMPTY,
    KEY,
    MOST_CARDS,
    ContentCard,
    Feed,
    controls_seen,
    feed,
    marked,
    merged,
    read_kept,
    request_fields,
    with_marks,
)
from braze_qt.content_cards._model import CardModel
from braze_qt.errors import ArgumentError, UsageError, kind_of
from braze_qt.events import CardAction

COOL_DOWN = 10.0
"""Seconds after which a card that is still seen counts as seen again: those of Braze's Web SDK."""
REFRESH_LIMIT = 60.0
"""Seconds for which the application may not ask again: the age at which Braze's Web SDK refreshes a feed that
is opened. Events need the tokens of the rate limit, too."""
MOST_AT_ONCE = 50
"""Cards in one event, which with the longest ids is then no larger than an event may be."""
LONGEST_NAP = 600.0
"""Seconds after which the clock is looked at again: it may be set, and timers stand still in a sleep."""

_KIND = SyncKind(
    name="content_cards",
    header="ContentCards",
    key=KEY,
    read=read_kept,
    is_on=lambda server: server.cards,
    refresh_limit=lambda _: REFRESH_LIMIT,
    nothing=EMPTY,
    merge=merged,
    ask=request_fields,
)


class ContentCards(Extension):
    """The content cards of the present user. Make it in the GUI thread. Its calls may come from any thread,
    and never raise; ``model`` changes, and signals are emitted, in the GUI thread.

    The cards of the last run are there when ``BrazeQt.install`` returns. New ones come with each session and
    each user, and by ``refresh``. After ``changeUser`` no card of the former user is to be seen.

    Args:
        link_schemes: of the links that the desktop opens after ``clicked``; empty for none.

    Attributes:
        model: the cards that are shown, one a row, pinned ones first, then the newest.

    Signals:
        clicked: ``open`` was called for a card with this link, which may be empty; told before it is opened.
        unviewedCountChanged: ``unviewedCount`` has changed.
        loadedChanged: ``loaded`` or ``leftOutCount`` has changed.
        refreshed: the answer to ``refresh``: ``done``, ``failed``, or ``refused`` until a time.

    Raises:
        UsageError: ``link_schemes`` is no collection of strings.
    """

    clicked: ClassVar[Signal] = Signal(str, str, arguments=["id", "link"])
    unviewedCountChanged: ClassVar[Signal] = Signal()
    loadedChanged: ClassVar[Signal] = Signal()
    refreshed: ClassVar[Signal] = Signal(str, float, arguments=["result", "until"])
    _clicked: ClassVar[Signal] = Signal(str, str)
    _marked: ClassVar[Signal] = Signal()

    _kind = _KIND

    def __init__(self, parent: QObject | None = None, *, link_schemes: Collection[str] = ("https",)) -> None:
        super().__init__(parent)
        is_collection = isinstance(link_schemes, Collection) and not isinstance(link_schemes, str)
        if not is_collection or not all(isinstance(scheme, str) for scheme in link_schemes):
            raise UsageError("link_schemes must be a collection of strings")
        self._schemes = {scheme.lower() for scheme in link_schemes}
        self._cards_model = CardModel(self)
        self._told: tuple[int, str, int] = (0, "never", 0)
        self._lock = threading.Lock()
        self._marks: dict[str, frozenset[str]] = {}
        self._seen: dict[str, float] = {}
        self._whose: tuple[str, str | None] | None = None
        self._is_publishing = self._is_stale = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._follow)
        self._marked.connect(self._follow)
        self._clicked.connect(self._open_link)

    # -- calls -----------------------------------------------------------------------------------

    def card(self, id: str) -> ContentCard | None:  # noqa: A002 (Braze's word)
        """The card of this id that is shown; None where there is none."""
        return next((card for card in self.cards() if card.id == id), None)

    def cards(self) -> tuple[ContentCard, ...]:
        """The cards that are shown, in the order of ``model``."""
        return self._feed().shown

    @public_slot
    def refresh(self) -> bool:
        """Ask for the cards now; ``refreshed`` tells how it went.

        Returns:
            False while disabled or switched offline, and, with one warning, without an installation. Nothing
            is asked then.
        """
        return self._refresh()

    @public_slot
    def markViewed(self, ids: str | list[str]) -> bool:
        """The user has cards in view. A card counts once in ten seconds.

        Args:
            ids: one card, or all that came into view together. An empty list tells that the user sees a
                feed without cards.

        Returns:
            False where nothing was logged, as while disabled, or where each of them counted just now.
        """
        names = _names(ids)
        there = self._feed()
        seen = [card.id for card in there.shown if card.id in names]
        boot = self._clock().boot
        with self._lock:
            self._seen = {name: at for name, at in self._seen.items() if 0 <= boot - at < COOL_DOWN}
            new = [name for name in seen if name not in self._seen]
            controls = [name for name in controls_seen(there, seen) if name not in self._seen]
        is_logged = self._log("ccic", controls, boot)
        return self._log("cci", new, boot, mark="viewed") or is_logged

    @public_slot
    def open(self, id: str) -> bool:  # noqa: A002 (Braze's word)
        """The user has clicked a card: emits ``clicked``, then lets the desktop open the card's link.

        ``QDesktopServices.setUrlHandler`` is asked first. A link of another scheme than ``link_schemes`` is
        left to the slots of ``clicked``.

        Returns:
            False where there is no such card, and while disabled. A card without a link is clicked, too.
        """
        card = self.card(fields.checked_string("id", id))
        if card is None or not self._log("ccc", [card.id], mark="clicked"):
            return False
        self._clicked.emit(card.id, card.link)
        return True

    @public_slot
    def dismiss(self, id: str) -> bool:  # noqa: A002 (Braze's word)
        """The user does not want to see a card any more. It is gone at once.

        Returns:
            False where there is no such card, the dashboard does not let users dismiss it, or disabled.
        """
        card = self.card(fields.checked_string("id", id))
        return card is not None and card.dismissible and self._log("ccd", [card.id], mark="dismissed")

    # -- properties ------------------------------------------------------------------------------

    def _unviewed(self) -> int:
        return sum(not card.viewed for card in self.cards())

    model: CardModel = cast(CardModel, Property(QObject, lambda self: self._cards_model, constant=True))
    unviewedCount: int = cast(int, Property(int, _unviewed, notify=unviewedCountChanged))
    loaded: str = cast(str, Property(str, Extension._loaded, notify=loadedChanged))
    leftOutCount: int = cast(int, Property(int, Extension._left_out, notify=loadedChanged))

    # -- inside ----------------------------------------------------------------------------------

    def _clock(self) -> Instant:
        return (self._tracker or SystemClock()).now()

    def _feed(self) -> Feed:
        there = self._present()
        cards: Mapping[str, ContentCard] = there.content.cards if there else {}
        with self._lock:
            if there is not None:
                self._follow_user(there.binding[:2])
            return feed(with_marks(cards, self._marks).values(), self._clock().wall)

    def _log(self, action: str, names: list[str], boot: float = 0.0, *, mark: str = "") -> bool:
        """Log an event about cards, and remember it here until the answer of the server has it, too."""
        whom, sync, scheduler = self._binding(), self._sync(), self._scheduler
        if whom is None or sync is None or scheduler is None:
            return False
        logged: list[str] = []
        for begin in range(0, len(names), MOST_AT_ONCE):
            some = names[begin : begin + MOST_AT_ONCE]
            if scheduler.log(CardAction(action, tuple(some))):
                logged += some
        if not logged:
            return False
        with self._lock:
            self._follow_user(whom[:2])
            if action in ("cci", "ccic"):
                self._seen |= dict.fromkeys(logged, boot)
            if mark:
                self._marks |= {name: self._marks.get(name, frozenset()) | {mark} for name in logged}
        if mark:
            sync.edit(whom, functools.partial(marked, marks=dict.fromkeys(logged, frozenset({mark}))))
            scheduler.upload_thread.look()
            self._marked.emit()
        return True

    def _follow_user(self, whose: tuple[str, str | None]) -> None:
        if whose != self._whose:
            self._whose, self._marks, self._seen = whose, {}, {}

    # -- GUI thread ------------------------------------------------------------------------------

    @Slot(str, str)
    @never_raises
    def _open_link(self, name: str, link: str) -> None:
        self.clicked.emit(name, link)
        url = QUrl(link, QUrl.ParsingMode.StrictMode)
        if url.isValid() and url.scheme() in self._schemes:
            from PySide6.QtGui import QDesktopServices

            QDesktopServices.openUrl(url)

    def _publish(self) -> None:
        """A slot of the host may call this again, while rows are changed."""
        self._is_stale = True
        if self._is_publishing:
            return
        self._is_publishing = True
        try:
            while self._is_stale:
                self._is_stale = False
                self._publish_once()
        finally:
            self._is_publishing = False

    def _publish_once(self) -> None:
        there = self._feed()
        with self._lock:
            if len(self._marks) > MOST_CARDS:  # long-dismissed ones, which are kept by now
                known = {card.id for card in there.ordered}
                self._marks = {name: found for name, found in self._marks.items() if name in known}
        self._cards_model._show(there.shown)
        told = (self._unviewed(), self._loaded(), self._left_out())
        before, self._told = self._told, told
        if told[1:] != before[1:]:
            self.loadedChanged.emit()
        if told[0] != before[0]:
            self.unviewedCountChanged.emit()
        self._timer.stop()
        if there.until is not None:
            nap = min(max(0.0, there.until - self._clock().wall), LONGEST_NAP)
            self._timer.start(math.ceil(nap * 1000) + 1)

    def _tell(self, refreshed: Refreshed) -> None:
        self.refreshed.emit(refreshed.result, refreshed.until)


def _names(ids: Any) -> set[str]:
    if isinstance(ids, str):
        return {fields.checked_string("id", ids)}
    if not isinstance(ids, (list, tuple)):
        raise ArgumentError(f"ids must be a string or a list of strings, not {kind_of(ids)}")
    return {fields.checked_string("id", each) for each in ids}
