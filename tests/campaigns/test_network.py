"""Under every network fault events arrive, the state is reported, and sending is retried in time."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns import network
from tests.support.host_process import HostProcess
from tests.support.network.faults import Fault

FAULTS = sorted(network.everything(random.Random(1)), key=lambda fault: fault.name)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One process, which installs and quits for each fault anew."""
    with network.running_application(tmp_path_factory.mktemp("application")) as application:
        yield application


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_network_fault_is_reported_without_loss(
    application: HostProcess, tmp_path: Path, fault: Fault
) -> None:
    network.face(application, fault, tmp_path, patient=False, timeout=0.2)


def test_a_storm_of_429_causes_no_further_requests(application: HostProcess, tmp_path: Path) -> None:
    network.storm(application, tmp_path)


def test_a_truncated_reply_is_no_acceptance() -> None:
    network.cuts()


def test_a_hanging_name_lookup_blocks_nothing(tmp_path: Path) -> None:
    told = network.silent_name_server(tmp_path, patient=False)
    if "NOT TRIED" in told:
        pytest.skip(told)


def test_large_replies_take_bounded_memory(application: HostProcess, tmp_path: Path) -> None:
    for fault in FAULTS:
        if "too large" in fault.words:
            network.face(application, fault, tmp_path / fault.name, patient=False, timeout=0.2)
    assert network.peak_memory(application) < 256 * 1024 * 1024
