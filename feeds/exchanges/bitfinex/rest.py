"""Bitfinex's REST bodies: arrays without names, known by their address or by their shape."""

import re

from msgspec import Raw
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.checksum import BITFINEX, WireBook
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.bitfinex.wire import (
    DECODE_ERRORS,
    INTERVALS,
    Stated,
    candles_of,
    levels_of,
    nested,
    orders_of,
    trades_of,
)
from market.events import BookDelta, BookSnapshot

_LEVEL = 3
"""Items of a level of a book."""

_raw = Decoder(Raw).decode
_rows = Decoder(list[Raw]).decode


class Refused(Rejected):
    """The venue answered a request with a reason instead of data: ["error",10020,"limit: .."]."""

    @property
    def passing(self) -> bool:
        """Whether the same request may do later."""
        return "ratelimit" in self.reason.lower() or "maintenance" in self.reason.lower()


def read(venue: str, path: str, body: bytes | str, now: int) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        rows = _rows(body)
        if rows and bytes(memoryview(rows[0])) == b'"error"':
            raise Refused(venue, " ".join(str(item, "utf-8").strip('"') for item in rows[1:]))
        match = re.match(r"/v2/candles/trade:(\w+):([^/?]+)/hist", path)
        if match is not None:
            bars = sorted(candles_of(body), key=lambda row: row.time)
            interval = match[1] if match[1] in INTERVALS else "1m"
            stated: Stated = tuple(row.kline(f"{venue}:{match[2]}", interval, now) for row in bars)
            return stated or (Ignored("", "an empty list"),)
        match = re.match(r"/v2/trades/(t[^/?]+)/hist", path)
        if match is not None:
            prints: Stated = tuple(trades_of(_raw(body), f"{venue}:{match[1]}", now))
            return prints or (Ignored("", "an empty list"),)
        place = re.match(r"/v2/book/(t[^/?]+)/P\d", path)
        if place is not None or (not path and _looks_like_a_book(rows)):
            return (book_of(_raw(body), f"{venue}:{place[1] if place else '?'}", None, now),)
        return (Ignored("", "a list that states nothing that is used"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), body) from error


def book_of(payload: Raw, name: str, time: int | None, now: int) -> BookSnapshot | BookDelta:
    """The whole book, or a change of it."""
    rows = levels_of(payload)
    levels, orders = WireBook(BITFINEX).change(*rows), orders_of(*rows)
    if nested(payload):
        return BookSnapshot(name, time, now, *levels, None, orders=orders)
    return BookDelta(name, time, now, *levels, 0, 0, orders)


def _looks_like_a_book(rows: list[Raw]) -> bool:
    first = _rows(rows[0]) if rows else []
    return len(first) == _LEVEL and all(bytes(memoryview(item)[:1]) not in b'["' for item in first)
