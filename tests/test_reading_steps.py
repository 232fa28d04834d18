"""A long past is read in steps where pictures must not wait for it; what is found is the same."""

from collections.abc import Sequence
from itertools import count

import numpy as np
import pytest

from market.detectors.findings import findings, unread
from market.detectors.found import Finding, PrintRules, Rules, Sweep
from market.detectors.prints import CHUNK
from market.events import FeedState
from market.market import Market
from market.markets import Markets
from market.trades import TradeColumns
from tests.scenes import NAME, SECOND, START, lines, listed, status
from tests.shell import FakeShell
from tui.desk.monitor import Monitor, Now
from tui.desk.session import Session
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.panes.events import EventsPane
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look

COUNT = 4 * CHUNK + 777
LOOK = load_look("dark", ColorDepth.TRUE)
MS = SECOND // 1000


def past(seed: int) -> TradeColumns:
    """Runs of one side, some through many prices, which the edges of chunks cut somewhere."""
    dice = np.random.default_rng(seed)
    side = np.repeat(np.where(dice.random(COUNT // 50 + 1) < 0.5, 1, -1), 50)[:COUNT]
    ts = START + np.cumsum(dice.integers(0, 9 * MS, COUNT))
    ticks = 2_000 + np.cumsum(dice.integers(-2, 3, COUNT)).clip(-900, 900)
    return TradeColumns(ts, ticks, dice.integers(1, 5_000, COUNT) * side)


def market_of(trades: TradeColumns, *, stepwise: bool) -> Market:
    market = Market(NAME, stepwise)
    listed(market)
    status(market, FeedState.LIVE)
    market.trades.precede(trades)
    market.clock = int(trades.ts[-1])
    return market


def read_out(market: Market, rules: Rules) -> tuple[Sequence[Finding], int]:
    """All that is found, and by how many looks."""
    for looks in range(1, 100):
        found = findings(market, rules)
        if not found.unread:
            assert not unread(market)
            return found.all(), looks
        assert unread(market) == found.unread
    raise AssertionError("it never ends")


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_found_in_steps_is_what_is_found_at_once(seed: int) -> None:
    rules, trades = Rules(PrintRules(levels=12)), past(seed)
    at_once, looks = read_out(market_of(trades, stepwise=False), rules)
    assert looks == 1
    in_steps, looks = read_out(market_of(trades, stepwise=True), rules)
    assert looks >= COUNT // CHUNK
    assert in_steps == at_once
    assert at_once


def test_a_run_that_the_edge_of_a_chunk_cuts_is_one_run() -> None:
    """Thirty prices within 30 ms, of which the chunk's last trade is the fifteenth."""
    number = CHUNK + 15
    ts = START + np.arange(number) * SECOND
    ts[CHUNK - 15 :] = ts[CHUNK - 15] + np.arange(30) * MS
    ticks = np.full(number, 2_000)
    ticks[CHUNK - 15 :] += np.arange(30)
    market = market_of(TradeColumns(ts, ticks, np.ones(number, np.int64)), stepwise=False)
    market.clock += 10 * SECOND
    (sweep,) = [one for one in findings(market).all() if isinstance(one, Sweep)]
    assert sweep.levels == 30


def test_the_pane_says_so_while_older_trades_are_read_and_draws_until_all_are() -> None:
    monitor = Monitor(
        Launch(Demo(7), pane="events"), FrameClock(Governor(10)), FakeShell(), tip=False
    )
    session = monitor.session
    session.markets = Markets(stepwise=True)
    session.markets._markets[NAME] = market = market_of(past(1), stepwise=True)
    said, seconds = list[bool](), count(0.0)
    for number in range(40):
        shown = monitor.frame(Size(120, 40), Now(float(number), START), lambda: next(seconds))
        if shown is not None:
            said.append("reading older trades" in "".join(lines(shown)[1]))
    assert said[0]
    assert not said[-1]
    assert not unread(market)
    whole = EventsPane().draw(market_of(past(1), stepwise=False), Size(120, 38), LOOK)
    assert lines(whole)[2:] == lines(shown_now(monitor))[3:-1]


def shown_now(monitor: Monitor) -> Canvas:
    assert monitor.canvas is not None
    return monitor.canvas


def test_the_app_reads_in_steps_and_everybody_else_at_once() -> None:
    assert Session(Demo(7)).markets._stepwise
    assert not Markets()._stepwise
    assert not Market(NAME).stepwise
