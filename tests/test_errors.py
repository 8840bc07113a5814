from braze_qt import BrazeError, ConfigError, StoreError, UsageError


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
