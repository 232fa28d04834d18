"""Every recorded Deribit file reads without an unexplained error, the books in it follow their
pointers at every message, and what other projects expect of it holds, value by value.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored, Output, Resync
from feeds.errors import Rejected
from feeds.exchanges.deribit.names import INTERVALS, is_inverse
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
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.asserted import Rule, Value, evaluate, rules
from tests.captures import CAPTURES, needs_captures
from tests.sessions import Model, assert_end_alike, best, follow, received, singles, states, take

pytestmark = needs_captures

DERIBIT = "deribit"
MS = 1_000_000

SESSIONS: dict[str, dict[type, int]] = {
    "deribit/cf_20210405_120s.jsonl.gz": {
        BookSnapshot: 10,
        BookDelta: 177,
        BookTicker: 273,
        MarkPrice: 273,
        OpenInterest: 273,
        Ticker: 51,
    },
    "deribit/cf_20210722.jsonl.gz": {
        BookSnapshot: 10,
        BookDelta: 36,
        BookTicker: 89,
        MarkPrice: 89,
        OpenInterest: 89,
        Ticker: 61,
        Listing: 10,
    },
}
"""What each session states; on most options there was no trade in a day, so no day is told."""
TOPS = {"deribit/cf_20210405_120s.jsonl.gz": 263, "deribit/cf_20210722.jsonl.gz": 79}
"""Best bids and asks that a ticker told after the book was there."""
DROPPED = {"deribit/cf_20210405_120s.jsonl.gz": 171, "deribit/cf_20210722.jsonl.gz": 31}
"""Changes that others of the same book follow."""
SINGLES = {"deribit/expected.jsonl": 44, "deribit/instruments.jsonl.gz": 1}
SAMPLES = ("deribit/samples.jsonl", 14, 2)
"""Messages from the venue, and how many of them refuse what was asked, as they should."""

Played: TypeAlias = list[tuple[Record, list[Output]]]


@cache
def played(path: str) -> Played:
    """The records of a session and what an adapter says to each."""
    adapter = VENUES[DERIBIT].adapter()
    return [(record, take(adapter, record)) for record in incoming(path)]


def incoming(path: str) -> list[Record]:
    found = received(path)
    assert {venue_for_url(record.url) for record in found} == {DERIBIT}
    return found


def test_every_file_is_tested() -> None:
    found = {f"deribit/{path.name}" for path in (CAPTURES / "deribit").iterdir()}
    assert found == SESSIONS.keys() | SINGLES.keys() | {SAMPLES[0]}


@pytest.mark.parametrize("path", SESSIONS)
def test_every_change_follows_and_no_book_is_ever_crossed(path: str) -> None:
    flat = [output for _, outputs in played(path) for output in outputs]
    assert Counter(type(output) for output in flat) == SESSIONS[path] | {FeedStatus: 10}
    assert states(flat) == [FeedState.LIVE] * 10
    models: dict[str, Model] = {}
    for output in flat:
        if isinstance(output, BookSnapshot | BookDelta):
            model = models.setdefault(output.instrument, ({}, {}))
            follow(model, output)
            assert max(model[0], default=0) < min(model[1], default=1e15)
    assert_end_alike(flat, models)


@pytest.mark.parametrize("path", SESSIONS)
def test_the_best_of_a_book_is_what_the_ticker_tells(path: str) -> None:
    """It is told by another channel: now and then before the change of the book that it follows."""
    models: dict[str, Model] = {}
    waiting: dict[str, BookTicker] = {}
    told = 0
    for _, outputs in played(path):
        for output in outputs:
            if isinstance(output, BookSnapshot | BookDelta):
                model = models.setdefault(output.instrument, ({}, {}))
                follow(model, output)
                late = waiting.pop(output.instrument, None)
                if late is not None:
                    assert told_by(late) == best(model)
            elif isinstance(output, BookTicker) and output.instrument in models:
                told += 1
                if told_by(output) != best(models[output.instrument]):
                    waiting[output.instrument] = output
    assert not waiting
    assert told == TOPS[path]


def told_by(quote: BookTicker) -> tuple[float, float, float, float]:
    return quote.bid, quote.bid_size, quote.ask, quote.ask_size


@pytest.mark.parametrize("path", SESSIONS)
def test_every_dropped_change_is_detected_at_the_next(path: str) -> None:
    adapter, gaps = VENUES[DERIBIT].adapter(), 0
    lines = [
        (record, [output for output in outputs if isinstance(output, BookDelta)])
        for record, outputs in played(path)
    ]
    for place, (record, dropped) in enumerate(lines):
        following = next(
            (
                later
                for later, changes in lines[place + 1 :]
                if dropped and changes and changes[0].instrument == dropped[0].instrument
            ),
            None,
        )
        if following is not None:
            outputs = take(deepcopy(adapter), following)
            assert states(outputs) == [FeedState.GAP]
            assert any(isinstance(output, Resync) for output in outputs)
            gaps += 1
        take(adapter, record)
    assert gaps == DROPPED[path]


@pytest.mark.parametrize("path", SINGLES)
def test_single_messages_read_without_an_error(path: str) -> None:
    parser, found = VENUES[DERIBIT].parser(), [*singles(path)]
    assert len(found) == SINGLES[path]
    assert all(parser.parse(message.payload, 0, message.path) for message in found)


def test_samples_read_without_an_unexplained_error() -> None:
    path, count, refusals = SAMPLES
    parser, found = VENUES[DERIBIT].parser(), [*singles(path)]
    refused = 0
    for message in found:
        try:
            assert parser.parse(message.payload, 0, message.path)
        except Rejected:
            refused += 1
    assert (len(found), refused) == (count, refusals)


def test_instruments_of_2025_are_inverse_and_counted_in_dollars() -> None:
    (message,) = singles("deribit/instruments.jsonl.gz")
    listings = VENUES[DERIBIT].parser().parse(message.payload, 0, message.path)
    found = [listing.listed for listing in listings if isinstance(listing, Listing)]
    assert len(found) == len(listings) == 16
    for instrument in found:
        assert instrument.kind is Kind.INVERSE
        assert instrument.contract_size == 1
        assert instrument.lot_size >= 1


# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


def foreign(source: str) -> list[Foreign]:
    rows = (CAPTURES / "deribit/expected.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, rows) if row["source"] == source]


# --- tardis: normalised messages

VALUES = 151
"""Values that are compared; the number may only grow."""
COMBINATIONS = 3
"""Messages of instruments that are not followed, since their prices may be below zero."""
NO_DAY = 2
"""Prices of 2019 that stood without a change of the day, and so are no part of one."""
NOT_OURS = {
    "type", "exchange", "localTimestamp", "isSnapshot", "fundingTimestamp", "predictedFundingRate",
    "bestBidIV", "bestAskIV", "markIV", "delta", "gamma", "vega", "theta", "rho", "optionType",
    "strikePrice", "expirationDate", "underlyingPrice", "underlyingIndex",
}  # fmt: skip
"""What a message is called there, and what is stated of options alone."""


def test_what_tardis_expects_holds() -> None:
    checked = combinations = no_day = 0
    for row in sorted(foreign("tardis"), key=lambda row: row["seq"]):
        stated = VENUES[DERIBIT].parser().parse(row["raw"], 7)
        events = [event for event in stated if not isinstance(event, Ignored)]
        if not events:
            assert "combinations" in str(stated)
            combinations += 1
            continue
        for place, expected in enumerate(row["expected"]):
            sole = expected["type"] in ("trade", "liquidation", "book_change")
            found = values(events[place : place + 1] if sole else events)
            for name, value in expected.items():
                if name == "lastPrice" and value is not None and name not in found:
                    no_day += 1
                elif name not in NOT_OURS:
                    assert agree(name, found.get(name), value), (row["raw"], name)
                    checked += 1
            if expected["type"] == "book_change":
                assert isinstance(events[place], BookSnapshot) == expected["isSnapshot"]
    assert (checked, combinations, no_day) == (VALUES, COMBINATIONS, NO_DAY)


def agree(name: str, found: object, expected: object) -> bool:
    """Whether a value is the one expected; where there is no bid or ask we say 0."""
    if name == "symbol":
        return str(found).upper() == expected
    if name == "timestamp":
        since = datetime.fromisoformat(str(expected)) - datetime(1970, 1, 1, tzinfo=UTC)
        return found == since // timedelta(milliseconds=1) * MS
    if re.match("(best)?(bid|ask)", name, re.IGNORECASE) and expected is None:
        return found == 0
    return found == expected


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2]}
    for event in events:
        found["timestamp"] = getattr(event, "ts_event", None)
        match event:
            case Trade() | Liquidation():
                # A liquidation has the id of the trade beside it.
                found["id"] = event.id if isinstance(event, Trade) else FORCED[event.ts_event]
                found |= {"price": event.price, "amount": event.size, "side": event.side}
            case BookTicker():
                found |= {"bidPrice": event.bid, "bidAmount": event.bid_size}
                found |= {"askPrice": event.ask, "askAmount": event.ask_size}
                found |= {"bestBidPrice": event.bid, "bestBidAmount": event.bid_size}
                found |= {"bestAskPrice": event.ask, "bestAskAmount": event.ask_size}
            case BookSnapshot() | BookDelta():
                found |= {"bids": levels(event.bids), "asks": levels(event.asks)}
            case MarkPrice():
                found |= {"markPrice": event.price, "indexPrice": event.index}
            case FundingRate():
                found["fundingRate"] = event.rate
            case OpenInterest():
                found["openInterest"] = event.size
            case Ticker():
                found["lastPrice"] = event.last
            case other:
                pytest.fail(f"no rule for {other}")
    return found


def levels(side: Iterable[tuple[float, float]]) -> list[dict[str, float]]:
    return [{"price": price, "amount": size} for price, size in side]


FORCED = {1584058044032 * MS: "66460463", 1584058067675 * MS: "66460626"}


# --- crypto-msg-parser: assertions on the parsed result, as source text

ASSERTS = 235
"""Assertions that hold as they are written."""
TENFOLD = 56
"""Those that take an amount, which is US dollars, for a number of contracts of 10 dollars each."""
LABELS = 3
"""Those that take the time of a bar for its end; charts of this form go by the beginning."""


def _symbol(events: Sequence[Any], found: list[str]) -> str:
    names = {str(event.instrument).partition(":")[2] for event in events}
    return "ALL" if len(names) > 1 else names.pop()


def _time(events: Sequence[Any], found: list[str]) -> Value:
    """The newest of a message's times; a bar's is its beginning."""
    times = [event.start if isinstance(event, Kline) else event.ts_event for event in events]
    return max(times) // MS


def _amounts(instrument: str, price: float, size: float) -> dict[str, Value]:
    """A size in each unit: of inverse futures it is dollars, of all others base currency."""
    inverse = is_inverse(instrument.partition(":")[2])
    return {
        "price": price,
        "quantity_base": size / price if inverse else size,
        "quantity_quote": size if inverse else size * price,
        "quantity_contract": size,
    }


def _trade(events: Sequence[Any], found: list[str]) -> Value:
    trade = events[int(found[0] or 0)]
    values = _amounts(trade.instrument, trade.price, trade.size)
    return ({"side": str(trade.side)} | values)[found[1]]


def _candle(events: Sequence[Any], found: list[str]) -> Value:
    (bar,) = events
    assert isinstance(bar, Kline)
    symbol = bar.instrument.partition(":")[2]
    base, quote = symbol.partition("-")[0], "USD" if is_inverse(symbol) else "BTC"
    values: dict[str, Value] = {
        "symbol": symbol,
        "pair": f"{base}/{quote}",
        "timestamp": bar.start // MS,
        "begin_time": bar.start // MS,
        "period": next(code for code, (name, _) in INTERVALS.items() if name == bar.interval),
        "volume": bar.volume / bar.close if is_inverse(symbol) else bar.volume,
        "quote_volume": float(bar.quote_volume or 0),
    }
    values |= {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
    return values[found[0]]


RULES: dict[str, Rule] = rules(_amounts, _symbol, _time) | {
    r"(?:arr|trades)\.len\(\)": lambda events, found: len(events),
    r"candlestick_msg\.(\w+)": _candle,
    r"trades?(?:\[(\d)\])?\.(\w+)": _trade,
}
"""What each expression of that project means of our events."""


def test_the_assertions_of_crypto_msg_parser_hold() -> None:
    held = tenfold = labels = 0
    for row in foreign("crypto-msg-parser"):
        stated = VENUES[DERIBIT].parser().parse(row["raw"], 0)
        events = [event for event in stated if not isinstance(event, Ignored)]
        for expression, expected in row["asserts"]:
            found = evaluate(RULES, expression, events)
            where = (row["test"], expression, found, expected)
            if "begin_time" in expression:
                (bar,) = [event for event in events if isinstance(event, Kline)]
                assert expected == (2 * bar.start - bar.end) // MS
                labels += 1
            elif _agree(expression, found, expected):
                held += 1
            else:
                assert re.search("quantity_(base|quote)", expression), where
                assert is_inverse(_symbol(events, [])), where
                assert isinstance(found, float), where
                assert found * 10 == pytest.approx(expected, rel=1e-12), where
                tenfold += 1
    assert (held, tenfold, labels) == (ASSERTS, TENFOLD, LABELS)


def _agree(expression: str, found: Value, expected: Value) -> bool:
    if not isinstance(expected, float):
        return found == expected
    # The venue adds up what each trade of a bar was worth, and cuts off what is left.
    near = 2e-3 if "candlestick_msg.volume" in expression else 1e-12
    return found == pytest.approx(expected, rel=near)
