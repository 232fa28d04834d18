"""Recordings played back through the adapters."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from feeds.errors import ConfigError, DamagedRecording
from feeds.recording import Record, Recorder, records
from feeds.replay import Player, Replay, events, load
from market.events import BookDelta, BookSnapshot, Event, FeedState, FeedStatus, Trade
from market.market import Market
from tests.captures import CAPTURES, needs_captures
from tests.wall import Wall

USDM = CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"
FOUR = CAPTURES / "binance_usdm" / "cf_20210722_part1.jsonl.gz"
NAME = "binance-usdm:BTCUSDT"
SECOND = 1_000_000_000

pytestmark = needs_captures


def _write(path: Path, slice_: Sequence[Record]) -> Path:
    with Recorder(path) as recorder:
        for record in slice_:
            recorder(*record[1:])
    return path


@pytest.fixture(scope="module")
def beginning() -> list[Record]:
    """The first 6000 records, some 20 s, of a real session."""
    read = records(USDM)
    return [next(read) for _ in range(6_000)]


@pytest.fixture(scope="module")
def short(beginning: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those records as a file."""
    return _write(tmp_path_factory.mktemp("replay") / "short.jsonl.gz", beginning)


def _play(source: Replay, wall: Wall) -> list[tuple[float, list[Event]]]:
    async def play() -> list[tuple[float, list[Event]]]:
        async with aclosing(source.batches()) as batches:
            return [(wall.now, batch) async for batch in batches]

    return asyncio.run(play())


def _state(market: Market | None) -> object:
    assert market is not None
    assert market.book is not None
    return market.counts, market.book.top(5_000), market.clock, market.last


def test_a_replay_at_any_speed_gives_what_reading_the_file_gives(short: Path) -> None:
    expected = list(events(short))
    for speed in (None, 1.0, 7.5):
        wall = Wall()
        source = Replay(short, speed, clock=wall, sleep=wall.sleep)
        assert [event for _, batch in _play(source, wall) for event in batch] == expected
        assert source.finished
        assert source.instruments == [NAME]


def test_trades_deltas_and_the_book_are_the_recordings(short: Path) -> None:
    recorded = [json.loads(record.payload) for record in records(short)]
    frames = [frame["data"] for frame in recorded if "data" in frame]
    market = load(short).get(NAME)
    assert market is not None
    assert market.counts.trades == sum(
        frame["e"] == "trade" and frame["X"] == "MARKET" for frame in frames
    )
    assert market.counts.snapshots == 1
    assert market.counts.gaps == 0
    assert market.book_good


def test_the_pace_is_the_recordings_times_the_speed(beginning: list[Record], short: Path) -> None:
    first, last = beginning[0].ts_recv, beginning[-1].ts_recv
    assert first is not None
    assert last is not None
    for speed in (1.0, 10.0):
        wall = Wall()
        seen = _play(Replay(short, speed, clock=wall, sleep=wall.sleep), wall)
        assert seen[-1][0] - 1_000 == pytest.approx((last - first) / SECOND / speed, abs=0.1)


def test_frames_that_come_together_make_one_batch(beginning: list[Record], short: Path) -> None:
    wall = Wall()
    seen = _play(Replay(short, 1.0, clock=wall, sleep=wall.sleep), wall)
    assert len(seen) < len(beginning) / 4


def test_at_full_speed_no_time_passes_and_the_loop_has_its_turns(short: Path) -> None:
    wall = Wall()
    source = Replay(short, None, clock=wall, sleep=wall.sleep)
    assert {at for at, _ in _play(source, wall)} == {1_000.0}
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def play() -> None:
        counter = asyncio.ensure_future(count())
        async with aclosing(Replay(short, None).batches()) as batches:
            async for _ in batches:
                pass
        counter.cancel()

    asyncio.run(play())
    assert turns > 5


def test_it_says_replay_where_the_feed_said_live(short: Path) -> None:
    states = [event.state for event in events(short) if isinstance(event, FeedStatus)]
    assert FeedState.REPLAY in states
    assert FeedState.LIVE not in states


def test_a_lost_frame_is_a_gap_on_the_next_change_of_the_book(
    beginning: list[Record], tmp_path: Path
) -> None:
    depths = [i for i, record in enumerate(beginning) if b"depthUpdate" in _bytes(record)]
    lost = depths[100]
    path = _write(tmp_path / "gap.jsonl", beginning[:lost] + beginning[lost + 1 :])
    player, at = Player(path), None
    for record in records(path):
        for event in player.take(record):
            if isinstance(event, FeedStatus) and event.state is FeedState.GAP:
                at = at or record.line
    assert at == depths[101]  # lines count from 1, and one record is gone
    market = load(path).get(NAME)
    assert market is not None
    assert not market.book_good


def test_it_starts_where_it_is_told_with_all_that_was_before(short: Path) -> None:
    wall = Wall()
    seen = _play(Replay(short, 1.0, "+10s", clock=wall, sleep=wall.sleep), wall)
    at_once = [event for at, batch in seen for event in batch if at == 1_000]
    clocks = [event.ts_event for event in at_once if isinstance(event, Trade)]
    assert (max(clocks) - min(clocks)) / SECOND == pytest.approx(10, abs=0.3)
    assert any(isinstance(event, BookSnapshot) for event in at_once)
    assert seen[-1][0] - 1_000 == pytest.approx(_span(short) - 10, abs=0.5)


def test_a_pause_stops_it_at_once_and_it_goes_on_where_it_was(short: Path) -> None:
    wall = Wall()
    source = Replay(short, 1.0, clock=wall, sleep=wall.sleep)

    async def play() -> tuple[float, int, int]:
        async with aclosing(source.batches()) as batches:
            clock = source.player.clock
            async for _ in batches:
                clock = source.player.clock
                if wall.now > 1_003:
                    break
            source.paused = True
            waiting = asyncio.ensure_future(anext(batches))
            for _ in range(2_000):
                await asyncio.sleep(0)
            assert not waiting.done()
            source.paused = False
            await waiting
            return wall.now, clock, source.player.clock

    now, before, after = asyncio.run(play())
    assert now > 1_050
    assert after - before < SECOND


def test_a_file_cut_short_is_played_to_the_cut(short: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(short.read_bytes()[: short.stat().st_size // 2])
    wall = Wall()
    source = Replay(cut, None, clock=wall, sleep=wall.sleep)
    played: list[Event] = []

    async def play() -> None:
        async with aclosing(source.batches()) as batches:
            async for batch in batches:
                played.extend(batch)

    with pytest.raises(DamagedRecording, match=r"cut\.jsonl\.gz: line \d+"):
        asyncio.run(play())
    assert source.finished
    assert played == list(events(short))[: len(played)]
    assert len(played) > 1_000


def test_records_without_a_time_follow_at_once(beginning: list[Record], tmp_path: Path) -> None:
    timeless = [record._replace(ts_recv=None) for record in beginning[:500]]
    wall = Wall()
    path = _write(tmp_path / "timeless.jsonl", timeless)
    seen = _play(Replay(path, 1.0, clock=wall, sleep=wall.sleep), wall)
    assert {at for at, _ in seen} == {1_000.0}
    assert any(isinstance(event, BookDelta) for _, batch in seen for event in batch)


def test_a_frame_nobody_can_read_is_counted_and_passed_over(
    beginning: list[Record], tmp_path: Path
) -> None:
    spoilt = [
        *beginning[:900],
        beginning[900]._replace(payload='{"stream":'),
        *beginning[900:1_200],
    ]
    path = _write(tmp_path / "spoilt.jsonl", spoilt)
    player = Player(path)
    played = [event for record in records(path) for event in player.take(record)]
    assert player.malformed == 1
    assert player.complaint.startswith("line 901: binance-usdm: ")
    whole = _write(tmp_path / "whole.jsonl", beginning[:1_200])
    assert played == list(events(whole))


def test_traffic_of_an_unknown_address_is_counted_and_the_rest_is_played(
    beginning: list[Record], tmp_path: Path
) -> None:
    stranger = beginning[900]._replace(url="wss://stream.example.org/ws?key=1")
    mixed = [stranger, *beginning[:900], stranger, *beginning[900:1_200]]
    path = _write(tmp_path / "mixed.jsonl", mixed)
    player = Player(path)
    played = list(events(path, player=player))
    assert played == list(events(_write(tmp_path / "whole.jsonl", beginning[:1_200])))
    assert (player.foreign, player.malformed) == (2, 0)
    assert player.stranger == "line 1: wss://stream.example.org/ws is no known venue's"
    source = Replay(path, speed=None)
    _play(source, Wall())
    assert source.label == "mixed.jsonl (2 records not read)"


def test_a_recording_of_unknown_addresses_alone_is_refused(
    beginning: list[Record], tmp_path: Path
) -> None:
    strange = [record._replace(url="wss://stream.example.org/ws") for record in beginning[:30]]
    path = _write(tmp_path / "strange.jsonl", strange)
    with pytest.raises(ConfigError, match=r"strange\.jsonl: line 1: wss://stream\.example\.org"):
        Replay(path)
    with pytest.raises(ConfigError, match="venues: binance, "):
        load(path)


def test_a_recording_of_many_instruments_feeds_each_its_own_market() -> None:
    markets = load(FOUR)
    assert sorted(markets.ids) == [
        "binance-usdm:AKROUSDT",
        "binance-usdm:CTKUSDT",
        "binance-usdm:KEEPUSDT",
        "binance-usdm:SUSHIUSDT",
    ]
    assert all(market.book_good for market in markets)


def test_as_of_a_moment_is_what_had_happened_by_then(short: Path) -> None:
    trades = [event for event in events(short) if isinstance(event, Trade)]
    end = trades[0].ts_event + 5 * SECOND
    market = load(short, f"{end / SECOND:.9f}").get(NAME)
    assert market is not None
    assert market.clock <= end
    assert market.last is not None
    assert market.last.ts >= end - SECOND
    assert _state(load(short, "+1h").get(NAME)) == _state(load(short).get(NAME))


def test_a_moment_before_the_beginning_is_refused(short: Path) -> None:
    with pytest.raises(ConfigError, match="begins only after"):
        load(short, "2020-01-01")


def test_what_cannot_be_played_is_said_before_it_begins(tmp_path: Path, short: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        Replay(tmp_path / "nothing.jsonl")
    with pytest.raises(ConfigError, match="is not a time"):
        Replay(short, start="soon")


def _bytes(record: Record) -> bytes:
    return record.payload if isinstance(record.payload, bytes) else record.payload.encode()


def _span(path: Path) -> float:
    stamps = [record.ts_recv for record in records(path) if record.ts_recv is not None]
    return (stamps[-1] - stamps[0]) / SECOND
