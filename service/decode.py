"""The decode command: captured wire traffic in, normalised events out, one JSON object a line.

Every message is first read by itself, so that what it states is printed whether or not a book is
in step with it. The same adapters that read the live feed then follow the messages, one for each
of several connections that may state the same (`feeds.voices`), and changes of state are printed
as `status` lines; with `--book N` also the top of the book after each message that a synchronised
book took.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

import click

from feeds.adapter import Ignored
from feeds.errors import FeedError, MalformedFrame, Rejected
from feeds.jsonline import json_line
from feeds.registry import find_venue, venue_for_url
from feeds.venue import Venue
from feeds.voices import Voices
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Orders,
    Ticker,
    Trade,
)
from market.instrument import plain
from market.market import Market
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture

DAMAGED = 4
"""The exit code when something could not be read."""

NAMES: dict[type, str] = {
    BookDelta: "book_delta",
    BookSnapshot: "book_snapshot",
    BookTicker: "book_ticker",
    FundingRate: "funding",
    Kline: "kline",
    Liquidation: "liquidation",
    MarkPrice: "mark_price",
    OpenInterest: "open_interest",
    Ticker: "ticker",
    Trade: "trade",
}
"""The `type` of each kind of event on a line."""

Row: TypeAlias = dict[str, object]


@click.command("decode")
@click.argument("venue")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--book",
    "depth",
    type=click.IntRange(min=1),
    metavar="N",
    help="Also print the top N levels after each message of a synchronised book.",
)
def command(venue: str, file: str, depth: int | None) -> int:
    """Print what captured traffic of VENUE states, one JSON object a line.

    FILE is a recording, samples or bare frames, one a line, gzip or not; - reads stdin. What
    cannot be read gives a `status` line with the state ERROR, and exit code 4 at the end.

    \b
    Examples:
      tapetop decode binance-usdm btc.jsonl.gz | head
      tapetop decode binance btc.jsonl.gz --book 5 | grep '"book"'
    """
    reader = Reader(find_venue(venue), depth)
    output = sys.stdout.buffer
    with open_capture(file) as lines:
        for number, line in numbered(file, lines):
            for row in reader.read(number, line):
                output.write(json_line(row))
    output.flush()
    return DAMAGED if reader.errors else 0


class Reader:
    """Lines of a capture in, rows of output out."""

    def __init__(self, venue: Venue, depth: int | None = None) -> None:
        self.errors = 0
        """Messages that could not be read."""
        self._venue = venue
        self._parser = venue.parser()
        self._depth = depth
        self._begin("")

    def _begin(self, session: str) -> None:
        self._session = session
        self._voices = Voices(self._venue.adapter)
        self._markets = Markets()

    def read(self, number: int, line: bytes) -> Iterator[Row]:
        """The rows of one line; `number` is its place in the capture, from 1."""
        if line.isspace():
            return
        try:
            found = messages(line)
        except ValueError as error:
            yield self._error(number, str(error), None)
            return
        for message in found:
            yield from self._message(number, message)

    def _message(self, number: int, message: Message) -> Iterator[Row]:
        owner = venue_for_url(message.url)
        if message.sent or owner not in (None, self._venue.name):
            reason = "sent to the venue" if message.sent else f"traffic of {owner}"
            yield self._status(message.ts_recv, "IGNORED", reason)
            return
        try:
            stated = self._parser.parse(message.payload, message.ts_recv or 0, message.path)
        except MalformedFrame as error:
            yield self._error(number, error.reason, message.ts_recv)
        except Rejected as error:
            yield self._status(message.ts_recv, "REJECTED", error.reason)
        else:
            yield from self._stated(stated, message.ts_recv)
            if message.session is not None:
                yield from self._follow(message, message.session)

    def _stated(self, stated: Iterable[Event | Ignored], ts_recv: int | None) -> Iterator[Row]:
        listed = 0
        for event in stated:
            match event:
                case Ignored():
                    yield self._status(ts_recv, "IGNORED", event.reason, event.instrument)
                case FeedStatus():
                    yield self._status(ts_recv, event.state, event.reason, event.instrument)
                case Listing():
                    listed += 1
                case _:
                    yield _row(event, ts_recv)
        if listed:
            yield self._status(ts_recv, "IGNORED", f"list of {listed} instruments")

    def _follow(self, message: Message, session: str) -> Iterator[Row]:
        """What the same message means to those who have seen the ones before."""
        if session != self._session:
            self._begin(session)
        events = self._events(message)
        yield from self._stated(
            [event for event in events if isinstance(event, FeedStatus)], message.ts_recv
        )
        if self._depth is None:
            return
        self._markets.apply(events)
        books = [event for event in events if isinstance(event, BookDelta | BookSnapshot)]
        for event in {event.instrument: event for event in books}.values():
            market = self._markets.get(event.instrument)
            if market is not None and market.synced:
                yield _book(market, event, message.ts_recv, self._depth)

    def _events(self, message: Message) -> Sequence[Event]:
        payload, now = message.payload, message.ts_recv or 0
        try:
            if message.path is None:
                return tuple(self._voices.frame(message.connection, message.url, payload, now))
            body = payload.encode() if isinstance(payload, str) else payload
            return tuple(self._voices.body(message.path, body, now))
        except FeedError:
            # Reading the message by itself has already said what is to be said of it.
            return ()

    def _error(self, number: int, reason: str, ts_recv: int | None) -> Row:
        self.errors += 1
        return {**self._status(ts_recv, "ERROR", reason), "line": number}

    def _status(self, ts_recv: int | None, state: str, reason: str, instrument: str = "") -> Row:
        return {
            "type": "status",
            "instrument": instrument or f"{self._venue.name}:?",
            "ts_event": None,
            "ts_recv": ts_recv,
            "state": state,
            "reason": reason,
        }


def _row(event: Event, ts_recv: int | None) -> Row:
    """An event's own fields, its numbers as exact decimal strings."""
    row: Row = {"type": NAMES[type(event)]}
    for name in event.__struct_fields__:
        row[name] = _plain(getattr(event, name))
    row["ts_recv"] = ts_recv
    return row


def _plain(value: object) -> object:
    match value:
        case float():
            return _decimal(value)
        case Decimal():
            return plain(value)
        case Orders():
            return {"bids": value.bids, "asks": value.asks}
        case list() | tuple():
            return [[_decimal(price), _decimal(size)] for price, size in value]
    return value


def _decimal(number: float) -> str:
    text = repr(number)
    return plain(number) if "e" in text else text.removesuffix(".0")


def _book(market: Market, event: BookDelta | BookSnapshot, ts_recv: int | None, depth: int) -> Row:
    book, instrument = market.book, market.instrument
    assert book is not None  # a book event was applied
    assert instrument is not None
    bids, asks = (
        [[plain(instrument.price(ticks)), plain(instrument.size(lots))] for ticks, lots in side]
        for side in book.top(depth)
    )
    return {
        "type": "book",
        "instrument": market.id,
        "ts_event": event.ts_event,
        "ts_recv": ts_recv,
        "sequence": book.sequence,
        "bids": bids,
        "asks": asks,
    }
