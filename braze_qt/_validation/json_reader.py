"""JSON that others have written, bounded before it is parsed."""

from __future__ import annotations

import json
from typing import Any

DEPTH = 64
"""Levels that are read; up to twice as many where objects and arrays alternate. Python's parser goes as deep
as the application lets Python go, even if a thread's stack ends before."""
CONTAINERS = 10_000
"""Objects and arrays that are read. 200,000 would start Python's cyclic collector in the upload thread."""
_BRACKETS = b"[]{}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))


def read_json(content: bytes) -> Any:
    """The value that a text in UTF-8 stands for.

    Raises:
        ValueError: it is no JSON, or has too many levels, objects or arrays.
    """
    if not _is_flat(content):
        raise ValueError("too many levels, objects or arrays")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except RecursionError:  # the application has set a limit of its own
        raise ValueError("too many levels") from None


def _is_flat(content: bytes) -> bool:
    """Whether there are few brackets outside strings, and nested little. A few passes, no recursion."""
    # Escaped backslashes go first, then escaped quotes: what quotes are left begin and end strings.
    plain = content.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    brackets = b"".join(plain).translate(None, _OTHERS)
    if len(brackets) > 2 * CONTAINERS:
        return False
    for _ in range(DEPTH):
        inner = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    return not brackets
