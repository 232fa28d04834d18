"""A bar is over when the next has begun."""

from msgspec.structs import replace

from feeds.lastbars import LastBars
from market.events import Kline

FIRST = Kline("venue:A", 0, 0, "1m", 0, 60, 1.0, 2.0, 1.0, 2.0, 5.0, None, None, None, False)


def test_a_bar_is_over_when_the_next_has_begun() -> None:
    bars = LastBars()
    later = replace(FIRST, start=60, end=120)
    assert bars.follow(FIRST, 1) == (FIRST,)
    assert bars.follow(FIRST, 2) == (FIRST,)
    assert bars.follow(later, 3) == (replace(FIRST, ts_recv=3, closed=True), later)
    assert bars.follow(FIRST, 4) == ()


def test_a_bar_that_was_said_to_be_over_is_not_said_again() -> None:
    bars = LastBars()
    over, later = replace(FIRST, closed=True), replace(FIRST, start=60, end=120)
    assert bars.follow(over, 1) == (over,)
    assert bars.follow(later, 2) == (later,)


def test_bars_of_other_markets_and_intervals_do_not_end_one() -> None:
    bars = LastBars()
    bars.follow(FIRST, 1)
    for other in (replace(FIRST, instrument="venue:B", start=60), replace(FIRST, interval="5m")):
        assert bars.follow(other, 2) == (other,)
