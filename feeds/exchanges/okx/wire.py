"""OKX's rows: each struct is one row of a channel or a body, and says what it states in our words.

Numbers are strings on the wire, and "" where there is none. Sizes of contracts are counted in
contracts, whose worth the list of instruments states. Times are milliseconds.
https://www.okx.com/docs-v5/en/#order-book-trading-market-data
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, Protocol, TypeAlias

from msgspec import Meta, Struct

from feeds.adapter import Ignored
from feeds.exchanges.okx.names import bar_end, instrument_type
from feeds.fields import (
    Blank,
    Count,
    Price,
    Rate,
    Sequence,
    Size,
    Time,
    amount,
    nanoseconds,
)
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
    Orders,
    Side,
    Ticker,
    Trade,
)

Stated: TypeAlias = tuple[Event | Ignored, ...]
"""What one row states."""

Checksum = Annotated[int, Meta(ge=-(2**31), le=2**32 - 1)]


@dataclass(frozen=True, slots=True)
class Context:
    """What a row does not say itself: whose it is, and when it came."""

    venue: str
    now: int
    symbol: str = "?"
    interval: str = ""
    """Of a list of bars."""
    action: str = ""
    """Of a book: `snapshot` or `update`; "" for those that are always whole."""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"


class Row(Protocol):
    """A row that says what it states."""

    def events(self, about: Context) -> Stated: ...


class TradeRow(Struct, gc=False):
    """The matches of one taker order at one price; the id is that of the last.

    {"instId":"BTC-USDT","tradeId":"674510826","px":"95634.9","sz":"0.00011186","side":"buy",
    "ts":"1740394561685","count":"1","source":"0","seqId":1234}
    """

    instId: str
    tradeId: Count
    px: Price
    sz: Size
    side: Literal["buy", "sell"]
    ts: Time

    def trade(self, instrument: str, now: int) -> Trade:
        side = Side.BUY if self.side == "buy" else Side.SELL
        ident, time = str(self.tradeId), nanoseconds(self.ts)
        return Trade(instrument, time, now, ident, self.px, self.sz, side)

    def events(self, about: Context) -> Stated:
        return (self.trade(about.instrument(self.instId), about.now),)


class Level(Struct, gc=False, array_like=True):
    """["78722.3","0.58143283","0","12"]: price, size, a dead field, orders.

    The full book of the REST service has three fields, and the stream four.
    """

    price: Price
    size: Size
    dead: str = ""
    orders: Count = 0


class BookRow(Struct, gc=False):
    """A book, a change of it, or its best levels. Recordings before 2023 have no numbers.

    {"asks":[["78722.3","0.58143283","0","12"]],"bids":[],"ts":"1787612486607","checksum":0,
    "seqId":80274875002,"prevSeqId":80274874923}
    """

    asks: list[Level]
    bids: list[Level]
    ts: Time
    seqId: Sequence | None = None
    prevSeqId: Sequence | None = None
    checksum: Checksum | None = None

    def levels(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Bids and asks as events state them."""
        return (
            [(level.price, level.size) for level in self.bids],
            [(level.price, level.size) for level in self.asks],
        )

    def orders(self) -> Orders | None:
        """Of how many orders each level is made."""
        counts = [[level.orders for level in side] for side in (self.bids, self.asks)]
        return Orders(*counts) if any(map(any, counts)) else None

    def snapshot(self, instrument: str, now: int, sequence: int | None) -> BookSnapshot:
        time, levels = nanoseconds(self.ts), self.levels()
        return BookSnapshot(instrument, time, now, *levels, sequence, orders=self.orders())

    def delta(self, instrument: str, now: int, sequence: int, previous: int) -> BookDelta:
        time, levels = nanoseconds(self.ts), self.levels()
        return BookDelta(instrument, time, now, *levels, sequence, previous, self.orders())

    def events(self, about: Context) -> Stated:
        name, now = about.instrument(), about.now
        if about.action == "update":
            return (self.delta(name, now, self.seqId or 0, self.prevSeqId or 0),)
        return (self.snapshot(name, now, self.seqId),)


class TextRow(Struct, gc=False):
    """The levels of a book as the wire spells them, for its checksum."""

    asks: list[list[str]]
    bids: list[list[str]]


class BestRow(BookRow, gc=False):
    """The best bid and ask, a side of a book each, or none."""

    def events(self, about: Context) -> Stated:
        bid, ask = self.bids[0] if self.bids else None, self.asks[0] if self.asks else None
        best = (
            *((bid.price, bid.size) if bid else (0.0, 0.0)),
            *((ask.price, ask.size) if ask else (0.0, 0.0)),
        )
        time = nanoseconds(self.ts)
        return (BookTicker(about.instrument(), time, about.now, *best, self.seqId),)


class TickerRow(Struct, gc=False):
    """Statistics of the last 24 h, and the best bid and ask.

    {"instType":"SWAP","instId":"BTC-USDT-SWAP","last":"29963","lastSz":"2","askPx":"29960",
    "askSz":"12","bidPx":"29959.9","bidSz":"431","open24h":"31589.3","high24h":"31907.2",
    "low24h":"29302","volCcy24h":"108540.53","vol24h":"10854053","ts":"1654166233877", ...}
    """

    instId: str
    last: Size | Blank
    askPx: Size | Blank
    askSz: Size | Blank
    bidPx: Size | Blank
    bidSz: Size | Blank
    open24h: Size | Blank
    high24h: Size | Blank
    low24h: Size | Blank
    volCcy24h: str
    vol24h: Size | Blank
    ts: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.instId), nanoseconds(self.ts)
        best = (self.bidPx or 0.0, self.bidSz or 0.0, self.askPx or 0.0, self.askSz or 0.0)
        stated: list[Event] = [BookTicker(name, time, about.now, *best, None)]
        if self.last:
            day = (self.open24h or 0.0, self.high24h or 0.0, self.low24h or 0.0)
            volumes = (self.vol24h or 0.0, *self._turnover(about))
            stated.insert(0, Ticker(name, time, about.now, self.last, *day, *volumes))
        return tuple(stated)

    def _turnover(self, about: Context) -> tuple[Decimal | None, float | None]:
        """Quote currency of spot, and base currency of contracts."""
        worth = exact(self.volCcy24h, about.venue)
        if worth is None or instrument_type(self.instId) == "SPOT":
            return worth, None
        return None, float(worth)


class MarkRow(Struct, gc=False):
    """A mark price.

    {"instId":"FIL-USDT-220325","instType":"FUTURES","markPx":"36.232","ts":"1640131204676"}
    """

    instId: str
    markPx: Size
    ts: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.instId), nanoseconds(self.ts)
        return (MarkPrice(name, time, about.now, self.markPx, None),)


class IndexRow(Struct, gc=False):
    """The price of an index, which a mark price is stated with.

    {"instId":"FIL-USDT","idxPx":"35.583","open24h":"34.558", ... "ts":"1640140200581"}
    """

    instId: str
    idxPx: Size

    def events(self, about: Context) -> Stated:
        return (Ignored("", f"the price of the index {self.instId[:40]}"),)


class InterestRow(Struct, gc=False):
    """Open interest in contracts.

    {"instId":"FIL-USDT-220325","instType":"FUTURES","oi":"236870","oiCcy":"23687",
    "ts":"1640131202886"}
    """

    instId: str
    oi: Size
    ts: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.instId), nanoseconds(self.ts)
        return (OpenInterest(name, time, about.now, self.oi),)


class PastInterestRow(Struct, gc=False, array_like=True):
    """A past open interest, in contracts: ["1790550000000","2800476.45","28006.5419","2360916466"].

    Columns: time, contracts, base currency, dollars.
    """

    ts: Time
    oi: Size

    def events(self, about: Context) -> Stated:
        return (OpenInterest(about.instrument(), nanoseconds(self.ts), about.now, self.oi),)


class FundingRow(Struct, gc=False):
    """The funding rate that is next paid at `fundingTime`; recordings before 2023 have no `ts`.

    {"fundingRate":"0.0000734174532791","fundingTime":"1646323200000","instId":"BTC-USD-SWAP",
    "instType":"SWAP","nextFundingRate":"0.0001163723201487"}
    """

    instId: str
    fundingRate: Rate | Blank = ""
    fundingTime: Time | Blank = ""
    ts: Time | Blank = ""

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.instId)
        if isinstance(self.fundingRate, str):
            return (Ignored(name, "funding without a rate"),)
        time = about.now if isinstance(self.ts, str) else nanoseconds(self.ts)
        due = None if isinstance(self.fundingTime, str) else nanoseconds(self.fundingTime)
        return (FundingRate(name, time, about.now, self.fundingRate, due),)


class PaidRow(Struct, gc=False):
    """A funding rate of the past.

    {"fundingRate":"0.0001","realizedRate":"0.0001","fundingTime":"1703059200000",
    "instId":"BTC-USD-SWAP","instType":"SWAP","method":"next_period"}
    """

    instId: str
    realizedRate: Rate
    fundingTime: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.instId), nanoseconds(self.fundingTime)
        return (FundingRate(name, time, about.now, self.realizedRate, None),)


class ForcedRow(Struct, gc=False):
    """A forced order at its bankruptcy price; the side is the order's.

    {"bkLoss":"0","bkPx":"0.55205","ccy":"","posSide":"short","side":"buy","sz":"39",
    "ts":"1680173247614"}
    """

    bkPx: Price
    sz: Size
    side: Literal["buy", "sell"]
    ts: Time

    def events(self, about: Context) -> Stated:
        side = Side.BUY if self.side == "buy" else Side.SELL
        name, time = about.instrument(), nanoseconds(self.ts)
        return (Liquidation(name, time, about.now, self.bkPx, self.sz, side),)


class LiquidationRow(Struct, gc=False):
    """Forced orders of one instrument: at most one a second, and not in order.

    {"details":[{"bkPx":"0.55205","side":"buy","sz":"39","ts":"1680173247614", ...}],
    "instFamily":"XRP-USD","instId":"XRP-USD-230929","instType":"FUTURES","uly":"XRP-USD"}
    """

    instId: str
    details: list[ForcedRow]

    def events(self, about: Context) -> Stated:
        whose = Context(about.venue, about.now, self.instId)
        return tuple(event for row in self.details for event in row.events(whose))


class CandleRow(Struct, gc=False, array_like=True):
    """A bar; recordings before 2023 end after the seventh column.

    ["1654154580000","29930.7","29936.3","29930.7","29936.3","166","0.554","16600","0"]
    """

    start: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size
    worth: str = ""
    """Base currency of contracts, quote currency of spot."""
    turnover: str = ""
    confirm: str = ""
    """1 when the bar is over."""

    def events(self, about: Context) -> Stated:
        name = about.instrument()
        if not self.low:
            return (Ignored(name, "kline without a price"),)
        start = nanoseconds(self.start)
        end = bar_end(about.interval, start)
        closed = self.confirm == "1" if self.confirm else end <= about.now
        span, prices = (start, end), (self.open, self.high, self.low, self.close)
        amounts = (None, self._turnover(about), None)
        bar = (*span, *prices, self.volume)
        base = self._base_volume(about)
        return (Kline(name, None, about.now, about.interval, *bar, *amounts, closed, base),)

    def _turnover(self, about: Context) -> Decimal | None:
        spot = instrument_type(about.symbol) == "SPOT"
        return exact(self.turnover or (self.worth if spot else ""), about.venue)

    def _base_volume(self, about: Context) -> float | None:
        spot = instrument_type(about.symbol) == "SPOT"
        worth = None if spot else exact(self.worth, about.venue)
        return None if worth is None else float(worth)


def exact(text: str, venue: str) -> Decimal | None:
    """The amount that a text spells, None where it spells none."""
    if not text:
        return None
    try:
        return amount(Decimal(text), venue)
    except ArithmeticError as error:
        raise ValueError(f"{text[:40]} is not a number") from error
