"""Login and logout with SDK authentication: a signature for each user, another one when it was refused."""

import os
import sys

from PySide6.QtWidgets import QApplication, QFormLayout, QLabel, QLineEdit, QPushButton, QWidget

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


def signature_for(user: str) -> str:
    """From your server, which has the private key. Ask it without blocking, by QNetworkAccessManager say."""
    return f"header.{user.encode().hex()}.signature"


class Account(QWidget):
    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self._braze = braze
        self.setWindowTitle("Account")
        self._name = QLineEdit(placeholderText="ada")
        self._login = QPushButton("Log &In", clicked=self._log_in)
        # Sends the rest, for 5 seconds at most, then forgets everything.
        self._logout = QPushButton("Log &Out", clicked=lambda: braze.logout(5.0))
        self._state = QLabel()
        form = QFormLayout(self)
        for label, field in (("&Name", self._name), ("", self._login), ("", self._logout), ("", self._state)):
            form.addRow(label, field)
        braze.userChanged.connect(self._show_user)
        braze.sdkAuthenticationFailed.connect(self._renew)
        braze.loggedOut.connect(lambda: braze.setEnabled(True))  # the next user begins anew
        self._show_user()
        self.resize(360, 160)

    def _log_in(self) -> None:
        name = self._name.text() or self._name.placeholderText()
        # In earnest an id of yours that tells nothing of the person.
        self._braze.changeUser(name, signature_for(name))

    def _renew(self, _code: int, _reason: str, user: str) -> None:
        if user == self._braze.userId:  # nobody else has logged in meanwhile
            self._braze.setSdkAuthenticationSignature(signature_for(user))

    def _show_user(self) -> None:
        user = self._braze.userId
        self._state.setText(f"Logged in as {user}" if user else "Nobody is logged in")
        self._login.setEnabled(not user)
        self._logout.setEnabled(bool(user))


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("Account")
    braze = BrazeQt.install(app, BrazeConfig("example-account", ENDPOINT))
    account = Account(braze)
    account.show()
    sys.exit(app.exec())
