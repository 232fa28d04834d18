"""A restart goes on from what was recorded: read beside, joined once, and never made up."""

import asyncio
import gzip
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

import tui.desk.session
from feeds.errors import ConfigError
from feeds.live import Live
from feeds.recall import SPAN, recall, recordings, remembered
from feeds.recording import records
from feeds.replay import Player, load
from feeds.whole import Whole
from market.depth import FINE
from market.events import BookDelta, BookSnapshot, Event, FeedState, FeedStatus, Trade
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.exchange.script import load as script_of
from tests.exchange.server import Exchange
from tests.running import in_loop
from tests.scenes import lines as lines_of
from tests.test_exchange_tls import QUICK
from tui.desk.header import Status, draw_header
from tui.desk.session import Session
from tui.drawing.look import ColorDepth
from tui.launch import LiveMarkets
from tui.pane import Size
from tui.themes import load_look

NAME = "binance-usdm:BTCUSDT"
BIG = CAPTURES / "binance_usdm/btcusdt_20240808.jsonl.gz"
LOOK = load_look("dark", ColorDepth.TRUE)
NOW = 1_790_000_000 * 10**9


def lines(first: int, stop: int) -> bytes:
    """Some records of the capture."""
    with gzip.open(BIG) as file:
        return b"".join(islice(file, first, stop))


def test_of_a_folder_the_recordings_of_the_last_hours_are_read_in_order(tmp_path: Path) -> None:
    ages = {"old.jsonl": SPAN + 10**9, "b.jsonl.gz": 10**9, "a.jsonl": 2 * 10**9, "a.txt": 0}
    for name, age in ages.items():
        path = tmp_path / name
        path.touch()
        os.utime(path, ns=(NOW - age, NOW - age))
    found = recordings(tmp_path, NOW)
    assert [path.name for path in found] == ["a.jsonl", "b.jsonl.gz"]
    assert recordings(tmp_path, NOW, tmp_path / "a.jsonl") == found[1:]
    assert recordings(tmp_path / "old.jsonl", NOW) == [tmp_path / "old.jsonl"]
    assert not recordings(tmp_path / "nowhere", NOW)


@needs_captures
def test_recordings_that_overlap_and_break_off_are_one_past(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(lines(0, 3000))
    true = load(whole).get(NAME)
    assert true is not None
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"]
    paths[0].write_bytes(lines(0, 2000) + b'{"ts": 17231')
    paths[1].write_bytes(gzip.compress(lines(1500, 3000))[:-9])
    [past] = remembered(paths, [NAME])
    count = len(past.trades.ts)
    assert count > 0.9 * len(true.trades)  # the rest was cut off
    assert past.trades.ts.tolist() == true.trades.between(0, count).ts.tolist()
    assert [gap.reason for gap in past.gaps][-1] == "not recorded"
    assert past.depth.spans
    assert not remembered(paths, ["binance-usdm:ETHUSDT"])


@needs_captures
@in_loop
async def test_what_live_markets_recorded_is_what_the_next_run_begins_with(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    capture.write_bytes(lines(0, 1500))
    script = script_of(capture).only({"btcusdt@depth", "btcusdt@trades"})
    heard: list[Event] = []
    (tmp_path / "tapes").mkdir()
    async with Exchange(script, routed=False) as exchange:
        live = Live([NAME], {"binance-usdm": exchange.url}, timing=QUICK, record=tmp_path / "tapes")
        said = sum("@trade" in cue.stream for cue in script.cues)
        async with asyncio.TaskGroup() as group, aclosing(live.batches()) as batches:
            group.create_task(_play(exchange))
            async for batch in batches:
                heard += batch
                if sum(isinstance(event, Trade) for event in heard) >= said:
                    break
    [path] = (tmp_path / "tapes").iterdir()
    assert live.recording == path
    assert live.recording_failure is None
    now, market = Markets(), load(path).get(NAME)
    now.apply(heard)
    [past] = await recall([path], [NAME])
    seen = now.get(NAME)
    assert seen is not None
    assert market is not None
    assert len(past.trades.ts) == len(seen.trades) == len(market.trades) == said
    assert past.depth.spans[0][0] > 0


async def _play(exchange: Exchange) -> None:
    await exchange.subscribed({"btcusdt@depth", "btcusdt@trades"})
    await exchange.play()


class Ongoing:
    """A source that says its events, and then waits until a past has been read."""

    paused = finished = False
    label, state = NAME, FeedState.LIVE
    instruments = (NAME,)
    recording: Path | None = None
    recording_failure: OSError | None = None

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = list(events)
        self.said = asyncio.Event()
        self.over: Callable[[], bool] = lambda: False

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Nothing can change."""

    async def batches(self) -> AsyncGenerator[list[Event]]:
        yield self._events
        self.said.set()
        while not self.over():
            await asyncio.sleep(0)
            yield []


def continued(path: Path, first: int) -> list[Event]:
    """What a recording says from a record on, beginning with the book as it stood."""
    player, book, later = Player(path), Whole(), list[Event]()
    for record in records(path):
        for event in player.take(record):
            if record.line > first:
                later.append(event)
            elif isinstance(event, BookSnapshot | BookDelta):
                book.take(event)
    at = next(event.ts_event for event in later if isinstance(event, BookDelta))
    stated: list[Event] = [structs.replace(part, ts_event=at) for part in book.stated()]
    return [FeedStatus(NAME, 0, FeedState.LIVE), *stated, *later]


@needs_captures
@in_loop
async def test_a_session_is_live_at_once_and_its_past_comes_when_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(0, 1500))
    both = tmp_path / "both"
    both.write_bytes(lines(0, 3000))
    source = Ongoing(continued(both, 2000))
    monkeypatch.setattr(tui.desk.session, "open_source", lambda _: source)
    session = Session(LiveMarkets((NAME,), past=tmp_path))
    async with asyncio.TaskGroup() as group:
        group.create_task(session.run())
        await source.said.wait()
        market = session.market(NAME)
        assert market is not None
        assert market.depth is not None
        alone, begun = len(market.trades), market.depth.begun
        assert alone > 100
        depth = market.depth
        source.over = lambda: depth.begun != begun
    past, true = load(tmp_path / "a.jsonl").get(NAME), load(both).get(NAME)
    assert past is not None
    assert true is not None
    assert len(market.trades) == alone + len(past.trades)
    assert [gap.reason for gap in market.gaps] == ["not recorded"]
    assert session.keeping == ""
    assert session.error is None
    view, whole = (  # as far back as the first run, and as it was without a restart
        m.depth.view(FINE, true.clock, 300, 10, market.trades.last(1).ticks[0] - 500, 100)
        for m in (market, true)
        if m.depth is not None
    )
    assert view.known.sum() > 50
    assert np.array_equal(view.bid[view.known], whole.bid[view.known])
    assert np.array_equal(view.ask[view.known], whole.ask[view.known])


@in_loop
async def test_a_past_that_cannot_be_read_is_said_and_nothing_else_stops(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"dir": "in", "conn": "ws1", "url": "wss://nowhere.test", "raw": "{}"}\n')
    with pytest.raises(ConfigError, match=r"^past not read: .*nowhere"):
        await recall([broken], [NAME])


@needs_captures
def test_a_file_that_is_no_recording_keeps_nobody_from_reading_the_others(tmp_path: Path) -> None:
    strange, other, good = (tmp_path / name for name in ("a.jsonl", "b.jsonl", "c.jsonl"))
    strange.write_text('{"dir": "in", "conn": "ws1", "url": "wss://nowhere.test", "raw": "{}"}\n')
    other.write_text("no JSON at all\n")
    good.write_bytes(lines(0, 300))
    assert [past.id for past in remembered([strange, other, good], [NAME])] == [NAME]


@in_loop
async def test_a_recording_that_cannot_go_on_is_said_in_the_status_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = Ongoing([])
    source.over = lambda: True
    source.recording_failure = OSError(28, "No space left on device")
    monkeypatch.setattr(tui.desk.session, "open_source", lambda _: source)
    session = Session(LiveMarkets((NAME,)))
    await session.run()
    assert session.keeping == "not recorded: no space left on device"
    row = draw_header(Status(NAME, keeping=session.keeping), Size(120, 1), LOOK)
    assert session.keeping in lines_of(row)[0]
