from braze_qt import BrazeError, ConfigError, StoreError, UsageError
from braze_qt.errors import printable


def test_each_error_has_its_python_base_class() -> None:
    assert issubclass(ConfigError, BrazeError)
    assert issubclass(ConfigError, ValueError)
    assert issubclass(UsageError, BrazeError)
    assert issubclass(UsageError, RuntimeError)
    assert issubclass(StoreError, BrazeError)


def test_a_configuration_error_lists_every_fault() -> None:
    error = ConfigError(["this is wrong", "that too"])
    assert str(error) == "this is wrong; that too"
    assert error.faults == ("this is wrong", "that too")


def test_foreign_text_becomes_one_printable_line() -> None:
    assert printable("as it is: Ümläut 💥") == "as it is: Ümläut 💥"
    assert printable("a\nb\x1b[2J\u202e\ud800") == "a\ufffdb\ufffd[2J\ufffd\ufffd"
    assert printable("x" * 1_000) == "x" * 200
