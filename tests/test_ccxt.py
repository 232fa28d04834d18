"""ccxt as a venue: its own WebSocket classes against the stand-in exchange, and what it cannot do.

Two things of the stand-in are made to suit ccxt: frames come without the envelope of combined
streams, and lists of instruments are the recorded ones, for it reads more of them than we do.
"""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import aclosing
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from feeds import ccxt_events
from feeds.ccxt_line import moved
from feeds.ccxt_names import library, parse_name
from feeds.errors import ConfigError
from feeds.live import Live, parse_endpoints
from feeds.registry import parse_instrument
from feeds.timing import Timing
from market.events import BookSnapshot, Event, FeedState, FeedStatus, Kline, Listing, Trade
from market.instrument import Kind
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.exchange.faults import Faults
from tests.exchange.script import Script, load
from tests.exchange.server import Exchange
from tests.running import in_loop
from tui.main import run

USDM = CAPTURES / "binance_usdm/btcusdt_20240808.jsonl.gz"
LISTS = ("binance_spot/cf_20211012", "binance_usdm/cf_20210722_part1", "binance_coinm/cf_20210722")
NAME = "ccxt:binance:BTC/USDT:USDT"
QUICK = Timing(tick=0.01, backoff_first=0.01, backoff_most=0.05)
VITAL = {"btcusdt@depth", "btcusdt@trades"}
CUES = 2000


@cache
def documents() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in LISTS:
        found |= load(CAPTURES / f"{name}.jsonl.gz").documents
    return found


def script() -> Script:
    """The beginning of a recorded session, with the lists of instruments recorded elsewhere."""
    whole = load(USDM)
    part = whole.cut(0, CUES)
    return Script(part.venue, part.cues, part.books, documents())


class Bare(Exchange):
    """The stand-in as it speaks on `/ws`: without the name of the stream."""

    async def _push(self, pushes: Iterable[tuple[str, str]]) -> None:
        await super()._push([(stream, _content(text)) for stream, text in pushes])


def _content(text: str) -> str:
    parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return bytes(parts.get("data", msgspec.Raw(text.encode()))).decode()


class Watcher:
    """A consumer of a live source, with what it saw."""

    def __init__(self, source: Live) -> None:
        self.source, self.markets = source, Markets()
        self.events: list[Event] = []

    async def until(self, seen: Callable[[], bool]) -> None:
        async with aclosing(self.source.batches()) as batches:
            async for batch in batches:
                self.events += batch
                self.markets.apply(batch)
                if seen():
                    return

    def of(self, name: str) -> list[Trade]:
        return [e for e in self.events if isinstance(e, Trade) and e.instrument == name]

    def statuses(self, name: str = NAME) -> list[FeedStatus]:
        return [e for e in self.events if isinstance(e, FeedStatus) and e.instrument == name]


def served(exchange: Exchange) -> list[str]:
    """The ids of the trades that a script says, those of the book alone."""
    cues = [cue for cue in exchange.script.cues if cue.stream == "btcusdt@trades"]
    rows = [msgspec.json.decode(_content(cue.text)) for cue in cues]
    return [str(row.get("t") or row.get("a")) for row in rows]


@needs_captures
@in_loop
async def test_a_market_is_watched_through_ccxt_beside_a_native_one() -> None:
    native = "binance-usdm:BTCUSDT"
    async with Bare(script(), routed=False) as exchange, Exchange(script()) as other:
        addresses = {"ccxt:binance": exchange.url, "binance-usdm": other.url}
        source = Live([native, NAME], addresses, timing=QUICK)
        watcher, wanted = Watcher(source), served(exchange)

        def done() -> bool:
            market = watcher.markets.get(NAME)
            return (
                len(watcher.of(NAME)) >= len(wanted)
                and len(watcher.of(native)) >= len(wanted)
                and market is not None
                and market.book is not None
                and exchange.position == CUES
                and watcher.statuses()[-1].state is FeedState.SNAPSHOT_ONLY
                and isinstance(watcher.events[-1], BookSnapshot)
            )

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watcher.until(done))
            await exchange.subscribed(VITAL)
            await other.subscribed(VITAL)
            group.create_task(other.play(breath=0.001))
            await exchange.play(breath=0.001)
            # A book is stated with its next change: say the last one once more.
            while not watching.done():
                await exchange._push([(exchange.script.cues[0].stream, '{"data":{"e":"none"}}')])
                last = next(c for c in exchange.script.cues[::-1] if c.stream == "btcusdt@depth")
                await exchange._push([(last.stream, last.text)])
                await asyncio.sleep(0.01)
    assert [t.id for t in watcher.of(NAME)] == wanted == [t.id for t in watcher.of(native)]
    ours = [(t.ts_event, t.price, t.size, t.side) for t in watcher.of(NAME)]
    assert ours == [(t.ts_event, t.price, t.size, t.side) for t in watcher.of(native)]
    states = {status.state for status in watcher.statuses()}
    assert FeedState.LIVE not in states
    assert FeedState.SNAPSHOT_ONLY in states
    market = watcher.markets.get(NAME)
    assert market is not None
    assert market.instrument is not None
    assert not market.instrument.inferred
    assert source.state is FeedState.SNAPSHOT_ONLY


@needs_captures
@in_loop
async def test_its_book_is_whole_and_said_to_be_a_snapshot() -> None:
    async with Bare(script(), routed=False) as exchange:
        source = Live([NAME], {"ccxt:binance": exchange.url}, timing=QUICK)
        watcher = Watcher(source)
        await watcher.until(lambda: any(isinstance(e, BookSnapshot) for e in watcher.events))
        true = exchange.books["btcusdt"]
        best = min(map(Decimal, true.asks)), max(map(Decimal, true.bids))
    book = next(event for event in watcher.events if isinstance(event, BookSnapshot))
    assert (Decimal(repr(book.asks[0][0])), Decimal(repr(book.bids[0][0]))) == best
    assert len(book.asks) == len(book.bids) == ccxt_events.DEPTH
    market = watcher.markets.get(NAME)
    assert market is not None
    assert market.status is not None
    assert market.status.state is FeedState.SNAPSHOT_ONLY
    assert market.book_good


@needs_captures
@in_loop
async def test_bars_come_from_the_exchange_and_again_for_another_interval() -> None:
    async with Bare(script(), routed=False) as exchange:
        source = Live([NAME], {"ccxt:binance": exchange.url}, timing=QUICK)
        watcher = Watcher(source)
        await exchange.play()

        def intervals() -> set[str]:
            return {event.interval for event in watcher.events if isinstance(event, Kline)}

        def seen() -> bool:
            if intervals() == {"1m"}:
                source.want([NAME], "5m")
            return intervals() == {"1m", "5m"}

        await watcher.until(seen)
    bars = [event for event in watcher.events if isinstance(event, Kline)]
    assert all(bar.instrument == NAME and bar.volume > 0 for bar in bars)
    assert {bar.end - bar.start for bar in bars} == {60_000_000_000, 300_000_000_000}


@needs_captures
@in_loop
async def test_a_line_that_is_cut_is_taken_up_again_without_doubles() -> None:
    faults = Faults({"close": 0.002}, seed=7)
    async with Bare(script(), routed=False, faults=faults) as exchange:
        source = Live([NAME], {"ccxt:binance": exchange.url}, timing=QUICK)
        watcher = Watcher(source)

        def again() -> bool:
            states = [status.state for status in watcher.statuses()]
            return states.count(FeedState.SNAPSHOT_ONLY) >= 2

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watcher.until(again))
            await exchange.subscribed(VITAL)
            playing = group.create_task(exchange.play(breath=0.005))
            await watching
            playing.cancel()
    ids = [trade.id for trade in watcher.of(NAME)]
    assert len(ids) == len(set(ids))
    gone = [s for s in watcher.statuses() if s.state is FeedState.CONNECTING and s.retry_at]
    assert gone
    assert source.counts.connects >= 2


@needs_captures
@in_loop
async def test_an_exchange_that_is_given_up_is_let_go() -> None:
    async with Bare(script(), routed=False) as exchange:
        source = Live([NAME], {"ccxt:binance": exchange.url}, timing=QUICK)
        watcher = Watcher(source)
        watching = asyncio.create_task(watcher.until(lambda: False))
        await exchange.subscribed(VITAL)
        source.want([])
        while exchange.lines:  # noqa: ASYNC110  # the stand-in has no event for it
            await asyncio.sleep(0.001)
        watching.cancel()
        await asyncio.wait([watching])
    assert watcher.statuses()[-1].reason == "no longer watched"


@needs_captures
@in_loop
async def test_a_symbol_that_there_is_not_is_said_with_the_nearest() -> None:
    wrong = "ccxt:binance:BCT/USDT"
    async with Bare(script(), routed=False) as exchange:
        source = Live([wrong], {"ccxt:binance": exchange.url}, timing=QUICK)
        watcher = Watcher(source)
        await watcher.until(lambda: "no such symbol" in watcher.statuses(wrong)[-1].reason)
    status = watcher.statuses(wrong)[-1]
    assert re.fullmatch(r'no such symbol; did you mean "[A-Z]+/USDT"\?', status.reason)
    assert status.retry_at is None
    # By which a command that has nothing else leaves with 2.
    assert source.counts.rejected == 1


@needs_captures
@in_loop
async def test_every_market_of_recorded_lists_states_what_its_sizes_are() -> None:
    async with Bare(script(), routed=False) as exchange:
        made: Any = library().binance()
        made.urls["api"] = moved(made.urls["api"], "", exchange.url.partition("//")[2])
        await made.load_markets()
        await made.close()
    listings = [
        ccxt_events.listing_of("binance", market, made.precisionMode, 0)
        for market in made.markets.values()
    ]
    found = {item.listed.symbol: item.listed for item in listings if isinstance(item, Listing)}
    assert len(found) == len(made.markets) > 1500
    inverse = found["binance:BTC/USD:BTC"]
    assert (inverse.kind, inverse.contract_size) == (Kind.INVERSE, Decimal(100))
    linear = found["binance:BTC/USDT:USDT"]
    assert (linear.kind, linear.contract_size) == (Kind.LINEAR, None)
    assert found["binance:BTC/USDT"].kind is Kind.SPOT


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("ccxt:binanse:BTC/USDT", 'did you mean "ccxt:binance"?'),
        ("ccxt:Kraken:BTC/USD", 'did you mean "ccxt:kraken"?'),
        ("ccxt:qqqqqqq:BTC/USD", "write one such as ccxt:binance:BTC/USDT"),
        ("ccxt:bitso:BTC/USD", "no WebSocket class"),
        ("ccxt:mudrex:BTC/USDT", "has no watchOrderBook"),
        ("ccxt:binance", "ccxt:EXCHANGE:SYMBOL"),
        ("ccxt:binance:BTCUSDT", "as ccxt writes them, such as BTC/USDT"),
    ],
)
def test_what_cannot_be_watched_is_refused_with_a_remedy(
    name: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name]) == 2
    err = capsys.readouterr().err
    assert remedy in err
    assert err.count("\n") == 1


def test_names_are_taken_as_ccxt_writes_them() -> None:
    assert parse_instrument("ccxt:kraken:BTC/USD:USD") == ("ccxt", "kraken:BTC/USD:USD")
    assert parse_name("okx:BTC/USD:BTC-261225") == ("okx", "BTC/USD:BTC-261225")
    assert parse_endpoints(["ccxt:binance=http://127.0.0.1:1"]) == {
        "ccxt:binance": "http://127.0.0.1:1"
    }
    with pytest.raises(ConfigError, match="expected an address"):
        parse_endpoints(["ccxt:binance=nowhere"])


def _fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_without_the_extra_the_remedy_is_to_install_it() -> None:
    code = (
        "import sys; sys.modules['ccxt'] = None\n"
        "from tui.main import run; sys.stderr = sys.stdout\n"
        "print(run(['ccxt:binance:BTC/USDT']))"
    )
    said, code_of_exit = _fresh(code).splitlines()
    assert said.endswith("pip install 'tapetop[ccxt]'")
    assert code_of_exit == "2"


def test_nothing_of_ccxt_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys\nfrom feeds.live import Live\nLive(['binance:BTCUSDT', 'okx:BTC-USDT'])\n"
        "print([name for name in ('ccxt', 'aiohttp') if name in sys.modules])"
    )
    assert _fresh(code) == "[]"


def test_a_recording_through_ccxt_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.jsonl"
    assert run(["record", "ccxt:binance:BTC/USDT", "-o", str(file)]) == 2
    assert "cannot be recorded" in capsys.readouterr().err
    assert not file.exists()
    with pytest.raises(ConfigError, match="cannot be recorded"):
        Live([NAME], tap=lambda *_: None)
