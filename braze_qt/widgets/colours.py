"""Colours of marks and of quiet text, made of those of the palette, for light and dark themes."""

from PySide6.QtGui import QColor, QPalette

CLEAR = 3.0
"""The contrast that the Web Content Accessibility Guidelines ask of what is no text."""


def blend(top: QColor, bottom: QColor, share: float) -> QColor:
    """The colour of ``top`` painted on ``bottom`` with an opacity of ``share``, 0 to 1."""
    return QColor.fromRgbF(
        top.redF() * share + bottom.redF() * (1 - share),
        top.greenF() * share + bottom.greenF() * (1 - share),
        top.blueF() * share + bottom.blueF() * (1 - share),
    )


def ground(palette: QPalette) -> QColor:
    """What everything is painted on."""
    return palette.color(QPalette.ColorRole.Window)


def quiet(palette: QPalette) -> QColor:
    """The colour of what is said beside the main thing; still 4.5 : 1 against the ground."""
    return blend(palette.color(QPalette.ColorRole.WindowText), ground(palette), 0.68)


def accent(palette: QPalette) -> QColor:
    """The colour of marks: that of selections, mixed with the text's until it is 3 : 1 on the ground.

    Dark themes choose it to lie under white text, and so hardly lighter than the ground.
    """
    text = palette.color(QPalette.ColorRole.WindowText)
    highlight = palette.color(QPalette.ColorRole.Highlight)
    shades = (blend(text, highlight, tenth / 10) for tenth in range(10))
    return next((shade for shade in shades if contrast(shade, ground(palette)) >= CLEAR), text)


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
