"""What tardis and crypto-msg-parser expect of recorded OKX messages holds, value by value."""

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored
from feeds.exchanges.okx.names import instrument_type, underlying
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Instrument, Kind
from tests.asserted import Rule, Value, evaluate, rules
from tests.captures import CAPTURES, needs_captures
from tests.tardis import moment

pytestmark = needs_captures
MS = 1_000_000


# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


def foreign(source: str) -> list[Foreign]:
    """The records of another project that are of the protocol's present version."""
    lines = (CAPTURES / "okx/expected.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["source"] == source and row["protocol"] == "v5"]


@cache
def worth() -> dict[str, Instrument]:
    """What the swaps of each underlying are worth."""
    parser, found = VENUES["okx"].parser(), {}
    lists = gzip.decompress((CAPTURES / "okx/instruments.jsonl.gz").read_bytes())
    for line in lists.splitlines():
        for event in parser.parse(json.loads(line)["raw"], 0, ""):
            if isinstance(event, Listing) and event.listed.kind is not Kind.SPOT:
                found[underlying(event.listed.symbol)] = event.listed
    return found


# --- tardis: normalised messages

TARDIS = {
    "book_change": 6,
    "book_ticker": 5,
    "derivative_ticker": 11,
    "liquidation": 3,
    "trade": 5,
}
"""How many messages of each kind hold; summaries of options are not followed."""


def test_the_normalised_messages_of_tardis_hold() -> None:
    count = Counter[str]()
    rows = foreign("tardis")
    for name in dict.fromkeys((row["test"], row["tardis_exchange"]) for row in rows):
        adapter, begun = VENUES["okx"].adapter(), 0
        known: dict[str, dict[str, object]] = {}
        of_test = [row for row in rows if (row["test"], row["tardis_exchange"]) == name]
        for row in sorted(of_test, key=lambda row: row["seq"]):
            now = moment(row["local_ts"])
            if now != begun:
                known, begun = {}, now  # its mappers are made anew for each of its days
            events = list(VENUES["okx"].parser().parse(row["raw"], now))
            with_index = [
                event for event in adapter.receive(row["raw"], now) if isinstance(event, MarkPrice)
            ]
            for event in [*events, *with_index]:
                _know(known, event)
            for expected in row["expected"] or ():
                if expected["type"] != "option_summary":
                    _hold(expected, events, known)
                    count[expected["type"]] += 1
    assert count == TARDIS


def _know(known: dict[str, dict[str, object]], event: object) -> None:
    """Keep what a message states of a contract, as that project's mappers do."""
    facts: dict[str, object] = {}
    match event:
        case Ticker():
            facts = {"lastPrice": event.last}
        case OpenInterest():
            facts = {"openInterest": event.size}
        case MarkPrice():
            facts = {"markPrice": event.price}
            facts |= {} if event.index is None else {"indexPrice": event.index}
        case FundingRate():
            facts = {"fundingRate": event.rate, "fundingTimestamp": event.next_time}
    if facts:
        assert isinstance(event, Ticker | OpenInterest | MarkPrice | FundingRate)
        kept = known.setdefault(event.instrument, {"timestamp": 0})
        kept |= facts
        newest = kept["timestamp"]
        assert isinstance(newest, int)
        kept["timestamp"] = max(newest, event.ts_event)


def _hold(
    expected: Foreign, events: Sequence[Event | Ignored], known: dict[str, dict[str, object]]
) -> None:
    name, time = f"okx:{expected['symbol']}", moment(expected["timestamp"])
    fits = {
        "book_change": BookDelta | BookSnapshot,
        "book_ticker": BookTicker,
        "derivative_ticker": object,
        "liquidation": Liquidation,
        "trade": Trade,
    }[expected["type"]]
    event = next(event for event in events if isinstance(event, fits))
    match event:
        case Trade() if expected["type"] == "trade":
            assert (event.id, event.side) == (expected["id"], expected["side"])
            assert (event.price, event.size) == (expected["price"], expected["amount"])
        case Liquidation():
            assert event.side == expected["side"]
            assert (event.price, event.size) == (expected["price"], expected["amount"])
        case BookTicker() if expected["type"] == "book_ticker":
            theirs = [expected[f"{side}{what}"] for side in ("bid", "ask") for what in PARTS]
            ours = [event.bid, event.bid_size, event.ask, event.ask_size]
            assert ours == [value or 0.0 for value in theirs]  # null: nothing stands there
        case BookDelta() | BookSnapshot():
            assert isinstance(event, BookSnapshot) == expected["isSnapshot"]
            for side in ("bids", "asks"):
                levels = [(row["price"], row["amount"]) for row in expected[side]]
                assert getattr(event, side) == levels
        case _:
            _hold_ticker(expected, known.get(name, {}), time)
            return
    assert (event.instrument, event.ts_event) == (name, time)


PARTS = ("Price", "Amount")
ELSEWHERE = {("BTC-USD_UM_XPERP-310404", "indexPrice")}
"""Values of a message that is not in the file."""


def _hold_ticker(expected: Foreign, known: dict[str, object], time: int) -> None:
    """Every number that is stated; the next rate's estimate is no event of ours."""
    for field in ("lastPrice", "openInterest", "fundingRate", "indexPrice", "markPrice"):
        if expected[field] is not None and (expected["symbol"], field) not in ELSEWHERE:
            assert known[field] == expected[field]
    if expected["fundingRate"] is None:
        # A time of funding without a rate: SOS-USDT-SWAP when it was new.
        assert expected["fundingTimestamp"] is None or expected["symbol"] == "SOS-USDT-SWAP"
    elif expected["fundingTimestamp"] is not None:
        assert known["fundingTimestamp"] == moment(expected["fundingTimestamp"])
    assert not known or known["timestamp"] == time


# --- crypto-msg-parser: assertions on the parsed result, as source text

ASSERTS = (404, 2)
"""How many assertions hold, and how many are of the estimate of the next funding rate."""


def _symbol(events: Sequence[Any], found: list[str]) -> str:
    """ALL where a message concerns many symbols, NONE where it names none."""
    names = {str(event.instrument).partition(":")[2] for event in events}
    return "ALL" if len(names) > 1 else names.pop().replace("?", "NONE")


def _time(events: Sequence[Any], found: list[str]) -> Value:
    """The newest of a message's times; bars have none, nor had funding rates in 2022."""
    times = [event.ts_event for event in events if event.ts_event]
    return max(times) // MS if times else None


def _amounts(instrument: str, price: float, size: float) -> dict[str, Value]:
    """A size in each unit: of spot it is base currency, of contracts the list tells their worth."""
    symbol = instrument.partition(":")[2]
    kind = instrument_type(symbol)
    if kind == "SPOT":
        values: dict[str, Value] = {"price": price, "quantity_base": size}
        return values | {"quantity_quote": size * price, "quantity_contract": None}
    listed = worth()[underlying(symbol)]
    # Of options, which are not followed, a contract is one coin there.
    size_of_one = 1.0 if kind == "OPTION" else float(listed.contract_size or 0)
    if kind != "OPTION" and listed.kind is Kind.INVERSE:
        base, worth_of_all = size * size_of_one / price, size * size_of_one
    else:
        base, worth_of_all = size * size_of_one, size * size_of_one * price
    return {
        "price": price,
        "quantity_base": base,
        "quantity_quote": worth_of_all,
        "quantity_contract": size,
    }


def _trade(events: Sequence[Any], found: list[str]) -> Value:
    (trade,) = events
    values: dict[str, Value] = {"side": str(trade.side), "timestamp": trade.ts_event // MS}
    return (values | _amounts(trade.instrument, trade.price, trade.size))[found[0]]


def _funding(events: Sequence[Any], found: list[str]) -> Value:
    rate = events[int(found[0])]
    assert isinstance(rate, FundingRate)
    values: dict[str, Value] = {
        "pair": underlying(rate.instrument.partition(":")[2]).replace("-", "/"),
        "funding_rate": rate.rate,
        "funding_time": (rate.next_time or 0) // MS,
    }
    return values[found[1]]


def _candle(events: Sequence[Any], found: list[str]) -> Value:
    (bar,) = events
    assert isinstance(bar, Kline)
    symbol = bar.instrument.partition(":")[2]
    middle = _amounts(bar.instrument, (bar.low + bar.high) / 2, bar.volume)
    inverse = symbol.split("-")[1] == "USD"
    turnover = middle["quantity_quote"] if inverse else bar.quote_volume
    values: dict[str, Value] = {
        "symbol": symbol,
        "begin_time": bar.start // (1000 * MS),
        "period": bar.interval,
        "volume": middle["quantity_base"],
        "quote_volume": None if turnover is None else float(turnover),
    }
    for name in ("open", "high", "low", "close"):
        values[name] = getattr(bar, name)
    return values[found[0]]


RULES: dict[str, Rule] = rules(_amounts, _symbol, _time) | {
    r"(?:arr|trades|funding_rates)\.len\(\)": lambda events, found: len(events),
    r"candlestick_msg\.(\w+)": _candle,
    r"funding_rates\[(\d)\]\.(\w+)": _funding,
    r"trade\.(\w+)": _trade,
}
"""What each expression of that project means of our events."""


def test_the_assertions_of_crypto_msg_parser_hold() -> None:
    held = estimates = 0
    for row in foreign("crypto-msg-parser"):
        raws = [row["raw"]] if "raw" in row else row["raws"]
        share = len(row["asserts"]) // len(raws)
        for index, (expression, expected) in enumerate(row["asserts"]):
            if "estimated_rate" in expression:
                estimates += 1
                continue
            stated = VENUES["okx"].parser().parse(raws[index // share], 0)
            events = [event for event in stated if not isinstance(event, Ignored)]
            found = evaluate(RULES, expression, events)
            where = (row["test"], expression, found, expected)
            assert _agree(expression, found, expected), where
            held += 1
    assert (held, estimates) == ASSERTS


def _agree(expression: str, found: Value, expected: Value) -> bool:
    if not isinstance(expected, float):
        return found == expected
    # The venue adds up what each trade of a bar was worth, and cuts off what is left.
    near = 2e-3 if "candlestick_msg.volume" in expression else 1e-12
    return found == pytest.approx(expected, rel=near)
