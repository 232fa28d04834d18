"""Comparison: lines from a common beginning, and two markets against another."""

import json
from decimal import Decimal
from functools import lru_cache

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulate import events
from market.correlation import closes, rolling_correlation
from market.market import Market
from tests.oracle import correlation as oracle
from tests.scenes import NAME, SECOND, START, lines, listed, simulated, sizes, traded
from tests.shell import FakeShell
from tui.desk.monitor import Monitor
from tui.drawing.lines import MOST
from tui.drawing.look import ColorDepth
from tui.export import text
from tui.keys import actions
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.panes.comparison import Comparison
from tui.scope import Scope, draw_pane, pane_numbers
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look

MINUTE = 60 * SECOND
LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)


@lru_cache(maxsize=1)
def scope() -> Scope:
    markets = tuple(simulated(seed) for seed in (7, 8, 9))
    return Scope(markets[0], markets)


@pytest.mark.parametrize(
    ("known", "column"), [(60, "5s"), (599, "5s"), (700, "15s"), (3000, "30s"), (3700, "1m")]
)
def test_columns_are_short_while_little_is_known(known: int, column: str) -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(0, 100.0, 1), (known, 101.0, 1)])
    assert Comparison().timeframe_shown(market) == column
    assert Comparison(timeframe="1h").timeframe_shown(market) == "1h"
    picture = lines(Comparison().draw(market, Size(80, 20), LOOK))
    assert f"{column} a column" in picture[0]


def test_a_market_without_trades_has_columns_of_a_minute() -> None:
    assert Comparison().timeframe_shown(Market(NAME)) == "1m"


def test_numbers_are_those_of_the_definitions() -> None:
    told = json.loads(msgspec.json.encode(Comparison().numbers_all(scope(), Size(80, 24))))
    prices: dict[str, dict[int, Decimal]] = {}
    for seed in (7, 8, 9):
        rows = told["lines"][f"sim:{seed}"]
        first, last = (rows[at]["start"] // MINUTE for at in (0, -1))
        wanted = oracle.minute_closes(events(seed, 300.0), first, last + 1)
        prices[f"sim:{seed}"] = wanted
        base = wanted[first]
        for row in rows:
            close = wanted[row["start"] // MINUTE]
            assert Decimal(row["close"]) == close
            assert float(row["percent"]) == pytest.approx(float(100 * (close - base) / base))
    pair = told["pairs"]["sim:7"]["sim:8"]
    one, two = prices["sim:7"], prices["sim:8"]
    assert len(pair) == 71
    for at, row in enumerate(pair):
        number = row["start"] // MINUTE
        assert Decimal(row["spread"]) == one[number] - two[number]
        assert float(row["ratio"]) == pytest.approx(float(one[number] / two[number]), rel=1e-11)
        if at < 30:
            assert row["correlation"] is None
        else:
            span = range(number - 30, number + 1)
            r = oracle.pearson([one[n] for n in span], [two[n] for n in span])
            assert r is not None
            assert float(row["correlation"]) == pytest.approx(float(r), abs=1e-9)


@given(st.lists(st.integers(1, 10**6), min_size=12, max_size=40), st.integers(2, 1000))
def test_a_price_goes_with_itself_and_with_its_multiples(prices: list[int], times: int) -> None:
    one = np.array(prices, np.float64)
    found = rolling_correlation(one, one * times, 10)
    known = found[~np.isnan(found)]
    assert known == pytest.approx(np.ones(len(known)), abs=1e-6)
    turned = rolling_correlation(one, 1e9 / one, 10)
    assert turned[~np.isnan(turned)] == pytest.approx(-np.ones(len(known)), abs=1e-6)


def test_nothing_is_said_of_a_price_that_stood_still_or_is_not_known() -> None:
    moving, still = np.arange(1.0, 41.0), np.full(40, 7.0)
    assert np.isnan(rolling_correlation(moving, still, 10)).all()
    assert np.isnan(rolling_correlation(moving, moving, 9)).all(), "too few"
    late = moving.copy()
    late[:5] = np.nan
    found = rolling_correlation(moving, late, 10)
    assert np.isnan(found[:15]).all()
    assert not np.isnan(found[15:]).any()


def test_intervals_without_trades_repeat_the_price_before() -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(1, 100.0, 1.0), (4.5, 101.0, 1.0)])
    found = closes(market, SECOND, START // SECOND, START // SECOND + 6)
    assert found is not None
    assert found.begin == 1
    assert found.ticks[1:].tolist() == [200, 200, 200, 202, 202]
    assert closes(market, SECOND, START // SECOND - 9, START // SECOND) is None


def test_a_line_begins_at_zero_where_its_first_price_is() -> None:
    told = Comparison(timeframe="1s").numbers_all(scope(), Size(60, 20))
    found = told["lines"]
    assert isinstance(found, dict)
    assert all(rows[0]["percent"] == "0" for rows in found.values())


@pytest.mark.parametrize("depth", ColorDepth)
@pytest.mark.parametrize("line", ["block", "braille"])
def test_every_size_and_depth_shows_several_markets(depth: ColorDepth, line: str) -> None:
    pane = Comparison(line="braille" if line == "braille" else "block")
    look = load_look("dark", depth)
    for size in [*sizes()[::7], Size(80, 24), Size(120, 40), Size(200, 50)]:
        canvas = draw_pane(pane, scope(), size, look)
        assert (canvas.width, canvas.height) == size


def test_every_market_has_its_glyph_in_the_legend_and_at_the_end_of_its_line() -> None:
    shown = lines(Comparison().draw_all(scope(), Size(100, 30), MONO))
    legend, rest = shown[1], "\n".join(shown[2:])
    for glyph, seed in zip("●■▲", (7, 8, 9), strict=True):
        assert f"{glyph} sim:{seed} " in legend
        change = legend.partition(f"sim:{seed} ")[2].split()[0]
        assert f"{glyph}{change}" in rest
    assert "spread sim:7 - sim:8 = " in rest
    assert "ratio sim:7 / sim:8 = " in rest
    assert "correlation of the last 30 changes: " in rest


def test_the_pair_is_the_one_named() -> None:
    pane = Comparison(one="sim:9", two="sim:7")
    assert "spread sim:9 - sim:7" in "".join(lines(pane.draw_all(scope(), Size(100, 30), MONO)))
    told = Comparison(one="sim:8").numbers_all(scope(), Size(80, 24))["pairs"]
    assert isinstance(told, dict)
    assert list(told) == ["sim:8"]
    assert list(told["sim:8"]) == ["sim:7"]
    assert Comparison(one="sim:1").numbers_all(scope(), Size(80, 24))["pairs"] == {}


def test_a_key_sets_the_next_market_against_the_first() -> None:
    pane, pairs = Comparison(), []
    for _ in range(4):
        pairs.append(next(iter(pane.numbers_all(scope(), Size(80, 24))["pairs"].items())))  # type: ignore[attr-defined]  # of objects
        pane = pane.paired_next(scope())
    assert [(one, *two) for one, two in pairs] == [
        ("sim:7", "sim:8"),
        ("sim:7", "sim:9"),
        ("sim:7", "sim:8"),
        ("sim:7", "sim:9"),
    ]
    assert Comparison().paired_next(Scope.of(simulated())) == Comparison()


def test_a_market_is_never_set_against_itself_and_one_that_is_missing_is_named() -> None:
    turned = Scope(scope().markets[1], scope().markets)
    pairs = Comparison(two="sim:8").numbers_all(turned, Size(80, 24))["pairs"]
    assert isinstance(pairs, dict)
    assert [(one, *two) for one, two in pairs.items()] == [("sim:8", "sim:7")]
    title = lines(Comparison(one="okx:X").draw_all(scope(), Size(100, 30), MONO))[0]
    assert "okx:X is not watched" in title
    alone = lines(Comparison().draw(simulated(), Size(100, 30), MONO))[0]
    assert "/ adds a market to compare" in alone


def test_another_simulated_market_is_added_and_set_against_the_first_by_keys() -> None:
    monitor = Monitor(
        Launch(Demo(7), pane="comparison"), FrameClock(Governor(10)), FakeShell(), tip=False
    )
    monitor.session.markets.apply(events(7, 5.0))

    def press(*keys: str) -> None:
        for key in keys:
            command = monitor.press(key, key if len(key) == 1 else None)
            if command is not None:
                actions.run(monitor, command)

    press("V")
    assert "/ adds another" in monitor.footnote
    press("slash", *"8", "enter")
    assert monitor.session.opening == Demo(7, (8,))
    assert monitor.desk.instrument == "sim:8"
    for seed in (7, 8):
        monitor.session.markets.apply(events(seed, 5.0))
    press("V")
    assert monitor.desk.pane == Comparison(two="sim:7")


def test_one_market_alone_has_no_pair_and_a_crowd_is_cut() -> None:
    alone = Scope.of(simulated())
    assert pane_numbers(Comparison(), alone, Size(80, 24))["pairs"] == {}
    crowd = Scope(simulated(), (simulated(), *(simulated(8) for _ in range(MOST + 3))))
    assert "spread" in text(Comparison().draw_all(crowd, Size(120, 40), MONO))


def test_a_market_without_trades_is_left_out() -> None:
    told = pane_numbers(Comparison(), Scope(Market(NAME), (simulated(),)), Size(80, 24))
    assert isinstance(told["lines"], dict)
    assert list(told["lines"]) == ["sim:7"]
    canvas = Comparison().draw_all(
        Scope(simulated(), (simulated(), Market(NAME))), Size(100, 30), MONO
    )
    assert f"{NAME} has no trades here" in lines(canvas)[0]


def test_only_time_can_be_compared_over() -> None:
    canvas = Comparison(timeframe="100t").draw_all(scope(), Size(80, 24), LOOK)
    assert "compared over time" in "".join(lines(canvas))
    with pytest.raises(ValueError, match="window"):
        Comparison(window=9)
