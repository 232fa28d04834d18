"""The live path over real sockets: what the stand-in exchange serves, and what it refuses."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from feeds.errors import ConfigError
from feeds.live import Live, parse_endpoints
from feeds.recording import Recorder, records
from feeds.replay import load as replay
from feeds.timing import Timing
from market.basis import TickBasis, TimeBasis
from market.events import Event, FeedState, FeedStatus, Kline, Trade
from market.market import Market
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.exchange.faults import Faults
from tests.exchange.script import Script, load
from tests.exchange.server import Exchange
from tests.running import in_loop

BIG = {
    "binance-usdm": CAPTURES / "binance_usdm/btcusdt_20240808.jsonl.gz",
    "binance": CAPTURES / "binance_spot/btcusdt_20240808_09.jsonl.gz",
}
VITAL = {"btcusdt@depth", "btcusdt@trades"}
MANY = CAPTURES / "binance_usdm/cf_20210722_part1.jsonl.gz"
"""Four symbols, with candles and the exchange's listing."""
QUICK = Timing(
    tick=0.01,
    backoff_first=0.01,
    backoff_most=0.05,
    steady=0.0,
    region=0.3,
    slow_down=0.05,
    goodbye=0.05,
)
ROOT = Path(__file__).resolve().parents[1]


class Watcher:
    """A consumer of a live source, with what it saw."""

    def __init__(self, source: Live) -> None:
        self.source = source
        self.markets = Markets()
        self.events: list[Event] = []

    async def until(self, seen: Callable[[], bool]) -> None:
        """Take batches until this is so, and disconnect."""
        async with aclosing(self.source.batches()) as batches:
            async for batch in batches:
                self.events += batch
                self.markets.apply(batch)
                if seen():
                    return

    @property
    def trades(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Trade)]

    @property
    def statuses(self) -> list[FeedStatus]:
        return [event for event in self.events if isinstance(event, FeedStatus)]

    def state(self, name: str) -> FeedState | None:
        return next((s.state for s in reversed(self.statuses) if s.instrument == name), None)

    def told(self, text: str) -> FeedStatus | None:
        return next((status for status in self.statuses if text in status.reason), None)


def sequence(watcher: Watcher, name: str) -> int | None:
    """The last update in an instrument's book."""
    market = watcher.markets.get(name)
    return market.book.sequence if market is not None and market.book is not None else None


def last_change(script: Script) -> int:
    """The update that ends the script's book."""
    twin = script.cut(len(script.cues), len(script.cues))
    return twin.books["btcusdt"].sequence


def assert_same_market(live: Market, replayed: Market) -> None:
    """Book, bars and footprint are equal to the last lot, whatever the grids are called."""
    assert live.instrument is not None
    assert replayed.instrument is not None
    assert live.instrument.tick_size == replayed.instrument.tick_size
    assert live.instrument.lot_size == replayed.instrument.lot_size
    assert live.book is not None
    assert replayed.book is not None
    assert live.book.sequence == replayed.book.sequence
    assert live.book.levels == replayed.book.levels
    assert live.book.top(10_000) == replayed.book.top(10_000)
    for basis in (TimeBasis(1_000_000_000), TimeBasis(60_000_000_000), TickBasis(100)):
        assert live.bars(basis).last(10_000) == replayed.bars(basis).last(10_000)
        for group in (1, 50):
            ours = live.footprint(basis, group).last(10_000)
            theirs = replayed.footprint(basis, group).last(10_000)
            assert len(ours) == len(theirs) > 0
            for one, other in zip(ours, theirs, strict=True):
                assert one.bar == other.bar
                assert np.array_equal(one.prices, other.prices)
                assert np.array_equal(one.sell, other.sell)
                assert np.array_equal(one.buy, other.buy)


@pytest.mark.slow
@needs_captures
@pytest.mark.parametrize("venue", BIG)
@in_loop
async def test_a_capture_served_live_is_the_market_that_its_replay_is(venue: str) -> None:
    script = load(BIG[venue])
    name, end = f"{venue}:BTCUSDT", last_change(script)
    prints = sum(cue.stream == "btcusdt@trades" for cue in script.cues)
    async with Exchange(script, limit=None) as exchange, asyncio.TaskGroup() as group:
        watcher = Watcher(Live([name], {venue: exchange.url}))

        async def play() -> None:
            await exchange.subscribed(VITAL | {"btcusdt@kline_1m"})
            await exchange.play()

        def complete() -> bool:
            market = watcher.markets.get(name)
            whole = market is not None and market.trades.end >= prints
            return whole and sequence(watcher, name) == end

        group.create_task(play())
        await watcher.until(complete)
    assert [status.state for status in watcher.statuses if status.reason == ""][-1] == "LIVE"
    assert watcher.source.counts.gaps == watcher.source.counts.malformed == 0
    live, replayed = watcher.markets.get(name), replay(BIG[venue]).get(name)
    assert live is not None
    assert replayed is not None
    assert_same_market(live, replayed)


@needs_captures
@in_loop
async def test_what_the_tap_sees_replays_as_the_same_market(tmp_path: Path) -> None:
    path, name = tmp_path / "session.jsonl.gz", "binance-usdm:BTCUSDT"
    script = load(BIG["binance-usdm"]).cut(0, 6000)
    async with Exchange(script, limit=None) as exchange, asyncio.TaskGroup() as group:
        with Recorder(path) as recorder:
            endpoints = {"binance-usdm": exchange.url}
            watcher = Watcher(Live([name], endpoints, tap=recorder))

            async def play() -> None:
                await exchange.subscribed(VITAL)
                await exchange.play()

            end = last_change(script)
            group.create_task(play())
            await watcher.until(lambda: sequence(watcher, name) == end)
    live, replayed = watcher.markets.get(name), replay(path).get(name)
    assert live is not None
    assert replayed is not None
    assert_same_market(live, replayed)
    hosts = {record.url.split("/")[2] for record in records(path)}
    assert hosts == {"fstream.binance.com", "fapi.binance.com"}
    assert {record.direction for record in records(path)} == {"in", "out"}


@needs_captures
@in_loop
async def test_a_region_block_is_told_with_the_next_try_and_ends_when_it_is_lifted() -> None:
    faults = Faults({"451": 1.0})
    async with Exchange(load(MANY), faults=faults) as exchange:
        name = "binance-usdm:SUSHIUSDT"
        live = Live([name], {"binance-usdm": exchange.url}, timing=QUICK)
        watcher = Watcher(live)

        def through() -> bool:
            if (blocked := watcher.told("451")) is not None and faults.active:
                assert blocked.reason == "binance-usdm refuses this region (HTTP 451)"
                assert blocked.state is FeedState.CONNECTING
                assert blocked.retry_at is not None
                assert blocked.retry_at > blocked.ts_recv
                faults.active = False
                live.retry()
            return watcher.state(name) is FeedState.SYNCING

        await watcher.until(through)


@in_loop
async def test_a_dead_endpoint_is_told_by_its_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        live = Live(["binance:BTCUSDT"], {"binance": f"http://{address}"}, timing=QUICK)
        watcher = Watcher(live)
        await watcher.until(lambda: watcher.told("refused") is not None)
    refused = watcher.statuses[-1]
    assert refused.reason == f"cannot reach {address}: connection refused"
    assert refused.retry_at is not None
    assert live.state is FeedState.CONNECTING
    assert live.finished


@needs_captures
@in_loop
async def test_symbols_come_and_go_while_others_run_on() -> None:
    sushi, akro = "binance-usdm:SUSHIUSDT", "binance-usdm:AKROUSDT"
    async with Exchange(load(MANY)) as exchange, asyncio.TaskGroup() as group:
        live = Live([sushi], {"binance-usdm": exchange.url}, timing=QUICK)
        watcher, step = Watcher(live), 0

        async def play() -> None:
            await exchange.subscribed({"sushiusdt@depth", "sushiusdt@trades"})
            await exchange.play(until=150, breath=0.001)
            await exchange.subscribed({"akrousdt@depth", "akrousdt@trades"})
            await exchange.play(until=300, breath=0.001)
            await exchange.play(breath=0.01)

        def done() -> bool:
            nonlocal step
            states = watcher.state(sushi), watcher.state(akro)
            if step == 0 and states[0] is FeedState.LIVE:
                live.want([sushi, akro])
                step = 1
            elif step == 1 and states == (FeedState.LIVE, FeedState.LIVE):
                live.want([akro], "5m")
                step = 2
            return step == 2 and watcher.told("no longer watched") is not None

        playing = group.create_task(play())
        await watcher.until(done)
        playing.cancel()
    assert watcher.state(akro) is FeedState.LIVE
    assert live.instruments == [akro]
    assert live.counts.connects == 4


@needs_captures
@in_loop
async def test_a_symbol_that_is_not_listed_is_told_and_not_asked_for_again() -> None:
    async with Exchange(load(MANY)) as exchange:
        live = Live(["binance-usdm:SUSHIUSD"], {"binance-usdm": exchange.url}, timing=QUICK)
        watcher = Watcher(live)
        await watcher.until(lambda: watcher.told("SUSHIUSDT") is not None)
    unknown = watcher.told("SUSHIUSDT")
    assert unknown is not None
    assert (unknown.state, unknown.retry_at) == (FeedState.CONNECTING, None)
    assert live.counts.connects == 2


@needs_captures
@in_loop
async def test_requests_name_their_weight_and_candles_are_there_before_the_first_trade() -> None:
    script = load(BIG["binance-usdm"]).cut(3000, 4000)
    async with Exchange(script) as exchange:
        live = Live(["binance-usdm:BTCUSDT"], {"binance-usdm": exchange.url}, timing=QUICK)
        watcher = Watcher(live)
        await exchange.play(until=500)
        await watcher.until(lambda: any(isinstance(e, Kline) for e in watcher.events))
    assert any(request.startswith("/fapi/v1/klines?") for request in exchange.requests)
    assert watcher.trades == []


def test_what_cannot_be_watched_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match='did you mean "binance"'):
        Live(["binanse:BTCUSDT"])
    with pytest.raises(ConfigError, match="VENUE:SYMBOL"):
        Live(["BTCUSDT"])
    with pytest.raises(ConfigError, match="expected an address"):
        Live(["binance:BTCUSDT"], {"binance": "ftp://here"})


def test_endpoints_are_read_as_venue_and_address() -> None:
    assert parse_endpoints(["binance=http://h:1", "binance-usdm=wss://h"]) == {
        "binance": "http://h:1",
        "binance-usdm": "wss://h",
    }
    for text, words in (
        ("binance", "is not VENUE=URL"),
        ("binanse=http://h", 'did you mean "binance"'),
        ("binance=here", "expected an address"),
    ):
        with pytest.raises(ConfigError, match=words):
            parse_endpoints([text])


@needs_captures
def test_the_stand_in_runs_by_itself_and_says_how_to_reach_it() -> None:
    command = [sys.executable, "-m", "tests.exchange", str(MANY), "--port", "0", "--speed", "max"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            assert "binance-usdm" in server.stderr.readline()
            line = server.stderr.readline().split()
            endpoints = parse_endpoints([line[-1]])
            asyncio.run(_first_trade(line[1], endpoints))
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0


async def _first_trade(name: str, endpoints: dict[str, str]) -> None:
    watcher = Watcher(Live([name], endpoints, timing=QUICK))
    async with asyncio.timeout(10):
        await watcher.until(lambda: bool(watcher.trades))
