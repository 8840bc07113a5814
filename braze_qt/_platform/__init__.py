"""Everything that differs between operating systems. A port of the package is one more file here.

``system`` is the file for this system. docs/systems.md has a table of what each guarantees.
"""

import sys

from braze_qt._platform.port import System

if sys.platform == "win32":
    from braze_qt._platform import windows as _chosen
else:
    from braze_qt._platform import posix as _chosen

system: System = _chosen
