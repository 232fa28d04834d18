"""The uncrossed book: what is shown of a book whose sides overlap, as they do here all the time.

The Indexer sees the orders of many validators, none of which is the book: a level may stand that
was met elsewhere. Where a bid is at or above an ask, the older of the two is not shown; of two of
the same age the smaller. It is kept, and shown again once what hid it has gone.
https://docs.dydx.xyz/interaction/data/watch-orderbook
"""

from typing import TypeAlias

from feeds.fields import Levels

Rows: TypeAlias = dict[float, tuple[float, int]]
"""Size and age of the level at each price; a higher age is newer."""


class UncrossedBook:
    """The levels as they were stated, and which of them are not shown."""

    __slots__ = ("_age", "_asks", "_bids", "_hidden_asks", "_hidden_bids")

    def __init__(self) -> None:
        self._bids: Rows = {}
        self._asks: Rows = {}
        self._hidden_bids: set[float] = set()
        self._hidden_asks: set[float] = set()
        self._age = 0

    def replace(self, bids: Levels, asks: Levels) -> tuple[Levels, Levels]:
        """Forget every level and take these; what is shown of them, the best first."""
        self._bids.clear()
        self._asks.clear()
        self._write(bids, asks)
        self._hidden_bids, self._hidden_asks = self._hide()
        return (
            _shown(sorted(self._bids, reverse=True), self._bids, self._hidden_bids),
            _shown(sorted(self._asks), self._asks, self._hidden_asks),
        )

    def change(self, groups: list[tuple[Levels, Levels]]) -> tuple[Levels, Levels]:
        """Overwrite the sizes at these prices, group after group; what of the shown changes."""
        bids: set[float] = set()
        asks: set[float] = set()
        for group in groups:
            self._write(*group)
            bids.update(price for price, _ in group[0])
            asks.update(price for price, _ in group[1])
        before = self._hidden_bids, self._hidden_asks
        self._hidden_bids, self._hidden_asks = self._hide()
        bids |= before[0] ^ self._hidden_bids
        asks |= before[1] ^ self._hidden_asks
        return (
            _shown(sorted(bids), self._bids, self._hidden_bids, 0.0),
            _shown(sorted(asks), self._asks, self._hidden_asks, 0.0),
        )

    def _write(self, bids: Levels, asks: Levels) -> None:
        self._age += 1
        for rows, levels in ((self._bids, bids), (self._asks, asks)):
            for price, size in levels:
                if size:
                    rows[price] = size, self._age
                else:
                    rows.pop(price, None)

    def _hide(self) -> tuple[set[float], set[float]]:
        """The prices that are not to be shown."""
        if not self._bids or not self._asks or max(self._bids) < min(self._asks):
            return set(), set()
        highest, lowest = max(self._bids), min(self._asks)
        bids = sorted((price for price in self._bids if price >= lowest), reverse=True)
        asks = sorted(price for price in self._asks if price <= highest)
        hidden_bids, hidden_asks = 0, 0
        while hidden_bids < len(bids) and hidden_asks < len(asks):
            bid, ask = bids[hidden_bids], asks[hidden_asks]
            if bid < ask:
                break
            (bid_size, bid_age), (ask_size, ask_age) = self._bids[bid], self._asks[ask]
            if (bid_age, bid_size) <= (ask_age, ask_size):
                hidden_bids += 1
            else:
                hidden_asks += 1
        return set(bids[:hidden_bids]), set(asks[:hidden_asks])


def _shown(
    prices: list[float], rows: Rows, hidden: set[float], absent: float | None = None
) -> Levels:
    """The levels at these prices; what is not shown has the size `absent`, or is left out."""
    levels: Levels = []
    for price in prices:
        if price in rows and price not in hidden:
            levels.append((price, rows[price][0]))
        elif absent is not None:
            levels.append((price, absent))
    return levels
