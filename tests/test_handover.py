"""The handover: nothing lost, nothing doubled, and a book that is good all along."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import msgspec
import pytest

from feeds.hub import Hub
from feeds.outlet import Tap
from feeds.timing import Timing
from market.events import Event, FeedState, FeedStatus, Trade
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.exchange.script import Script, load
from tests.stage import NOTICE, Stage
from tests.virtual import clock, in_virtual_time

USDM = CAPTURES / "binance_usdm/btcusdt_20240808.jsonl.gz"
NAME = "binance-usdm:BTCUSDT"
LIVE = (FeedState.LIVE, "")
LONG = Timing(rotate=3600.0, rotate_spread=0.0)


def busy(cues: int = 14_000) -> Script:
    """Trades and changes of a book of a busy market, without its tickers."""
    script = load(USDM).only({"btcusdt@trades", "btcusdt@depth"})
    return script.cut(0, cues)


class Watched:
    """What a consumer of a stage has seen when the play is over."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.events, self.markets = stage, list[Event](), Markets()
        self.hub: Hub

    async def watch(
        self, timing: Timing, heed: Callable[[float], None], tap: Tap | None = None
    ) -> None:
        self.hub = Hub(tap=tap, transport=self.stage, timing=timing, clock=clock, draw=lambda: 0.5)
        self.hub.want([NAME])
        async with aclosing(self.hub.batches()) as batches, asyncio.TaskGroup() as group:

            async def play() -> None:
                await asyncio.sleep(1)
                await self.stage.play(heed)
                await asyncio.sleep(1)
                self.hub._outlet.put(END)
                self.hub._outlet.wake()

            group.create_task(play())
            async for batch in batches:
                if END in batch:
                    break
                self.events += batch
                self.markets.apply(batch)

    @property
    def trades(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Trade)]

    @property
    def states(self) -> list[tuple[FeedState, str]]:
        """Of the instrument with their reasons, from the first time it was LIVE."""
        said = [(e.state, e.reason) for e in self.events if isinstance(e, FeedStatus)]
        return said[said.index(LIVE) :]

    def assert_whole(self) -> None:
        """Every trade of the play came once and in order, and the book is the exchange's."""
        frames = [cue.text for cue in self.stage.script.cues if cue.stream == "btcusdt@trades"]
        prints = [msgspec.json.decode(frame, type=_Frame).data for frame in frames]
        told = [str(trade.t) for trade in prints if trade.X == "MARKET"]
        assert self.trades == told
        assert len(set(told)) == len(told) > 2000
        market = self.markets.get(NAME)
        assert market is not None
        assert market.book is not None
        truth = self.stage.books["btcusdt"]
        assert market.book.sequence == truth.sequence
        bids = sorted(map(float, truth.bids), reverse=True)[:20]
        asks = sorted(map(float, truth.asks))[:20]
        assert market.instrument is not None
        tick = float(market.instrument.tick_size)
        stated = [[level.ticks * tick for level in side] for side in market.book.top(20)]
        assert stated == [pytest.approx(bids), pytest.approx(asks)]


END = FeedStatus("", 0, FeedState.SIM, "the play is over")


class _Print(msgspec.Struct):
    t: int
    X: str = "MARKET"


class _Frame(msgspec.Struct):
    data: _Print


@needs_captures
@pytest.mark.parametrize("lags", [(0.02,), (0.02, 0.02, 0.4), (0.4, 0.4, 0.02)])
@in_virtual_time
async def test_a_line_is_renewed_before_the_venue_cuts_it(lags: tuple[float, ...]) -> None:
    stage = Stage(busy(), lags)
    watched = Watched(stage)
    brief = Timing(rotate=15.0, rotate_spread=1.0)
    await watched.watch(brief, lambda now: stage.cut_older(20.0, now))
    watched.assert_whole()
    assert watched.states == [LIVE]
    assert watched.hub.counts.renewals >= 4
    assert watched.hub.counts.duplicates > 0
    assert watched.hub.counts.gaps == watched.hub.counts.malformed == 0
    assert len(stage.lines) == 0


@needs_captures
@in_virtual_time
async def test_a_line_whose_end_is_announced_is_left_before_it_ends() -> None:
    stage, said = Stage(busy()), list[float]()
    watched = Watched(stage)

    def announce(now: float) -> None:
        if now > 10 and not said:
            said.append(now)
            for line in stage.lines:
                line.say(NOTICE)
        elif said and now > said[0] + 10:
            for line in stage.made[:2]:
                if line in stage.lines:
                    line.streams.clear()
                    line.cut()

    await watched.watch(LONG, announce)
    watched.assert_whole()
    assert watched.states == [LIVE]
    assert len(stage.made) == 4
    assert watched.hub.counts.renewals == 2


@needs_captures
@in_virtual_time
async def test_trades_missed_while_a_line_was_down_are_fetched_without_holes_or_overlap() -> None:
    script = load(USDM).only({"btcusdt@trades", "btcusdt@depth"}).cut(0, 8000).aggregated()
    script.cues = [cue for cue in script.cues if '"p":"0"' not in cue.text]
    numbers = [_number(cue.text) for cue in script.cues if cue.stream == "btcusdt@trades"]
    stage, cut = Stage(script), list[float]()
    watched = Watched(stage)

    def sever(now: float) -> None:
        if now > 8 and not cut:
            cut.append(now)
            stage.cut_older(0.0, now)

    await watched.watch(LONG, sever)
    missing = set(range(numbers[0], numbers[-1] + 1)) - set(numbers)
    assert sorted(map(int, watched.trades)) == sorted(numbers)
    assert len(missing) < 50
    assert any("/aggTrades?" in url for url in stage.asked)
    assert len(stage.made) == 4
    assert [reason for state, reason in watched.states if state is FeedState.GAP] == []


def _number(frame: str) -> int:
    number: int = msgspec.json.decode(frame)["data"]["a"]
    return number
