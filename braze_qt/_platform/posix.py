"""Linux, macOS and others like them."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from braze_qt._platform import macos

assert sys.platform != "win32"

_DESCRIPTORS = "/proc/self/fd"

if sys.platform == "darwin":
    boot = partial(time.clock_gettime, time.CLOCK_MONOTONIC_RAW)
    """``mach_continuous_time``."""
    awake = partial(time.clock_gettime, time.CLOCK_UPTIME_RAW)
    """``mach_absolute_time``."""

    def boot_id() -> str:
        """A UUID; anything else might be the same at every boot."""
        told = _told(b"kern.bootsessionuuid")
        return told if len(told) == 36 else ""

    def model() -> str:
        """Such as ``MacBookPro18,3``."""
        return _told(b"hw.model")

    def reserve(file: int, start: int, size: int) -> None:
        """By writing zeros."""
        _write_zeros(file, start, size)

    def _told(name: bytes) -> str:
        """A text that the kernel has under a name; empty where it has none, or one of 64 bytes or more."""
        ask = ctypes.CDLL(None).sysctlbyname
        size = ctypes.POINTER(ctypes.c_size_t)
        ask.argtypes = (ctypes.c_char_p, ctypes.c_void_p, size, ctypes.c_void_p, ctypes.c_size_t)
        buffer = ctypes.create_string_buffer(64)
        failed = ask(name, buffer, ctypes.byref(ctypes.c_size_t(len(buffer))), None, 0)
        return "" if failed else buffer.value.decode("utf-8", "replace")

else:
    boot = partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    awake = partial(time.clock_gettime, time.CLOCK_MONOTONIC)

    def boot_id() -> str:
        """A UUID."""
        return _told("/proc/sys/kernel/random/boot_id")

    def model() -> str:
        """What the firmware says, of a PC."""
        return _told("/sys/class/dmi/id/product_name")

    def reserve(file: int, start: int, size: int) -> None:
        """``posix_fallocate``; by writing zeros where the file system knows no such thing.

        A file system that copies on write may need room all the same when the bytes are written.
        """
        try:
            os.posix_fallocate(file, start, size)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            _write_zeros(file, start, size)

    def _told(path: str) -> str:
        try:
            return Path(path).read_text("utf-8", "replace").strip()
        except OSError:
            return ""


def _write_zeros(file: int, start: int, size: int) -> None:
    if os.pwrite(file, bytes(size), start) < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_at(file: int, size: int, offset: int) -> bytes:
    """``pread``, which any threads may call at once."""
    return os.pread(file, size, offset)


write_at = os.pwrite
"""Any threads may call it at once."""


def create_private(path: Path) -> None:
    """By its mode, whatever the umask says."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def make_private(folder: Path) -> None:
    """By their modes: ``parents=True`` would ask the umask."""
    _make(folder)
    folder.chmod(0o700)


def _make(folder: Path) -> None:
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def create_to_lock(path: Path) -> int:
    """By its mode, whatever the umask says."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def lock_file(file: int) -> bool:
    """``flock``: of the open file, so that a child forked by C code keeps it as long as it lives."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_to_lock(path: Path) -> int:
    """Not through a link."""
    return os.open(path, os.O_RDWR | os.O_NOFOLLOW)


def is_in_use(error: OSError) -> bool:  # noqa: ARG001
    """Never: what is open can be moved and deleted."""
    return False


is_perhaps_in_use: Callable[[OSError], bool] = is_in_use


def wake(sock: socket.socket) -> None:
    """A shut-down socket wakes its reader at once, which closing it does not."""
    # Of the class itself: one for TLS would close its own layer first, and wait for its lock.
    socket.socket.shutdown(sock, socket.SHUT_RDWR)


def watch_descriptors() -> frozenset[int]:
    """Those of inotify, on Linux. There are none elsewhere."""
    found = set()
    with contextlib.suppress(OSError):
        for name in os.listdir(_DESCRIPTORS):
            with contextlib.suppress(OSError):  # that of the list itself is closed by now
                if os.readlink(f"{_DESCRIPTORS}/{name}") == "anon_inode:inotify":
                    found.add(int(name))
    return frozenset(found)


def never_wait(descriptor: int) -> None:
    """It is the same for every process that has the descriptor."""
    os.set_blocking(descriptor, False)


def silence(descriptor: int) -> None:
    """The reading end of a pipe takes its place, to which nothing is ever written."""
    end, _kept_open = os.pipe()
    os.dup2(end, descriptor, inheritable=False)
    os.close(end)


loses_changes: bool = sys.platform == "darwin"
"""FSEvents come late, and now and then never."""


def proxies(host: str) -> dict[str, str] | None:
    """Those of macOS: Python would look up the host's name there, with no limit of time."""
    return macos.proxies(host) if sys.platform == "darwin" else None


def after_fork(act: Callable[[], object]) -> None:
    """Not in a child that was forked by C code."""
    os.register_at_fork(after_in_child=lambda: ctypes.pythonapi.Py_IncRef(ctypes.py_object(act())))
