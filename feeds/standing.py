"""Standing: the levels of one book as the wire stated them, for what only a whole book can tell.

An adapter that keeps one knows whether the book is crossed, which no sequence number tells, and
how far the book reaches by now: a venue that states so many levels around the price goes on doing
so when the price has long left the span of its snapshot.
"""

from collections.abc import Callable, Iterable

from market.events import Levels


class Standing:
    """The last nonzero size stated for each price."""

    __slots__ = ("_asks", "_bids")

    def __init__(self) -> None:
        self._bids = _Side(max)
        self._asks = _Side(min)

    def replace(self, bids: Levels, asks: Levels) -> None:
        """Forget every level and take these."""
        self._bids, self._asks = _Side(max), _Side(min)
        self.apply(bids, asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        """Overwrite the sizes at these prices; 0 removes."""
        self._bids.write(bids)
        self._asks.write(asks)

    @property
    def bids(self) -> list[tuple[float, float]]:
        """Every bid, best first."""
        return sorted(self._bids.sizes.items(), reverse=True)

    @property
    def asks(self) -> list[tuple[float, float]]:
        """Every ask, best first."""
        return sorted(self._asks.sizes.items())

    @property
    def best_bid(self) -> float | None:
        """The highest bid; None where nothing stands."""
        return self._bids.best

    @property
    def best_ask(self) -> float | None:
        """The lowest ask; None where nothing stands."""
        return self._asks.best

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        bid, ask = self._bids.best, self._asks.best
        return bid is not None and ask is not None and bid >= ask

    @property
    def reach(self) -> tuple[float, float] | None:
        """The lowest bid and the highest ask; None where a side is empty."""
        bids, asks = self._bids.sizes, self._asks.sizes
        return (min(bids), max(asks)) if bids and asks else None


class _Side:
    """One side's sizes by price, and the best of its prices."""

    __slots__ = ("_best", "_known", "_pick", "sizes")

    def __init__(self, pick: Callable[[Iterable[float]], float]) -> None:
        self.sizes: dict[float, float] = {}
        self._best: float | None = None
        self._known = True
        """Whether `_best` is the best still; looking through all waits until somebody asks."""
        self._pick = pick

    @property
    def best(self) -> float | None:
        if not self._known:
            self._best, self._known = self._pick(self.sizes) if self.sizes else None, True
        return self._best

    def write(self, levels: Levels) -> None:
        sizes, pick = self.sizes, self._pick
        for price, size in levels:
            if size:
                sizes[price] = size
            else:
                sizes.pop(price, None)
        if not self._known:
            return
        if self._best in sizes:
            # The best level that stays can only be surpassed by one that was just stated.
            self._best = pick([self._best, *(price for price, _ in levels if price in sizes)])
        else:
            self._known = False
