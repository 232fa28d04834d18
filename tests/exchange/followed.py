"""Stretches of venues whose changes mean nothing by themselves.

The adapter that follows such books reads them: levels that go by ids, or sides that overlap.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from feeds.errors import FeedError
from feeds.recording import records
from feeds.registry import VENUES
from market.events import BookDelta, BookSnapshot, Side, Trade
from tests.captures import CAPTURES
from tests.exchange.stretch import STEP, Change, Cue, Print, Rows, Stretch


@cache
def followed(venue: str, symbol: str, path: str, levels: int = 15, most: int = 60) -> Stretch:
    """The best levels of a recorded book, the first changes of these, and trades."""
    events = [*_events(venue, symbol, path)]
    rows = [row for event in events for row in _rows(event)]
    places = [max(map(_places, column)) for column in zip(*rows, strict=True)]

    def spelled(levels: Iterator[tuple[float, float]]) -> Rows:
        return tuple((f"{price:.{places[0]}f}", f"{size:.{places[1]}f}") for price, size in levels)

    whole = next(event for event in events if isinstance(event, BookSnapshot))
    bids, asks = sorted(whole.bids, reverse=True)[:levels], sorted(whole.asks)[:levels]
    low, high = bids[-1][0], asks[-1][0]
    cues: list[Cue] = []
    for event in events:
        at = len(cues) * STEP
        if isinstance(event, Trade):
            ((price, size),) = spelled(iter([(event.price, event.size)]))
            cues.append(Print(at, 0, price, size, event.side is Side.BUY))
        elif isinstance(event, BookDelta):
            near = [
                spelled(row for row in side if low <= row[0] <= high)
                for side in (event.bids, event.asks)
            ]
            cues += [Change(at, *near)] if any(near) else []
    return Stretch(spelled(iter(bids)), spelled(iter(asks)), tuple(cues[:most]))


def _events(venue: str, symbol: str, path: str) -> Iterator[BookSnapshot | BookDelta | Trade]:
    """What an adapter that is shown a recording tells of one symbol's book, and its trades."""
    adapter = VENUES[venue].adapter()
    for record in records(CAPTURES / path):
        if record.direction == "out" or record.connection == "http":
            continue
        try:
            outputs = [*adapter.receive(record.payload, 1)]
        except FeedError:
            continue  # an answer that refuses something is no part of the market
        told = (
            output for output in outputs if isinstance(output, BookSnapshot | BookDelta | Trade)
        )
        yield from (event for event in told if event.instrument == f"{venue}:{symbol}")


def _rows(event: BookSnapshot | BookDelta | Trade) -> list[tuple[float, float]]:
    return [(event.price, event.size)] if isinstance(event, Trade) else [*event.bids, *event.asks]


def _places(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -int(exponent))
