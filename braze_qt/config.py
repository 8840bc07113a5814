"""What the host application decides, checked once and then frozen."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from braze_qt.errors import ConfigError, kind_of

DATA_PATH = "/api/v3/data/"
"""Where the SDKs post to below their endpoint. Web spells it with the final slash, others without;
receivers take both."""
DEVICE_PROPERTIES = frozenset({"os_version", "locale", "time_zone", "resolution", "model"})
"""What is told of the device unless the application narrows it."""


@dataclass(frozen=True)
class BrazeConfig:
    """The configuration of one application. Immutable; any thread.

    Args:
        api_key: the SDK API key of the application in the Braze dashboard. Printable ASCII
            without blanks. Never shown in ``repr``, a log or an error.
        endpoint: the SDK endpoint of the workspace's cluster as Braze's documentation gives it
            (``sdk.iad-01.braze.com``), with or without scheme and path. ``https`` unless the host
            is a loopback address, where ``http`` may be written out.
        session_timeout: whole seconds (1 or more) which the application may spend in the
            background before its session ends. 10 is Braze's default on phones.
        flush_interval: seconds (1 to 86400) between two sendings while something waits. 10 is
            what Braze's Web and Android SDKs use. Session starts, session ends and user changes
            do not wait for it.
        app_name: names the application among the data folders of this computer. Default: what the
            application told Qt (``applicationName``, with ``organizationName`` where set).
        app_version: the application's version, sent with every request. Default:
            ``QCoreApplication.applicationVersion()``.
        automatic_sessions: sessions follow the application's state. When off, the application
            calls ``openSession`` and ``closeSession`` itself.
        enabled: what holds until ``setEnabled`` has been called once; that call is remembered
            over restarts. Off suits applications that ask for consent first.
        data_dir: the folder for everything that is kept, for this application alone. Where the data
            of another API key lie there, those of this one go to a folder in it. Default: a folder
            below the user's data folder, one per API key and application name.
        shutdown_timeout: seconds (0 to 60) that quitting may take for sending. 1 second is below
            what people notice as a hang; what is not sent by then goes at the next start.
        device_properties: which properties of the device may be sent at all. Default: every one of
            ``DEVICE_PROPERTIES``.

    Raises:
        ConfigError: naming every fault at once.
    """

    api_key: str = field(repr=False)
    endpoint: str
    session_timeout: int = field(default=10, kw_only=True)
    flush_interval: float = field(default=10.0, kw_only=True)
    app_name: str | None = field(default=None, kw_only=True)
    app_version: str | None = field(default=None, kw_only=True)
    automatic_sessions: bool = field(default=True, kw_only=True)
    enabled: bool = field(default=True, kw_only=True)
    data_dir: str | os.PathLike[str] | None = field(default=None, kw_only=True)
    shutdown_timeout: float = field(default=1.0, kw_only=True)
    device_properties: Collection[str] = field(default=DEVICE_PROPERTIES, kw_only=True)

    def __post_init__(self) -> None:
        """Check every field."""
        faults = [
            fault
            for fault in (
                _key_fault(self.api_key),
                endpoint_fault(self.endpoint),
                timeout_fault(self.session_timeout),
                _seconds_fault("flush_interval", self.flush_interval, 1, 86_400),
                _text_fault("app_name", self.app_name),
                _text_fault("app_version", self.app_version),
                _flag_fault("automatic_sessions", self.automatic_sessions),
                _flag_fault("enabled", self.enabled),
                _folder_fault(self.data_dir),
                shutdown_fault(self.shutdown_timeout),
                _device_fault(self.device_properties),
            )
            if fault
        ]
        if faults:
            raise ConfigError(faults)
        # A copy: the set of the caller could change.
        object.__setattr__(self, "device_properties", frozenset(self.device_properties))

    @property
    def url(self) -> str:
        """The address that session data are posted to."""
        parts = urlsplit(_with_scheme(self.endpoint))
        path = parts.path.rstrip("/")
        path = path + "/data/" if path.endswith("/api/v3") else path + DATA_PATH
        return f"{parts.scheme.lower()}://{parts.netloc}{path}"

    @property
    def folder(self) -> Path | None:
        """``data_dir`` as an absolute path, or None where the default applies."""
        return None if self.data_dir is None else Path(self.data_dir).expanduser().absolute()


def timeout_fault(seconds: Any) -> str | None:
    """What is wrong with a session timeout, in words; None where nothing is."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        return "session_timeout must be a whole number of seconds, 1 or more"
    return None


def shutdown_fault(seconds: Any) -> str | None:
    """What is wrong with a time for quitting, in words; None where nothing is."""
    return _seconds_fault("shutdown_timeout", seconds, 0, 60)


def endpoint_fault(endpoint: Any) -> str | None:
    """What is wrong with an endpoint, in words; None where nothing is."""
    if not isinstance(endpoint, str) or not endpoint.strip():
        return "endpoint must be a host name such as sdk.iad-01.braze.com"
    try:
        parts = urlsplit(_with_scheme(endpoint))
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # which quotes everything in front of the path, a password too
        return "endpoint is no address: its host or its port makes no sense"
    # First, because from here on the endpoint may be shown, and a password must not.
    if parts.username is not None or parts.query or parts.fragment:
        return "endpoint must not hold a user name, a query or a fragment"
    if not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", host) or re.search(r"\s", endpoint):
        return "endpoint has no usable host name"
    if not re.fullmatch("[!-~]+", endpoint):
        return "endpoint must be printable ASCII"
    if parts.scheme.lower() not in ("http", "https"):
        return "endpoint must be https"
    if parts.scheme.lower() == "http" and not _is_loopback(host):
        return "endpoint must be https; plain http is for loopback addresses only"
    return None


def _with_scheme(endpoint: str) -> str:
    return endpoint if "://" in endpoint else f"https://{endpoint}"


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key_fault(key: Any) -> str | None:
    # The key itself stays out of the message: faults end in logs and issue trackers.
    if not isinstance(key, str):
        return f"api_key must be a string, not {kind_of(key)}"
    if not key or len(key) > 255 or not key.isascii() or not key.isprintable() or " " in key:
        return "api_key must be 1 to 255 printable ASCII characters without blanks"
    return None


def _seconds_fault(name: str, value: Any, low: float, high: float) -> str | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and low <= value <= high:
        return None
    return f"{name} must be a number of seconds from {low} to {high}"


def _text_fault(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()):
        return None
    return f"{name} must be None or 1 to 255 printable characters"


def _flag_fault(name: str, value: Any) -> str | None:
    return None if isinstance(value, bool) else f"{name} must be True or False"


def _folder_fault(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)) or not str(value) or "\0" in str(value):
        return "data_dir must be None or a path"
    try:
        os.fsencode(Path(value).expanduser().absolute())
    except (OSError, RuntimeError, TypeError, UnicodeError) as error:  # no home, no directory, bytes
        return f"data_dir cannot be used: {kind_of(error)}"
    return None


def _device_fault(value: Any) -> str | None:
    strange = (
        not isinstance(value, (set, frozenset, list, tuple))
        or not all(isinstance(name, str) for name in value)
        or not DEVICE_PROPERTIES.issuperset(value)
    )
    if strange:
        return f"device_properties must be among {sorted(DEVICE_PROPERTIES)}"
    return None
