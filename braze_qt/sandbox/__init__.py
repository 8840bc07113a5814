"""A local stand-in for the Braze SDK endpoint, with a page that shows the sessions that arrive.

``python -m braze_qt.sandbox`` runs it; ``with Sandbox() as sandbox:`` runs it inside a test. It knows nothing
of the rest of the package: it is the independent witness of what goes over the wire.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from braze_qt.sandbox.server import Sandbox
else:

    def __getattr__(name: str) -> Any:
        """Imported when it is asked for, so that ``python -m`` comes as far as to say what is missing."""
        if name != "Sandbox":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            from braze_qt.sandbox.server import Sandbox
        except ModuleNotFoundError as missing:
            if (missing.name or "").partition(".")[0] not in ("flask", "jinja2", "werkzeug"):
                raise
            raise ModuleNotFoundError(
                f"the sandbox needs {missing.name}, which the extra 'sandbox' of braze-qt installs",
                name=missing.name,
            ) from None
        return Sandbox


__all__ = ["Sandbox"]
