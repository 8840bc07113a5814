"""What the package asks of an operating system."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class System(Protocol):
    """The functions of a module for one system. Any thread; OSError where nothing else is said."""

    def boot(self) -> float:
        """Seconds on a monotonic clock that goes on while the machine sleeps. The origin is of one boot."""
        ...

    def awake(self) -> float:
        """Seconds on a monotonic clock that stands still while the machine sleeps."""
        ...

    def boot_id(self) -> str:
        """Names the current boot of the machine; empty where the system does not tell."""
        ...

    def model(self) -> str:
        """The model of the computer as its maker names it; empty where the system does not tell."""
        ...

    def create_private(self, path: Path) -> None:
        """Make an empty file that nobody but this user may read.

        Raises:
            FileExistsError: there is something of that name. It is not opened.
        """
        ...

    def make_private(self, folder: Path) -> None:
        """Make a folder for this user alone, and those above it too, or close one that others may see."""
        ...

    def open_to_lock(self, path: Path) -> int:
        """A descriptor of a file that is there, to lock its bytes. The file can be deleted meanwhile."""
        ...

    def create_to_lock(self, path: Path) -> int:
        """The same, of a file that is made by this, and that nobody but this user may read.

        Raises:
            FileExistsError: there is something of that name.
        """
        ...

    def lock_file(self, file: int) -> bool:
        """Take the one lock of a file for a descriptor; False if another descriptor of it has it.

        It is gone when the descriptor is closed, but not when another one of the same file is. The system
        lets go of it when the process ends, however it ends; some systems only after a while.
        """
        ...

    def reserve(self, file: int, start: int, size: int) -> None:
        """Have the file system set room aside for so many bytes from ``start`` on, where it can.

        What lies there may be overwritten with zeros.
        """
        ...

    def read_at(self, file: int, size: int, offset: int) -> bytes:
        """At most so many bytes. One thread at a time for one descriptor."""
        ...

    def write_at(self, file: int, data: bytes, offset: int) -> int:
        """Write by one call; answers how many bytes were taken. One thread at a time for one descriptor."""
        ...

    def is_in_use(self, error: OSError) -> bool:
        """Whether a file could not be opened, moved or deleted only because somebody has it open."""
        ...

    def is_perhaps_in_use(self, error: OSError) -> bool:
        """The same, or the system's word for it can mean that this user may not, too."""
        ...

    def wake(self, sock: socket.socket) -> None:
        """Let a blocked connect or read of a socket fail now. The socket serves for nothing more."""
        ...

    def watch_descriptors(self) -> frozenset[int]:
        """The descriptors from which this process reads that a file was changed."""
        ...

    def never_wait(self, descriptor: int) -> None:
        """From now on a read of a descriptor that has nothing to read fails."""
        ...

    def silence(self, descriptor: int) -> None:
        """In a forked child: from now on there is never anything to read from this descriptor."""
        ...

    @property
    def loses_changes(self) -> bool:
        """Whether the system may keep it to itself that a file was changed."""
        ...

    def proxies(self, host: str) -> dict[str, str] | None:
        """The proxies of the system's settings for a host by scheme, where Python's own way has a fault.

        Args:
            host: the name of a server, without a port.

        Returns:
            None where ``urllib.request`` is to be asked.
        """
        ...

    def after_fork(self, act: Callable[[], object]) -> None:
        """In every child that is forked from now on, call ``act`` and never free what it answers."""
        ...
