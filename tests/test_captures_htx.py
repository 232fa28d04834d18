"""Every recorded HTX file reads without an unexplained error, the books of its sessions are those
of the venue, and what tardis and crypto-msg-parser expect holds.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from feeds.adapter import Ignored, Output, Send
from feeds.errors import Rejected
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
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.sessions import path_of, received, singles, take
from tests.tardis import MS, Foreign, moment, standing, words

pytestmark = needs_captures

SPOT, SWAP, INVERSE = "htx", "htx-swap", "htx-inverse"

SESSIONS: dict[str, tuple[str, Counter[type], int]] = {
    "htx/linear_swap_cf_20220219.jsonl.gz": (
        SWAP,
        Counter({BookSnapshot: 1588, Listing: 5, Trade: 17}),
        6,
    ),
    "htx/spot_cf_20210417.jsonl.gz": (
        SPOT,
        Counter({BookSnapshot: 292, Listing: 10, Trade: 73}),
        6,
    ),
}
"""What an adapter says to each session, with the counts of captures/README.md, and the pings."""
SINGLES: dict[str, Counter[type]] = {
    "htx/expected.jsonl": Counter(
        {
            BookDelta: 13,
            BookSnapshot: 19,
            BookTicker: 7,
            FundingRate: 5,
            Kline: 4,
            Liquidation: 1,
            OpenInterest: 6,
            Ticker: 5,
            Trade: 17,
        }
    ),
    "htx/instruments.jsonl.gz": Counter({Listing: 203}),
    "htx/samples.jsonl": Counter(
        {BookDelta: 3, BookSnapshot: 1, BookTicker: 1, FundingRate: 1, MarkPrice: 1}
    ),
}
"""What the messages of the other files state."""
EXPECTED = 184
"""Values that tardis expects and that hold; the number may only grow."""
ASSERTED = 392
"""Values that crypto-msg-parser expects and that hold; the number may only grow.

Of its 484 the others are of fields that we do not state (the sender's time, order numbers beside
the versions, estimated rates, spellings of pairs and periods) or say that there is no value.
"""
each_session = pytest.mark.parametrize("path", SESSIONS)


def test_every_file_is_tested() -> None:
    found = {f"htx/{path.name}" for path in (CAPTURES / "htx").iterdir()}
    assert found == SESSIONS.keys() | SINGLES.keys()


def play(path: str) -> list[Output]:
    """What an adapter says to a session of its venue's."""
    venue, told = SESSIONS[path][0], list[Output]()
    adapter = VENUES[venue].adapter()
    for line in received(path):
        if venue_for_url(line.url) == venue:
            told += take(adapter, line)
    return told


@each_session
def test_every_message_of_a_session_reads(path: str) -> None:
    for line in received(path):
        venue = venue_for_url(line.url)
        # The session of linear swaps begins with the list of inverse ones.
        assert venue is not None
        assert venue == SESSIONS[path][0] or (venue, line.connection) == (INVERSE, "http")
        assert VENUES[venue].parser().parse(line.payload, 0, path_of(line))


@each_session
def test_whole_books_of_a_session_are_labelled_and_never_crossed(path: str) -> None:
    _, wanted, pings = SESSIONS[path]
    outputs = play(path)
    kinds = Counter(type(output) for output in outputs if isinstance(output, Event))
    states = [output.state for output in outputs if isinstance(output, FeedStatus)]
    names = {output.instrument for output in outputs if isinstance(output, BookSnapshot)}
    assert states == [FeedState.SNAPSHOT_ONLY] * len(names)
    del kinds[FeedStatus]
    assert kinds == wanted
    assert sum(isinstance(output, Send) for output in outputs) == pings
    markets = Markets()
    for output in outputs:
        if isinstance(output, Event):
            markets.apply([output])
        if isinstance(output, BookSnapshot):
            assert max(price for price, _ in output.bids) < min(price for price, _ in output.asks)
    for name in names:
        market = markets.get(name)
        assert market is not None
        assert market.book_good


def test_each_ping_of_a_session_was_answered_as_the_recorder_answered_it() -> None:
    for path in SESSIONS:
        ours = [output.frame for output in play(path) if isinstance(output, Send)]
        sent = [json.loads(line.payload) for line in records(CAPTURES / path) if _is_pong(line)]
        assert [json.loads(frame) for frame in ours][: len(sent)] == sent
        assert len(sent) >= len(ours) - 1


def _is_pong(line: Record) -> bool:
    return line.direction == "out" and "pong" in str(line.payload)


def test_trades_of_swaps_take_from_the_book_what_they_say() -> None:
    """A bid of 106, then one of 180, were sold into whole; the venue wrote 212 and 360."""
    outputs = play("htx/linear_swap_cf_20220219.jsonl.gz")
    trades = [o for o in outputs if isinstance(o, Trade) and o.instrument == "htx-swap:SNX-USDT"]
    sizes = {(trade.price, trade.size) for trade in trades}
    assert {(4.3318, 106.0), (4.3312, 180.0)} <= sizes
    stood = {
        level
        for output in outputs
        if isinstance(output, BookSnapshot) and output.instrument == "htx-swap:SNX-USDT"
        for level in output.bids
    }
    assert {(4.3318, 106.0), (4.3312, 180.0)} <= stood


@pytest.mark.parametrize("path", SINGLES)
def test_every_single_message_states_something_or_is_a_known_refusal(path: str) -> None:
    found, refused = Counter[type](), list[str]()
    for message in singles(path):
        try:
            stated = VENUES[SWAP].parser().parse(message.payload, 0, message.path)
        except Rejected as error:
            refused.append(error.reason)
            continue
        assert stated
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    assert found == SINGLES[path]
    assert refused == (REFUSALS if path == "htx/samples.jsonl" else [])


REFUSALS = [
    "invalid topic market.BTC-USDT.depth.size_400.high_freq",
    "not json, is not json string",
]


def venue_of(raw: str) -> str:
    """The market whose message it is; recordings of dated futures are read as inverse swaps."""
    spelled = re.search(r'"(?:market|public)\.([^."]+)\.', raw)
    name = spelled[1] if spelled else ""
    if name and name == name.lower() and name != "*":
        return SPOT
    return SWAP if "-USDT" in raw else INVERSE


def parsed(raw: str) -> list[Event]:
    stated = VENUES[venue_of(raw)].parser().parse(raw, 7)
    return [event for event in stated if not isinstance(event, Ignored)]


def rows(source: str) -> list[Foreign]:
    text = (CAPTURES / "htx/expected.jsonl").read_text()
    return [row for row in map(json.loads, text.splitlines()) if row["source"] == source]


LEFT_OUT = {
    "basis": "the basis is not subscribed: it holds no mark price",
    '"update":true': "a change in place of a whole book, which the venue does not send",
    '"generated":true': "made by the recorder, and not of the venue",
    '"direction":""': "a trade whose side is not told can not be drawn",
}
"""What we do not state of what tardis expects, and why."""


def test_what_tardis_expects_holds_value_by_value() -> None:
    checked, left_out = 0, set[str]()
    changes = [event for row in rows("tardis") for event in parsed(row["raw"])]
    for row in rows("tardis"):
        reasons = {words for words in LEFT_OUT if words in row["raw"]}
        left_out |= reasons
        events = parsed(row["raw"])
        if reasons or not row["expected"]:
            continue
        if '"rep"' in row["raw"]:
            events += _later(events[0], changes)
        trades = row["expected"][0]["type"] == "trade"
        for place, wanted in enumerate(row["expected"]):
            checked += check(wanted, events[place : place + 1] if trades else events, row["raw"])
    assert left_out == LEFT_OUT.keys()
    assert checked == EXPECTED


def _later(snapshot: Event, changes: Sequence[Event]) -> list[Event]:
    """The changes that had come when the book was answered: tardis states them with it."""
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.sequence is not None
    here = [event for event in changes if isinstance(event, BookDelta)]
    ours = [
        e for e in here if e.instrument == snapshot.instrument and snapshot.sequence < e.sequence
    ]
    return [event for event in ours if (event.ts_event or 0) <= (snapshot.ts_event or 0)]


def check(wanted: Foreign, events: Sequence[Event], raw: str) -> int:
    """Compare what tardis says of a message with what we say; how many values that were."""
    kept = {name: value for name, value in wanted.items() if value is not None}
    for name in ("type", "exchange", "localTimestamp", "predictedFundingRate", "lastPrice"):
        kept.pop(name, None)
    for name in ("timestamp", "fundingTimestamp"):
        if name in kept:
            kept[name] = moment(kept[name])
    found = values(events)
    if venue_of(raw) == SPOT:
        found["symbol"] = found["symbol"].upper()
    elif wanted["type"] == "trade":
        # Both sides of a trade are counted there.
        found["amount"] *= 2
    if wanted["type"] == "derivative_ticker":
        # The rest of it was stated by the messages before.
        kept = {name: kept[name] for name in ("symbol", "fundingRate", "fundingTimestamp")}
    assert {name: found.get(name) for name in kept} == kept
    return sum(2 * len(value) if isinstance(value, list) else 1 for value in kept.values())


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words; changes of one message are one there."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2]}
    book: dict[str, dict[float, float]] = {"bids": {}, "asks": {}}
    for event in events:
        # Of several the first tells when it was, and whether they are a book.
        found = words(event) | found
        if isinstance(event, BookSnapshot | BookDelta):
            book["bids"] |= dict(event.bids)
            book["asks"] |= dict(event.asks)
    return found | {name: standing(side.items()) for name, side in book.items()}


SIZES = {"BTC": 100.0, "ETH": 10.0, "DOT": 10.0}
"""Dollars that an inverse contract was worth, else coins that a linear one was."""
COINS = {"BTC": 0.001, "ETH": 0.01, "PEOPLE": 10.0, "GST": 0.1}


def test_what_the_message_parser_asserts_holds_value_by_value() -> None:
    checked = 0
    for row in rows("crypto-msg-parser"):
        raws = [row["raw"]] if row.get("raw") else row["raws"]
        told = [(parsed(raw), json.loads(raw)) for raw in raws]
        place, seen = 0, set[str]()
        for expression, value in row["asserts"]:
            if expression in seen:
                # Assertions of the next message begin with what was asserted of this one.
                place, seen = min(place + 1, len(told) - 1), set()
            seen.add(expression)
            checked += holds(expression, value, *told[place])
    assert checked == ASSERTED


# Any: a message of the venue, and a value of any kind.
def holds(expression: str, value: Any, events: list[Event], message: Foreign) -> bool:
    """Assert one expectation; False where it is of what we do not state."""
    if expression.startswith("extract_symbol") and value != "ALL":
        assert events[0].instrument.partition(":")[2] == value
        return True
    match = re.fullmatch(r"!?([a-z_]+)(?:\[(\d+)\])?\.(.+?)(?:\.unwrap\(\))?", expression)
    if match is None or value is None or not events:
        return False
    thing, place, name = match[1], int(match[2] or 0), match[3]
    if name == "len()":
        assert len(events) == value
        return True
    if expression[0] == "!":
        value = not value
    if thing == "orderbook":
        return _book_holds(name, value, events[0])
    if thing in ("trade", "trades"):
        event = events[place]
        assert isinstance(event, Trade)
        both = 1 if event.instrument.startswith("htx:") else 2
        amounts = sizes(event.instrument, event.price, event.size * both)
        told: Foreign = {
            "side": event.side,
            "price": event.price,
            "timestamp": event.ts_event // MS,
        }
        return _same(told | amounts, name, value)
    if thing == "funding_rates":
        event = events[place]
        assert isinstance(event, FundingRate)
        found = {"funding_rate": event.rate, "timestamp": event.ts_event // MS}
        return _same(found | {"funding_time": (event.next_time or 0) // MS}, name, value)
    if thing == "bbo_msg":
        return _best_holds(name, value, events[0])
    if thing == "candlestick_msg":
        return _bar_holds(name, value, events[0])
    return False


def _book_holds(name: str, value: object, event: Event) -> bool:
    assert isinstance(event, BookSnapshot | BookDelta)
    found: Foreign = {"timestamp": (event.ts_event or 0) // MS}
    found |= {"asks.len()": len(event.asks), "bids.len()": len(event.bids)}
    found |= {"asks.is_empty()": not event.asks, "bids.is_empty()": not event.bids}
    found["snapshot"] = isinstance(event, BookSnapshot)
    if isinstance(event, BookDelta) and event.instrument.startswith("htx:"):
        found |= {"seq_id": event.sequence, "prev_seq_id": event.prev_sequence}
    for side, levels in (("asks", event.asks), ("bids", event.bids)):
        for place, (price, size) in enumerate(levels):
            amounts = {"price": price} | sizes(event.instrument, price, size)
            found |= {f"{side}[{place}].{key}": amount for key, amount in amounts.items()}
    return _same(found, name, value)


def _best_holds(name: str, value: object, event: Event) -> bool:
    assert isinstance(event, BookTicker)
    found: Foreign = {"id": event.sequence, "symbol": event.instrument.partition(":")[2]}
    for side, price, size in (
        ("ask", event.ask, event.ask_size),
        ("bid", event.bid, event.bid_size),
    ):
        amounts = {"price": price} | sizes(event.instrument, price, size)
        found |= {f"{side}_{key}": amount for key, amount in amounts.items()}
    return _same(found, name, value)


def _bar_holds(name: str, value: object, event: Event) -> bool:
    assert isinstance(event, Kline)
    both = 1 if event.instrument.startswith("htx:") else 2
    amounts = sizes(event.instrument, 1.0, event.volume * both)
    if event.base_volume is not None:
        amounts["quantity_base"] = event.base_volume * both
    found: Foreign = {"open": event.open, "high": event.high, "low": event.low}
    found |= {"timestamp": (event.ts_event or 0) // MS}
    found |= {"close": event.close, "begin_time": event.start // 1_000_000_000}
    found |= {"symbol": event.instrument.partition(":")[2], "volume": amounts["quantity_base"]}
    quote = amounts["quantity_quote"] if event.quote_volume is None else event.quote_volume * both
    return _same(found | {"quote_volume": float(quote)}, name, value)


def sizes(instrument: str, price: float, size: float) -> dict[str, float]:
    """A size in the units that the other project tells."""
    venue, _, symbol = instrument.partition(":")
    coin = re.split("[-_]", symbol)[0]
    if venue == SPOT:
        return {"quantity_base": size, "quantity_quote": size * price}
    if venue == SWAP:
        base = size * COINS[coin]
        return {"quantity_base": base, "quantity_quote": base * price, "quantity_contract": size}
    dollars = size * SIZES[coin]
    told = {"quantity_base": dollars / price, "quantity_quote": dollars}
    return told | {"quantity_contract": size}


def _same(found: Foreign, name: str, value: object) -> bool:
    if name not in found:
        return False
    wanted = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
    assert found[name] == wanted, name
    return True
