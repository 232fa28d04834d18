"""Renko bricks and bars of delta: what trades make of them, and how they are shown."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import market.bars
import market.cuts
from market.bar import Bar
from market.bars import Bars
from market.basis import DeltaBasis, RenkoBasis, VolumeBasis
from market.cuts import cuts
from market.cvd import Anchor
from market.market import Market
from market.trades import TradeLog
from market.vwap import vwap
from tests.captures import needs_captures
from tests.oracle import bars as oracle
from tests.oracle.footprint import Print, rows_of
from tests.oracle.prints import SESSIONS, recorded
from tests.scenes import lines, market_of, simulated
from tests.strategies import Drawn, log_of, trades
from tests.test_bars import slow_bars
from tui.candle.tag import left_words
from tui.drawing.look import ColorDepth
from tui.keys.adjust import longer
from tui.pane import Size, stretch_within
from tui.panes.candles import Candles
from tui.panes.footprint import FootprintPane
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
SIZE = Size(120, 40)
BRICK = 10


def made(prices: Sequence[int], size: int = BRICK) -> list[Bar]:
    bars = Bars(RenkoBasis(size))
    bars.update(log_of([Drawn(10 * n, price, 1) for n, price in enumerate(prices)]))
    return bars.last(10**6)


def bodies(bars: Sequence[Bar]) -> list[tuple[int, int]]:
    return [(bar.open, bar.close) for bar in bars]


def test_a_brick_is_over_a_whole_brick_on_and_two_the_other_way() -> None:
    assert bodies(made([103, 109])) == [(100, 109)]
    assert bodies(made([103, 110])) == [(100, 110), (110, 110)]
    # 100 is the brick's own bottom, and one tick above 90 is not yet two bricks.
    assert bodies(made([103, 110, 100, 91])) == [(100, 110), (110, 91)]
    assert bodies(made([103, 110, 90])) == [(100, 110), (100, 90), (90, 90)]
    assert bodies(made([103, 110, 91, 120])) == [(100, 110), (110, 120), (120, 120)]
    # Against the first line it takes one: nothing went before.
    assert bodies(made([103, 90])) == [(100, 90), (90, 90)]


def test_the_trade_that_ends_a_brick_is_the_next_ones_first_and_wicks_are_kept() -> None:
    first, second, forming = made([103, 97, 110, 118, 104, 121])
    assert (first.low, first.high, first.trades) == (97, 110, 2)
    assert (second.low, second.high, second.trades) == (104, 120, 3)
    assert forming.trades == 1
    assert (forming.low, forming.high) == (120, 121)


def test_a_leap_makes_bricks_without_trades_at_its_own_time() -> None:
    bars = made([103, 137, 96])
    assert bodies(bars) == [(100, 110), (110, 120), (120, 130), (120, 110), (110, 100), (100, 96)]
    assert [bar.trades for bar in bars] == [1, 0, 0, 1, 0, 1]
    assert [bar.start for bar in bars] == [0, 10, 10, 10, 20, 20]
    assert [bar.volume for bar in bars] == [1, 0, 0, 1, 0, 1]
    assert (bars[3].low, bars[3].high) == (110, 137)


@pytest.mark.parametrize("chunk", [3, 200])
def test_bricks_read_stretch_by_stretch_are_those_read_at_once(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market.bars, "CHUNK", chunk)
    drawn = [Drawn(n, n * n % 97 * (1 + n % 7), 1 + n % 40) for n in range(900)]
    for size in (20, 50, 400):
        bars = Bars(RenkoBasis(size))
        bars.update(log_of(drawn))
        assert bars.last(10**6) == slow_bars(drawn, bars.basis)


@given(trades(), st.integers(1, 12))
def test_bricks_stand_side_by_side_on_the_grid_and_part_the_trades(
    drawn: list[Drawn], size: int
) -> None:
    bars = Bars(RenkoBasis(size))
    bars.update(log_of(drawn))
    shown = bars.last(10**6)
    over = shown[:-1]
    assert all(bar.open % size == 0 and abs(bar.close - bar.open) == size for bar in over)
    for before, bar in pairwise(over):
        assert bar.open in (before.close, before.open)
        same = (bar.close - bar.open) == (before.close - before.open)
        assert (bar.open == before.close) == same
    assert sum(bar.volume for bar in shown) == sum(abs(t.lots) for t in drawn)
    assert sum(bar.delta for bar in shown) == sum(t.lots for t in drawn)
    assert sum(bar.trades for bar in shown) == len(drawn)


@given(trades(), st.integers(1, 4 * 10**9))
def test_sides_differ_by_so_much_in_all_bars_but_the_last_and_by_less_before_their_last_trade(
    drawn: list[Drawn], lots: int
) -> None:
    log, basis = log_of(drawn), DeltaBasis(Decimal(1), lots)
    bars = Bars(basis)
    bars.update(log)
    assert all(abs(bar.delta) >= lots for bar in bars.last(10**6)[:-1])
    at = 0
    for bar in bars.last(10**6):
        sums = np.cumsum([t.lots for t in drawn[at : at + bar.trades]])
        assert (np.abs(sums[:-1]) < lots).all()
        at += bar.trades
    assert at == len(drawn)


@pytest.mark.parametrize("chunk", [7, 64, 1000])
def test_of_more_bricks_than_anybody_keeps_the_newest_are_right(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name, value in (
        (market.cuts, "BARS_KEPT", 5),
        (market.bars, "BARS_KEPT", 5),
        (market.cuts, "_TRIED", 30),
        (market.cuts, "_CHUNK", chunk),
        (market.bars, "CHUNK", chunk + 2),
    ):
        monkeypatch.setattr(place, name, value)
    drawn = [Drawn(n, n * n % 97 * (1 + n % 7), 1 + n % 40) for n in range(300)]
    basis, log, late, often = RenkoBasis(3), TradeLog(), Bars(RenkoBasis(3)), Bars(RenkoBasis(3))
    expected = slow_bars(drawn, basis)
    for number, trade in enumerate(drawn):
        log.append(*trade)
        often.update(log)
        if number % 90 == 0:
            late.update(log)
    late.update(log)
    anew = Bars(basis)
    anew.update(log)
    for bars in (anew, late, often):
        assert bars.last(5) == expected[-5:]
    assert len(cuts(log, basis).bricks(0).begins) <= 4 * 5


def test_one_leap_over_a_million_bricks_costs_no_more_than_those_kept() -> None:
    log = log_of([Drawn(0, 5, 1), Drawn(1, 10**9, 1), Drawn(2, 10**9 + 4, 1)])
    bars = Bars(RenkoBasis(1))
    bars.update(log)
    top = 10**9
    edges = [(top + n, top + n + 1) for n in range(-1, 4)]
    assert bodies(bars.last(6)) == [*edges, (top + 4, top + 4)]
    assert len(bars.last(10**6)) == market.cuts.BARS_KEPT


def test_sums_go_on_over_bricks_without_trades() -> None:
    market = market_of([(0, 100.0, 1), (1, 107.5, -3), (2, 107.0, 2)])
    basis = RenkoBasis(4)
    shown = market.bars(basis).last(9)
    assert [bar.trades for bar in shown] == [1, 0, 0, 2]
    assert [point.value for point in market.cvd(basis).last(9)] == [1000, 1000, 1000, 0]
    spreads = vwap(market.trades, market.bars(basis).basis, Anchor.NONE).at(np.arange(4))
    assert [spread and spread.mean for spread in spreads[:3]] == [200.0] * 3
    assert [bar.bar for bar in market.footprint(basis, 1).last(9)] == shown
    assert stretch_within(market, basis, None) == (1, 3)


def numbers(pane: Candles | FootprintPane, market: Market) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pane.numbers(market, SIZE)["bars"]  # type: ignore[assignment]
    return found


def compare(market: Market, prints: Sequence[Print], ticks: int, volume: Decimal) -> None:
    """Hold candles and footprints of bricks and of delta against the oracle."""
    assert market.instrument is not None
    tick = market.instrument.tick_size
    bricks = oracle.bricks([one.price for one in prints], tick * ticks)
    word = f"{ticks}b"
    candles = numbers(Candles(timeframe=word), market)
    cells = numbers(FootprintPane(timeframe=word, grouping=1), market)
    assert len(bricks) == len(candles) == len(cells)
    delta = Decimal(0)
    for brick, candle, bar in zip(bricks, candles, cells, strict=True):
        held = [prints[n] for n in brick.trades]
        reached = [brick.open, brick.close, *(one.price for one in held)]
        edges = [brick.open, max(reached), min(reached), brick.close]
        assert [Decimal(candle[n]) for n in ("open", "high", "low", "close")] == edges
        assert Decimal(candle["volume"]) == sum(one.size for one in held)
        delta += sum(one.size if one.bought else -one.size for one in held)
        assert Decimal(candle["cvd"]) == delta
        assert candle["trades"] == bar["trades"] == len(held)
        assert cells_of(bar) == (rows_of(held, tick) if held else {})
    found = numbers(FootprintPane(timeframe=f"{volume}n", grouping=1), market)
    expected = oracle.bars_by_delta(prints, volume)
    assert [cells_of(bar) for bar in found] == [rows_of(bar, tick) for bar in expected]


def cells_of(bar: dict[str, Any]) -> dict[Decimal, tuple[Decimal, Decimal, int]]:
    return {
        Decimal(cell["price"]): (Decimal(cell["sell"]), Decimal(cell["buy"]), cell["trades"])
        for cell in bar["cells"]
    }


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 400).map(lambda tenths: tenths / 10),
            st.integers(170, 230).map(lambda half: half / 2),
            st.sampled_from([-3, -1, 1, 2, 9]).map(float),
        ),
        min_size=1,
        max_size=60,
    ).map(sorted),
    st.sampled_from([1, 3, 10]),
)
def test_drawn_bars_are_those_that_the_definitions_make(
    drawn: list[tuple[float, float, float]], ticks: int
) -> None:
    market = market_of(drawn)
    prints = [
        Print(round(after * 10**9), Decimal(str(price)), abs(Decimal(str(size))), size > 0)
        for after, price, size in drawn
    ]
    compare(market, prints, ticks, Decimal(4))


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS)
def test_recorded_bars_are_those_that_the_definitions_make(path: str, count: int) -> None:
    market, prints = recorded(path, count)
    assert market.instrument is not None
    prices = [one.price for one in prints]
    span = (max(prices) - min(prices)) / market.instrument.tick_size
    total = sum((one.size for one in prints), Decimal(0))
    volume = max(total / 40, market.instrument.lot_size).quantize(Decimal("0.001"))
    compare(market, prints, max(1, int(span / 12)), max(volume, Decimal("0.001")))


@pytest.mark.parametrize("word", ["20b", "5n"])
def test_simulated_bars_are_those_that_the_definitions_make(word: str) -> None:
    market = simulated(7)
    assert market.instrument is not None
    at, log = market.instrument, market.trades.last(10**7)
    prints = [
        Print(ts, at.price(ticks), at.size(abs(lots)), lots > 0)
        for ts, ticks, lots in zip(*(column.tolist() for column in log), strict=True)
    ]
    compare(market, prints, 20 if word == "20b" else 3, Decimal(5))


def test_a_title_says_where_a_brick_ends_and_the_tag_how_near_it_is() -> None:
    market = market_of([(0, 100.0, 1), (1, 105.5, 1), (2, 104.0, 1)])
    pane = Candles(timeframe="10b")
    assert "next below 95.0, above 110.0" in lines(pane.draw(market, SIZE, LOOK))[0]
    assert tag_of(pane, market) == "10 %"
    back = replace(pane, until=market.clock)
    assert "next below" not in lines(back.draw(market, SIZE, LOOK))[0]
    first = market_of([(0, 102.0, 1)])
    assert "next below 95.0, above 105.0" in lines(pane.draw(first, SIZE, LOOK))[0]
    assert tag_of(pane, first) == "40 %"


def test_a_title_says_how_much_of_its_delta_a_bar_has_and_the_tag_which_part() -> None:
    market = market_of([(0, 100.0, 1), (1, 105.5, -4), (2, 104.0, 1)])
    pane = Candles(timeframe="8n")
    assert "delta -2.000 of 8 BTC" in lines(pane.draw(market, SIZE, LOOK))[0]
    assert tag_of(pane, market) == "25 %"


def tag_of(pane: Candles, market: Market) -> str:
    chart = pane._chart(market, SIZE)
    assert chart is not None
    return left_words(market, chart, None, 9)


def test_a_footprint_says_which_bricks_have_no_trades() -> None:
    market = market_of([(0, 100.0, 1), (1, 118.0, 1), (2, 104.0, 1)])
    drawn = "\n".join(lines(FootprintPane(timeframe="10b").draw(market, SIZE, LOOK)))
    assert drawn.count("no trades") == 2
    sums = replace(FootprintPane(timeframe="10b", grouping=5), sums="all")
    for content in ("sides", "volume", "delta", "trades", "profile", "table"):
        for width in (20, 40, 120):
            replace(sums, content=content).draw(market, Size(width, 30), LOOK)


def test_the_crosshair_stops_at_every_brick_of_a_leap() -> None:
    market = market_of([(0, 100.0, 1), (1, 130.0, 1), (2, 131.0, 1)])
    pane = Candles(timeframe="10b").cross_moved(market, SIZE, 0, 0)
    seen = []
    for _ in range(7):
        seen.append(lines(pane.draw(market, SIZE, LOOK))[1].split(" O ")[1].split()[0])
        pane = pane.cross_moved(market, SIZE, -1, 0)
    assert seen == ["130.0", "125.0", "120.0", "115.0", "110.0", "105.0", "100.0"]
    for _ in range(7):
        pane = pane.cross_moved(market, SIZE, 1, 0)
    assert " O 130.0 " in lines(pane.draw(market, SIZE, LOOK))[1]
    assert "no trades" in lines(pane.cross_moved(market, SIZE, -2, 0).draw(market, SIZE, LOOK))[1]


def test_keys_step_through_bricks_and_deltas() -> None:
    pane = Candles(timeframe="20b")
    assert longer(pane).timeframe == "50b"
    assert longer(pane, -1).timeframe == "10b"
    assert longer(Candles(timeframe="30n")).timeframe == "50n"


def test_bars_of_a_volume_and_of_a_delta_are_kept_apart() -> None:
    market = market_of([(0, 100.0, 1), (1, 105.5, -1), (2, 104.0, 1)])
    by_volume, by_delta = VolumeBasis(Decimal(1)), DeltaBasis(Decimal(1))
    assert len(market.bars(by_volume).last(9)) == len(market.bars(by_delta).last(9)) == 3
    assert len(market.bars(DeltaBasis(Decimal(2))).last(9)) == 1
