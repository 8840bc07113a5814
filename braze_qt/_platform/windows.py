"""Windows 10 and later."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import msvcrt
import os
import socket
import sys
import winreg
from collections.abc import Callable
from ctypes import wintypes
from pathlib import Path

assert sys.platform == "win32"

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.GetTickCount64.restype = ctypes.c_ulonglong
_kernel.CreateFileW.restype = wintypes.HANDLE
_kernel.CreateFileW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.HANDLE,
)
# Not in kernel32, and not everywhere.
_interrupt_time = getattr(ctypes.WinDLL("kernelbase"), "QueryInterruptTime", None)


def _seconds(ask: Callable[..., object]) -> float:
    ticks = ctypes.c_ulonglong()
    ask(ctypes.byref(ticks))
    return ticks.value / 1e7


def boot() -> float:
    """``QueryInterruptTime``, or else ``GetTickCount64``, in steps of 16 milliseconds."""
    return _seconds(_interrupt_time) if _interrupt_time else float(_kernel.GetTickCount64()) / 1000


def awake() -> float:
    """``QueryUnbiasedInterruptTime``."""
    return _seconds(_kernel.QueryUnbiasedInterruptTime)


def boot_id() -> str:
    """The number of starts; none where an administrator has switched off prefetching."""
    return _told(
        r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters", "BootId"
    )


def model() -> str:
    """What the firmware says."""
    return _told(r"HARDWARE\DESCRIPTION\System\BIOS", "SystemProductName").strip()


def _told(key: str, name: str) -> str:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return str(winreg.QueryValueEx(opened, name)[0])
    except OSError:
        return ""


def create_private(path: Path) -> None:
    """What is made in a user's profile, no other user may read."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))


def make_private(folder: Path) -> None:
    """As for a file.

    Without a mode: newer Pythons make an access list of 0o700 that allows the owner alone. What an installer
    makes as an administrator belongs to the administrators, and the user could not enter it.
    """
    folder.mkdir(parents=True, exist_ok=True)


_FAIL_AT_ONCE, _EXCLUSIVE = 1, 2
_LOCK_VIOLATION = 33
_ANY_READ_WRITE_DELETE, _READ_WRITE, _OPEN_REPARSE_POINT = 7, 0xC0000000, 0x00200000
_CREATE_NEW, _OPEN_EXISTING = 1, 3
_FAR_OUT = 1 << 40
"""The byte that stands for a whole file: behind all that is read or written."""


class _Overlapped(ctypes.Structure):
    _fields_ = (
        ("internal", ctypes.c_size_t),
        ("internal_high", ctypes.c_size_t),
        ("offset", wintypes.DWORD),
        ("offset_high", wintypes.DWORD),
        ("event", wintypes.HANDLE),
    )


def open_to_lock(path: Path) -> int:
    """With delete sharing. Not through a link."""
    return _opened(path, _OPEN_EXISTING)


def create_to_lock(path: Path) -> int:
    """With delete sharing, too."""
    return _opened(path, _CREATE_NEW)


def _opened(path: Path, how: int) -> int:
    handle = _kernel.CreateFileW(
        str(path), _READ_WRITE, _ANY_READ_WRITE_DELETE, None, how, _OPEN_REPARSE_POINT, None
    )
    if handle == wintypes.HANDLE(-1).value:
        raise _last_error(path)
    return msvcrt.open_osfhandle(handle, os.O_RDWR | os.O_NOINHERIT | os.O_BINARY)


def lock_file(file: int) -> bool:
    """``LockFileEx`` of a byte far out, so that it keeps nobody from reading or writing."""
    handle = wintypes.HANDLE(msvcrt.get_osfhandle(file))
    return _lock_now(handle, _FAR_OUT, _FAIL_AT_ONCE | _EXCLUSIVE)


def reserve(file: int, start: int, size: int) -> None:
    """By writing zeros."""
    if write_at(file, bytes(size), start) < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_at(file: int, size: int, offset: int) -> bytes:
    """By moving to the place first."""
    os.lseek(file, offset, os.SEEK_SET)
    return os.read(file, size)


def write_at(file: int, data: bytes, offset: int) -> int:
    """By moving to the place first."""
    os.lseek(file, offset, os.SEEK_SET)
    return os.write(file, data)


def _lock_now(handle: wintypes.HANDLE, byte: int, flags: int) -> bool:
    if _kernel.LockFileEx(handle, flags, 0, 1, 0, _at(byte)):
        return True
    if ctypes.get_last_error() == _LOCK_VIOLATION:
        return False
    raise _last_error()


def _at(byte: int) -> object:
    return ctypes.byref(_Overlapped(offset=byte & 0xFFFFFFFF, offset_high=byte >> 32))


def _last_error(path: Path | None = None) -> OSError:
    code = ctypes.get_last_error()
    return OSError(None, ctypes.FormatError(code).strip(), path and str(path), code)


_ACCESS_DENIED, _SHARING_VIOLATION = 5, 32


def is_in_use(error: OSError) -> bool:
    """A sharing violation, or a lock: SQLite opens its files without delete sharing, and so do others."""
    return error.winerror in (_SHARING_VIOLATION, _LOCK_VIOLATION)


def is_perhaps_in_use(error: OSError) -> bool:
    """Access is denied, too, to a file that was deleted and that somebody still has open."""
    return error.winerror == _ACCESS_DENIED or is_in_use(error)


def wake(sock: socket.socket) -> None:
    """A shut-down socket does not wake its reader; the end of its handle does, which it fails of.

    ``close`` would leave the handle open for as long as a stream has it.
    """
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    socket.close(socket.socket.detach(sock))


def watch_descriptors() -> frozenset[int]:
    """Qt watches files without descriptors here."""
    return frozenset()


def never_wait(descriptor: int) -> None:
    """There is nothing to call it for."""


def silence(descriptor: int) -> None:
    """There is no fork."""


loses_changes: bool = False


def proxies(host: str) -> None:
    """What Python does is right."""


def after_fork(act: Callable[[], object]) -> None:
    """There is no fork."""
