"""Hosts, each in its own process, that find unexpected things in place of their data.

In every case nothing is raised, nothing is printed, and all logged events arrive.
"""

import os
import shutil
import signal
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.disks import make_read_only, mounted
from tests.support.receiver import FaultRates, Receiver, receiving
from tests.support.waiting import until
from tests.support.workload import no_space, offline_backlog, power_cuts
from tests.support.workload.damage import Files
from tests.support.workload.probe import RETRY, Probe, Prober
from tests.support.workload.process import Runner, running_hosts

OTHER = 54_321
"""A user id without an account."""
GIGABYTE = 2**30

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with running_hosts() as runner:
        yield runner


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving(1) as receiver:
        yield receiver


@pytest.fixture
def prober(runner: Runner, receiver: Receiver) -> Prober:
    receiver.take()
    receiver.unreadable.clear()
    return Prober(runner, receiver, 1)


def in_memory(probe: Probe, words: str = "") -> None:
    """One warning says that nothing can be stored, and why."""
    (warning,) = probe.warnings
    assert "cannot be stored" in warning
    assert words in warning


def contents(above: Path) -> dict[Path, bytes | None]:
    """Everything below a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in above.rglob("*")}


# -- what cannot be written ------------------------------------------------------------------------


def test_a_file_replacing_the_folder_is_kept(prober: Prober, folder: Path) -> None:
    folder.write_text("mine")
    in_memory(prober.probe(folder))
    assert folder.read_text() == "mine"


def test_events_in_memory_need_one_flush_only(prober: Prober, folder: Path) -> None:
    folder.write_text("mine")
    in_memory(prober.probe(folder, retry=0.0, insist=False))


def test_a_file_above_the_folder_forces_memory_storage(prober: Prober, folder: Path) -> None:
    folder.write_text("mine")
    in_memory(prober.probe(folder / "below"))


def test_a_read_only_disk_forces_memory_storage(prober: Prober, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "1m") as disk:
        make_read_only(disk)
        in_memory(prober.probe(disk / "data"), "ead-only")


def test_a_disk_becoming_read_only_loses_no_data(prober: Prober, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "8m") as disk:
        waiting = left_behind(prober, disk / "data")
        make_read_only(disk)
        in_memory(prober.probe(disk / "data"), "ead-only")
        make_read_only(disk, read_only=False)
        assert prober.probe(disk / "data").found.keys >= waiting


@as_root
def test_an_inaccessible_parent_folder_forces_memory_storage(prober: Prober, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    in_memory(prober.probe(folder / "further" / "data", uid=OTHER))


@as_root
@pytest.mark.parametrize("mode", [0o700, 0o777], ids=oct)
def test_a_folder_of_another_user_is_not_used(prober: Prober, folder: Path, mode: int) -> None:
    open_way(folder)
    folder.mkdir()
    folder.chmod(mode)
    in_memory(prober.probe(folder, uid=OTHER))
    assert contents(folder) == {}
    assert stat.S_IMODE(folder.stat().st_mode) == mode


@as_root
def test_files_of_another_user_are_not_used(prober: Prober, folder: Path) -> None:
    open_way(folder)
    left_behind(prober, folder)
    os.chown(folder, OTHER, OTHER)
    before = contents(folder)
    in_memory(prober.probe(folder, uid=OTHER))
    assert contents(folder) == before


@as_root
def test_a_user_without_a_home_gets_a_warning(prober: Prober) -> None:
    nothing = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"))
    (warning,) = prober.probe(None, uid=OTHER, environment=nothing).warnings
    assert "no folder" in warning


@pytest.mark.parametrize("home", ["/proc/nobody", "/dev/null"])
def test_an_unwritable_home_forces_memory_storage(prober: Prober, home: str) -> None:
    in_memory(prober.probe(None, environment={"HOME": home, "XDG_DATA_HOME": None}))


# -- what is in the way ------------------------------------------------------------------------------

DATABASE = ("braze.db", "braze.db-wal", "braze.db-shm")
NAMES = (*DATABASE, "braze.sending", "braze.news", "braze.withdrawn", "braze.wiping")


@pytest.mark.parametrize("name", NAMES)
def test_a_link_in_the_folder_is_not_followed(prober: Prober, folder: Path, name: str) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.write_text("not yours")
    folder.mkdir(mode=0o700)
    (folder / name).symlink_to(elsewhere)
    prober.probe(folder)
    assert elsewhere.read_text() == "not yours"


@pytest.mark.parametrize("name", NAMES)
def test_a_dangling_link_creates_no_file(prober: Prober, folder: Path, name: str) -> None:
    folder.mkdir(mode=0o700)
    (folder / name).symlink_to(folder.parent / "elsewhere")
    prober.probe(folder)
    assert not (folder.parent / "elsewhere").exists()


def test_a_moved_folder_is_used_through_its_link(prober: Prober, folder: Path) -> None:
    waiting = left_behind(prober, folder)
    folder.rename(folder.parent / "moved")
    folder.symlink_to(folder.parent / "moved")
    probe = prober.probe(folder)
    assert not probe.warnings
    assert probe.found.keys >= waiting


@as_root
def test_a_link_to_a_foreign_folder_is_unused(prober: Prober, folder: Path) -> None:
    open_way(folder)
    elsewhere, link = folder.parent / "elsewhere", folder.parent / "link"
    elsewhere.mkdir()
    elsewhere.chmod(0o1777)
    link.symlink_to(elsewhere)
    in_memory(prober.probe(link, uid=OTHER))
    assert contents(elsewhere) == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_replacing_a_file_is_kept(prober: Prober, folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    prober.probe(folder)
    assert (folder / name).is_dir()


@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_replacing_a_file_blocks_nothing(prober: Prober, folder: Path, name: str) -> None:
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / name)
    prober.probe(folder)


# -- what others have written --------------------------------------------------------------------------


def test_the_database_of_a_newer_version_is_unchanged(prober: Prober, folder: Path) -> None:
    prober.probe(folder)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    before = Files.of(folder)
    in_memory(prober.probe(folder), "newer version")
    assert Files.of(folder).db == before.db


def test_the_database_of_another_program_is_moved_aside(prober: Prober, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.executescript("CREATE TABLE bookmarks (url); INSERT INTO bookmarks VALUES ('x')")
    before = Files.of(folder).db
    (warning,) = prober.probe(folder).warnings
    assert "not ours" in warning
    assert before in [path.read_bytes() for path in folder.glob("braze.db.damaged-*")]
    assert not prober.probe(folder).warnings


@pytest.mark.parametrize("begin", [b"", b"SQLite format 3\0"], ids=["zeros", "head"])
def test_a_damaged_two_gigabyte_file_is_moved_aside(prober: Prober, folder: Path, begin: bytes) -> None:
    folder.mkdir(mode=0o700)
    with (folder / "braze.db").open("wb") as file:
        file.write(begin)
        file.truncate(2 * GIGABYTE)
    (warning,) = prober.probe(folder).warnings
    assert "damaged" in warning


def test_an_own_two_gigabyte_database_is_used(prober: Prober, folder: Path) -> None:
    """As after many deletions: most pages of the database are empty."""
    waiting = left_behind(prober, folder)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "braze.db").open("r+b") as file:
        file.seek(28)
        file.write((2 * GIGABYTE // 4096).to_bytes(4, "big"))
        file.truncate(2 * GIGABYTE)
    probe = prober.probe(folder)
    assert not probe.warnings
    assert probe.found.keys >= waiting


def test_an_invalid_log_of_a_gigabyte_is_harmless(prober: Prober, folder: Path) -> None:
    prober.probe(folder)
    with (folder / "braze.db-wal").open("wb") as file:
        file.truncate(GIGABYTE)
    assert not prober.probe(folder).warnings
    assert not prober.probe(folder).warnings


# -- what happens meanwhile ------------------------------------------------------------------------------


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def remove_files(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def move(folder: Path) -> None:
    folder.rename(folder.parent / "moved")


@pytest.mark.parametrize("loss", [remove, remove_files, move])
def test_a_running_host_survives_losing_its_folder(
    prober: Prober, folder: Path, loss: Callable[[Path], None]
) -> None:
    given = {"steps": 60, "pauses": (30,), "drain": 20.0, "insist": True, "retry": RETRY}
    run = prober.runner.begin(prober.order(folder, plain=True, close=True, **given))
    offline_backlog.wait_until_stopped(run)
    loss(folder)
    run.signal(signal.SIGCONT)
    prober.checked(run.end(), 60, repeated=True)  # what was under way just then
    prober.probe(folder)


def test_a_host_survives_a_file_size_limit(prober: Prober, tmp_path: Path) -> None:
    (line,) = no_space.limits(prober, tmp_path, end=0.0, at_least=2)
    assert int(line.split()[7]) >= 2, line


def test_a_host_survives_a_disk_filled_by_others(prober: Prober, tmp_path: Path) -> None:
    (line,) = no_space.full(prober, tmp_path, end=0.0, at_least=2)
    assert "hosts" in line or "not tried" in line


# -- damage ------------------------------------------------------------------------------------------


def test_a_power_cut_loses_only_unsynced_data(prober: Prober, tmp_path: Path) -> None:
    tally = power_cuts.Tally()
    run, moments = power_cuts.moments(prober, tmp_path)
    for number in range(2 * len(power_cuts.POWER_CUTS)):
        damage = power_cuts.POWER_CUTS[number % len(power_cuts.POWER_CUTS)]
        files = moments[number % len(moments)]
        with power_cuts.put(damage(prober.chance, files, files), tmp_path / "copy") as copy:
            power_cuts.check_power_cut(prober, copy, run, damage, tally)
    assert tally.arrived > 0


def test_the_next_host_works_after_any_damage(prober: Prober, tmp_path: Path) -> None:
    tally = power_cuts.Tally()
    _, moments = power_cuts.moments(prober, tmp_path)
    for damage in power_cuts.BAD_DISKS:
        one, other = prober.chance.sample(moments, 2)
        with power_cuts.put(damage(prober.chance, one, other), tmp_path / "copy") as copy:
            power_cuts.check_damage(prober, copy, 0, damage, tally)
    assert tally.told > 0


# -- much ----------------------------------------------------------------------------------------------


def test_a_backlog_of_20000_events_arrives_in_order(prober: Prober, folder: Path) -> None:
    # SQLite's cache takes 2 MiB, a merge its portions and a busy machine 2 more; 19,000 events would take 10.
    (line,) = offline_backlog.offline(prober, folder, events=20_000, growth=6 * 2**20)
    assert "0 dropped" in line


def left_behind(prober: Prober, folder: Path) -> set[tuple[int, int, int]]:
    """Events of a host that got no answer and was killed."""
    prober.receiver.rates = FaultRates(reset=100)
    order = prober.order(folder, plain=True, steps=20, drain=60.0)
    run = prober.runner.begin(order)
    until(lambda: len(run.took) == 20, "the host to log")
    run.end(0)
    prober.arrived()
    return {(run.order.run, 0, number) for number in range(20)}


def open_way(folder: Path) -> None:
    """Let everybody come as far as this."""
    for above in folder.parents:
        if above.owner() == "root" and above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o011)
