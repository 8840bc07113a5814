from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from braze_qt.sandbox import Sandbox

Post = Callable[..., requests.Response]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def post(sandbox: Sandbox) -> Post:
    """Posts a body to the endpoint as any HTTP client does."""

    def post(body: Any = None, path: str = "/api/v3/data/", **options: Any) -> requests.Response:
        kind = "data" if isinstance(body, bytes) else "json"
        return requests.post(sandbox.url + path, **{kind: body}, timeout=30, **options)

    return post
