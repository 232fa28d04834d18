"""OKX's REST bodies: what reads each endpoint, and how a body is known by its shape.

{"code":"0","msg":"","data":[...]}: lists come newest first.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.okx.frames import DECODE_ERRORS
from feeds.exchanges.okx.listings import InstrumentRow
from feeds.exchanges.okx.names import INTERVALS, bar_of
from feeds.exchanges.okx.wire import (
    BookRow,
    CandleRow,
    Context,
    FundingRow,
    InterestRow,
    LiquidationRow,
    MarkRow,
    PaidRow,
    PastInterestRow,
    Stated,
    TickerRow,
    TradeRow,
)

PASSING = frozenset({"50001", "50004", "50011", "50013", "50026", "50040", "50061"})
"""Codes of a venue that is busy; any other refusal would only be repeated."""


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    def __init__(self, venue: str, code: str, text: str) -> None:
        super().__init__(venue, f"{text or 'refused'} (code {code})")
        self.passing = code in PASSING


class _Body(Struct):
    data: list[Raw] | UnsetType = UNSET
    code: str = ""
    msg: str = ""


_body = Decoder(_Body).decode
_array = Decoder(list[Raw]).decode
_keys = Decoder(dict[str, Raw]).decode

ENDPOINTS: dict[str, type[Struct]] = {
    "market/books": BookRow,
    "market/books-full": BookRow,
    "market/candles": CandleRow,
    "market/history-candles": CandleRow,
    "market/history-trades": TradeRow,
    "market/ticker": TickerRow,
    "market/tickers": TickerRow,
    "market/trades": TradeRow,
    "public/funding-rate": FundingRow,
    "public/funding-rate-history": PaidRow,
    "public/instruments": InstrumentRow,
    "public/liquidation-orders": LiquidationRow,
    "public/mark-price": MarkRow,
    "public/open-interest": InterestRow,
    "rubik/stat/contracts/open-interest-history": PastInterestRow,
}
"""The rows of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "market/books": frozenset({"asks", "bids"}),
    "market/ticker": frozenset({"last", "open24h"}),
    "market/trades": frozenset({"tradeId", "px"}),
    "public/funding-rate": frozenset({"fundingRate", "nextFundingRate"}),
    "public/funding-rate-history": frozenset({"fundingRate", "realizedRate"}),
    "public/instruments": frozenset({"instId", "tickSz"}),
    "public/liquidation-orders": frozenset({"instId", "details"}),
    "public/mark-price": frozenset({"instId", "markPx"}),
    "public/open-interest": frozenset({"instId", "oi"}),
}
"""Keys that tell a body's endpoint where no address does."""

_DECODERS = {kind: Decoder(kind, strict=False).decode for kind in ENDPOINTS.values()}


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        rows = _rows(venue, body)
        endpoint, symbol, interval = locate(path)
        endpoint = endpoint or _recognise(rows)
        about = Context(venue, now, symbol, interval)
        if endpoint not in ENDPOINTS:
            return (Ignored("", f"{endpoint or 'this'}: states nothing that is used"),)
        decode = _DECODERS[ENDPOINTS[endpoint]]
        decoded = [decode(row) for row in reversed(rows)]
        if isinstance(decoded[0] if decoded else None, CandleRow) and not interval:
            about = replace(about, interval=_spacing(decoded))
        stated = [event for row in decoded for event in row.events(about)]  # type: ignore[attr-defined]  # Rows
        return tuple(stated) or (Ignored("", "an empty answer"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def locate(path: str) -> tuple[str, str, str]:
    """Endpoint, symbol and our interval of a path; "", "?" and "" where it names none."""
    match = re.match(r"/api/v5/([^?]*)", path)
    query = parse_qs(path.partition("?")[2])
    symbol, bar = query.get("instId", ["?"])[0], query.get("bar", [""])[0]
    endpoint = match[1] if match else ""
    if endpoint.endswith("candles"):
        return endpoint, symbol, bar_of(f"candle{bar or '1m'}") or ""
    return endpoint, symbol, ""


def _rows(venue: str, body: bytes | str) -> list[Raw]:
    """The rows of an answer, or of a list that was taken out of one."""
    if body[:1] in ("[", b"["):
        return _array(body)
    answer = _body(body)
    if answer.code not in ("", "0"):
        raise Refused(venue, answer.code, answer.msg)
    if isinstance(answer.data, UnsetType):
        raise ValueError("neither rows nor a reason")
    return answer.data


def _recognise(rows: Sequence[Raw]) -> str:
    """The endpoint whose rows look like this, "" where none does."""
    if not rows:
        return ""
    if bytes(memoryview(rows[0])[:1]) == b"[":
        return "market/candles"
    keys = _keys(rows[0]).keys()
    return next((name for name, some in SHAPES.items() if some <= keys), "")


def _spacing(bars: Sequence[object]) -> str:
    """The interval of bars, oldest first, by the time from one to the next."""
    starts = [bar.start for bar in bars if isinstance(bar, CandleRow)]
    step = (starts[1] - starts[0]) // 1000 if len(starts) > 1 else 60
    return next((name for name, seconds in INTERVALS.values() if seconds == step), "1M")
