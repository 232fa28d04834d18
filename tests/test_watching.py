"""Watching: instruments come and go by keys, and nothing comes of those that went."""

from pathlib import Path

import pytest

from feeds.live import Live
from feeds.simulate import events
from market.events import Side, Trade
from market.markets import Markets
from tests.shell import FakeShell
from tui.desk.monitor import Monitor
from tui.keys import actions
from tui.launch import Demo, Launch, LiveMarkets, Opening, Recording
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

BOTH = ("binance:BTCUSDT", "okx:BTC-USDT")


def opened(opening: Opening) -> Monitor:
    return Monitor(Launch(opening), FrameClock(Governor(10)), FakeShell(), tip=False)


def press(monitor: Monitor, key: str) -> None:
    command = monitor.press(key, key)
    assert command is not None
    actions.run(monitor, command)


def printed(instrument: str, ts: int) -> Trade:
    return Trade(instrument, ts, ts, str(ts), 100.0, 1.0, Side.BUY)


def test_what_is_under_way_when_an_instrument_goes_makes_no_market() -> None:
    markets = Markets()
    markets.apply(printed(name, 1) for name in BOTH)
    markets.drop(BOTH[0])
    markets.apply(printed(name, 2) for name in BOTH)
    assert markets.ids == [BOTH[1]]
    markets.expect(BOTH[0])
    markets.apply([printed(BOTH[0], 3)])
    assert len(markets) == 2


def test_a_live_instrument_goes_by_a_key_and_the_next_is_shown() -> None:
    monitor = opened(LiveMarkets(BOTH))
    monitor.session.source = Live(BOTH)
    monitor.session.markets.apply(printed(name, 1) for name in BOTH)
    press(monitor, "D")
    assert monitor.session.instruments == [BOTH[1]]
    assert monitor.instrument == BOTH[1]
    assert f"{BOTH[0]} is not watched any more" in monitor.footnote
    press(monitor, "D")
    assert "the only instrument" in monitor.footnote
    monitor.session.add(BOTH[0])
    monitor.session.markets.apply([printed(BOTH[0], 2)])
    assert monitor.session.instruments == [*BOTH[::-1]]


def test_in_a_table_what_is_highlighted_goes() -> None:
    monitor = Monitor(
        Launch(Demo(7, (8, 9)), pane="tickers"), FrameClock(Governor(10)), FakeShell(), tip=False
    )
    for seed in (7, 8, 9):
        monitor.session.markets.apply(events(seed, 5.0))
    gone = monitor.desk.pane.moved(monitor.scope, 9)  # type: ignore[attr-defined]  # a table
    monitor.desk.change(lambda _: gone)
    press(monitor, "D")
    seeds = [f"sim:{seed}" for seed in (7, 8, 9) if f"sim:{seed}" != gone.at]
    assert monitor.session.opening == Demo(int(seeds[0][4:]), (int(seeds[1][4:]),))


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        (Recording(Path("a.jsonl")), "a recording holds what it holds"),
        (Demo(7), "the only instrument"),
    ],
)
def test_what_cannot_go_is_said(opening: Opening, words: str) -> None:
    monitor = opened(opening)
    press(monitor, "D")
    assert "nothing is being watched" in monitor.footnote
    names = BOTH if isinstance(opening, Recording) else BOTH[:1]
    monitor.session.markets.apply(printed(name, 1) for name in names)
    press(monitor, "D")
    assert words in monitor.footnote
