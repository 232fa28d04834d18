"""Markets for the tests of panes: the simulated one, and small ones made by hand."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np

from feeds.simulate import events
from market.events import BookSnapshot, FeedState, FeedStatus, Listing, Side, Trade
from market.instrument import Instrument
from market.market import Market
from market.markets import Markets
from tui.drawing.canvas import Canvas
from tui.pane import Size

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
START = 1_704_204_000 * SECOND
"""2024-01-02T14:00:00Z."""
NAME = "test:BTCUSDT"

Print = tuple[float, float, float]
"""Seconds after the start, price, and size that is negative when the seller aggressed."""


@lru_cache(maxsize=4)
def simulated(seed: int = 7, seconds: float = 300.0) -> Market:
    """The simulated market; shared, so nobody may change it."""
    markets = Markets()
    markets.apply(events(seed, seconds))
    market = markets.get(f"sim:{seed}")
    assert market is not None
    return market


def listed(market: Market, tick: str = "0.5", lot: str = "0.001") -> Instrument:
    """Give a market its listing."""
    venue, _, symbol = market.id.partition(":")
    instrument = Instrument(venue, symbol, Decimal(tick), Decimal(lot), "BTC", "USDT")
    market.apply(Listing(market.id, START, instrument))
    return instrument


def status(market: Market, state: FeedState, reason: str = "") -> None:
    """Tell a market what may be believed of its feed."""
    market.apply(FeedStatus(market.id, START, state, reason, venue=market.venue))


def traded(market: Market, prints: Iterable[Print]) -> None:
    """Print trades."""
    for number, (after, price, size) in enumerate(prints):
        ts = START + round(after * SECOND)
        side = Side.BUY if size > 0 else Side.SELL
        market.apply(Trade(market.id, ts, ts, str(number), price, abs(size), side))


def quoted(
    market: Market,
    bids: Sequence[tuple[float, float]],
    asks: Sequence[tuple[float, float]],
    after: float = 0.0,
) -> None:
    """State the whole book."""
    ts = START + round(after * SECOND)
    market.apply(BookSnapshot(market.id, ts, ts, bids, asks, 1))


def lines(canvas: Canvas) -> list[str]:
    """The glyphs of each row, wide characters once, blanks at the end left out."""
    return ["".join(chr(glyph) for glyph in row if glyph).rstrip() for row in canvas.glyph.tolist()]


def row_of(canvas: Canvas, word: str) -> int:
    """The row in which a word stands."""
    return next(row for row, line in enumerate(lines(canvas)) if word in line)


def same(one: Canvas, other: Canvas) -> bool:
    """Whether two pictures are equal in every cell."""
    return all(
        np.array_equal(getattr(one, part), getattr(other, part))
        for part in ("glyph", "fg", "bg", "bold")
    )


def sizes() -> list[Size]:
    """Sizes from nothing to small, and those people work at."""
    widths = (0, 1, 2, 3, 5, 8, 11, 14, 18, 22, 26, 30)
    heights = (0, 1, 2, 3, 4, 5, 7, 9, 12)
    small = [Size(width, height) for width in widths for height in heights]
    return [*small, Size(40, 12), Size(80, 24), Size(120, 40), Size(200, 50), Size(400, 3)]


def market_of(trades: list[tuple[float, float, float]]) -> Market:
    """A listed live market with these trades."""
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    traded(market, trades)
    return market
