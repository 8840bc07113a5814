"""A child that the host forks: what is its parent's is left alone.

The threads that merge and send are not in the child, a lock may be held in it for ever, and the journal and
the connections to the database and to the endpoint are those of its parent.
"""

from __future__ import annotations

from collections.abc import Callable

from braze_qt._platform import system

is_child: bool = False
"""Whether this process was forked from one that is tracked. Then every call answers False."""

_watched: set[Callable[[], object]] = set()


def watch(abandon: Callable[[], object]) -> None:
    """From now on, in every child, have ``abandon`` let go of what is the parent's, and answer it.

    None stands for nothing, which leaves the child free to have something of its own.
    """
    if abandon in _watched:
        return
    _watched.add(abandon)
    system.after_fork(lambda: _become_child(abandon()))


def _become_child(of_the_parent: object) -> object:
    """Never freed: closing the database may wait for a lock that a thread of the parent held."""
    global is_child  # noqa: PLW0603  # a fact of the process, known after a fork alone
    is_child |= of_the_parent is not None
    return of_the_parent
