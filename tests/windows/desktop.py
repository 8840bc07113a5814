"""The hands of whoever sits at Windows: what the system sends to the windows of a program."""

import ctypes
import sys
from ctypes import wintypes
from pathlib import Path

from tests.support.host_process import HostProcess
from tests.support.waiting import until

_user = ctypes.WinDLL("user32", use_last_error=True)
_user.FindWindowExW.restype = wintypes.HWND
_user.FindWindowExW.argtypes = (wintypes.HWND, wintypes.HWND, wintypes.LPCWSTR, wintypes.LPCWSTR)
_user.GetWindowThreadProcessId.argtypes = (wintypes.HWND, wintypes.LPDWORD)

WM_CLOSE, WM_QUERYENDSESSION, WM_ENDSESSION, WM_SYSCOMMAND = 0x10, 0x11, 0x16, 0x112
SC_CLOSE, SC_MINIMIZE, SC_RESTORE = 0xF060, 0xF020, 0xF120
ABORT_IF_HUNG = 2


def _found(process: int, title: str) -> int | None:
    handle = _user.FindWindowExW(None, None, None, title)
    owner = wintypes.DWORD()
    while handle:
        _user.GetWindowThreadProcessId(handle, ctypes.byref(owner))
        if owner.value == process:
            return int(handle)
        handle = _user.FindWindowExW(None, handle, None, title)
    return None


class Window:
    """A window of a program, by its title, as soon as it is there."""

    def __init__(self, host: HostProcess, title: str) -> None:
        self._handle = until(lambda: _found(host.process.pid, title), f"a window {title!r}")

    def is_there(self) -> bool:
        return bool(_user.IsWindow(self._handle))

    def take_focus(self) -> None:
        """As by a click on it."""
        _user.SetForegroundWindow(self._handle)

    def minimise(self) -> None:
        """As by the button for it."""
        self._post(WM_SYSCOMMAND, SC_MINIMIZE)

    def restore(self) -> None:
        """As by the task bar."""
        self._post(WM_SYSCOMMAND, SC_RESTORE)
        self.take_focus()

    def close(self) -> None:
        """As by Alt+F4."""
        self._post(WM_SYSCOMMAND, SC_CLOSE)

    def cancel(self) -> None:
        """As by the button of a dialog."""
        self._post(WM_CLOSE)

    def end_session(self) -> None:
        """As when the user signs off: asked first, then told. Windows may end the process after that."""
        assert self._send(WM_QUERYENDSESSION, 0), "the window vetoes the end of the session"
        self._send(WM_ENDSESSION, 1)

    def _post(self, message: int, parameter: int = 0) -> None:
        _user.PostMessageW(self._handle, message, parameter, 0)

    def _send(self, message: int, parameter: int) -> int:
        result = ctypes.c_size_t()
        _user.SendMessageTimeoutW(
            self._handle, message, parameter, 0, ABORT_IF_HUNG, 20_000, ctypes.byref(result)
        )
        return result.value


def program_without_console() -> Path:
    """The interpreter that has no standard streams."""
    return Path(sys.executable).with_name("pythonw.exe")
