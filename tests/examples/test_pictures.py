"""The pictures of the examples' feeds: what is loaded from a real server, and what is not."""

import gc
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme
from drawn import chunk, jpeg_with_scans, png, png_with_texts
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from examples.content_cards.pictures import Decoder, Encoded, Limits, Pictures
from tests.support.loopback import Loopback, Reply, Silence, Trickle, answer, cut, raw, serving

LIMITS = Limits(file=200_000, pixels=1_000_000, side=200, seconds=20.0, at_once=2, waiting=4, kept=200_000)


def bomb() -> bytes:
    """A picture of 3.6 thousand million pixels in some bytes."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.fixture
def loader(qapp: QApplication) -> Iterator[Pictures]:
    loader = Pictures(limits=LIMITS)
    yield loader
    loader.deleteLater()


def outcome(loader: Pictures, address: str, qtbot: QtBot) -> str:
    assert loader.look(address) in ("loading", "failed")
    qtbot.waitUntil(lambda: loader.look(address) != "loading")
    return loader.look(address)


def test_a_picture_is_decoded_beside_the_gui(
    loader: Pictures, secure: Loopback, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a thread in which the collector does not run."""
    seen, run = [], Decoder.run
    gui = threading.get_ident()

    def watched(decoder: Decoder) -> None:
        seen.append((threading.get_ident() != gui, gc.isenabled()))
        run(decoder)

    monkeypatch.setattr(Decoder, "run", watched)
    secure.by_path["/wide"] = answer(200, png(800, 400), Set_Cookie="a=b")
    address = f"{secure.endpoint}/wide"
    with qtbot.waitSignal(loader.changed) as changed:
        assert loader.look(address) == "loading"
    assert changed.args == [address]
    image = loader.image(address)
    assert (image.width(), image.height(), image.pixelColor(3, 3).name()) == (200, 100, "#008080")
    assert (seen, gc.isenabled()) == ([(True, False)], True)


REFUSED: dict[str, Reply] = {
    "more bytes than allowed": answer(200, b"\x89PNG" + bytes(300_000)),
    "bytes without an end": raw(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(20_000_000)),
    "announced as small": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + png(40, 40)),
    "torn off": cut(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + png(40, 40)),
    "no picture": answer(200, b"<html>Sign in</html>", Content_Type="image/png"),
    "a drawing that computes": answer(
        200, b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', Content_Type="image/svg+xml"
    ),
    "very many pixels": answer(200, bomb()),
    "too many pixels": answer(200, png(1001, 1000)),
    "one that is gone over very often": answer(200, jpeg_with_scans(100)),
    "nothing": answer(200, b""),
    "an error": answer(404, png(40, 40)),
    "a way out of https": answer(302, b"", Location="http://127.0.0.1:9/"),
}


@pytest.mark.parametrize("reply", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_small_picture_is_refused(
    reply: Reply, loader: Pictures, secure: Loopback, qtbot: QtBot
) -> None:
    secure.by_path["/bad"] = reply
    assert outcome(loader, f"{secure.endpoint}/bad", qtbot) == "failed"
    secure.by_path["/good"] = answer(200, png(40, 40))
    assert outcome(loader, f"{secure.endpoint}/good", qtbot) == "ready"


def test_texts_in_a_picture_are_not_unpacked(qapp: QApplication) -> None:
    encoded = Encoded(png_with_texts(3))
    assert encoded.is_allowed(LIMITS)
    image = encoded.reader.read()
    assert (image.width(), image.pixelColor(3, 3).name(), image.textKeys()) == (40, "#008080", [])


def test_a_picture_that_comes_in_steps_is_shown(loader: Pictures, secure: Loopback, qtbot: QtBot) -> None:
    secure.by_path["/steps"] = answer(200, jpeg_with_scans(0))
    assert outcome(loader, f"{secure.endpoint}/steps", qtbot) == "ready"


BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n\x89P"


@pytest.mark.parametrize("slow", [Trickle(), Silence(BEGUN)], ids=["byte by byte", "silent"])
def test_a_slow_picture_is_given_up(slow: Reply, secure: Loopback, qapp: QApplication, qtbot: QtBot) -> None:
    loader = Pictures(limits=Limits(seconds=0.5))
    secure.by_path["/slow"] = slow
    assert outcome(loader, f"{secure.endpoint}/slow", qtbot) == "failed"
    if isinstance(slow, Silence):
        slow.end.set()


def test_other_schemes_are_not_asked(loader: Pictures, server: Loopback) -> None:
    port = server.port
    for address in (
        f"http://127.0.0.1:{port}/a",
        "file:///etc/passwd",
        "https:///a",
        "data:image/png;base64,AA",
    ):
        assert loader.look(address) == "failed"
    assert server.connections == 0


def test_a_stranger_s_certificate_is_refused(loader: Pictures, tls: SSLContext, qtbot: QtBot) -> None:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(tls=context) as stranger:
        assert outcome(loader, f"{stranger.endpoint}/a", qtbot) == "failed"
        assert stranger.requests == []


def test_few_are_loaded_at_once(loader: Pictures, secure: Loopback, qtbot: QtBot) -> None:
    """The latest first; what waits beyond the bound is given up, and comes when it is tried again."""
    held, ended = [Silence() for _ in range(2)], list[str]()
    loader.changed.connect(ended.append)
    secure.replies.extend(held)
    addresses = [f"{secure.endpoint}/{number}" for number in range(8)]
    states = [loader.look(address) for address in addresses]
    assert (states, [loader.look(each) for each in addresses[:4]]) == (
        ["loading"] * 8,
        ["loading", "loading", "failed", "failed"],
    )
    qtbot.waitUntil(lambda: all(each.heard.is_set() for each in held))
    secure.by_path.update({f"/{number}": answer(200, png(40, 40)) for number in range(8)})
    for each in held:
        each.end.set()
    qtbot.waitUntil(lambda: {*addresses[4:]} <= {*ended})
    assert [loader.look(each) for each in addresses[2:]] == ["failed"] * 2 + ["ready"] * 4
    assert secure.most_at_once == LIMITS.at_once
    asked = list(dict.fromkeys(request.path for request in secure.requests))  # Qt asks twice where it was cut
    assert asked[2] in ("/6", "/7")
    loader.try_again()
    qtbot.waitUntil(lambda: loader.look(addresses[2]) == "ready")


def test_the_latest_pictures_are_kept(loader: Pictures, secure: Loopback, qtbot: QtBot) -> None:
    """Each takes 160,000 bytes."""
    secure.by_path |= {f"/{name}": answer(200, png(200, 200)) for name in "ab"}
    first, second = (f"{secure.endpoint}/{name}" for name in "ab")
    assert [outcome(loader, each, qtbot) for each in (first, second)] == ["ready", "ready"]
    assert (loader.image(first).isNull(), loader.image(second).isNull()) == (True, False)


def test_a_loader_goes_away_while_it_decodes(secure: Loopback, qtbot: QtBot) -> None:
    """A thread of Qt that is destroyed while it runs ends the process."""
    loader = Pictures(limits=Limits(pixels=9_000_000))
    secure.by_path["/large"] = answer(200, png(3000, 3000))
    loader.look(f"{secure.endpoint}/large")
    qtbot.waitUntil(lambda: not gc.isenabled())
    with qtbot.waitSignal(loader.destroyed):
        loader.deleteLater()
    assert gc.isenabled()


def test_the_collector_rests_until_the_last_decoder_does(qapp: QApplication) -> None:
    """Of two feeds."""
    first, second = Decoder(qapp), Decoder(qapp)
    for decoder in (first, second):
        decoder.begin("", Encoded(png(2000, 2000)))
    first.end()
    assert not gc.isenabled()
    second.end()
    assert gc.isenabled()
    for decoder in (first, second):
        decoder.retire()


LEAVING = """
import atexit, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from drawn import jpeg_with_scans
from examples.content_cards.pictures import Pictures
app = QApplication([])
atexit.register(lambda: print(loader._decoder.isRunning()))  # after what was registered later
loader = Pictures()
content = jpeg_with_scans(30, 4000)
loader._loaded.update((name, content) for name in "abc")
loader._decode()
if sys.argv[1] == "after the main loop":
    QTimer.singleShot(0, app.quit)
    app.exec()
    app.processEvents()
assert loader._decoder.isRunning()
"""


@pytest.mark.parametrize("when", ["after the main loop", "without a main loop"])
def test_a_program_ends_while_it_decodes(when: str) -> None:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parents[2]))),
    }
    command = [sys.executable, "-c", LEAVING, when]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "False\n"), ended.stderr
