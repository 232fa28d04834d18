"""Every recorded Bitget file reads without an unexplained error, what tardis expects of it holds,
and books of a session pass their checksums at every message.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import TypeAlias

import pytest

from feeds.adapter import Ignored, Output, Resync
from feeds.errors import MalformedFrame, Rejected
from feeds.recording import records
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
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures
from tests.sessions import flat, states
from tests.tardis import Foreign, moment, standing, words

pytestmark = needs_captures

VENUE = "bitget"
SESSION = CAPTURES / "bitget/legacy/v1_cf_20220407.jsonl.gz"
Book: TypeAlias = dict[tuple[str, float], float]

FILES: dict[str, tuple[int, Counter[type]]] = {
    "bitget/expected.jsonl": (
        25,
        Counter(
            {
                BookDelta: 3,
                BookSnapshot: 5,
                BookTicker: 4,
                FundingRate: 1,
                MarkPrice: 2,
                OpenInterest: 2,
                Ticker: 2,
                Trade: 6,
            }
        ),
    ),
    # A list made for directories of exchanges: it names futures and states no grids.
    "bitget/instruments.jsonl.gz": (1, Counter()),
    "bitget/samples.jsonl": (
        61,
        Counter(
            {
                BookDelta: 3,
                BookSnapshot: 5,
                BookTicker: 1,
                FundingRate: 4,
                Kline: 7,
                Listing: 2,
                MarkPrice: 1,
                OpenInterest: 5,
                Ticker: 7,
                Trade: 12,
            }
        ),
    ),
}
"""Messages of each file, and what they state. The folder `legacy` is of a protocol that is gone."""
REFUSED = {
    "obs_v2_error_unknown_symbol",
    "obs_v3_error_unknown_symbol",
    "obs_v2_error_bad_channel",
}
"""Samples that are a refusal."""

EXPECTED = 104
"""Values that tardis expects and that hold; the number may only grow."""


def test_every_file_is_tested() -> None:
    found = {f"bitget/{path.name}" for path in (CAPTURES / "bitget").iterdir()}
    assert found == FILES.keys() | {"bitget/legacy"}


def received(path: str) -> Iterator[tuple[str, Message]]:
    name = str(CAPTURES / path)
    with open_capture(name) as file:
        for _, line in numbered(name, file):
            for message in messages(line):
                if not message.sent:
                    yield json.loads(line).get("name", ""), message


@pytest.mark.parametrize("path", FILES)
def test_every_message_states_something_and_none_is_unreadable(path: str) -> None:
    count, kinds = FILES[path]
    found, seen, refused = Counter[type](), 0, set[str]()
    for name, message in received(path):
        assert venue_for_url(message.url) in (None, VENUE)
        seen += 1
        try:
            stated = VENUES[VENUE].parser().parse(message.payload, 0, message.path)
        except Rejected:
            refused.add(name)
            continue
        assert stated
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    assert seen == count
    assert found == kinds
    assert refused == (REFUSED if "samples" in path else set())


def test_reading_in_order_raises_no_more_than_reading_one_by_one() -> None:
    adapter = VENUES[VENUE].adapter()
    for _, message in received("bitget/samples.jsonl"):
        body = message.payload
        # What is refused of one channel is missed there: other channels go on.
        if message.path is None:
            list(adapter.receive(body, 0))
        else:
            encoded = body if isinstance(body, bytes) else body.encode()
            list(adapter.receive_body(message.path, encoded, 0))


def test_the_changes_of_2026_follow_one_another() -> None:
    adapter = VENUES[VENUE].adapter()
    told = [
        list(adapter.receive(message.payload, 0))
        for name, message in received("bitget/samples.jsonl")
        if name in ("obs_v2_books_snapshot_MAV", "obs_v2_books_update_1", "obs_v2_books_update_2")
    ]
    assert [type(outputs[0]) for outputs in told] == [BookSnapshot, BookDelta, BookDelta]
    assert states(flat(told)) == [FeedState.LIVE]
    # The same change in the words of today is an old one.
    today = next(m for name, m in received("bitget/samples.jsonl") if name == "obs_v3_books_update")
    assert list(adapter.receive(today.payload, 0)) == []


def expected() -> list[Foreign]:
    text = (CAPTURES / "bitget/expected.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_what_tardis_expects_holds_value_by_value() -> None:
    checked = 0
    for row in expected():
        events = list(VENUES[VENUE].parser().parse(row["raw"], 7))
        for wanted in row["expected"]:
            checked += check(wanted, [event for event in events if isinstance(event, Event)])
    assert checked == EXPECTED


def check(wanted: Foreign, events: Sequence[Event]) -> int:
    """Compare what tardis says of a message with what we say; how many values that were."""
    kept = {
        name: value
        for name, value in wanted.items()
        if name not in {"type", "exchange", "localTimestamp", "predictedFundingRate"}
    }
    for name in ("timestamp", "fundingTimestamp"):
        if kept.get(name) is not None:
            kept[name] = moment(kept[name])
    found = values(events)
    assert {name: found.get(name) for name in kept} == kept
    return sum(2 * len(value) if isinstance(value, list) else 1 for value in kept.values())


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words."""
    symbol = events[0].instrument.partition(":")[2]
    found: Foreign = {"symbol": symbol.partition("_")[0]}
    for event in events:
        found |= words(event)
        if isinstance(event, BookTicker):
            # Where there is no bid or ask we say 0.
            found |= {name: value or None for name, value in words(event).items()}
        if isinstance(event, BookSnapshot | BookDelta):
            found |= {"bids": standing(event.bids), "asks": standing(event.asks)}
    return found


@cache
def session() -> list[str]:
    """The books of a session of 2022, in the words of the API of 2024: rows were the same."""
    names = {"sp": "SPOT", "mc": "USDT-FUTURES"}
    frames = []
    for record in records(SESSION):
        text = str(record.payload)
        if record.direction == "in" and '"channel":"books"' in text and '"data"' in text:
            frame = json.loads(text)
            frame["arg"]["instType"] = names[frame["arg"]["instType"]]
            frames.append(json.dumps(frame, separators=(",", ":")))
    return frames


STRIDE = 20
FLIPS = (330, 915)
"""Digits that were detected, and those of levels that the checksum does not cover."""


def follow(model: Book, event: BookSnapshot | BookDelta) -> None:
    if isinstance(event, BookSnapshot):
        model.clear()
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        for price, size in levels:
            if size:
                model[side, price] = size
            else:
                model.pop((side, price), None)


def sides(model: Book) -> tuple[list[float], list[float]]:
    bids = sorted((price for side, price in model if side == "bid"), reverse=True)
    return bids, sorted(price for side, price in model if side == "ask")


def best(model: Book) -> Book:
    """The 25 best levels of each side, which the checksum covers."""
    covered = zip(("bid", "ask"), sides(model), strict=True)
    return {(side, price): model[side, price] for side, prices in covered for price in prices[:25]}


def test_every_checksum_of_a_session_holds_and_no_book_is_crossed() -> None:
    adapter, markets, models = VENUES[VENUE].adapter(), Markets(), dict[str, Book]()
    for frame in session():
        outputs = list(adapter.receive(frame, 0))
        markets.apply(output for output in outputs if isinstance(output, Event))
        assert FeedState.GAP not in states(outputs)
        for event in outputs:
            if isinstance(event, BookSnapshot | BookDelta):
                follow(models.setdefault(event.instrument, {}), event)
                bids, asks = sides(models[event.instrument])
                assert bids[0] < asks[0]
    assert len(session()) == 637
    assert not any('"checksum":0' in frame for frame in session())
    assert len(models) == 10
    for name in models:
        market = markets.get(name)
        assert market is not None
        assert market.book_good
        assert market.counts.gaps == 0


def flipped(frame: str) -> Iterator[str]:
    """A change of a book with one digit of one of its prices, sizes or its checksum another."""
    for place in range(frame.index('"data"'), frame.index('"ts"')):
        if frame[place].isdigit():
            yield frame[:place] + str((int(frame[place]) + 1) % 10) + frame[place + 1 :]


@pytest.mark.slow
def test_every_flipped_digit_among_the_best_levels_is_detected_at_once() -> None:
    adapter, found, harmless, model = VENUES[VENUE].adapter(), 0, 0, Book()
    for number, frame in enumerate(one for one in session() if '"VVSUSDT"' in one):
        before = deepcopy(adapter)
        earlier, model = model, applied(model, list(adapter.receive(frame, 0)))
        for wrong in flipped(frame) if number % STRIDE == 1 else ():
            try:
                said = list(deepcopy(before).receive(wrong, 0))
            except MalformedFrame:
                found += 1
                continue
            if FeedState.GAP in states(said):
                assert [type(output) for output in said[:2]] == [FeedStatus, Resync]
                found += 1
            else:
                # No checksum covers what lies beyond the best 25 levels.
                assert best(applied(earlier, said)) == best(model)
                harmless += 1
    assert (found, harmless) == FLIPS


def applied(model: Book, outputs: Sequence[Output]) -> Book:
    after = dict(model)
    for event in outputs:
        if isinstance(event, BookSnapshot | BookDelta):
            follow(after, event)
    return after


def test_every_dropped_change_is_detected_at_the_next_by_its_number() -> None:
    # The numbers are put in by hand: in 2022 there were none.
    frames = [
        frame.replace('"checksum"', f'"seq":{number + 5},"pseq":{number + 4},"checksum"')
        for number, frame in enumerate(one for one in session() if '"DASHUSDT"' in one)
    ]
    adapter = VENUES[VENUE].adapter()
    for number, following in enumerate(frames[2:]):
        adapter.receive(frames[number], 0)
        outputs = list(deepcopy(adapter).receive(following, 0))
        assert [type(output) for output in outputs[:2]] == [FeedStatus, Resync]
        assert states(outputs) == [FeedState.GAP]
    assert len(frames) == 98
