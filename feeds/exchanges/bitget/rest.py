"""Bitget's REST bodies: what reads each endpoint, and how a body is known by its shape.

{"code":"00000","msg":"success","requestTime":1695793701269,"data":[...]}
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias, cast
from urllib.parse import parse_qs

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.bodies import first_keys, is_list, listed, shape
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.bitget.classic import ClassicBar, ClassicBook, ClassicDay, ClassicPrint
from feeds.exchanges.bitget.frames import DECODE_ERRORS
from feeds.exchanges.bitget.listings import ContractRow, Held, InstrumentRow, InterestBody, PaidRow
from feeds.exchanges.bitget.markets import INTERVALS, MARKETS, Market, guess_future, interval_of
from feeds.exchanges.bitget.wire import BarRow, BookRow, Context, DayRow, PrintRow, Row, Stated
from feeds.fields import Time, nanoseconds

PASSING = frozenset({"429", "40010", "40015", "40200", "40725", "45001"})
"""Codes of a venue that is busy; any other refusal would only be repeated."""

DONE = "00000"

_Reader: TypeAlias = Callable[[Raw], Sequence[Row]]


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    def __init__(self, venue: str, code: str, text: str) -> None:
        super().__init__(venue, f"{text[:200] or 'refused'} (code {code})")
        self.passing = code in PASSING


class Place(NamedTuple):
    """What a request's path says of its body; "" and "?" where it does not."""

    endpoint: str = ""
    symbol: str = "?"
    interval: str = ""
    market: Market | None = None
    futures: bool = False
    """Whether it is one of the markets of futures, whichever."""


class _Body(Struct):
    code: str
    msg: str = ""
    requestTime: Time | None = None
    data: Raw = Raw(b"null")


_body = Decoder(_Body, strict=False).decode
_array = Decoder(list[Raw]).decode
_keys = Decoder(dict[str, Raw]).decode


def _single(kind: Any) -> _Reader:  # Any: as above
    decode = Decoder(kind, strict=False).decode
    return lambda data: [decode(data)]


def _today(read: _Reader) -> _Reader:
    return lambda data: [cast(Any, row).today() for row in read(data)]  # Any: rows of classic.py


_bars = _today(listed(ClassicBar))
_classic_days = _today(listed(ClassicDay))
_prints = _today(listed(ClassicPrint))

ENDPOINTS: dict[str, _Reader] = {
    "candles": _bars,
    "contracts": listed(ContractRow),
    "current-fund-rate": listed(PaidRow),
    "fills": _prints,
    "fills-history": _prints,
    "history-candles": _bars,
    "history-fund-rate": listed(PaidRow),
    "instruments": listed(InstrumentRow),
    "merge-depth": _today(_single(ClassicBook)),
    "open-interest": _single(InterestBody),
    "orderbook": _single(BookRow),
    "symbols": listed(InstrumentRow),
    "ticker": _classic_days,
    "tickers": listed(DayRow),
}
"""What reads the bodies of each endpoint that states something for the model."""

CLASSIC: dict[str, _Reader] = {
    "history-fund-rate": listed(PaidRow),
    "orderbook": _today(_single(ClassicBook)),
    "tickers": _classic_days,
}
"""The same where the API before has other rows."""

SHAPES: dict[str, frozenset[str]] = {
    "contracts": frozenset({"symbol", "priceEndStep"}),
    "fills": frozenset({"price", "size", "side"}),
    "history-fund-rate": frozenset({"fundingRate", "fundingTime"}),
    "instruments": frozenset({"symbol", "pricePrecision"}),
    "merge-depth": frozenset({"asks", "bids"}),
    "open-interest": frozenset({"openInterestList"}),
    "orderbook": frozenset({"a", "b"}),
    "ticker": frozenset({"lastPr", "baseVolume"}),
    "tickers": frozenset({"lastPrice", "volume24h"}),
}
"""Keys that tell a body's endpoint where no address does; the first row that fits counts."""


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        if body[:1] in ("[", b"["):
            return _list(body)
        answer = _body(body)
        if answer.code != DONE:
            raise Refused(venue, answer.code, answer.msg)
        place = locate(path)
        endpoint = place.endpoint or _recognise(answer.data)
        table = CLASSIC if "/v2/" in path and endpoint in CLASSIC else ENDPOINTS
        reader = table.get(endpoint)
        if reader is None or bytes(memoryview(answer.data)[:4]) == b"null":
            return (Ignored("", f"{endpoint[:40] or 'this'}: states nothing that is used"),)
        rows = reader(answer.data)
        time = now if answer.requestTime is None else nanoseconds(answer.requestTime)
        return _events(rows, place, Context(venue, now, time=time))
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def _list(body: bytes | str) -> Stated:
    """A list that is no answer of this API: the one that the venue gives to directories."""
    rows = _array(body)
    if not rows or "ticker_id" not in _keys(rows[0]):
        raise ValueError("a list that is not known")
    return (Ignored("", f"a list of {len(rows)} futures without their grids"),)


def locate(path: str) -> Place:
    """Where a path leads."""
    match = re.fullmatch(r"/api/v\d/(?:(mix|spot)/)?(?:market|public)/([\w-]+)(?:\?.*)?", path)
    if match is None:
        return Place(path.partition("?")[0])
    query = parse_qs(path.partition("?")[2])
    symbol, interval, category = (
        next((query[name][0] for name in names if name in query), "")
        for names in (
            ("symbol",),
            ("interval", "granularity"),
            ("category", "productType", "instType"),
        )
    )
    market = MARKETS.get(category.lower())
    if market is None and match[1] == "spot":
        market = MARKETS["spot"]
    futures = match[1] == "mix"
    if market is None and futures and symbol:
        market = guess_future(symbol)
    return Place(match[2], symbol or "?", interval_of(interval), market, futures)


def _recognise(data: Raw) -> str:
    """The endpoint whose bodies look like this, "" where none does."""
    rows = _array(data) if is_list(data) else ()
    return "candles" if rows and is_list(rows[0]) else shape(first_keys(data), SHAPES)


def _events(rows: Sequence[Row], place: Place, about: Context) -> Stated:
    """What the rows state, the oldest first where they have a time."""
    about = replace(about, symbol=place.symbol, interval=place.interval)
    bars = sorted((row for row in rows if isinstance(row, BarRow)), key=lambda bar: bar.start)
    if bars:
        rows = bars
        about = about if about.interval else replace(about, interval=_spacing(bars))
    prints = [row for row in rows if isinstance(row, PrintRow)]
    prints.sort(key=when)
    rows = prints or rows
    stated = [event for row in rows for event in row.events(_whose(row, place, about))]
    return tuple(stated) or (Ignored("", f"{place.endpoint[:40]}: an empty answer"),)


def when(row: PrintRow) -> tuple[int, int, str]:
    """What prints are put in order by: time and number."""
    return row.T, len(row.i), row.i


def _whose(row: Row | Held, place: Place, about: Context) -> Context:
    """The market of a row: the request's, else the one that its symbol looks like."""
    if place.market is not None:
        return replace(about, market=place.market)
    if isinstance(row, InterestBody):
        row = row.openInterestList[0] if row.openInterestList else row
    symbol = getattr(row, "symbol", "")
    future = place.futures or isinstance(row, ContractRow | Held | PaidRow)
    future = future or (isinstance(row, DayRow) and row.openInterest is not None)
    return replace(about, market=guess_future(symbol)) if future and symbol else about


def _spacing(bars: Sequence[BarRow]) -> str:
    """The interval of bars by the least time from one to the next; "" where it is none."""
    steps = [later.start - sooner.start for sooner, later in pairwise(bars)]
    seconds = min((step for step in steps if step), default=0) // 1000
    return next((name for name, length in INTERVALS.values() if length == seconds), "")
