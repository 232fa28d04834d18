"""How old the picture on the user's screen is, told by a trace and by what has arrived."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.age import STEP, frame_sizes, picture_ages, summary
from tui.terminal.trace import Line

MS = 1_000_000


def _frame(at: int, size: int, drawn: int | None = None) -> Line:
    """A frame of `size` bytes in all, written at a time in ms."""
    return Line(at * MS, "frame", size, 0, drawn=(at if drawn is None else drawn) * MS)


def _same(at: int, size: int) -> Line:
    return Line(at * MS, "same", size, 0)


def test_a_picture_ages_until_the_next_has_arrived_whole() -> None:
    lines = [_frame(0, 100), _frame(50, 200), _frame(100, 300)]
    arrived = {100: 0.02, 200: 0.3, 300: float("inf")}
    ages = picture_ages(lines, arrived.__getitem__, 0.1, 0.5)
    assert ages[0] == pytest.approx(0.1), "the first frame is still there"
    assert ages[19] == pytest.approx(0.29)
    assert ages[20] == pytest.approx(0.25), "the second came, taken at 50 ms"
    assert ages[-1] == pytest.approx(0.44), "the third never comes"


def test_a_look_that_finds_the_picture_right_makes_it_current() -> None:
    lines = [_frame(0, 100), _same(50, 100), _same(100, 100), _frame(150, 200)]
    arrived = {100: 0.01, 200: 1.0}
    ages = picture_ages(lines, arrived.__getitem__, 0.12, 0.3)
    assert ages[0] == pytest.approx(0.02)
    assert ages[-1] == pytest.approx(0.19), "right until the last look before the next frame"


def test_looks_at_a_later_frame_do_not_make_an_earlier_one_current() -> None:
    lines = [_frame(0, 100), _frame(50, 200), _same(100, 200), _same(150, 200)]
    arrived = {100: 0.01, 200: 0.4}
    ages = picture_ages(lines, arrived.__getitem__, 0.2, 0.5)
    assert ages[0] == pytest.approx(0.2)
    assert ages[-1] == pytest.approx(0.49 - 0.15)


def test_before_the_first_frame_the_age_counts_from_the_beginning() -> None:
    ages = picture_ages([_frame(0, 100)], lambda _: float("inf"), 1.0, 1.05)
    assert ages[-1] == pytest.approx(1.04)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60), st.integers(0, 200)), min_size=1))
def test_ages_are_those_of_the_plainest_way_to_find_them(
    steps: list[tuple[bool, int, int]],
) -> None:
    lines, arrivals, now = [_frame(0, 1)], {1: 0}, 0
    for is_frame, pause, transit in steps:
        now += pause
        if is_frame:
            count = len(arrivals) + 1
            lines.append(_frame(now, count))
            arrivals[count] = max(arrivals[count - 1], now + transit)
        else:
            lines.append(_same(now, len(arrivals)))
    ages = picture_ages(lines, lambda count: arrivals[count] / 1e3, 0.0, 0.5)
    for number, age in enumerate(ages):
        sample = number * STEP // MS
        on_screen = max(count for count, at in arrivals.items() if at <= sample)
        right = [line.t // MS for line in lines if line.bytes == on_screen]
        plain = sample - max((at for at in right if at <= sample), default=0)
        assert age == pytest.approx(plain / 1e3)


def test_the_summary_is_in_milliseconds() -> None:
    found = summary([0.1] * 98 + [0.2, 0.3])
    assert (round(found.p50), round(found.most)) == (100, 300)


def test_frames_are_measured_between_two_times_and_looks_cost_nothing() -> None:
    lines = [_frame(0, 9000), _frame(50, 9100), _same(100, 9100), _frame(150, 9400)]
    assert frame_sizes(lines, 0.01, 1.0) == [100, 300]
