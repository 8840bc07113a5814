from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.server import Limits

from .limited import sandbox_with

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from .reader import Reader

OPTIONS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage"
)

Post = Callable[..., requests.Response]


@pytest.fixture
def limits() -> Limits:
    """What the sandbox bears; a test gives others with ``parametrize``."""
    return Limits()


@pytest.fixture
def sandbox(limits: Limits) -> Iterator[Sandbox]:
    with sandbox_with(limits) as sandbox:
        yield sandbox


@pytest.fixture
def post(sandbox: Sandbox) -> Post:
    """Posts a body to the endpoint as any HTTP client does."""

    def post(body: Any = None, path: str = "/api/v3/data/", **options: Any) -> requests.Response:
        kind = "data" if isinstance(body, bytes) else "json"
        return requests.post(sandbox.url + path, **{kind: body}, timeout=30, **options)

    return post


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in OPTIONS.split():
        options.add_argument(option)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    chromium = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield chromium
    chromium.quit()


@pytest.fixture
def reader(chromium: Chrome, sandbox) -> Iterator[Reader]:
    from .reader import Reader

    reader = Reader(chromium, sandbox.url)
    reader.look()
    yield reader
    complaints = reader.complaints()
    chromium.get("about:blank")
    assert complaints == []
