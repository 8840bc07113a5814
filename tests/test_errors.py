from braze_qt import BrazeError, ConfigError, StoreError, UsageError
from braze_qt.errors import printable


def test_each_error_can_be_caught_as_what_it_is_to_python() -> None:
    assert issubclass(ConfigError, BrazeError)
    assert issubclass(ConfigError, ValueError)
    assert issubclass(UsageError, BrazeError)
    assert issubclass(UsageError, RuntimeError)
    assert issubclass(StoreError, BrazeError)


def test_a_configuration_error_says_every_fault_and_keeps_them_apart() -> None:
    error = ConfigError(["this is wrong", "that too"])
    assert str(error) == "this is wrong; that too"
    assert error.faults == ("this is wrong", "that too")


def test_the_words_of_a_stranger_are_one_line_of_text() -> None:
    assert printable("as it is: Ümläut 💥") == "as it is: Ümläut 💥"
    assert printable("a\nb\x1b[2J\u202e\ud800") == "a\ufffdb\ufffd[2J\ufffd\ufffd"
    assert printable("x" * 1_000) == "x" * 200
