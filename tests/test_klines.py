from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import market.klines
from market.bar import Bar
from market.bars import Bars
from market.basis import TickBasis, TimeBasis
from market.cvd import Cvd
from market.events import Kline
from market.gaps import Gap
from market.klines import INTERVALS, Klines, complete
from tests.strategies import INSTRUMENT, Drawn, log_of, price, size

SECOND, MINUTE = 1_000_000_000, 60_000_000_000
NAMES = {length: name for name, length in INTERVALS.items()}


def kline(
    start: int, volume: int = 100, closed: bool = True, split: bool = True, interval: int = MINUTE
) -> Kline:
    """A kline that opens at 10 ticks, reaches 5 and 20 and closes at 15; times in its interval."""
    begin = start * interval
    return Kline(
        instrument="test:X",
        ts_event=None,
        ts_recv=0,
        interval=NAMES[interval],
        start=begin,
        end=begin + interval,
        open=price(10),
        high=price(20),
        low=price(5),
        close=price(15),
        volume=size(volume),
        buy_volume=size(volume // 4) if split else None,
        quote_volume=None,
        trades=7,
        closed=closed,
    )


def stated(start: int, volume: int = 100, length: int = MINUTE) -> Bar:
    buy = volume // 4
    begin = start * length
    return Bar(begin, begin + length, 10, 20, 5, 15, volume, buy, volume - buy, 7)


def shown(
    drawn: Sequence[Drawn],
    kept: Sequence[Kline],
    gaps: Sequence[Gap] = (),
    interval: int = MINUTE,
) -> list[Bar]:
    log, klines = log_of(drawn), Klines()
    for item in kept:
        klines.add(item, INSTRUMENT)

    def bars(length: int) -> Bars:
        made = Bars(TimeBasis(length))
        made.update(log)
        complete(made, klines, gaps, bars)
        return made

    return bars(interval).last(10**6)


def own(minute: float, lots: int = 1, ticks: int = 12) -> Drawn:
    return Drawn(int(minute * MINUTE), ticks, lots)


def test_before_any_trade_the_klines_are_the_bars() -> None:
    assert shown([], [kline(1), kline(2), kline(3, closed=False)]) == [
        stated(1),
        stated(2),
        stated(3),
    ]


def test_bars_from_the_second_on_are_made_of_trades_and_the_earlier_of_klines() -> None:
    bars = shown([own(3.5), own(4.5), own(5.5)], [kline(n) for n in range(1, 7)])
    assert bars[:3] == [stated(1), stated(2), stated(3)]
    assert [bar.volume for bar in bars[3:]] == [1, 1]
    assert [bar.start // MINUTE for bar in bars] == [1, 2, 3, 4, 5]


def test_a_bar_seen_from_its_first_moment_is_made_of_trades() -> None:
    assert [bar.volume for bar in shown([own(3)], [kline(2), kline(3)])] == [100, 1]


def test_an_unfinished_kline_goes_on_with_the_trades_since() -> None:
    bars = shown([own(3.5, ticks=30), own(3.6, ticks=3)], [kline(3, closed=False)])
    assert bars == [stated(3)._replace(high=30, low=3, close=3)]


def test_a_kline_without_the_split_says_so() -> None:
    bar = shown([], [kline(1, split=False)])[0]
    assert (bar.volume, bar.buy, bar.sell, bar.split) == (100, 0, 0, False)
    assert shown([], [kline(0, split=False), kline(1)], interval=2 * MINUTE) == [
        Bar(0, 2 * MINUTE, 10, 20, 5, 15, 200, 0, 0, 14, False)
    ]


def test_after_a_gap_the_one_who_saw_more_is_believed() -> None:
    drawn = [own(0), own(1.5), own(2.5, 200), own(3.5), own(9.5)]
    gap = Gap(int(1.7 * MINUTE), int(2.2 * MINUTE), "lost")
    bars = shown(drawn, [kline(n) for n in range(5)], [gap])
    assert [bar.volume for bar in bars] == [1, 100, 200, 1, 1]


def test_an_unfinished_kline_from_before_a_gap_does_not_fill_it() -> None:
    drawn = [own(0), own(1.2, 90), own(1.9)]
    gap = Gap(int(1.5 * MINUTE), int(1.8 * MINUTE), "lost")

    def doubts(*gaps: Gap, when: float) -> tuple[int, bool]:
        at = int(when * MINUTE)
        kept = replace(kline(1, closed=False), ts_event=at)
        bars, klines = Bars(TimeBasis(MINUTE)), Klines()
        klines.add(kept, INSTRUMENT)
        bars.update(log_of(drawn))
        complete(bars, klines, gaps, lambda length: bars)
        return bars.last(1)[0].volume, Cvd(bars, gaps=gaps).last(1)[0].reliable

    assert doubts(gap, when=1.4) == (91, False)
    assert doubts(gap, when=1.8) == (100, True)
    assert doubts(gap, Gap(int(1.85 * MINUTE), None, "lost"), when=1.9) == (91, False)


def test_a_gap_without_a_single_trade_is_filled_by_klines() -> None:
    gap = Gap(int(1.7 * MINUTE), int(5.2 * MINUTE), "lost")
    bars = shown([own(0), own(1.5), own(9.5)], [kline(n) for n in range(8)], [gap])
    assert [(bar.start // MINUTE, bar.volume) for bar in bars] == [
        (0, 1),
        (1, 100),
        (2, 100),
        (3, 100),
        (4, 100),
        (5, 100),
        (9, 1),
    ]


def test_a_larger_bar_is_put_together_from_klines_before_and_trades_after() -> None:
    drawn = [own(12.5, 5), own(13.5, 3, ticks=40), own(16.0, 2)]
    bars = shown(drawn, [kline(n) for n in range(3, 13)], interval=5 * MINUTE)
    # 3 and 4 lack the beginning of their bar; 12 is a kline still, 13 is trades already.
    assert [(bar.start // MINUTE, bar.volume, bar.high) for bar in bars] == [
        (5, 500, 20),
        (10, 303, 40),
        (15, 2, 12),
    ]
    assert (bars[1].open, bars[1].close) == (10, 40)


def test_a_larger_bar_prefers_the_larger_klines() -> None:
    kept = [kline(n) for n in range(10)] + [kline(n, 7, interval=5 * MINUTE) for n in range(2)]
    assert [bar.volume for bar in shown([], kept, interval=10 * MINUTE)] == [14]
    assert [bar.volume for bar in shown([], kept, interval=3 * MINUTE)] == [300, 300, 300, 100]


def test_a_smaller_bar_asks_no_larger_kline() -> None:
    assert shown([own(3)], [kline(1)], interval=SECOND) == shown([own(3)], [], interval=SECOND)


def test_bars_by_count_have_no_klines() -> None:
    bars, klines = Bars(TickBasis(2)), Klines()
    klines.add(kline(1), INSTRUMENT)
    complete(bars, klines, [], lambda _: bars)
    assert bars.last(5) == []


def test_a_later_statement_replaces_an_earlier_one_but_not_a_closed_one() -> None:
    assert shown([], [kline(1, 5, closed=False), kline(1, 6, closed=False)]) == [stated(1, 6)]
    assert shown([], [kline(1, 7), kline(1, 6, closed=False)]) == [stated(1, 7)]
    assert shown([], [kline(1, 7), kline(1, 8)]) == [stated(1, 8)]


def test_intervals_that_begin_elsewhere_are_left_alone() -> None:
    odd = kline(1)
    assert shown([], [replace(odd, interval="1w")]) == []
    assert shown([], [replace(odd, start=odd.start + 1)]) == []


def test_no_more_klines_are_kept_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market.klines, "BARS_KEPT", 3)
    klines = Klines()
    for n in range(9):
        klines.add(kline(n), INSTRUMENT)
    assert klines.between(MINUTE, 0, 10**18) == [stated(6), stated(7), stated(8)]


@given(
    st.lists(st.builds(own, st.integers(0, 300).map(lambda t: t / 10), st.integers(1, 9))),
    st.sets(st.integers(0, 30)),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=3),
    st.sampled_from([MINUTE, 3 * MINUTE, 5 * MINUTE]),
)
def test_shown_bars_ascend_and_every_span_is_shown_once(
    drawn: list[Drawn], minutes: set[int], holes: list[tuple[int, int]], interval: int
) -> None:
    gaps = [Gap(a * MINUTE, (a + n) * MINUTE, "lost") for a, n in sorted(holes)]
    drawn.sort()
    bars = shown(drawn, [kline(n) for n in minutes], gaps, interval)
    assert all(a.end <= b.start for a, b in pairwise(bars))
    assert all(bar.start % interval == 0 for bar in bars)
    assert {t.ts // interval for t in drawn} <= {bar.start // interval for bar in bars}
