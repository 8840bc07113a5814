"""A dialog for the session timeout, ready to be opened by any application with widgets."""

from PySide6.QtCore import QSettings, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from braze_qt import BrazeQt

SETTINGS_KEY = "braze_qt/session_timeout"
DEFAULT_TIMEOUT = 10
"""Seconds; what ``BrazeConfig`` takes when it is told nothing."""
LONGEST_TIMEOUT = 2**31 - 1
"""Seconds. No limit of the session rules, but the most that a QSpinBox can hold."""


class SessionSettingsDialog(QDialog):
    """Lets the user choose after how many seconds in the background a session ends.

    A change applies at once and is kept in ``settings`` (default: the application's ``QSettings()``) under
    ``braze_qt/session_timeout``. To start with what was kept, give it to the configuration:

        BrazeConfig(key, endpoint, session_timeout=SessionSettingsDialog.stored_timeout(QSettings()))

    GUI thread only, as every widget.
    """

    def __init__(
        self, braze: BrazeQt, parent: QWidget | None = None, settings: QSettings | None = None
    ) -> None:
        super().__init__(parent)
        self._braze = braze
        self._settings = QSettings() if settings is None else settings
        self.setWindowTitle(self.tr("Session Settings"))
        self._seconds = self._make_seconds()
        self._restore = QPushButton(self.tr("&Restore Default"))
        self._restore.setToolTip(self.tr("Back to {} s").format(DEFAULT_TIMEOUT))
        self._lay_out()
        self._show_timeout()
        self._seconds.valueChanged.connect(self._apply)
        # A server may ask for a longer one. Not sooner: the first digit of many is no answer yet.
        self._seconds.editingFinished.connect(self._show_timeout)
        self._restore.clicked.connect(self._restore_default)
        braze.sessionTimeoutChanged.connect(self._show_timeout)

    @staticmethod
    def stored_timeout(settings: QSettings, default: int = DEFAULT_TIMEOUT) -> int:
        """The timeout in seconds kept in ``settings``, or ``default`` if none that is valid is."""
        try:
            seconds = int(str(settings.value(SETTINGS_KEY, default)))
        except ValueError:
            return default
        return seconds if 1 <= seconds <= LONGEST_TIMEOUT else default

    def _make_seconds(self) -> QSpinBox:
        seconds = QSpinBox()
        seconds.setRange(1, LONGEST_TIMEOUT)
        seconds.setSuffix(self.tr(" s", "seconds"))
        seconds.setAccessibleName(self.tr("Session timeout in seconds"))
        # The widest value would make the field three times as wide as any timeout people choose.
        seconds.setMinimumWidth(seconds.fontMetrics().horizontalAdvance("0") * 16)
        return seconds

    def _lay_out(self) -> None:
        label = QLabel(self.tr("Session &timeout"))
        label.setBuddy(self._seconds)
        explanation = QLabel(
            self.tr("The session ends when the application has been in the background for this long.")
        )
        explanation.setWordWrap(True)
        self._seconds.setAccessibleDescription(explanation.text())
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        form.addRow(label, self._seconds)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self._restore, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(layout.spacing() * 2)
        layout.addWidget(explanation)
        layout.addLayout(form)
        layout.addStretch()
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)
        self._seconds.setFocus()

    @Slot(int)
    def _apply(self, seconds: int) -> None:
        self._braze.setSessionTimeout(seconds)
        self._settings.setValue(SETTINGS_KEY, seconds)

    @Slot()
    def _restore_default(self) -> None:
        self._seconds.setValue(DEFAULT_TIMEOUT)
        self._seconds.setFocus()

    @Slot()
    def _show_timeout(self) -> None:
        """Follows the SDK, whoever changed it; what other parts of the host set is not kept."""
        blocked = self._seconds.blockSignals(True)
        self._seconds.setValue(min(self._braze.sessionTimeout, LONGEST_TIMEOUT))
        self._seconds.blockSignals(blocked)
        self._restore.setEnabled(self._seconds.value() != DEFAULT_TIMEOUT)
