"""Hyperliquid's adapter: one connection as a machine of frames.

Books come whole and at three paces (`feeds.exchanges.hyperliquid.ladder`), with nothing to check
them by. History and instruments are asked for over the socket, as the REST service takes no plain
request. The tick of a price changes with its power of ten, and is told anew when it does.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from feeds.adapter import Channel, Ignored, Output, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.hyperliquid import info, wire
from feeds.exchanges.hyperliquid.directory import Directory
from feeds.exchanges.hyperliquid.names import SPELLING, begin, kind_of
from feeds.exchanges.hyperliquid.posts import Posts, Question
from feeds.exchanges.hyperliquid.symbol import Symbol, Wish, book_wishes, request
from feeds.exchanges.hyperliquid.wire import About
from feeds.lastbars import LastBars
from feeds.wishes import spelled, without
from market.events import BookSnapshot, Event, FeedStatus, Kline, Listing, Trade
from market.instrument import Kind

KLINES = 1000
"""Bars asked for at the start."""

KLINES_WEIGHT = 20 + KLINES // 60 + 1

PING = 30_000_000_000
"""ns between two pings; the venue hangs up after 60 s without a word from it."""

OPTIONAL = ("activeAssetCtx", "bbo", "candle")
"""Subscriptions whose refusal leaves the instrument as it is."""

FAST = '"fast":true'
"""In the refusal of the fast book, without which the other is one still."""

BUSY = ("429", "500", "502", "503", "504", "rate limit", "too many")
"""What an answer says that may be another one later."""

_Handler: TypeAlias = Callable[[Any, About], Sequence[Output]]
"""Any: the decoder says which type comes to which handler, a table's type cannot."""


class Hyperliquid:
    """The state of one connection to Hyperliquid."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._symbols: dict[str, Symbol] = {}
        self._directory = Directory()
        self._wanted: frozenset[str] | None = None
        self._quoted: frozenset[str] | None = None
        """The coins whose best bid and ask are wanted; None where nobody has said."""
        self._posts = Posts()
        self._bars = LastBars()
        self._ping_at: int | None = None
        self._handlers: dict[type, _Handler] = {
            wire.BookMessage: self._on_book,
            wire.Candles: self._on_events,
            wire.Contexts: self._on_events,
            wire.Error: self._on_error,
            wire.Posted: self._on_posted,
            wire.QuoteMessage: self._on_quote,
            wire.Trades: self._on_trades,
            Ignored: self._on_nothing,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        about = self._about(now)
        self._wanted = frozenset(item.symbol for item in wanted)
        quotes = (item.symbol for item in wanted if item.channel is Channel.BOOK_TICKER)
        self._quoted = frozenset(quotes)
        self._ping_at = now + PING
        self._posts = Posts()
        for known in self._symbols.values():
            known.forget()
        wishes = {tuple(wish.items()): wish for item in wanted for wish in _wishes(item)}
        outputs: list[Output] = [request("subscribe", wish) for wish in wishes.values()]
        books = dict.fromkeys(item.symbol for item in wanted if item.channel is Channel.BOOK)
        for coin in books:
            known = self._symbols.setdefault(coin, Symbol(coin))
            outputs.append(known.ladder.start(about))
        for question in (*self._directory.ask(books, now), *_histories(wanted, now)):
            self._posts.ask(question, now)
        return [*outputs, *self._posts.tick(now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        content = wire.read(self._venue, frame)
        return self._handlers[type(content)](content, self._about(now))

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a recorded answer of the REST service; none is fetched."""
        about = self._about(now)
        return self._take(info.read(about, body), about)

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: questions whose turn it is, books that are old, and a ping."""
        about = self._about(now)
        outputs: list[Output] = [*self._posts.tick(now)]
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(Send('{"method":"ping"}'))
        for known in self._symbols.values():
            outputs += known.ladder.tick(about)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself; see `feeds.adapter.Parser`."""
        about = self._about(now)
        if path is not None:
            return info.read(about, payload)
        try:
            content = wire.read(self._venue, payload)
        except MalformedFrame:
            if wire.channel_of(payload) is not None:
                raise
            return info.read(about, payload)
        if isinstance(content, Ignored):
            return (content,)
        if isinstance(content, wire.Posted):
            data, fault = wire.answered(self._venue, content)
            return (Ignored("", fault),) if fault else info.read(about, data)
        if isinstance(content, wire.Error):
            if content.harmless:
                return (Ignored("", content.data),)
            raise Rejected(self._venue, content.data)
        return content.events(about) or (Ignored("", "an empty list"),)

    def _about(self, now: int) -> About:
        return About(self._venue, now)

    def _known(self, coin: str, about: About, outputs: list[Output]) -> Symbol:
        """What is known of a coin; the first time its instrument goes out, where it is listed."""
        known = self._symbols.get(coin)
        if known is None:
            known = self._symbols[coin] = Symbol(coin)
            listed = self._directory.listed.get(coin)
            if listed is not None:
                outputs.append(known.list(listed, about))
        return known

    def _on_trades(self, message: wire.Trades, about: About) -> Sequence[Output]:
        outputs: list[Output] = []
        # The recent past and the matches of one block come in no order.
        for row in sorted(message.data, key=lambda row: row.time):
            self._trade(row.trade(about), about, outputs)
        return outputs

    def _trade(self, trade: Trade, about: About, outputs: list[Output]) -> None:
        known = self._known(trade.instrument.partition(":")[2], about, outputs)
        if known.ids.take(trade.id):
            outputs += known.trade_at(trade.price, about)
            outputs.append(trade)
        else:
            self.duplicates += 1

    def _on_book(self, message: wire.BookMessage, about: About) -> Sequence[Output]:
        outputs: list[Output] = []
        known = self._known(message.data.coin, about, outputs)
        taken = known.ladder.take(message.data, about)
        return (*outputs, *_repriced(known, taken, about), *taken)

    def _on_quote(self, message: wire.QuoteMessage, about: About) -> Sequence[Output]:
        outputs: list[Output] = []
        coin = message.data.coin
        known = self._known(coin, about, outputs)
        if self._quoted is None or coin in self._quoted:
            outputs.append(message.data.ticker(about))
        taken = known.ladder.touch(message.data, about)
        return (*outputs, *_repriced(known, taken, about), *taken)

    def _on_events(self, message: wire.Candles | wire.Contexts, about: About) -> Sequence[Output]:
        return self._take(message.events(about), about)

    def _on_posted(self, message: wire.Posted, about: About) -> Sequence[Output]:
        data, fault = wire.answered(self._venue, message)
        number = message.data.id
        if fault and any(word in fault.lower() for word in BUSY):
            self._posts.refuse(number, about.now)
            return ()
        question = self._posts.answered(number)
        if fault:
            raise Rejected(self._venue, fault)
        outputs = list(self._take(info.read(about, data), about))
        if question is not None and question.payload["type"] in ("meta", "spotMeta"):
            coins = sorted(self._wanted or ())
            missing = self._directory.missing(question.about, coins, about.now)
            outputs += (self._unknown(coin, reason, about) for coin, reason in missing)
        return outputs

    def _on_error(self, error: wire.Error, about: About) -> Sequence[Output]:
        optional = any(f'"{name}"' in error.data for name in OPTIONAL) or FAST in error.data
        if error.harmless or optional:
            return ()
        raise Rejected(self._venue, error.data)

    def _on_nothing(self, message: Ignored, about: About) -> Sequence[Output]:
        return ()

    def _take(self, stated: Sequence[Event | Ignored], about: About) -> Sequence[Output]:
        """Take the facts of an answer, or of a channel that needs no more than that."""
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    self._list(event, about, outputs)
                case Trade():
                    self._trade(event, about, outputs)
                case Kline():
                    self._bar(event, about, outputs)
                case Ignored() | BookSnapshot():
                    pass  # the ladder is made of what the stream states
                case _ if self._follows(event.instrument):
                    outputs.append(event)
        return outputs

    def _follows(self, instrument: str) -> bool:
        """Whether it is wanted: an answer may be about every coin there is."""
        wanted = self._wanted
        return wanted is None or instrument.partition(":")[2] in wanted

    def _list(self, event: Listing, about: About, outputs: list[Output]) -> None:
        self._directory.take(event.listed)
        known = self._symbols.get(event.listed.symbol)
        if known is not None:
            outputs.append(known.list(event.listed, about))

    def _bar(self, bar: Kline, about: About, outputs: list[Output]) -> None:
        """The last bars of the stream, and those of the past."""
        outputs += self._bars.follow(bar, about.now) or ((bar,) if bar.closed else ())

    def _unknown(self, coin: str, reason: str, about: About) -> FeedStatus:
        """Say what is wrong with one coin; without others there is nothing left to do."""
        if coin in self._symbols:
            self._symbols[coin].ladder.give_up()
        return without(self._venue, self._wanted, coin, reason, about.now)


def _wishes(item: Subscription) -> tuple[Wish, ...]:
    """The subscriptions that make a channel."""
    match item.channel:
        case Channel.BOOK:
            return book_wishes(item.symbol)
        case Channel.BOOK_TICKER:
            return ({"type": "bbo", "coin": item.symbol},)
        case Channel.KLINES:
            return ({"type": "candle", "coin": item.symbol, "interval": spelled(item, SPELLING)},)
        case Channel.MARK_PRICE:
            # Of spot the same channel states a price that nothing is marked to.
            perpetual = kind_of(item.symbol) is Kind.LINEAR
            return ({"type": "activeAssetCtx", "coin": item.symbol},) if perpetual else ()
        case Channel.TRADES:
            return ({"type": "trades", "coin": item.symbol},)
    raise ConfigError(f"hyperliquid has no {item.channel}")


def _histories(wanted: Sequence[Subscription], now: int) -> Iterator[Question]:
    for item in wanted:
        if item.channel is Channel.KLINES:
            interval = spelled(item, SPELLING)
            asked: Wish = {
                "coin": item.symbol,
                "interval": interval,
                "startTime": begin(interval, KLINES, now),
                "endTime": now // 1_000_000,
            }
            payload: Wish = {"type": "candleSnapshot", "req": asked}
            yield Question(payload, KLINES_WEIGHT, item.symbol)


def _repriced(known: Symbol, taken: Sequence[Output], about: About) -> Sequence[Listing]:
    """The instrument on other grids, where a book has come to prices that need them."""
    for output in taken:
        if isinstance(output, BookSnapshot):
            lowest = output.bids or output.asks[:1]
            return known.reprice(lowest[-1][0] if lowest else None, about)
    return ()
