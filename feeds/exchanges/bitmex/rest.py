"""BitMEX's REST bodies: what reads each endpoint, and how a body is known by its shape.

A body is an array of rows, or {"error":{"message":"...","name":"HTTPError"}}.
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qs

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.bitmex.books import whole
from feeds.exchanges.bitmex.frames import DECODE_ERRORS, TABLES, active
from feeds.exchanges.bitmex.wire import BINS, Context, LevelRow, Row, Stated

ENDPOINTS: dict[str, str] = {
    "funding": "funding",
    "instrument": "instrument",
    "instrument/active": "instrument",
    "liquidation": "liquidation",
    "orderBook/L2": "orderBookL2",
    "quote": "quote",
    "trade": "trade",
    "trade/bucketed": "tradeBin1m",
}
"""The table whose rows each endpoint gives."""

SHAPES: dict[str, frozenset[str]] = {
    "instrument": frozenset({"typ", "tickSize"}),
    "orderBook/L2": frozenset({"id", "side"}),
    "trade": frozenset({"price", "tickDirection"}),
    "trade/bucketed": frozenset({"open", "vwap"}),
    "funding": frozenset({"fundingRate", "fundingInterval"}),
    "quote": frozenset({"bidPrice", "askPrice", "bidSize"}),
}
"""Keys that tell a body's endpoint where no address does."""


class Refused(Rejected):
    """The venue answered a request with a reason instead of rows."""

    def __init__(self, venue: str, message: str) -> None:
        super().__init__(venue, message or "refused")
        self.passing = "overloaded" in message or "Rate limit" in message


class _Error(Struct):
    message: str = ""


class _Refusal(Struct):
    error: _Error


_raws = Decoder(list[Raw]).decode
_keys = Decoder(dict[str, Raw]).decode
_refusal = Decoder(_Refusal).decode


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        if body[:1] in ("{", b"{"):
            raise Refused(venue, _refusal(body).error.message[:200])
        endpoint, _, interval = locate(path)
        rows = _rows(body, endpoint)
        about = Context(venue, now, interval or "1m")
        levels = [row for row in rows if isinstance(row, LevelRow)]
        if levels:
            return whole(levels, about)
        stated = tuple(event for row in reversed(rows) for event in row.events(about))
        return stated or (Ignored("", "an empty answer"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def locate(path: str) -> tuple[str, str, str]:
    """Endpoint, symbol and interval of a path; "", "?" and "" where it names none."""
    match = re.match(r"/api/v1/([^?]*)", path)
    query = parse_qs(path.partition("?")[2])
    interval = query.get("binSize", [""])[0]
    symbol = query.get("symbol", ["?"])[0]
    return match[1] if match else "", symbol, interval if interval in BINS else ""


def _rows(body: bytes | str, endpoint: str) -> Sequence[Row]:
    raws = _raws(body)
    known = endpoint or _recognise(raws)
    if not raws or known not in ENDPOINTS:
        return ()
    if ENDPOINTS[known] == "instrument":
        return active(body)
    return TABLES[ENDPOINTS[known]](Raw(body))


def _recognise(raws: Sequence[Raw]) -> str:
    """The endpoint whose rows look like this, "" where none does."""
    if not raws:
        return ""
    keys = _keys(raws[0]).keys()
    return next((name for name, some in SHAPES.items() if some <= keys), "")
