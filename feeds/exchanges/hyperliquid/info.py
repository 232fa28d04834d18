"""Answers of Hyperliquid's info service, which has one path: they are known by their shape.

The same answers come by REST and over the socket.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, TypeAlias, cast

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.hyperliquid.names import tick_size
from feeds.exchanges.hyperliquid.wire import (
    DECODE_ERRORS,
    About,
    Book,
    Candle,
    Context,
    Print,
    Stated,
)
from feeds.fields import Count, Rate, Size, Time, nanoseconds
from market.events import FundingRate, Listing
from market.instrument import Instrument, Kind

SizeDecimals = Annotated[int, Meta(ge=0, le=18)]


class _Perpetual(Struct, gc=False):
    """{"szDecimals":5,"name":"BTC","maxLeverage":40,"marginTableId":56}."""

    name: str
    szDecimals: SizeDecimals
    isDelisted: bool = False

    def listing(self, about: About) -> Listing | Ignored:
        if self.isDelisted:
            return Ignored(about.instrument(self.name), "no longer traded")
        coins = (self.name.rpartition(":")[2], "USD")
        return _listing(about, self.name, coins, Kind.LINEAR, self.szDecimals)


class _Perpetuals(Struct, gc=False):
    """{"universe":[{"szDecimals":5,"name":"BTC","maxLeverage":40}],"marginTables":[…]}."""

    universe: list[_Perpetual]

    def events(self, about: About) -> Stated:
        return tuple(row.listing(about) for row in self.universe)


class _Token(Struct, gc=False):
    """{"name":"USDC","szDecimals":8,"weiDecimals":8,"index":0,…}."""

    name: str
    szDecimals: SizeDecimals
    index: Count


class _Pair(Struct, gc=False):
    """{"tokens":[1,0],"name":"PURR/USDC","index":0,"isCanonical":true}."""

    tokens: tuple[Count, Count]
    name: str


class _Spot(Struct, gc=False):
    """{"universe":[{"tokens":[1,0],"name":"PURR/USDC","index":0}],"tokens":[{"name":"USDC",…}]}."""

    universe: list[_Pair]
    tokens: list[_Token]

    def events(self, about: About) -> Stated:
        tokens = {token.index: token for token in self.tokens}
        return tuple(self._listing(pair, tokens, about) for pair in self.universe)

    def _listing(self, pair: _Pair, tokens: dict[int, _Token], about: About) -> Listing | Ignored:
        base, quote = (tokens.get(index) for index in pair.tokens)
        if base is None or quote is None:
            return Ignored(about.instrument(pair.name), "a pair of unknown tokens")
        coins = (base.name, quote.name)
        return _listing(about, pair.name, coins, Kind.SPOT, base.szDecimals)


class _Funding(Struct, gc=False):
    """{"coin":"BTC","fundingRate":"-0.00061334","premium":"-0.00091334","time":1683849600048}."""

    coin: str
    fundingRate: Rate
    time: Time

    def event(self, about: About) -> FundingRate:
        name, paid = about.instrument(self.coin), nanoseconds(self.time)
        return FundingRate(name, paid, about.now, self.fundingRate, None)


def _listing(about: About, coin: str, coins: tuple[str, str], kind: Kind, decimals: int) -> Listing:
    grids = (tick_size(kind, decimals), Decimal(1).scaleb(-decimals))
    instrument = Instrument(about.venue, coin, *grids, *coins, kind)
    return Listing(instrument.id, about.now, instrument)


_Reader: TypeAlias = Callable[[bytes | Raw, About], Stated]


def read(about: About, body: bytes | str | Raw) -> Stated:
    """What an answer states. Raise MalformedFrame when it is not what the venue documents."""
    payload = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    try:
        name = _recognise(payload)
        if name not in _READERS:
            return (Ignored("", f"{name}: states nothing that is used"),)
        return _READERS[name](payload, about) or (Ignored("", f"{name}: an empty list"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), bytes(payload)) from error


def _recognise(body: bytes | Raw) -> str:
    """What an answer is about. ValueError when it has no known shape."""
    if _first(body) == b"{":
        keys = _decode_keys(body)
        if not keys or any(shape <= keys.keys() for shape in _SHAPES.values()):
            return _named(keys, _SHAPES)
        _decode_prices(body)
        return "allMids"
    rows = _decode_list(body) or []
    kinds = [_first(row) for row in rows[:2]]
    if kinds == [b"{", b"["]:
        return "metaAndAssetCtxs"
    if not kinds or kinds[0] in (b'"', b"n"):
        return "a list of names" if rows else "null"
    return _named(_decode_keys(rows[0]), _ROW_SHAPES)


def _first(body: bytes | Raw) -> bytes:
    return bytes(memoryview(body)[:64]).lstrip()[:1]


def _named(keys: dict[str, Raw], shapes: dict[str, frozenset[str]]) -> str:
    for name, shape in shapes.items():
        if shape <= keys.keys():
            return name
    raise ValueError("not an answer of a known shape")


def _of(kind: type[Struct]) -> _Reader:
    """A reader of one struct with `events`."""
    decode = cast(Callable[[bytes | Raw], _Perpetuals], Decoder(kind, strict=False).decode)
    return lambda body, about: decode(body).events(about)


def _book(body: bytes | Raw, about: About) -> Stated:
    return (_decode_book(body).snapshot(about),)


def _prints(body: bytes | Raw, about: About) -> Stated:
    rows = sorted(_decode_prints(body), key=lambda row: row.time)  # the newest comes first
    return tuple(row.trade(about) for row in rows)


def _candles(body: bytes | Raw, about: About) -> Stated:
    rows = _decode_candles(body)
    return tuple(row.bar(about, closed=row is not rows[-1]) for row in rows)


def _funding(body: bytes | Raw, about: About) -> Stated:
    return tuple(row.event(about) for row in _decode_funding(body))


def _with_contexts(body: bytes | Raw, about: About) -> Stated:
    """A list of perpetuals or pairs, and the state of each in the same order."""
    listed, contexts = _decode_halves(body)
    if "tokens" in _decode_keys(listed):
        return _READERS["spotMeta"](listed, about)  # of pairs no state is used
    stated = [*_READERS["meta"](listed, about)]
    for row, context in zip(_decode_names(listed).universe, contexts, strict=False):
        if not row.isDelisted:
            stated += _decode_context(context).events(row.name, about)
    return tuple(stated)


_decode_list = Decoder(list[Raw] | None).decode
_decode_keys = Decoder(dict[str, Raw]).decode
_decode_prices = Decoder(dict[str, Size], strict=False).decode
_decode_book = Decoder(Book, strict=False).decode
_decode_prints = Decoder(list[Print], strict=False).decode
_decode_candles = Decoder(list[Candle], strict=False).decode
_decode_funding = Decoder(list[_Funding], strict=False).decode
_decode_halves = Decoder(tuple[Raw, list[Raw]]).decode
_decode_names = Decoder(_Perpetuals).decode
_decode_context = Decoder(Context, strict=False).decode

_READERS: dict[str, _Reader] = {
    "candleSnapshot": _candles,
    "fundingHistory": _funding,
    "l2Book": _book,
    "meta": _of(_Perpetuals),
    "metaAndAssetCtxs": _with_contexts,
    "recentTrades": _prints,
    "spotMeta": _of(_Spot),
}
"""What reads each answer that states something for the model."""

_SHAPES: dict[str, frozenset[str]] = {
    "l2Book": frozenset({"coin", "levels"}),
    "spotMeta": frozenset({"universe", "tokens"}),
    "meta": frozenset({"universe"}),
    "tokenDetails": frozenset({"maxSupply", "name"}),
}
"""Keys that tell an answer; the first row that fits counts."""

_ROW_SHAPES: dict[str, frozenset[str]] = {
    "candleSnapshot": frozenset({"t", "T", "s", "i"}),
    "fundingHistory": frozenset({"coin", "fundingRate"}),
    "perpDexs": frozenset({"name", "deployer"}),
    "recentTrades": frozenset({"coin", "tid"}),
}
"""The same of the first row of a list."""
