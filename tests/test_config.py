import dataclasses
import logging
import math
from pathlib import Path
from typing import Any

import pytest

from braze_qt import BrazeConfig, ConfigError
from braze_qt.config import DEVICE_PROPERTIES, endpoint_fault

KEY = "11111111-2222-4333-8444-555555555555"
CLUSTER = "sdk.iad-01.braze.com"


def config(**fields: Any) -> BrazeConfig:
    return BrazeConfig(**{"api_key": KEY, "endpoint": CLUSTER, **fields})


def faults(**fields: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        config(**fields)
    return caught.value.faults


def test_key_and_endpoint_make_a_configuration() -> None:
    made = BrazeConfig(KEY, CLUSTER)
    assert dataclasses.asdict(made) == {
        "api_key": KEY,
        "endpoint": CLUSTER,
        "session_timeout": 10,
        "flush_interval": 10.0,
        "app_name": None,
        "app_version": None,
        "automatic_sessions": True,
        "enabled": True,
        "data_dir": None,
        "shutdown_timeout": 1.0,
        "device_properties": DEVICE_PROPERTIES,
    }


@pytest.mark.parametrize("allowed", [(), ["locale"], {"model", "locale"}, DEVICE_PROPERTIES])
def test_any_subset_of_device_properties_is_accepted(allowed: Any) -> None:
    assert config(device_properties=allowed).device_properties == frozenset(allowed)


@pytest.mark.parametrize("allowed", ["locale", ["host_name"], [7], None, 7, {"locale": 1}])
def test_an_unknown_device_property_is_refused(allowed: Any) -> None:
    (fault,) = faults(device_properties=allowed)
    assert fault.startswith("device_properties must be among ['locale', 'model', ")


def test_other_settings_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        BrazeConfig(KEY, CLUSTER, 30)  # type: ignore[misc]


def test_a_configuration_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        config().session_timeout = 20  # type: ignore[misc]


def test_all_faults_are_reported_in_field_order() -> None:
    found = faults(
        api_key="",
        endpoint="http://example.com",
        session_timeout=0,
        flush_interval=0.5,
        app_name="",
        app_version="a\nb",
        automatic_sessions=1,
        enabled="yes",
        data_dir=7,
        shutdown_timeout=-1,
        device_properties="model",
    )
    fields = [field.name for field in dataclasses.fields(BrazeConfig)]
    assert [fault.split(" ")[0] for fault in found] == fields


def test_a_fault_names_the_allowed_values() -> None:
    assert faults(session_timeout="10", flush_interval=float("nan"), enabled=None) == (
        "session_timeout must be a whole number of seconds, 1 or more",
        "flush_interval must be a number of seconds from 1 to 86400",
        "enabled must be True or False",
    )


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(BrazeConfig)])
def test_no_fault_quotes_the_value(field: str) -> None:
    """Two arguments may be mixed up, and one of them is the key."""

    class Evil:
        def __repr__(self) -> str:
            raise RuntimeError("hush")

    for wrong in ("hush\n" * 100, ["hush"], {"hush": 1}, Evil(), 10**5_000):
        said = ""
        try:
            config(**{field: wrong})
        except ConfigError as error:
            said = str(error)
        assert "hush" not in said
        assert len(said) < 200


# -- the key ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["", "two words", "tab\t", "line\n", "schlüssel", "\0", "k" * 256, None, 7, b"k"]
)
def test_an_invalid_key_is_refused_without_showing_it(key: Any) -> None:
    (fault,) = faults(api_key=key)
    assert fault.startswith("api_key must be ")
    assert not isinstance(key, str) or not key.strip() or key not in fault


def test_the_key_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = config(data_dir="/somewhere")
    for text in (repr(made), str(made), f"{made}"):
        assert KEY not in text
    with pytest.raises(ConfigError) as caught:
        config(api_key=f"{KEY} ", session_timeout=0)
    assert KEY not in repr(caught.value)
    assert KEY not in caplog.text


# -- numbers, texts, flags, folders ----------------------------------------------------------------


@pytest.mark.parametrize("seconds", [1, 10, 1800, 10**9, 10**400])
def test_a_session_timeout_is_a_positive_integer(seconds: int) -> None:
    assert config(session_timeout=seconds).session_timeout == seconds


@pytest.mark.parametrize("seconds", [0, -1, True, False, 10.0, math.inf, "10", None, b"10"])
def test_other_session_timeouts_are_refused(seconds: Any) -> None:
    (fault,) = faults(session_timeout=seconds)
    assert fault == "session_timeout must be a whole number of seconds, 1 or more"


@pytest.mark.parametrize(
    ("field", "least", "most"), [("flush_interval", 1, 86_400), ("shutdown_timeout", 0, 60)]
)
def test_seconds_have_bounds(field: str, least: float, most: float) -> None:
    for seconds in (least, most, (least + most) / 2):
        assert getattr(config(**{field: seconds}), field) == seconds
    wrong = (
        math.nextafter(least, -1),
        math.nextafter(most, math.inf),
        math.nan,
        math.inf,
        -math.inf,
        10**400,
    )
    for seconds in (*wrong, True, "1", None):
        (fault,) = faults(**{field: seconds})
        assert fault == f"{field} must be a number of seconds from {least} to {most}"


@pytest.mark.parametrize("field", ["app_name", "app_version"])
def test_texts_are_printable_and_short(field: str) -> None:
    for text in (None, "x", "Größe 2 ✓", "x" * 255):
        assert getattr(config(**{field: text}), field) == text
    for wrong in ("", "x" * 256, "a\nb", "\0", "\ud800", 2, b"x"):
        (fault,) = faults(**{field: wrong})
        assert fault == f"{field} must be None or 1 to 255 printable characters"


@pytest.mark.parametrize("field", ["automatic_sessions", "enabled"])
def test_flags_are_true_or_false(field: str) -> None:
    for wrong in (0, 1, "", "False", None):
        assert faults(**{field: wrong}) == (f"{field} must be True or False",)


def test_the_data_folder_accepts_any_path_type() -> None:
    assert config().folder is None
    assert config(data_dir="/a/b").folder == Path("/a/b").absolute()
    assert config(data_dir=Path("/a/b")).folder == Path("/a/b").absolute()
    assert config(data_dir="a").folder == Path.cwd() / "a"
    assert config(data_dir="~/a").folder == Path.home() / "a"
    for wrong in ("", 7, b"/a"):
        assert faults(data_dir=wrong) == ("data_dir must be None or a path",)


@pytest.mark.posix("elsewhere a file can be named so")
def test_an_impossible_folder_name_is_refused() -> None:
    assert "cannot be used" in faults(data_dir="/a/\ud800")[0]


# -- the endpoint ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("sdk.iad-01.braze.com", "https://sdk.iad-01.braze.com/api/v3/data/"),
        ("sdk.fra-02.braze.eu/", "https://sdk.fra-02.braze.eu/api/v3/data/"),
        ("https://sdk.iad-01.braze.com", "https://sdk.iad-01.braze.com/api/v3/data/"),
        ("HTTPS://SDK.iad-01.braze.com", "https://SDK.iad-01.braze.com/api/v3/data/"),
        ("https://sdk.iad-01.braze.com/api/v3", "https://sdk.iad-01.braze.com/api/v3/data/"),
        ("https://sdk.iad-01.braze.com/api/v3/", "https://sdk.iad-01.braze.com/api/v3/data/"),
        ("sdk.iad-01.braze.com/api/v3", "https://sdk.iad-01.braze.com/api/v3/data/"),
        ("sdk.iad-01.braze.com:8443", "https://sdk.iad-01.braze.com:8443/api/v3/data/"),
        ("https://proxy.example:8443/braze", "https://proxy.example:8443/braze/api/v3/data/"),
        ("localhost:8000", "https://localhost:8000/api/v3/data/"),
        ("http://localhost:8000", "http://localhost:8000/api/v3/data/"),
        ("http://LocalHost", "http://LocalHost/api/v3/data/"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api/v3/data/"),
        ("http://127.9.9.9", "http://127.9.9.9/api/v3/data/"),
        ("http://[::1]:8000/api/v3", "http://[::1]:8000/api/v3/data/"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/api/v3/data/"),
    ],
)
def test_every_endpoint_form_gives_its_url(endpoint: str, url: str) -> None:
    assert config(endpoint=endpoint).url == url


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        (None, "must be a host name"),
        (7, "must be a host name"),
        ("", "must be a host name"),
        ("   ", "must be a host name"),
        (b"sdk.iad-01.braze.com", "must be a host name"),
        ("https://", "no usable host name"),
        ("/api/v3", "no usable host name"),
        ("sdk iad", "no usable host name"),
        (" sdk.iad-01.braze.com", "no usable host name"),
        ("sdk.iad-01.braze.com\n", "no usable host name"),
        ("sdk.iad-01.braze.com/api v3", "no usable host name"),
        ("exämple.com", "no usable host name"),
        ("https://example.com/\ud800", "printable ASCII"),
        ("https://example.com/\x01", "printable ASCII"),
        ("https://sdk.iad-01.braze.com:port", "no address"),
        ("https://sdk.iad-01.braze.com:99999", "no address"),
        ("https://[::1", "no address"),
        ("https://user@sdk.iad-01.braze.com", "user name"),
        ("https://user:secret@sdk.iad-01.braze.com", "user name"),
        ("sdk.iad-01.braze.com?key=1", "a query"),
        ("sdk.iad-01.braze.com/api/v3#top", "a fragment"),
        ("ftp://sdk.iad-01.braze.com", "must be https"),
        ("http://sdk.iad-01.braze.com", "plain http is for loopback"),
        ("http://10.0.0.1", "plain http is for loopback"),
        ("http://localhost.example.com", "plain http is for loopback"),
        ("http://127.0.0.1.example.com", "plain http is for loopback"),
        ("http://[2001:db8::1]", "plain http is for loopback"),
        ("http://localhost@example.com", "user name"),
    ],
)
def test_an_invalid_endpoint_is_refused(endpoint: Any, reason: str) -> None:
    fault = endpoint_fault(endpoint)
    assert fault is not None
    assert fault.startswith("endpoint ")
    assert reason in fault
    assert faults(endpoint=endpoint) == (fault,)


def test_a_password_in_an_endpoint_is_not_shown() -> None:
    for endpoint in (
        "https://user:secret@example.com",
        "https://user:secret@",
        "http://user:secret@a b",
        "https://user:secret\u2100@example.com",
        "https://user:secret@example.com:port",
    ):
        assert "secret" not in str(endpoint_fault(endpoint))
