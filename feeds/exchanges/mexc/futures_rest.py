"""MEXC futures' REST bodies: what reads each endpoint, and how a body is known by its shape.

{"success":true,"code":0,"data":{"symbol":"BTC_USDT", ...}}
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeAlias, cast
from urllib.parse import parse_qs, unquote

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.mexc.about import CODES, DECODE_ERRORS, SECONDS, About, Refused, Stated
from feeds.exchanges.mexc.futures_wire import Candle, Contract, Day, Deal, Depth, Fair, Funding
from feeds.fields import Size, Time

_ROOT = "/api/v1/contract/"


class Place(NamedTuple):
    """What a request's path says of its body; "" and "?" where it does not."""

    endpoint: str = ""
    symbol: str = "?"
    interval: str = ""


class _Envelope(Struct):
    success: bool
    code: int = 0
    message: str | None = None
    data: Raw = Raw(b"null")


class _Row(Protocol):
    def events(self, about: About, time: int | None) -> Stated: ...


class _Pages(Struct):
    resultList: list[Funding]

    def events(self, about: About, time: int | None) -> Stated:
        # The newest comes first.
        return tuple(
            event for row in reversed(self.resultList) for event in row.events(about, time)
        )


class _Columns(Struct):
    """Klines by column: {"time":[1790410560],"open":[1.2], ... ,"realOpen":[1.2], ...}."""

    time: list[Time]
    open: list[Size]
    high: list[Size]
    low: list[Size]
    close: list[Size]
    vol: list[Size]
    amount: list[Decimal]
    realOpen: list[Size] | None = None
    realHigh: list[Size] | None = None
    realLow: list[Size] | None = None
    realClose: list[Size] | None = None

    def candles(self, interval: str) -> list[Candle]:
        """The columns as rows. ValueError where they are of different lengths."""
        none = [0.0] * len(self.time)
        first, high = self.realOpen or none, self.realHigh or none
        low, last = self.realLow or none, self.realClose or none
        prices = (self.open, self.high, self.low, self.close, first, high, low, last)
        if any(len(column) != len(self.time) for column in (*prices, self.vol, self.amount)):
            raise ValueError("columns of different lengths")
        return [
            Candle(
                interval=interval,
                t=time,
                o=self.open[place],
                h=self.high[place],
                l=self.low[place],
                c=self.close[place],
                q=self.vol[place],
                a=self.amount[place],
                ro=first[place],
                rh=high[place],
                rl=low[place],
                rc=last[place],
            )
            for place, time in enumerate(self.time)
        ]


def read(about: About, place: Place, body: bytes | str) -> Stated:
    """What a body states. MalformedFrame where it is none, Refused where it is a refusal."""
    try:
        if place.endpoint.startswith("/"):
            _any(body)
            return (Ignored("", f"{place.endpoint}: a body of another market"),)
        data = _data(about, body)
        endpoint = place.endpoint or _recognise(data)
        reader = ENDPOINTS.get(endpoint)
        if reader is None:
            return (Ignored(about.instrument(), f"{endpoint}: states nothing that is used"),)
        return reader(data, about) or (Ignored(about.instrument(), f"{endpoint}: an empty list"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), body) from error


def locate(path: str) -> Place:
    """Where a path leads; a path of another market leads to its whole self."""
    bare, _, text = path.partition("?")
    if not bare.startswith(_ROOT):
        return Place(bare[:60])
    asked = parse_qs(text)
    # {endpoint} or {endpoint}/{SYMBOL}: endpoints are in small letters.
    match = re.fullmatch(r"([a-z_/]*?)/?([A-Z0-9%][^/]*)?", bare.removeprefix(_ROOT))
    endpoint, symbol = (match[1], match[2]) if match else (bare[:60], None)
    symbol = asked.get("symbol", ["?"])[0] if symbol is None else unquote(symbol)
    return Place(endpoint, symbol, asked.get("interval", [""])[0])


def _data(about: About, body: bytes | str) -> Raw:
    """What the envelope holds; a list without one is what others made of it."""
    decoded = _any(body)
    if isinstance(decoded, list):
        return Raw(body.encode() if isinstance(body, str) else body)
    if "success" not in decoded:
        return Raw(body.encode() if isinstance(body, str) else body)
    envelope = _envelope(body)
    if not envelope.success:
        raise Refused(about.venue, envelope.code, envelope.message or "refused")
    return envelope.data


def _recognise(data: Raw) -> str:
    """The endpoint whose data look like this. ValueError when none does."""
    decoded = _any(data)
    row = decoded
    if isinstance(decoded, list):
        if not decoded:
            return "an empty list"
        if bytes(memoryview(decoded[0])[:1]) != b"{":
            return "a list of spot"
        row = _object(decoded[0])
    for endpoint, shape in SHAPES.items():
        if shape <= row.keys():
            return endpoint
    raise ValueError("not a body of a known shape")


def _rows(kind: type[Struct]) -> "_Reader":
    """A reader of one row or of a list of rows, for a struct with `events`."""
    either = kind | list[kind]  # type: ignore[valid-type]  # a union made at run time
    decode = cast(Callable[[Raw], _Row | list[_Row]], Decoder(either, strict=False).decode)

    def reader(data: Raw, about: About) -> Stated:
        rows = decode(data)
        if not isinstance(rows, list):
            return rows.events(about, None)
        return tuple(event for row in rows for event in row.events(about, None))

    return reader


def _deals(data: Raw, about: About) -> Stated:
    # The newest comes first.
    return tuple(event for row in reversed(_prints(data)) for event in row.events(about, None))


def _klines(data: Raw, about: About) -> Stated:
    columns = _columns(data)
    times = columns.time
    interval = about.interval
    if interval not in CODES and len(times) > 1:
        interval = _LENGTHS.get(times[1] - times[0], "")
    # The last one is still open.
    last = len(times) - 1
    return tuple(
        candle.bar(about, None, closed=place < last)
        for place, candle in enumerate(columns.candles(interval))
    )


_Reader: TypeAlias = Callable[[Raw, About], Stated]

_any = Decoder(dict[str, Raw] | list[Raw]).decode
_object = Decoder(dict[str, Raw]).decode
_envelope = Decoder(_Envelope).decode
_columns = Decoder(_Columns, strict=False).decode
_prints = Decoder(list[Deal], strict=False).decode
_LENGTHS = {SECONDS[name]: code for code, name in CODES.items() if name in SECONDS}
"""The venue's intervals by their seconds, for klines that nobody says were asked for."""

ENDPOINTS: dict[str, _Reader] = {
    "deals": _deals,
    "depth": _rows(Depth),
    "detail": _rows(Contract),
    "fair_price": _rows(Fair),
    "funding_rate": _rows(Funding),
    "funding_rate/history": _rows(_Pages),
    "kline": _klines,
    "ticker": _rows(Day),
}
"""What reads the data of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "deals": frozenset({"p", "v", "T", "t"}),
    "depth": frozenset({"asks", "bids", "version"}),
    "detail": frozenset({"symbol", "contractSize", "priceUnit"}),
    "kline": frozenset({"time", "open", "vol"}),
    "ticker": frozenset({"lastPrice", "volume24"}),
    "fair_price": frozenset({"symbol", "fairPrice"}),
    "funding_rate": frozenset({"symbol", "fundingRate", "nextSettleTime"}),
    "funding_rate/history": frozenset({"resultList"}),
    "index_price": frozenset({"symbol", "indexPrice"}),
}
"""Keys that tell a body's endpoint where no address does; the first row that fits counts."""
