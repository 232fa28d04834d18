"""Rebuilding: a million trades into what a pane shows, after its grouping or timeframe changed.

The processor time is that of the first picture after the change, drawing included; the reference is
one `bincount` of the same trades by minute, price row and side.
"""

from time import thread_time
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.registry import VENUES
from market.events import FeedState, FeedStatus, Listing, Side, Trade
from market.market import Market
from market.trades import TradeColumns
from tui.bench.measure import Figure, Runner, compare
from tui.bench.suites import INSTRUMENT, NOW
from tui.bench.workload import VENUE, Workload
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.registry import pane_type
from tui.settings.words import set_all
from tui.themes import load_look

TRADES: Final = 1_000_000
GOAL: Final = 1 / 5
"""Of the speed of one bincount."""
_MINUTE: Final = 60_000_000_000
_SIZE: Final = Size(200, 50)

Integers = NDArray[np.int64]


class Change(NamedTuple):
    """A pane, how it is set at first, and what is changed then."""

    kind: str
    words: str
    before: str = ""


CHANGES: Final = (
    Change("footprint", "grouping=20"),
    Change("footprint", "timeframe=5m"),
    Change("footprint", "timeframe=500t"),
    Change("footprint", "timeframe=100v"),
    Change("footprint", "timeframe=30r"),
    Change("footprint", "timeframe=30b"),
    Change("footprint", "timeframe=50n"),
    Change("candles", "timeframe=15s", "vwap=session"),
    Change("candles", "timeframe=100t"),
    Change("candles", "timeframe=50v"),
    Change("candles", "timeframe=20r"),
    Change("candles", "timeframe=20b"),
    Change("candles", "timeframe=20n"),
    Change("heatmap", "grouping=70", "profile=session"),
    Change("heatmap", "timeframe=5s"),
    Change("ladder", "timeframe=1h"),
    Change("profile", "grouping=20"),
    Change("profile", "session=week"),
    Change("tpo", "grouping=20"),
    Change("tpo", "timeframe=15m"),
    Change("flow", "timeframe=5s"),
    Change("events", "timeframe=1m"),
    Change("comparison", "timeframe=5m"),
    Change("tape", "timeframe=1h"),
)


def rebuild(workload: Workload, rounds: int, _peers: list[str]) -> list[Figure]:
    """The first picture of a million trades after a change, against one numpy bincount."""
    trades = _million_trades(workload)
    against = {"numpy bincount": lambda: _bincount(trades)}
    return [
        figure
        for change in CHANGES
        for figure in compare(
            f"{change.kind} {change.words}",
            "trades/s",
            _changed(change, trades),
            against,
            rounds,
            GOAL,
        )
    ]


def _changed(change: Change, trades: TradeColumns) -> Runner:
    look = load_look("dark", ColorDepth.TRUE)

    def run() -> tuple[int, float]:
        # Another market each time: nothing that was made of these trades is left.
        market = _market(trades)
        pane = set_all(pane_type(change.kind)(), change.before.split())
        pane.draw(market, _SIZE, look)
        other = set_all(pane, change.words.split())
        started = thread_time()
        other.draw(market, _SIZE, look)
        return len(market.trades), thread_time() - started

    return run


def _market(trades: TradeColumns) -> Market:
    """A market of which all these trades were seen."""
    market = Market(INSTRUMENT.id)
    ts = int(trades.ts[-1])
    market.apply(Listing(INSTRUMENT.id, ts, INSTRUMENT))
    market.apply(FeedStatus(INSTRUMENT.id, ts, FeedState.LIVE))
    price, size = float(INSTRUMENT.price(int(trades.ticks[-1]))), float(INSTRUMENT.lot_size)
    market.apply(Trade(INSTRUMENT.id, ts, ts, "", price, size, Side.BUY))
    market.trades.precede(trades)
    return market


def _bincount(trades: TradeColumns) -> tuple[int, float]:
    ts, ticks, lots = trades
    started = thread_time()
    cell = (ts // _MINUTE - ts[0] // _MINUTE) * 4096 + ticks // 50 - ticks.min() // 50
    np.bincount(cell * 2 + (lots > 0), weights=np.abs(lots))
    return len(ts), thread_time() - started


def _million_trades(workload: Workload) -> TradeColumns:
    """The trades of a session, again and again."""
    parse = VENUES[VENUE].parser().parse
    parsed = (event for frame in workload.frames for event in parse(frame, NOW))
    trades = [event for event in parsed if isinstance(event, Trade)]
    times = np.array([trade.ts_event for trade in trades])
    ticks = np.array([INSTRUMENT.ticks(trade.price) for trade in trades])
    lots = np.array([INSTRUMENT.lots(t.size) * (1 if t.side == "buy" else -1) for t in trades])
    repeats = max(1, TRADES // len(trades))
    span = int(times[-1] - times[0]) + 1
    ts = np.concatenate([times + span * turn for turn in range(repeats)])
    return TradeColumns(ts, np.tile(ticks, repeats), np.tile(lots, repeats))
