"""Keeps Python's cyclic collector out of the threads that merge and send. See ``docs/collector.md``.

The collector runs in whichever thread allocates, and destroys what it finds there. A QObject of the host that
is destroyed outside the GUI thread takes the process with it. So automatic collection pauses while one
of these threads runs Python code, and the GUI thread collects in its place.

It pauses by a high threshold, not by ``gc.disable()``. CPython 3.12.0 to 3.12.2 runs a collection that was
asked for earlier in whichever thread comes next, enabled or not
(https://github.com/python/cpython/issues/116604). And ``gc.disable()`` and ``gc.enable()`` stay the host's.
"""

from __future__ import annotations

import gc
import sys
from typing import ClassVar

from PySide6.QtCore import QElapsedTimer, QObject, QThread, QTimer, Slot
from shiboken6 import isValid

from braze_qt._qt import fork
from braze_qt._qt.guard import never_raises

BY = 200_003
"""Containers by which the threshold of the youngest generation is raised during a pause: some 20 MB of small
ones. Beyond it the interpreter collects in whichever thread it happens to be. An odd number, by which we know
our own threshold."""
SHORTEST_MS, FIRST_MS, LONGEST_MS = 10, 100, 2_000
"""Milliseconds between two checks of what the host has made. The next one comes when a collection will be due
if the host goes on as it did; the first one, where that is not known, after the time that most requests
take. A host that makes nothing is checked less than once a second."""
MOST_AT_ONCE = 11
"""Collections of the youngest generation in one check. After so many the middle generation is due."""
IMPORTED = "requests"
IMPORT = 20_000
"""Containers that the import of requests makes, rounded up: 15,000 to 18,000 were counted (CPython 3.10 to
3.13). They are not the host's, and bring none of its collections forward."""
REQUEST = 100
"""The same of a request that is under way, which frees them at its end."""
FROZEN = 1_000
"""Frozen objects from which on the host is taken to have called ``gc.freeze()``, which only the host may
undo. CPython 3.12 begins with 375 of its own; a host freezes all modules that it has imported."""


class Collector(QObject):
    """Pauses automatic collection from :meth:`hold` to :meth:`release`. Lives in the GUI thread.

    ``should_end`` and ``restore`` may be called from any thread. The thresholds are the process's own, so all
    collectors share one pause: there are two threads, and one that could not be stopped may outlive its
    installation.
    """

    _found: ClassVar[tuple[int, int, int]] = (0, 0, 0)
    _holding: ClassVar[dict[int, QThread]] = {}

    def __init__(self, parent: QThread) -> None:
        """For the thread ``parent``."""
        super().__init__(parent)
        self._thread = parent
        self._importing = False
        self._count = 0
        self._growth = 0.0  # containers per millisecond
        self._elapsed = QElapsedTimer()
        self._timer = QTimer(self)  # repeats, should a finalizer or Ctrl+C interrupt the slot
        self._timer.timeout.connect(self._check)
        fork.watch(Collector.restore)

    def hold(self) -> None:
        """Pause, before a thread of ours begins to run Python code."""
        self._importing = IMPORTED not in sys.modules
        self._holding[id(self)] = self._thread
        self._raise()

    def watch(self) -> None:
        """Collect in the place of the interpreter until the release, where an event loop runs meanwhile."""
        if not self._timer.isActive():
            self._check_later(FIRST_MS)

    def release(self) -> None:
        """Restore what was found, once no thread of ours runs Python code any more."""
        self._timer.stop()
        if self._importing and IMPORTED in sys.modules and gc.get_freeze_count() < FROZEN:
            # Puts all there is into the oldest generation without counting it as new. Of the host's garbage
            # so far, the last few thousand containers wait for the next collection of that generation.
            gc.freeze()
            gc.unfreeze()
        self._importing = False
        self._holding.pop(id(self), None)
        # A thread that could not be stopped may have ended after the application that would have heard of it.
        if not any(isValid(thread) and thread.isRunning() for thread in self._holding.values()):
            self.restore()

    @classmethod
    def restore(cls) -> None:
        """Give the thresholds back, whoever holds them: all that a forked child needs."""
        cls._holding.clear()
        if cls._is_raised():
            gc.set_threshold(*cls._found)
            # The interpreter checks the counts when a container is made. Here this happens in the GUI thread.
            set().clear()

    def should_end(self) -> bool:
        """Whether our thread should end soon: the import is done, or the host makes more than can wait."""
        self._raise()
        crowded = gc.get_count()[0] > self._found[0] + BY // 2
        return crowded or (self._importing and IMPORTED in sys.modules)

    @classmethod
    def _is_raised(cls) -> bool:
        return gc.get_threshold()[0] == cls._found[0] + BY

    @classmethod
    def _raise(cls) -> None:
        found = gc.get_threshold()
        if found[0] and not cls._is_raised():  # with 0 the host has switched collection off
            cls._found = found
            raised = found[0] + BY
            # First all of them: what CPython 3.12 was asked for already is done at the end of this call, and
            # must find nothing to do. Then the older ones as low as can be: beyond the raised threshold, as
            # while the host computes and its event loop stands, nothing but they keeps memory bounded.
            gc.set_threshold(raised, raised, raised)
            gc.set_threshold(raised, 0, found[2])

    def _check_later(self, otherwise: int) -> None:
        """When a collection will be due; after so many milliseconds where the host makes nothing."""
        self._count = gc.get_count()[0]
        self._elapsed.start()
        missing = self._threshold + 1 - self._count
        wait = missing / self._growth if self._growth > 0 and missing > 0 else otherwise
        self._timer.start(round(min(max(SHORTEST_MS, wait), LONGEST_MS)))

    @property
    def _threshold(self) -> int:
        return self._found[0] + (IMPORT if self._importing else REQUEST)

    @Slot()
    @never_raises
    def _check(self) -> None:
        """Collect what the interpreter would have collected by now, but never the oldest generation.

        That one is left to the interpreter, between two bouts of our thread: its rules cannot be read here.
        """
        self._raise()
        made = gc.get_count()[0]
        growth = (made - self._count) / max(1, self._elapsed.elapsed())
        self._growth = max(growth, self._growth / 2)  # what our thread frees hides what the host makes
        if gc.isenabled() and self._is_raised():
            for _ in range(min(made // (self._threshold + 1), MOST_AT_ONCE)):
                gc.collect(1 if gc.get_count()[1] > self._found[1] else 0)
        self._check_later(LONGEST_MS)
