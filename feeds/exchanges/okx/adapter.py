"""OKX's adapter: one connection to spot, swaps and futures as a machine of frames.

Books are stated by the stream and followed by the pointers of their changes (`feeds.inband`).
What contracts are worth is in the list of instruments: sizes are left in contracts, as the venue
counts them. Bars have a socket path of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from msgspec.structs import replace

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, Disconnected, MalformedFrame
from feeds.exchanges.okx import frames, history, rest
from feeds.exchanges.okx.frames import News, Notice
from feeds.exchanges.okx.names import BARS, bar_of, instrument_type, pays_funding, underlying
from feeds.exchanges.okx.symbol import BOOKS, Symbol, request
from feeds.exchanges.okx.wire import BookRow, Context, IndexRow, TradeRow
from feeds.roster import Roster
from feeds.wishes import symbols_of, without
from market.events import (
    BookSnapshot,
    BookTicker,
    Event,
    Liquidation,
    Listing,
    MarkPrice,
    Ticker,
    Trade,
)
from market.instrument import Kind

ARGS_AT_ONCE = 100
"""Channels in one request: far below the 64 KB that it may have."""

KLINES = 300
"""Bars asked for at the start: the most that one request gives."""

SILENCE = 20_000_000_000
"""ns without a frame after which we say something: the venue hangs up after 30 s of silence."""

UNKNOWN_SYMBOL = "51001"
"""The code of a request for an instrument that does not exist."""

_Handler: TypeAlias = Callable[[News, int], Sequence[Output]]


class Okx:
    """The state of one connection to OKX."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._roster = Roster(lambda symbol: Symbol(venue, symbol))
        self._met = self._roster.met
        self._wanted: frozenset[str] | None = None
        self._channels: frozenset[Channel] | None = None
        self._asked = Asked()
        self._indexes: dict[str, float] = {}
        """The last price of each index."""
        self._ping_at: int | None = None
        self._handlers: dict[str, _Handler] = {
            "books": self._on_changes,
            "books-l2-tbt": self._on_changes,
            "books5": self._on_partial,
            "books50-l2-tbt": self._on_changes,
            "index-tickers": self._on_index,
            "liquidation-orders": self._on_liquidations,
            "mark-price": self._on_mark,
            "tickers": self._on_ticker,
            "trades": self._on_trades,
            "trades-all": self._on_trades,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._channels = frozenset(item.channel for item in wanted)
        self._ping_at = now + SILENCE
        for known in self._roster.known.values():
            known.reset()
        outputs: list[Output] = [*self._subscribe(wanted)]
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._roster.begun(item.symbol)
                outputs.append(known.book.start(now))
        asked = (*self._listings(wanted, now), *self._klines(wanted))
        fetches = (*asked, *history.interest(wanted))
        return [*outputs, *self._asked.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        self._ping_at = now + SILENCE
        read = frames.read(self._venue, frame)
        if isinstance(read, Ignored):
            return ()
        if isinstance(read, Notice):
            return self._on_notice(read)
        try:
            return self._handlers.get(read.arg.channel, self._on_events)(read, now)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        _, symbol, _ = rest.locate(key)
        try:
            stated = rest.read(self._venue, key, body, now)
        except rest.Refused as refusal:
            return self._refused(key, symbol, refusal, now)
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        self._asked.settle(key)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._roster.take(event, now)
                case Trade():
                    outputs += self._trade(event, now)
                case BookSnapshot() | BookTicker() | Ignored():
                    # A book by itself has no place among the changes of the stream.
                    continue
                case _:
                    outputs.append(event)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, and a ping into a silence."""
        outputs: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + SILENCE
            outputs.append(Send("ping"))
        outputs += self._asked.tick(now)
        for known in self._roster.known.values():
            outputs += known.book.tick(now)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None:
            return rest.read(self._venue, path, payload, now)
        try:
            read = frames.read(self._venue, payload)
        except MalformedFrame as error:
            return self._parse_odd(payload, now, error)
        if isinstance(read, Ignored):
            return (read,)
        if isinstance(read, Notice):
            if read.refused:
                raise frames.refusal(self._venue, read)
            return (Ignored("", read.msg[:100] or "acknowledgement"),)
        try:
            return self._stated(read, now) or (Ignored("", "an empty push"),)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _parse_odd(
        self, payload: bytes | str, now: int, error: MalformedFrame
    ) -> Sequence[Event | Ignored]:
        """A body that nobody says is one, or a message of the protocol before this."""
        start = payload[:10] if isinstance(payload, str) else payload[:10].decode(errors="replace")
        if start.startswith('{"table":"'):
            return (Ignored("", "a message of version 3, which is no more"),)
        try:
            return rest.read(self._venue, "", payload, now)
        except MalformedFrame:
            raise error from None

    def _stated(self, news: News, now: int) -> Sequence[Event | Ignored]:
        """What the rows of a push state by themselves."""
        arg = news.arg
        interval = bar_of(arg.channel) or ""
        about = Context(self._venue, now, arg.instId or "?", interval, news.action)
        return [event for row in news.rows for event in row.events(about)]

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        args = {str(arg): arg for item in wanted for arg in self._args(item)}
        listed = list(args.values())
        for start in range(0, len(listed), ARGS_AT_ONCE):
            yield request("subscribe", listed[start : start + ARGS_AT_ONCE])

    def _args(self, item: Subscription) -> Sequence[dict[str, str]]:
        """The venue's channels of one of ours; some do not exist for every kind of instrument."""
        kind = instrument_type(item.symbol)
        match item.channel:
            case Channel.BOOK:
                names = [BOOKS]
            case Channel.BOOK_TICKER:
                names = ["bbo-tbt"]
            case Channel.KLINES:
                names = [f"candle{_bar(item.interval)}"]
            case Channel.LIQUIDATIONS if kind != "SPOT":
                return [{"channel": "liquidation-orders", "instType": kind}]
            case Channel.MARK_PRICE if kind != "SPOT":
                index = {"channel": "index-tickers", "instId": underlying(item.symbol)}
                names = ["mark-price", "open-interest"]
                names += ["funding-rate"] if pays_funding(item.symbol) else []
                return [index, *({"channel": name, "instId": item.symbol} for name in names)]
            case Channel.TICKER:
                names = ["tickers"]
            case Channel.TRADES:
                names = ["trades"]
            case Channel.LIQUIDATIONS | Channel.MARK_PRICE:
                names = []
            case _:
                raise ConfigError(f"{self._venue} has no {item.channel}")
        return [{"channel": name, "instId": item.symbol} for name in names]

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            query = f"instType={instrument_type(symbol)}&instId={symbol}"
            path = f"/api/v5/public/instruments?{query}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                query = f"instId={item.symbol}&bar={_bar(item.interval)}&limit={KLINES}"
                path = f"/api/v5/market/candles?{query}"
                yield Fetch(path, path, 1)

    def _on_notice(self, notice: Notice) -> Sequence[Output]:
        if notice.closing:
            raise Disconnected(self._venue, "the server is about to close the connection")
        if notice.refused:
            refusal = frames.refusal(self._venue, notice)
            known = self._roster.known.get(refusal.reason.partition(":")[0])
            if known is not None:
                known.book.give_up()
            raise refusal
        return ()

    def _on_changes(self, news: News, now: int) -> Sequence[Output]:
        introduced, known = self._met(news.arg.instId, now)
        rows = [row for row in news.rows if isinstance(row, BookRow)]
        return (*introduced, *known.push(news, rows, now))

    def _on_partial(self, news: News, now: int) -> Sequence[Output]:
        """Five levels, whole each time; they count where no changes are followed."""
        introduced, known = self._met(news.arg.instId, now)
        outputs = [*introduced]
        for row in news.rows:
            if isinstance(row, BookRow):
                outputs += known.book.partial(row.snapshot(known.id, now, row.seqId), now)
        return outputs

    def _on_trades(self, news: News, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for row in news.rows:
            if isinstance(row, TradeRow):
                trade = row.trade(f"{self._venue}:{row.instId}", now)
                outputs += self._trade(trade, now, news.arg.channel)
        return outputs

    def _trade(self, trade: Trade, now: int, channel: str = "trades") -> Sequence[Output]:
        """Pass on a trade that is new, of the one channel that is followed.

        A number that is left out is no sign of a missing trade: the trades of one order are told
        together, by the number of the last.
        """
        introduced, known = self._met(trade.instrument.partition(":")[2], now)
        known.trades = known.trades or channel
        if channel != known.trades:
            return introduced
        if not known.seen.take(int(trade.id)):
            self.duplicates += 1
            return introduced
        return (*introduced, trade)

    def _on_index(self, news: News, now: int) -> Sequence[Output]:
        for row in news.rows:
            if isinstance(row, IndexRow):
                self._indexes[row.instId] = row.idxPx
        return ()

    def _on_mark(self, news: News, now: int) -> Sequence[Output]:
        """A mark price is told with the price of the index that it follows."""
        index = self._indexes.get(underlying(news.arg.instId))
        return [
            replace(event, index=index) if isinstance(event, MarkPrice) else event
            for event in self._on_events(news, now)
        ]

    def _on_ticker(self, news: News, now: int) -> Sequence[Output]:
        """The best bid and ask have a faster channel of their own."""
        said = [self._valued(event) for event in self._on_events(news, now)]
        if self._channels is None:
            return said
        return [event for event in said if not isinstance(event, BookTicker)]

    def _valued(self, event: Output) -> Output:
        """A day of an inverse contract with its turnover: each is worth so many dollars."""
        if not isinstance(event, Ticker) or event.quote_volume is not None:
            return event
        listed = self._roster.listed.get(event.instrument.partition(":")[2])
        if listed is None or listed.kind is not Kind.INVERSE or listed.contract_size is None:
            return event
        return replace(event, quote_volume=Decimal(repr(event.volume)) * listed.contract_size)

    def _on_liquidations(self, news: News, now: int) -> Sequence[Output]:
        """Those of every contract come, whichever were asked for."""
        wanted = self._wanted
        return [
            event
            for event in self._on_events(news, now)
            if isinstance(event, Liquidation)
            and (wanted is None or event.instrument.partition(":")[2] in wanted)
        ]

    def _on_events(self, news: News, now: int) -> Sequence[Output]:
        return [event for event in self._stated(news, now) if not isinstance(event, Ignored)]

    def _refused(self, key: str, symbol: str, refusal: rest.Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._asked.refuse(key, now)
            return ()
        self._asked.settle(key)
        if "open-interest" in key:
            return ()  # without it everything else still stands
        reason = "no such symbol" if UNKNOWN_SYMBOL in refusal.reason else refusal.reason
        return (without(self._venue, self._wanted, symbol, reason, now),)


def _bar(interval: str) -> str:
    """The venue's bars that serve a wish for bars of `interval`."""
    return BARS.get(interval, "1m")
