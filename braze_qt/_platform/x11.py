"""Asks an X server which window is active: Qt knows only its own, and a native dialog is none of them."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator

CARDINAL, WINDOW = 6, 33
"""Predefined atoms of X11: the types of the two properties that are asked for."""


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class _Screens(ctypes.Structure):
    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))


class _AtomReply(ctypes.Structure):
    _fields_ = (
        ("response_type", ctypes.c_uint8),
        ("pad", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("length", ctypes.c_uint32),
        ("atom", ctypes.c_uint32),
    )


class _PropertyReply(ctypes.Structure):
    _fields_ = (
        ("response_type", ctypes.c_uint8),
        ("format", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("length", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("bytes_after", ctypes.c_uint32),
        ("value_len", ctypes.c_uint32),
        ("pad", ctypes.c_uint8 * 12),
        ("value", ctypes.c_uint32),
    )


def native_window_is_active(last: int) -> bool:
    """Whether the active window is one of this process that another library than Qt has made. GUI thread.

    False where the window manager does not tell which window is active, or where libxcb is missing. With Xlib
    instead, an error of the X server would end the process, such as for a window that is gone by now. Takes
    about a millisecond.

    Args:
        last: the id of the last window of Qt that had the focus. It stays the active one while the screen is
            locked or a window is dragged.
    """
    try:
        xcb = ctypes.CDLL("libxcb.so.1")  # which Qt's own plugin has loaded
    except OSError:
        return False
    with _connection(xcb) as connection:
        if connection is None:
            return False
        ask = _asker(xcb, connection)
        xcb.xcb_get_setup.restype = ctypes.c_void_p
        xcb.xcb_setup_roots_iterator.restype = _Screens
        setup = ctypes.c_void_p(xcb.xcb_get_setup(connection))
        root = xcb.xcb_setup_roots_iterator(setup).data[0]
        window = ask(root, b"_NET_ACTIVE_WINDOW", WINDOW)
        return window not in (0, last) and ask(window, b"_NET_WM_PID", CARDINAL) == os.getpid()


@contextlib.contextmanager
def _connection(xcb: ctypes.CDLL) -> Iterator[ctypes.c_void_p | None]:
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    try:
        yield None if xcb.xcb_connection_has_error(connection) else connection
    finally:
        xcb.xcb_disconnect(connection)


def _asker(xcb: ctypes.CDLL, connection: ctypes.c_void_p) -> Callable[[int, bytes, int], int]:
    free = ctypes.CDLL(None).free
    xcb.xcb_intern_atom.restype = xcb.xcb_get_property.restype = _Cookie
    xcb.xcb_intern_atom_reply.restype = ctypes.POINTER(_AtomReply)
    xcb.xcb_get_property_reply.restype = ctypes.POINTER(_PropertyReply)

    def ask(window: int, name: bytes, kind: int) -> int:
        """One property of a window, a number; 0 for none."""
        cookie = xcb.xcb_intern_atom(connection, 1, len(name), name)
        atom = xcb.xcb_intern_atom_reply(connection, cookie, None)
        if not atom:
            return 0
        number = atom.contents.atom
        free(atom)
        if not number:
            return 0
        cookie = xcb.xcb_get_property(connection, 0, window, number, kind, 0, 1)
        reply = xcb.xcb_get_property_reply(connection, cookie, None)
        if not reply:
            return 0
        value = reply.contents.value if reply.contents.value_len and reply.contents.format == 32 else 0
        free(reply)
        return int(value)

    return ask
