"""A local stand-in for the Braze SDK endpoint, with a page that shows the sessions that arrive.

``python -m braze_qt.sandbox`` runs it; ``with Sandbox() as sandbox:`` runs it inside a test. It knows nothing
of the rest of the package: it is the independent witness of what goes over the wire.
"""

from braze_qt.sandbox.server import Sandbox

__all__ = ["Sandbox"]
