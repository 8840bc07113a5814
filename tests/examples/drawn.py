"""Pictures for the tests."""

import struct
import zlib

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QImageWriter


def png(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(content.data())


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with_texts(number: int) -> bytes:
    """Each takes 8 KB, and a thousand times as much once it is unpacked."""
    content, text = png(40, 40), chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 7_900_000, 9))
    return content[:33] + text * number + content[33:]


def jpeg_with_scans(number: int, side: int = 1000) -> bytes:
    """One that goes over the picture again and again."""
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, b"jpeg")
    writer.setProgressiveScanWrite(True)
    writer.write(image)
    whole = bytes(content.data())
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * number + whole[-2:]
