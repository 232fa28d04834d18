"""Findings in quote currency are worth what their prints and levels were, each at its price."""

from collections import defaultdict
from decimal import Decimal

import pytest

from market.detectors.findings import findings
from market.detectors.found import (
    Absorption,
    Iceberg,
    LargeLot,
    PulledWall,
    Sort,
    Sweep,
    sort_of,
    value_of,
)
from market.detectors.marks import marks
from market.events import FeedState, Liquidation, Side
from market.market import Market
from tests.captures import needs_captures
from tests.oracle.prints import recorded
from tests.oracle.quote import says
from tests.scenes import NAME, SECOND, START, lines, listed, simulated, status, traded
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.findings.chart import _table
from tui.findings.words import evidence, lots_of
from tui.pane import Size
from tui.panes.events import EventsPane
from tui.themes import load_look

QUOTE = load_look("dark", ColorDepth.MONO, measure=Measure.QUOTE)


@pytest.fixture(
    params=[
        "sim:7",
        pytest.param(("binance_usdm/btcusdt_20240808.jsonl.gz", 12_000), marks=needs_captures),
        pytest.param(("kraken/futures_cf_20210722.jsonl.gz", 6_000), marks=needs_captures),
    ],
    ids=["sim", "binance", "kraken"],
)
def market(request: pytest.FixtureRequest) -> Market:
    if request.param == "sim:7":
        return simulated()
    return recorded(*request.param)[0]


def test_every_line_writes_what_its_finding_was_worth(market: Market) -> None:
    pane, size = EventsPane(), Size(150, 60)
    shown = lines(pane.draw(market, size, QUOTE))
    grid = market.instrument
    assert grid is not None
    assert (f"size in {grid.quote}" if grid.quote else "size x price") in shown[0]
    every = list(findings(market, pane._rules(grid)).all())[::-1]
    unit = grid.tick_size * grid.lot_size
    for line, found in zip(shown[3:], every, strict=False):
        arrow = max(line.find("▲"), line.find("▼"))
        assert says(line[arrow + 1 :].split()[0], abs(value_of(found)) * unit)
    assert len(every) > 1


def test_numbers_state_the_exact_value_beside_the_size(market: Market) -> None:
    pane, grid = EventsPane(), market.instrument
    assert grid is not None
    told = pane.numbers(market, Size(80, 24))
    unit = grid.tick_size * grid.lot_size
    expected: defaultdict[Sort, list[Decimal]] = defaultdict(list)
    for found in findings(market, pane._rules(grid)).all():
        expected[sort_of(found)].append(abs(value_of(found)) * unit)
    for sort in Sort:
        rows = told[sort.value.replace(" ", "_")]
        assert isinstance(rows, list)
        assert [Decimal(row["quote_size"]) for row in rows] == expected[sort]


def test_levels_are_worth_their_price_and_rows_and_orders_what_they_hold(market: Market) -> None:
    grid = market.instrument
    assert grid is not None
    for found in findings(market).all():
        size, value = abs(found.lots), abs(value_of(found))
        if isinstance(found, Iceberg | Absorption | PulledWall):
            assert value == found.ticks * size
        elif isinstance(found, Sweep | LargeLot):
            far = abs(found.ticks - found.first) if isinstance(found, Sweep) else 200
            assert abs(value - found.ticks * size) <= max(far, 1) * size
        words = " ".join(evidence(grid, found, Measure.QUOTE))
        assert words
        assert lots_of(grid, found, Measure.BASE) == found.lots


def test_a_sweep_and_a_burst_are_the_sums_of_their_orders() -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    prices = [100.0 + n / 2 for n in range(9)]
    traded(market, [(1.0, 90.0, -1.0), *((2.0, price, 1.5) for price in prices), (9.0, 90.0, -1.0)])
    for n, price in enumerate((80.0, 79.0, 78.5)):
        at = START + n * SECOND
        market.apply(Liquidation(NAME, at, at, price, 2.0, Side.SELL))
    told = EventsPane().numbers(market, Size(80, 24))
    sweeps, bursts = told["sweep"], told["liquidations"]
    assert isinstance(sweeps, list)
    assert isinstance(bursts, list)
    assert Decimal(sweeps[0]["quote_size"]) == sum(Decimal("1.5") * Decimal(p) for p in prices)
    assert Decimal(bursts[0]["quote_size"]) == Decimal(2) * Decimal("237.5")


def test_the_sums_beside_the_chart_are_those_of_the_values() -> None:
    market = simulated()
    grid = market.instrument
    assert grid is not None
    found = marks(market, 0, market.clock + SECOND)
    sums: defaultdict[tuple[Sort, bool], Decimal] = defaultdict(Decimal)
    for mark in found:
        value = abs(value_of(mark.finding)) * grid.tick_size * grid.lot_size
        sums[sort_of(mark.finding), mark.finding.lots > 0] += value
    shown = lines(_table(QUOTE, (80, 2 + len(Sort)), grid, tuple(found), "5m"))
    for sort, line in zip(Sort, shown[2:], strict=True):
        written = iter(line.partition(f"possible {sort}")[2].split())
        for bought in (True, False):
            if next(written) != "-":
                assert says(next(written), sums[sort, bought])
            else:
                assert not sums[sort, bought]
    assert len(sums) > 8


def test_what_a_large_lot_is_above_stays_a_size_with_its_unit() -> None:
    market = simulated()
    grid = market.instrument
    assert grid is not None
    large = [one for one in findings(market).all() if isinstance(one, LargeLot)]
    assert evidence(grid, large[-1], Measure.QUOTE)[-1].endswith(" BTC")
    assert not evidence(grid, large[-1])[-1].endswith(" BTC")
