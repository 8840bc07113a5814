"""Pictures from outside, for a list: loaded and decoded beside the GUI thread, within bounds."""

from __future__ import annotations

import atexit
import gc
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import (
    QBuffer,
    QCoreApplication,
    QIODeviceBase,
    QObject,
    QSize,
    Qt,
    QThread,
    QTimer,
    QUrl,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest
from shiboken6 import isValid

FORMATS = ("gif", "jpeg", "png", "webp")
"""Of these the size is known before anything is decoded. SVG can compute for hours."""
MOST_SCANS = 50
"""Times that a JPEG may go over the whole picture. Each takes some bytes; 4 MiB could take half an hour."""
PNG, MOST_CHUNKS = b"\x89PNG\r\n\x1a\n", 20_000
PNG_PARTS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"}
"""What a picture is made of. Qt unpacks texts, too, all of them: 1 MiB could become 5 GiB."""
REDIRECTIONS = 3
BUFFER = 64 * 1024
"""Bytes that Qt reads ahead. It waits with the rest, also while the GUI thread stands still."""


@dataclass(frozen=True)
class Limits:
    """What pictures may take.

    Attributes:
        file: bytes of a file, as they arrive; a server may announce fewer than it sends.
        pixels: width by height, before anything is decoded.
        side: pixels of the screen; a larger picture is scaled down as it is decoded.
        seconds: from the question to the last byte.
        at_once: downloads.
        waiting: addresses that wait for one of them.
        kept: bytes of decoded pictures; only those in view may be more.
    """

    file: int = 4 * 2**20
    pixels: int = 16_000_000
    side: int = 1024
    seconds: float = 15.0
    at_once: int = 3
    waiting: int = 250
    kept: int = 64 * 2**20


class Pictures(QObject):
    """Loads what is looked for, the latest first, and keeps what was shown last. GUI thread.

    Qt's network thread fetches, ``Decoder`` decodes: the GUI thread carries the bytes from one to the other.
    """

    changed = Signal(str)
    """The picture of this address is there now, or was given up."""

    def __init__(self, parent: QObject | None = None, limits: Limits | None = None) -> None:
        super().__init__(parent)
        self._limits = limits or Limits()
        self._network = QNetworkAccessManager(self)
        self._decoder = Decoder(QCoreApplication.instance())
        self._decoder.finished.connect(self._take_decoded)
        self._waiting: dict[str, None] = {}  # the latest last, as in the others
        self._running: dict[str, Download] = {}
        self._loaded: dict[str, bytes] = {}
        self._kept: dict[str, QImage] = {}
        self._failed: dict[str, None] = {}
        self._held: set[str] = set()
        self.destroyed.connect(self._decoder.retire)

    @Slot(str, result=str)
    def look(self, address: str) -> str:
        """``ready``, ``failed``, or ``loading``, which it does from then on; ``changed`` tells its end."""
        if address in self._kept:
            return "ready"
        if address in self._failed or not is_allowed(QUrl(address, QUrl.ParsingMode.StrictMode)):
            return "failed"
        if address not in self._running:
            self._waiting.pop(address, None)
            self._waiting[address] = None
            self._start()
        return "loading"

    def image(self, address: str) -> QImage:
        """The picture; a null one where ``look`` says that it is not there."""
        image = self._kept.pop(address, None)
        if image is None:
            return QImage()
        self._kept[address] = image
        return image

    def hold(self, addresses: set[str]) -> None:
        """Keep what is in view: if it went for the next one it would be loaded again, and so on for ever."""
        self._held = addresses

    @Slot()
    def try_again(self) -> None:
        """Load the failed ones when they are looked for again, as after a refresh of the list."""
        failed, self._failed = self._failed, {}
        for address in failed:
            self.changed.emit(address)

    # -- inside ----------------------------------------------------------------------------------

    def _start(self) -> None:
        while self._waiting and len(self._running) < self._limits.at_once:
            address, _ = self._waiting.popitem()
            download = Download(address, self._network, self._limits, self)
            download.ended.connect(self._take_loaded)
            self._running[address] = download
        while len(self._waiting) > self._limits.waiting:
            self._give_up(next(iter(self._waiting)))

    @Slot(str, bytes)
    def _take_loaded(self, address: str, content: bytes) -> None:
        self._running[address].deleteLater()
        if content:
            self._loaded[address] = content
        else:
            self._give_up(address)
        self._decode()
        self._start()

    def _decode(self) -> None:
        while self._loaded and not self._decoder.is_busy:
            address = next(iter(self._loaded))
            encoded = Encoded(self._loaded.pop(address))
            if encoded.is_allowed(self._limits):
                self._decoder.begin(address, encoded)
            else:
                self._give_up(address)

    @Slot()
    def _take_decoded(self) -> None:
        address, image = self._decoder.end()
        if image.isNull():
            self._give_up(address)
        else:
            self._keep(address, image)
        self._decode()
        self._start()

    def _keep(self, address: str, image: QImage) -> None:
        self._running.pop(address, None)
        self._kept[address] = image
        size = sum(map(QImage.sizeInBytes, self._kept.values()))
        for other in [each for each in self._kept if each not in self._held and each != address]:
            if size > self._limits.kept:
                size -= self._kept.pop(other).sizeInBytes()
        self.changed.emit(address)

    def _give_up(self, address: str) -> None:
        self._waiting.pop(address, None)
        self._running.pop(address, None)
        self._failed[address] = None
        if len(self._failed) > self._limits.waiting:
            del self._failed[next(iter(self._failed))]
        self.changed.emit(address)


def is_allowed(url: QUrl) -> bool:
    """Whether nobody on the way can see or change what comes from there."""
    return url.isValid() and url.scheme() == "https" and bool(url.host())


class Download(QObject):
    """One file. ``ended`` has its bytes, none where it did not come or grew too large."""

    ended = Signal(str, bytes)

    def __init__(self, address: str, network: QNetworkAccessManager, limits: Limits, parent: QObject) -> None:
        super().__init__(parent)
        self._address, self._limits = address, limits
        self._content = bytearray()
        request = QNetworkRequest(QUrl(address))
        request.setRawHeader(b"Accept", ", ".join(f"image/{name}" for name in FORMATS).encode())
        request.setRawHeader(b"Accept-Encoding", b"identity")  # what is counted is what came
        request.setMaximumRedirectsAllowed(REDIRECTIONS)
        ask = QNetworkRequest.RedirectPolicy.UserVerifiedRedirectPolicy
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, ask)
        for cookies in (
            QNetworkRequest.Attribute.CookieLoadControlAttribute,
            QNetworkRequest.Attribute.CookieSaveControlAttribute,
        ):
            request.setAttribute(cookies, QNetworkRequest.LoadControl.Manual)
        self._reply = network.get(request)
        self._reply.setParent(self)
        self._reply.setReadBufferSize(BUFFER)
        self._reply.readyRead.connect(self._read)
        self._reply.redirected.connect(self._follow)
        self._reply.finished.connect(self._end)
        self._deadline = QTimer(self)
        self._deadline.setSingleShot(True)
        self._deadline.timeout.connect(self._reply.abort)
        self._deadline.start(round(limits.seconds * 1000))

    @Slot()
    def _read(self) -> None:
        self._content += self._reply.readAll().data()
        if len(self._content) > self._limits.file:
            self._content.clear()
            self._reply.abort()

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        if is_allowed(url):
            self._reply.redirectAllowed.emit()
        else:
            self._reply.abort()

    @Slot()
    def _end(self) -> None:
        self._deadline.stop()
        is_whole = self._reply.error() == QNetworkReply.NetworkError.NoError
        if is_whole:
            self._read()
        self.ended.emit(self._address, bytes(self._content) if is_whole else b"")


class Decoder(QThread):
    """Decodes one picture at a time: ``begin``, and ``end`` once it has ``finished``.

    Python's collector, which runs in any thread, would destroy garbage of the application in this one; it
    pauses meanwhile. docs/collector.md has the reasons. The application owns it, not the loader, which may go
    first: a thread that is destroyed while it runs ends the process.
    """

    _running: ClassVar[int] = 0
    _resumes: ClassVar[bool] = False

    def __init__(self, app: QCoreApplication | None) -> None:
        super().__init__(app)
        if app:
            app.aboutToQuit.connect(self.end)
        atexit.register(self._end_at_exit)  # of a program without a main loop, or that began again after it
        self._address, self._image = "", QImage()
        self._encoded: Encoded | None = None
        self.is_busy = False

    def begin(self, address: str, encoded: Encoded) -> None:
        self._address, self._encoded, self._image = address, encoded, QImage()
        self.is_busy = True
        if Decoder._running == 0:
            Decoder._resumes = gc.isenabled()
            gc.disable()
        Decoder._running += 1
        self.start(QThread.Priority.LowPriority)

    @Slot()
    def end(self) -> tuple[str, QImage]:
        """The address and its picture, a null one where it is none."""
        self.wait()  # for the last instructions of ``run``; for a whole picture where something ends early
        if self.is_busy:
            Decoder._running -= 1
            if Decoder._running == 0 and Decoder._resumes:
                gc.enable()
        self.is_busy, self._encoded = False, None
        return self._address, self._image

    @Slot()
    def retire(self) -> None:
        self.end()
        atexit.unregister(self._end_at_exit)
        self.deleteLater()

    def _end_at_exit(self) -> None:
        if isValid(self):
            self.end()

    def run(self) -> None:
        # Nothing else: this call lets go of Python's lock. One that keeps it while it waits for a lock of Qt
        # stands for ever where the GUI thread has that one and waits for Python's, as at the end of
        # a QObject.
        if self._encoded:
            self._image = self._encoded.reader.read()


class Encoded:
    """A file's bytes, and what reads a picture from them."""

    def __init__(self, content: bytes) -> None:
        self._scans = content.count(b"\xff\xda")
        self._buffer = QBuffer()
        self._buffer.setData(without_texts(content))
        self._buffer.open(QIODeviceBase.OpenModeFlag.ReadOnly)
        self.reader = QImageReader(self._buffer)
        self.reader.setDecideFormatFromContent(True)
        self.reader.setAutoTransform(True)

    def is_allowed(self, limits: Limits) -> bool:
        """Whether it is a picture, and not too large; it is read no larger than it may be shown."""
        kind = self.reader.format().data().decode()
        if kind not in FORMATS or (kind == "jpeg" and self._scans > MOST_SCANS):
            return False
        size, largest = self.reader.size(), QSize(limits.side, limits.side)
        if size.boundedTo(largest) != size:
            fitted = size.scaled(largest, Qt.AspectRatioMode.KeepAspectRatio)
            self.reader.setScaledSize(fitted.expandedTo(QSize(1, 1)))
        return 0 < size.width() * size.height() <= limits.pixels


def without_texts(content: bytes) -> bytes:
    """A PNG with what it is made of alone; other files as they are."""
    if not content.startswith(PNG):
        return content
    parts, begin = [PNG], len(PNG)
    for _ in range(MOST_CHUNKS):
        end = begin + 12 + int.from_bytes(content[begin : begin + 4], "big")
        if content[begin + 4 : begin + 8] in PNG_PARTS:
            parts.append(content[begin:end])
        begin = end
        if begin >= len(content):
            break
    return b"".join(parts)
