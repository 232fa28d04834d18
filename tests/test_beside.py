"""What panes in sight need of live venues is asked for, and nothing else."""

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

import pytest

from feeds.adapter import Channel
from feeds.plan import Beside
from market.events import Event, FeedState
from tests.shell import FakeShell
from tui.desk.beside import beside
from tui.desk.monitor import Monitor, Now
from tui.desk.session import Session, Stating
from tui.launch import Launch, LiveMarkets
from tui.pane import Pane, Size
from tui.panes.candles import Candles
from tui.panes.events import EventsPane
from tui.panes.ladder import Ladder
from tui.panes.tape import TapePane
from tui.panes.tickers import Tickers
from tui.settings import words as settings
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

if TYPE_CHECKING:
    from feeds.source import Source


class Told:
    """A source that remembers what was wanted beside the usual."""

    paused = finished = False
    label = "told"
    state = FeedState.LIVE

    def __init__(self) -> None:
        self.instruments: Sequence[str] = ()
        self.extras: list[Beside] = []

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """Nothing."""
        yield []

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Nothing changes."""

    def want_beside(self, extra: Beside) -> None:
        self.extras.append(extra)


@pytest.mark.parametrize(
    ("panes", "expected"),
    [
        ([Candles(), Ladder()], Beside()),
        ([Candles(interest=True)], Beside((Channel.MARK_PRICE,), interest=True)),
        ([Candles(funding=True)], Beside((Channel.MARK_PRICE,))),
        (
            [Candles(funding=True, interest=True), EventsPane()],
            Beside((Channel.LIQUIDATIONS, Channel.MARK_PRICE), interest=True),
        ),
        ([settings.set_one(EventsPane(), "liquidations", "off")], Beside()),
        ([TapePane(), Ladder()], Beside((Channel.LIQUIDATIONS,))),
        ([Tickers()], Beside((Channel.MARK_PRICE,), interest=True)),
    ],
)
def test_a_strip_asks_for_what_it_shows(panes: list[Pane], expected: Beside) -> None:
    assert beside(panes) == expected


def test_a_source_is_told_once_of_what_the_panes_show() -> None:
    session, told = Session(LiveMarkets(("binance-usdm:BTCUSDT",))), Told()
    source: Source = told
    session.source = source
    assert isinstance(source, Stating)
    wanted = beside([Candles(interest=True)])
    for extra in (Beside(), wanted, wanted, Beside()):
        session.want_beside(extra)
    assert told.extras == [wanted, Beside()]


def test_a_pane_that_is_shown_is_heard_with_the_next_picture() -> None:
    launch = Launch(LiveMarkets(("binance-usdm:BTCUSDT",)), pane="candles")
    monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
    told = Told()
    source: Source = told
    monitor.session.source = source
    for word in (False, True):
        monitor.desk.panes["candles"] = Candles(interest=word)
        monitor.frame(Size(80, 24), Now(1.0, 0), lambda: 0.0)
    assert told.extras == [Beside((Channel.MARK_PRICE,), interest=True)]
