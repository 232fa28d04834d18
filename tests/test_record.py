"""The record command."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from click.testing import CliRunner

from feeds.errors import ConfigError, Disconnected, FeedError
from feeds.live import Live
from feeds.recording import Recorder, records
from feeds.replay import load as replay
from market.events import Event, FeedState, FeedStatus
from market.markets import Markets
from service.record import Progress, command, record
from tests.captures import CAPTURES, needs_captures
from tests.exchange.script import load
from tests.exchange.server import Exchange
from tests.running import in_loop

USDM = CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"
NAME = "binance-usdm:BTCUSDT"
ROOT = Path(__file__).resolve().parents[1]
SYNCING = FeedStatus(NAME, 0, FeedState.SYNCING, "waiting for the first data")


class Taps:
    """A source that shows a tap some frames and states what it is told to, then ends or waits."""

    def __init__(
        self, tap: Recorder, frames: int, *, ends: bool = True, error: FeedError | None = None
    ) -> None:
        self.label, self.state = "taps", FeedState.LIVE
        self.paused = self.finished = self.closed = False
        self.instruments: Sequence[str] = ()
        self._tap, self._frames, self._ends, self._error = tap, frames, ends, error

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        pass

    async def batches(self) -> AsyncGenerator[list[Event]]:
        try:
            for number in range(self._frames):
                self._tap(number, "in", "ws1", "wss://host", str(number))
                yield [SYNCING]
            if self._error is not None:
                raise self._error
            if not self._ends:
                await asyncio.Event().wait()
        finally:
            self.closed = True


def _run(
    path: Path, frames: int, seconds: float | None = None, **more: object
) -> tuple[Taps, list[str], Progress, Recorder]:
    said: list[str] = []
    progress = Progress(path, said.append)
    with Recorder(path, overwrite=True) as recorder:
        source = Taps(recorder, frames, **more)  # type: ignore[arg-type]  # passed on by name
        asyncio.run(record(source, recorder, seconds, progress, flush=0.01))
    return source, said, progress, recorder


def test_all_that_passes_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    source, said, progress, recorder = _run(path, 5)
    assert [entry.payload for entry in records(path)] == list("01234")
    assert source.closed
    assert said == [f"{NAME} SYNCING: waiting for the first data"]
    assert progress.conclude(recorder, interrupted=False) == 0
    assert said[-1].startswith("recorded 5 records")
    assert said[-1].endswith(f"tapetop replay {path}")


def test_it_ends_when_its_time_is_over_and_lets_go_of_the_source(tmp_path: Path) -> None:
    source, _, progress, recorder = _run(tmp_path / "a.jsonl", 2, 0.05, ends=False)
    assert source.closed
    assert progress.conclude(recorder, interrupted=False) == 0


def test_an_interrupted_recording_is_a_recording(tmp_path: Path) -> None:
    _, _, progress, recorder = _run(tmp_path / "a.jsonl", 2)
    assert progress.conclude(recorder, interrupted=True) == 0


def test_an_interruption_before_the_first_frame_leaves_no_file(tmp_path: Path) -> None:
    _, _, progress, recorder = _run(tmp_path / "a.jsonl", 0)
    assert progress.conclude(recorder, interrupted=True) == 130
    assert not (tmp_path / "a.jsonl").exists()


def test_a_venue_that_sent_nothing_is_an_error_of_the_network_with_its_reason(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.jsonl"
    _, _, progress, recorder = _run(path, 0)
    progress.note(FeedStatus(NAME, 0, FeedState.CONNECTING, "connection refused"))
    with pytest.raises(Disconnected, match=f"{NAME} CONNECTING: connection refused"):
        progress.conclude(recorder, interrupted=False)
    assert not path.exists()


def test_what_the_feed_refuses_is_passed_on_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such thing"):
        _run(tmp_path / "a.jsonl", 1, error=ConfigError("no such thing"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's full disk")
def test_a_full_disk_ends_it_with_the_reason() -> None:
    source, said, progress, recorder = _run(Path("/dev/full"), 3, ends=False)
    assert source.closed
    assert progress.conclude(recorder, interrupted=False) == 1
    assert said[-1].startswith("/dev/full: no space left on device; kept 3 records")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["binanse:BTCUSDT"], "unknown venue"),
        (["binance:BTCUSDT", "--duration", "soon"], "is not a duration"),
        (["binance:BTCUSDT", "--endpoint", "binance"], "is not VENUE=URL"),
    ],
)
def test_wrong_words_are_refused_before_a_file_is_made(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    path = tmp_path / "a.jsonl"
    result = CliRunner().invoke(command, [*arguments, "-o", str(path)])
    assert isinstance(result.exception, ConfigError)
    assert words in str(result.exception)
    assert not path.exists()


def test_a_recording_is_not_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious")
    result = CliRunner().invoke(command, ["binance:BTCUSDT", "-o", str(path)])
    assert isinstance(result.exception, ConfigError)
    assert path.read_text() == "precious"


class Until(Live):
    """Live, until its market has reached an update of the book and a number of trades."""

    def __init__(self, exchange: Exchange, tap: Recorder, update: int, trades: int) -> None:
        super().__init__([NAME], {"binance-usdm": exchange.url}, tap=tap)
        self.markets = Markets()
        self._update, self._trades = update, trades

    async def batches(self) -> AsyncGenerator[list[Event]]:
        async with aclosing(super().batches()) as batches:
            async for batch in batches:
                self.markets.apply(batch)
                yield batch
                market = self.markets.get(NAME)
                book = market.book if market else None
                if not market or not book or market.counts.trades < self._trades:
                    continue
                if book.sequence == self._update:
                    return


@pytest.mark.slow
@needs_captures
@in_loop
async def test_what_was_live_and_recorded_is_the_same_market_when_replayed(tmp_path: Path) -> None:
    script = load(USDM).cut(1_000, 9_000)
    update = script.cut(len(script.cues), len(script.cues)).books["btcusdt"].sequence
    trades = sum(cue.stream == "btcusdt@trades" for cue in script.cues)
    path = tmp_path / "live.jsonl.gz"
    async with Exchange(script, limit=None) as exchange, asyncio.TaskGroup() as group:

        async def play() -> None:
            await exchange.subscribed({"btcusdt@depth", "btcusdt@trades", "btcusdt@kline_1m"})
            await exchange.play()

        group.create_task(play())
        with Recorder(path) as recorder:
            source = Until(exchange, recorder, update, trades)
            await record(source, recorder, None, Progress(path, lambda _: None))
    urls = {entry.url for entry in records(path)}
    assert {url.split("?")[0] for url in urls} >= {
        "wss://fstream.binance.com/public/stream",
        "wss://fstream.binance.com/market/stream",
        "https://fapi.binance.com/fapi/v1/depth",
    }
    live, again = source.markets.get(NAME), replay(path).get(NAME)
    assert live is not None
    assert again is not None
    assert live.book is not None
    assert again.book is not None
    assert again.book.top(10_000) == live.book.top(10_000)
    assert again.book_good
    assert again.counts.trades == live.counts.trades == trades
    assert again.last == live.last


@needs_captures
@pytest.mark.parametrize("gap", ["0", "8"])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@in_loop
async def test_a_signal_closes_the_file_well(
    tmp_path: Path, stop: signal.Signals, gap: str
) -> None:
    path = tmp_path / "a.jsonl.gz"
    async with Exchange(load(USDM).cut(0, 2_000)) as exchange, asyncio.TaskGroup() as group:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tui.main", "record", NAME, "-o", str(path)),
            *("--endpoint", f"binance-usdm={exchange.url}", "--coalesce", gap),
            cwd=ROOT,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None

        async def play() -> None:
            await exchange.subscribed({"btcusdt@depth", "btcusdt@trades"})
            await exchange.play()

        group.create_task(play())
        said = b""
        while b"LIVE" not in said:
            said = await process.stderr.readline()
            assert said, "it ended before it was live"
        process.send_signal(stop)
        _, rest = await process.communicate()
    assert process.returncode == 0, rest
    assert b"recorded " in rest
    frames = [str(entry.payload) for entry in records(path) if entry.direction == "in"]
    assert any("depthUpdate" in frame for frame in frames)
