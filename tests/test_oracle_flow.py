"""The measures of order flow equal those computed again from their definitions."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from feeds import replay
from feeds.simulate import events as simulated_events
from market.bars import Bars
from market.basis import TimeBasis
from market.bookflow import BookInterval
from market.events import Event, Trade
from market.flow import weighted_mid
from market.flowreport import FlowReport, FlowSettings, book_intervals, flow_report, vpin_reading
from market.market import Market
from tests.captures import CAPTURES, needs_captures
from tests.oracle import flow as oracle

SECOND = 1_000_000_000
SETTINGS = FlowSettings(SECOND, 5, Fraction(10), 30, 50, 200)
SESSIONS = {
    "binance_usdm/cf_20210405_120s.jsonl.gz": "binance-usdm:NEOUSDT",
    "bitmex/cf_20210405_120s.jsonl.gz": "bitmex:XBTM21",
    "deribit/cf_20210405_120s.jsonl.gz": "deribit:ETH-9APR21-1950-C",
    "hyperliquid/btc_20250126.jsonl.gz": "hyperliquid:BTC",
    "kucoin/spot_cf_20210425.jsonl.gz": "kucoin:BCHSV-USDT",
}


def market_of(events: Sequence[Event]) -> Market:
    market = Market(events[0].instrument)
    for event in events:
        market.apply(event)
    return market


def compare_books(market: Market, events: Sequence[Event], settings: FlowSettings) -> int:
    """How many intervals were compared."""
    grid, depth = market.instrument, market.depth
    assert grid is not None
    assert depth is not None
    found = oracle.book_states(
        events, settings.interval, settings.levels, Decimal(str(float(settings.bps)))
    )
    rows = book_of(market, settings)
    for row in rows:
        assert row.touch is not None
        state = found[row.number]
        quotes = (
            grid.price(row.touch.bid),
            grid.size(row.touch.bid_lots),
            grid.price(row.touch.ask),
            grid.size(row.touch.ask_lots),
        )
        assert quotes == state.quotes
        assert tuple(map(grid.size, row.near)) == state.near
        assert tuple(map(grid.size, row.within)) == state.within
        assert grid.size(row.ofi) == state.ofi, row.number
        bid, bid_size, ask, ask_size = map(Fraction, state.quotes)
        share = bid_size / (bid_size + ask_size)
        wanted = share * ask + (1 - share) * bid
        assert weighted_mid(row.touch) * Fraction(grid.tick_size) == wanted
    return len(rows)


def book_of(market: Market, settings: FlowSettings) -> list[BookInterval]:
    """The known intervals; without a trade there is no report, but there is a book."""
    stop = market.clock // settings.interval
    rows = book_intervals(market, settings, stop - settings.columns, stop)
    return [row for row in rows if row is not None]


def compare_trades(market: Market, events: Sequence[Event], settings: FlowSettings) -> FlowReport:
    grid = market.instrument
    assert grid is not None
    report = flow_report(market, settings, None)
    assert report is not None
    trades = [event for event in events if isinstance(event, Trade)]
    wanted = oracle.intervals(trades, settings.interval, report.stop)
    beats = report.beats
    assert beats.first + len(beats.trades) == report.stop
    for at, number in enumerate(range(beats.first, report.stop)):
        shown = oracle.Interval(
            grid.price(int(beats.change[at])),
            grid.size(int(beats.signed[at])),
            grid.size(int(beats.volume[at])),
            int(beats.trades[at]),
        )
        assert shown == wanted[number]
    newest = [wanted[n] for n in range(report.stop - settings.window, report.stop)]
    slope = oracle.regression([row.signed for row in newest], [row.change for row in newest])
    worth = Fraction(grid.tick_size) / Fraction(grid.lot_size)
    told = report.kyle and (report.kyle.slope * worth, report.kyle.r2)
    assert told == slope
    if report.kyle is not None:
        assert report.slopes[-1] == pytest.approx(float(report.kyle.slope))
    before = [wanted[n] for n in range(report.stop - settings.window - 1, report.stop - 1)]
    last = wanted[report.stop - 1]
    z = oracle.z_score(Decimal(last.trades), [Decimal(row.trades) for row in before])
    assert report.trades is not None
    assert report.trades.value == last.trades
    assert report.trades.z == (None if z is None else pytest.approx(float(z)))
    z = oracle.z_score(last.volume, [row.volume for row in before])
    assert report.volume is not None
    assert report.volume.z == (None if z is None else pytest.approx(float(z)))
    return report


def compare_vpin(market: Market, events: Sequence[Event], bucket: Decimal) -> int:
    grid = market.instrument
    assert grid is not None
    lots = int(bucket / grid.lot_size)
    reading = vpin_reading(market, lots, 50, market.trades.end)
    gaps = oracle.bucket_gaps([e for e in events if isinstance(e, Trade)], bucket)[-50:]
    assert [grid.size(gap) for gap in reading.gaps] == gaps
    if gaps:
        assert reading.value == Fraction(sum(gaps, Decimal(0))) / Fraction(len(gaps) * bucket)
    return len(gaps)


@pytest.mark.parametrize("seed", [3, 7])
def test_a_simulated_market_has_the_order_flow_of_its_events(seed: int) -> None:
    events = list(simulated_events(seed, 100.0))
    market = market_of(events)
    assert compare_books(market, events, SETTINGS) > 90
    report = compare_trades(market, events, SETTINGS)
    assert report.kyle is not None
    states = oracle.book_states(events, SECOND, 5, Decimal(10))
    newest = [states[number] for number in range(report.stop - 30, report.stop)]
    middles = [(state.quotes[0] + state.quotes[2]) / 2 for state in newest]
    changes = [after - before for before, after in pairwise(middles)]
    assert report.beta is None, "29 changes are too few"
    wide = flow_report(market, SETTINGS._replace(window=31), None)
    assert wide is not None
    assert wide.beta is not None
    first = states[report.stop - 31]
    changes.insert(0, middles[0] - (first.quotes[0] + first.quotes[2]) / 2)
    wanted = oracle.regression([state.ofi for state in newest], changes)
    assert (wide.beta.slope * 500, wide.beta.r2) == wanted, "a tick is 0.5, a lot 0.001"
    assert compare_vpin(market, events, Decimal("7.531")) == 50


@pytest.mark.parametrize("interval", [SECOND // 10, SECOND // 2, 5 * SECOND])
def test_intervals_of_any_length_have_the_order_flow_of_their_events(interval: int) -> None:
    events = list(simulated_events(11, 30.0))
    settings = SETTINGS._replace(interval=interval, levels=1, bps=Fraction("0.5"))
    assert compare_books(market_of(events), events, settings) >= 5


@needs_captures
@pytest.mark.parametrize("name", SESSIONS)
def test_a_recorded_session_has_the_order_flow_of_its_events(name: str) -> None:
    path = CAPTURES / name
    events = [
        event
        for event in replay.events(str(path), None, replay.Player(path))
        if event.instrument == SESSIONS[name]
    ]
    market = market_of(events)
    assert compare_books(market, events, SETTINGS) > 20
    if len(market.trades) > 100:
        compare_trades(market, events, SETTINGS)
        assert compare_vpin(market, events, Decimal(50)) > 10


def test_reading_in_pieces_gives_what_reading_at_once_gives() -> None:
    events = list(simulated_events(7, 60.0))
    market, pieces = Market("sim:7"), Market("sim:7")
    for number, event in enumerate(events):
        market.apply(event)
        pieces.apply(event)
        if number % 97 == 0:
            flow_report(pieces, SETTINGS, None)
            vpin_reading(pieces, 5000, 50, pieces.trades.end)
    one, other = flow_report(market, SETTINGS, None), flow_report(pieces, SETTINGS, None)
    assert one is not None
    assert other is not None
    assert (one.book, one.kyle, one.beta) == (other.book, other.kyle, other.beta)
    readings = [vpin_reading(m, 5000, 50, m.trades.end) for m in (market, pieces)]
    assert readings[0] == readings[1]


def test_the_past_is_measured_as_it_was() -> None:
    events = list(simulated_events(7, 60.0))
    at = events[-1].ts_recv - 20 * SECOND
    then = market_of([event for event in events if event.ts_recv <= at])
    now = market_of(events)
    one, other = flow_report(then, SETTINGS, None), flow_report(now, SETTINGS, at)
    assert one is not None
    assert other is not None
    assert (one.book, one.kyle, one.trades) == (other.book, other.kyle, other.trades)


def test_bars_of_trades_alone_are_not_the_venue_s_candles() -> None:
    events = list(simulated_events(7, 130.0))
    market = market_of(events)
    bars = Bars(TimeBasis(60 * SECOND))
    bars.update(market.trades)
    report = flow_report(market, SETTINGS._replace(interval=60 * SECOND), None)
    assert report is not None
    assert len(report.beats.trades) == 1, "the first minute has no price before it"
