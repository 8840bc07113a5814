"""A local stand-in for the Braze SDK endpoint, with a page that shows the sessions that arrive.

``python -m braze_qt.sandbox`` runs it; ``with Sandbox() as sandbox:`` runs it inside a test. It knows nothing
of the rest of the package: it is the independent witness of what goes over the wire.
"""

try:
    from braze_qt.sandbox.server import Sandbox
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] not in ("flask", "jinja2", "werkzeug"):
        raise
    raise ModuleNotFoundError(
        f"the sandbox needs {_missing.name}, which the extra 'sandbox' of braze-qt installs",
        name=_missing.name,
    ) from None

__all__ = ["Sandbox"]
