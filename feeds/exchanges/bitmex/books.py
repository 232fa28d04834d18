"""BitMEX's books: levels that go by ids, put together to what our events state.

The venue numbers no change. A change names a level by its id, so one that names a level which is
not there, or puts one where one is, tells that others are missing. What does neither goes unseen
until the book is crossed: no more can be known of these books.
"""

from collections.abc import Iterable, Sequence

from msgspec import json

from feeds.adapter import Ignored, Output, Send
from feeds.exchanges.bitmex.wire import Context, LevelRow, Stated, nanoseconds
from feeds.ids import RecentIds
from feeds.inband import InbandSync
from market.events import BookDelta, BookSnapshot, FeedState

BOOK = "orderBookL2"
"""The table that is subscribed: every level there is."""

Levels = list[tuple[float, float]]


def request(op: str, args: Sequence[str]) -> Send:
    """A frame that subscribes tables, or gives them up."""
    return Send(json.encode({"op": op, "args": args}).decode())


class Symbol:
    """What one connection knows of one instrument: its book by ids, and the trades it has seen."""

    __slots__ = ("_count", "_prices", "_symbol", "_table", "book", "forced", "id", "ids")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.ids = RecentIds()
        self.forced = RecentIds()
        """Orders of liquidations that were told."""
        self._symbol = symbol
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        args = [f"{BOOK}:{self._symbol}"]
        again = (request("unsubscribe", args), request("subscribe", args))
        self.book = InbandSync(self.id, again)
        self._prices: dict[tuple[int, str], float] = {}
        """The price of each level by its id and side."""
        self._table = ""
        """The one that is followed, of all levels or of 25."""
        self._count = 0

    def whole(self, table: str, rows: Sequence[LevelRow], about: Context) -> Sequence[Output]:
        """Take every row of a table."""
        if self._table not in ("", table) and self.book.state is FeedState.LIVE:
            return ()
        self._table, self._count = table, 0
        self._prices = {(row.id, row.side): row.price for row in rows if row.price is not None}
        if len(self._prices) < len(rows) or any(row.size is None for row in rows):
            raise ValueError("a level without a price or a size, or twice the same")
        return self.book.snapshot(snapshot(self.id, rows, about), about.now)

    def change(
        self, table: str, action: str, rows: Sequence[LevelRow], about: Context
    ) -> Sequence[Output]:
        """Take rows that were inserted, updated or deleted."""
        if self.book.state is FeedState.LIVE and table != self._table:
            return ()
        fault = ""
        levels: dict[str, Levels] = {"Buy": [], "Sell": []}
        if self.book.state is FeedState.LIVE:
            for row in rows:
                fault = fault or self._fault(action, row)
                if not fault:
                    levels[row.side].append(self._level(action, row))
        before, self._count = self._count, self._count + 1
        numbers = (self._count, before)
        sides = (levels["Buy"], levels["Sell"])
        delta = BookDelta(self.id, time_of(rows), about.now, *sides, *numbers)
        return self.book.delta(delta, about.now, fault)

    def _fault(self, action: str, row: LevelRow) -> str:
        """What a row says against the book, "" where nothing."""
        known = (row.id, row.side) in self._prices
        if action == "insert":
            return f"level {row.id} was there already" if known else ""
        return "" if known else f"level {row.id} is not known"

    def _level(self, action: str, row: LevelRow) -> tuple[float, float]:
        """Price and size of a row; ValueError where it states none."""
        key = (row.id, row.side)
        if action == "delete":
            return self._prices.pop(key), 0.0
        if row.size is None or (action == "insert" and row.price is None):
            raise ValueError("a level without a size or a price")
        if row.price is not None:
            if self._prices.get(key, row.price) != row.price:
                raise ValueError("a level whose price changes")
            self._prices[key] = row.price
        return self._prices[key], row.size


def by_symbol(rows: Iterable[LevelRow]) -> dict[str, list[LevelRow]]:
    """The rows of each symbol."""
    found: dict[str, list[LevelRow]] = {}
    for row in rows:
        found.setdefault(row.symbol, []).append(row)
    return found


def snapshot(name: str, rows: Sequence[LevelRow], about: Context) -> BookSnapshot:
    """The book that rows make, the best of each side first."""
    bids = [(row.price, row.size) for row in rows if row.side == "Buy" and row.price and row.size]
    asks = [(row.price, row.size) for row in rows if row.side == "Sell" and row.price and row.size]
    sides = (sorted(bids, reverse=True), sorted(asks))
    return BookSnapshot(name, time_of(rows), about.now, *sides, 0)


def whole(rows: Iterable[LevelRow], about: Context) -> Stated:
    """The books of a table, each whole."""
    return tuple(
        snapshot(about.instrument(symbol), levels, about)
        for symbol, levels in by_symbol(rows).items()
    )


def changes(action: str, rows: Iterable[LevelRow], about: Context) -> Stated:
    """What changes state by themselves, which is nothing where only ids tell the prices."""
    found: list[BookDelta | Ignored] = []
    for symbol, levels in by_symbol(rows).items():
        name = about.instrument(symbol)
        if any(row.price is None for row in levels):
            found.append(Ignored(name, f"{action[:10]} of levels by their ids"))
            continue
        sides: dict[str, Levels] = {"Buy": [], "Sell": []}
        for row in levels:
            size = 0.0 if action == "delete" else row.size
            sides[row.side].append((row.price or 0.0, size or 0.0))
        found.append(BookDelta(name, time_of(levels), about.now, sides["Buy"], sides["Sell"], 0, 0))
    return tuple(found)


def time_of(rows: Sequence[LevelRow]) -> int | None:
    """The newest time of rows; those of 2021 have none."""
    return max((nanoseconds(row.timestamp) for row in rows if row.timestamp), default=None)
