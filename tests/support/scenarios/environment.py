"""Hooks, signal handlers, logging and locales that are the host's own."""

from __future__ import annotations

import locale
import logging
import logging.config
import os
import signal
import sys
import threading

from PySide6.QtCore import QLocale, QTimer

from tests.support.scenarios.host import Host, later


def own_hooks(host: Host) -> None:
    """An exception hook and signal handlers of its own; its slots raise."""
    caught: list[str] = []
    sys.excepthook = lambda *told: caught.append(str(told[1]))
    threading.excepthook = lambda told: caught.append(str(told.exc_value))
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(name, lambda number, _: (host.log(f"signal {number}"), host.app.quit()))
    braze = host.install()

    def fail(*_: object) -> None:
        raise RuntimeError("of the host")

    for told in (braze.sessionStarted, braze.sessionEnded, braze.sessionStateChanged, braze.deliveryChanged):
        told.connect(fail)
    window = host.foreground()
    beat = QTimer()
    beat.timeout.connect(lambda: None)  # the interpreter looks for signals when it runs
    beat.start(20)
    host.log("before")
    later(0.1, lambda: os.kill(os.getpid(), signal.SIGTERM))
    host.app.exec()
    assert set(caught) == {"of the host"}, caught
    host.figures["sessions"] = 1
    window.close()


def own_logging(host: Host) -> None:
    """Everything is logged, by handlers and with a format of its own; and what was there is disabled."""
    records: list[logging.LogRecord] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logging.config.dictConfig({"version": 1, "disable_existing_loggers": True, "root": {"level": "DEBUG"}})
    logging.getLogger().addHandler(Keeping())
    host.install()
    window = host.foreground()
    host.log("one")
    host.sent()
    later(0, host.app.quit)
    host.app.exec()
    loud = [record.getMessage() for record in records if record.levelno >= logging.WARNING]
    assert not loud, loud
    host.figures["sessions"] = 1
    window.close()


def other_locales(host: Host) -> None:
    """Commas in numbers, digits that are not Latin, an i without a dot; changed while it runs."""
    host.install()
    window = host.foreground()
    for number, name in enumerate(("tr_TR", "ar_EG", "de_DE", "fa_IR", "en_US")):
        QLocale.setDefault(QLocale(name))
        for encoding in ("", ".UTF-8"):
            try:
                locale.setlocale(locale.LC_ALL, name + encoding)
            except locale.Error:
                continue  # not on this machine
        host.log(f"INFO {number}")
        host.braze.changeUser(f"user {number}")
        host.sent()
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    QLocale.setDefault(QLocale("C"))
    later(0, host.app.quit)
    host.app.exec()
    host.figures["sessions"] = 6
    window.close()
