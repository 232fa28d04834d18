"""Gate's REST bodies: what reads each endpoint, and how a body is known by its shape."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.bodies import Place, Refused, first_keys, listed, listed_or_one, raw, shape
from feeds.errors import MalformedFrame
from feeds.exchanges.gate.frames import DECODE_ERRORS
from feeds.exchanges.gate.markets import INTERVALS
from feeds.exchanges.gate.wire import (
    BarRow,
    Context,
    DayRow,
    FuturesPrint,
    Level,
    Row,
    Seconds,
    SpotPrint,
    Stated,
    pairs,
)
from feeds.fields import Levels, Size, Time, amount
from feeds.fields import Sequence as Number
from market.events import BookSnapshot, Listing, Trade
from market.instrument import Instrument, Kind

PASSING = frozenset({"INTERNAL", "SERVER_ERROR", "TOO_BUSY", "TOO_MANY_REQUESTS"})
"""Labels of a venue that is busy; any other refusal would only be repeated."""

Places = Annotated[int, Meta(ge=0, le=20)]


class _Refusal(Struct):
    label: str = ""
    message: str = ""


class PairRow(Struct, gc=False):
    """A pair of spot: its grids are of so many decimals.

    {"id":"IHT_ETH","base":"IHT","quote":"ETH","amount_precision":1,"precision":9, ...}
    """

    id: str
    base: str
    quote: str
    amount_precision: Places
    precision: Places

    def events(self, about: Context) -> Stated:
        grid = (Decimal(1).scaleb(-self.precision), Decimal(1).scaleb(-self.amount_precision))
        listed = Instrument(about.venue, self.id, *grid, self.base, self.quote)
        return (Listing(listed.id, about.now, listed),)


class ContractRow(Struct, gc=False):
    """A future; one contract of an inverse one is a dollar. Sizes may be parts of contracts.

    {"name":"KNC_USDT","order_price_round":"0.0001","quanto_multiplier":"1","order_size_min":1,
    "type":"direct", ...}
    """

    name: str
    order_price_round: Decimal
    quanto_multiplier: Decimal
    order_size_min: Decimal
    type: str

    def events(self, about: Context) -> Stated:
        tick = amount(self.order_price_round, about.venue).normalize()
        worth = amount(self.quanto_multiplier, about.venue).normalize()
        least = amount(self.order_size_min, about.venue).normalize()
        inverse = self.type == "inverse"
        if not tick or not (worth or inverse):
            return (Ignored(about.instrument(self.name), "a contract of unknown worth"),)
        lot = least if 0 < least < 1 else Decimal(1)
        base, _, quote = self.name.partition("_")
        kind = Kind.INVERSE if inverse else Kind.LINEAR
        listed = Instrument(
            about.venue, self.name, tick, lot, base, quote, kind, worth or Decimal(1)
        )
        return (Listing(listed.id, about.now, listed),)


class SpotBook(Struct, gc=False):
    """{"id":2691446,"asks":[["0.00010396","5876.967"]],"bids":[...]}."""

    asks: Levels
    bids: Levels
    id: Number | None = None
    update: Time | None = None
    """ms."""

    def events(self, about: Context) -> Stated:
        time = None if self.update is None else self.update * 1_000_000
        return (BookSnapshot(about.instrument(), time, about.now, self.bids, self.asks, self.id),)


class FuturesBook(Struct, gc=False):
    """{"id":203083177,"current":1684930166.5,"update":1684930166.6,"asks":[{"s":1,"p":"2"}]}."""

    asks: list[Level]
    bids: list[Level]
    id: Number | None = None
    update: Seconds | None = None

    def events(self, about: Context) -> Stated:
        time = None if self.update is None else round(self.update * 1000) * 1_000_000
        levels = pairs(self.bids), pairs(self.asks)
        return (BookSnapshot(about.instrument(), time, about.now, *levels, self.id),)


class SpotBar(Struct, gc=False, array_like=True):
    """["1539852480","971519.677","0.0021724","0.0021922","0.0021724","0.0021737","5","true"]."""

    t: Time
    v: Size
    c: Size
    h: Size
    l: Size  # noqa: E741  # the exchange's own name
    o: Size
    a: Size
    w: bool

    def events(self, about: Context) -> Stated:
        row = BarRow(self.t, self.v, self.c, self.h, self.l, self.o, "", self.a, self.w)
        return row.events(about)


_Reader: TypeAlias = Callable[[Raw], Sequence[Row]]
_refusal = Decoder(_Refusal).decode

ENDPOINTS: dict[str, _Reader] = {
    "futures/candlesticks": listed_or_one(BarRow),
    "futures/contracts": listed_or_one(ContractRow),
    "futures/order_book": listed_or_one(FuturesBook),
    "futures/tickers": listed_or_one(DayRow),
    "futures/trades": listed_or_one(FuturesPrint),
    "spot/candlesticks": listed(SpotBar),
    "spot/currency_pairs": listed_or_one(PairRow),
    "spot/order_book": listed_or_one(SpotBook),
    "spot/tickers": listed_or_one(DayRow),
    "spot/trades": listed_or_one(SpotPrint),
}
"""What reads the bodies of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "contracts": frozenset({"name", "order_price_round"}),
    "currency_pairs": frozenset({"id", "amount_precision"}),
    "order_book": frozenset({"asks", "bids"}),
    "tickers": frozenset({"last", "change_percentage"}),
    "trades": frozenset({"id", "price"}),
}
"""Keys that tell a body's endpoint where no address does."""


def read(about: Context, path: str, body: bytes | str) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        data = raw(body)
        keys = first_keys(data)
        if "label" in keys:
            refusal = _refusal(data)
            raise Refused(about.venue, refusal.label, refusal.message, PASSING)
        place = locate(path)
        endpoint = place.endpoint or shape(keys, SHAPES)
        reader = ENDPOINTS.get(f"{about.market.prefix}/{endpoint}")
        if reader is None:
            if not place.endpoint:
                raise ValueError("not a body of a known shape")
            return (Ignored("", f"{endpoint[:40]}: states nothing that is used"),)
        interval = INTERVALS.get(place.interval, ("", 0))[0]
        about = replace(about, symbol=place.symbol, interval=interval, time=about.now)
        stated = [event for row in reader(data) for event in row.events(about)]
        if endpoint == "trades":
            stated.sort(key=lambda event: int(event.id) if isinstance(event, Trade) else 0)
        return tuple(stated) or (Ignored("", f"{endpoint}: an empty answer"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), body) from error


def locate(path: str) -> Place:
    """Where a path leads."""
    match = re.fullmatch(r"/api/v4/(?:spot|futures/\w+)/(\w+)(?:/(\w+))?(?:\?.*)?", path)
    query = parse_qs(path.partition("?")[2])
    if match is None:
        return Place(path.partition("?")[0])
    named = query.get("currency_pair", query.get("contract", [match[2] or "?"]))
    return Place(match[1], named[0], query.get("interval", [""])[0])
