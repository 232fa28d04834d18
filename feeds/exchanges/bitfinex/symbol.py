"""Symbol: what one connection knows of one symbol, its checked book and the trades it has seen."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Raw, json

from feeds.adapter import Output, Send
from feeds.checksum import BITFINEX, WireBook
from feeds.exchanges.bitfinex.wire import levels_of, nested, orders_of
from feeds.ids import RecentIds
from feeds.inband import InbandSync
from market.events import BookDelta, BookSnapshot, FeedState


def request(event: str, **params: object) -> Send:
    """A frame that asks the venue for something."""
    return Send(json.encode({"event": event, **params}).decode())


def book_request(symbol: str) -> Send:
    """The frame that subscribes a book: 250 levels a side, as they change."""
    return request("subscribe", channel="book", symbol=symbol, prec="P0", freq="F0", len="250")


class Symbol:
    """What one connection knows of one symbol. Changes of its book are counted here."""

    __slots__ = ("_count", "_symbol", "_wire", "book", "channel", "id", "ids")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.ids = RecentIds()
        self._symbol = symbol
        self.reset()

    def reset(self) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        self.channel: int | None = None
        """The channel of the book; what another one still says of it is late."""
        self.book = InbandSync(self.id, (book_request(self._symbol),), window=True)
        self._wire = WireBook(BITFINEX)
        self._count = 0

    def push(self, payload: Raw, time: int | None, now: int) -> Sequence[Output]:
        """Take the whole book or a change of it."""
        rows = levels_of(payload)
        if nested(payload):
            self._wire, self._count = WireBook(BITFINEX), 0
            levels = self._wire.replace(*rows)
            whole = BookSnapshot(self.id, time, now, *levels, 0, orders=orders_of(*rows))
            return self.book.snapshot(whole, now)
        if self.book.state is not FeedState.LIVE:
            return self.book.delta(BookDelta(self.id, time, now, (), (), 0, 0), now)
        levels = self._wire.change(*rows)
        before, self._count = self._count, self._count + 1
        numbers = self._count, before
        change = BookDelta(self.id, time, now, *levels, *numbers, orders_of(*rows))
        return self.book.delta(change, now)

    def check(self, stated: int, now: int) -> Sequence[Output]:
        """Compare the venue's checksum with the book's."""
        if self.book.state is not FeedState.LIVE or self._wire.agrees(stated):
            return ()
        ours = self._wire.checksum()
        return self.lose(f"the book's checksum is {ours}, the venue's {stated & 0xFFFFFFFF}", now)

    def lose(self, reason: str, now: int) -> Sequence[Output]:
        """The book can no longer be believed."""
        return list(self._leaving(self.book.lose(reason, now)))

    def tick(self, now: int) -> Sequence[Output]:
        """Subscribe again, when it is time."""
        return list(self._leaving(self.book.tick(now)))

    def _leaving(self, outputs: Iterable[Output]) -> Iterator[Output]:
        """A channel is given up by its number before it is subscribed again."""
        for output in outputs:
            if isinstance(output, Send) and self.channel is not None:
                yield request("unsubscribe", chanId=self.channel)
                self.channel = None
            yield output
