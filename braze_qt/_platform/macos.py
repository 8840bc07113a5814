"""Proxies of macOS's settings, without the look-up of a name that Python makes for their exceptions."""

from __future__ import annotations

import importlib
import re
from fnmatch import fnmatch
from typing import Any


def proxies(host: str) -> dict[str, str] | None:
    """The proxies for a host by scheme, as ``urllib.request.getproxies`` tells them; none for an exception.

    ``urllib.request.proxy_bypass`` resolves the host's name, with no limit of time, as soon as one of the
    exceptions is an address, as one of the system's own is. Here an exception that is an address is for
    hosts that are named by one.

    Args:
        host: the name of a server, without a port.

    Returns:
        None where ``urllib.request`` looks nothing up: on other systems, where the environment names proxies,
        and for an address.
    """
    try:
        system: Any = importlib.import_module("_scproxy")
    except ImportError:
        return None
    import urllib.request  # brings http, email and ssl along, for no other system

    if urllib.request.getproxies_environment() or ":" in host or re.fullmatch(r"[\d.]+", host):
        return None
    settings = system._get_proxy_settings()
    plain = "." not in host and settings["exclude_simple"]
    if plain or any(fnmatch(host, pattern) for pattern in settings.get("exceptions", ()) if pattern):
        return {}
    found: dict[str, str] = system._get_proxies()
    return found
