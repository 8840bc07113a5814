"""Disks that fail, in earnest: root may write anywhere, so permission bits alone refuse nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import volumes
from tests.support.volumes import fill, make_read_only

__all__ = ["fill", "make_read_only", "mounted"]


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A disk of its own at ``folder``; skips the test where nobody may mount one."""
    with volumes.mounted(folder, size) as there:
        if not there:
            pytest.skip("a disk to fill can be mounted by root only; others limit the size of files instead")
        yield folder
