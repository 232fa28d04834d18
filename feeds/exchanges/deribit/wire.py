"""Deribit's payloads: each struct is what a channel or a result carries, in our words.

Numbers are JSON numbers. Sizes are `amount`: US dollars of inverse futures, base currency of
everything else. Times are milliseconds. https://docs.deribit.com/
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.deribit.names import INTERVALS, is_combination, is_inverse, is_option
from feeds.fields import Count, Price, Rate, Size, Time, amount, nanoseconds
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one payload states."""

HIGHEST = 1e15
"""The highest price there may be."""

_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_OTHER = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


@dataclass(frozen=True, slots=True)
class Context:
    """What a payload does not say itself: whose it is, and when it came."""

    venue: str
    now: int
    symbol: str = "?"
    resolution: str = ""
    """The venue's name of the length of bars."""

    def instrument(self, symbol: str = "") -> str:
        """The id of a payload's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"


class Payload(Protocol):
    """A payload that says what it states."""

    def events(self, about: Context) -> Stated: ...


class TradeRow(Struct, gc=False):
    """One match.

    {"trade_seq":40781986,"trade_id":"66460463","timestamp":1584058044032,"tick_direction":3,
    "price":4469.5,"liquidation":"T","instrument_name":"BTC-PERPETUAL","index_price":4805.41,
    "direction":"sell","amount":1120}
    """

    trade_seq: Count
    trade_id: str
    timestamp: Time
    price: float
    instrument_name: str
    direction: Literal["buy", "sell"]
    amount: Size
    liquidation: Literal["", "M", "T", "MT"] | None = None
    """Whose order was forced: the maker's, the taker's or both; mostly left out."""
    block_trade_id: str | int | None = None
    combo_trade_id: str | int | float | None = None
    combo_id: str | None = None

    @property
    def apart(self) -> str:
        """Why it is no trade of the book, "" where it is one."""
        if is_combination(self.instrument_name):
            return "combinations are not followed"
        if self.block_trade_id is not None:
            return "a block trade"
        if self.combo_id is not None or self.combo_trade_id is not None:
            return "a part of a combination"
        return ""

    def trade(self, instrument: str, now: int) -> Trade:
        if not 0 < self.price <= HIGHEST:
            raise ValueError("a trade has a price above zero")
        time, side = nanoseconds(self.timestamp), _SIDES[self.direction]
        return Trade(instrument, time, now, self.trade_id, self.price, self.amount, side)

    def forced(self, trade: Trade) -> tuple[Liquidation, ...]:
        """The orders of this match that were forced, each on its side."""
        sides = {"T": trade.side, "M": _OTHER[trade.side]}
        return tuple(
            Liquidation(
                trade.instrument,
                trade.ts_event,
                trade.ts_recv,
                trade.price,
                trade.size,
                sides[whose],
            )
            for whose in self.liquidation or ""
        )

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.instrument_name)
        if self.apart:
            return (Ignored(name, self.apart),)
        trade = self.trade(name, about.now)
        return (trade, *self.forced(trade))


class TradeRows(Struct, gc=False):
    """{"trades":[...],"has_more":true}."""

    trades: list[TradeRow]

    def events(self, about: Context) -> Stated:
        rows = sorted(self.trades, key=lambda row: row.trade_seq)
        return tuple(event for row in rows for event in row.events(about))


class _Change(Struct, gc=False, array_like=True):
    """["change",219.2,64903]: what happened, price, size that is left."""

    action: Literal["new", "change", "delete"]
    price: Price
    amount: Size


class Book(Struct, gc=False):
    """The whole book, or a change of it; of 2019 the whole book does not say that it is one.

    {"type":"change","timestamp":1626993724318,"prev_change_id":33195894164,
    "instrument_name":"BTC-24SEP21-8000-P","change_id":33195894355,"bids":[],
    "asks":[["new",0.001,2.6]]}
    """

    timestamp: Time
    instrument_name: str
    change_id: Count
    bids: list[_Change]
    asks: list[_Change]
    prev_change_id: Count = 0
    type: Literal["snapshot", "change"] = "change"

    @property
    def whole(self) -> bool:
        """Whether it replaces what was known; what follows on nothing is the first of a book."""
        return self.type == "snapshot" or not self.prev_change_id

    def snapshot(self, instrument: str, now: int) -> BookSnapshot:
        sides = (_levels(self.bids), _levels(self.asks))
        return BookSnapshot(instrument, nanoseconds(self.timestamp), now, *sides, self.change_id)

    def delta(self, instrument: str, now: int) -> BookDelta:
        time, sides = nanoseconds(self.timestamp), (_levels(self.bids), _levels(self.asks))
        return BookDelta(instrument, time, now, *sides, self.change_id, self.prev_change_id)

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.instrument_name)
        return (self.snapshot(name, about.now) if self.whole else self.delta(name, about.now),)


class Top(Struct, gc=False):
    """So many levels of the book, whole each time, or what REST says of it.

    {"timestamp":1653982973195,"instrument_name":"BTC-30SEP22","change_id":45176371821,
    "bids":[[31975.0,1370.0]],"asks":[[31976.5,2500.0]]}
    """

    timestamp: Time
    instrument_name: str
    bids: list[tuple[Price, Size]]
    asks: list[tuple[Price, Size]]
    change_id: Count | None = None

    def snapshot(self, instrument: str, now: int) -> BookSnapshot:
        time = nanoseconds(self.timestamp)
        return BookSnapshot(instrument, time, now, self.bids, self.asks, self.change_id)

    def events(self, about: Context) -> Stated:
        return (self.snapshot(about.instrument(self.instrument_name), about.now),)


class Quote(Struct, gc=False):
    """The best bid and ask; 0 or null where there is none.

    {"timestamp":1567296000183,"instrument_name":"BTC-PERPETUAL","best_bid_price":9600.5,
    "best_bid_amount":162800,"best_ask_price":9601,"best_ask_amount":49710}
    """

    timestamp: Time
    instrument_name: str
    best_bid_price: Size | None
    best_bid_amount: Size | None
    best_ask_price: Size | None
    best_ask_amount: Size | None

    def events(self, about: Context) -> Stated:
        best = (
            self.best_bid_price or 0.0,
            self.best_bid_amount or 0.0,
            self.best_ask_price or 0.0,
            self.best_ask_amount or 0.0,
        )
        name, time = about.instrument(self.instrument_name), nanoseconds(self.timestamp)
        return (BookTicker(name, time, about.now, *best, None),)


class _Stats(Struct, gc=False):
    volume: Decimal | None = None
    """Base currency."""
    volume_usd: Decimal | None = None
    volume_notional: Decimal | None = None
    price_change: Rate | None = None
    """Percent."""
    low: Size | None = None
    high: Size | None = None


class Day(Struct, gc=False):
    """What is known of a market now, the whole of it each time.

    {"timestamp":1654161785818,"stats":{"volume_usd":545442610.0,"volume":17945.19644566,
    "price_change":-5.4014,"low":29265.5,"high":31903.5},"open_interest":559791310,
    "mark_price":29932.79,"last_price":29931.0,"instrument_name":"BTC-PERPETUAL",
    "index_price":29930.44,"funding_8h":0.00000255,"current_funding":0.0,
    "best_bid_price":29930.5,"best_bid_amount":149910.0,"best_ask_price":29931.0,
    "best_ask_amount":62850.0, ...}
    """

    timestamp: Time
    instrument_name: str
    stats: _Stats | None = None
    last_price: Size | None = None
    mark_price: Size | None = None
    index_price: Size | None = None
    open_interest: Size | None = None
    """Not of spot."""
    current_funding: Rate | None = None
    """Of perpetuals, which pay it all the time."""
    best_bid_price: Size | None = None
    best_bid_amount: Size | None = None
    best_ask_price: Size | None = None
    best_ask_amount: Size | None = None

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.instrument_name), nanoseconds(self.timestamp)
        now = about.now
        events: list[Event] = []
        if self.mark_price is not None:
            events.append(MarkPrice(name, time, now, self.mark_price, self.index_price))
        if self.current_funding is not None:
            events.append(FundingRate(name, time, now, self.current_funding, None))
        if self.open_interest is not None:
            events.append(OpenInterest(name, time, now, self.open_interest))
        quote = Quote(
            self.timestamp,
            self.instrument_name,
            self.best_bid_price,
            self.best_bid_amount,
            self.best_ask_price,
            self.best_ask_amount,
        )
        return (*events, *self._ticker(about, time), *quote.events(about))

    def _ticker(self, about: Context, time: int) -> tuple[Ticker, ...]:
        stats, last, symbol = self.stats, self.last_price, self.instrument_name
        if stats is None or last is None or stats.low is None or stats.high is None:
            return ()
        change = stats.price_change
        inverse = is_inverse(symbol)
        volume = stats.volume_usd if inverse else stats.volume
        if change is None or volume is None or change <= -100:
            return ()
        # Only the change is stated, to a millionth: digits beyond are of no meaning.
        first = float(f"{last / (1 + change / 100):.7g}")
        if first > HIGHEST:
            return ()
        worth = stats.volume_notional
        if worth is None and not is_option(symbol):
            worth = stats.volume_usd
        traded = None if worth is None else amount(worth, about.venue)
        prices = (last, first, stats.high, stats.low)
        size = float(amount(volume, about.venue))
        base = None
        if inverse and stats.volume is not None:
            base = float(amount(stats.volume, about.venue))
        return (Ticker(about.instrument(symbol), time, about.now, *prices, size, traded, base),)


class Summary(Struct, gc=False):
    """What REST says of a market as a whole.

    {"volume_usd":223275080.0,"volume":7539.21,"open_interest":560105870,"mark_price":29700.53,
    "instrument_name":"BTC-PERPETUAL","current_funding":0.0,"creation_timestamp":1654340303741,
    "bid_price":29700.5,"ask_price":29701.0, ...}
    """

    instrument_name: str
    creation_timestamp: Time
    open_interest: Size | None = None
    mark_price: Size | None = None
    current_funding: Rate | None = None

    def events(self, about: Context) -> Stated:
        day = Day(
            self.creation_timestamp,
            self.instrument_name,
            mark_price=self.mark_price,
            open_interest=self.open_interest,
            current_funding=self.current_funding,
        )
        stated = [event for event in day.events(about) if not isinstance(event, BookTicker)]
        name = about.instrument(self.instrument_name)
        return tuple(stated) or (Ignored(name, "nothing that is used"),)


class Candle(Struct, gc=False):
    """A bar as it stands, by the time at which it began.

    {"volume":0.02120555,"tick":1654079340000,"open":31595.5,"low":31595.5,"high":31595.5,
    "cost":670.0,"close":31595.5}
    """

    tick: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Decimal
    """Base currency."""
    cost: Decimal
    """Quote currency, which is what sizes of inverse futures are."""

    def events(self, about: Context) -> Stated:
        name = about.instrument()
        if about.resolution not in INTERVALS or not self.low:
            return (Ignored(name, f"bars of {about.resolution[:9]!r} are not used"),)
        interval, seconds = INTERVALS[about.resolution]
        start = nanoseconds(self.tick)
        end = start + seconds * 1_000_000_000
        cost, volume = amount(self.cost, about.venue), amount(self.volume, about.venue)
        inverse = is_inverse(about.symbol)
        traded = float(cost if inverse else volume)
        prices = (self.open, self.high, self.low, self.close)
        amounts = (traded, None, cost, None)
        bar = (interval, start, end, *prices, *amounts, end <= about.now)
        return (Kline(name, None, about.now, *bar, float(volume) if inverse else None),)


class Chart(Struct, gc=False):
    """Bars by column, oldest first.

    {"status":"ok","ticks":[1554373800000],"open":[4963.42],"high":[4978.5],"low":[4963.0],
    "close":[4968.0],"volume":[19.0],"cost":[94000.0]}
    """

    ticks: list[Time]
    open: list[Size]
    high: list[Size]
    low: list[Size]
    close: list[Size]
    volume: list[Decimal]
    cost: list[Decimal]

    def events(self, about: Context) -> Stated:
        columns = (self.open, self.high, self.low, self.close, self.volume, self.cost)
        bars = map(Candle, self.ticks, *columns)
        if any(len(column) != len(self.ticks) for column in columns):
            raise ValueError("columns of different lengths")
        return tuple(event for bar in bars for event in bar.events(about))


def _levels(changes: Sequence[_Change]) -> list[tuple[float, float]]:
    return [(level.price, 0.0 if level.action == "delete" else level.amount) for level in changes]
