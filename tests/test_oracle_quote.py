"""Sizes in quote currency are the exact sums of size times price, as far as they are written."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from feeds.simulate import events
from market.events import Side, Trade
from market.instrument import Instrument
from market.market import Market
from tests.captures import needs_captures
from tests.oracle.footprint import Print
from tests.oracle.prints import recorded
from tests.oracle.quote import by_row, orders, resting, says
from tests.scenes import lines, simulated
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.heat.bookbars import Written, draw_book
from tui.heat.grid import heat_grid, stretch
from tui.heat.scale import HeatScale
from tui.heat.sizes import written_rows
from tui.pane import Pane, Size
from tui.panes.footprint import FootprintPane
from tui.panes.ladder import Ladder
from tui.panes.profile import ProfilePane
from tui.panes.tape import TapePane
from tui.themes import load_look

QUOTE = load_look("dark", ColorDepth.MONO, measure=Measure.QUOTE)
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
Held = tuple[Market, Instrument, Sequence[Print]]
CELL = re.compile(r"([0-9.]+[kMG]?)[ x«»X]+([0-9.]+[kMG]?)")


@cache
def simulation() -> Held:
    market = simulated(7)
    instrument = market.instrument
    assert instrument is not None
    prints = [
        Print(
            event.ts_event,
            instrument.price(instrument.ticks(event.price)),
            instrument.size(instrument.lots(event.size)),
            event.side is Side.BUY,
        )
        for event in events(7, 300.0)
        if isinstance(event, Trade)
    ]
    return market, instrument, prints


@pytest.fixture(
    params=[
        "sim:7",
        pytest.param(("binance_usdm/btcusdt_20240808.jsonl.gz", 6_000), marks=needs_captures),
        pytest.param(("kraken/futures_cf_20210722.jsonl.gz", 6_000), marks=needs_captures),
        pytest.param(("bitfinex/cf_20210405_120s.jsonl.gz", 4_000), marks=needs_captures),
    ],
    ids=["sim", "binance", "kraken", "bitfinex"],
)
def held(request: pytest.FixtureRequest) -> Held:
    """A market, its grids and its trades."""
    if request.param == "sim:7":
        return simulation()
    market, prints = recorded(*request.param)
    assert market.instrument is not None
    return market, market.instrument, prints


def picture(pane: Pane, market: Market, size: Size) -> list[str]:
    found = lines(pane.draw(market, size, QUOTE))
    instrument = market.instrument
    assert instrument is not None
    assert (f"size in {instrument.quote}" if instrument.quote else "size x price") in found[0]
    return found


def test_the_tape_writes_what_each_order_was_worth(held: Held) -> None:
    market, _, prints = held
    worth = orders(prints)
    written = picture(TapePane(), market, Size(50, 60))[3:]
    assert len(written) == 57
    for line, value in zip(written, worth, strict=False):
        found = re.search(r"[▲▼][L ] +[0-9.]+ +([0-9.]+[kMG]?)", line)
        assert found is not None
        assert says(found[1], value)


def test_the_tape_sums_up_what_the_trades_of_its_window_were_worth(held: Held) -> None:
    market, _, prints = held
    late = [one for one in prints if one.ts > market.clock - MINUTE]
    ((sold, bought),) = by_row(late, Decimal(10) ** 12).values()
    line = picture(TapePane(), market, Size(120, 20))[1]
    found = re.search(r"bought ([0-9.]+[kMG]?) .*sold ([0-9.]+[kMG]?) ", line)
    assert found is not None
    assert says(found[1], bought)
    assert says(found[2], sold)


def test_the_profile_writes_what_each_row_was_worth(held: Held) -> None:
    market, instrument, prints = held
    pane, size = ProfilePane(session="all", developing=False, nodes=False), Size(90, 40)
    rows = by_row(prints, instrument.tick_size * (pane.group_shown(market, size) or 0))
    seen = 0
    for line in picture(pane, market, size)[1:-1]:
        sold, bought = rows.get(Decimal(line.split()[0]), (Decimal(0), Decimal(0)))
        if sold != bought:
            volume, delta = line.split()[-2:]
            assert says(volume, sold + bought)
            assert says(delta, bought - sold)
            seen += 1
    assert seen == len(rows)


def test_the_foot_of_the_profile_writes_the_whole_sums(held: Held) -> None:
    market, _, prints = held
    ((sold, bought),) = by_row(prints, Decimal(10) ** 12).values()
    foot = picture(ProfilePane(session="all", composite=False), market, Size(200, 40))[-1]
    found = re.search(r"delta (\S+) .*sold (\S+)  bought (\S+)", foot)
    assert found is not None
    for text, value in zip(found.groups(), (bought - sold, sold, bought), strict=True):
        assert says(text, value)


def test_the_footprint_writes_what_each_cell_was_worth(held: Held) -> None:
    market, instrument, prints = held
    size, pane = Size(60, 40), FootprintPane(bars=1, lookback=0)
    newest = prints[-1].ts // MINUTE
    bar = [one for one in prints if one.ts // MINUTE == newest]
    rows = by_row(bar, instrument.tick_size * (pane.group_shown(market, size) or 0))
    drawn = picture(pane, market, size)
    cells = {
        Decimal(line.split()[0]): (cell[1], cell[2])
        for line in drawn[1:-3]
        if (cell := CELL.search(line, line.index(line.split()[0]) + len(line.split()[0])))
    }
    for edge, worth in rows.items():
        assert all(map(says, cells[edge], worth))
    volume, delta = (line.split()[-1] for line in drawn[-3:-1])
    sold, bought = (sum(side, Decimal(0)) for side in zip(*rows.values(), strict=True))
    assert says(volume, sold + bought)
    assert says(delta, bought - sold)


@pytest.mark.parametrize("content", ["volume", "delta"])
def test_the_footprint_writes_single_numbers_by_their_worth(held: Held, content: str) -> None:
    market, instrument, prints = held
    size, pane = Size(70, 40), FootprintPane(bars=1, lookback=0, content=content)  # type: ignore[arg-type]
    newest = prints[-1].ts // MINUTE
    bar = [one for one in prints if one.ts // MINUTE == newest]
    rows = by_row(bar, instrument.tick_size * (pane.group_shown(market, size) or 0))
    seen = 0
    for line in picture(pane, market, size)[1:-3]:
        edge = Decimal(line.split()[0])
        if edge in rows:
            sold, bought = rows[edge]
            number = re.search(r"([+-]?[0-9.]+[kMG]?)[◄│┐┘▴▾ ]*$", line)
            assert number is not None
            assert says(number[1], bought - sold if content == "delta" else sold + bought)
            seen += 1
    assert seen == len(rows)


def test_the_ladder_writes_what_rests_and_what_traded_by_its_worth(held: Held) -> None:
    market, instrument, prints = held
    size, pane = Size(100, 40), Ladder(depth=False, flow=False, orders=False, bars=False)
    step = instrument.tick_size * (pane.group_shown(market, size) or 0)
    late = [one for one in prints if one.ts > market.clock - 5 * MINUTE]
    rests, traded = resting(market, step), by_row(late, step)
    drawn = lines(pane.draw(market, size, QUOTE))
    head = drawn[1]
    ends = [head.index(word) + len(word) for word in ("bids", "sold 5m", "price", "bought 5m")]
    nothing, seen = (Decimal(0), Decimal(0)), 0
    for line in drawn[2:-1]:
        bids, sold, at, bought, asks = (
            line[begin:end] for begin, end in zip([0, *ends], [*ends, None], strict=True)
        )
        edge = Decimal(at.strip(" ↑↓"))
        worth = (*rests.get(edge, nothing), *traded.get(edge, nothing))
        bought = bought.lstrip("▲▼ ↑↓")
        assert all(map(says, (bids, asks, sold, bought), worth))
        seen += any(worth)
    assert seen > 5


def test_the_heatmap_writes_what_each_row_of_the_book_is_worth(held: Held) -> None:
    market, instrument, _ = held
    columns = stretch(market.clock, None, SECOND, 60)
    grid = heat_grid(market, columns, 30, None, None)
    assert grid is not None
    assert grid.live
    assert market.depth is not None
    rests = resting(market, instrument.price(grid.group))
    view = grid.view(market.depth, columns.last, columns.last + 1)
    bid, ask = written_rows(market, grid, view, Measure.QUOTE)
    unit, canvas = Measure.QUOTE.grid(instrument), Canvas(12, 30, QUOTE)
    written = Written(unit, bid, ask, int((bid + ask).max()))
    draw_book(canvas, Area(0, 0, 12, 30), written, view, HeatScale(np.ones(1, np.int64), 1, 1, 1))
    texts = [line[-5:] if len(line) == 12 else "" for line in lines(canvas)][::-1]
    for cell, text in enumerate(texts):
        edges = [
            instrument.price(grid.axis.low + row * grid.group) for row in (2 * cell, 2 * cell + 1)
        ]
        worth = [sum(rests.get(edge, (Decimal(0), Decimal(0)))) for edge in edges]
        exact = [int(bid[row] + ask[row]) * unit.lot_size for row in (2 * cell, 2 * cell + 1)]
        assert all(abs(one - two) < Decimal("1e-5") for one, two in zip(worth, exact, strict=True))
        assert says(text, sum(exact, Decimal(0)))
    assert any(texts)


def test_cumulative_depth_and_the_past_are_what_each_level_is_worth() -> None:
    market, instrument, _ = simulation()
    size = Size(120, 30)
    step = instrument.tick_size * (Ladder().group_shown(market, size) or 0)
    rests = resting(market, step)
    now = picture(Ladder(flow=False), market, size)
    for line in now[2:-1]:
        at = re.search(r"[ ↑↓](6[0-9]{4}(?:\.[0-9])?) ", line)
        assert at is not None
        edge, text = Decimal(at[1]), line[:7]
        if text.strip():
            below = sum((bid for low, (bid, _) in rests.items() if low >= edge), Decimal(0))
            assert says(text, below)
    # The newest 100 ms of the past are the book of now.
    past = picture(Ladder(flow=False, until=market.clock), market, size)
    assert [line[:40] for line in past[2:-1]] == [line[:40] for line in now[2:-1]]
