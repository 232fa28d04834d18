"""Every recorded KuCoin file reads without an unexplained error, the books of its session are
followed without a gap, and what tardis expects holds.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored, Output, Resync
from feeds.recording import Record, records
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
    Ticker,
    Trade,
)
from market.instrument import Kind
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures

pytestmark = needs_captures

SPOT, FUTURES = "kucoin", "kucoin-futures"
SESSION = "kucoin/spot_cf_20210425.jsonl.gz"
MS = 1_000_000
# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]
Model: TypeAlias = dict[tuple[str, float], float]

STATED: Counter[type] = Counter(
    {BookDelta: 3805, BookSnapshot: 9, BookTicker: 830, Kline: 7, Listing: 9, Trade: 18}
)
"""What the adapter says to the session: the counts that captures/README.md expects.

A bar more than there, since one is stated again as closed. Of the changes, those count that were
not in the book already when it came.
"""
SINGLES: dict[str, Counter[type]] = {
    "kucoin/expected.jsonl": Counter(
        {BookDelta: 4, BookTicker: 1, FundingRate: 4, MarkPrice: 2, Trade: 2}
    ),
    "kucoin/instruments.jsonl.gz": Counter({Listing: 406}),
    "kucoin/samples.jsonl": Counter(
        {
            BookDelta: 3,
            BookSnapshot: 2,
            BookTicker: 3,
            FundingRate: 2,
            Kline: 1,
            MarkPrice: 2,
            Ticker: 2,
            Trade: 2,
        }
    ),
}
"""What the messages of the other files state; private and the newer protocol's state nothing."""
EXPECTED = 43
"""Values that tardis expects and that hold; the number may only grow."""


def test_every_file_is_tested() -> None:
    found = {f"kucoin/{path.name}" for path in (CAPTURES / "kucoin").iterdir()}
    assert found == {SESSION} | SINGLES.keys()


@cache
def received() -> list[Record]:
    return [record for record in records(CAPTURES / SESSION) if record.direction == "in"]


def path_of(record: Record) -> str:
    return "/" + record.url.split("/", 3)[3]


def play(lines: Sequence[Record]) -> list[list[Output]]:
    adapter, told = VENUES[SPOT].adapter(), []
    for line in lines:
        now, payload = line.ts_recv or 0, line.payload
        if line.connection == "http":
            body = payload if isinstance(payload, bytes) else payload.encode()
            told.append(list(adapter.receive_body(path_of(line), body, now)))
        else:
            told.append(list(adapter.receive(payload, now)))
    return told


def flat(told: Sequence[Sequence[Output]]) -> list[Output]:
    return [output for outputs in told for output in outputs]


def states(outputs: Sequence[Output], name: str = "") -> list[FeedState]:
    return [
        output.state
        for output in outputs
        if isinstance(output, FeedStatus) and output.instrument.startswith(name)
    ]


def test_every_message_of_the_session_reads() -> None:
    for line in received():
        assert venue_for_url(line.url) == SPOT
        place = path_of(line) if line.connection == "http" else None
        assert VENUES[SPOT].parser().parse(line.payload, 0, place)


def test_the_books_of_the_session_are_followed_without_a_gap_and_never_crossed() -> None:
    outputs = flat(play(received()))
    kinds = Counter(type(output) for output in outputs if isinstance(output, Event))
    del kinds[FeedStatus]
    assert kinds == STATED
    # Of the tenth nothing was heard while the session was recorded.
    assert Counter(states(outputs)) == {FeedState.SYNCING: 9, FeedState.LIVE: 9}
    markets, models = Markets(), dict[str, Model]()
    for output in outputs:
        if isinstance(output, Event):
            markets.apply([output])
        if isinstance(output, BookDelta | BookSnapshot):
            model = models.setdefault(output.instrument, {})
            follow(model, output)
            bids = [price for side, price in model if side == "bid"]
            asks = [price for side, price in model if side == "ask"]
            assert max(bids) < min(asks)
    assert len(models) == 9
    for name in models:
        market = markets.get(name)
        assert market is not None
        assert market.book_good
        assert market.counts.gaps == 0


def follow(model: Model, event: BookSnapshot | BookDelta) -> None:
    if isinstance(event, BookSnapshot):
        model.clear()
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        for price, size in levels:
            if size:
                model[side, price] = size
            else:
                model.pop((side, price), None)


def test_the_best_of_a_followed_book_is_what_the_venue_says_it_is() -> None:
    models, at = dict[str, Model](), dict[str, int]()
    compared = right = 0
    for output in flat(play(received())):
        match output:
            case BookDelta() | BookSnapshot():
                follow(models.setdefault(output.instrument, {}), output)
                at[output.instrument] = output.sequence or 0
            case BookTicker() if at.get(output.instrument) == output.sequence:
                model = models[output.instrument]
                bid = max(price for side, price in model if side == "bid")
                ask = min(price for side, price in model if side == "ask")
                best = (bid, model["bid", bid], ask, model["ask", ask])
                told = (output.bid, output.bid_size, output.ask, output.ask_size)
                right, compared = right + (best == told), compared + 1
    assert (right, compared) == COMPARED


COMPARED = (766, 766)
"""Quotes that were right, of those stated when the book had come to the same number."""


def test_a_change_that_is_lost_is_a_gap_at_the_next_message() -> None:
    lines = received()
    told = play(lines)
    frames = [n for n, outputs in enumerate(told) if any(isinstance(o, BookDelta) for o in outputs)]
    frames = [n for n in frames if lines[n].connection != "http"]
    gaps = 0
    for lost in frames[::400]:
        name = next(o.instrument for o in told[lost] if isinstance(o, BookDelta))
        later = (n for n in frames if n > lost and any(_is_of(o, name) for o in told[n]))
        following = next(later, None)
        if following is not None:
            outputs = play([*lines[:lost], *lines[lost + 1 : following + 1]])
            assert states(outputs[-1], name) == [FeedState.GAP]
            assert any(isinstance(output, Resync) for output in outputs[-1])
            gaps += 1
    assert gaps >= 5


def _is_of(output: Output, name: str) -> bool:
    return isinstance(output, BookDelta) and output.instrument == name


def singles(path: str) -> Iterator[Message]:
    name = str(CAPTURES / path)
    with open_capture(name) as file:
        for _, line in numbered(name, file):
            yield from (message for message in messages(line) if not message.sent)


@pytest.mark.parametrize("path", SINGLES)
def test_every_single_message_states_something_and_none_is_unreadable(path: str) -> None:
    found = Counter[type]()
    for message in singles(path):
        stated = VENUES[FUTURES].parser().parse(message.payload, 0, message.path)
        assert stated
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    assert found == SINGLES[path]


def test_lists_of_2025_state_what_contracts_are_worth() -> None:
    listed = {
        event.listed.symbol: event.listed
        for message in singles("kucoin/instruments.jsonl.gz")
        for event in VENUES[FUTURES].parser().parse(message.payload, 0, message.path)
        if isinstance(event, Listing)
    }
    linear, inverse = listed["XBTUSDTM"], listed["XBTUSDM"]
    assert (linear.kind, str(linear.contract_size)) == (Kind.LINEAR, "0.001")
    assert (inverse.kind, str(inverse.contract_size)) == (Kind.INVERSE, "1")


def rows() -> list[Foreign]:
    text = (CAPTURES / "kucoin/expected.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_what_tardis_expects_holds_value_by_value() -> None:
    adapter, checked = VENUES[FUTURES].adapter(), 0
    for row in rows():
        outputs = _told(adapter, row)
        events = [event for event in outputs if isinstance(event, Event)]
        events = [event for event in events if not isinstance(event, FeedStatus)]
        if not row["expected"]:
            assert events == []
        for wanted in row["expected"]:
            checked += check(wanted, events)
    assert checked == EXPECTED


def _told(adapter: Any, row: Foreign) -> Sequence[Output]:
    """What an adapter says; the recorder wrote down fetched bodies as if they were pushed."""
    message = json.loads(row["raw"])
    if "level2Snapshot" not in message["topic"]:
        told: Sequence[Output] = adapter.receive(row["raw"], 7)
        return told
    body = json.dumps({"code": message["code"], "data": message["data"]}).encode()
    path = f"/api/v1/level2/snapshot?symbol={message['data']['symbol']}"
    fetched: Sequence[Output] = adapter.receive_body(path, body, 7)
    return fetched


def check(wanted: Foreign, events: Sequence[Event]) -> int:
    """Compare what tardis says of a message with what we say; how many values that were."""
    found = values(events)
    kept = {name: value for name, value in wanted.items() if value is not None}
    for name in ("type", "exchange", "localTimestamp"):
        kept.pop(name)
    if wanted["type"] == "derivative_ticker":
        # The rest of it was stated by the messages before, and its time is of the latest of them.
        kept = {name: kept[name] for name in found if name in kept and name != "timestamp"}
    elif found.get("isSnapshot"):
        # The recorder states its own time there, for it makes the message.
        kept.pop("timestamp")
    else:
        since = datetime.fromisoformat(kept["timestamp"]) - datetime(1970, 1, 1, tzinfo=UTC)
        kept["timestamp"] = since // timedelta(milliseconds=1) * MS
    assert {name: found.get(name) for name in kept} == kept
    return sum(2 * len(value) if isinstance(value, list) else 1 for value in kept.values())


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words; a book and the changes since are one there."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2]}
    model: Model = {}
    for event in events:
        found.setdefault("timestamp", getattr(event, "ts_event", None))
        match event:
            case Trade():
                found |= {"id": event.id, "price": event.price, "amount": event.size}
                found["side"] = event.side
            case BookTicker():
                found |= {"bidPrice": event.bid, "bidAmount": event.bid_size}
                found |= {"askPrice": event.ask, "askAmount": event.ask_size}
            case BookSnapshot() | BookDelta():
                found.setdefault("isSnapshot", isinstance(event, BookSnapshot))
                follow(model, event)
                for side, name in (("bid", "bids"), ("ask", "asks")):
                    levels = [(price, size) for (of, price), size in model.items() if of == side]
                    found[name] = [{"price": price, "amount": size} for price, size in levels]
            case MarkPrice():
                found |= {"markPrice": event.price, "indexPrice": event.index}
            case FundingRate():
                found["fundingRate"] = event.rate
            case other:
                pytest.fail(f"no rule for {other}")
    return found
