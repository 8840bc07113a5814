"""What a feed of Qt Quick needs of Python: pictures that are there already, and three answers."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QRectF, QSize, QUrl, Signal, Slot
from PySide6.QtGui import QColor, QImage, QRegion
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickImageProvider, QQuickWindow

from .colours import READABLE, muted, told_apart
from .pictures import Pictures
from .screens import on_screens


class LoadedPictures(QQuickImageProvider):
    """``image://loaded/ADDRESS`` for what ``Pictures`` has loaded: asked in the GUI thread, and quick.

    Not one that loads by itself: Qt Quick would call it in a thread of its own, where Python's collector
    must not run.
    """

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._pictures = pictures

    def requestImage(self, name: str, size: QSize, _wanted: QSize) -> QImage:
        image = self._pictures.image(QUrl.fromPercentEncoding(name.encode()))
        size.setWidth(image.width())
        size.setHeight(image.height())
        return image


class Support(QObject):
    """For Feed.qml. ``changed`` tells that a picture is there now, or was given up."""

    changed = Signal(str, arguments=["address"])

    def __init__(self, engine: QQmlApplicationEngine) -> None:
        super().__init__(engine)
        self._pictures = Pictures(self)
        self._pictures.changed.connect(self.changed)
        self._provider = LoadedPictures(self._pictures)
        engine.addImageProvider("loaded", self._provider)

    @Slot(str, result=str)
    def look(self, address: str) -> str:
        """``ready``, ``failed`` or ``loading``."""
        return self._pictures.look(address)

    @Slot()
    def tryAgain(self) -> None:
        self._pictures.try_again()

    @Slot(QQuickWindow, result=bool)
    def isExposed(self, window: QQuickWindow | None) -> bool:
        return window is not None and window.isExposed()

    @Slot(QRectF, result=QRectF)
    def onScreens(self, place: QRectF) -> QRectF:
        """The part of a place of the desktop that is on a screen."""
        return on_screens(QRegion(place.toRect()), QPoint()).boundingRect().toRectF()

    @Slot(QColor, QColor, QColor, result=QColor)
    def readable(self, colour: QColor, text: QColor, base: QColor) -> QColor:
        return told_apart(colour, text, base, READABLE)

    @Slot(QColor, QColor, result=QColor)
    def muted(self, text: QColor, base: QColor) -> QColor:
        return muted(text, base)

    @Slot(str, result=str)
    def host(self, link: str) -> str:
        """Where a link leads; not what looks like it, as in ``https://bank.example@thief.example/``."""
        return QUrl(link).host()
