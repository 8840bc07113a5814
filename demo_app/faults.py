"""Tells the sandbox to cut every connection, which is what being offline looks like to the SDK, and hears
when somebody else does: the sandbox's own page arms and clears faults too."""

import json

from PySide6.QtCore import QByteArray, QObject, QTimer, QUrl, Signal, Slot
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest

ANSWER_SECONDS = 3
"""After so many seconds of silence a question counts as unanswered."""
NEWS_SECONDS = 40
"""After so many seconds of silence the stream of news is taken for dead; the sandbox never rests for 20."""
RECONNECT_SECONDS = 2
"""Between a stream of news that ended and the next one."""


def says_offline(answer: QByteArray) -> bool:
    """Whether the faults in an answer of the sandbox cut connections; an answer without any does not."""
    try:
        faults = json.loads(bytes(answer.data()))["faults"]
        return any(fault["fault"] == "cut" for fault in faults)
    except (ValueError, KeyError, TypeError):
        return False  # no sandbox answers so


class SandboxFaults(QObject):
    """Asks without waiting, one question at a time, so that the last answer is the newest.

    The sandbox's stream of news says only that something has changed, and now and then that it is still
    there; whatever it says makes this look, and however much it says while a question is open, once more.
    """

    offlineChanged = Signal(bool)
    failed = Signal(str)

    def __init__(self, sandbox_url: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.offline = False
        """What the sandbox said last."""
        self._url = sandbox_url.rstrip("/")
        self._network = QNetworkAccessManager(self)
        self._question: QNetworkReply | None = None
        self._telling = False
        self._wanted: bool | None = None
        self._outdated = False
        self._reconnect = QTimer(self, interval=RECONNECT_SECONDS * 1000, singleShot=True)
        self._reconnect.timeout.connect(self._listen)
        self._listen()

    def set_offline(self, offline: bool) -> None:  # noqa: FBT001 - a setter
        """Arms or clears; ``failed`` is emitted if the sandbox does not do it."""
        self._wanted = offline
        self._ask()

    @Slot()
    def _listen(self) -> None:
        self._news = self._network.get(self._request("/events", NEWS_SECONDS))
        self._news.readyRead.connect(self._hear)
        self._news.finished.connect(self._lose_news)

    @Slot()
    def _hear(self) -> None:
        self._news.readAll()
        self._outdated = True
        self._ask()

    @Slot()
    def _lose_news(self) -> None:
        self._news.deleteLater()
        self._reconnect.start()

    def _ask(self) -> None:
        if self._question is not None:
            return
        request = self._request("/api/faults", ANSWER_SECONDS)
        if self._wanted is None:
            self._question = self._network.get(request)
        elif self._wanted:
            request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
            self._question = self._network.put(request, json.dumps({"fault": "cut"}).encode())
        else:
            self._question = self._network.deleteResource(request)
        self._telling = self._wanted is not None
        self._wanted, self._outdated = None, False
        self._question.finished.connect(self._take_answer)

    @Slot()
    def _take_answer(self) -> None:
        reply, self._question = self._question, None
        assert reply is not None  # it has just finished
        reply.deleteLater()
        failed = reply.error() != QNetworkReply.NetworkError.NoError
        if failed and self._telling and self._wanted is None:
            self.failed.emit(reply.errorString())
        elif not failed and self._wanted is None:
            self.offline = says_offline(reply.readAll())
            self.offlineChanged.emit(self.offline)
        if self._wanted is not None or self._outdated:
            self._ask()

    def _request(self, path: str, seconds: int) -> QNetworkRequest:
        request = QNetworkRequest(QUrl(self._url + path))
        request.setTransferTimeout(seconds * 1000)
        return request
