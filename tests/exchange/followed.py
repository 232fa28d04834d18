"""Stretches of venues whose changes mean nothing by themselves, or that state none.

The adapter that follows such books reads them: levels that go by ids, sides that overlap, or books
that are whole each time, of which what is another than before makes a change.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache

from feeds.errors import FeedError
from feeds.recording import records
from feeds.registry import VENUES
from market.events import BookDelta, BookSnapshot, Side, Trade
from tests.captures import CAPTURES
from tests.exchange.stretch import STEP, Change, Cue, Print, Rows, Stretch


@cache
def followed(
    venue: str,
    symbol: str,
    path: str,
    levels: int = 15,
    most: int = 60,
    depth: int | None = None,
) -> Stretch:
    """The best levels of a recorded book, the first changes of these, and trades."""
    events = [*_events(venue, symbol, path)]
    spell = _Spelling(row for event in events for row in _rows(event))
    whole = next(event for event in events if isinstance(event, BookSnapshot))
    bids, asks = sorted(whole.bids, reverse=True)[:levels], sorted(whole.asks)[:levels]
    low, high = bids[-1][0], asks[-1][0]
    standing = dict(bids), dict(asks)
    cues: list[Cue] = []
    for event in events:
        at = len(cues) * STEP
        if isinstance(event, Trade):
            ((price, size),) = spell.rows([(event.price, event.size)])
            cues.append(Print(at, 0, price, size, event.side is Side.BUY))
            continue
        sides = [
            [row for row in side if low <= row[0] <= high] for side in (event.bids, event.asks)
        ]
        if isinstance(event, BookSnapshot):
            sides = [_differing(*pair) for pair in zip(standing, map(dict, sides), strict=True)]
        for side, rows in zip(standing, sides, strict=True):
            side.update(rows)
            for gone in [at for at, size in side.items() if not size]:
                del side[gone]
        cues += [Change(at, *map(spell.rows, sides))] if any(sides) else []
    return Stretch(spell.rows(bids), spell.rows(asks), tuple(cues[:most]), depth)


def _differing(old: dict[float, float], new: dict[float, float]) -> list[tuple[float, float]]:
    """What makes one side of a book the other."""
    gone = [(price, 0.0) for price in old if price not in new]
    return gone + [(price, size) for price, size in new.items() if old.get(price) != size]


class _Spelling:
    """The decimals that all prices and sizes of a market are spelled with."""

    def __init__(self, rows: Iterable[tuple[float, float]]) -> None:
        self._price, self._size = (max(map(_places, column)) for column in zip(*rows, strict=True))

    def rows(self, levels: Iterable[tuple[float, float]]) -> Rows:
        return tuple(
            (f"{price:.{self._price}f}", f"{size:.{self._size}f}") for price, size in levels
        )


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
