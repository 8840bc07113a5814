"""Arbitrary input at every interface raises nothing into the host, blocks nothing and discloses no secret."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns import fuzz
from tests.support.fuzzing import calls, replies, store
from tests.support.loopback import serving

SEED = 1
COUNT = 40


@pytest.fixture(autouse=True)
def nothing_is_left_to_a_server_s_thread() -> Iterator[None]:
    """The collector would destroy the installed SDK there, and Qt's file watcher with it."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "original"
    store.specimen(folder)
    return folder


def test_arbitrary_configurations_do_no_harm() -> None:
    fuzz.tried(fuzz.CONFIGURATION, SEED, COUNT)


def test_arbitrary_calls_from_three_threads_do_no_harm(qapp: object, tmp_path: Path) -> None:
    with calls.installed(tmp_path / "data") as (braze, server):
        fuzz.tried(calls.api(braze), SEED, COUNT)
        assert calls.drained(braze, server)
        calls.assert_private(tmp_path / "data")


def test_every_public_call_is_tried() -> None:
    from braze_qt import BrazeQt

    found = calls.slots(BrazeQt)
    assert {"changeUser", "logCustomEvent", "logPurchase", "logout", "wipeData", "recentEvents"} <= set(found)
    assert found["logPurchase"] == (3, 5)


def test_arbitrary_replies_do_no_harm() -> None:
    fuzz.tried(replies.REPLIES, SEED, 3 * COUNT)


def test_arbitrary_content_cards_do_no_harm() -> None:
    fuzz.tried(replies.CARD_REPLIES, SEED, COUNT)


def test_arbitrary_bytes_on_the_wire_do_no_harm() -> None:
    with serving() as server:
        fuzz.tried(replies.wire(server), SEED, COUNT)


def test_arbitrary_bytes_of_a_proxy_do_no_harm() -> None:
    with serving() as server:
        fuzz.tried(replies.proxy(server), SEED, COUNT)


def test_arbitrary_proxy_addresses_do_no_harm() -> None:
    fuzz.tried(replies.ADDRESSES, SEED, COUNT)


def test_damaged_data_does_no_harm(original: Path, tmp_path: Path) -> None:
    fuzz.tried(store.damaged(original, tmp_path / "work"), SEED, COUNT)


def test_foreign_data_does_no_harm(original: Path, tmp_path: Path) -> None:
    fuzz.tried(store.foreign(original, tmp_path / "work"), SEED, COUNT // 3)


def test_foreign_rows_do_no_harm(original: Path, tmp_path: Path) -> None:
    fuzz.tried(store.rewritten(original, tmp_path / "work"), SEED, COUNT)
