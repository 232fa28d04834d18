"""Every recorded Kraken file reads without an unexplained error, the books in it pass their
checksums or sequences at every message, and what other projects expect of it holds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import cache
from itertools import pairwise

import pytest

from feeds.adapter import Adapter, Ignored, Output, Parser, Resync
from feeds.errors import MalformedFrame
from feeds.recording import Record, records
from feeds.registry import VENUES, venue_for_url
from market.events import BookDelta, BookSnapshot, Event, FeedState, FeedStatus
from market.markets import Markets
from service.capture import messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures

pytestmark = needs_captures

SPOT = "kraken"
SPOT_SESSIONS = {
    "kraken/v2_btcusd_book10_20230730.jsonl": (510, 510),
    "kraken/v2_btcusd_book10_20260824.jsonl": (8, 4),
}
"""Records of each spot session, and how many of them state a book with its checksum."""
RESTATED = {
    "kraken/v2_btcusd_book10_20230730.jsonl": 10,
    "kraken/v2_btcusd_book10_20260824.jsonl": 0,
}


@cache
def played(venue: str, path: str) -> list[tuple[Record, list[Output], list[Event | Ignored]]]:
    """The records of a session, what an adapter says to each, and what each states by itself."""
    adapter, parser = VENUES[venue].adapter(), VENUES[venue].parser()
    played = []
    for record in incoming(path):
        assert venue_for_url(record.url) == venue
        played.append((record, take(adapter, record), list(stated(parser, record))))
    return played


def incoming(path: str) -> list[Record]:
    return [record for record in records(CAPTURES / path) if record.direction == "in"]


def take(adapter: Adapter, record: Record) -> list[Output]:
    now, payload = record.ts_recv or 0, record.payload
    if record.connection != "http":
        return list(adapter.receive(payload, now))
    body = payload if isinstance(payload, bytes) else payload.encode()
    return list(adapter.receive_body(path_of(record), body, now))


def stated(parser: Parser, record: Record) -> Iterable[Event | Ignored]:
    path = path_of(record) if record.connection == "http" else None
    return parser.parse(record.payload, record.ts_recv or 0, path)


def path_of(record: Record) -> str:
    return "/" + record.url.split("/", 3)[3]


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


Model = dict[str, dict[float, float]]


def apply(model: Model, event: BookSnapshot | BookDelta) -> None:
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        if isinstance(event, BookSnapshot):
            model[side] = {}
        for price, size in levels:
            model[side][price] = size
            if not size:
                del model[side][price]


def model_of(outputs: Iterable[Output]) -> Model:
    model: Model = {"bid": {}, "ask": {}}
    for output in outputs:
        if isinstance(output, BookSnapshot | BookDelta):
            apply(model, output)
    return model


@pytest.mark.parametrize("path", SPOT_SESSIONS)
def test_every_checksum_of_a_spot_session_holds_and_the_book_is_never_crossed(path: str) -> None:
    count, books = SPOT_SESSIONS[path]
    lines = played(SPOT, path)
    assert len(lines) == count
    flat = [output for _, outputs, _ in lines for output in outputs]
    kinds = Counter(type(output) for output in flat)
    # The window of ten levels moves with the price, and is stated again as it does.
    restated = kinds.pop(BookSnapshot) - 1
    assert kinds == {BookDelta: books - 1, FeedStatus: 1}
    assert restated == RESTATED[path]
    assert states(flat) == [FeedState.LIVE]
    model: Model = {"bid": {}, "ask": {}}
    for output in flat:
        if isinstance(output, BookSnapshot | BookDelta):
            apply(model, output)
            assert max(model["bid"]) < min(model["ask"])
            assert len(model["bid"]) == len(model["ask"]) == 10
    markets = Markets()
    markets.apply(output for output in flat if isinstance(output, Event))
    market = markets.get("kraken:BTC/USD")
    assert market is not None
    assert market.book_good
    assert market.counts.off_grid == 0


@pytest.mark.parametrize("path", SPOT_SESSIONS)
def test_every_message_of_a_spot_session_states_something(path: str) -> None:
    for record, _, events in played(SPOT, path):
        assert events
        kinds = {type(event) for event in events}
        assert kinds == ({Ignored} if '"book","type"' not in str(record.payload) else kinds)


def flipped(text: str) -> Iterator[str]:
    """A book message with one digit of one of its prices, sizes or checksums another."""
    for place, digit in enumerate(text.partition('"timestamp"')[0]):
        if digit.isdigit():
            yield text[:place] + str((int(digit) + 1) % 10) + text[place + 1 :]


@pytest.mark.slow
def test_every_flipped_digit_of_a_spot_book_is_detected_at_once() -> None:
    adapter, flips, harmless = VENUES[SPOT].adapter(), 0, 0
    before: list[Output] = []
    for record in incoming("kraken/v2_btcusd_book10_20230730.jsonl"):
        text = str(record.payload)
        said = take(deepcopy(adapter), record)
        truth = model_of([*before, *said])
        for wrong in flipped(text):
            outputs: list[Output] = []
            try:
                outputs = list(deepcopy(adapter).receive(wrong, 0))
            except MalformedFrame:
                flips += 1
                continue
            if states(outputs)[:1] == [FeedState.GAP]:
                assert any(isinstance(output, Resync) for output in outputs)
                assert not any(isinstance(output, BookDelta | BookSnapshot) for output in outputs)
                flips += 1
            else:
                # Of a level that the same message pushes out of the book, nothing is left.
                assert model_of([*before, *outputs]) == truth
                harmless += 1
        before = [*model_outputs(truth)]
        take(adapter, record)
    assert (flips, harmless) == (15_105, 309)


def model_outputs(model: Model) -> list[Output]:
    """One message that states a whole model."""
    sides = (list(model["bid"].items()), list(model["ask"].items()))
    return [BookSnapshot("kraken:BTC/USD", None, 0, *sides, None)]


def test_every_dropped_change_of_a_spot_book_is_detected_at_the_next() -> None:
    lines = incoming("kraken/v2_btcusd_book10_20230730.jsonl")
    adapter, gaps, harmless = VENUES[SPOT].adapter(), 0, 0
    before = take(adapter, lines[0])
    for record, following in pairwise(lines[1:]):
        outputs = take(deepcopy(adapter), following)
        both = deepcopy(adapter)
        truth = model_of([*before, *take(both, record), *take(both, following)])
        if FeedState.GAP in states(outputs):
            gaps += 1
        else:
            # Both changed the same levels: the book is as it should be.
            assert model_of([*before, *outputs]) == truth
            harmless += 1
        before = model_outputs(model_of([*before, *take(adapter, record)]))
    assert (gaps, harmless) == (388, 120)


def single_messages(path: str) -> Iterator[tuple[int, str | bytes, str | None]]:
    name = str(CAPTURES / path)
    with open_capture(name) as file:
        for number, line in numbered(name, file):
            for message in messages(line):
                yield number, message.payload, message.path


SINGLES = {"kraken/samples.jsonl": (SPOT, 27, 13)}
"""Files of single messages: venue, how many there are, and how many of them are another venue's."""


@pytest.mark.parametrize("path", SINGLES)
def test_single_messages_read_without_an_unexplained_error(path: str) -> None:
    venue, count, foreign = SINGLES[path]
    parser = VENUES[venue].parser()
    said = [list(parser.parse(text, 0, rest)) for _, text, rest in single_messages(path)]
    assert len(said) == count
    assert all(said)
    reasons = [events[0].reason for events in said if isinstance(events[0], Ignored)]
    assert sum("Kraken futures" in reason for reason in reasons) == foreign
