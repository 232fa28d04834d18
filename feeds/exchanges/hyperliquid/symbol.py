"""Symbol: what one connection knows of one coin."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from msgspec import json

from feeds.adapter import Send
from feeds.exchanges.hyperliquid.ladder import Ladder
from feeds.exchanges.hyperliquid.names import tick_size
from feeds.exchanges.hyperliquid.wire import About
from feeds.ids import RecentIds
from market.events import Listing
from market.instrument import Instrument

_CLEAR: Final = 0.98
"""The part of a price that must be in the higher power of ten too for its coarser tick to hold."""

Wish = dict[str, object]


def book_wishes(coin: str) -> tuple[Wish, Wish, Wish]:
    """The three subscriptions that make a book."""
    deep: Wish = {"type": "l2Book", "coin": coin}
    return deep, deep | {"fast": True}, {"type": "bbo", "coin": coin}


def request(method: str, wish: Wish) -> Send:
    """The frame that subscribes, or gives a subscription up."""
    return Send(json.encode({"method": method, "subscription": wish}).decode())


class Symbol:
    """A coin's book, its grids at its present price and which trades it has seen."""

    __slots__ = ("_coin", "_listed", "_lowest", "ids", "ladder")

    def __init__(self, coin: str) -> None:
        self.ids = RecentIds()
        self._coin = coin
        self._listed: Instrument | None = None
        self._lowest: float | None = None
        self.forget()

    def forget(self) -> None:
        """Begin anew; trades and grids are remembered."""
        wishes = book_wishes(self._coin)[:2]
        again = [
            request(method, wish) for wish in wishes for method in ("unsubscribe", "subscribe")
        ]
        self.ladder = Ladder(self._coin, again)

    def list(self, listed: Instrument, about: About) -> Listing:
        """Take the venue's statement of the instrument: it goes out with the tick of its price."""
        tick = tick_size(listed.kind, listed.size_decimals, self._lowest)
        self._listed = replace(listed, tick_size=tick)
        return Listing(listed.id, about.now, self._listed)

    def trade_at(self, price: float, about: About) -> Sequence[Listing]:
        """Take the price of a trade; one below the book may need a finer tick."""
        return self.reprice(min(price, self._lowest or price), about)

    def reprice(self, lowest: float | None, about: About) -> Sequence[Listing]:
        """Take the lowest price that is to be on the grid: where its tick is another, say so.

        A tick becomes coarser only well within the higher power of ten.
        """
        if not lowest:
            return ()
        self._lowest, listed = lowest, self._listed
        if listed is None:
            return ()
        decimals = listed.size_decimals
        tick = tick_size(listed.kind, decimals, lowest)
        if tick > listed.tick_size:
            tick = tick_size(listed.kind, decimals, lowest * _CLEAR)
        if tick == listed.tick_size:
            return ()
        self._listed = replace(listed, tick_size=tick)
        return (Listing(listed.id, about.now, self._listed),)
