"""Every recorded dYdX file reads without an unexplained error, and the book in it is followed by
the numbers of its messages and shown uncrossed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias

from feeds.adapter import Ignored, Output, Resync
from feeds.errors import Rejected
from feeds.recording import Record, records
from feeds.registry import VENUES, venue_for_url
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Trade,
)
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures

pytestmark = needs_captures

NAME = "dydx"
SESSION, SAMPLES = "dydx/v4_ethusd_orderbook_testnet.jsonl", "dydx/samples.jsonl"
NUMBERS = [4, 5, 6, 7, 8, 9, 10, 11, 13]
"""Of the session's messages: its source left number 12 out, which was of another channel."""
CROSSED = 5
"""Messages of the session after which the book as stated is crossed."""
STATED = {
    BookDelta: 1,
    BookSnapshot: 4,
    FundingRate: 118,
    Kline: 232,
    Listing: 111,
    MarkPrice: 115,
    OpenInterest: 117,
    Trade: 246,
}
"""What the samples state."""
REFUSED = {"naut_ws_error": "Invalid subscription: channel 'invalid_channel' not found"}
"""Samples that are a refusal."""

Foreign: TypeAlias = dict[str, Any]  # Any: records of a foreign format
Sides: TypeAlias = tuple[dict[float, float], dict[float, float]]


@cache
def session() -> list[Record]:
    return list(records(CAPTURES / SESSION))


def play(lines: Sequence[Record]) -> list[list[Output]]:
    adapter = VENUES[NAME].adapter()
    return [list(adapter.receive(line.payload, line.ts_recv or 0)) for line in lines]


def flat(outputs: Sequence[Sequence[Output]]) -> list[Output]:
    return [output for some in outputs for output in some]


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def test_every_file_is_tested() -> None:
    found = {f"dydx/{path.name}" for path in (CAPTURES / "dydx").iterdir()}
    assert found == {SESSION, SAMPLES}


def test_the_recorded_book_is_followed_up_to_the_message_that_is_missing_in_the_file() -> None:
    assert [json.loads(line.payload)["message_id"] for line in session()] == NUMBERS
    outputs = play(session())
    before, at_gap = flat(outputs[:-1]), outputs[-1]
    assert Counter(map(type, before)) == {BookSnapshot: 1, BookDelta: 7, FeedStatus: 1}
    assert states(before) == [FeedState.LIVE]
    assert [type(output) for output in at_gap] == [FeedStatus, Resync]
    assert states(at_gap) == [FeedState.GAP]


def test_a_message_that_is_lost_anywhere_is_a_gap_at_the_next() -> None:
    whole = session()[:-1]
    for lost in range(1, len(whole) - 1):
        outputs = play([*whole[:lost], *whole[lost + 1 :]])
        assert states(flat(outputs[:lost])) == [FeedState.LIVE]
        assert states(outputs[lost]) == [FeedState.GAP]
        assert flat(outputs[lost + 1 :]) == []


def test_a_message_that_comes_twice_changes_nothing() -> None:
    whole = session()[:-1]
    assert flat(play([line for line in whole for _ in range(2)])) == flat(play(whole))


def test_the_recorded_book_is_crossed_as_stated_and_never_as_shown() -> None:
    raw, shown, crossed, markets = Levels(), Levels(), 0, Markets()
    for line, outputs in zip(session()[:-1], play(session()[:-1]), strict=True):
        raw.read(json.loads(line.payload)["contents"])
        events = [output for output in outputs if isinstance(output, Event)]
        markets.apply(events)
        for event in events:
            if isinstance(event, BookSnapshot | BookDelta):
                shown.follow(event)
        crossed += raw.crossed
        assert not shown.crossed
        for mine, stated in zip(shown.sides, raw.sides, strict=True):
            assert mine.items() <= stated.items()
        hidden = [
            stated.keys() - mine.keys() for mine, stated in zip(shown.sides, raw.sides, strict=True)
        ]
        # What is hidden lies where the sides overlap.
        assert all(price >= min(raw.sides[1]) for price in hidden[0])
        assert all(price <= max(raw.sides[0]) for price in hidden[1])
        assert raw.crossed or not any(hidden)
    assert crossed == CROSSED
    market = markets.get("dydx:ETH-USD")
    assert market is not None
    assert market.book_good
    assert market.counts.gaps == 0


class Levels:
    """A book by the simplest rule there is."""

    def __init__(self) -> None:
        self.sides: Sides = ({}, {})

    @property
    def crossed(self) -> bool:
        return max(self.sides[0]) >= min(self.sides[1])

    def read(self, contents: Any) -> None:  # Any: the JSON of a payload
        for content in contents if isinstance(contents, list) else [contents]:
            for side, name in zip(self.sides, ("bids", "asks"), strict=True):
                for row in content.get(name, ()):
                    price, size = row.values() if isinstance(row, dict) else row
                    self._write(side, float(price), float(size))

    def follow(self, event: BookSnapshot | BookDelta) -> None:
        for side, levels in zip(self.sides, (event.bids, event.asks), strict=True):
            for price, size in levels:
                self._write(side, price, size)

    def _write(self, side: dict[float, float], price: float, size: float) -> None:
        side[price] = size
        if not size:
            del side[price]


def samples() -> Iterator[tuple[Foreign, Message]]:
    path = str(CAPTURES / SAMPLES)
    with open_capture(path) as file:
        for _, line in numbered(path, file):
            for message in messages(line):
                yield json.loads(line), message


def test_every_sample_states_something_and_none_is_unreadable() -> None:
    found, refused, count = Counter[type](), dict[str, str](), 0
    for row, message in samples():
        count += 1
        assert venue_for_url(message.url) in (NAME, None)
        adapter = VENUES[NAME].adapter()
        try:
            stated = VENUES[NAME].parser().parse(message.payload, 0, message.path)
            if message.path is None:
                adapter.receive(message.payload, 0)
            else:
                adapter.receive_body(message.path, str(message.payload).encode(), 0)
        except Rejected as error:
            refused[row["name"]] = error.reason
            continue
        assert stated
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    assert count == 40
    assert refused == REFUSED
    assert found == STATED


def test_every_sample_of_trades_is_told_once_as_it_is_on_the_wire() -> None:
    told = 0
    for row, message in samples():
        if message.path is not None or '"v4_trades"' not in str(message.payload):
            continue
        contents = json.loads(message.payload)["contents"]
        batches = contents if isinstance(contents, list) else [contents]
        wire = {fill["id"]: fill for batch in batches for fill in batch["trades"]}
        adapter = VENUES[NAME].adapter()
        trades = [
            event for event in adapter.receive(message.payload, 0) if isinstance(event, Trade)
        ]
        assert sorted(trade.id for trade in trades) == sorted(wire), row["name"]
        for trade in trades:
            fill = wire[trade.id]
            assert (trade.price, trade.size) == (float(fill["price"]), float(fill["size"]))
            assert trade.side == fill["side"].lower()
        told += len(trades)
    assert told == 243
