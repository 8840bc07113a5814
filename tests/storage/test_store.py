import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PureWindowsPath

import pytest

from braze_qt._platform.clock import Instant
from braze_qt._session.state import Kept, Session, StoredSession
from braze_qt._storage import store as module
from braze_qt._storage.database import VERSION, BusyStoreError, DamagedStoreError, connected, uri_of
from braze_qt._storage.outbox import Choice
from braze_qt._storage.store import Store
from braze_qt.errors import StoreError

START = Instant(1_000.0, 10.0, 9.0)
SESSION = StoredSession(
    Session("s-1", "ada", START, Instant(1_005.0, 15.0, 14.0), Instant(1_006.5, 16.5, 15.5)),
    "boot-1",
)


ODD = pytest.mark.posix("no such name or file elsewhere, or not for everybody")


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with closing(Store(folder)) as store:
        yield store


def events(store: Store) -> list[tuple[int, str]]:
    """Ids and texts of what would be sent, read as the sender reads it."""
    with closing(store.reader()) as reader:
        rows = reader.waiting(Choice(), module.MAX_ROWS)
        return [(number, reader.texts(behind(number - 1, user), number)) for number, user, *_ in rows]


def behind(last: int, user: str | None = None) -> Choice:
    """What remains when a user's events up to this one were acknowledged."""
    return Choice(done=((last, user),))


def add(store: Store, text: str, code: str = "ce", user: str | None = None, *, parked: bool = False) -> int:
    return store.add(code, user, 1.0, text, parked=parked)


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes that matter: SQLite's index into the log and empty files do not."""
    files = [path for path in folder.iterdir() if path.name.startswith("braze.db") and path.stat().st_size]
    return {path.name: path.read_bytes() for path in files if not path.name.endswith("-shm")}


# -- what is kept --------------------------------------------------------------------------------


def test_a_new_store_remembers_nothing(store):
    assert (store.shared.kept(), store.shared.meta()) == (None, {})
    assert (events(store), store.rows, store.bytes) == ([], 0, 0)


@pytest.mark.parametrize("session", [None, SESSION, StoredSession(Session("s", None, START, START), "")])
def test_the_tracking_comes_back_as_it_was(folder, session):
    kept = Kept("Jörg ☃", enabled=False, session=session, last_stamp=1_004.25 if session else 0.0)
    with closing(Store(folder)) as store:
        store.shared.save(Kept("somebody", enabled=True, session=SESSION))
        store.shared.save(kept)
    with closing(Store(folder)) as store:
        assert store.shared.kept() == kept


def test_the_last_stamp_is_that_of_the_newest_event_where_the_session_row_is_older(folder):
    with closing(Store(folder)) as store:
        store.shared.save(Kept(session=SESSION))
        store.add("ce", None, 2_000.5, "{}", parked=False)
    with closing(Store(folder)) as store:
        kept = store.shared.kept()
        assert kept is not None
        assert kept.session is not None
        assert kept.last_stamp == 2_000.5


def test_the_last_stamp_is_not_forgotten_with_the_event_that_bore_it(folder):
    with closing(Store(folder)) as store:
        store.shared.save(Kept(session=SESSION))
        last = store.add("ce", None, 2_000.5, "{}", parked=False)
        store.shared.remember_stamp(last)
        store.discard(last, None, 10)
    with closing(Store(folder)) as store:
        assert store.shared.kept() == Kept(session=SESSION, last_stamp=2_000.5)


def test_without_a_session_the_last_stamp_is_that_of_what_waits_for_one(folder):
    with closing(Store(folder)) as store:
        store.shared.save(Kept("ada"))
        store.add("se", "ada", 3_000.0, "{}", parked=False)
        store.add("ce", "ada", 2_000.5, "{}", parked=True)
    with closing(Store(folder)) as store:
        assert store.shared.kept() == Kept("ada", last_stamp=2_000.5)


def test_events_come_back_in_order_with_their_user_and_size(folder):
    with closing(Store(folder)) as store:
        for text, user in (("a", None), ("ü", "ada"), ("c" * 50, "ada")):
            add(store, text, user=user)
    with closing(Store(folder)) as store, closing(store.reader()) as reader:
        assert reader.waiting(Choice(), 10) == [(1, None, 1, "ce"), (2, "ada", 2, "ce"), (3, "ada", 50, "ce")]
        assert reader.waiting(behind(1), 1) == [(2, "ada", 2, "ce")]
        assert reader.texts(Choice(), 2) == "a,ü"
        assert (store.rows, store.bytes) == (3, 53)


def test_what_waits_for_a_session_follows_its_start_in_order(folder):
    with closing(Store(folder)) as store:
        add(store, "1", parked=True)
        add(store, "2", parked=True)
        assert events(store) == []
    with closing(Store(folder)) as store:
        assert store.rows == 2
        start = add(store, "ss", "ss")
        store.adopt("!")
        after = add(store, "3")
        assert [text for _, text in events(store)] == ["ss", "1!", "2!", "3"]
        assert start < after
        assert (store.rows, store.bytes) == (4, 2 + 2 + 2 + 1)
        store.adopt("!")
        assert store.rows == 4


def test_a_transaction_is_whole_or_not_there(store):
    def fail_half_way() -> None:
        with store.transaction():
            add(store, "a")
            add(store, "b", parked=True)
            store.shared.put("key", 1)
            store.shared.save(Kept(session=SESSION))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert (store.rows, store.bytes, events(store), store.shared.meta()) == (0, 0, [], {})
    assert add(store, "c") == 1


def test_discarding_goes_in_portions(store):
    for number in range(7):
        add(store, str(number))
    assert store.discard(5, None, 3) == 3
    assert store.rows == 4
    assert store.discard(5, None, 3) == 2
    assert store.discard(5, None, 3) == 0
    assert [text for _, text in events(store)] == ["5", "6"]
    assert store.bytes == 2


@pytest.mark.parametrize("refused", [True, False])
def test_an_id_is_never_given_twice(folder, refused):
    given: list[int] = []
    for _ in range(4):
        with closing(Store(folder)) as store:
            add(store, "b", parked=True)
            given += [add(store, "a"), add(store, "c")]
            if refused:
                with store.transaction():
                    store.set_aside(given[-1], "refused")
            store.adopt("!")
            store.discard(10**9, None, 10**9)
    assert len(given) == len(set(given))
    assert given == sorted(given)


def test_an_event_set_aside_is_kept_with_the_reason_but_not_for_ever(folder):
    with closing(Store(folder)) as store:
        for number in range(1_200):
            add(store, str(number))
            with store.transaction():
                store.set_aside(number + 1, "400 Bad Request")
        assert (store.rows, store.bytes) == (0, 0)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        aside = db.execute("SELECT event, reason FROM aside ORDER BY id").fetchall()
    assert len(aside) == 1_000
    assert aside[-1] == ("1199", "400 Bad Request")


# -- bounds --------------------------------------------------------------------------------------


def test_beyond_the_rows_the_oldest_custom_events_go_first_and_session_data_last(store, monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 5)
    for code, text in (("ss", "s1"), ("ce", "a"), ("se", "e1"), ("ss", "s2"), ("ce", "b")):
        add(store, text, code)
    add(store, "p", parked=True)

    def left(code: str, text: str) -> list[str]:
        add(store, text, code)
        with store.transaction():
            dropped.append(store.trim())
        assert store.rows <= 5
        return [text for _, text in events(store)]

    dropped: list[int] = []
    assert left("ce", "c") == ["s1", "e1", "s2", "c"]  # and p, which waits
    assert left("se", "e2") == ["s1", "e1", "s2", "e2"]
    assert left("ss", "s3") == ["s1", "e1", "s2", "e2", "s3"]
    assert left("se", "e3") == ["e1", "s2", "e2", "s3", "e3"]
    assert dropped == [2, 1, 1, 1]


def test_beyond_the_bytes_too(store, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    for letter in "abcd":
        add(store, letter * 40)
    assert store.full
    with store.transaction():
        assert store.trim() == 2
    assert [text[0] for _, text in events(store)] == ["c", "d"]
    assert store.bytes == 80


def test_a_hundred_thousand_events_find_room_and_no_more(folder):
    with closing(Store(folder)) as store:
        with store.transaction():
            for number in range(module.MAX_ROWS + 10):
                add(store, f'{{"name":"ce","data":{{"n":"event {number}","p":{{}}}}}}')
        with store.transaction():
            assert store.trim() == 10
    with closing(Store(folder)) as store:
        assert store.rows == module.MAX_ROWS
        with closing(store.reader()) as reader:
            assert reader.waiting(Choice(), 1)[0][0] == 11


# -- the file ------------------------------------------------------------------------------------


@pytest.mark.posix("elsewhere files have no modes")
def test_nobody_else_may_look_whatever_the_umask_says(tmp_path):
    before = os.umask(0)
    try:
        with closing(Store(tmp_path / "above" / "data")) as store:
            add(store, "a")
            with closing(store.reader()) as reader:
                reader.waiting(Choice(), 1)
            modes = {
                str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode)
                for path in tmp_path.rglob("*")
            }
    finally:
        os.umask(before)
    folders = {name: modes.pop(name) for name in ("above", "above/data")}
    assert set(folders.values()) == {0o700}
    assert "above/data/braze.db-wal" in modes
    assert set(modes.values()) == {0o600}


@pytest.mark.posix("elsewhere folders have no modes")
def test_a_folder_that_was_open_to_others_is_closed(folder):
    folder.mkdir(mode=0o755)
    Store(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["a b", "ä#%&", pytest.param("?", marks=ODD), "mode=rw", "'quoted'"])
def test_a_folder_may_have_any_name(tmp_path, name):
    with closing(Store(tmp_path / name)) as store:
        add(store, "a")
        assert events(store) == [(1, "a")]
    assert (tmp_path / name / "braze.db").exists()


@pytest.mark.posix("there the names are paths: the next test goes there")
@pytest.mark.parametrize("name", [r"\\server\share\braze.db", r"\\?\C:\braze.db", r"C:\braze.db"])
def test_sqlite_gets_a_path_of_windows_as_it_is(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).touch()  # to other systems it is one name
    with closing(connected(uri_of(PureWindowsPath(name), "rw"))) as db:
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    assert (tmp_path / name).stat().st_size


@pytest.mark.windows("no other system has such paths")
def test_a_folder_may_be_named_for_the_kernel(tmp_path):
    folder = Path(rf"\\?\{tmp_path}") / ("long" * 25) / ("longer" * 15) / "data"
    with closing(Store(folder)) as store:
        add(store, "a")
        assert events(store) == [(1, "a")]
    assert (folder / "braze.db").exists()


def crashed_store(folder: Path, version: int) -> None:
    """A store as another version leaves it when it is killed: with most of it in the log."""
    program = (
        "import os, sys; from pathlib import Path; from braze_qt._storage.store import Store\n"
        "store = Store(Path(sys.argv[1])); store.add('ss', None, 1.0, 'from the future', parked=False)\n"
        f"store._db.execute('PRAGMA user_version = {version}'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True)


@pytest.mark.parametrize("crashed", [True, False])
def test_the_file_of_a_newer_version_is_left_as_it_is(folder, crashed):
    crashed_store(folder, VERSION + 1)
    if not crashed:
        with closing(sqlite3.connect(folder / "braze.db")) as db:
            db.execute("PRAGMA wal_checkpoint")
    before = contents(folder)
    for _ in range(2):
        with pytest.raises(StoreError, match="newer version") as caught:
            Store(folder)
        assert not isinstance(caught.value, (DamagedStoreError, BusyStoreError))
    assert contents(folder) == before
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        assert db.execute("SELECT event FROM outbox").fetchall() == [("from the future",)]


def test_a_store_of_this_version_survives_the_same_crash(folder):
    crashed_store(folder, VERSION)
    with closing(Store(folder)) as store:
        assert events(store) == [(1, "from the future")]


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE bookmarks (url); INSERT INTO bookmarks VALUES ('x'); PRAGMA user_version = 7"
        )


def truncated(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.truncate(3 * 4096 + 100)


def zeroed(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(20 * 4096))


def filled(path: Path) -> None:
    with closing(Store(path.parent)) as store, store.transaction():
        for number in range(5_000):
            add(store, f"event {number}")
        store.shared.save(Kept(session=SESSION))


DAMAGE = {
    "another program's": another_program,
    "garbage": lambda path: path.write_bytes(os.urandom(50_000)),
    "text": lambda path: path.write_text("no database\n" * 1_000),
    "short": lambda path: path.write_bytes(b"SQLite format 3\0"),
    "truncated": truncated,
    "zeroed": zeroed,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_cannot_be_used_is_moved_aside_and_a_new_one_begun(folder, damage):
    folder.mkdir()
    DAMAGE[damage](folder / "braze.db")
    before = (folder / "braze.db").read_bytes()
    with closing(Store(folder)) as store:
        assert store.damage
        assert store.shared.kept() is None
        add(store, "new")
        assert [text for _, text in events(store)] == ["new"]
    aside = [path for path in folder.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert [path.read_bytes() for path in aside] == [before]
    with closing(Store(folder)) as store:
        assert not store.damage


def test_every_damaged_file_is_kept_beside_the_others(folder):
    for number in range(3):
        Store(folder).close()
        (folder / "braze.db").write_text(f"damage {number}")
    Store(folder).close()
    kept = {path.read_text(errors="replace") for path in folder.glob("braze.db.damaged-*")}
    assert {"damage 0", "damage 1", "damage 2"} <= kept


def test_an_empty_file_is_a_store_that_was_never_begun(folder):
    folder.mkdir()
    (folder / "braze.db").touch()
    with closing(Store(folder)) as store:
        assert not store.damage
        add(store, "a")


def test_bytes_in_the_lock_file_lock_nobody_out(folder):
    folder.mkdir()
    (folder / "braze.lock").write_bytes(os.urandom(5_000))
    Store(folder).close()


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "file" / "data")
    assert not isinstance(caught.value, (DamagedStoreError, BusyStoreError))


@pytest.mark.parametrize("name", ["braze.db", "braze.db-wal", "braze.db-shm", "braze.lock", "braze.news"])
@pytest.mark.parametrize("kind", [pytest.param("pipe", marks=ODD), pytest.param("link", marks=ODD), "folder"])
def test_what_is_no_plain_file_is_neither_opened_nor_followed(folder, tmp_path, name, kind):
    folder.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    if kind == "pipe":
        os.mkfifo(folder / name)
    elif kind == "link":
        (folder / name).symlink_to(elsewhere)
    else:
        (folder / name).mkdir()
    with pytest.raises(StoreError, match="no plain file"):
        Store(folder)
    assert elsewhere.read_text() == "mine"
    assert [path.name for path in folder.iterdir()] == [name]


@pytest.mark.posix("elsewhere it is emptied and deleted later: tests/qt/test_forgetting.py")
def test_erasing_leaves_no_file(folder):
    folder.mkdir()
    (folder / "braze.db").write_text("damaged")
    store = Store(folder)
    add(store, "a")
    with closing(store.reader()) as reader:  # the sender may be at it just now
        reader.waiting(Choice(), 1)
        store.erase()
    assert not folder.exists()
    with pytest.raises(StoreError):
        store.reader().waiting(Choice(), 1)
    assert not folder.exists()


def test_erasing_leaves_what_is_not_ours(folder):
    store = Store(folder)
    (folder / "settings.ini").touch()
    store.erase()
    assert [path.name for path in folder.iterdir()] == ["settings.ini"]


def test_without_a_folder_everything_is_in_memory():
    with closing(Store(None)) as one, closing(Store(None)) as other:
        add(one, "a")
        assert events(one) == [(1, "a")]
        assert events(other) == []
        one.erase()


@pytest.mark.posix("SQLite has it only there")
def test_a_file_system_that_refuses_the_log_is_an_error(folder):
    """SQLite answers so, and raises nothing, where processes cannot share memory: network homes on macOS."""
    folder.mkdir()
    without_shared_memory = uri_of(folder / "braze.db", "rwc") + "&vfs=unix-dotfile"
    with pytest.raises(StoreError, match="write-ahead log"):
        connected(without_shared_memory)


def test_a_checkpoint_waits_for_the_drive(folder):
    """macOS writes to a drive's cache unless it is told otherwise; other systems need not be."""
    folder.mkdir()
    with closing(connected(uri_of(folder / "braze.db", "rwc"))) as db:
        assert db.execute("PRAGMA checkpoint_fullfsync").fetchone() == (1,)


# -- several processes ---------------------------------------------------------------------------

HOLDS = """
import sys; from pathlib import Path; from braze_qt._storage.store import Store
store = Store(Path(sys.argv[1]))
with store.transaction():
    print('has it', flush=True); sys.stdin.read()
"""


def test_a_process_that_keeps_the_disk_for_itself_is_not_waited_for_once_it_is_dead(folder):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == b"has it"
        with closing(Store(folder)) as store:
            with pytest.raises(BusyStoreError):
                add(store, "a")
            with pytest.raises(BusyStoreError), store.transaction(patient=False):
                pass
            first.kill()
            first.wait()
            add(store, "a")


WRITES = """
import sys; from contextlib import closing; from pathlib import Path
from braze_qt._platform.clock import Instant; from braze_qt._storage.outbox import Choice
from braze_qt._storage.store import Store
from braze_qt._session.state import Kept, Session, StoredSession
store = Store(Path(sys.argv[1]))
number = store._last_ids['outbox']
while True:
    number += 1
    one, moment = f'session {number}', Instant(float(number), float(number), float(number))
    with store.transaction():
        store.add('ss', None, float(number), one, parked=False)
        store.add('ce', None, float(number), one, parked=False)
        store.shared.save(Kept(one, session=StoredSession(Session(one, one, moment, moment), one)))
    store.add('ce', None, float(number), 'single', parked=False)
    number += 2
    print(number, flush=True)
    if number % 7 == 0:
        with closing(store.reader()) as reader:
            reader.checkpoint()
"""


def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(folder):
    with closing(Store(folder)) as store:
        acknowledged = add(store, "first")
    for lines in range(1, 31, 4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITES, str(folder)], stdout=subprocess.PIPE, bufsize=0
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(lines * 3)]
            writer.kill()
            said += writer.stdout.read().splitlines(keepends=True)
        acknowledged = max(acknowledged, *(int(line) for line in said if line.endswith(b"\n")))
        with closing(Store(folder)) as store:
            assert not store.damage
            numbers = [number for number, _ in events(store)]
            assert numbers == list(range(1, len(numbers) + 1))
            assert numbers[-1] >= acknowledged
            kept = store.shared.kept()
            assert kept is not None
            assert kept.session is not None
            whole = kept.session.session
            assert whole.id == whole.user_id == kept.user_id == kept.session.boot_id
            sessions = [text for _, text in events(store) if text.startswith("session")]
            assert sessions[-2:] == [whole.id, whole.id]
            assert store.rows == len(numbers)


def test_a_log_that_is_written_back_does_not_grow(store, folder):
    sizes = []
    for beat in range(600):
        store.shared.save(Kept(session=SESSION))
        if beat % 20 == 0:
            with closing(store.reader()) as reader:
                reader.checkpoint()
            sizes.append((folder / "braze.db-wal").stat().st_size)
    assert max(sizes) < 512 * 1024
    assert sizes[-1] == sizes[5]
