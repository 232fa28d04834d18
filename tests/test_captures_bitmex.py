"""Every recorded BitMEX file reads without an error, the books in it hold every level that is named
and show every best bid and ask that was told, and what another project expects of it holds.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored, Output
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
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.asserted import Rule, Value, evaluate, rules
from tests.captures import CAPTURES, needs_captures
from tests.sessions import (
    Best,
    Model,
    assert_end_alike,
    best,
    follow,
    received,
    singles,
    states,
    take,
)

pytestmark = needs_captures

BITMEX = "bitmex"
MS = 1_000_000

SESSIONS: dict[str, dict[type, int]] = {
    "bitmex/cf_20210405_120s.jsonl.gz": {
        BookSnapshot: 10,
        BookDelta: 6383,
        BookTicker: 1836,
        Trade: 122,
    },
    "bitmex/cf_20210722.jsonl.gz": {
        BookSnapshot: 10,
        BookDelta: 1969,
        BookTicker: 436,
        Trade: 27,
        Listing: 10,
        MarkPrice: 34,
        OpenInterest: 34,
        Ticker: 34,
        FundingRate: 23,
    },
}
"""What each session states; README's counts of books are the changes and the whole ones."""
QUOTES = {"bitmex/cf_20210405_120s.jsonl.gz": 1826, "bitmex/cf_20210722.jsonl.gz": 426}
"""Best bids and asks that were told after the book was there."""
DROPPED = {"bitmex/cf_20210405_120s.jsonl.gz": (156, 65), "bitmex/cf_20210722.jsonl.gz": (22, 21)}
"""Of every twentieth change that adds or removes a level: those that are found out, and those
whose level is never named again."""
EXPECTED = "bitmex/expected.jsonl"
MESSAGES = 35


@cache
def played(path: str) -> list[tuple[Record, list[Output]]]:
    """The records of a session and what an adapter says to each."""
    adapter = VENUES[BITMEX].adapter()
    found = received(path)
    assert {venue_for_url(record.url) for record in found} == {BITMEX}
    return [(record, take(adapter, record)) for record in found]


def test_every_file_is_tested() -> None:
    found = {f"bitmex/{path.name}" for path in (CAPTURES / "bitmex").iterdir()}
    assert found == SESSIONS.keys() | {EXPECTED}


@pytest.mark.parametrize("path", SESSIONS)
def test_every_change_names_a_level_and_no_book_is_ever_crossed(path: str) -> None:
    flat = [output for _, outputs in played(path) for output in outputs]
    assert Counter(type(output) for output in flat) == SESSIONS[path] | {FeedStatus: 10}
    assert states(flat) == [FeedState.LIVE] * 10
    models: dict[str, Model] = {}
    for output in flat:
        if isinstance(output, BookSnapshot | BookDelta):
            model = models.setdefault(output.instrument, ({}, {}))
            follow(model, output)
            bid, _, ask, _ = best(model)
            assert bid < ask
    assert_end_alike(flat, models)


@pytest.mark.parametrize("path", SESSIONS)
def test_every_best_bid_and_ask_that_was_told_was_that_of_the_book(path: str) -> None:
    """Quotes come some at a time, beside the book: each is one that the book had."""
    models: dict[str, Model] = {}
    had: dict[str, set[Best]] = {}
    told: list[tuple[str, Best]] = []
    for _, outputs in played(path):
        for output in outputs:
            if isinstance(output, BookSnapshot | BookDelta):
                model = models.setdefault(output.instrument, ({}, {}))
                follow(model, output)
                had.setdefault(output.instrument, set()).add(best(model))
            elif isinstance(output, BookTicker) and output.instrument in models:
                quote = (output.bid, output.bid_size, output.ask, output.ask_size)
                told.append((output.instrument, quote))
    assert all(quote in had[name] for name, quote in told)
    assert len(told) == QUOTES[path]


def keys(record: Record) -> set[tuple[str, int, str]]:
    """The levels that a message adds, changes or removes."""
    text = str(record.payload)
    if '"orderBookL2"' not in text or '"partial"' in text or '"success"' in text:
        return set()
    return {(row["symbol"], row["id"], row["side"]) for row in json.loads(text)["data"]}


@pytest.mark.parametrize("path", SESSIONS)
def test_a_dropped_change_is_found_out_when_its_level_is_next_named(path: str) -> None:
    """Nothing else tells: the venue numbers no change. A dropped size is restated by the next."""
    lines = [(record, keys(record)) for record, _ in played(path)]
    adapter, found, unseen, number = VENUES[BITMEX].adapter(), 0, 0, 0
    for place, (record, named) in enumerate(lines):
        levels = named and '"update"' not in str(record.payload)
        number += bool(levels)
        if levels and number % 20 == 0:
            later = [
                one for one in lines[place + 1 :] if {s for s, _, _ in one[1]} & symbols(named)
            ]
            next_named = next((i for i, one in enumerate(later) if one[1] & named), None)
            if next_named is None:
                unseen += 1
            else:
                spoilt = deepcopy(adapter)
                said = [one for line, _ in later[: next_named + 1] for one in take(spoilt, line)]
                assert FeedState.GAP in states(said)
                found += 1
        take(adapter, record)
    assert (found, unseen) == DROPPED[path]


def symbols(named: set[tuple[str, int, str]]) -> set[str]:
    return {symbol for symbol, _, _ in named}


def test_single_messages_read_without_an_error() -> None:
    parser, found = VENUES[BITMEX].parser(), [*singles(EXPECTED)]
    assert len(found) == MESSAGES
    assert all(parser.parse(message.payload, 0, message.path) for message in found)


def test_the_instruments_of_2021_are_all_listed_with_their_worth() -> None:
    (body,) = [
        record for record, _ in played("bitmex/cf_20210722.jsonl.gz") if record.connection == "http"
    ]
    stated = VENUES[BITMEX].parser().parse(body.payload, 0, "/api/v1/instrument/active")
    listed = {event.listed.symbol: event.listed for event in stated if isinstance(event, Listing)}
    assert Counter(one.kind for one in listed.values()) == {Kind.INVERSE: 5, Kind.LINEAR: 29}
    assert listed["XBTUSD"].contract_size == 1
    assert listed["XRPU21"].contract_size == 1
    # What a quanto contract was worth in a day, on average, is what it was worth then or nearly.
    for row in json.loads(body.payload):
        if row["isQuanto"] and row["volume24h"]:
            worth = row["homeNotional24h"] / row["volume24h"]
            assert float(listed[row["symbol"]].contract_size or 0) == pytest.approx(worth, rel=0.03)


# --- crypto-msg-parser: assertions on the parsed result, as source text

HELD = 343
"""Assertions that hold."""
EXCEPTIONS = Counter(
    {
        "what a quanto contract was worth then is not in the message's event": 6,
        "of a function of that project": 4,
        "of another message: they were copied": 6,
        "a price that an id alone tells, by a rule that the venue no longer documents": 8,
    }
)
WORTH = {
    "BLURUSDT": 1e-3,
    "ETHH21": 1.0,
    "ETHH22": 1e-5,
    "ETHM22": 1e-5,
    "XBTUSDT": 1e-6,
    "XBTUSDTM23": 1e-6,
    "XBT_USDT": 1e-8,
}
"""Base currency of one contract, as the venue stated it in those years; inverse ones are 1 USD."""
QUANTO = "ETHUSD"

# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


def _symbol_of(event: Any) -> str:
    return str(event.instrument).partition(":")[2]


def _symbol(events: Sequence[Any], found: list[str]) -> str:
    names = {_symbol_of(event) for event in events}
    return "ALL" if len(names) > 1 else names.pop()


def _time(events: Sequence[Any], found: list[str]) -> Value:
    """The newest of a message's times; that of funding is of its payment, a bar's is its end."""
    if isinstance(events[0], FundingRate):
        return None
    times = [event.end if isinstance(event, Kline) else event.ts_event for event in events]
    known = [time for time in times if time is not None]
    return max(known) // MS if known else None


def _amounts(instrument: str, price: float, size: float) -> dict[str, Value]:
    """A size in each unit."""
    worth = WORTH.get(instrument.partition(":")[2])
    return {
        "price": price,
        "quantity_base": size / price if worth is None else size * worth,
        "quantity_quote": size if worth is None else size * worth * price,
        "quantity_contract": size,
    }


def _trade(events: Sequence[Any], found: list[str]) -> Value:
    (trade,) = events
    return ({"side": str(trade.side)} | _amounts(trade.instrument, trade.price, trade.size))[
        found[0]
    ]


def _pair(symbol: str) -> str:
    match = re.fullmatch(r"(\w+?)_?(USDT?)([FGHJKMNQUVXZ]\d\d)?", symbol)
    if match is None:
        match = re.fullmatch(r"(XBT)()([FGHJKMNQUVXZ]\d\d)", symbol)
    assert match is not None
    return f"{match[1].replace('XBT', 'BTC')}/{match[2] or 'USD'}"


def _funding(events: Sequence[Any], found: list[str]) -> Value:
    rate = events[int(found[0])]
    values: dict[str, Value] = {
        "pair": _pair(_symbol_of(rate)),
        "funding_rate": rate.rate,
        "funding_time": rate.ts_event // MS,
    }
    return values[found[1]]


def _candle(events: Sequence[Any], found: list[str]) -> Value:
    (bar,) = events
    assert isinstance(bar, Kline)
    symbol = _symbol_of(bar)
    # That of an inverse one is not stated by itself: about what all was worth at the close.
    values: dict[str, Value] = {
        "symbol": symbol,
        "pair": _pair(symbol),
        "timestamp": bar.end // MS,
        "begin_time": bar.start // MS,
        "period": bar.interval,
        "volume": _amounts(bar.instrument, bar.close, bar.volume)["quantity_base"],
        "quote_volume": float(bar.quote_volume or 0),
    }
    values |= {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
    return values[found[0]]


RULES: dict[str, Rule] = rules(_amounts, _symbol, _time) | {
    r"(?:arr|funding_rates)\.len\(\)": lambda events, found: len(events),
    r"bbo_msg\.timestamp": lambda events, found: events[0].ts_event // MS,
    r"candlestick_msg\.(\w+)": _candle,
    r"funding_rates\[(\d)\]\.(\w+)": _funding,
    r"trade\.(\w+)": _trade,
}
"""What each expression of that project means of our events."""


def test_the_assertions_of_crypto_msg_parser_hold() -> None:
    held, exceptions = 0, Counter[str]()
    for line in (CAPTURES / EXPECTED).read_text().splitlines():
        row = json.loads(line)
        for place, (expression, expected) in enumerate(row["asserts"]):
            reason = excepted(row, expression)
            if reason:
                exceptions[reason] += 1
                continue
            found = evaluate(RULES, expression, stated(row, place))
            assert agree(expression, found, expected), (row["test"], expression, found, expected)
            held += 1
    assert (held, exceptions) == (HELD, EXCEPTIONS)


def excepted(row: Foreign, expression: str) -> str:
    """Why an assertion is passed over, "" where it is not."""
    if "price_to_id" in expression:
        return "of a function of that project"
    if row["test"].endswith("trade::inverse_future_2"):
        return "of another message: they were copied"
    if row["test"].endswith("linear_future_delete"):
        return "a price that an id alone tells, by a rule that the venue no longer documents"
    worth = r"trade\.quantity_(base|quote)|candlestick_msg\.volume"
    if "quanto" in row["test"] and re.fullmatch(worth, expression):
        return "what a quanto contract was worth then is not in the message's event"
    return ""


def stated(row: Foreign, place: int) -> list[Event]:
    """What the message states that the assertion at `place` is about."""
    if "raw" in row:
        events = VENUES[BITMEX].parser().parse(row["raw"], 0)
        return [event for event in events if not isinstance(event, Ignored)]
    # A level that is put in, changed and taken out, in a book that has no other. Of the last two
    # there are assertions, and two more at the end, one of each.
    adapter, (insert, update, delete) = VENUES[BITMEX].adapter(), row["raws"]
    empty = {"table": "orderBookL2_25", "action": "partial", "data": []}
    adapter.receive(json.dumps(empty | {"filter": {"symbol": "XBTUSD"}}), 0)
    adapter.receive(insert, 0)
    updated, deleted = (list(adapter.receive(text, 0)) for text in (update, delete))
    said = updated if place < 7 or place == 13 else deleted
    return [output for output in said if isinstance(output, Event)]


def agree(expression: str, found: Value, expected: Value) -> bool:
    if not isinstance(expected, float):
        return found == expected
    # What a contract was worth, the venue rounded to a hundred-millionth of a bitcoin.
    near = 1e-3 if expression == "trade.quantity_base" else 1e-9
    near = 1e-2 if "candlestick_msg.volume" in expression else near
    return found == pytest.approx(expected, rel=near)
