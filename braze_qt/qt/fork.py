"""A child that the host forks: what is its parent's is left alone.

The thread that sends is not in the child, a lock may be held in it for ever, and the connections to the disk
and to the endpoint are those of its parent.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

is_child: bool = False
"""Whether this process was forked from one that is tracked. Then every call answers False."""

_watched: set[Callable[[], object]] = set()


def watch(abandon: Callable[[], object]) -> None:
    """From now on, in every child, have ``abandon`` let go of what is the parent's, and answer it.

    None stands for nothing, which leaves the child free to have something of its own.
    """
    if abandon in _watched or not hasattr(os, "register_at_fork"):
        return
    _watched.add(abandon)
    os.register_at_fork(after_in_child=lambda: _become_child(abandon()))


def _become_child(of_the_parent: object) -> None:
    global is_child
    if of_the_parent is not None:
        is_child = True
        # Never freed: closing the database may wait for a lock that a thread of the parent held.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(of_the_parent))
