"""Every recorded Kraken file reads without an unexplained error, the books in it pass their
checksums or sequences at every message, and what other projects expect of it holds.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored, Output, Parser, Resync
from feeds.errors import MalformedFrame
from feeds.recording import Record
from feeds.registry import VENUES, venue_for_url
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from market.markets import Markets
from service.capture import messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures
from tests.lots import side_in_lots
from tests.sessions import Model, follow, path_of, received, states, take
from tests.tardis import moment

pytestmark = needs_captures

SPOT, FUTURES = "kraken", "kraken-futures"
MS = 1_000_000
SPOT_SESSIONS = {
    "kraken/v2_btcusd_book10_20230730.jsonl": (510, 510),
    "kraken/v2_btcusd_book10_20260824.jsonl": (8, 4),
}
"""Records of each spot session, and how many of them state a book with its checksum."""
FUTURES_SESSION = "kraken/futures_cf_20210722.jsonl.gz"


@cache
def played(venue: str, path: str) -> list[tuple[Record, list[Output], list[Event | Ignored]]]:
    """The records of a session, what an adapter says to each, and what each states by itself."""
    adapter, parser = VENUES[venue].adapter(), VENUES[venue].parser()
    played = []
    for record in received(path):
        assert venue_for_url(record.url) == venue
        played.append((record, take(adapter, record), list(stated(parser, record))))
    return played


def stated(parser: Parser, record: Record) -> Iterable[Event | Ignored]:
    return parser.parse(record.payload, record.ts_recv or 0, path_of(record))


def model_of(outputs: Iterable[Output]) -> Model:
    model: Model = ({}, {})
    for output in outputs:
        if isinstance(output, BookSnapshot | BookDelta):
            follow(model, output)
    return model


@pytest.mark.parametrize("path", SPOT_SESSIONS)
def test_every_checksum_of_a_spot_session_holds_and_the_book_is_never_crossed(path: str) -> None:
    count, books = SPOT_SESSIONS[path]
    lines = played(SPOT, path)
    assert len(lines) == count
    flat = [output for _, outputs, _ in lines for output in outputs]
    kinds = Counter(type(output) for output in flat)
    # The window of ten levels moves with the price, and is stated again as it does.
    assert kinds.pop(BookSnapshot) >= 1
    assert kinds == {BookDelta: books - 1, FeedStatus: 1}
    assert states(flat) == [FeedState.LIVE]
    model: Model = ({}, {})
    for output in flat:
        if isinstance(output, BookSnapshot | BookDelta):
            before = deepcopy(model)
            follow(model, output)
            assert isinstance(output, BookDelta) or model == before or not before[0]
            assert max(model[0]) < min(model[1])
            assert len(model[0]) == len(model[1]) == 10
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
    for record in received("kraken/v2_btcusd_book10_20230730.jsonl"):
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
    sides = (list(model[0].items()), list(model[1].items()))
    return [BookSnapshot("kraken:BTC/USD", None, 0, *sides, None)]


def test_every_dropped_change_of_a_spot_book_is_detected_at_the_next() -> None:
    lines = received("kraken/v2_btcusd_book10_20230730.jsonl")
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


def test_the_books_of_a_futures_session_are_followed_without_a_gap_and_never_crossed() -> None:
    lines = played(FUTURES, FUTURES_SESSION)
    flat = [output for _, outputs, _ in lines for output in outputs]
    kinds = Counter(type(output) for output in flat)
    # 1003 prints, all of them different; 17 instruments are listed, and ten of them heard of.
    expected = {BookSnapshot: 10, BookDelta: 7014, Trade: 1003, Listing: 10, FeedStatus: 10}
    assert kinds == expected
    assert set(states(flat)) == {FeedState.LIVE}
    models: dict[str, Model] = {}
    for output in flat:
        if isinstance(output, BookSnapshot | BookDelta):
            model = models.setdefault(output.instrument, ({}, {}))
            follow(model, output)
            assert max(model[0]) < min(model[1])
    markets = Markets()
    markets.apply(output for output in flat if isinstance(output, Event))
    for name, model in models.items():
        market = markets.get(name)
        assert market is not None
        assert market.book_good
        assert market.counts.off_grid == 0
        book, instrument = market.book, market.instrument
        assert book is not None
        assert instrument is not None
        assert not instrument.inferred
        for side, standing in zip(model, book.standing(), strict=True):
            levels = dict(zip(standing.ticks.tolist(), standing.lots.tolist(), strict=True))
            assert levels == side_in_lots(market, side)


def test_the_best_of_a_futures_book_is_what_every_ticker_tells() -> None:
    models: dict[str, Model] = {}
    count = 0
    for record, outputs, _ in played(FUTURES, FUTURES_SESSION):
        for output in outputs:
            if isinstance(output, BookSnapshot | BookDelta):
                follow(models.setdefault(output.instrument, ({}, {})), output)
        text = str(record.payload)
        if text.startswith('{"feed":"ticker_lite","product_id"'):
            told = json.loads(text)
            model = models[f"{FUTURES}:{told['product_id']}"]
            assert (max(model[0]), min(model[1])) == (told["bid"], told["ask"])
            count += 1
    assert count == 107


def test_every_message_of_a_futures_session_states_something() -> None:
    wire = Counter[type]()
    for _, _, events in played(FUTURES, FUTURES_SESSION):
        assert events
        wire.update(type(event) for event in events)
    lite, answers, indices = 107, 31, 10
    assert wire == {
        BookDelta: 7014,
        BookSnapshot: 10,
        Trade: 1003,
        Listing: 17,
        Ignored: lite + answers + indices,
    }


@pytest.mark.slow
def test_a_dropped_change_of_a_futures_book_is_detected_at_the_next_every_time() -> None:
    """One change in twenty; the next of the same contract is handed to a copy of the adapter."""
    lines = received(FUTURES_SESSION)
    adapter, gaps = VENUES[FUTURES].adapter(), 0
    following: dict[str, int] = {}
    next_of = dict[int, int]()
    for number in range(len(lines) - 1, -1, -1):
        symbol = re.match(r'{"feed":"book","product_id":"(\w+)"', str(lines[number].payload))
        if symbol:
            next_of[number] = following.get(symbol[1], 0)
            following[symbol[1]] = number
    for number, record in enumerate(lines):
        if next_of.get(number) and number % 20 == 0:
            outputs = take(deepcopy(adapter), lines[next_of[number]])
            assert states(outputs) == [FeedState.GAP]
            assert any(isinstance(output, Resync) for output in outputs)
            gaps += 1
        take(adapter, record)
    assert gaps == 353


def single_messages(path: str) -> Iterator[tuple[int, str | bytes, str | None]]:
    name = str(CAPTURES / path)
    with open_capture(name) as file:
        for number, line in numbered(name, file):
            for message in messages(line):
                yield number, message.payload, message.path


SINGLES = [
    (SPOT, "kraken/samples.jsonl", 27, 13),
    (FUTURES, "kraken/samples.jsonl", 27, 14),
    (FUTURES, "kraken/expected.jsonl", 15, 0),
    (FUTURES, "kraken/instruments.jsonl.gz", 1, 0),
]
"""Files of single messages: how many there are, and how many of them are the other market's."""


@pytest.mark.parametrize(("venue", "path", "count", "foreign"), SINGLES)
def test_single_messages_read_without_an_error(
    venue: str, path: str, count: int, foreign: int
) -> None:
    parser = VENUES[venue].parser()
    said = [list(parser.parse(text, 0, rest)) for _, text, rest in single_messages(path)]
    assert len(said) == count
    assert all(said)
    reasons = [events[0].reason for events in said if isinstance(events[0], Ignored)]
    other = "Kraken futures" if venue == SPOT else "Kraken spot"
    assert sum(other in reason for reason in reasons) == foreign


def test_every_file_is_tested() -> None:
    found = {f"kraken/{path.name}" for path in (CAPTURES / "kraken").iterdir()}
    tested = {path for _, path, _, _ in SINGLES} | SPOT_SESSIONS.keys() | {FUTURES_SESSION}
    assert found == tested


# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]

TARDIS = {"book_change": 4, "book_ticker": 7, "derivative_ticker": 6, "liquidation": 2, "trade": 4}
"""How many normalised messages of each kind hold."""


def test_the_normalised_messages_of_tardis_hold() -> None:
    parser, count = VENUES[FUTURES].parser(), Counter[str]()
    for line in (CAPTURES / "kraken/expected.jsonl").read_text().splitlines():
        row = json.loads(line)
        now = moment(row["local_ts"])
        events = list(parser.parse(row["raw"], now))
        for expected in row["expected"]:
            hold(expected, events, json.loads(row["raw"]), now)
            count[expected["type"]] += 1
    assert count == TARDIS


def hold(expected: Foreign, events: Sequence[Event | Ignored], wire: Foreign, now: int) -> None:
    """What is expected of a message is what we make of it, value by value."""
    kinds = {
        "book_change": BookDelta | BookSnapshot,
        "book_ticker": BookTicker,
        "derivative_ticker": MarkPrice,
        "liquidation": Liquidation,
        "trade": Trade,
    }
    event = next(event for event in events if isinstance(event, kinds[expected["type"]]))
    match event:
        case Trade() | Liquidation():
            assert (event.price, event.size) == (expected["price"], expected["amount"])
            assert event.side == expected["side"]
            if isinstance(event, Trade):
                # What has no name of its own we call by its number.
                assert event.id == (expected["id"] or str(wire["seq"]))
        case BookTicker():
            theirs = [expected[f"{side}{what}"] for side in SIDES for what in ("Price", "Amount")]
            assert [event.bid, event.bid_size, event.ask, event.ask_size] == theirs
        case BookDelta() | BookSnapshot():
            assert isinstance(event, BookSnapshot) == expected["isSnapshot"]
            for side in ("bids", "asks"):
                levels = [(level["price"], level["amount"]) for level in expected[side]]
                assert getattr(event, side) == levels
        case MarkPrice():
            hold_contract(expected, events, wire)
    assert event.instrument == f"{FUTURES}:{expected['symbol']}"
    assert (event.ts_event or now) == moment(expected["timestamp"])


SIDES = ("bid", "ask")
RELATIVE_SINCE = "2022-09-30"
"""Until then that project took the funding rate in currency for a fraction, which it is not."""


def hold_contract(expected: Foreign, events: Sequence[Event | Ignored], wire: Foreign) -> None:
    by_kind = {type(event): event for event in events}
    day, mark, interest = by_kind[Ticker], by_kind[MarkPrice], by_kind[OpenInterest]
    assert isinstance(day, Ticker)
    assert isinstance(mark, MarkPrice)
    assert isinstance(interest, OpenInterest)
    assert day.last == expected["lastPrice"]
    assert (mark.price, mark.index) == (expected["markPrice"], expected["indexPrice"])
    assert interest.size == expected["openInterest"]
    funding = by_kind.get(FundingRate)
    if expected["fundingRate"] is None:
        assert funding is None
        return
    assert isinstance(funding, FundingRate)
    assert funding.next_time == moment(expected["fundingTimestamp"])
    assert funding.rate == wire["relative_funding_rate"]
    theirs = "relative_funding_rate" if expected["localTimestamp"] >= RELATIVE_SINCE else None
    assert expected["fundingRate"] == wire[theirs or "funding_rate"]
