"""Coinbase's REST bodies: what reads each endpoint, and how a body is known by its shape."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import parse_qs

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.coinbase.wire import (
    DECODE_ERRORS,
    TAKER,
    CandleRow,
    Moment,
    Stated,
    TradeRow,
    nanoseconds,
)
from feeds.fields import Price, Size, amount
from market.events import BookSnapshot, Listing
from market.instrument import Instrument

GRANULARITIES: dict[str, tuple[str, int]] = {
    "1m": ("ONE_MINUTE", 60),
    "5m": ("FIVE_MINUTE", 300),
    "15m": ("FIFTEEN_MINUTE", 900),
    "30m": ("THIRTY_MINUTE", 1800),
    "1h": ("ONE_HOUR", 3600),
    "2h": ("TWO_HOUR", 7200),
    "6h": ("SIX_HOUR", 21600),
    "1d": ("ONE_DAY", 86400),
}
"""The venue's name and the seconds of each of its bars."""
_INTERVALS = {name: (ours, seconds) for ours, (name, seconds) in GRANULARITIES.items()}

API = "/api/v3/brokerage/market/"


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    def __init__(self, venue: str, reason: str, *, passing: bool) -> None:
        super().__init__(venue, reason)
        self.passing = passing
        """Whether the same request may do later."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a body does not say itself: who was asked, for what, and when the answer came."""

    venue: str
    now: int
    symbol: str = "?"
    granularity: str = ""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own product, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"


class _Problem(Struct):
    """{"error":"NOT_FOUND","error_details":"..","message":".."}, and where too much was asked
    {"errors":[{"id":"rate_limit_exceeded","message":".."}]}.
    """

    error: str = ""
    message: str = ""
    errors: list[dict[str, Raw]] | None = None


class _Product(Struct, gc=False):
    """One product.

    {"product_id":"BTC-USD","base_increment":"0.00000001","price_increment":"0.01",
    "product_type":"SPOT","base_currency_id":"BTC","quote_currency_id":"USD", ...}
    """

    product_id: str
    base_increment: Decimal
    price_increment: Decimal
    product_type: str
    base_currency_id: str
    quote_currency_id: str

    def event(self, about: Context) -> Listing | Ignored:
        name = about.instrument(self.product_id)
        if self.product_type == "FUTURE":
            return Ignored(name, "futures are not followed")
        tick, lot = amount(self.price_increment, name), amount(self.base_increment, name)
        if not tick or not lot:
            return Ignored(name, "a product without grids")
        names = (self.base_currency_id, self.quote_currency_id)
        instrument = Instrument(
            about.venue, self.product_id, tick.normalize(), lot.normalize(), *names
        )
        return Listing(instrument.id, about.now, instrument)


class _Products(Struct):
    products: list[_Product]


class _Candles(Struct):
    candles: list[CandleRow]


class _Prints(Struct):
    """{"trades":[{"trade_id":"995098663", ...}],"best_bid":"68923.66","best_ask":"68923.67"}."""

    trades: list[TradeRow]


class _Level(Struct, gc=False):
    price: Price
    size: Size


class _Book(Struct):
    product_id: str
    bids: list[_Level]
    asks: list[_Level]
    time: Moment


class _PriceBook(Struct):
    """{"pricebook":{"product_id":"BTC-USD","bids":[{"price":"68923.66","size":"0.17"}],"asks":[],
    "time":"2026-04-07T00:28:59.662782Z"}, ...}.
    """

    pricebook: _Book


_Reader: TypeAlias = Callable[[bytes | str, Context], Stated]


def _product(body: bytes | str, about: Context) -> Stated:
    return (_decode_product(body).event(about),)


def _products(body: bytes | str, about: Context) -> Stated:
    return tuple(row.event(about) for row in _decode_products(body).products)


def _candles(body: bytes | str, about: Context) -> Stated:
    rows = sorted(_decode_candles(body).candles, key=lambda row: row.start)
    interval, seconds = _INTERVALS.get(about.granularity, ("", 0))
    if not interval:
        apart = rows[1].start - rows[0].start if len(rows) > 1 else 60
        interval, seconds = next(
            (item for item in _INTERVALS.values() if item[1] == apart), ("1m", 60)
        )
    name, length = about.instrument(), seconds * 1_000_000_000
    return tuple(row.kline(name, interval, length, about.now) for row in rows)


def _prints(body: bytes | str, about: Context) -> Stated:
    rows = sorted(_decode_prints(body).trades, key=lambda row: row.trade_id)
    return tuple(
        row.trade(about.instrument(row.product_id), about.now, TAKER[row.side]) for row in rows
    )


def _book(body: bytes | str, about: Context) -> Stated:
    book = _decode_book(body).pricebook
    bids, asks = ([(row.price, row.size) for row in side] for side in (book.bids, book.asks))
    name, time = about.instrument(book.product_id), nanoseconds(book.time)
    return (BookSnapshot(name, time, about.now, bids, asks, None),)


_decode_problem = Decoder(_Problem).decode
_decode_product = Decoder(_Product, strict=False).decode
_decode_products = Decoder(_Products, strict=False).decode
_decode_candles = Decoder(_Candles, strict=False).decode
_decode_prints = Decoder(_Prints, strict=False).decode
_decode_book = Decoder(_PriceBook, strict=False).decode
_decode_any = Decoder(dict[str, Raw] | list[Raw]).decode

ENDPOINTS: dict[str, _Reader] = {
    "candles": _candles,
    "product": _product,
    "product_book": _book,
    "products": _products,
    "ticker": _prints,
}
"""What reads the bodies of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "candles": frozenset({"candles"}),
    "product": frozenset({"product_id", "price_increment"}),
    "product_book": frozenset({"pricebook"}),
    "products": frozenset({"products"}),
    "ticker": frozenset({"trades"}),
    "the Exchange API": frozenset({"bids", "asks", "sequence"}),
}
"""Keys that tell a body's endpoint where no address does; the first row that fits counts."""


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        endpoint, symbol, granularity = locate(path)
        found = _decode_any(body)
        if isinstance(found, dict) and {"error", "errors"} & found.keys():
            raise _refusal(venue, body)
        endpoint = endpoint or _recognise(found)
        if endpoint not in ENDPOINTS:
            return (Ignored("", f"{endpoint}: states nothing that is used"),)
        stated = ENDPOINTS[endpoint](body, Context(venue, now, symbol, granularity))
        return stated or (Ignored("", "an empty answer"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def locate(path: str) -> tuple[str, str, str]:
    """Endpoint, product and granularity of a path; "" and "?" where it names none."""
    place, _, query = path.partition("?")
    granularity = parse_qs(query).get("granularity", [""])[0]
    match = re.fullmatch(re.escape(API) + r"products/([^/]+)(?:/(candles|ticker))?", place)
    if match is not None:
        return match[2] or "product", match[1], granularity
    return place.removeprefix(API), "?", granularity


def _refusal(venue: str, body: bytes | str) -> Refused:
    problem = _decode_problem(body)
    if problem.errors is not None:
        return Refused(venue, "too many requests", passing=True)
    busy = problem.error in ("INTERNAL", "RESOURCE_EXHAUSTED", "UNAVAILABLE", "unknown")
    return Refused(venue, problem.message or problem.error, passing=busy)


def _recognise(found: dict[str, Raw] | list[Raw]) -> str:
    """The endpoint whose bodies look like this. ValueError when none does."""
    if isinstance(found, list):
        return "a list"
    for endpoint, keys in SHAPES.items():
        if keys <= found.keys():
            return endpoint
    raise ValueError("not a body of a known shape")
