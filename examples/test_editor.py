"""The editor's own tests, without a network and without waiting: ``python -m pytest examples``."""

import pytest
from editor import start

pytestmark = pytest.mark.braze(installed=False)  # the editor does that by itself


@pytest.fixture
def editor(qapp, qtbot, braze_app):
    editor = start(qapp)
    qtbot.addWidget(editor)
    return editor


def test_saving_tells_nothing_of_the_text(editor, braze_app, tmp_path):
    editor.centralWidget().setPlainText("Dear diary,\nnobody must read this.")
    editor.save_as(tmp_path / "diary.txt")

    assert braze_app.event("saved").properties == {"lines": 2, "type": ".txt"}
    assert "diary" not in str(braze_app.requests()[-1].body)


def test_an_hour_elsewhere_is_a_second_session(editor, braze_app):
    braze_app.advance(60)
    braze_app.go_away()
    braze_app.advance(3600)
    braze_app.come_to_front()
    assert [event.code for event in braze_app.events()] == ["ss", "se", "ss"]


def test_documents_saved_offline_are_reported_later(editor, braze_app, tmp_path):
    braze_app.transport.disconnect()
    editor.save_as(tmp_path / "notes.md")
    assert braze_app.events() == []

    braze_app.transport.accept()
    assert braze_app.event("saved").properties["type"] == ".md"
