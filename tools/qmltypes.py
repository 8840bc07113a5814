"""Write braze_qt/qml/BrazeQt/braze_qt.qmltypes, which tells qmllint, qmlls and editors of the QML module::

    python tools/qmltypes.py

The types are those of the meta-objects. PySide keeps no names of parameters, so these come from the methods.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMetaMethod, QMetaProperty, QObject

from braze_qt import BrazeQt
from braze_qt._qt.user import BrazeUser
from braze_qt.content_cards import ContentCards
from braze_qt.feature_flags import FeatureFlags
from braze_qt.qml._facade import Braze, Cards, Flags, User
from braze_qt.qml._module import IMPORT_PATH, FollowingCore

FILE = Path(IMPORT_PATH) / "BrazeQt" / "braze_qt.qmltypes"
HEAD = """\
import QtQuick.tooling 1.2

// Made by tools/qmltypes.py. Do not edit.
Module {"""
OBJECTS: dict[str, str] = {
    "user": "BrazeUser",
    "featureFlags": "BrazeFeatureFlags",
    "contentCards": "BrazeContentCards",
    "model": "QObject",
}
"""The types of the properties that are objects."""
SINGLETON = """\
        exports: ["BrazeQt/Braze 1.0"]
        exportMetaObjectRevisions: [256]
        isCreatable: false
        isSingleton: true"""
CREATABLE = """\
        exports: ["BrazeQt/InspectorCore 1.0"]
        exportMetaObjectRevisions: [256]"""


def contents() -> str:
    """The text of the file."""
    singleton = component("Braze", Braze, BrazeQt, SINGLETON)
    user = component(OBJECTS["user"], User, BrazeUser)
    flags = component(OBJECTS["featureFlags"], Flags, FeatureFlags)
    cards = component(OBJECTS["contentCards"], Cards, ContentCards)
    inspector = component("InspectorCore", FollowingCore, FollowingCore, CREATABLE)
    return "\n".join([HEAD, *singleton, *user, *flags, *cards, *inspector, "}", ""])


def component(
    name: str, facade: type[QObject], shown: type[QObject], more: str | None = None
) -> Iterator[str]:
    """A type of QML. The methods of ``shown`` know the names of the parameters."""
    yield "    Component {"
    yield f'        name: "{name}"'
    yield '        accessSemantics: "reference"'
    yield '        prototype: "QObject"'
    if more:
        yield more
    meta, base = facade.staticMetaObject, QObject.staticMetaObject
    for index in range(base.propertyCount(), meta.propertyCount()):
        yield property_line(meta.property(index))
    for index in range(base.methodCount(), meta.methodCount()):
        if not text(meta.method(index).name()).startswith("_"):
            yield from method_lines(meta.method(index), shown)
    yield "    }"


def property_line(one: QMetaProperty) -> str:
    kind = one.typeName()
    parts = [f'name: "{one.name()}"']
    # To Qt it is any object; tools shall know what it can do. They know no models.
    pointers = {"QObject*": OBJECTS.get(str(one.name()), ""), "QAbstractItemModel*": "QObject"}
    parts += [f'type: "{pointers.get(kind, kind)}"'] + ["isPointer: true"] * (kind in pointers)
    if one.hasNotifySignal():
        parts.append(f'notify: "{text(one.notifySignal().name())}"')
    parts += ["isReadonly: true"] * (not one.isWritable())
    return f"        Property {{ {'; '.join(parts)} }}"


def method_lines(method: QMetaMethod, shown: type[QObject]) -> Iterator[str]:
    name, kinds = text(method.name()), list(map(text, method.parameterTypes()))
    if method.methodType() == QMetaMethod.MethodType.Signal:
        kind, result, names = "Signal", "", list(map(text, method.parameterNames()))
    else:
        kind, result = "Method", f'; type: "{method.typeName()}"'
        names = list(inspect.signature(getattr(shown, name)).parameters)[1:]
    head = f'        {kind} {{ name: "{name}"{result}'
    if not kinds:
        yield head + " }"
        return
    yield head.replace("{ ", "{\n            ").replace("; ", "\n            ")
    for parameter, its in zip(names, kinds, strict=False):  # a call may leave out the last ones
        yield f'            Parameter {{ name: "{parameter}"; type: "{its}" }}'
    yield "        }"


def text(name: Any) -> str:
    return bytes(name.data()).decode()


if __name__ == "__main__":
    FILE.write_text(contents(), "utf-8", newline="\n")
