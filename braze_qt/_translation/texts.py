"""Our texts in the language of the application.

Nothing is installed on the application, whose language is its own affair: our objects ask a translator that
nobody else knows. A translation of the application's own, for the same contexts, comes first.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QTranslator

from braze_qt._translation.catalogues import CATALOGUES

SOURCE = "en"
"""The language of the source, in whose catalogue there is nothing but plurals."""


def catalogue_name(locale: QLocale) -> str:
    """The catalogue for the first language of a locale that has one; that of the source if none has.

    People choose several languages in the settings of their system; a locale of the application has but one.
    """
    tags = (QLocale.system() if locale == QLocale.system() else locale).uiLanguages()
    for tag in tags:
        if any(other.startswith(f"{tag}-") for other in tags):
            continue  # "zh" of "zh-Hant-TW", which alone would be another script
        wanted = QLocale(tag)
        for name in CATALOGUES:
            has = QLocale(name)
            # By script, for Chinese has two. Not by country: Portugal reads the Portuguese of Brazil.
            if (has.language(), has.script()) == (wanted.language(), wanted.script()):
                return name
    return SOURCE


class Texts:
    """The texts of one class in the language of a locale. GUI thread only."""

    def __init__(self, context: str, locale: QLocale) -> None:
        self.locale = locale
        self._context = context
        self._compiled = b64decode(CATALOGUES[catalogue_name(locale)])  # which the translator only points to
        self._translator = QTranslator()
        self._translator.load(self._compiled)

    def tr(self, of_application: str, text: str, comment: str | None, count: int) -> str:
        """The application's own translation, else ours, else the text itself.

        Args:
            of_application: the answer of ``QObject.tr`` to the other three.
            text: in English; ``%n`` stands for ``count``.
            comment: tells equal texts apart.
            count: chooses the plural; -1 for none.
        """
        if of_application != _with_number(text, count):
            return of_application
        return _with_number(self._translator.translate(self._context, text, comment, count) or text, count)


if TYPE_CHECKING:
    _Base = QObject
else:
    _Base = object


class Translated(_Base):
    """Comes before a class of Qt among the bases: its ``tr`` knows our translations too."""

    def use_texts(self, context: str, locale: QLocale) -> None:
        """Speak the language of a locale from now on. To be called before the first ``tr``."""
        self._texts = Texts(context, locale)

    def tr(self, text: str, /, disambiguation: str | None = None, n: int = -1) -> str:
        """Qt's; knows our translations too."""
        of_application = super().tr(text, disambiguation, n)
        return self._texts.tr(of_application, text, disambiguation, n)


def _with_number(text: str, count: int) -> str:
    return text if count < 0 else text.replace("%n", str(count))
