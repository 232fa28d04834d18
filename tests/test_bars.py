from collections import defaultdict
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import market.bars
from market.bars import Bar, Bars
from market.basis import Basis, TickBasis, TimeBasis, basis_text, parse_basis
from market.trades import TradeLog
from tests.strategies import Drawn, log_of, trades

BASES: list[Basis] = [TimeBasis(1), TimeBasis(7), TimeBasis(60), TickBasis(1), TickBasis(9)]
bases = st.sampled_from(BASES)


def slow_bars(drawn: Sequence[Drawn], basis: Basis) -> list[Bar]:
    """The simplest thing that could be true: sort each bar's trades and look at them."""
    groups: defaultdict[int, list[Drawn]] = defaultdict(list)
    for sequence, trade in enumerate(drawn):
        if isinstance(basis, TimeBasis):
            groups[trade.ts // basis.interval].append(trade)
        else:
            groups[sequence // basis.trades].append(trade)
    return [slow_bar(key, groups[key], basis) for key in sorted(groups)]


def slow_bar(key: int, members: list[Drawn], basis: Basis) -> Bar:
    start, end = min(t.ts for t in members), max(t.ts for t in members) + 1
    if isinstance(basis, TimeBasis):
        start, end = key * basis.interval, (key + 1) * basis.interval
        members = sorted(members, key=lambda t: t.ts)
    ticks = [t.ticks for t in members]
    buy = sum(t.lots for t in members if t.lots > 0)
    sell = -sum(t.lots for t in members if t.lots < 0)
    return Bar(
        start, end, ticks[0], max(ticks), min(ticks), ticks[-1], buy + sell, buy, sell, len(members)
    )


def fed(drawn: Sequence[Drawn], cuts: Sequence[int], update: Callable[[TradeLog], None]) -> None:
    """Append the trades, with updates wherever the cuts fall and at the end."""
    log = TradeLog()
    for sequence, trade in enumerate(drawn):
        if sequence in cuts:
            update(log)
        log.append(*trade)
    update(log)


@given(trades(), bases, st.lists(st.integers(0, 200)))
def test_bars_are_what_sorting_the_trades_makes_of_them_however_often_they_are_read(
    drawn: list[Drawn], basis: Basis, cuts: list[int]
) -> None:
    bars = Bars(basis)
    fed(drawn, cuts, bars.update)
    assert bars.last(10**6) == slow_bars(drawn, basis)


@given(trades(), bases)
def test_bars_add_up_to_the_trades(drawn: list[Drawn], basis: Basis) -> None:
    bars = Bars(basis)
    bars.update(log_of(drawn))
    shown = bars.last(10**6)
    assert sum(bar.volume for bar in shown) == sum(abs(t.lots) for t in drawn)
    assert sum(bar.delta for bar in shown) == sum(t.lots for t in drawn)
    assert sum(bar.trades for bar in shown) == len(drawn)


@given(trades(), st.sampled_from(BASES[:3]), st.integers(-5, 70), st.integers(-1, 9))
def test_before_is_the_bars_that_start_before(
    drawn: list[Drawn], basis: Basis, end: int, count: int
) -> None:
    bars = Bars(basis)
    bars.update(log_of(drawn))
    earlier = [bar for bar in slow_bars(drawn, basis) if bar.start < end]
    assert bars.before(end, count) == earlier[max(len(earlier) - max(count, 0), 0) :]
    assert bars.last(count) == slow_bars(drawn, basis)[::-1][: max(count, 0)][::-1]


@given(trades(size=60), bases, st.integers(1, 50), st.integers(1, 50))
def test_a_rescaled_log_is_read_anew(
    drawn: list[Drawn], basis: Basis, price: int, size: int
) -> None:
    log, bars = log_of(drawn), Bars(basis)
    bars.update(log)
    log.rescale(price, size)
    bars.update(log)
    scaled = [Drawn(t.ts, t.ticks * price, t.lots * size) for t in drawn]
    assert bars.last(10**6) == slow_bars(scaled, basis)


def test_a_late_trade_goes_to_its_own_bar_and_leaves_the_close_alone() -> None:
    log, bars = TradeLog(), Bars(TimeBasis(10))
    log_of([Drawn(12, 5, 1), Drawn(18, 7, 1), Drawn(25, 6, 1)], log)
    bars.update(log)
    log_of([Drawn(15, 99, -2), Drawn(11, 1, -3)], log)
    bars.update(log)
    first, second = bars.last(2)
    assert (first.open, first.high, first.low, first.close) == (1, 99, 1, 7)
    assert (first.buy, first.sell, first.delta) == (2, 5, -3)
    assert second == Bar(20, 30, 6, 6, 6, 6, 1, 1, 0, 1)


def test_a_bar_that_fell_behind_the_log_begins_again_with_what_is_held() -> None:
    log, bars = TradeLog(8), Bars(TickBasis(3))
    log_of([Drawn(n, n, 1) for n in range(4)], log)
    bars.update(log)
    log_of([Drawn(n, n, 1) for n in range(4, 20)], log)
    bars.update(log)
    drawn = [Drawn(n, n, 1) for n in range(20)]
    whole = [bar for bar in slow_bars(drawn, TickBasis(3)) if bar.start >= log.first]
    assert bars.last(100) == whole


def test_no_more_bars_are_kept_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market.bars, "BARS_KEPT", 5)
    bars = Bars(TimeBasis(1))
    log = log_of([Drawn(n, n, 1) for n in range(12)])
    bars.update(log)
    assert [bar.start for bar in bars.last(100)] == [7, 8, 9, 10, 11]
    log_of([Drawn(3, 1, 1), Drawn(8, 1, 1)], log)  # late: the bar of the first is gone
    bars.update(log)
    assert [(bar.start, bar.trades) for bar in bars.last(3)] == [(9, 1), (10, 1), (11, 1)]
    assert [(bar.start, bar.trades) for bar in bars.last(100)][:2] == [(7, 1), (8, 2)]


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("100ms", TimeBasis(100_000_000)),
        ("250ms", TimeBasis(250_000_000)),
        ("1s", TimeBasis(10**9)),
        ("15m", TimeBasis(900 * 10**9)),
        ("4h", TimeBasis(4 * 3600 * 10**9)),
        ("1d", TimeBasis(86_400 * 10**9)),
        ("100t", TickBasis(100)),
    ],
)
def test_a_timeframe_word_is_read_and_written_back(text: str, basis: Basis) -> None:
    assert parse_basis(text) == basis
    assert basis_text(basis) == text


@pytest.mark.parametrize("text", ["", "m", "0s", "-1m", "1.5m", "1x", "1M", "99999999d", "1 m"])
def test_a_word_that_is_no_timeframe_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"timeframe|longer than"):
        parse_basis(text)


def test_a_basis_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        TimeBasis(0)
    with pytest.raises(ValueError, match="at least one"):
        TickBasis(0)
