"""Every recorded OKX file reads without an unexplained error, its books pass every checksum."""

import re
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from typing import TypeAlias

import pytest

from feeds.adapter import Ignored, Output
from feeds.errors import MalformedFrame
from feeds.recording import Record
from feeds.registry import VENUES, venue_for_url
from market.events import BookDelta, BookSnapshot, BookTicker, Event, FeedState, Ticker, Trade
from tests.captures import CAPTURES, needs_captures
from tests.sessions import Model, assert_end_alike, follow, path_of, received, singles, states, take

pytestmark = needs_captures

OKX = "okx"

SESSIONS: dict[str, dict[type, int]] = {
    "okx/cf_20210722.jsonl.gz": {BookDelta: 4342, Trade: 108, Ticker: 139, BookTicker: 139},
    "okx/cf_20220513.jsonl.gz": {BookDelta: 287, Trade: 74, Ticker: 28, BookTicker: 28},
}
"""What each session states; README's counts of books are these changes and the whole ones."""
BOOKS = {"okx/cf_20210722.jsonl.gz": 30, "okx/cf_20220513.jsonl.gz": 3}
"""Whole books of each session, one for each connection and symbol."""
REPEATED = {"okx/cf_20210722.jsonl.gz": 0, "okx/cf_20220513.jsonl.gz": 0}
"""Trades that a later subscription of the same connection told again."""
SINGLES = {"okx/expected.jsonl": 150, "okx/instruments.jsonl.gz": 2, "okx/samples.jsonl": 5}
"""Files of single messages and how many there are."""

Played: TypeAlias = list[tuple[Record, list[Output], list[Event | Ignored]]]


@cache
def played(path: str) -> dict[str, Played]:
    """By connection: its records, what an adapter of its own says, what each states by itself."""
    lines = received(path)
    parser = VENUES[OKX].parser()
    connections: dict[str, Played] = {}
    for name in sorted({record.connection for record in lines} - {"http"}):
        adapter = VENUES[OKX].adapter()
        connections[name] = [
            (record, take(adapter, record), list(parser.parse(*said(record))))
            for record in lines
            if record.connection in ("http", name)
        ]
    return connections


def said(record: Record) -> tuple[bytes | str, int, str | None]:
    assert venue_for_url(record.url) == OKX
    return record.payload, record.ts_recv or 0, path_of(record)


def test_every_file_is_tested() -> None:
    found = {f"okx/{path.name}" for path in (CAPTURES / "okx").iterdir()}
    assert found == SESSIONS.keys() | SINGLES.keys()


@pytest.mark.parametrize("path", SESSIONS)
def test_every_checksum_of_a_session_holds_and_no_book_is_ever_crossed(path: str) -> None:
    kinds, wire = Counter[type](), Counter[type]()
    for lines in played(path).values():
        models: dict[str, Model] = {}
        flat = [output for _, outputs, _ in lines for output in outputs]
        assert set(states(flat)) == {FeedState.LIVE}
        for output in flat:
            if isinstance(output, BookSnapshot | BookDelta):
                model = models.setdefault(output.instrument, ({}, {}))
                if isinstance(output, BookSnapshot) and any(model):
                    before = deepcopy(model)
                    follow(model, output)
                    assert model == before  # the window has moved, and is stated again
                    kinds[BookSnapshot] -= 1
                follow(model, output)
                assert max(model[0], default=0) < min(model[1], default=1e15)
        kinds.update(type(output) for output in flat)
        wire.update(type(event) for _, _, events in lines for event in events)
        assert_end_alike(flat, models)
    expected = SESSIONS[path] | {BookSnapshot: BOOKS[path]}
    assert {kind: wire[kind] for kind in expected} == expected
    expected[Trade] -= REPEATED[path]
    assert {kind: kinds[kind] for kind in expected} == expected


@pytest.mark.slow
def test_every_flipped_digit_of_a_checked_level_is_detected_at_once() -> None:
    """One digit in each change of a session, in a level that its checksum covers."""
    path, flips, harmless = "okx/cf_20220513.jsonl.gz", 0, 0
    for lines in played(path).values():
        adapter = VENUES[OKX].adapter()
        models: dict[str, Model] = {}
        for number, (record, outputs, _) in enumerate(lines):
            text = str(record.payload)
            places = [
                place
                for level in re.finditer(r'\["([\d.]+)","([\d.]+)"', text)
                for place in range(level.start(1), level.end(2))
                if text[place].isdigit()
            ]
            spoilt: list[Output] = []
            if '"update"' in text and places:
                place = places[number % len(places)]
                digit = str((int(text[place]) + 1 + number % 8) % 10)
                wrong = text[:place] + digit + text[place + 1 :]
                try:
                    spoilt = list(deepcopy(adapter).receive(wrong, 0))
                except MalformedFrame:
                    flips += 1
            if states(spoilt) == [FeedState.GAP]:
                flips += 1
            elif spoilt:
                harmless += 1
                assert best(deepcopy(models), spoilt) == best(deepcopy(models), outputs)
            best(models, outputs)
            take(adapter, record)
    assert (flips, harmless) == (211, 76)


def best(models: dict[str, Model], outputs: Iterable[Output]) -> list[list[tuple[float, float]]]:
    """The levels that a checksum covers, after what was said."""
    found = []
    for output in outputs:
        if isinstance(output, BookSnapshot | BookDelta):
            model = models.setdefault(output.instrument, ({}, {}))
            follow(model, output)
            found += [sorted(model[0].items())[-25:], sorted(model[1].items())[:25]]
    return found


@pytest.mark.parametrize("path", SINGLES)
def test_single_messages_read_without_an_error(path: str) -> None:
    parser, found = VENUES[OKX].parser(), [*singles(path)]
    assert all(parser.parse(message.payload, 0, message.path) for message in found)
    assert len(found) == SINGLES[path]
