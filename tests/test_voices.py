"""Voices: of what several connections of a recording state, each fact once."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from feeds.adapter import Output
from feeds.recording import Record, Recorder, records
from feeds.registry import VENUES
from feeds.replay import Player
from feeds.timing import Timing
from feeds.voices import GONE, HOLE, MOST, Voices
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    Trade,
)
from market.instrument import Instrument
from market.markets import Markets
from service.decode import Reader
from tests.captures import CAPTURES, needs_captures
from tests.fakes import PlainAdapter
from tests.stage import Stage
from tests.test_handover import LONG, NAME, Watched, busy
from tests.virtual import in_virtual_time

OKX = CAPTURES / "okx/cf_20210722.jsonl.gz"
"""Three connections beside one another, of ten instruments each: the same ones."""
URL = "wss://ws.okex.com:8443/ws/v5/public"
SECOND = 1_000_000_000


def played(lines: Iterable[Record]) -> list[Event]:
    """What these records replay as; every one of them can be read."""
    player = Player(Path("here"))
    events = [event for record in lines for event in player.take(record)]
    assert (player.malformed, player.foreign) == (0, 0)
    return events


def markets(events: Sequence[Event]) -> Markets:
    found = Markets()
    found.apply(events)
    return found


@cache
def parallel() -> tuple[Record, ...]:
    """What three connections heard, in the order of the times when they did."""
    lines = [record for record in records(OKX) if record.direction == "in"]
    return tuple(sorted(lines, key=lambda record: record.ts_recv or 0))


def of(*names: str) -> list[Record]:
    return [record for record in parallel() if record.connection in ("http", *names)]


def trades(events: Iterable[Event]) -> list[tuple[str, str]]:
    return [(event.instrument, event.id) for event in events if isinstance(event, Trade)]


def gaps(events: Iterable[Event]) -> list[FeedStatus]:
    return [e for e in events if isinstance(e, FeedStatus) and e.state is FeedState.GAP]


def assert_same_books(events: Sequence[Event], expected: Sequence[Event]) -> None:
    ours, theirs = markets(events), markets(expected)
    assert sorted(ours.ids) == sorted(theirs.ids)
    for one in theirs:
        other = ours.get(one.id)
        assert other is not None
        assert one.book is not None
        assert other.book is not None
        assert other.book.top(400) == one.book.top(400)
        assert other.book_good


@needs_captures
def test_connections_beside_one_another_replay_as_one() -> None:
    events = played(parallel())
    alone = [played(of(name)) for name in ("ws1", "ws2", "ws3")]
    assert set(trades(events)) == set().union(*map(trades, alone))
    assert len(trades(events)) == len(set(trades(events))) == 36
    assert gaps(events) == []
    best = max(alone, key=lambda found: sum(isinstance(e, BookSnapshot) for e in found))
    assert_same_books(events, best)
    for said in (Kline, FeedStatus):
        assert sum(isinstance(e, said) for e in events) <= max(
            sum(isinstance(e, said) for e in found) for found in alone
        )


@needs_captures
@pytest.mark.parametrize("order", [("ws1", "ws2", "ws3"), ("ws3", "ws1", "ws2")])
def test_a_book_goes_on_over_whoever_is_left(order: tuple[str, str, str]) -> None:
    """A connection that took over ends again, or the one that it took over from does."""
    lines = parallel()
    third = len(lines) // 3
    ends = dict(zip(order, (third, 2 * third, len(lines)), strict=True))
    left = [
        record
        for place, record in enumerate(lines)
        if record.connection == "http" or place < ends[record.connection]
    ]
    events = played(left)
    assert gaps(events) == []
    assert set(trades(events)) == set(trades(played(of(order[2]))))
    assert_same_books(events, played(of(order[2])))


@needs_captures
def test_what_ended_before_the_next_began_leaves_a_gap_in_every_book_that_was_whole() -> None:
    lines, later = of("ws2"), [record for record in of("ws3") if record.connection == "ws3"]
    first = lines[: len(lines) // 2]
    ended, begun = first[-1].ts_recv, later[0].ts_recv
    assert ended is not None
    assert begun is not None
    shift = ended - begun + SECOND
    after = [r._replace(ts_recv=(r.ts_recv or 0) + shift) for r in later]
    events = played([*first, *after])
    followed = {e.instrument for e in played(first) if isinstance(e, BookSnapshot)}
    said = [status.instrument for status in gaps(events) if status.reason == HOLE]
    # In one nothing had changed until the later connection stated it.
    assert len(said) == len(set(said)) == len(gaps(events)) == len(followed) - 1
    assert followed.issuperset(said)
    assert_same_books(events, played(of("ws3")))


@needs_captures
def test_connections_whose_place_others_took_are_forgotten_and_none_beyond_the_bound() -> None:
    voices = Voices(VENUES["okx"].adapter)
    frame = next(record.payload for record in parallel() if record.connection == "ws1")
    for number in range(MOST + 20):
        tuple(voices.frame(f"ws{number}", URL, frame, number * SECOND))
    assert len(voices._voices) == MOST
    assert "ws0" not in voices._voices
    tuple(voices.frame("last", URL, frame, 2 * MOST * SECOND + GONE))
    assert list(voices._voices) == ["last"]


class Stating(PlainAdapter):
    """An adapter whose books are bids at 1, 2, 3 and so on: `whole 3` has three, `change 4` one."""

    def receive(self, frame: bytes | str, now: int) -> Iterable[Output]:
        word, _, number = str(frame).partition(" ")
        match word:
            case "whole":
                bids = [(float(price), 1.0) for price in range(1, int(number) + 1)]
                yield BookSnapshot(self._id, now, now, bids, [(100.0, 1.0)], int(number))
            case "change":
                last = int(number)
                yield BookDelta(self._id, now, now, [(float(last), 1.0)], [], last, last - 1)
            case _:
                yield from super().receive(frame, now)

    def receive_body(self, key: str, body: bytes, now: int) -> Iterable[Output]:
        self.bodies.append((key, body))
        yield Listing(self._id, now, Instrument("binance", "BTCUSDT", Decimal(1), Decimal(1)))


def test_a_connection_that_goes_on_after_its_heir_ended_lacks_nothing_that_it_had_stated() -> None:
    """The heir was behind: what the old one was ahead by is in neither's book but for its tail."""
    voices, book = Voices(Stating), set[float]()
    for at, name, frame in (
        (1, "old", "whole 1"),
        (1, "old", "live"),
        (2, "old", "change 2"),
        (3, "new", "ack"),
        (4, "old", "change 3"),
        (4, "old", "change 4"),
        (5, "new", "whole 2"),
        (5, "new", "live"),
        (6, "new", "change 3"),
        (20, "old", "change 5"),
    ):
        for event in voices.frame(name, URL, frame, at * SECOND):
            if isinstance(event, BookSnapshot):
                book = {price for price, _ in event.bids}
            elif isinstance(event, BookDelta):
                book |= {price for price, _ in event.bids}
        if at == 6:
            assert book == {1.0, 2.0, 3.0}, "the heir has taken over"
    assert book == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_the_lists_that_were_fetched_are_known_to_later_connections_and_told_once() -> None:
    made = list[Stating]()

    def make() -> Stating:
        made.append(Stating())
        return made[-1]

    voices, listed = Voices(make), ("/instruments", b"{}")
    told = [*voices.frame("one", URL, "trade 1", 1), *voices.body(*listed, 2)]
    assert [type(event) for event in told] == [Trade, Listing]
    later = [*voices.frame("two", URL, "trade 2", 3)]
    assert made[1].bodies == [listed]
    assert [type(event) for event in later] == [Trade]


@needs_captures
@pytest.mark.parametrize("lags", [(0.02,), (0.02, 0.02, 0.4), (0.4, 0.4, 0.02)])
@in_virtual_time
async def test_a_recorded_rotation_replays_as_it_was_seen(
    lags: tuple[float, ...], tmp_path: Path
) -> None:
    path = tmp_path / "rotation.jsonl"
    stage = Stage(busy(5000), lags)
    watched = Watched(stage)
    with Recorder(path) as recorder:
        brief = Timing(rotate=5.0, rotate_spread=1.0)
        await watched.watch(brief, lambda now: stage.cut_older(8.0, now), recorder)
    assert watched.hub.counts.renewals >= 2
    events = played(records(path))
    ids = [event.id for event in events if isinstance(event, Trade)]
    assert len(ids) == len(set(ids)) > 500
    assert sorted(ids) == sorted(watched.trades)
    if len(set(lags)) == 1:
        assert ids == watched.trades
        assert_decoded_without_gap(path)
    states = [e.state for e in events if isinstance(e, FeedStatus) and e.instrument == NAME]
    assert set(states[states.index(FeedState.REPLAY) :]) == {FeedState.REPLAY}
    assert_as_seen(watched, events)


def assert_as_seen(watched: Watched, events: Sequence[Event]) -> None:
    """The book is that of the live session at its end."""
    live, replayed = watched.markets.get(NAME), markets(events).get(NAME)
    assert live is not None
    assert replayed is not None
    assert live.book is not None
    assert replayed.book is not None
    assert replayed.book_good
    assert replayed.book.sequence == live.book.sequence
    assert replayed.book.top(1000) == live.book.top(1000)


def assert_decoded_without_gap(path: Path) -> None:
    reader, rows = Reader(VENUES["binance-usdm"], 5), list[dict[str, object]]()
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        rows += reader.read(number, line)
    states = [row["state"] for row in rows if row["type"] == "status"]
    assert "GAP" not in states
    assert reader.errors == 0
    books = [row["sequence"] for row in rows if row["type"] == "book"]
    assert len(books) > 100


@needs_captures
@in_virtual_time
async def test_a_recorded_outage_replays_with_all_that_was_fetched_and_a_gap(
    tmp_path: Path,
) -> None:
    path, stage = tmp_path / "outage.jsonl", Stage(busy(5000).aggregated())
    stage.script.cues = [cue for cue in stage.script.cues if '"p":"0"' not in cue.text]
    watched, cut = Watched(stage), list[float]()

    def sever(now: float) -> None:
        if now > 8 and not cut:
            cut.append(now)
            stage.cut_older(0.0, now)

    with Recorder(path) as recorder:
        await watched.watch(LONG, sever, recorder)
    assert any("/aggTrades?" in url for url in stage.asked)
    events = played(records(path))
    ids = [event.id for event in events if isinstance(event, Trade)]
    assert len(ids) == len(set(ids)) > 500
    assert set(ids) == set(watched.trades)
    assert {status.reason for status in gaps(events)} == {HOLE}
    assert_as_seen(watched, events)
