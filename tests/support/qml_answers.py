"""What calls answer to QML."""

from braze_qt._qt.guard import SLOT_RESULT


def answered(*answers: bool) -> list[bool | None]:
    """What QML has of these answers: nothing where PySide cannot carry them."""
    return [answer if SLOT_RESULT else None for answer in answers]
