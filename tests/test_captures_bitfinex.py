"""Every recorded Bitfinex file reads without an unexplained error, its books are followed by their
numbers, and what other projects expect of its messages holds.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored, Output
from feeds.errors import Rejected
from feeds.exchanges.bitfinex.adapter import Bitfinex
from feeds.recording import records
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from service.capture import messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures

pytestmark = needs_captures

SESSION = "bitfinex/cf_20210405_120s.jsonl.gz"
MS = 1_000_000
FILES = {
    SESSION: {
        BookDelta: 22466,
        BookSnapshot: 8,
        BookTicker: 58,
        Ignored: 119,
        Ticker: 58,
        Trade: 256,
    },
    "bitfinex/expected.jsonl": {
        BookDelta: 2,
        BookSnapshot: 4,
        BookTicker: 2,
        FundingRate: 3,
        Ignored: 21,
        Kline: 8,
        Liquidation: 1,
        MarkPrice: 2,
        Ticker: 2,
        Trade: 10,
    },
    "bitfinex/instruments.jsonl.gz": {Ignored: 1},
    "bitfinex/samples.jsonl": {Ignored: 14},
}
"""What the messages from the venue state, by kind."""
REFUSALS = {"bitfinex/samples.jsonl": ["bitfinex: tICPF0:USTF0: subscribe: limit"]}

# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


def test_every_file_of_the_venue_is_tested() -> None:
    assert {f"bitfinex/{path.name}" for path in (CAPTURES / "bitfinex").iterdir()} == set(FILES)


@pytest.mark.parametrize("path", FILES)
def test_every_message_reads_and_states_what_it_should(path: str) -> None:
    parser, kinds, refused = Bitfinex("bitfinex"), Counter[type](), list[str]()
    name = str(CAPTURES / path)
    with open_capture(name) as file:
        for _, line in numbered(name, file):
            for message in messages(line):
                if message.sent:
                    continue
                try:
                    events = parser.parse(message.payload, message.ts_recv or 0, message.path)
                except Rejected as error:
                    refused.append(str(error))
                    continue
                assert events
                kinds.update(type(event) for event in events)
    assert kinds == FILES[path]
    assert refused == REFUSALS.get(path, [])


def followed() -> Iterator[list[Output]]:
    adapter = Bitfinex("bitfinex")
    for record in records(CAPTURES / SESSION):
        yield list(adapter.receive(record.payload, record.ts_recv or 0))


def test_recorded_books_are_followed_without_a_gap_and_are_never_crossed() -> None:
    kinds, states = Counter[type](), Counter[FeedState]()
    models = dict[str, dict[str, dict[float, float]]]()
    for outputs in followed():
        for output in outputs:
            kinds[type(output)] += 1
            if isinstance(output, FeedStatus):
                states[output.state] += 1
            if isinstance(output, BookSnapshot | BookDelta):
                model = models.setdefault(output.instrument, {"bid": {}, "ask": {}})
                before = {side: dict(levels) for side, levels in model.items()}
                _take(model, output)
                if isinstance(output, BookSnapshot) and before["bid"]:
                    assert before == model  # the same book, stated again as it moves
                assert max(model["bid"]) < min(model["ask"])
    assert states == {FeedState.LIVE: 8}
    assert (kinds[BookDelta], kinds[Trade], kinds[Ticker], kinds[BookTicker]) == (
        22466,
        248,
        58,
        58,
    )
    assert len(models) == 8


def _take(model: dict[str, dict[float, float]], event: BookSnapshot | BookDelta) -> None:
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        if isinstance(event, BookSnapshot):
            model[side].clear()
        for price, size in levels:
            model[side][price] = size
            if not size:
                del model[side][price]


def test_a_missing_recorded_message_loses_every_book_at_the_next() -> None:
    lines = list(records(CAPTURES / SESSION))[:3000]
    adapter = Bitfinex("bitfinex")
    states = [
        output.state
        for number, record in enumerate(lines)
        if number != 2500
        for output in adapter.receive(record.payload, record.ts_recv or 0)
        if isinstance(output, FeedStatus)
    ]
    assert states == [FeedState.LIVE] * 8 + [FeedState.GAP] * 8


# --- what other projects expect


def rows(source: str) -> list[Foreign]:
    text = (CAPTURES / "bitfinex/expected.jsonl").read_text()
    return [row for row in map(json.loads, text.splitlines()) if row["source"] == source]


def milliseconds(text: str) -> int:
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(milliseconds=1)


def wire_frames(raw: str) -> Iterator[str]:
    """The frames of a message to which its recorder has added what its channel is about."""
    message = json.loads(raw)
    if isinstance(message, list) and isinstance(message[-1], str) and len(message) > 4:
        channel, subject = message[-2:]
        about = {"event": "subscribed", "chanId": message[0]}
        match channel:
            case "liquidations":
                about |= {"channel": "status", "key": "liq:global"}
            case "status":
                about |= {"channel": "status", "key": f"deriv:t{subject}"}
            case "raw_book":
                about |= {"channel": "book", "symbol": f"t{subject}", "prec": "R0"}
            case _:
                about |= {"channel": channel, "symbol": f"t{subject}"}
        yield json.dumps(about)
        yield json.dumps(message[:-2])
        return
    yield raw


def test_the_normalised_messages_of_tardis_hold() -> None:
    parser, checked = Bitfinex("bitfinex"), Counter[str]()
    taken = set[str]()
    for row in rows("tardis"):
        if row["seq"] == 0:
            parser = Bitfinex("bitfinex")
        frames = list(wire_frames(row["raw"]))
        reader = parser if len(frames) == 1 else Bitfinex("bitfinex")
        stated = [event for frame in frames for event in reader.parse(frame, 0)]
        events = [event for event in stated if not isinstance(event, Ignored)]
        events = [e for e in events if not (isinstance(e, Trade) and e.id in taken)]
        taken |= {event.id for event in events if isinstance(event, Trade)}
        for expected in row["expected"]:
            _check(expected, events)
            checked[expected["type"]] += 1
        assert row["expected"] or not events
    assert checked == {
        "book_change": 1,
        "book_ticker": 1,
        "derivative_ticker": 5,
        "liquidation": 3,
        "trade": 1,
    }


def _check(expected: Foreign, events: list[Event]) -> None:
    time = milliseconds(expected["timestamp"]) * MS
    for event in events:
        assert event.instrument == f"bitfinex:t{expected['symbol']}"
        if not isinstance(event, Ticker):  # the day, of which that project says nothing
            assert getattr(event, "ts_event", None) == time
            _check_values(expected, event)
    stated = {type(event) for event in events}
    if expected["type"] == "derivative_ticker":
        assert (MarkPrice in stated) == (expected["markPrice"] is not None)
        assert (FundingRate in stated) == (expected["fundingRate"] is not None)
        assert (OpenInterest in stated) == (expected["openInterest"] is not None)
    else:
        assert stated


def _check_values(expected: Foreign, event: Event) -> None:
    match event:
        case Trade() | Liquidation():
            assert (event.price, event.size) == (expected["price"], expected["amount"])
            assert event.side == expected["side"]
        case BookDelta():
            for side, levels in (("bids", event.bids), ("asks", event.asks)):
                assert list(levels) == [(row["price"], row["amount"]) for row in expected[side]]
        case BookTicker():
            assert (event.bid, event.bid_size) == (expected["bidPrice"], expected["bidAmount"])
            assert (event.ask, event.ask_size) == (expected["askPrice"], expected["askAmount"])
        case MarkPrice():
            assert (event.price, event.index) == (expected["markPrice"], expected["indexPrice"])
        case FundingRate():
            assert event.rate == expected["fundingRate"]
            assert event.next_time == milliseconds(expected["fundingTimestamp"]) * MS
        case OpenInterest():
            assert event.size == expected["openInterest"]
        case other:
            pytest.fail(f"no rule for {other}")


def test_the_assertions_of_crypto_msg_parser_hold() -> None:
    held = 0
    for row in rows("crypto-msg-parser"):
        stated = list(Bitfinex("bitfinex").parse(row["raw"], 0))
        for expression, value in row["asserts"]:
            if "l3_event" in row["test"] and "symbol" not in expression:
                continue  # orders by themselves are not followed
            found = _evaluate(re.sub(r"(\.unwrap\(\))+$", "", expression), stated)
            assert found == pytest.approx(value) or value is None, (row["test"], expression)
            held += 1
    assert held == 171


def _evaluate(expression: str, stated: list[Any]) -> object:  # Any: events of any kind
    first = stated[0]
    if "symbol(" in expression:
        return first.instrument.partition(":")[2].replace("?", "NONE")
    if "extract_timestamp" in expression:
        latest = max(event.ts_event or getattr(event, "start", 0) for event in stated)
        return latest // MS or None
    match re.split(r"[.\[\]]+", expression):
        case ["trades" | "arr", "len()"]:
            return len(stated)
        case ["trade", "side"]:
            return str(first.side)
        case ["trade", field]:
            return _amount((first.price, first.size), field)
        case ["candlestick_msg", field]:
            return _bar(max(stated, key=lambda bar: bar.start), field)
        case ["!orderbook", "snapshot"]:
            return isinstance(first, BookDelta)
        case ["orderbook", *parts]:
            return _of_book(first, parts)
    pytest.fail(f"no rule for {expression}")


def _of_book(book: BookSnapshot | BookDelta, parts: list[str]) -> object:
    match parts:
        case ["snapshot"]:
            return isinstance(book, BookSnapshot)
        case ["seq_id" | "prev_seq_id"]:
            return book.sequence
        case [side, "len()"]:
            return len(getattr(book, side))
        case [side, index, field]:
            return _amount(getattr(book, side)[int(index)], field)
    pytest.fail(f"no rule for {parts}")


def _amount(level: tuple[float, float], field: str) -> float:
    price, size = level
    values = {"price": price, "quantity_base": size, "quantity_contract": size}
    return (values | {"quantity_quote": price * size})[field]


def _bar(bar: Kline, field: str) -> object:
    names = {"timestamp": bar.start // MS, "period": bar.interval}
    names["symbol"] = bar.instrument.partition(":")[2]
    return names[field] if field in names else getattr(bar, field)
