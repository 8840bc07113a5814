"""What Qt knows of a class: its slots, signals and properties.

Asked of the class, not of an object: ``QObject.metaObject()`` makes what it returns a child of the object,
and when that goes, ``staticMetaObject`` of its class is gone for the whole process (PySide6 6.11).
"""

from PySide6.QtCore import QMetaMethod, QMetaObject, QObject


def slots(kind: type[QObject]) -> set[str]:
    """The public slots that the class itself defines."""
    return _methods(kind, QMetaMethod.MethodType.Slot, kind.staticMetaObject.methodOffset())


def signals(kind: type[QObject]) -> set[str]:
    """The public signals beside those of every QObject."""
    return _methods(kind, QMetaMethod.MethodType.Signal, 0) - set(dir(QObject))


def properties(kind: type[QObject]) -> set[str]:
    """The properties beside ``objectName``."""
    meta: QMetaObject = kind.staticMetaObject
    return {meta.property(index).name() for index in range(meta.propertyCount())} - {"objectName"}


def _methods(kind: type[QObject], wanted: QMetaMethod.MethodType, begin: int) -> set[str]:
    meta: QMetaObject = kind.staticMetaObject
    methods = [meta.method(index) for index in range(begin, meta.methodCount())]
    names = {bytes(one.name().data()).decode() for one in methods if one.methodType() == wanted}
    return {name for name in names if not name.startswith("_")}
