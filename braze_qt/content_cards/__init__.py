"""Content cards: pass ``ContentCards()`` to ``BrazeQt.install(…, extensions=[…])``; docs/content-cards.md.

``ContentCards`` and with it PySide6 are loaded on first use.
"""

from typing import TYPE_CHECKING, Any

from braze_qt.content_cards._cards import ContentCard

if TYPE_CHECKING:
    from braze_qt.content_cards._extension import ContentCards

__all__ = ["ContentCard", "ContentCards"]


def __getattr__(name: str) -> Any:
    if name == "ContentCards":
        from braze_qt.content_cards._extension import ContentCards

        return ContentCards
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
