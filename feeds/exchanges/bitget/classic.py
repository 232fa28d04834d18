"""Rows of Bitget's API before this one, which is served still: each becomes the row of today.

https://www.bitget.com/api-doc/spot/websocket/public/Tickers-Channel
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from feeds.exchanges.bitget.wire import BarRow, BookRow, Checksum, DayRow, PrintRow
from feeds.fields import Blank, Levels, Price, Rate, Sequence, Size, Time


class ClassicPrint(Struct, gc=False):
    """A single match, of a push or of `fills`; that of today's `fills` has an `execId`.

    {"ts":"1730332858796","price":"72389.99","size":"0.001373","side":"buy",
    "tradeId":"1235671058980749319"}
    """

    ts: Time
    price: Price
    size: Size
    side: Literal["buy", "sell", "Buy", "Sell"]
    tradeId: str = ""
    execId: str = ""
    symbol: str = ""

    def today(self) -> PrintRow:
        ident = self.tradeId or self.execId
        return PrintRow(ident, self.price, self.size, self.side, self.ts, self.symbol)


class ClassicBook(Struct, gc=False):
    """A book or a change of it.

    {"asks":[],"bids":[["0.00519","30828.52"]],"ts":"1789456512452","seq":427583480559,
    "pseq":427583461144}
    """

    asks: Levels
    bids: Levels
    ts: Time
    seq: Sequence | None = None
    pseq: Sequence | None = None
    checksum: Checksum | None = None

    def today(self) -> BookRow:
        return BookRow(self.asks, self.bids, self.ts, self.seq, self.pseq, self.checksum)


class ClassicDay(Struct, gc=False):
    """A market now; bodies write `open` for `open24h`, or leave it out.

    {"instId":"STORJUSDT","lastPr":"0.4706","open24h":"0.4737","high24h":"0.4784",
    "low24h":"0.463","fundingRate":"0.0001","nextFundingTime":"1730361600000",
    "markPrice":"0.4705","indexPrice":"0.47080586","holdingAmount":"8572031.1",
    "baseVolume":"2878355.9","quoteVolume":"1355483.45089","ts":"1730332823155", ...}
    """

    lastPr: Size | Blank
    high24h: Size | Blank
    low24h: Size | Blank
    baseVolume: Size | Blank
    quoteVolume: str
    ts: Time
    open24h: Size | Blank = ""
    open: Size | Blank = ""
    markPrice: Size | Blank | None = None
    indexPrice: Size | Blank | None = None
    fundingRate: Rate | Blank | None = None
    nextFundingTime: Time | Blank | None = None
    holdingAmount: Size | Blank | None = None
    symbol: str = ""

    def today(self) -> DayRow:
        return DayRow(
            self.lastPr,
            self.open24h or self.open,
            self.high24h,
            self.low24h,
            self.baseVolume,
            self.quoteVolume,
            self.markPrice,
            self.indexPrice,
            self.fundingRate,
            self.nextFundingTime,
            self.holdingAmount,
            self.symbol,
            self.ts,
        )


class ClassicBar(Struct, gc=False, array_like=True):
    """A bar, of a push or of a body of today too.

    ["1695835800000","26210.5","26210.5","26194.5","26194.5","26.26","687897.63"]
    """

    start: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size
    turnover: Decimal

    def today(self) -> BarRow:
        prices = (self.open, self.high, self.low, self.close)
        return BarRow(self.start, *prices, self.volume, self.turnover)
