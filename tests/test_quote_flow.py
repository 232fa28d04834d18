"""The flow pane in quote currency: sums of the book and of trades, level by level, by trade."""

import re
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from statistics import fmean, pstdev

import pytest

from feeds import replay
from feeds.simulate import events as simulated_events
from market.events import Event, Side, Trade
from market.flow import book_now
from market.flowreport import FlowSettings, book_intervals, flow_report
from market.market import Market
from market.worth import unit_of, worth_of
from tests.captures import CAPTURES, needs_captures
from tests.lots import in_lots
from tests.oracle import flow as oracle
from tests.oracle.quote import says
from tests.scenes import lines, simulated
from tests.test_oracle_flow import SESSIONS, market_of
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.pane import Size
from tui.panes.flow import FlowPane
from tui.themes import load_look

SECOND = 1_000_000_000
QUOTE = load_look("dark", ColorDepth.MONO, measure=Measure.QUOTE)
SIZE = Size(120, 40)
LINEAR = [path for path in SESSIONS if not path.startswith(("bitmex", "deribit"))]


def settings_of(market: Market) -> FlowSettings:
    assert market.instrument is not None
    return FlowSettings(SECOND, 5, Fraction(10), 30, 50, 200, worth_of(market.instrument))


def compare_books(market: Market, events: Sequence[Event]) -> int:
    """How many intervals were compared with sums over the levels of a plain book."""
    grid, settings = market.instrument, settings_of(market)
    assert grid is not None
    unit, rounded = unit_of(grid), worth_of(grid) > 1
    expected = {}
    for boundary, bids, asks in oracle.boundaries(events):
        quotes = oracle.best(bids, asks)
        if boundary % SECOND == 0 and quotes is not None:
            worth = [{p: p * size for p, size in side.items()} for side in (bids, asks)]
            expected[boundary // SECOND - 1] = oracle.sums(
                worth[0], worth[1], quotes, settings.levels, Decimal(10)
            )
    stop = market.clock // SECOND
    rows = [row for row in book_intervals(market, settings, stop - 200, stop) if row is not None]
    for row in rows:
        for found, wanted in zip(
            (row.near_worth, row.within_worth), expected[row.number], strict=True
        ):
            for value, exact in zip(found, wanted, strict=True):
                assert abs(value * unit - exact) <= 2000 * unit * rounded
    return len(rows)


def compare_trades(market: Market, events: Sequence[Event]) -> None:
    grid, settings = market.instrument, settings_of(market)
    assert grid is not None
    report = flow_report(market, settings, None)
    assert report is not None
    assert report.worth is not None
    worth, count = defaultdict[int, Decimal](Decimal), defaultdict[int, int](int)
    signed = defaultdict[int, Decimal](Decimal)
    for one in events:
        if isinstance(one, Trade):
            price = grid.price(grid.ticks(one.price))
            value = price * grid.size(in_lots(market, one.size, one.price))
            number = one.ts_event // SECOND
            worth[number] += value
            signed[number] += value if one.side is Side.BUY else -value
            count[number] += 1
    unit, rounded = unit_of(grid), worth_of(grid) > 1
    for at, (delta, volume) in enumerate(
        zip(report.worth.signed.tolist(), report.worth.volume.tolist(), strict=True)
    ):
        number = report.beats.first + at
        room = count[number] * unit * rounded
        assert abs(volume * unit - worth[number]) <= room
        assert abs(delta * unit - signed[number]) <= room
    speed = report.worth.speed
    if speed is not None and speed.z is not None:
        before = report.worth.volume[-31:-1].tolist()
        z = (report.worth.volume[-1] - fmean(before)) / pstdev(before)
        assert speed.z == pytest.approx(float(z), rel=1e-9)


def test_the_simulation_is_worth_what_its_levels_and_trades_are() -> None:
    events = list(simulated_events(7, 60.0))
    market = market_of(events)
    assert compare_books(market, events) > 50
    compare_trades(market, events)


@needs_captures
@pytest.mark.parametrize("path", SESSIONS)
def test_recorded_sessions_are_worth_what_their_levels_and_trades_are(path: str) -> None:
    name = SESSIONS[path]
    events = [event for event in replay.events(CAPTURES / path) if event.instrument == name]
    market = market_of(events)
    if len(market.trades):
        compare_trades(market, events)
    if path in LINEAR:
        compare_books(market, events)


def test_the_book_of_now_is_worth_what_its_levels_are() -> None:
    market = simulated()
    grid, book = market.instrument, market.book
    assert grid is not None
    assert book is not None
    found = book_now(book, 7, Fraction(10), worth_of(grid))
    assert found is not None
    assert found.touch is not None
    bids, asks = book.top(1_000_000)
    middle = Fraction(found.touch.bid + found.touch.ask, 2)
    for side, levels in enumerate((bids, asks)):
        near = sum(level.ticks * level.lots for level in levels[:7])
        within = sum(
            level.ticks * level.lots
            for level in levels
            if abs(level.ticks - middle) <= middle * Fraction(10, 10_000)
        )
        assert (found.near_worth[side], found.within_worth[side]) == (near, within)
    plain = book_now(book, 7, Fraction(10))
    assert plain is not None
    assert plain == found._replace(near_worth=(0, 0), within_worth=(0, 0))


def test_the_picture_writes_values_and_says_what_stays_in_base() -> None:
    market = simulated()
    grid, pane = market.instrument, FlowPane()
    assert grid is not None
    shown = lines(pane.draw(market, SIZE, QUOTE))
    assert "size in USDT" in shown[0]
    told = pane.numbers(market, SIZE)
    measures, intervals = told["measures"], told["intervals"]
    assert isinstance(measures, dict)
    assert isinstance(intervals, list)
    assert measures["quote_volume"] == intervals[-1]["quote_volume"]
    speed = next(line for line in shown if "speed, volume" in line)
    assert says(speed.split()[3], Decimal(measures["quote_volume"]))
    assert "USDT z" in speed
    best = next(line for line in shown if "queue imbalance" in line)
    sizes = re.search(r"(\S+) : (\S+) USDT", best)
    assert sizes is not None
    now = told["now"]
    assert isinstance(now, dict)
    for text, side in zip(sizes.groups(), ("bid", "ask"), strict=True):
        assert says(text, Decimal(now[side]) * Decimal(now[f"{side}_size"]))
    assert "BTC beta" in next(line for line in shown if line.startswith(" OFI"))
    assert "50 BTC" in next(line for line in shown if "VPIN" in line)


def test_shares_and_other_measures_are_those_of_sizes() -> None:
    market, base = simulated(), load_look("dark", ColorDepth.MONO)
    for one, other in zip(
        lines(FlowPane().draw(market, SIZE, base)),
        lines(FlowPane().draw(market, SIZE, QUOTE)),
        strict=True,
    ):
        if one.startswith((" OBI", " queue", " weighted", " OFI", " Kyle", " true")):
            assert one[:28] == other[:28]
            assert one[58:] == other[58:]
