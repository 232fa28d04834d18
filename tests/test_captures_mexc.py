"""Every recorded MEXC file reads without an unexplained error, and what tardis expects of its
messages holds, value by value.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

import pytest

from feeds.adapter import Adapter, Ignored, Output, Resync
from feeds.errors import Rejected
from feeds.exchanges.mexc.futures_wire import is_inverse
from feeds.registry import VENUES, venue_for_url
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Kind
from service.capture import messages, numbered, open_capture
from service.decode import Reader
from tests.captures import CAPTURES, needs_captures
from tests.mexc import DEPTH, FUTURES, SPOT, states
from tests.tardis import Foreign, moment, words

pytestmark = needs_captures

SAMPLES, EXPECTED = "mexc/samples.jsonl", "mexc/expected.jsonl"
FILES = (SAMPLES, EXPECTED, "mexc/instruments.jsonl.gz")
STATED: dict[str, dict[type, int]] = {
    SPOT: {
        BookSnapshot: 2,
        BookTicker: 3,
        Kline: 2,
        Listing: 1,
        Ticker: 3,
        Trade: 5,
    },
    FUTURES: {
        BookDelta: 4,
        BookSnapshot: 1,
        FundingRate: 6,
        Listing: 3,
        MarkPrice: 3,
        OpenInterest: 1,
        Ticker: 1,
        Trade: 2,
    },
}
"""What the samples of each market state."""
VALUES = {SPOT: 75, FUTURES: 39}
"""Values of tardis that are compared; the numbers may only grow."""
LENIENT = (
    "map mexc futures messages",
    "map mexc historical buffered depth updates without enforcing full sequence",
)
"""Tests in which tardis takes changes although others are missing before them."""
Book: TypeAlias = dict[tuple[str, float], float]


def test_every_file_is_tested() -> None:
    assert {f"mexc/{path.name}" for path in (CAPTURES / "mexc").iterdir()} == set(FILES)


@pytest.mark.parametrize("venue", STATED)
@pytest.mark.parametrize("path", FILES)
def test_every_line_of_every_file_reads_without_an_error(venue: str, path: str) -> None:
    reader, file = Reader(VENUES[venue], 5), str(CAPTURES / path)
    with open_capture(file) as lines:
        rows = [row for number, line in numbered(file, lines) for row in reader.read(number, line)]
    assert rows
    assert reader.errors == 0
    said = {str(row["reason"]) for row in rows if row.get("state") == "REJECTED"}
    assert said <= {"Contract [NOPE_USDT] not exists"}


@pytest.mark.parametrize("venue", STATED)
def test_every_sample_of_a_market_states_what_is_in_it(venue: str) -> None:
    parser, found = VENUES[venue].parser(), Counter[type]()
    file = str(CAPTURES / SAMPLES)
    with open_capture(file) as lines:
        read = [message for _, line in numbered(file, lines) for message in messages(line)]
    for message in read:
        if message.sent or venue_for_url(message.url) not in (None, venue):
            continue
        if "NOPE_USDT" in str(message.payload):
            with pytest.raises(Rejected, match="NOPE_USDT"):
                parser.parse(message.payload, 0, message.path)
            continue
        stated = parser.parse(message.payload, 0, message.path)
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    assert len(read) == 41
    assert found == STATED[venue]


def test_every_contract_of_the_recorded_list_has_its_grids_and_its_worth() -> None:
    file = str(CAPTURES / "mexc/instruments.jsonl.gz")
    with open_capture(file) as lines:
        ((message,),) = [messages(line) for _, line in numbered(file, lines)]
    stated = VENUES[FUTURES].parser().parse(message.payload, 0, "")
    listed = {one.listed.symbol: one.listed for one in stated if isinstance(one, Listing)}
    assert len(listed) == len(stated) == 750
    assert sum(one.kind is Kind.INVERSE for one in listed.values()) == 10
    bitcoin = listed["BTC_USD"]
    assert (bitcoin.kind, bitcoin.contract_size) == (Kind.INVERSE, Decimal(100))
    assert (str(bitcoin.tick_size), str(bitcoin.lot_size)) == ("0.1", "1")
    symbols = re.compile(VENUES[FUTURES].symbols)
    assert all(symbols.fullmatch(symbol) for symbol in listed)
    assert all(is_inverse(name) == (one.kind is Kind.INVERSE) for name, one in listed.items())


def tardis(venue: str) -> dict[str, list[Foreign]]:
    """The messages of each test in order: a mapper keeps state within one."""
    tests: dict[str, list[Foreign]] = {}
    for line in (CAPTURES / EXPECTED).read_text().splitlines():
        row = json.loads(line)
        if row["tardis_exchange"] == venue:
            tests.setdefault(row["test"], []).append(row)
    return tests


@pytest.mark.parametrize("venue", VALUES)
def test_what_tardis_expects_holds_for_what_each_message_states(venue: str) -> None:
    checked = 0
    for rows in tardis(venue).values():
        theirs, held, paid = Book(), list[BookDelta](), Foreign()
        for row in rows:
            stated = [event for event in parsed(venue, row) if isinstance(event, Event)]
            expected = row["expected"]
            if not isinstance(expected, list):
                continue  # an error: see below
            if row["synthetic"]:
                checked += check_whole(expected, stated, held, theirs)
                continue
            held += [event for event in stated if isinstance(event, BookDelta)]
            checked += check_each(expected, stated, paid)
    assert checked == VALUES[venue]


def check_whole(
    expected: Sequence[Foreign], stated: Sequence[Event], held: list[BookDelta], book: Book
) -> int:
    """A snapshot, with which tardis tells the changes that it had kept back."""
    (whole,) = expected
    (snapshot,) = stated
    assert isinstance(snapshot, BookSnapshot)
    follow(book, snapshot)
    for delta in held:
        follow(book, delta)
    held.clear()
    theirs = made_of(whole)
    assert book == {level: size for level, size in theirs.items() if size}
    return len(theirs)


def check_each(expected: Sequence[Foreign], stated: Sequence[Event], paid: Foreign) -> int:
    """Messages of which tardis expects something of each event, in their order.

    `paid` is the funding that was stated last: tardis tells it with the next ticker.
    """
    for event in stated:
        if isinstance(event, FundingRate):
            paid |= {"fundingRate": event.rate, "fundingTimestamp": event.next_time}
    checked = 0
    assert stated or not expected
    for one, event in zip(expected, stated, strict=len(expected) > 1):
        kept = {
            name: moment(value) if "imestamp" in name else value
            for name, value in one.items()
            if name not in {"type", "exchange", "localTimestamp", "bids", "asks"}
        }
        found = paid | values(stated if one["type"] == "derivative_ticker" else [event])
        assert kept == {name: found[name] for name in kept}
        checked += len(kept)
        if isinstance(event, BookDelta):
            changed = {("bid", price): size for price, size in event.bids}
            changed |= {("ask", price): size for price, size in event.asks}
            assert changed == made_of(one)
            checked += len(changed)
    return checked


def parsed(venue: str, row: Foreign) -> Sequence[Event | Ignored]:
    """What we read in a message; where tardis made it up, in the body that it made it of."""
    parser = VENUES[venue].parser()
    if row["synthetic"]:
        return parser.parse(body_of(venue, row), 0, DEPTH[venue])
    return parser.parse(frame_of(row), 0)


@pytest.mark.parametrize("venue", VALUES)
def test_decode_reads_protobuf_frames_as_the_venue_would_send_them(venue: str) -> None:
    reader, rows = Reader(VENUES[venue]), list[Foreign]()
    for number, line in enumerate((CAPTURES / EXPECTED).read_bytes().splitlines(), 1):
        rows += reader.read(number, line)
    assert reader.errors == 0
    binary = sum("pb_b64" in row for some in tardis(SPOT).values() for row in some)
    passed_over = sum(row.get("reason") == "a push of another market" for row in rows)
    read = sum(row["type"] in ("trade", "book_delta", "book_ticker") for row in rows)
    assert binary == 14
    if venue == SPOT:
        assert (read, passed_over) == (19, 0)
    else:
        assert passed_over == binary


def frame_of(row: Foreign) -> bytes | str:
    return base64.b64decode(row["pb_b64"]) if "pb_b64" in row else str(row["raw"])


def body_of(venue: str, row: Foreign) -> bytes:
    """The answer of the REST service that a snapshot of tardis was made of."""
    raw = json.loads(row["raw"])
    if venue == FUTURES:
        return json.dumps({"success": True, "code": 0, "data": raw["data"]}).encode()
    return json.dumps(raw["publicAggreDepthsSnapshot"]).encode()


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2]}
    for event in events:
        found |= words(event)
    return found


def follow(book: Book, event: BookSnapshot | BookDelta) -> None:
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        for price, size in levels:
            book[side, price] = size
            if not size:
                del book[side, price]


def made_of(expected: Foreign) -> Book:
    return {
        (side, level["price"]): level["amount"]
        for side in ("bid", "ask")
        for level in expected[f"{side}s"]
    }


def played(venue: str, rows: Sequence[Foreign]) -> list[list[Output]]:
    """The outputs of an adapter for each message of a test."""
    adapter: Adapter = VENUES[venue].adapter()
    return [
        list(adapter.receive_body(DEPTH[venue], body_of(venue, row), 0))
        if row["synthetic"]
        else list(adapter.receive(frame_of(row), 0))
        for row in rows
    ]


@pytest.mark.parametrize("venue", VALUES)
def test_the_adapter_follows_the_books_of_tardis_and_finds_every_gap_in_them(venue: str) -> None:
    for name, rows in tardis(venue).items():
        outputs = played(venue, rows)
        told = [output for some in outputs for output in some]
        gaps = [output for output in told if isinstance(output, FeedStatus)]
        said = states(told)
        if name in LENIENT or any(isinstance(row["expected"], dict) for row in rows):
            assert FeedState.GAP in said, name
        else:
            assert FeedState.GAP not in said, gaps
        wrong = [place for place, row in enumerate(rows) if isinstance(row["expected"], dict)]
        for place in wrong:
            assert any(isinstance(output, Resync) for output in outputs[place])
