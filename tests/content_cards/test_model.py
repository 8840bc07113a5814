"""The rows that views of content cards see."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDateTime, QObject, Qt
from PySide6.QtTest import QAbstractItemModelTester

from braze_qt.content_cards import ContentCard
from braze_qt.content_cards._model import ROLES, CardModel

NUMBERS = {name: number for number, name in ROLES.items()}


class Mirror:
    """What a view knows that heeds the signals of the model and never asks for all rows again."""

    def __init__(self, model: CardModel) -> None:
        self.model = model
        self.rows: list[tuple[Any, Any]] = []
        model.rowsInserted.connect(lambda _, first, last: self.insert(first, last))
        model.rowsRemoved.connect(lambda _, first, last: self.remove(first, last))
        model.rowsMoved.connect(lambda _, first, __, ___, to: self.rows.insert(to, self.rows.pop(first)))
        model.dataChanged.connect(lambda first, last, _: self.change(first.row(), last.row()))

    def row(self, number: int) -> tuple[Any, Any]:
        index = self.model.index(number)
        return index.data(NUMBERS["cardId"]), index.data()

    def insert(self, first: int, last: int) -> None:
        self.rows[first:first] = [self.row(number) for number in range(first, last + 1)]

    def remove(self, first: int, last: int) -> None:
        del self.rows[first : last + 1]

    def change(self, first: int, last: int) -> None:
        self.rows[first : last + 1] = [self.row(number) for number in range(first, last + 1)]


cards = st.builds(ContentCard, id=st.sampled_from("abcdef"), title=st.sampled_from(["one", "two"]))
lists = st.lists(cards, max_size=6, unique_by=lambda card: card.id)


@pytest.mark.usefixtures("qapp")
@given(st.lists(lists, max_size=5))
def test_a_view_follows_row_by_row(steps: list[list[ContentCard]]) -> None:
    parent = QObject()
    model = CardModel(parent)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    mirror, resets = Mirror(model), list[bool]()
    model.modelReset.connect(lambda: resets.append(True))
    for step in steps:
        model._show(step)
        assert mirror.rows == [(card.id, card.title) for card in step]
    assert resets == []
    del tester


@pytest.mark.usefixtures("qapp")
def test_each_value_has_a_role() -> None:
    parent = QObject()
    model = CardModel(parent)
    card = ContentCard("a", text="Text", updated=1.5, expires=3, pinned=True, extras={"key": "value"})
    model._show([card, ContentCard("b", title="Title")])
    values = {name: model.index(0).data(number) for name, number in NUMBERS.items()}
    when = QDateTime.fromMSecsSinceEpoch(1500)
    assert (values["updated"], values["expires"].toSecsSinceEpoch()) == (when, 3)
    assert (values["pinned"], values["extras"], values["text"]) == (True, {"key": "value"}, "Text")
    assert model.index(1).data(NUMBERS["expires"]) is None
    assert [model.index(row).data() for row in (0, 1)] == ["Text", "Title"]
    names = {bytes(name.data()).decode() for name in model.roleNames().values()}
    assert names == set(NUMBERS)
    assert model.index(0).data(Qt.ItemDataRole.FontRole) is None
    assert model.index(7).data() is None
