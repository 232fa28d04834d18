"""A past put in front of a market: as if it had run all the time, but for what nobody saw."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pytest
from msgspec import structs

from feeds.simulate import events
from feeds.whole import Whole
from market.basis import TimeBasis
from market.depth import COARSE, FINE
from market.earlier import APART, Earlier, earlier, ready, recall
from market.events import BookDelta, BookSnapshot, Event, FeedStatus, Listing, Trade
from market.instrument import Instrument
from market.market import Market
from market.trades import TradeColumns, TradeLog
from tests.scenes import same
from tui.drawing.look import ColorDepth
from tui.pane import Pane, Size
from tui.panes.candles import Candles
from tui.panes.footprint import FootprintPane
from tui.panes.heatmap import Heatmap
from tui.themes import load_look

SECOND = 1_000_000_000
NAME = "sim:7"
HAPPENED = [event for event in events(7, 40.0) if event.instrument == NAME]


class Halves(NamedTuple):
    """One market in two runs, and as it is where there was only one."""

    before: Market
    """Up to the restart."""
    after: Market
    """From the restart on."""
    whole: Market
    restart: int
    """Market time, ns."""


def played(happened: Sequence[Event], market: Market | None = None) -> Market:
    market = market or Market(NAME)
    for event in happened:
        market.apply(event)
    return market


def time_of(event: Event) -> int:
    """Market time, 0 where an event states none."""
    match event:
        case Trade() | BookDelta() | BookSnapshot():
            return event.ts_event or 0
    return 0


def halves(ended: float, began: float) -> Halves:
    """The simulated market, left so many seconds after its start and begun again at others."""
    start = next(filter(None, map(time_of, HAPPENED)))
    left, again = (
        next(n for n, event in enumerate(HAPPENED) if time_of(event) > start + second * SECOND)
        for second in (ended, began)
    )
    after, book = Market(NAME), Whole()
    for event in HAPPENED[:again]:
        if isinstance(event, BookSnapshot | BookDelta):
            book.take(event)
        elif isinstance(event, Listing | FeedStatus):
            after.apply(event)
    played([restated(part, time_of(HAPPENED[again])) for part in book.stated()], after)
    return Halves(
        played(HAPPENED[:left]),
        played(HAPPENED[again:], after),
        played(HAPPENED),
        time_of(HAPPENED[again]),
    )


def restated(event: BookSnapshot | BookDelta, at: int) -> Event:
    return structs.replace(event, ts_event=at)


def handed_on(market: Market) -> Earlier:
    """What a market knows, as it comes through a pipe."""
    found = earlier(market)
    assert found is not None
    copy = pickle.loads(pickle.dumps(found))
    assert isinstance(copy, Earlier)
    return copy


@pytest.mark.parametrize("interval", [FINE, COARSE])
def test_the_past_is_there_as_it_was_and_the_time_between_is_unknown(interval: int) -> None:
    before, after, whole, restart = halves(15.0, 20.0)
    assert ready(after, handed_on(before))
    assert recall(after, handed_on(before))
    left = before.clock
    assert after.depth is not None
    assert whole.depth is not None
    low = int(whole.trades.last(1).ticks[0]) - 50
    asked = (interval, whole.clock, 45 * SECOND // interval, 5, low, 20)
    found, true = after.depth.view(*asked), whole.depth.view(*asked)
    ends = found.starts + interval
    shown = found.known
    assert np.array_equal(shown, true.known & ((ends <= left) | (ends > restart)))
    assert shown[ends <= left].sum() > 10 * SECOND // interval
    assert np.array_equal(found.bid[shown], true.bid[shown])
    assert np.array_equal(found.ask[shown], true.ask[shown])
    assert not found.bid[~shown].any()
    assert after.gaps[0][:2] == (left, restart)
    assert after.gaps[0].reason == APART


def test_trades_are_those_of_both_runs_in_order() -> None:
    before, after, whole, restart = halves(15.0, 20.0)
    assert after.bars(TimeBasis(SECOND)).newest() is not None
    recall(after, handed_on(before))
    ts = whole.trades.last(len(whole.trades)).ts
    seen = (ts <= before.clock) | (ts >= restart)
    for mine, all_ in zip(
        after.trades.last(len(after.trades)), whole.trades.last(len(ts)), strict=True
    ):
        assert np.array_equal(mine, all_[seen])
    bars = {bar.start: bar for bar in after.bars(TimeBasis(SECOND)).last(100)}
    for bar in whole.bars(TimeBasis(SECOND)).last(100):
        if bar.end <= before.clock or bar.start >= restart:
            assert bars[bar.start] == bar


def test_what_both_runs_saw_is_counted_once() -> None:
    before, after, whole, _ = halves(25.0, 20.0)
    recall(after, handed_on(before))
    assert len(after.trades) == len(whole.trades)
    for mine, all_ in zip(
        after.trades.last(len(after.trades)), whole.trades.last(len(whole.trades)), strict=True
    ):
        assert np.array_equal(np.sort(mine), np.sort(all_))
    assert not after.gaps


@pytest.mark.parametrize(
    "pane", [Heatmap(timeframe="500ms"), Candles(timeframe="1s"), FootprintPane(timeframe="5s")]
)
def test_panes_that_were_drawn_before_show_the_past_as_fresh_ones_do(pane: Pane) -> None:
    look, size = load_look("dark", ColorDepth.TRUE), Size(100, 30)
    pictures = []
    for drawn_before in (True, False):
        before, after, *_ = halves(15.0, 20.0)
        alone = pane.draw(after, size, look) if drawn_before else None
        recall(after, handed_on(before))
        pictures.append(pane.draw(after, size, look))
        assert alone is None or not same(alone, pictures[0])
    assert same(*pictures)


def test_a_past_on_coarser_or_finer_grids_is_restated_exactly() -> None:
    before, after, *_ = halves(15.0, 20.0)
    for past, tick in ((before, "0.5"), (after, "0.2")):
        old = past.instrument
        assert old is not None
        assert past.regrid(replace(old, tick_size=old.tick_size * Decimal(tick)))
    prices = [prices_of(m) for m in (before, after)]
    assert recall(after, handed_on(before))
    assert prices_of(after)[: len(prices[0])] == prices[0]
    assert prices_of(after)[len(prices[0]) :] == prices[1]


def prices_of(market: Market) -> list[Decimal]:
    assert market.instrument is not None
    return [market.instrument.price(t) for t in market.trades.last(len(market.trades)).ticks]


def test_sizes_of_another_meaning_are_not_mixed() -> None:
    before, after, *_ = halves(15.0, 20.0)
    past, count = handed_on(before), len(after.trades)
    contracts = Instrument("sim", "7", Decimal("0.1"), Decimal(1), contract_size=Decimal("0.01"))
    assert not recall(after, past._replace(listed=contracts))
    assert len(after.trades) == count
    assert not ready(Market(NAME), past)


def test_a_full_log_keeps_its_own_trades_and_the_newest_of_the_past() -> None:
    log = TradeLog(capacity=8)
    for ts in range(5):
        log.append(100 + ts, 1, 1)
    log.precede(TradeColumns(*(np.arange(n, n + 20) for n in (0, 5, 7))))
    assert log.last(8).ts.tolist() == [17, 18, 19, 100, 101, 102, 103, 104]
    assert (log.first, log.end, log.generation) == (0, 8, 1)
    log.append(105, 1, 1)
    assert log.last(8).ts.tolist() == [19, 100, 101, 102, 103, 104, 105]
