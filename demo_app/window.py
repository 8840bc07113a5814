"""The window of the demo: the session, the delivery, what happened in this run, and what one can do."""

from collections.abc import Callable

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMainWindow, QMessageBox, QSplitter, QVBoxLayout, QWidget

from braze_qt import BrazeQt
from braze_qt.content_cards import ContentCards
from braze_qt.feature_flags import FeatureFlags
from braze_qt.widgets import Inspector, SessionSettingsDialog
from demo_app.banner import Banner
from demo_app.delivery_card import DeliveryCard
from demo_app.dialogs import EventForm, UserForm
from demo_app.faults import SandboxFaults
from demo_app.icons import IconButton
from demo_app.session_card import SessionCard
from examples.content_cards.feed import Feed


class DemoWindow(QMainWindow):
    """Everything on one page: the actions, two cards about now, the inspector."""

    def __init__(
        self,
        braze: BrazeQt,
        sandbox_url: str,
        settings: QSettings,
        flags: FeatureFlags,
        cards: ContentCards,
    ) -> None:
        super().__init__()
        self._braze = braze
        self._sandbox_url = sandbox_url
        self._settings = settings
        self._faults = SandboxFaults(sandbox_url, self)
        self.setWindowTitle(self.tr("braze_qt demo"))
        self.banner = Banner(flags, self)
        self.session = SessionCard(braze)
        self.delivery = DeliveryCard(braze)
        self.inspector = Inspector(braze)
        self.feed = Feed(cards)
        self._cards = cards
        self._make_buttons()
        self._lay_out()
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._show_time)
        self._connect()
        QShortcut(QKeySequence("Ctrl+Q"), self, self.close)
        self._show_session()

    def _make_buttons(self) -> None:
        make = self._button
        self.log_event = make("event", self.tr("&Log Event…"), "Ctrl+E", self.open_event_form)
        self.change_user = make("user", self.tr("Change &User…"), "Ctrl+U", self.open_user_form)
        self.send_now = make("send", self.tr("&Send Now"), "Ctrl+Return", self._send_now)
        self.offline = make("offline", self.tr("&Offline"), "Ctrl+D", self._toggle_offline)
        self.offline.setCheckable(True)
        self.news = make("news", "", "Ctrl+N", self._toggle_news)
        self.news.setCheckable(True)
        self.app_usage = make("usage", self.tr("&App Usage"), "F1", self._open_app_usage)
        self.settings = make("settings", self.tr("Se&ttings…"), "Ctrl+,", self.open_settings)

    def _button(self, name: str, text: str, keys: str, act: Callable[[], None]) -> IconButton:
        button = IconButton(name, text)
        sequence = QKeySequence(keys)
        plain = text.replace("&", "").rstrip("…")
        button.setToolTip(f"{plain} ({sequence.toString(QKeySequence.SequenceFormat.NativeText)})")
        button.clicked.connect(act)
        QShortcut(sequence, self, button.click)
        return button

    def _actions(self) -> QHBoxLayout:
        actions = QHBoxLayout()
        actions.setSpacing(self.fontMetrics().height() // 2)
        for button in (self.log_event, self.change_user, self.send_now, self.offline):
            actions.addWidget(button)
        actions.addStretch()
        actions.addWidget(self.news)
        actions.addWidget(self.app_usage)
        actions.addWidget(self.settings)
        return actions

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        now = QHBoxLayout()
        now.setSpacing(em)
        now.addWidget(self.session, 1)
        now.addWidget(self.delivery, 1)
        for part in (self.inspector, self.feed):
            if layout := part.layout():
                layout.setContentsMargins(0, 0, 0, 0)  # the page has its own
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(em, em // 2, em, em)
        column.setSpacing(em)
        column.addWidget(self.banner)
        actions = self._actions()
        column.addLayout(actions)
        column.addLayout(now)
        column.addWidget(self._below(), 1)
        self.setCentralWidget(page)
        # Less, and the headings of the cards would be elided, or the buttons.
        count = self.fontMetrics().horizontalAdvance(" (250)")
        self.setMinimumWidth(max(em * 46, actions.sizeHint().width() + count + em * 2))
        self.resize(QSize(em * 66, em * 50).boundedTo(self.screen().availableSize()))

    def _below(self) -> QSplitter:
        """The inspector, and the news beside it while they are wanted."""
        below = QSplitter()
        below.setChildrenCollapsible(False)
        below.addWidget(self.inspector)
        below.addWidget(self.feed)
        below.setStretchFactor(0, 5)
        below.setStretchFactor(1, 3)
        self.feed.hide()
        return below

    def _connect(self) -> None:
        braze = self._braze
        self._cards.unviewedCountChanged.connect(self._show_unviewed)
        self._show_unviewed()
        for signal in (
            braze.sessionStateChanged,
            braze.sessionStarted,
            braze.sessionEnded,
            braze.userChanged,
            braze.sessionTimeoutChanged,
            braze.enabledChanged,
        ):
            signal.connect(self._show_session)
        braze.deliveryChanged.connect(self._show_delivery)
        self._faults.offlineChanged.connect(self.offline.setChecked)
        self._faults.failed.connect(self._offline_failed)

    @Slot()
    def _show_session(self) -> None:
        self.session.refresh()
        self._tick_if_needed()

    @Slot()
    def _show_delivery(self) -> None:
        self.delivery.refresh()
        self._tick_if_needed()

    def _tick_if_needed(self) -> None:
        """Something on the window counts only while a session is open or a retry is due."""
        running = self._braze.sessionState != "none" or self._braze.retryAt > 0
        if running and not self._tick.isActive():
            self._tick.start()
        elif not running:
            self._tick.stop()

    @Slot()
    def _show_time(self) -> None:
        self.session.refresh()
        self.delivery.refresh()

    @Slot()
    def open_event_form(self) -> None:
        self._open(EventForm(self._braze, self))

    @Slot()
    def open_user_form(self) -> None:
        self._open(UserForm(self._braze, self))

    @Slot()
    def open_settings(self) -> None:
        self._open(SessionSettingsDialog(self._braze, self, self._settings))

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot()
    def _send_now(self) -> None:
        self._braze.requestImmediateDataFlush()

    @Slot()
    def _toggle_offline(self) -> None:
        self._faults.set_offline(self.offline.isChecked())

    @Slot(str)
    def _offline_failed(self, reason: str) -> None:
        self.offline.setChecked(self._faults.offline)
        text = self.tr("The sandbox did not answer: {}").format(reason)
        self._open(QMessageBox(QMessageBox.Icon.Warning, self.windowTitle(), text, parent=self))

    @Slot()
    def _show_unviewed(self) -> None:
        count = self._cards.unviewedCount
        self.news.setText(self.tr("&News ({})").format(count) if count else self.tr("&News"))

    @Slot()
    def _toggle_news(self) -> None:
        self.feed.setVisible(self.news.isChecked())

    @Slot()
    def _open_app_usage(self) -> None:
        QDesktopServices.openUrl(QUrl(self._sandbox_url))
