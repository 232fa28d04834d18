"""The frame clock counts what it draws and skips, and never asks for more than the budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor


def test_every_tick_in_time_is_due_and_none_is_skipped() -> None:
    clock = FrameClock(Governor(10))
    assert all(clock.due(tick * 0.1) for tick in range(50))
    assert clock.skipped == 0


def test_a_late_tick_skips_the_frames_it_missed_and_draws_once() -> None:
    clock = FrameClock(Governor(10))
    clock.due(0.0)
    assert clock.due(0.5)
    assert clock.skipped == 4


def test_nothing_is_drawn_while_the_terminal_has_not_taken_what_was_written() -> None:
    waiting = [True, True, False]
    clock = FrameClock(Governor(10), behind=lambda: waiting.pop(0))
    assert [clock.due(tick * 0.1) for tick in range(3)] == [False, False, True]
    assert clock.skipped == 2


def test_time_asleep_is_not_counted_as_frames_skipped() -> None:
    clock = FrameClock(Governor(10))
    clock.due(0.0)
    clock.rest()
    assert clock.due(60.0)
    assert clock.skipped == 0


@given(st.lists(st.floats(0.0001, 0.5), min_size=1, max_size=200))
def test_percentiles_are_ordered_and_within_what_was_measured(spent: list[float]) -> None:
    clock = FrameClock(Governor(20))
    for number, seconds in enumerate(spent):
        clock.drew(number * 0.05, seconds)
    p50, p95, p99 = clock.percentiles()
    assert min(spent) * 1e3 - 0.001 <= p50 <= p95 <= p99 <= max(spent) * 1e3 + 0.001
    assert clock.drawn == len(spent)


def test_the_rate_is_the_frames_of_the_last_second() -> None:
    clock = FrameClock(Governor(10))
    for tick in range(30):
        clock.drew(tick * 0.1, 0.002)
    assert clock.rate(2.95) == pytest.approx(10)
    assert clock.rate(10.0) == 0
    assert clock.latest_ms == pytest.approx(2.0)


def test_a_clock_that_drew_nothing_has_zeros_to_say() -> None:
    clock = FrameClock(Governor(10))
    assert clock.percentiles() == (0, 0, 0)
    assert clock.latest_ms == 0
    assert clock.budget < clock.governor.interval


def test_ticks_keep_to_their_grid_and_a_wait_ends_at_the_next() -> None:
    clock = FrameClock(Governor(10))
    clock.due(5.0)
    assert clock.wait(5.03) == pytest.approx(0.07)
    clock.due(5.103)
    assert clock.wait(5.103) == pytest.approx(0.097)
    clock.hasten(5.12)
    assert clock.wait(5.12) == 0


def test_frames_held_back_by_the_link_are_counted_with_the_reason_and_are_not_late() -> None:
    governor = Governor(10)
    clock = FrameClock(governor)
    for at, answered in ((0.0, 0.01), (0.1, 0.5)):
        governor.sent(at, at, 100, fenced=True)
        governor.answered(answered)
    governor.sent(0.5, 0.5, 100, fenced=True)
    assert [clock.due(0.6), clock.due(0.7)] == [False, False]
    assert (clock.reason, clock.skips["link"]) == ("link", 2)
    governor.answered(1.5)
    clock.hasten(1.5)
    assert clock.due(1.5)
    assert clock.skips["late"] == 0


def test_bytes_a_second_are_those_of_the_last_second() -> None:
    clock = FrameClock(Governor(10))
    for tick in range(30):
        clock.wrote(tick / 8, 100)
    assert clock.bytes_rate(29 / 8) == 900
    assert clock.bytes_rate(9.0) == 0
