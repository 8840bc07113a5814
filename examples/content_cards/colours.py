"""Colours that are derived from the palette of the desktop, so that light and dark both work."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

CLEAR, READABLE = 3.0, 4.5
"""The contrasts that the Web Content Accessibility Guidelines ask of marks and of text."""


def blend(top: QColor, bottom: QColor, share: float) -> QColor:
    """The colour of ``top`` painted on ``bottom`` with an opacity of ``share``, 0 to 1."""
    return QColor.fromRgbF(
        top.redF() * share + bottom.redF() * (1 - share),
        top.greenF() * share + bottom.greenF() * (1 - share),
        top.blueF() * share + bottom.blueF() * (1 - share),
    )


def contrast(one: QColor, other: QColor) -> float:
    """From 1 to 21, as the Web Content Accessibility Guidelines reckon it."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    shares = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def quiet(palette: QPalette) -> QColor:
    """The colour of what is said beside the main thing; 4.5 : 1 where the palette allows it."""
    return muted(palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base))


def muted(text: QColor, base: QColor) -> QColor:
    """As little of the text's colour as can be read on the ground, two thirds at least."""
    shades = (blend(text, base, share / 100) for share in range(68, 100, 4))
    return next((shade for shade in shades if contrast(shade, base) >= READABLE), text)


def line(palette: QPalette) -> QColor:
    """The colour of the edge of a card."""
    window = palette.color(QPalette.ColorRole.Window)
    return blend(palette.color(QPalette.ColorRole.WindowText), window, 0.16)


def accent(palette: QPalette, ratio: float = CLEAR) -> QColor:
    """The colour of selections, mixed with the text's until it has this contrast on a card.

    Dark themes choose it to lie under white text, and so hardly lighter than the card.
    """
    roles = QPalette.ColorRole.Highlight, QPalette.ColorRole.Text, QPalette.ColorRole.Base
    return told_apart(*map(palette.color, roles), ratio)


def told_apart(colour: QColor, text: QColor, base: QColor, ratio: float) -> QColor:
    """A colour, mixed with that of the text until it has this contrast on the ground."""
    shades = (blend(text, colour, tenth / 10) for tenth in range(10))
    return next((shade for shade in shades if contrast(shade, base) >= ratio), text)
