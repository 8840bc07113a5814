"""What the parts of the web application share."""

from dataclasses import dataclass, field

from flask import current_app

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.faults import Faults
from braze_qt.sandbox.news import News

NAME = "braze-sandbox"
RAW_HEADERS = "braze-sandbox.headers"
"""Where the environment of a request has its headers as they came; WSGI's own have lost their spelling."""


@dataclass(frozen=True)
class Witness:
    """What has come, what shall go wrong, and who wants to know."""

    archive: Archive
    faults: Faults = field(default_factory=Faults)
    news: News = field(default_factory=News)


def witness() -> Witness:
    """That of the application that handles the present request."""
    found = current_app.extensions[NAME]
    assert isinstance(found, Witness)
    return found
