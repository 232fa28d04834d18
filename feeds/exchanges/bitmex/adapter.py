"""BitMEX's adapter: one connection as a machine of frames.

Everything is a table that is stated whole and then changed row by row. Changes of books have no
numbers (`feeds.exchanges.bitmex.books`), so a message that cannot be read may have been one of any
book: after it every book is asked for again. What changes of a market leave out has not changed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.bitmex import books, frames, rest
from feeds.exchanges.bitmex.books import BOOK, Symbol, by_symbol, request
from feeds.exchanges.bitmex.frames import News, Refusal
from feeds.exchanges.bitmex.wire import (
    BARS,
    Context,
    ForcedRow,
    LevelRow,
    MarketRow,
    TenRow,
    TradeRow,
)
from feeds.roster import Roster
from feeds.wishes import symbols_of
from market.events import BookSnapshot, Event, FeedState, FeedStatus, Listing, Trade

ARGS_AT_ONCE = 20
"""Subscriptions in one request."""

KLINES = 1000
"""Bars asked for at the start: the most that one request gives."""

SILENCE = 5_000_000_000
"""ns without a frame after which we ask whether the venue is there."""

PAUSE = 2_000_000_000
"""ns before a request that a busy venue refused is made again."""

_Handler: TypeAlias = Callable[[News, int], Sequence[Output]]


class Bitmex:
    """The state of one connection to BitMEX."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._roster = Roster(lambda symbol: Symbol(venue, symbol))
        self._met = self._roster.met
        self._markets: dict[str, MarketRow] = {}
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()
        self._again: list[tuple[int, Send]] = []
        """Requests that a busy venue refused, and when they are made again."""
        self._spoilt = False
        """Whether a message was lost that may have been a change of any book."""
        self._owed: list[Output] = []
        """What could not be said because an error was to be raised."""
        self._ping_at: int | None = None
        self._handlers: dict[str, _Handler] = {
            "instrument": self._on_markets,
            "liquidation": self._on_forced,
            "orderBook10": self._on_ten,
            "orderBookL2": self._on_book,
            "orderBookL2_25": self._on_book,
            "trade": self._on_trades,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._spoilt, self._owed, self._again, self._ping_at = False, [], [], now + SILENCE
        self._markets = {}
        for known in self._roster.known.values():
            known.reset()
        outputs: list[Output] = [*self._subscribe(wanted)]
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._roster.begun(item.symbol)
                outputs.append(known.book.start(now))
        fetches = (*self._listings(wanted, now), *self._klines(wanted))
        return [*outputs, *self._asked.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        if self._ping_at is not None:
            self._ping_at = now + SILENCE
        if self._spoilt:
            self._owed += self._lose_books(now)
        try:
            outputs = self._take(frames.read(self._venue, frame), now)
        except MalformedFrame:
            self._spoilt = _may_be_a_book(frame)
            raise
        except frames.DECODE_ERRORS as error:
            self._spoilt = _may_be_a_book(frame)
            raise MalformedFrame(self._venue, str(error), frame) from error
        return [*self._owing(), *outputs] if self._owed else outputs

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        endpoint, symbol, _ = rest.locate(key)
        try:
            stated = rest.read(self._venue, key, body, now)
        except rest.Refused as refusal:
            if refusal.passing:
                self._asked.refuse(key, now)
                return ()
            self._asked.settle(key)
            return (self._unknown(symbol, refusal.reason, now),)
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        self._asked.settle(key)
        asked = endpoint == "instrument" and symbol in (self._wanted or ())
        if asked and not any(isinstance(event, Listing) for event in stated):
            return (self._unknown(symbol, "no such symbol", now),)
        return [output for event in stated for output in self._on_stated(event, now)]

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, and a ping into a silence."""
        if self._spoilt:
            self._owed += self._lose_books(now)
        outputs = self._owing()
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + SILENCE
            outputs.append(Send("ping"))
        outputs += (send for due, send in self._again if now >= due)
        self._again = [(due, send) for due, send in self._again if now < due]
        outputs += self._asked.tick(now)
        for known in self._roster.known.values():
            outputs += known.book.tick(now)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None or payload[:1] in ("[", b"["):
            return rest.read(self._venue, path or "", payload, now)
        read = frames.read(self._venue, payload)
        if isinstance(read, Ignored):
            return (read,)
        if isinstance(read, Refusal):
            raise Rejected(self._venue, read.error[:200])
        try:
            return self._stated(read, now) or (Ignored("", "a table without rows"),)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _stated(self, news: News, now: int) -> Sequence[Event | Ignored]:
        """What rows state by themselves."""
        about = Context(self._venue, now, news.interval)
        levels = [row for row in news.rows if isinstance(row, LevelRow)]
        if levels and news.action == "partial":
            return books.whole(levels, about)
        if levels:
            return books.changes(news.action, levels, about)
        if news.table == "liquidation" and news.action != "insert":
            return (Ignored("", "liquidations that go on"),)
        return [event for row in news.rows for event in row.events(about)]

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        args = list(dict.fromkeys(self._topic(item) for item in wanted))
        for start in range(0, len(args), ARGS_AT_ONCE):
            yield request("subscribe", args[start : start + ARGS_AT_ONCE])

    def _topic(self, item: Subscription) -> str:
        match item.channel:
            case Channel.BOOK:
                table = BOOK
            case Channel.BOOK_TICKER:
                table = "quote"
            case Channel.KLINES:
                table = f"tradeBin{_bin(item.interval)}"
            case Channel.LIQUIDATIONS:
                table = "liquidation"
            case Channel.MARK_PRICE | Channel.TICKER:
                table = "instrument"
            case Channel.TRADES:
                table = "trade"
            case _:
                raise ConfigError(f"{self._venue} has no {item.channel}")
        return f"{table}:{item.symbol}"

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            path = f"/api/v1/instrument?symbol={symbol}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                query = f"symbol={item.symbol}&binSize={_bin(item.interval)}&count={KLINES}"
                path = f"/api/v1/trade/bucketed?{query}&partial=true&reverse=true"
                yield Fetch(path, path, 1)

    def _take(self, read: frames.Read, now: int) -> Sequence[Output]:
        match read:
            case News():
                return self._handlers.get(read.table, self._on_events)(read, now)
            case Refusal():
                return self._on_refusal(read, now)
        return ()

    def _on_refusal(self, refusal: Refusal, now: int) -> Sequence[Output]:
        """Ask for each part of a refused request by itself; tell of one that is refused so."""
        if refusal.harmless:
            return ()
        args = refusal.args
        if refusal.passing and args:
            self._again.append((now + PAUSE, request("subscribe", args)))
            return ()
        if len(args) > 1:
            return [request("subscribe", [arg]) for arg in args]
        table, _, symbol = args[0].partition(":") if args else ("", "", "")
        if table == BOOK and symbol in self._roster.known:
            self._roster.known[symbol].book.give_up()
        if symbol and table not in (BOOK, "trade"):
            return ()  # what is not vital is missed where it is missing
        reason = refusal.error[:200]
        if not symbol:
            raise Rejected(self._venue, reason)
        return (self._unknown(symbol, reason, now),)

    def _on_book(self, news: News, now: int) -> Sequence[Output]:
        about = Context(self._venue, now)
        outputs: list[Output] = []
        rows = by_symbol(row for row in news.rows if isinstance(row, LevelRow))
        if news.action == "partial" and news.symbol:
            rows.setdefault(news.symbol, [])  # a book that is empty
        for symbol, levels in rows.items():
            introduced, known = self._met(symbol, now)
            outputs += introduced
            if news.action == "partial":
                outputs += known.whole(news.table, levels, about)
            else:
                outputs += known.change(news.table, news.action, levels, about)
        return outputs

    def _on_ten(self, news: News, now: int) -> Sequence[Output]:
        """Ten levels, whole each time; they count where no changes are followed."""
        about = Context(self._venue, now)
        outputs: list[Output] = []
        for row in news.rows:
            if isinstance(row, TenRow):
                introduced, known = self._met(row.symbol, now)
                outputs += (*introduced, *known.book.partial(row.snapshot(about), now))
        return outputs

    def _on_trades(self, news: News, now: int) -> Sequence[Output]:
        """Pass on trades that are new; one without an id is no news where a table begins."""
        about = Context(self._venue, now)
        outputs: list[Output] = []
        for row in news.rows:
            event = row.trade(about) if isinstance(row, TradeRow) else None
            if isinstance(event, Trade) and (event.id or news.action == "insert"):
                outputs += self._on_stated(event, now)
        return outputs

    def _on_forced(self, news: News, now: int) -> Sequence[Output]:
        """A new row is a new order; as it is carried out its row changes, and goes."""
        about = Context(self._venue, now)
        outputs: list[Output] = []
        for row in news.rows if news.action == "insert" else ():
            if isinstance(row, ForcedRow):
                introduced, known = self._met(row.symbol, now)
                outputs += introduced
                if known.forced.take(row.orderID):
                    outputs += (one for one in row.events(about) if not isinstance(one, Ignored))
        return outputs

    def _on_markets(self, news: News, now: int) -> Sequence[Output]:
        about = Context(self._venue, now)
        outputs: list[Output] = []
        for row in news.rows:
            if not isinstance(row, MarketRow):
                continue
            known = self._markets.get(row.symbol)
            if news.action == "partial":
                self._markets[row.symbol] = known = row
            elif known is None:
                continue  # a change without its beginning
            else:
                known.update(row)
            outputs += known.changes(about, row)
        return outputs

    def _on_events(self, news: News, now: int) -> Sequence[Output]:
        return [event for event in self._stated(news, now) if not isinstance(event, Ignored)]

    def _on_stated(self, event: Event | Ignored, now: int) -> Sequence[Output]:
        """Take one fact."""
        match event:
            case Listing():
                return self._roster.take(event, now)
            case Trade():
                introduced, known = self._met(event.instrument.partition(":")[2], now)
                new = not event.id or known.ids.take(event.id)
                self.duplicates += not new
                return (*introduced, event) if new else introduced
            case BookSnapshot() | Ignored():
                # A book by itself has no place among the changes of the stream.
                return ()
        known_or_all = self._wanted is None or event.instrument.partition(":")[2] in self._wanted
        return (event,) if known_or_all else ()

    def _unknown(self, symbol: str, reason: str, now: int) -> FeedStatus:
        """Say what is wrong with one symbol; without others there is nothing left to do."""
        if (self._wanted or frozenset()) <= {symbol}:
            raise Rejected(self._venue, f"{symbol}: {reason}")
        return FeedStatus(f"{self._venue}:{symbol}", now, FeedState.CONNECTING, reason)

    def _owing(self) -> list[Output]:
        owed, self._owed = self._owed, []
        return owed

    def _lose_books(self, now: int) -> Sequence[Output]:
        self._spoilt = False
        reason = "a message that may have changed the book could not be read"
        return [
            output
            for known in self._roster.known.values()
            if known.book.state is FeedState.LIVE
            for output in known.book.lose(reason, now)
        ]


def _bin(interval: str) -> str:
    """The venue's bars that serve a wish for bars of `interval`."""
    return BARS.get(interval, "1m")


def _may_be_a_book(frame: bytes | str) -> bool:
    """Whether a message that cannot be read may have been a change of a book."""
    text = frame[:60].decode(errors="replace") if isinstance(frame, bytes) else frame[:60]
    table = re.match(r'\s*\{\s*"table"\s*:\s*"(\w+)"', text)
    return table is None or table[1] in frames.BOOKS
