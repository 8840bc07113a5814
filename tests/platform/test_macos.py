"""What the package asks of macOS, with the system's own calls taken away: nobody runs it there."""

import ctypes
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from braze_qt._platform import posix

pytestmark = pytest.mark.posix("Windows has another module")


@pytest.fixture
def darwin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module for POSIX systems as it would be on macOS, with clocks that answer their own numbers."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(time, "CLOCK_UPTIME_RAW", 8, raising=False)
    monkeypatch.setattr(time, "CLOCK_MONOTONIC_RAW", 4)
    monkeypatch.setattr(time, "clock_gettime", float)
    spec = importlib.util.spec_from_file_location("posix_on_macos", posix.__file__)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def kernel(darwin: ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict[bytes, bytes]:
    """What the kernel would say, by name."""
    known: dict[bytes, bytes] = {}

    def sysctlbyname(name: bytes, buffer: Any, size: Any, *_: Any) -> int:
        if name not in known:
            return -1
        ctypes.memmove(buffer, known[name] + b"\0", len(known[name]) + 1)
        return 0

    class Library:
        def __init__(self) -> None:
            self.sysctlbyname: Callable[..., int] = sysctlbyname

    monkeypatch.setattr(darwin.ctypes, "CDLL", lambda _: Library())
    return known


def test_the_model_is_read_from_the_kernel(darwin: ModuleType, kernel: dict[bytes, bytes]) -> None:
    kernel[b"hw.model"] = b"MacBookPro18,3"
    assert darwin.model() == "MacBookPro18,3"


def test_a_boot_is_named_by_its_uuid(darwin: ModuleType, kernel: dict[bytes, bytes]) -> None:
    kernel[b"kern.bootsessionuuid"] = b"5D0A1B50-5F2E-4B0D-9B0E-7C2E0C5B9F11"
    assert darwin.boot_id() == "5D0A1B50-5F2E-4B0D-9B0E-7C2E0C5B9F11"


@pytest.mark.parametrize("text", [b"0", b"5D0A1B50-5F2E-4B0D-9B0E", b"?" * 60])
def test_a_strange_boot_id_is_ignored(darwin: ModuleType, kernel: dict[bytes, bytes], text: bytes) -> None:
    """One that is the same at every boot would be worse than none: without one, the clocks tell."""
    kernel[b"kern.bootsessionuuid"] = text
    assert darwin.boot_id() == ""


def test_missing_kernel_values_are_empty_strings(darwin: ModuleType, kernel: dict[bytes, bytes]) -> None:
    assert kernel == {}
    assert (darwin.boot_id(), darwin.model()) == ("", "")


def test_boot_and_awake_use_the_raw_clocks(darwin: ModuleType) -> None:
    """CLOCK_MONOTONIC fits neither: it is the wall clock less the time of the boot."""
    assert (darwin.boot(), darwin.awake()) == (4.0, 8.0)


def test_reserved_space_is_written_with_zeros(darwin: ModuleType, tmp_path: Path) -> None:
    """There is no posix_fallocate."""
    path = tmp_path / "journal"
    path.write_bytes(b"header")
    with path.open("r+b") as file:
        darwin.reserve(file.fileno(), 6, 4_096)
    assert path.read_bytes() == b"header" + bytes(4_096)


def test_a_full_disk_refuses_reserved_space(darwin: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short write is no error of its own."""
    monkeypatch.setattr(os, "pwrite", lambda _, data, __: len(data) - 1)
    with pytest.raises(OSError, match="No space left"):
        darwin.reserve(0, 0, 4_096)


def test_changes_are_heard_without_descriptors(darwin: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """FSEvents have none, and there is no /proc to look for them in."""
    monkeypatch.setattr(darwin, "_DESCRIPTORS", "/proc/of/no/mac")
    assert darwin.watch_descriptors() == frozenset()
    assert darwin.loses_changes
