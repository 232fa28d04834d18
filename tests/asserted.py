"""What crypto-msg-parser asserts of its results, as source text, said of our events."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pytest

from market.events import BookDelta, BookSnapshot, BookTicker, Event

Value: TypeAlias = float | str | bool | None
Rule: TypeAlias = Callable[[Sequence[Any], list[str]], Value]
"""Any: the events of one message. The words are what a pattern found in an expression."""
Amounts: TypeAlias = Callable[[str, float, float], Mapping[str, Value]]
"""An instrument's price, and a size of it in each unit."""


def rules(amounts: Amounts, symbol: Rule, time: Rule) -> dict[str, Rule]:
    """What expressions about books and quotes mean, whatever the venue."""

    def level(events: Sequence[Any], found: list[str]) -> Value:
        side, index, field = found
        return amounts(events[0].instrument, *getattr(events[0], side)[int(index)])[field]

    def quote(events: Sequence[Any], found: list[str]) -> Value:
        side, field = found
        price, size = getattr(events[0], side), getattr(events[0], f"{side}_size")
        return amounts(events[0].instrument, price, size)[field]

    return {
        r"extract_symbol\(.*\)": symbol,
        r"extract_timestamp\(.*\)": time,
        r"bbo_msg\.msg_type": lambda events, _: "BBO" if type(events[0]) is BookTicker else None,
        r"bbo_msg\.symbol": symbol,
        r"bbo_msg\.timestamp": time,
        r"bbo_msg\.id": lambda events, _: events[0].sequence,
        r"bbo_msg\.(ask|bid)_(price|quantity_\w+)": quote,
        r"orderbook\.(asks|bids)\.len\(\)": lambda events, found: len(getattr(events[0], found[0])),
        r"orderbook\.(asks|bids)\[(\d)\]\.(price|quantity_\w+)": level,
        r"orderbook\.prev_seq_id": lambda events, _: events[0].prev_sequence,
        r"orderbook\.seq_id": lambda events, _: events[0].sequence,
        r"orderbook\.timestamp": time,
        r"orderbook\.snapshot": lambda events, _: type(events[0]) is BookSnapshot,
        r"!orderbook\.snapshot": lambda events, _: type(events[0]) is BookDelta,
    }


def evaluate(known: Mapping[str, Rule], expression: str, events: Sequence[Event]) -> Value:
    """The value of an expression; fails for one that no rule knows."""
    plain = re.sub(r"(\.unwrap\(\))+$", "", expression)
    for pattern, rule in known.items():
        match = re.fullmatch(pattern, plain)
        if match:
            return rule(events, list(match.groups()))
    pytest.fail(f"no rule for {expression}")
