"""A dialog for the session timeout, ready to be opened by any application with widgets."""

from PySide6.QtCore import QEvent, QSettings, Slot
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
from braze_qt._translation.texts import Translated

SETTINGS_KEY = "braze_qt/session_timeout"
DEFAULT_TIMEOUT = 10
"""Seconds; what ``BrazeConfig`` takes when it is told nothing."""
LONGEST_TIMEOUT = 2**31 - 1
"""Seconds. No limit of the session rules, but the most that a QSpinBox can hold."""


class SessionSettingsDialog(Translated, QDialog):
    """Lets the user choose after how many seconds in the background a session ends.

    A change applies at once and is kept in ``settings`` (default: the application's ``QSettings()``) under
    ``braze_qt/session_timeout``. To start with what was kept, give it to the configuration:

        BrazeConfig(key, endpoint, session_timeout=SessionSettingsDialog.stored_timeout(QSettings()))

    Its language is that of its ``locale()``, which is the application's (``QLocale.setDefault()``) or else
    the system's: English, French, German, Japanese, Brazilian Portuguese, Simplified Chinese or Spanish.
    Translations that the application has installed for the context ``SessionSettingsDialog`` come first.

    GUI thread only, as every widget.
    """

    def __init__(
        self, braze: BrazeQt, parent: QWidget | None = None, settings: QSettings | None = None
    ) -> None:
        super().__init__(parent)
        self._braze = braze
        self._settings = QSettings() if settings is None else settings
        self._seconds = self._make_seconds()
        self._label = QLabel()
        self._explanation = QLabel()
        self._restore = QPushButton()
        self._lay_out()
        self._write_texts()
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

    def changeEvent(self, event: QEvent) -> None:
        """Qt's; follows the language of the application."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.LocaleChange):
            self._write_texts()
            self.resize(self.size().expandedTo(self.sizeHint()))  # the text may be longer

    def _make_seconds(self) -> QSpinBox:
        seconds = QSpinBox()
        seconds.setRange(1, LONGEST_TIMEOUT)
        # The widest value would make the field three times as wide as any timeout people choose.
        seconds.setMinimumWidth(seconds.fontMetrics().horizontalAdvance("0") * 16)
        return seconds

    def _lay_out(self) -> None:
        self._label.setBuddy(self._seconds)
        self._explanation.setWordWrap(True)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        form.addRow(self._label, self._seconds)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._close = buttons.button(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self._restore, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(layout.spacing() * 2)
        layout.addWidget(self._explanation)
        layout.addLayout(form)
        layout.addStretch()
        layout.addWidget(buttons)
        self._explanation.setMinimumWidth(self.fontMetrics().averageCharWidth() * 56)
        self._seconds.setFocus()

    def _write_texts(self) -> None:
        self.use_texts("SessionSettingsDialog", self.locale())
        self.setWindowTitle(self.tr("Session Settings"))
        self._label.setText(self.tr("Session &timeout"))
        # On scaled screens Qt's width is short by a fraction of a pixel.
        self._label.setMinimumWidth(self._label.sizeHint().width() + 2)
        self._explanation.setText(
            self.tr("The session ends when the application has been in the background for this long.")
        )
        self._seconds.setAccessibleName(self.tr("Session timeout in seconds"))
        self._seconds.setAccessibleDescription(self._explanation.text())
        self._restore.setText(self.tr("&Restore Default"))
        self._restore.setToolTip(self.tr("Back to %n second(s)", "", DEFAULT_TIMEOUT))
        # Qt's own translations are there only if the application loads them.
        self._close.setText(self.tr("&Close"))
        self._write_unit()

    def _write_unit(self) -> None:
        unit = self.tr(" second(s)", "behind the number", self._seconds.value())
        if unit != self._seconds.suffix():  # not at each digit that is typed
            self._seconds.setSuffix(unit)

    @Slot(int)
    def _apply(self, seconds: int) -> None:
        self._braze.setSessionTimeout(seconds)
        self._settings.setValue(SETTINGS_KEY, seconds)
        self._write_unit()

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
        self._write_unit()
        self._restore.setEnabled(self._seconds.value() != DEFAULT_TIMEOUT)
