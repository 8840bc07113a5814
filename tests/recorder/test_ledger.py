import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from disks import fill, make_read_only, mounted

from braze_qt._platform.clock import Instant
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._recorder import ledger as module
from braze_qt._recorder import unwritten
from braze_qt._recorder.ledger import Ledger
from braze_qt._session.state import Kept, Session, StoredSession
from braze_qt._storage import store
from braze_qt._storage.database import VERSION
from braze_qt._storage.outbox import Outbox
from braze_qt._storage.store import Store
from braze_qt._upload import lease, policy
from braze_qt._upload.lease import Lease
from braze_qt._upload.queue import Batch, SendQueue
from braze_qt.errors import StoreError
from braze_qt.events import AttributeSet, CustomEvent, Logged, SessionEnded, SessionStarted

START = Instant(1_000.0, 100.0, 90.0)
KEPT = Kept("ada", session=StoredSession(Session("s", "ada", START, START), "boot"), last_stamp=1_000.0)
STARTED = SessionStarted("s", "ada", 1_000.0)
ENDED = SessionEnded("s", "ada", 1_001.5, 1.5)


class Books(Ledger):
    """A ledger, and what the thread that sends has of it."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__(folder)
        self.out = SendQueue(self)
        self.lease = Lease(self)


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., Books]]:
    """Opens a ledger as an application's start does; the one before ends first, as its process would."""
    living: list[Books] = []

    def opened(where: Path | None = folder) -> Books:
        while living:
            living.pop().close()
        ledger = Books(where)
        living.append(ledger)
        ledger.take_up(enabled=True)
        return ledger

    yield opened
    while living:
        living.pop().close()


def take(ledger: Books, what: Logged) -> None:
    """As the tracker does it: by one insert, or else in a transaction."""
    if not ledger.add(what):
        ledger.write([what], KEPT, START)


def event(name: str, user: str | None = "ada", session: str | None = "s") -> Logged:
    return Logged(session, user, 1_001.0, CustomEvent(name, "{}"))


def later(seconds: float) -> Instant:
    return Instant(START.wall + seconds, START.boot + seconds, START.awake + seconds)


def sent(batch: Batch | None) -> list[str]:
    """What a batch would tell: the codes, or the names of custom events."""
    told = json.loads(f"[{batch.events}]") if batch else []
    return [event["data"].get("n", event["name"]) for event in told]


def waiting(ledger: Books) -> list[str]:
    return sent(ledger.out.batch(1_000))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# -- batches -------------------------------------------------------------------------------------


def test_a_batch_says_all_that_its_request_needs(opened):
    ledger = opened()
    ledger.write([STARTED, event("a")], KEPT, START)
    take(ledger, event("b"))
    batch = ledger.out.batch(2)
    assert batch is not None
    assert (batch.device_id, batch.count, batch.last, batch.user_id) == (ledger.device_id, 2, 2, "ada")
    assert (batch.starts_session, batch.more) == (True, True)
    assert sent(batch) == ["ss", "a"]
    ledger.out.acknowledge(batch, None, None)
    rest = ledger.out.batch(1_000)
    assert rest is not None
    assert (sent(rest), rest.starts_session, rest.more) == (["b"], False, False)
    ledger.out.acknowledge(rest, None, None)
    assert ledger.out.batch(1_000) is None
    assert (ledger.pending, ledger.out.waiting()) == (0, False)


def test_two_users_are_never_in_one_batch(opened):
    ledger = opened()
    for name, user in (("1", None), ("2", "ada"), ("3", "ada"), ("4", "bob"), ("5", "ada")):
        take(ledger, event(name, user))
    told = []
    while batch := ledger.out.batch(1_000):
        told.append((batch.user_id, sent(batch)))
        ledger.out.acknowledge(batch, None, None)
    assert told == [("ada", ["1", "2", "3"]), ("bob", ["4"]), ("ada", ["5"])]


def test_a_batch_holds_no_more_than_half_a_megabyte(opened):
    ledger = opened()
    for number in range(40):
        take(ledger, Logged("s", None, 1.0, CustomEvent(f"{number}", json.dumps({"p": "x" * 50_000}))))
    sizes = []
    while batch := ledger.out.batch(1_000):
        sizes.append(len(batch.events.encode()))
        assert batch.more == (ledger.pending > batch.count)
        ledger.out.acknowledge(batch, None, None)
    assert max(sizes) <= policy.MAX_BYTES
    assert len(sizes) == 4


def test_a_large_batch_is_deleted_whole_and_nothing_else(opened, folder):
    ledger = opened()
    ledger.write([event(str(number)) for number in range(1_001)], KEPT, START)
    batch = ledger.out.batch(1_000)
    take(ledger, event("new"))
    ledger.out.acknowledge(batch, None, None)
    assert waiting(ledger) == ["1000", "new"]
    assert waiting(opened()) == ["1000", "new"]


def test_events_without_a_session_follow_the_next_start(opened):
    ledger = opened()
    take(ledger, event("before", session=None))
    assert (waiting(ledger), ledger.out.waiting(), ledger.pending) == ([], False, 1)
    ledger = opened()
    take(ledger, event("before too", session=None))
    ledger.write([STARTED, event("after")], KEPT, START)
    batch = ledger.out.batch(1_000)
    assert batch is not None
    assert sent(batch) == ["ss", "before", "before too", "after"]
    assert {told["session_id"] for told in json.loads(f"[{batch.events}]")} == {"s"}
    assert [(record.label, record.session_id) for record in ledger.records()] == [
        ("before too", "s"),
        ("", "s"),
        ("after", "s"),
    ]


# -- what the server said ------------------------------------------------------------------------


def test_what_the_server_knows_of_the_device_is_remembered_for_one_user(opened):
    ledger = opened()
    device = {"os_version": "Debian", "locale": "de_DE"}
    assert not ledger.out.is_described("ada", device)
    take(ledger, event("a"))
    ledger.out.acknowledge(ledger.out.batch(1), device, None)
    for known in (ledger, opened()):
        assert known.out.is_described("ada", device)
        assert not known.out.is_described("bob", device)
        assert not known.out.is_described(None, device)
        assert not known.out.is_described("ada", {**device, "locale": "en_GB"})


def test_the_server_s_configuration_outlives_the_process(opened):
    ledger = opened()

    def said(server: ServerConfig | None) -> ServerConfig:
        take(ledger, event("a"))
        ledger.out.acknowledge(ledger.out.batch(1), None, server)
        return ledger.server

    newer = ServerConfig(time=50, min_sleep=2.0, blocked_events=frozenset("ab"))
    assert said(newer) == newer
    assert said(None) == newer
    assert opened().server == newer


@pytest.mark.parametrize("stored", ["", "[]", "null", '{"unknown": 1}', '"x"', "7", "{"])
def test_what_another_version_left_in_its_place_does_not_matter(opened, folder, stored):
    device = opened().device_id
    opened(None)
    with closing(Store(folder)) as there:
        for key in ("server", "described", "lost"):
            there.shared.put(key, stored)
    ledger = opened()
    assert ledger.device_id == device
    assert (ledger.server, ledger.lost) == (ServerConfig(), 0)
    assert not ledger.out.is_described(None, {})


def test_an_event_set_aside_is_counted_for_good_and_kept(opened, folder, caplog):
    ledger = opened()
    ledger.write([event("bad"), event("good")], KEPT, START)
    ledger.out.set_aside(ledger.out.batch(1), "400 Bad Request")
    assert (waiting(ledger), ledger.lost, ledger.pending) == (["good"], 1, 1)
    assert [record.state for record in ledger.records()] == ["set aside", "stored"]
    assert "400 Bad Request" in warnings(caplog)[0]
    ledger = opened()
    assert (waiting(ledger), ledger.lost) == (["good"], 1)


def test_an_answer_that_comes_after_a_wipe_changes_nothing(opened):
    ledger = opened()
    take(ledger, event("a"))
    batch = ledger.out.batch(1)
    ledger.wipe()
    ledger.take_up(enabled=True)
    take(ledger, event("b"))
    ledger.out.acknowledge(batch, {"os_version": "x"}, ServerConfig(time=9))
    ledger.out.set_aside(batch, "late")
    assert (waiting(ledger), ledger.lost, ledger.server.time) == (["b"], 0, 0)
    assert not ledger.out.is_described("ada", {"os_version": "x"})


def test_a_wipe_leaves_no_file_and_no_memory(opened, folder):
    ledger = opened()
    ledger.write([STARTED, event("a"), event("b")], KEPT, START)
    ledger.out.set_aside(ledger.out.batch(1), "refused")
    ledger.out.acknowledge(ledger.out.batch(1), {"os_version": "x"}, ServerConfig(time=9))
    before = ledger.device_id
    ledger.wipe()
    assert not folder.exists()
    assert ledger.device_id != before
    assert (ledger.pending, ledger.lost, ledger.server, ledger.records()) == (0, 0, ServerConfig(), [])
    assert not ledger.out.is_described("ada", {"os_version": "x"})
    take(ledger, event("in memory"))
    assert not folder.exists()
    again = opened()
    assert again.device_id != before
    assert again.out.batch(1) is None


# -- bounds --------------------------------------------------------------------------------------


def test_what_is_over_the_bounds_is_counted_and_said_once(opened, monkeypatch, caplog):
    monkeypatch.setattr(store, "MAX_ROWS", 3)
    ledger = opened()
    ledger.write([STARTED], KEPT, START)
    for number in range(5):
        take(ledger, event(str(number)))
    ledger.write([ENDED], KEPT, START)
    assert waiting(ledger) == ["ss", "4", "se"]
    assert ledger.lost == 4
    assert len(warnings(caplog)) == 1
    assert "full" in warnings(caplog)[0]
    assert opened().lost == 4


# -- the log is taken back -----------------------------------------------------------------------


def test_a_log_is_taken_back_once_and_again_when_there_is_more_of_it(opened, folder, monkeypatch):
    begun = []
    checkpoint = Outbox.checkpoint
    monkeypatch.setattr(Outbox, "checkpoint", lambda outbox: begun.append(1) or checkpoint(outbox))
    ledger = opened()
    ledger.write([STARTED], KEPT, START)
    for times in (1, 1, 2):
        if times > len(begun) > 0:
            take(ledger, event("a"))
        ledger.lease.checkpoint()
        assert len(begun) == times


def test_a_checkpoint_begins_on_no_log_that_is_wholly_written_back(opened, folder, monkeypatch):
    """SQLite before 3.51.3 can lose a transaction there; who looks at the file may have done it."""
    pages = []
    checkpoint = Outbox.checkpoint
    monkeypatch.setattr(Outbox, "checkpoint", lambda outbox: pages.append(checkpoint(outbox)) or 0)
    ledger = opened()
    ledger.write([STARTED, *(event(str(number)) for number in range(50))], KEPT, START)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        _, length, written_back = db.execute("PRAGMA wal_checkpoint").fetchone()
    assert length == written_back > 0
    ledger.lease.checkpoint()
    assert 0 < pages[0] < length


def test_a_log_that_grows_faster_than_the_disk_works_begins_anew(opened, folder, monkeypatch):
    ledger = opened()
    monkeypatch.setattr(lease, "LOG_PAGES", 10)
    checkpoint = Outbox.checkpoint

    def slow(outbox):
        pages = checkpoint(outbox)
        if not ledger.lock._is_owned():
            ledger.write([event("x" * 1_000)] * 20, KEPT, START)  # while it was under way
        return pages

    monkeypatch.setattr(Outbox, "checkpoint", slow)
    for _ in range(20):
        ledger.lease.checkpoint()
    assert (folder / "braze.db-wal").stat().st_size < 500_000


def test_a_wipe_in_the_middle_of_a_checkpoint_is_a_wipe(opened, folder, monkeypatch):
    ledger = opened()
    ledger.write([STARTED], KEPT, START)
    wiped: list[bool] = []
    monkeypatch.setattr(Outbox, "checkpoint", lambda _: wiped.append(ledger.wipe()) or 0)
    ledger.lease.checkpoint()
    if sys.platform == "win32":  # where the file of the checkpoint cannot be deleted meanwhile
        assert wiped == [False]
        ledger.erase_again()
    assert not folder.exists()


def test_who_is_caught_in_a_request_when_the_application_has_ended_says_nothing_more(opened):
    ledger = opened()
    assert ledger.lease.may_send(START)
    ledger.close()
    ledger.lease.sent()
    ledger.lease.checkpoint()
    assert not ledger.lease.others_stay


# -- no file to be had ---------------------------------------------------------------------------


def test_a_file_of_a_newer_version_is_reported_and_memory_serves(opened, folder, caplog):
    opened().write([STARTED], KEPT, START)
    opened(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = (folder / "braze.db").read_bytes()
    ledger = opened()
    assert "newer version" in ledger.trouble
    assert len(warnings(caplog)) == 1
    assert "newer version" in warnings(caplog)[0]
    take(ledger, event("a"))
    ledger.write([ENDED], KEPT, START)
    assert waiting(ledger) == ["a", "se"]
    assert "newer version" in ledger.trouble
    opened(None)
    assert (folder / "braze.db").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_reported_and_memory_serves(opened, tmp_path, caplog):
    (tmp_path / "file").touch()
    ledger = opened(tmp_path / "file" / "data")
    assert ledger.trouble
    ledger.write([STARTED, event("a")], KEPT, START)
    assert waiting(ledger) == ["ss", "a"]
    assert len(warnings(caplog)) == 1


def test_a_damaged_file_is_reported(opened, folder, caplog):
    folder.mkdir()
    (folder / "braze.db").write_bytes(os.urandom(10_000))
    ledger = opened()
    assert len(warnings(caplog)) == 1
    assert "damaged" in warnings(caplog)[0]
    assert not ledger.trouble
    take(ledger, event("a"))
    assert waiting(opened()) == ["a"]
    assert len(warnings(caplog)) == 1


def test_damage_of_the_parts_that_are_read_later_is_found_at_the_start_too(opened, folder, caplog):
    ledger = opened()
    ledger.write([STARTED], KEPT, START)
    opened(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'session'").fetchone()
    with (folder / "braze.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    ledger = opened()
    assert "damaged" in warnings(caplog)[0]
    take(ledger, event("a"))
    assert waiting(ledger) == ["a"]


@pytest.mark.parametrize("garbled", ["CAST(x'7b22ff227d' AS TEXT)", "substr(event, 1, 9)", "zeroblob(size)"])
def test_an_event_that_the_disk_has_garbled_is_set_aside_and_the_rest_goes(opened, folder, caplog, garbled):
    ledger = opened()
    ledger.write([STARTED, event("a"), event("b")], KEPT, START)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"UPDATE outbox SET event = {garbled} WHERE id = 2")
        db.commit()
    assert waiting(ledger) == ["ss", "b"]
    assert (ledger.pending, ledger.lost) == (2, 1)
    assert "set aside" in warnings(caplog)[0]
    assert opened().lost == 1


@pytest.mark.parametrize("garbled", ["substr(value, 1, 3)", "zeroblob(size)"])
def test_a_garbled_attribute_is_set_aside(opened, folder, caplog, garbled):
    ledger = opened()
    city, country = (
        AttributeSet("ada", "city", '"Berlin"', False),
        AttributeSet("ada", "country", '"DE"', False),
    )
    ledger.write([city, country], KEPT, START)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"UPDATE attributes SET value = {garbled} WHERE key = 'city'")
        db.commit()
    batch = ledger.out.batch(1_000)
    assert (batch.count, json.loads(batch.attributes)) == (1, {"user_id": "ada", "country": "DE"})
    assert (ledger.pending, ledger.lost) == (1, 1)
    assert "set aside" in warnings(caplog)[0]


def test_an_identified_user_is_not_identified_anew(opened):
    """What an anonymous user left is handed over once, not with every write."""
    ledger = opened()
    ledger.write([STARTED], KEPT, START)
    statements = []
    ledger.store._db.set_trace_callback(statements.append)
    ledger.write([event("a")], KEPT, START)
    assert any("INSERT INTO outbox" in each for each in statements)
    assert not [each for each in statements if "attributes" in each]


def test_an_attribute_that_an_index_does_not_know_any_more_is_not_sent_for_ever(opened, folder, caplog):
    ledger = opened()
    ledger.write([AttributeSet("ada", "city", '"Berlin"', False)], KEPT, START)
    opened(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        found = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'attributes'"
        )
        (page,) = found.fetchone()
    with (folder / "braze.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x0a\0\0\0\0\x10\0\0" + bytes(4088))  # an index of nothing
    ledger = opened()
    batch = ledger.out.batch(1_000)
    assert batch is not None
    ledger.out.acknowledge(batch, None, None)
    assert ledger.out.batch(1_000) is None
    assert "damaged" in warnings(caplog)[-1]


def test_a_log_without_its_file_is_moved_aside(opened, folder, caplog):
    program = (
        "import os, sys; from pathlib import Path; from braze_qt._storage.store import Store\n"
        "Store(Path(sys.argv[1])).add('ss', None, 1.0, '{}', parked=False); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True)
    assert (folder / "braze.db-wal").stat().st_size
    os.truncate(folder / "braze.db", 0)
    assert opened().lost == 1
    assert list(folder.glob("*.damaged-1-wal"))
    assert "damaged" in warnings(caplog)[0]


def test_what_waited_in_a_file_that_is_damaged_at_the_start_is_counted(opened, folder):
    ledger = opened()
    ledger.write([event(str(number)) for number in range(500)], KEPT, START)
    opened(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'session'").fetchone()
    with (folder / "braze.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    assert opened().lost == 500
    assert opened().lost == 500


# -- damage while it runs ------------------------------------------------------------------------


def corrupt(folder: Path) -> None:
    """Somebody writes over the file while it is in use."""
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('stranger', 1)")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "braze.db").open("r+b") as file:
        file.write(os.urandom(8 * 4096))


def told(ledger: Books) -> tuple:
    return ledger.device_id, ledger.server, waiting(ledger)


@pytest.mark.parametrize("finder", ["event", "fact", "sender"])
def test_damage_while_it_runs_costs_neither_the_session_nor_what_this_run_remembers(
    opened, folder, caplog, finder
):
    before = opened()
    before.write([event(f"old {number}") for number in range(7)], KEPT, START)
    ledger = opened()
    ledger.out.acknowledge(ledger.out.batch(2), {"os_version": "x"}, ServerConfig(time=9))
    ledger.write([STARTED, event("a")], KEPT, START)
    corrupt(folder)
    expected = ["ss", "a"]
    if finder == "event":
        take(ledger, event("b"))
        expected.append("b")
    elif finder == "fact":
        ledger.write([ENDED], KEPT, START)
        expected.append("se")
    else:
        with pytest.raises(StoreError):
            ledger.out.batch(1)
    assert waiting(ledger) == expected
    assert (ledger.server.time, ledger.out.is_described("ada", {"os_version": "x"})) == (9, True)
    assert ledger.lost == 5  # of seven old ones two had been acknowledged
    assert not ledger.trouble
    assert len(warnings(caplog)) == 1
    assert "damaged" in warnings(caplog)[0]
    assert list(folder.glob("*.damaged-*"))

    device_id = ledger.device_id
    opened(None)
    again = Books(folder)
    try:
        kept = again.take_up(enabled=True)
        assert kept is not None
        assert kept.session is not None
        assert (kept.user_id, kept.session.session) == ("ada", KEPT.session.session)
        assert (again.device_id, again.lost, again.server.time) == (device_id, 5, 9)
        assert again.out.is_described("ada", {"os_version": "x"})
        assert waiting(again) == expected
    finally:
        again.close()


@pytest.mark.windows("elsewhere a file can be moved that somebody has open")
def test_while_a_damaged_file_cannot_be_moved_all_waits_in_memory(opened, folder, caplog):
    ledger = opened()
    ledger.write([STARTED, event("a")], KEPT, START)
    corrupt(folder)
    with (folder / "braze.db").open("rb"):
        take(ledger, event("b"))
        for seconds in (0, 1, 10):
            assert ledger.trouble
            ledger.write([event(f"after {seconds}")], KEPT, later(seconds))
            with pytest.raises(StoreError):
                ledger.out.batch(1_000)
    ledger.write([event("moved")], KEPT, later(20))
    assert waiting(ledger) == ["ss", "a", "b", "after 0", "after 1", "after 10", "moved"]
    assert (ledger.trouble, ledger.lost) == ("", 0)
    assert [line for line in warnings(caplog) if "are moved aside" in line] == warnings(caplog)[1:]
    assert waiting(opened()) == ["ss", "a", "b", "after 0", "after 1", "after 10", "moved"]


def test_damage_found_when_the_answer_comes_sends_nothing_twice_but_what_was_under_way(opened, folder):
    ledger = opened()
    ledger.write([STARTED, event("a")], KEPT, START)
    batch = ledger.out.batch(2)
    take(ledger, event("b"))
    corrupt(folder)
    ledger.out.acknowledge(batch, None, None)
    assert waiting(ledger) == ["b"]
    assert waiting(opened()) == ["b"]


@pytest.mark.posix("nobody deletes a folder with open files elsewhere")
def test_a_sender_that_finds_the_folder_gone_begins_a_new_one(opened, folder, caplog):
    ledger = opened()
    ledger.write([STARTED, event("a")], KEPT, START)
    shutil.rmtree(folder)
    with pytest.raises(StoreError):
        ledger.out.batch(1_000)
    assert waiting(ledger) == ["ss", "a"]
    assert len(warnings(caplog)) == 1
    assert waiting(opened()) == ["ss", "a"]


def test_ids_go_on_after_damage(opened, folder):
    ledger = opened()
    ledger.write([STARTED, event("a")], KEPT, START)
    batch = ledger.out.batch(1_000)
    corrupt(folder)
    ledger.write([event("b")], KEPT, START)
    ledger.out.acknowledge(batch, None, None)  # the answer to what was sent under the old ids
    assert waiting(ledger) == ["ss", "a", "b"]


# -- a disk that takes nothing -------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "600k") as disk:
        yield disk


def refusal(how: str, disk: Path) -> Callable[[], None]:
    """Make the disk refuse; the answer makes it take again."""
    if how == "full":
        return fill(disk).unlink
    make_read_only(disk)
    return lambda: make_read_only(disk, read_only=False)


@pytest.mark.parametrize("how", ["full"])
def test_what_the_disk_does_not_take_waits_and_is_written_when_it_does(opened, disk, caplog, how):
    ledger = opened(disk / "data")
    ledger.write([STARTED], KEPT, START)
    relieve = refusal(how, disk)
    seconds = 0
    while not ledger.unwritten:  # the log's pages that are there already take some more
        seconds += 1
        if not ledger.add(event(str(seconds))):
            ledger.write([event(str(seconds))], KEPT, later(seconds))
        assert seconds < 10_000
    ledger.write([ENDED], KEPT, later(seconds))
    assert ledger.trouble
    assert len(warnings(caplog)) == 1
    assert ledger.pending == seconds + 2
    relieve()
    ledger.write([], KEPT, later(seconds + 1))
    assert ledger.unwritten  # every try may cost time: not at each event
    ledger.write([event("last")], KEPT, later(seconds + module.RETRY))
    assert not ledger.unwritten
    assert not ledger.trouble
    names = ["ss", *(str(number + 1) for number in range(seconds)), "se", "last"]
    assert waiting(opened(disk / "data")) == names
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize("room", [0, 32 * 1024])
def test_a_disk_that_is_full_at_the_start_costs_nothing_that_is_on_it(opened, disk, caplog, room):
    first = opened(disk / "data")
    first.write([STARTED], KEPT, START)
    opened(None)
    ballast = fill(disk)
    os.truncate(ballast, ballast.stat().st_size - room)  # SQLite wants 32 KiB to read anything at all
    ledger = Books(disk / "data")
    try:
        assert ledger.take_up(enabled=True) == (KEPT if room else Kept("ada"))
        assert ledger.device_id == first.device_id
        ledger.write([ENDED], KEPT, START)
        assert len(warnings(caplog)) == 1
        assert "another process" not in ledger.trouble
        ballast.unlink()
    finally:
        ledger.close()
    again = opened(disk / "data")
    assert again.device_id == first.device_id
    assert waiting(again) == ["ss"]


def test_an_acknowledgement_that_a_full_disk_does_not_note_holds_for_this_run(opened, disk):
    ledger = opened(disk / "data")
    ledger.write([STARTED], KEPT, START)
    ballast = fill(disk)
    number = 0
    while not ledger.unwritten:
        number += 1
        ledger.write([event("x" * 250)], KEPT, later(number * 10))
        assert number < 10_000
    batch = ledger.out.batch(1_000)
    ledger.out.acknowledge(batch, {"os_version": "x"}, None)
    assert ledger.out.batch(1_000) is None
    ballast.unlink()
    ledger.write([ENDED], KEPT, later(number * 10 + 10))
    rest = ledger.out.batch(1_000)
    assert sent(rest)[-1] == "se"
    ledger.out.acknowledge(rest, None, None)
    assert waiting(opened(disk / "data")) == []


def test_a_read_only_disk_is_reported_and_memory_serves(opened, disk, caplog):
    make_read_only(disk)
    ledger = opened(disk / "data")
    ledger.write([STARTED], KEPT, START)
    assert waiting(ledger) == ["ss"]
    assert "ead-only" in ledger.trouble
    assert len(warnings(caplog)) == 1


def test_what_could_neither_be_stored_nor_sent_is_told_of_at_the_end(opened, disk, caplog):
    make_read_only(disk)
    ledger = opened(disk / "data")
    ledger.write([STARTED, event("a")], KEPT, START)
    ledger.out.acknowledge(ledger.out.batch(1), None, None)
    opened(None)
    assert "lost: 1 events" in warnings(caplog)[-1]


def test_what_a_full_disk_never_took_is_told_of_at_the_end(opened, disk, caplog):
    ledger = opened(disk / "data")
    fill(disk)
    seconds = 0
    while not ledger.unwritten:
        seconds += 1
        ledger.write([event("x" * 250)], KEPT, later(seconds * 10))
    opened(None)
    assert "lost: 1 events" in warnings(caplog)[-1]


LIMITED = """
import json, resource, sys
from pathlib import Path
sys.path += sys.argv[2:]
from test_ledger import Books, ENDED, KEPT, STARTED, START, event, later, waiting
from braze_qt._recorder.ledger import RETRY
ledger = Books(Path(sys.argv[1]))
ledger.take_up(enabled=True)
ledger.write([STARTED], KEPT, START)
no_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, no_limit[1]))
seconds = 0
while not ledger.unwritten:
    seconds += 1
    ledger.write([event(str(seconds))], KEPT, later(seconds))
ledger.write([ENDED], KEPT, later(seconds))
trouble = ledger.trouble
resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
ledger.write([], KEPT, later(seconds + RETRY))
print(json.dumps([seconds, trouble, ledger.trouble, waiting(ledger)]))
"""


@pytest.mark.posix("a limit of the process")
def test_a_file_that_may_not_grow_is_the_same_to_us(folder):
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder), *map(str, Path(__file__).parents[:2])],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, trouble, afterwards, names = json.loads(run.stdout)
    assert trouble
    assert not afterwards
    assert names == ["ss", *(str(number + 1) for number in range(seconds)), "se"]


def test_memory_is_bounded_and_what_it_drops_is_counted_for_good(opened, disk, monkeypatch):
    monkeypatch.setattr(unwritten, "LIMIT", 5)
    ledger = opened(disk / "data")
    ledger.write([STARTED], KEPT, START)
    ballast = fill(disk)
    seconds = 0
    while not ledger.unwritten:
        seconds += 1
        ledger.write([event("x" * 250)], KEPT, later(seconds))
        assert seconds < 10_000
    for name in ("a", "b", "c"):
        ledger.write([event(name)], KEPT, later(seconds))
    ledger.write([ENDED, STARTED, ENDED, STARTED], KEPT, later(seconds))
    assert ledger.lost == 3
    ballast.unlink()
    ledger.write([], KEPT, later(seconds + module.RETRY))
    assert waiting(ledger)[-5:] == ["c", "se", "ss", "se", "ss"]
    assert opened(disk / "data").lost == 3


def test_the_last_chance_is_taken_whatever_happened_a_moment_ago(opened, disk):
    ledger = opened(disk / "data")
    ledger.write([STARTED], KEPT, START)
    ballast = fill(disk)
    seconds = 0
    while not ledger.unwritten:
        seconds += 1
        ledger.write([event("x" * 250)], KEPT, START)
        assert seconds < 10_000
    ballast.unlink()
    ledger.write([ENDED], KEPT, START, last_chance=True)
    assert not ledger.unwritten
    assert waiting(opened(disk / "data"))[-1] == "se"
