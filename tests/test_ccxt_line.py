"""A line through ccxt: how soon it is taken up again, and what it keeps. In virtual time.

The exchange is made by hand in the shape of ccxt's classes: it fails in ways that none can be
asked to.
"""

import asyncio
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from feeds.ccxt_line import UNREADABLE, Course, Line
from feeds.ccxt_names import library
from feeds.outlet import Outlet
from feeds.timely import AHEAD
from feeds.timing import Timing
from market.events import BookSnapshot, FeedStatus, Trade
from tests.virtual import clock, in_virtual_time

SYMBOL, OTHER = "BTC/USDT", "ETH/USDT"
BOOK = {"timestamp": None, "bids": [[1.0, 1.0]], "asks": [[2.0, 1.0]]}
TIMING = Timing()


class Fake:
    """An exchange of ccxt's that gives a book and trades once a second for as long as it lasts."""

    has: ClassVar[Mapping[str, bool]] = {"watchTrades": True}
    timeframes: ClassVar[Mapping[str, str]] = {}
    precisionMode = 4  # noqa: N815  # as ccxt spells it
    lasts = 0.0
    """Seconds after which its books fail."""
    failure = "NetworkError"
    """The name of ccxt's error that they fail with; "" for a book that cannot be read."""

    def __init__(self, settings: object) -> None:
        self.markets: dict[str, Any] = {}
        self.loaded: list[float]
        self._ends, self._count = 0.0, 0

    async def load_markets(self) -> None:
        now = asyncio.get_running_loop().time()
        self.loaded.append(now)
        self._ends = now + self.lasts
        self.markets = {symbol: {"symbol": symbol} for symbol in (SYMBOL, OTHER)}

    async def watch_order_book(self, symbol: str) -> Mapping[str, object]:
        await asyncio.sleep(0.01 if self.failure else 0.5)
        if asyncio.get_running_loop().time() <= self._ends:
            return BOOK
        if not self.failure:
            return {"bids": None}
        raise getattr(library(), self.failure)("no")

    ahead = 0
    """ns by which its trades are ahead of our clock."""

    async def watch_trades(self, symbol: str) -> list[Mapping[str, object]]:
        await asyncio.sleep(0.1)
        self._count += 1
        return [
            {
                "id": self._count,
                "side": "buy",
                "price": 1.0,
                "amount": 1.0,
                "timestamp": (clock() + self.ahead) // 10**6,
            }
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def watched(
    seconds: float, act: Callable[[Line], None] = lambda line: None, **ways: object
) -> tuple[list[float], Line, Outlet]:
    """When an exchange was asked for its markets in so many seconds, in whose midst one acts."""
    loaded = list[float]()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(library(), "binance", type("Way", (Fake,), {"loaded": loaded, **ways}))
        outlet = Outlet()
        line = Line("binance", None, Course(outlet, TIMING, clock, lambda: 0.5))
        line.want([SYMBOL, OTHER], "1m")
        running = asyncio.ensure_future(line.run())
        await asyncio.sleep(seconds / 2)
        act(line)
        await asyncio.sleep(seconds / 2)
        running.cancel()
        await asyncio.wait([running])
    return loaded, line, outlet


def pauses(loaded: list[float]) -> list[float]:
    return [round(later - sooner) for sooner, later in pairwise(loaded)]


@in_virtual_time
async def test_a_line_that_fails_after_its_first_book_is_taken_up_ever_more_rarely() -> None:
    loaded, _, _ = await watched(120, lasts=0.05)
    assert pauses(loaded)[4:9] == [2, 4, 8, 15, 15]
    assert len(loaded) < 16


@in_virtual_time
async def test_a_line_that_lasted_is_taken_up_again_at_once() -> None:
    loaded, _, _ = await watched(60, lasts=TIMING.steady + 1)
    assert set(pauses(loaded)) == {6}


@pytest.mark.parametrize("failure", ["RateLimitExceeded", "DDoSProtection"])
@in_virtual_time
async def test_an_exchange_that_asks_for_fewer_requests_is_left_alone_for_longer(
    failure: str,
) -> None:
    loaded, _, outlet = await watched(1000, Line.hurry, lasts=0.05, failure=failure)
    assert pauses(loaded) == [30, 60, 120, 240, 300]
    said = [event for event in outlet.take() if isinstance(event, FeedStatus) and event.retry_at]
    assert {status.reason for status in said} == {"no"}


@in_virtual_time
async def test_trades_do_not_hide_a_book_that_can_never_be_read() -> None:
    loaded, _, outlet = await watched(10, failure="")
    assert len(loaded) > 1
    reasons = [event.reason for event in outlet.take() if isinstance(event, FeedStatus)]
    assert any(f"{UNREADABLE} unreadable messages in a row" in reason for reason in reasons)


@in_virtual_time
async def test_trades_of_a_far_day_are_not_taken() -> None:
    _, _, outlet = await watched(10, lasts=60.0, ahead=AHEAD + 10**9)
    events = outlet.take()
    assert any(isinstance(event, BookSnapshot) for event in events)
    assert not any(isinstance(event, Trade) for event in events)
    assert outlet.counts.malformed > 1
    _, _, outlet = await watched(10, lasts=60.0, ahead=AHEAD)
    assert any(isinstance(event, Trade) for event in outlet.take())


@in_virtual_time
async def test_nothing_is_kept_of_a_symbol_that_is_not_wanted_any_more() -> None:
    loaded, line, _ = await watched(20, lambda line: line.want([SYMBOL], "5m"), lasts=60.0)
    assert len(loaded) == 1
    assert line._ids.keys() == line._book_at.keys() == {SYMBOL}
