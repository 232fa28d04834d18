"""Recorded sessions: what was received, what an adapter says to it, and the plainest book of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TypeAlias

from feeds.adapter import Adapter, Ignored, Output, Resync
from feeds.recording import Record, records
from feeds.registry import VENUES, venue_for_url
from market.events import BookDelta, BookSnapshot, BookTicker, Event, FeedState, FeedStatus
from market.market import Market
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES
from tests.lots import side_in_lots

Model: TypeAlias = tuple[dict[float, float], dict[float, float]]
"""Bids and asks: size by price."""
Best: TypeAlias = tuple[float, float, float, float]
"""Price and size of the best bid and ask."""


@cache
def received(path: str) -> list[Record]:
    """What came in a recording."""
    return [record for record in records(CAPTURES / path) if record.direction == "in"]


def singles(path: str) -> Iterator[Message]:
    """The messages of a file that came, whatever its format."""
    name = str(CAPTURES / path)
    with open_capture(name) as file:
        for _, line in numbered(name, file):
            yield from (message for message in messages(line) if not message.sent)


def path_of(record: Record) -> str | None:
    """The path and query of a document, None of a frame."""
    return "/" + record.url.split("/", 3)[3] if record.connection == "http" else None


def take(adapter: Adapter, record: Record) -> list[Output]:
    """What an adapter says to a record."""
    payload, now, path = record.payload, record.ts_recv or 0, path_of(record)
    if path is None:
        return list(adapter.receive(payload, now))
    body = payload if isinstance(payload, bytes) else payload.encode()
    return list(adapter.receive_body(path, body, now))


def play(venue: str, lines: Iterable[Record]) -> list[list[Output]]:
    """What an adapter of a venue says to each record."""
    adapter = VENUES[venue].adapter()
    return [take(adapter, line) for line in lines]


def flat(told: Iterable[Iterable[Output]]) -> list[Output]:
    """All that was said, in order."""
    return [output for outputs in told for output in outputs]


def states(outputs: Iterable[Output], name: str = "") -> list[FeedState]:
    """What was said of the instruments whose name begins so."""
    return [
        output.state
        for output in outputs
        if isinstance(output, FeedStatus) and output.instrument.startswith(name)
    ]


def follow(model: Model, event: BookSnapshot | BookDelta) -> None:
    """Take a book's statement. That a level goes which is not there, some venues say."""
    for side, levels in zip(model, (event.bids, event.asks), strict=True):
        if isinstance(event, BookSnapshot):
            side.clear()
        for price, size in levels:
            if size:
                side[price] = size
            else:
                side.pop(price, None)


def best(model: Model) -> Best:
    """The best of both sides, 0 where there is none."""
    bid, ask = max(model[0], default=0.0), min(model[1], default=0.0)
    return bid, model[0].get(bid, 0.0), ask, model[1].get(ask, 0.0)


def assert_end_alike(outputs: Iterable[Output], models: dict[str, Model]) -> None:
    """The market's books end as the plainest model's."""
    markets = Markets()
    markets.apply(output for output in outputs if isinstance(output, Event))
    for name, model in models.items():
        market = markets.get(name)
        assert market is not None
        assert market.book_good
        book = market.book
        assert book is not None
        for side, standing in zip(model, book.standing(), strict=True):
            levels = dict(zip(standing.ticks.tolist(), standing.lots.tolist(), strict=True))
            assert levels == side_in_lots(market, side)


def gaps_told(venue: str, lines: Sequence[Record], step: int) -> int:
    """How many changes are missed at the next of their book, of each `step`th that is lost."""
    told = play(venue, lines)
    frames = [
        n
        for n, outputs in enumerate(told)
        if lines[n].connection != "http" and any(isinstance(o, BookDelta) for o in outputs)
    ]
    gaps = 0
    for lost in frames[::step]:
        name = next(o.instrument for o in told[lost] if isinstance(o, BookDelta))
        later = (n for n in frames if n > lost and any(_changes(o, name) for o in told[n]))
        following = next(later, None)
        if following is not None:
            outputs = play(venue, [*lines[:lost], *lines[lost + 1 : following + 1]])
            assert states(outputs[-1], name) == [FeedState.GAP]
            assert any(isinstance(output, Resync) for output in outputs[-1])
            gaps += 1
    return gaps


def _changes(output: Output, name: str) -> bool:
    return isinstance(output, BookDelta) and output.instrument == name


def counted(outputs: Iterable[Output]) -> Counter[type]:
    """How many events there are of each kind, but for what is said of connections."""
    return Counter(
        type(output)
        for output in outputs
        if isinstance(output, Event) and not isinstance(output, FeedStatus)
    )


def counted_singles(venue: str, path: str) -> Counter[type]:
    """What the messages of a file state, each by itself; none states nothing at all."""
    found = Counter[type]()
    for message in singles(path):
        stated = VENUES[venue].parser().parse(message.payload, 0, message.path)
        assert stated
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    return found


def assert_every_message_reads(venue: str, path: str) -> None:
    """All of a session is this venue's, and states something by itself."""
    for line in received(path):
        assert venue_for_url(line.url) == venue
        assert VENUES[venue].parser().parse(line.payload, 0, path_of(line))


def followed(outputs: Iterable[Output]) -> list[Market]:
    """The markets whose books were followed without a gap, and never crossed on the way."""
    markets, models = Markets(), dict[str, Model]()
    for output in outputs:
        if isinstance(output, Event):
            markets.apply([output])
        if isinstance(output, BookDelta | BookSnapshot):
            model = models.setdefault(output.instrument, ({}, {}))
            follow(model, output)
            assert max(model[0]) < min(model[1])
    found = [market for name in models if (market := markets.get(name)) is not None]
    assert len(found) == len(models)
    assert all(market.book_good and market.counts.gaps == 0 for market in found)
    return found


def quotes_right(outputs: Iterable[Output]) -> tuple[int, int]:
    """How many quotes were the best of the book, of those stated when it had the same number."""
    models, at = dict[str, Model](), dict[str, int]()
    compared = right = 0
    for output in outputs:
        match output:
            case BookDelta() | BookSnapshot():
                follow(models.setdefault(output.instrument, ({}, {})), output)
                at[output.instrument] = output.sequence or 0
            case BookTicker() if at.get(output.instrument) == output.sequence:
                told = (output.bid, output.bid_size, output.ask, output.ask_size)
                right, compared = right + (best(models[output.instrument]) == told), compared + 1
    return right, compared
