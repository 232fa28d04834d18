"""dYdX's REST bodies: what reads each endpoint, and how a body is known by its shape."""

import re
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.dydx.wire import (
    DECODE_ERRORS,
    About,
    Candles,
    Markets,
    Moment,
    PastPrints,
    Stated,
    WholeBook,
    moment,
)
from feeds.fields import Rate
from market.events import FundingRate


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""


class Place(NamedTuple):
    """What a request's path says of its body; "" and "?" where it does not."""

    endpoint: str = ""
    symbol: str = "?"
    resolution: str = ""


class _Paid(Struct, gc=False):
    """{"ticker":"BTC-USD","rate":"0.000002375","effectiveAt":"2025-12-08T16:00:00.219Z"}."""

    ticker: str
    rate: Rate
    effectiveAt: Moment


class _History(Struct, gc=False):
    """{"historicalFunding":[…]}, the newest first."""

    historicalFunding: list[_Paid]

    def events(self, about: About) -> Stated:
        return tuple(
            FundingRate(
                about.instrument(row.ticker), moment(row.effectiveAt), about.now, row.rate, None
            )
            for row in reversed(self.historicalFunding)
        )


class _Fault(Struct, gc=False):
    msg: str = ""


_keys = Decoder(dict[str, Raw]).decode
_faults = Decoder(list[_Fault]).decode

_SHAPES: dict[str, Decoder[Candles | Markets | WholeBook | _History | PastPrints]] = {
    "asks": Decoder(WholeBook, strict=False),
    "candles": Decoder(Candles, strict=False),
    "historicalFunding": Decoder(_History, strict=False),
    "markets": Decoder(Markets, strict=False),
    "trades": Decoder(PastPrints, strict=False),
}
"""What reads a body by the key that tells it."""


def read(about: About, path: str, body: bytes | str) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    place = locate(path)
    about = replace(about, symbol=place.symbol, resolution=place.resolution)
    try:
        return _stated(about, _unwrapped(body))
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), body) from error


def locate(path: str) -> Place:
    """Where a path leads."""
    match = re.match(r"/v4/(\w+)(?:/perpetualMarkets?)?(?:/([^?/]+))?", path)
    if match is None:
        return Place()
    query = parse_qs(path.partition("?")[2])
    resolution = query.get("resolution", [""])[0]
    return Place(match[1], unquote(match[2] or "?"), resolution)


def _unwrapped(body: bytes | str) -> bytes:
    """The body without the envelope that a gateway may have put around it."""
    plain = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    keys = _keys(plain)
    return bytes(keys["result"]) if {"requestId", "result"} <= keys.keys() else plain


def _stated(about: About, body: bytes) -> Stated:
    keys = _keys(body)
    if "errors" in keys:
        faults = ", ".join(fault.msg for fault in _faults(keys["errors"]))
        raise Refused(about.venue, faults or "refused")
    for key, decoder in _SHAPES.items():
        if key in keys:
            stated = decoder.decode(body).events(about)
            return stated or (Ignored(about.instrument(), f"{key}: an empty list"),)
    known = "epoch" in keys or all(bytes(memoryview(row)[:1]) == b"[" for row in keys.values())
    if not keys or not known:
        raise ValueError("not a body of a known shape")
    return (Ignored("", "states nothing that is used"),)
