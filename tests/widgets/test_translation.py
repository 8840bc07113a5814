"""The widgets in the languages of their users."""

import runpy
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QSize, Qt, QTranslator
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton, QSpinBox, QTableView

from braze_qt._translation.catalogues import CATALOGUES
from braze_qt._translation.texts import catalogue_name
from braze_qt.widgets import Inspector, SessionSettingsDialog

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "translations"

Message = tuple[str, str, str]
"""Context, text, comment."""


def messages(file: Path) -> dict[Message, list[str]]:
    """With the translation, or its forms of plural; empty where there is none."""
    found = {}
    for context in ElementTree.parse(file).iter("context"):
        for message in context.iter("message"):
            key = (context.findtext("name"), message.findtext("source"), message.findtext("comment") or "")
            translation = message.find("translation")
            forms = [form.text or "" for form in translation] or [translation.text or ""]
            found[key] = [""] if translation.get("type") else forms
    return found


@pytest.fixture(scope="module")
def renewed(tmp_path_factory) -> Path:
    """The files that lupdate makes of the present source."""
    folder = tmp_path_factory.mktemp("translations")
    for file in TEXTS.glob("*.ts"):
        (folder / file.name).write_bytes(file.read_bytes())
    runpy.run_path(str(ROOT / "tools" / "translations.py"))["update"](folder)
    return folder


@pytest.mark.posix("Qt's tools are scripts beside the interpreter")
@pytest.mark.parametrize("language", CATALOGUES)
def test_every_text_is_translated(language, renewed):
    now = messages(renewed / f"braze_qt_{language}.ts")
    assert [message for message, forms in now.items() if not all(forms)] == []
    assert now == messages(TEXTS / f"braze_qt_{language}.ts"), "stale: run make translations"


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_compiled_texts_are_those_translated(language):
    compiled = b64decode(CATALOGUES[language])
    translator = QTranslator()
    translator.load(compiled)
    for (context, text, comment), forms in messages(TEXTS / f"braze_qt_{language}.ts").items():
        counts = (1, 2) if len(forms) > 1 else (-1,)
        shown = [translator.translate(context, text, comment, count) for count in counts]
        assert shown == forms, "stale: run make translations"


@pytest.mark.parametrize(
    ("locale", "catalogue"),
    [
        ("de-AT", "de"),
        ("pt-PT", "pt_BR"),
        ("zh-CN", "zh_CN"),
        ("zh-Hans-SG", "zh_CN"),
        ("zh-TW", "en"),
        ("en-GB", "en"),
        ("sv-SE", "en"),
        ("C", "en"),
    ],
)
def test_a_locale_chooses_its_language(locale, catalogue):
    assert catalogue_name(QLocale(locale)) == catalogue


@pytest.mark.linux("the languages of the system are in a variable")
def test_the_second_language_of_the_system_serves():
    program = "from PySide6.QtCore import QLocale; from braze_qt._translation.texts import catalogue_name"
    program += "; print(catalogue_name(QLocale()))"
    environment = {"LANG": "sv_SE.UTF-8", "LANGUAGE": "sv:fr:de", "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-c", program]
    assert subprocess.run(run, env=environment, capture_output=True, check=True).stdout == b"fr\n"


@pytest.fixture
def dialog(qtbot, braze, settings):
    dialog = SessionSettingsDialog(braze, settings=settings)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.fixture
def german():
    """An application that has chosen its language."""
    before = QLocale()
    QLocale.setDefault(QLocale("de-DE"))
    yield
    QLocale.setDefault(before)


def test_the_dialog_speaks_the_language_of_the_application(german, dialog):
    buttons = dialog.findChild(QDialogButtonBox)
    assert dialog.windowTitle() == "Sitzungseinstellungen"
    assert buttons.button(QDialogButtonBox.StandardButton.Close).text() == "&Schließen"
    assert dialog.findChild(QSpinBox).accessibleName() == "Zeitlimit der Sitzung in Sekunden"


def test_the_application_is_not_translated_along(german, dialog):
    assert QCoreApplication.translate("SessionSettingsDialog", "Session Settings") == "Session Settings"
    assert QCoreApplication.translate("QPlatformTheme", "Close") == "Close"


@pytest.mark.parametrize(
    ("language", "units"),
    [
        ("en", [" second", " seconds"]),
        ("de", [" Sekunde", " Sekunden"]),
        ("fr", [" seconde", " secondes"]),
        ("ja", [" 秒", " 秒"]),
    ],
)
def test_the_unit_has_the_right_plural(dialog, language, units):
    dialog.setLocale(QLocale(language))
    seconds = dialog.findChild(QSpinBox)
    shown = []
    for value in (1, 2):
        seconds.setValue(value)
        shown.append(seconds.suffix())
    assert shown == units


def test_the_language_changes_in_an_open_dialog(dialog):
    for language, title in (
        ("es", "Ajustes de la sesión"),
        ("ja", "セッション設定"),
        ("C", "Session Settings"),
    ):
        dialog.setLocale(QLocale(language))
        assert dialog.windowTitle() == title


class OfTheApplication(QTranslator):
    def isEmpty(self):
        return False

    def translate(self, context, text, *_):
        return {("SessionSettingsDialog", "Session Settings"): "Absences"}.get((context, text))


def test_a_translation_of_the_application_comes_first(qapp, german, dialog):
    translator = OfTheApplication()
    qapp.installTranslator(translator)
    try:
        QCoreApplication.sendEvent(dialog, QEvent(QEvent.Type.LanguageChange))
        labels = [label.text() for label in dialog.findChildren(QLabel)]
        assert dialog.windowTitle() == "Absences"
        assert "&Zeitlimit der Sitzung" in labels
    finally:
        qapp.removeTranslator(translator)
    QCoreApplication.sendEvent(dialog, QEvent(QEvent.Type.LanguageChange))
    assert dialog.windowTitle() == "Sitzungseinstellungen"


@pytest.fixture
def set_points(qapp):
    """Makes the application's letters so many points high."""
    before = qapp.font()

    def set_points(points: int) -> None:
        font = qapp.font()
        font.setPointSize(points)
        qapp.setFont(font)

    yield set_points
    qapp.setFont(before)


def cut_texts(dialog) -> list[str]:
    """Texts that do not fit into their places."""
    seconds = dialog.findChild(QSpinBox)
    needed = seconds.fontMetrics().horizontalAdvance(seconds.text())
    cut = [seconds.text()] if needed >= seconds.lineEdit().width() else []
    for widget in (*dialog.findChildren(QPushButton), *dialog.findChildren(QLabel)):
        needed = widget.sizeHint()
        if widget.hasHeightForWidth():
            needed = QSize(0, widget.heightForWidth(widget.width()))
        if needed.expandedTo(widget.size()) != widget.size():
            cut.append(widget.text())
    return cut


@pytest.mark.parametrize("points", [9, 18])
def test_no_text_of_the_dialog_is_cut(qtbot, braze, settings, set_points, points):
    braze.setSessionTimeout(99_999)
    set_points(points)
    dialog = SessionSettingsDialog(braze, settings=settings)
    qtbot.addWidget(dialog)
    dialog.show()
    for language in CATALOGUES:
        dialog.setLocale(QLocale(language))
        qtbot.waitUntil(lambda: cut_texts(dialog) == [])


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_two_shortcuts_are_the_same(dialog, language):
    dialog.setLocale(QLocale(language))
    texts = [widget.text() for kind in (QLabel, QPushButton) for widget in dialog.findChildren(kind)]
    keys = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(set(keys)) == len(keys) == 3


def test_the_inspector_follows_the_language(qtbot, braze):
    braze.openSession()
    inspector = Inspector(braze)
    qtbot.addWidget(inspector)
    qtbot.waitUntil(lambda: inspector.findChild(QTableView, "events").model().rowCount() == 1)
    model = inspector.findChild(QTableView, "events").model()
    shown = {}
    for language in ("de", "zh-CN", "C"):
        inspector.setLocale(QLocale(language))
        shown[language] = (model.headerData(1, Qt.Orientation.Horizontal), model.index(0, 1).data())
    assert shown == {
        "de": ("Ereignis", "Sitzungsbeginn"),
        "zh-CN": ("事件", "会话开始"),
        "C": ("Event", "Session start"),
    }
