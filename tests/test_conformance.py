"""Every recorded file is read by every venue whose it may be, without an unexplained error.

`DECODED` and `EXPECTED` are the tables of counts: what is read, and how many of the values that
other projects expect are stated. Where in an event each value stands is held by the tests of each
venue; here all are counted alike, a new venue's too. What a new venue adds is its row.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner

from feeds.adapter import Ignored
from feeds.errors import FeedError
from feeds.registry import VENUES
from market.events import Event, Listing
from service.capture import messages
from service.decode import Reader, command
from tests.captures import CAPTURES, needs_captures
from tests.places import OWN_FOLDERS, files_of, folder_of, lines_of

pytestmark = needs_captures

NOT_READ = {
    "bitget/legacy": "version 1 of the API, which the venue has switched off",
    "coinbase/legacy": "the feed of the exchange that was called Pro, which has other hosts",
}
"""Folders that are left out, and why."""

UNREADABLE: dict[tuple[str, str, int], str] = {
    (
        "binance",
        "binance_spot/samples.jsonl.gz",
        2,
    ): "its source spoilt the key m into an empty one",
    (
        "binance",
        "binance_spot/samples.jsonl.gz",
        3,
    ): "its source spoilt the key m into an empty one",
    ("binance-coinm", "binance_coinm/expected.jsonl", 8): "made of a REST body; it is in no stream",
    ("gate", "gate/instruments.jsonl.gz", 1): "a list of the futures without its address",
    ("gate", "gate/instruments.jsonl.gz", 2): "a list of the futures without its address",
    ("kraken", "kraken/instruments.jsonl.gz", 1): "a list of the futures without its address",
}
"""Lines, by venue, file and number, that rightly cannot be read."""

DECODED: dict[str, tuple[int, int]] = {
    "binance": (111248, 112339),
    "binance-coinm": (102829, 102928),
    "binance-usdm": (103027, 104830),
    "bitfinex": (22759, 22880),
    "bitget": (101, 70),
    "bitmex": (9203, 5254),
    "bybit": (156, 53),
    "bybit-inverse": (156, 51),
    "bybit-linear": (156, 122),
    "coinbase": (58, 33),
    "deribit": (665, 1522),
    "dydx": (49, 842),
    "gate": (792, 221),
    "gate-futures": (792, 488),
    "htx": (2115, 442),
    "htx-inverse": (2115, 77),
    "htx-swap": (2115, 1689),
    "hyperliquid": (119, 1253),
    "kraken": (7740, 2244),
    "kraken-futures": (7740, 8100),
    "kucoin": (4814, 4742),
    "kucoin-futures": (4814, 30),
    "mexc": (76, 34),
    "mexc-futures": (76, 32),
    "okx": (5311, 5278),
}
"""By venue: lines that are read, and facts that they state."""

RECKONED = re.compile(r"len\(\)|_symbol|\.symbol|\.pair|_type|_quote|_to_id")
"""What crypto-msg-parser itself makes of a message: its names, turnovers and ids."""

EXPECTED: dict[str, tuple[int, int]] = {
    "binance_coinm": (200, 155),
    "binance_spot": (100, 94),
    "binance_usdm": (157, 153),
    "bitfinex": (150, 106),
    "bitget": (82, 82),
    "bitmex": (223, 180),
    "bybit": (63, 58),
    "coinbase": (17, 0),
    "deribit": (309, 252),
    "gate": (124, 122),
    "htx": (502, 362),
    "hyperliquid": (33, 33),
    "kraken": (124, 116),
    "kucoin": (57, 30),
    "mexc": (109, 85),
    "okx": (381, 312),
}
"""By folder: values that other projects expect of messages, and how many of them our events state.

The others take more than the message: contracts made base currency with the contract size of that
day, the last of an earlier message, options, feeds that are no more (coinbase). Turnovers, options
and protocols of the past are not counted at all.
"""

# Any: values of a foreign format.
Foreign: TypeAlias = dict[str, Any]

BUSY = {"binance", "binance-coinm", "binance-usdm"}
"""Venues with ten minutes of everything on record."""


@cache
def decoded(venue: str, path: Path) -> tuple[int, int, frozenset[int]]:
    """Lines of a file, the facts that `decode` prints of it, and the lines that are errors."""
    reader, count, facts, failed = Reader(VENUES[venue]), 0, 0, set[int]()
    for number, line in lines_of(path):
        count += 1
        for row in reader.read(number, line):
            facts += row["type"] != "status"
            if row.get("state") == "ERROR":
                failed.add(number)
    assert reader.errors == len(failed)
    return count, facts, frozenset(failed)


def name_of(path: Path) -> str:
    return str(path.relative_to(CAPTURES))


EACH = [pytest.param(venue, marks=[pytest.mark.slow] if venue in BUSY else []) for venue in VENUES]


@pytest.mark.parametrize("venue", EACH)
def test_every_recorded_file_reads_without_an_unexplained_error(venue: str) -> None:
    explained = {(name, line) for owner, name, line in UNREADABLE if owner == venue}
    count = facts = 0
    failed = set[tuple[str, int]]()
    for path in files_of(venue):
        lines, stated, wrong = decoded(venue, path)
        count, facts = count + lines, facts + stated
        failed |= {(name_of(path), line) for line in wrong}
    assert failed == explained
    least_lines, least_facts = DECODED.get(venue, (1, 1))
    assert count >= least_lines
    assert facts >= least_facts


def test_every_venue_and_every_folder_is_counted() -> None:
    """A venue comes with its row, and no recording is left out unsaid."""
    assert VENUES.keys() <= DECODED.keys()
    folders = {folder_of(venue) for venue in DECODED}
    assert {path.name for path in CAPTURES.iterdir() if path.is_dir()} <= folders
    legacy = {name_of(path) for path in CAPTURES.glob("*/*") if path.is_dir()}
    assert legacy == NOT_READ.keys()
    assert EXPECTED.keys() == {path.parent.name for path in CAPTURES.glob("*/expected.jsonl")}
    assert set(OWN_FOLDERS) <= VENUES.keys()


@pytest.mark.parametrize("venue", VENUES)
def test_the_command_prints_the_facts_of_a_file_of_each_venue(venue: str) -> None:
    smallest = sorted(files_of(venue), key=lambda path: path.stat().st_size)
    path = next(path for path in smallest if (found := decoded(venue, path))[1] and not found[2])
    done = CliRunner().invoke(
        command, [venue, str(path)], standalone_mode=False, catch_exceptions=False
    )
    assert done.return_value == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    facts = [row for row in rows if row["type"] != "status"]
    assert len(facts) == decoded(venue, path)[1]
    assert all(row["instrument"].startswith(f"{venue}:") for row in facts)


def leaves(value: object) -> Iterator[object]:
    """Every value in nested lists and objects."""
    match value:
        case dict():
            for key, item in value.items():
                if key not in ("type", "exchange", "localTimestamp", "isSnapshot", "symbol"):
                    yield from leaves(item)
        case list() | tuple():
            for item in value:
                yield from leaves(item)
        case None | bool():
            return
        case _:
            yield value


def spelled(value: object) -> str:
    """A value in the one spelling that both sides are compared in."""
    match value:
        case int() | float() | Decimal():
            return f"{float(value):.12g}"
        case str() if len(value) > 18 and value[4] == value[7] == "-" and value.endswith("Z"):
            return f"{round(datetime.fromisoformat(value).timestamp() * 1000):.12g}"
    try:
        return f"{float(str(value)):.12g}"
    except ValueError:
        return str(value).lower()


def stated(events: Iterable[Event | Ignored]) -> set[str]:
    """All that events state, times in ms."""
    found = set[str]()
    for event in events:
        if isinstance(event, Ignored | Listing):
            continue
        for name in event.__struct_fields__:
            value = getattr(event, name)
            in_ms = name in ("ts_event", "next_time", "start", "end") and value is not None
            found.update(map(spelled, leaves(value // 1_000_000 if in_ms else value)))
    return found


def wanted(row: Foreign) -> list[str]:
    """The values that another project expects of a message, in our spelling."""
    if str(row.get("protocol")).startswith("outdated"):
        return []
    if row["source"] == "tardis":
        known = row["expected"] if isinstance(row["expected"], list) else []
        values = [item for item in known if item["type"] != "option_summary"]
    else:
        values = [value for what, value in row["asserts"] if not RECKONED.search(what)]
    return [spelled(value) for value in leaves(values)]


@pytest.mark.parametrize("folder", EXPECTED)
def test_values_that_other_projects_expect_are_stated(folder: str) -> None:
    """A count for each folder: its messages are read by every venue that the folder serves."""
    parsers = [venue.parser() for venue in VENUES.values() if folder_of(venue.name) == folder]
    count = Counter[str]()
    for _, line in lines_of(CAPTURES / folder / "expected.jsonl"):
        ours = set[str]()
        for message in messages(line):
            for parser in parsers:
                try:
                    said = parser.parse(message.payload, message.ts_recv or 0, message.path)
                except FeedError:
                    continue  # of a sister market, or listed above
                ours |= stated(said)
        values = wanted(json.loads(line))
        count["all"] += len(values)
        count["stated"] += sum(value in ours for value in values)
    total, least = EXPECTED[folder]
    if parsers:
        assert count["all"] == total
        assert count["stated"] >= least
