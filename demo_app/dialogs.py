"""The two small forms of the demo: a custom event and a change of user."""

import json
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from braze_qt import BrazeQt
from demo_app.labels import QuietText


class Form(QDialog):
    """A form with a note that says what is missing, and an OK button that waits for it."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.fields = QFormLayout()
        self.note = QuietText()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(layout.spacing() * 2)
        layout.addLayout(self.fields)
        layout.addWidget(self.note)
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)

    def add_field(self, text: str, field: QWidget) -> None:
        """A row whose label names the field, to the eye as to assistive technology."""
        label = QLabel(text)
        label.setBuddy(field)
        field.setAccessibleName(text.replace("&", ""))
        self.fields.addRow(label, field)

    def judge(self, fault: str) -> None:
        """Shows what is wrong, or nothing, and lets the form be accepted or not."""
        self.note.say(fault)
        self.ok.setEnabled(not fault)

    def close_if(self, *, done: bool) -> None:
        """Closes, or stays open and says so if the SDK refused what the form holds."""
        if done:
            super().accept()
        else:
            self.judge(self.tr("Refused; the log in the terminal says why"))


class EventForm(Form):
    """Name and properties of a custom event; the properties are a JSON object or nothing."""

    def __init__(self, braze: BrazeQt, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._braze = braze
        self.setWindowTitle(self.tr("Log Event"))
        self.ok.setText(self.tr("&Log Event"))
        self.name = QLineEdit("checked out")
        self.properties = QPlainTextEdit('{"items": 3, "total": 41.5}')
        self.properties.setTabChangesFocus(True)
        self.properties.setFixedHeight(self.fontMetrics().height() * 6)
        self.add_field(self.tr("&Name"), self.name)
        self.add_field(self.tr("&Properties (JSON)"), self.properties)
        self.name.textChanged.connect(self._check)
        self.properties.textChanged.connect(self._check)
        self.name.selectAll()
        self.name.setFocus()
        self._check()

    def values(self) -> tuple[str, dict[str, Any] | None]:
        """What ``logCustomEvent`` takes; raises ValueError while the properties are no JSON object."""
        text = self.properties.toPlainText().strip()
        if not text:
            return self.name.text(), None
        properties = json.loads(text)
        if not isinstance(properties, dict):
            raise ValueError(self.tr("The properties must be a JSON object: {…}"))
        return self.name.text(), properties

    @Slot()
    def _check(self) -> None:
        fault = "" if self.name.text().strip() else self.tr("An event needs a name")
        try:
            self.values()
        except json.JSONDecodeError as error:
            fault = fault or self.tr("Not JSON (line {}, column {})").format(error.lineno, error.colno)
        except ValueError as error:
            fault = fault or str(error)
        self.judge(fault)

    def accept(self) -> None:
        self.close_if(done=self._braze.logCustomEvent(*self.values()))


class UserForm(Form):
    """The id of the user who is there from now on."""

    def __init__(self, braze: BrazeQt, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._braze = braze
        self.setWindowTitle(self.tr("Change User"))
        self.ok.setText(self.tr("Chan&ge User"))
        self.user_id = QLineEdit(braze.userId)
        self.user_id.setPlaceholderText(self.tr("for example ada@example.com"))
        self.user_id.selectAll()
        self.add_field(self.tr("&User id"), self.user_id)
        self.user_id.textChanged.connect(self._check)
        self.user_id.setFocus()
        self._check()

    @Slot()
    def _check(self) -> None:
        wanted = self.user_id.text()
        self.judge("")
        self.ok.setEnabled(bool(wanted.strip()) and wanted != self._braze.userId)

    def accept(self) -> None:
        self.close_if(done=self._braze.changeUser(self.user_id.text()))
