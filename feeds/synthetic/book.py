"""The order book of the synthetic market: resting lots by tick, and the orders that take them."""

from collections.abc import Iterator

WITHDRAWN = 5_000
"""Lots from which it is told that somebody took them away at once."""

TOP = 1 << 18
"""Ticks the ladder can hold; the market is kept far from both ends."""


class Ladder:
    """Resting lots by tick: bids positive, asks negative, so one look tells the side.

    Changes are collected until `changes` states them as what a venue would publish. An iceberg
    shows `shown` lots at a time and is refilled while an order is still matching against it.
    """

    __slots__ = (
        "_changed",
        "_published",
        "ask",
        "bid",
        "icebergs",
        "lots",
        "refilled",
        "withdrawn",
    )

    def __init__(self) -> None:
        self.lots = [0] * TOP
        self.bid = 0
        self.ask = 0
        self.icebergs: dict[int, list[int]] = {}
        """Hidden lots and the lots shown at a time, by tick."""
        self.refilled: list[tuple[int, int]] = []
        """Ticks of the icebergs refilled since somebody last emptied this list, each with the lots
        that were filled out of hiding."""
        self.withdrawn: list[tuple[int, int]] = []
        """Ticks at which much was taken away untraded since somebody last emptied this list, each
        with the lots: positive for bids."""
        self._published: dict[int, int] = {}
        self._changed: set[int] = set()

    def put(self, ticks: int, lots: int) -> None:
        """Let `lots` rest at a tick: positive for bids, negative for asks, 0 for nothing."""
        before, self.lots[ticks] = self.lots[ticks], lots
        if abs(before) - abs(lots) >= WITHDRAWN:
            self.withdrawn.append((ticks, before - lots))
        self._changed.add(ticks)

    def improve(self, ticks: int, lots: int, sign: int) -> None:
        """Quote inside the spread."""
        if sign > 0:
            self.bid = ticks
            self.put(ticks, lots)
        else:
            self.ask = ticks
            self.put(ticks, -lots)

    def settle(self) -> None:
        """Move the best prices away from levels that have become empty."""
        lots, bid, ask = self.lots, self.bid, self.ask
        while lots[bid] <= 0:
            bid -= 1
        while lots[ask] >= 0:
            ask += 1
        self.bid, self.ask = bid, ask

    def take(self, sign: int, lots: int, limit: int) -> Iterator[tuple[int, int]]:
        """Match an order (+1 buys) up to `limit`: (tick, lots) of each price it filled at."""
        rest = self.lots
        ticks = self.ask if sign > 0 else self.bid
        while lots > 0 and (limit - ticks) * sign >= 0:
            resting = rest[ticks] * -sign
            if resting > 0:
                filled = self._match(ticks, min(lots, resting), sign)
                if not rest[ticks] and ticks in self.icebergs:
                    filled += self._refill(ticks, lots - filled, sign)
                lots -= filled
                yield ticks, filled
            ticks += sign
        self.settle()

    def _match(self, ticks: int, lots: int, sign: int) -> int:
        self.lots[ticks] += lots * sign
        self._changed.add(ticks)
        return lots

    def _refill(self, ticks: int, wanted: int, sign: int) -> int:
        """Fill from what an iceberg hides; leave the next slice on show."""
        iceberg = self.icebergs[ticks]
        hidden, shown = iceberg
        filled = min(wanted, hidden)
        rest = hidden - filled
        visible = min(shown, rest)
        iceberg[0] = rest - visible
        self.lots[ticks] = -sign * visible
        self.refilled.append((ticks, filled))
        if not iceberg[0]:
            del self.icebergs[ticks]
        return filled

    def changes(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Levels that differ from what was last published, as (price, size), best first."""
        published, lots = self._published, self.lots
        bids: list[tuple[float, float]] = []
        asks: list[tuple[float, float]] = []
        for ticks in sorted(self._changed):
            now, before = lots[ticks], published.get(ticks, 0)
            if now == before:
                continue
            price = ticks * 0.5
            if before > 0 >= now:
                bids.append((price, 0.0))
            elif before < 0 <= now:
                asks.append((price, 0.0))
            if now > 0:
                bids.append((price, now / 1000))
            elif now < 0:
                asks.append((price, -now / 1000))
            if now:
                published[ticks] = now
            else:
                del published[ticks]
        self._changed.clear()
        bids.reverse()
        return bids, asks
