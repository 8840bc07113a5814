"""Applications on the desktop of Windows, each a process of its own, and an endpoint."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.host_process import HostProcess, running_host
from tests.support.loopback import Loopback

StartHost = Callable[..., HostProcess]


@pytest.fixture
def start_host(server: Loopback, tmp_path: Path) -> Iterator[StartHost]:
    """Starts hosts on the same data; ``tracked`` False starts another program."""
    with ExitStack() as living:

        def start_host(
            *, tracked: bool = True, timeout: int = 300, plugin: str = "windows", **config: Any
        ) -> HostProcess:
            settings = {
                "api_key": "windows-key",
                "endpoint": server.endpoint,
                "session_timeout": timeout,
                "shutdown_timeout": 20.0,
                "data_dir": str(tmp_path / "data"),
                **config,
            }
            what = {"toolkit": "widgets", "ending": "exec", "config": settings if tracked else None}
            surroundings = os.environ | {"QT_QPA_PLATFORM": plugin}
            return living.enter_context(running_host(what, surroundings, tmp_path / "errors"))

        yield start_host
    errors = tmp_path / "errors"
    assert "Traceback" not in (errors.read_text(errors="replace") if errors.exists() else "")
