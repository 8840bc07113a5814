"""For QML: after ``register()``, ``import BrazeQt`` has the singleton ``Braze``.

Tools such as qmllint find the types of the module in the folder that ``IMPORT_PATH`` names. A running program
does not need it.
"""

from braze_qt.qml._module import IMPORT_PATH, register

__all__ = ["IMPORT_PATH", "register"]
