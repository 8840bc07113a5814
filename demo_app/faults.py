"""Tells the sandbox to cut every connection, which is what being offline looks like to the SDK."""

import json

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest


class SandboxFaults(QObject):
    """Asks without waiting; the answer matters only when it is bad."""

    failed = Signal(str)

    def __init__(self, sandbox_url: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._url = sandbox_url.rstrip("/") + "/api/faults"
        self._network = QNetworkAccessManager(self)
        self._network.finished.connect(self._done)

    def set_offline(self, offline: bool) -> None:  # noqa: FBT001 - a setter
        request = QNetworkRequest(QUrl(self._url))
        if not offline:
            self._network.deleteResource(request)
            return
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        self._network.put(request, json.dumps({"fault": "cut"}).encode())

    @Slot(QNetworkReply)
    def _done(self, reply: QNetworkReply) -> None:
        if reply.error() != QNetworkReply.NetworkError.NoError:
            self.failed.emit(reply.errorString())
        reply.deleteLater()
