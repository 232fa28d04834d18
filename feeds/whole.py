"""Whole: a book kept in whole beside the stream of its changes, to be stated anew at any time."""

from collections.abc import Callable

from feeds.standing import Standing
from market.events import BookDelta, BookSnapshot, Levels


class Whole:
    """A book put together from its snapshot and its changes, to be stated at any time."""

    def __init__(self) -> None:
        self._levels = Standing()
        self._last: BookSnapshot | BookDelta
        self._low, self._high = float("inf"), float("-inf")

    def take(self, event: BookSnapshot | BookDelta) -> None:
        """Follow a snapshot or a change."""
        self._last = event
        if isinstance(event, BookDelta):
            self._levels.apply(event.bids, event.asks)
            return
        self._levels.replace(event.bids, event.asks)
        self._low = min((price for price, _ in event.bids), default=float("-inf"))
        self._high = max((price for price, _ in event.asks), default=float("inf"))

    def stated(self) -> list[BookSnapshot | BookDelta]:
        """The book within the bounds of its snapshot, and what is known beyond as a change."""
        last, levels = self._last, self._levels
        bids = _split(levels.bids, lambda price: price >= self._low)
        asks = _split(levels.asks, lambda price: price <= self._high)
        head = (last.instrument, last.ts_event, last.ts_recv)
        stated: list[BookSnapshot | BookDelta] = [
            BookSnapshot(*head, bids[0], asks[0], last.sequence)
        ]
        if (bids[1] or asks[1]) and last.sequence is not None:
            stated.append(BookDelta(*head, bids[1], asks[1], last.sequence, last.sequence))
        return stated


def _split(levels: Levels, known: Callable[[float], bool]) -> tuple[Levels, Levels]:
    inside = [level for level in levels if known(level[0])]
    return inside, [level for level in levels if not known(level[0])]
