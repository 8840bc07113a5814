"""The plugin in the pytest run of a host: its cost and its error messages."""

import subprocess
import sys

import pytest

CONFTEST = 'pytest_plugins = ["braze_qt.testing.plugin"]\n'
LOADS_THE_PLUGIN = """
import sys
import braze_qt.testing.plugin
print([name for name in ("PySide6", "pytestqt", "requests", "sqlite3", "flask") if name in sys.modules])
"""
IMPORTS_IT_FOR_PRODUCTION = """
import sys
import braze_qt.testing
from braze_qt.testing import BrazeApp
print([name for name in ("pytest", "pytestqt", "flask") if name in sys.modules])
"""


@pytest.fixture
def host(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose tests use the plugin."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--strict-markers -p no:cacheprovider -p pytestqt.plugin")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # none of the others is needed
    pytester.makeconftest(CONFTEST)
    return pytester


@pytest.mark.parametrize("program", [LOADS_THE_PLUGIN, IMPORTS_IT_FOR_PRODUCTION])
def test_nothing_is_loaded_before_it_is_used(program: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == "[]\n"


def test_errors_are_shown_at_their_cause(host: pytest.Pytester) -> None:
    host.makepyfile(
        """
        import pytest

        def test_of_an_event_that_is_not_there(braze_app):
            braze_app.braze.logCustomEvent("exprot", {"format": "pdf"})
            braze_app.event("export")

        @pytest.mark.braze(sesion_timeout=3)
        def test_with_a_setting_that_is_not_there(braze_app):
            pass

        @pytest.mark.braze(session_timeout=0)
        def test_with_a_value_that_is_not_allowed(braze_app):
            pass

        @pytest.mark.braze(3)
        def test_with_a_setting_without_a_name(braze_app):
            pass

        @pytest.mark.braze(installed=False, session_timeout=3)
        def test_with_settings_for_nobody(braze_app):
            pass

        def test_that_comes_after_all_of_them(braze_app):
            assert [event.code for event in braze_app.events()] == ["ss"]
        """
    )
    run = host.runpytest_subprocess()
    run.assert_outcomes(passed=1, failed=1, errors=4)
    run.stdout.re_match_lines(
        [
            r"E .*sesion_timeout",
            r"E .*session_timeout must be a whole number of seconds, 1 or more",
            r".*the marker braze takes settings by name",
            r".*with installed=False the application brings its own settings",
            r">\s+braze_app.event\(\"export\"\)",
            r"E\s+AssertionError: no event 'export' arrived.",
            r"E\s+What arrived:",
            r"E\s+ss of an anonymous user in session \S+",
            r"E\s+ce 'exprot' {'format': 'pdf'} of an anonymous user in session \S+",
            r"E\s+What did not \(session foreground, delivery idle, last answer '201 Created; 2 events'\):",
            r"E\s+nothing",
            r"test_errors_are_shown_at_their_cause.py:5: AssertionError",
        ]
    )
