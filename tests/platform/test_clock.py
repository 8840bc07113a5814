"""The one file that reads clocks. The tests check that its values make sense, not its speed."""

import time

from braze_qt._platform.clock import Instant, SystemClock


def test_sleep_is_the_difference_of_the_two_clocks() -> None:
    before = Instant(wall=1_800_000_000.0, boot=500.0, awake=400.0)
    after = Instant(wall=1_800_000_300.0, boot=800.0, awake=580.0)
    assert after.slept - before.slept == 120.0


def test_wall_is_unix_time() -> None:
    before = time.time()
    wall = SystemClock().now().wall
    assert before <= wall <= time.time()


def test_monotonic_clocks_never_run_backwards() -> None:
    clock = SystemClock()
    moments = [clock.now() for _ in range(1_000)]
    assert [moment.boot for moment in moments] == sorted(moment.boot for moment in moments)
    assert [moment.awake for moment in moments] == sorted(moment.awake for moment in moments)


def test_two_clocks_report_the_same_boot_id() -> None:
    assert SystemClock().boot_id == SystemClock().boot_id
