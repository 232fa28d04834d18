"""KuCoin's REST bodies: what reads each endpoint, and how a body is known by its shape."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import parse_qs

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.bodies import (
    Place,
    Refused,
    first_keys,
    is_list,
    listed,
    listed_or_one,
    raw,
    shape,
)
from feeds.errors import MalformedFrame
from feeds.exchanges.kucoin.door import GRANTED
from feeds.exchanges.kucoin.frames import DECODE_ERRORS
from feeds.exchanges.kucoin.wire import About, Candle, FuturesCandle, Row, Stated, Whole
from feeds.fields import Rate, Size, Time, amount
from market.events import Event, FundingRate, Kline, Listing, OpenInterest, Ticker
from market.instrument import Instrument, Kind

PASSING = frozenset({"200002", "429000", "500000", "503000", "1015"})
"""Codes of a venue that is busy; any other refusal would only be repeated."""


class _Body(Struct):
    """{"code":"200000","data":[...]}."""

    code: str
    msg: str = ""
    data: Raw | UnsetType = UNSET


class PairRow(Struct, gc=False):
    """A pair of spot.

    {"symbol":"REQ-ETH","baseCurrency":"REQ","quoteCurrency":"ETH","baseIncrement":"0.0001",
    "priceIncrement":"0.0000001", ...}
    """

    symbol: str
    baseCurrency: str
    quoteCurrency: str
    baseIncrement: Decimal
    priceIncrement: Decimal

    def events(self, about: About) -> Stated:
        grid = [amount(step, about.venue) for step in (self.priceIncrement, self.baseIncrement)]
        if not all(grid):
            return (Ignored(about.instrument(self.symbol), "a pair without grids"),)
        tick, lot = (step.normalize() for step in grid)
        names = self.baseCurrency, self.quoteCurrency
        listed = Instrument(about.venue, self.symbol, tick, lot, *names)
        return (Listing(listed.id, about.now, listed),)


class ContractRow(Struct, gc=False):
    """A future; the multiplier is below zero where coins settle it. Lists lack what changes.

    {"symbol":"XBTUSDTM","baseCurrency":"XBT","quoteCurrency":"USDT","isInverse":false,
    "lotSize":1,"tickSize":0.1,"multiplier":0.001,"openInterest":"11481754",
    "fundingFeeRate":-0.000076,"nextFundingRateTime":7139000,"lastTradePrice":71336.0,
    "highPrice":72500.0,"lowPrice":69400.0,"priceChg":1018.0,"volumeOf24h":15846.42,
    "turnoverOf24h":1115573341.32, ...}
    """

    symbol: str
    baseCurrency: str
    quoteCurrency: str
    isInverse: bool
    lotSize: Decimal
    tickSize: Decimal
    multiplier: Decimal
    openInterest: Size | None = None
    fundingFeeRate: Rate | None = None
    nextFundingRateTime: Time | None = None
    """ms to go."""
    lastTradePrice: Size | None = None
    highPrice: Size | None = None
    lowPrice: Size | None = None
    priceChg: float | None = None
    volumeOf24h: Size | None = None
    turnoverOf24h: Size | None = None

    def events(self, about: About) -> Stated:
        name, now = about.instrument(self.symbol), about.now
        worth = amount(abs(self.multiplier), about.venue).normalize()
        tick, lot = (amount(step, about.venue) for step in (self.tickSize, self.lotSize))
        if not worth or not tick or not lot:
            return (Ignored(name, "a contract of unknown worth"),)
        kind = Kind.INVERSE if self.isInverse else Kind.LINEAR
        grid = (tick.normalize(), lot.normalize(), self.baseCurrency, self.quoteCurrency)
        listed = Instrument(about.venue, self.symbol, *grid, kind, worth)
        stated: list[Event] = [Listing(listed.id, now, listed)]
        if self.fundingFeeRate is not None:
            togo = self.nextFundingRateTime
            due = None if togo is None or togo > _LONGEST else now + togo * 1_000_000
            stated.append(FundingRate(name, now, now, self.fundingFeeRate, due))
        if self.openInterest is not None:
            stated.append(OpenInterest(name, now, now, self.openInterest))
        return [*stated, *self._day(name, now, float(worth))]

    def _day(self, name: str, now: int, worth: float) -> tuple[Ticker, ...]:
        """The day of a linear future, whose volume is told in coins."""
        last, volume, quote = self.lastTradePrice, self.volumeOf24h, self.turnoverOf24h
        if self.isInverse or not last or not self.highPrice or not self.lowPrice:
            return ()
        begin = round(last - (self.priceChg or 0.0), 12)
        if volume is None or quote is None or not 0 < begin <= 1e15 or worth < 1e-12:
            return ()
        day = (last, begin, self.highPrice, self.lowPrice, volume / worth)
        return (Ticker(name, now, now, *day, Decimal(repr(quote))),)


_LONGEST = 10**10
"""ms until a funding that may be believed."""


_Reader: TypeAlias = Callable[[Raw], Sequence[Row]]
_body = Decoder(_Body).decode

ENDPOINTS: dict[str, _Reader] = {
    "book": listed_or_one(Whole),
    "candles": listed(Candle),
    "contracts": listed_or_one(ContractRow),
    "kline": listed(FuturesCandle),
    "symbols": listed_or_one(PairRow),
}
"""What reads the bodies of each endpoint that states something for the model."""

_PATHS = {
    r"/api/v\d/(?:market/orderbook/level2(?:_\d+)?|level2/snapshot)": "book",
    r"/api/v\d/market/candles": "candles",
    r"/api/v\d/contracts/[^/]+": "contracts",
    r"/api/v\d/kline/query": "kline",
    r"/api/v\d/symbols(?:/[^/]+)?": "symbols",
}
_MINUTES = {
    "1": "1min",
    "5": "5min",
    "15": "15min",
    "30": "30min",
    "60": "1hour",
    "120": "2hour",
    "240": "4hour",
    "480": "8hour",
    "720": "12hour",
    "1440": "1day",
}
"""The venue's name of an interval that requests state in minutes."""

SHAPES: dict[str, frozenset[str]] = {
    "contracts": frozenset({"symbol", "multiplier", "tickSize"}),
    "symbols": frozenset({"symbol", "priceIncrement"}),
}
"""Keys that tell a body's endpoint where no address does."""


def read(about: About, path: str, body: bytes | str) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        data = _opened(about, body)
        place = locate(path)
        endpoint = place.endpoint or shape(first_keys(data), SHAPES)
        reader = ENDPOINTS.get(endpoint)
        if reader is None:
            if not place.endpoint:
                raise ValueError("not a body of a known shape")
            return (Ignored("", f"{endpoint[:40]}: states nothing that is used"),)
        about = replace(about, symbol=place.symbol, interval=place.interval)
        stated = [event for row in reader(data) for event in row.events(about)]
        # Bars of spot come newest first.
        stated.sort(key=lambda event: event.start if isinstance(event, Kline) else 0)
        return tuple(stated) or (Ignored("", f"{endpoint}: an empty answer"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), body) from error


def locate(path: str) -> Place:
    """Where a path leads."""
    bare, _, text = path.partition("?")
    query = parse_qs(text)
    endpoint = next((name for form, name in _PATHS.items() if re.fullmatch(form, bare)), bare)
    named = re.search(r"/(?:contracts|symbols)/([^/]+)$", bare)
    symbol = query.get("symbol", [named[1] if named and named[1] != "active" else "?"])[0]
    minutes = query.get("granularity", [""])[0]
    interval = _MINUTES.get(minutes, "") if minutes else query.get("type", [""])[0]
    return Place(endpoint, symbol, interval)


def minutes(interval: str) -> str:
    """How requests for a future's bars call an interval of the venue's."""
    return next(number for number, name in _MINUTES.items() if name == interval)


def _opened(about: About, body: bytes | str) -> Raw:
    """What a body holds; a list may have been taken out of it."""
    data = raw(body)
    if is_list(data):
        return data
    told = _body(data)
    if told.code != GRANTED:
        raise Refused(about.venue, told.code, told.msg, PASSING)
    if isinstance(told.data, UnsetType):
        raise ValueError("neither data nor a refusal")
    return told.data
