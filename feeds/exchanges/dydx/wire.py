"""dYdX's stream messages: each struct is one content and says what it states in our words.

Numbers are strings on the wire, sizes base currency, times ISO 8601. Books state no time.
https://docs.dydx.xyz/indexer-client/websockets
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.dydx.names import INTERVALS
from feeds.fields import Count, Levels, Price, Rate, Size, amount
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Trade,
)
from market.instrument import Instrument, Kind

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one content states."""

Moment = Annotated[datetime, Meta(tz=True)]

TAKER = {"BUY": Side.BUY, "SELL": Side.SELL}

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000_000
_HOUR = 3600 * _SECOND


@dataclass(frozen=True, slots=True)
class About:
    """What a content does not say itself: whose it is, and when it came."""

    venue: str
    now: int
    symbol: str = "?"
    resolution: str = ""
    number: int = 0
    """Of the message on its connection."""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"


def moment(time: datetime) -> int:
    """A time in ns. ValueError where no market was open yet."""
    if time < _EPOCH:
        raise ValueError(f"{time} is before 1970")
    return (time - _EPOCH) // timedelta(microseconds=1) * 1000


class Message(Struct, gc=False):
    """Any message; the numbers of one connection rise by one.

    {"type":"channel_batch_data","connection_id":"89e1892b-…","message_id":5,"id":"ETH-USD",
    "channel":"v4_orderbook","version":"1.0.0","contents":[{"asks":[["1583.083","0"]]}]}
    """

    type: str
    message_id: Count
    connection_id: str = ""
    channel: str = ""
    id: str = ""
    contents: Raw = Raw(b"null")
    message: str = ""
    """Of an error."""

    @property
    def whole(self) -> bool:
        """Whether it states all there is, as it does upon a subscription."""
        return self.type == "subscribed"

    @property
    def is_data(self) -> bool:
        """Whether it has contents."""
        return self.type in ("subscribed", "channel_data", "channel_batch_data")

    def about(self, venue: str, now: int) -> About:
        symbol, _, resolution = self.id.partition("/")
        return About(venue, now, symbol or "?", resolution, self.message_id)


class Print(Struct, gc=False):
    """A fill; the side is the taker's, which of a liquidation is the order that was forced.

    {"id":"03f89a53000000020000000e","side":"BUY","size":"0.0365","price":"89970",
    "type":"LIMIT","createdAt":"2025-12-08T16:11:29.425Z","createdAtHeight":"66624083"}
    """

    id: str
    side: Literal["BUY", "SELL"]
    size: Size
    price: Price
    createdAt: Moment
    type: str = "LIMIT"
    """Not in recordings of 2022."""

    def events(self, about: About) -> Stated:
        name, time, side = about.instrument(), moment(self.createdAt), TAKER[self.side]
        if self.type == "DELEVERAGED":
            return (Ignored(name, "a position closed against another, away from the book"),)
        trade = Trade(name, time, about.now, self.id, self.price, self.size, side)
        if self.type != "LIQUIDATED":
            return (trade,)
        return (trade, Liquidation(name, time, about.now, self.price, self.size, side))


class Prints(Struct, gc=False):
    """{"trades":[…]}."""

    trades: list[Print]

    def events(self, about: About) -> Stated:
        return tuple(event for row in self.trades for event in row.events(about))


class PastPrints(Prints, gc=False):
    """{"trades":[…]}, the newest first: what a subscription begins with, and REST states."""

    def events(self, about: About) -> Stated:
        rows = self.trades[::-1]
        rows.sort(key=lambda row: row.createdAt)
        return tuple(event for row in rows for event in row.events(about))


class _Level(Struct, gc=False):
    """{"price":"1576.579","size":"0.749382"}."""

    price: Price
    size: Size


class WholeBook(Struct, gc=False):
    """{"bids":[{"price":"1576.579","size":"0.749382"}],"asks":[…]}."""

    bids: list[_Level]
    asks: list[_Level]

    @property
    def sides(self) -> tuple[Levels, Levels]:
        """Bids and asks."""
        return _pairs(self.bids), _pairs(self.asks)

    def events(self, about: About) -> Stated:
        return (BookSnapshot(about.instrument(), None, about.now, *self.sides, about.number),)


class _Row(Struct, gc=False, array_like=True):
    """["1583.083","0"]; what may follow is not used."""

    price: Price
    size: Size


class Change(Struct, gc=False):
    """{"asks":[["1583.083","0"]]}: absolute sizes of levels; 0 removes."""

    bids: list[_Row] = []
    asks: list[_Row] = []

    @property
    def sides(self) -> tuple[Levels, Levels]:
        """Bids and asks."""
        return _pairs(self.bids), _pairs(self.asks)


class Candle(Struct, gc=False):
    """A bar as it stands; the venue does not say that it is over.

    {"startedAt":"2023-09-22T22:00:00.000Z","ticker":"ETH-USD","resolution":"1HOUR",
    "low":"1575.9","high":"1585.9","open":"1577.7","close":"1582.8",
    "baseTokenVolume":"20.298","usdVolume":"32087.4112","trades":1365}
    """

    startedAt: Moment
    ticker: str
    low: Size
    high: Size
    open: Size
    close: Size
    baseTokenVolume: Size
    usdVolume: Decimal
    trades: Count
    resolution: str = ""
    """Left out of changes, whose topic names it."""

    def bar(self, about: About, *, closed: bool = False) -> Kline | Ignored:
        name, resolution = about.instrument(self.ticker), self.resolution or about.resolution
        if resolution not in INTERVALS or not self.low:
            return Ignored(name, f"candle {resolution[:9]!r} without a known length or a price")
        interval, seconds = INTERVALS[resolution]
        start = moment(self.startedAt)
        end = start + seconds * _SECOND
        prices = (self.open, self.high, self.low, self.close)
        traded = amount(self.usdVolume, about.venue)
        amounts = (self.baseTokenVolume, None, traded, self.trades)
        over = closed or end <= about.now
        return Kline(name, None, about.now, interval, start, end, *prices, *amounts, over)

    def events(self, about: About) -> Stated:
        return (self.bar(about),)


class Candles(Struct, gc=False):
    """{"candles":[…]}, the newest first."""

    candles: list[Candle]

    def events(self, about: About) -> Stated:
        rows = self.candles[::-1]
        return tuple(row.bar(about, closed=row is not rows[-1]) for row in rows)


class _Market(Struct, gc=False):
    """What is known of a market now, or what of it has changed.

    {"ticker":"BTC-USD","status":"ACTIVE","oraclePrice":"63132.81233","volume24H":"407628259.28",
    "nextFundingRate":"0.0000321","openInterest":"630.9279","tickSize":"1","stepSize":"0.0001"}
    """

    oraclePrice: Size | None = None
    nextFundingRate: Rate | None = None
    openInterest: Size | None = None
    tickSize: Decimal | None = None
    stepSize: Decimal | None = None

    def events(self, symbol: str, about: About) -> list[Event]:
        """It states no time of its own, so it is that of its receipt."""
        name, now = about.instrument(symbol), about.now
        events: list[Event] = []
        listed = self._instrument(symbol, about)
        if listed is not None:
            events.append(Listing(name, now, listed))
        if self.oraclePrice:
            # The oracle's price is what positions are marked to.
            events.append(MarkPrice(name, now, now, self.oraclePrice, self.oraclePrice))
        if self.nextFundingRate is not None:
            due = (now // _HOUR + 1) * _HOUR if now > _HOUR else None
            events.append(FundingRate(name, now, now, self.nextFundingRate, due))
        if self.openInterest is not None:
            events.append(OpenInterest(name, now, now, self.openInterest))
        return events

    def _instrument(self, symbol: str, about: About) -> Instrument | None:
        if not self.tickSize or not self.stepSize:
            return None
        grids = [amount(step, about.venue).normalize() for step in (self.tickSize, self.stepSize)]
        base, _, quote = symbol.rpartition("-")
        return Instrument(about.venue, symbol, grids[0], grids[1], base, quote, Kind.LINEAR)


class _Oracle(Struct, gc=False):
    """{"oraclePrice":"43300.00","effectiveAt":"2024-01-01T00:01:00.000Z"}; once called `price`."""

    oraclePrice: Size = 0.0
    price: Size = 0.0
    effectiveAt: Moment | None = None

    def events(self, symbol: str, about: About) -> list[Event]:
        price = self.oraclePrice or self.price
        if not price:
            return []
        when = about.now if self.effectiveAt is None else moment(self.effectiveAt)
        return [MarkPrice(about.instrument(symbol), when, about.now, price, price)]


class Markets(Struct, gc=False):
    """{"markets":{"BTC-USD":{…}}}, or of changes {"trading":{…},"oraclePrices":{…}}."""

    markets: dict[str, _Market] = {}
    trading: dict[str, _Market] = {}
    oraclePrices: dict[str, _Oracle] = {}

    def events(self, about: About) -> Stated:
        rows: Iterable[tuple[str, _Market | _Oracle]] = (
            *self.markets.items(),
            *self.trading.items(),
            *self.oraclePrices.items(),
        )
        return tuple(event for symbol, row in rows for event in row.events(symbol, about))


Content: TypeAlias = Prints | WholeBook | Change | Candle | Candles | Markets

_READERS: dict[str, tuple[Decoder[Content], Decoder[Content], Decoder[list[Content]]]] = {}
"""What decodes the contents of each channel: all there is, a change, a batch of changes."""


def _reads(channel: str, whole: type[Struct], change: type[Struct]) -> None:
    _READERS[channel] = (
        Decoder(whole, strict=False),
        Decoder(change, strict=False),
        Decoder(list[change], strict=False),  # type: ignore[valid-type]  # a type made at run time
    )


_reads("v4_candles", Candles, Candle)
_reads("v4_markets", Markets, Markets)
_reads("v4_orderbook", WholeBook, Change)
_reads("v4_trades", PastPrints, Prints)

_decode = Decoder(Message).decode


def read(venue: str, frame: bytes | str) -> Message:
    """Any message. Raise MalformedFrame when it is not what the venue documents."""
    try:
        return _decode(frame)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error


def contents(venue: str, message: Message) -> list[Content] | None:
    """What a message with data holds, in order; None for channels that are not used."""
    readers = _READERS.get(message.channel)
    if readers is None:
        return None
    whole, change, batch = readers
    try:
        if message.type == "channel_batch_data":
            return batch.decode(message.contents)
        return [(whole if message.whole else change).decode(message.contents)]
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), bytes(message.contents)) from error


def states(message: Message, rows: list[Content], about: About) -> Stated:
    """What the contents state by themselves. ValueError where a time is none."""
    stated: list[Event | Ignored] = []
    changes: list[Change] = []
    for row in rows:
        if isinstance(row, Change):
            changes.append(row)
        else:
            stated += row.events(about)
    if changes:
        sides = [row.sides for row in changes]
        bids, asks = ([level for side in sides for level in side[index]] for index in (0, 1))
        number = message.message_id
        name, now = about.instrument(), about.now
        stated.append(BookDelta(name, None, now, bids, asks, number, number - 1))
    return tuple(stated)


def _pairs(rows: Iterable[_Level | _Row]) -> Levels:
    return [(row.price, row.size) for row in rows]
