"""Open interest of the past: a live chart begins with it, and a replay of that has the same."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from feeds.adapter import Adapter, Channel, Fetch, Subscription
from feeds.exchanges.binance.adapter import Binance
from feeds.exchanges.bybit.adapter import Bybit
from feeds.exchanges.okx.adapter import Okx
from feeds.plan import Beside, step_for, subscriptions
from feeds.recording import Recorder
from feeds.registry import VENUES
from feeds.replay import load
from feeds.voices import Voices
from market.events import OpenInterest
from market.market import Market
from tests.captures import needs_captures
from tests.exchange import tongue_binance, tongue_bybit, tongue_okx
from tests.exchange.interest import past_interest
from tests.exchange.stand import Stand
from tests.exchange.talk import Tongue
from tests.exchange.watcher import Watcher
from tests.running import in_loop

PAST = Beside((Channel.MARK_PRICE,), interest=True)
WHERE = "open-interest-history", "openInterestHist", "/open-interest?"
TELLING: dict[str, Callable[[], Tongue]] = {
    "binance-usdm": partial(tongue_binance.Binance, "binance-usdm"),
    "bybit-linear": partial(tongue_bybit.Bybit, "bybit-linear"),
    "okx": partial(tongue_okx.Okx, "BTC-USDT-SWAP"),
}
"""Stand-ins that tell of the past."""

WORTH = {"binance-usdm": 1.0, "bybit-linear": 0.5, "okx": 0.01}
"""In base currency; Bybit's older field counts both sides."""


def asked(stand: Stand) -> list[str]:
    return [path for path in stand.fetched if any(where in path for where in WHERE)]


def interest(market: Market, times: list[int]) -> list[float]:
    found: list[float] = market.happenings.interest.before(np.array(times) + 1).tolist()
    return found


@needs_captures
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("venue", TELLING)
@in_loop
async def test_a_live_market_begins_with_the_past_and_its_replay_has_the_same(
    venue: str, tmp_path: Path
) -> None:
    path, over = tmp_path / "session.jsonl.gz", asyncio.Event()
    with Recorder(path) as recorder:
        async with Stand(TELLING[venue]()) as stand, asyncio.TaskGroup() as group:
            watcher = Watcher(stand, tap=recorder)
            watcher.hub.want_beside(PAST)
            told = past_interest(stand.tongue.floor.epoch)

            def heard() -> int:
                return sum(isinstance(event, OpenInterest) for event in watcher.events)

            async def play() -> None:
                while not (watcher.complete and heard() >= len(told)):
                    await stand.play(1, 0.005)
                over.set()
                await stand.play(4)

            group.create_task(play())
            await watcher.until(over.is_set)
    assert len(asked(stand)) == 1
    assert watcher.hub.counts.malformed == watcher.hub.counts.rejected == 0
    live, replayed = watcher.markets.get(watcher.name), load(path).get(watcher.name)
    assert live is not None
    assert replayed is not None
    times = [at * 1_000_000 for at, _ in told]
    expected = [float(size) * WORTH[venue] for _, size in told]
    assert interest(live, times) == pytest.approx(expected)
    assert interest(replayed, times) == interest(live, times)
    assert live.happenings.interest.since == replayed.happenings.interest.since == times[0]


@needs_captures
@pytest.mark.usefixtures("hasty")
@in_loop
async def test_a_longer_timeframe_asks_once_more_and_one_of_the_same_step_does_not() -> None:
    async with Stand(TELLING["binance-usdm"]()) as stand, asyncio.TaskGroup() as group:
        watcher, over = Watcher(stand), asyncio.Event()
        hub = watcher.hub

        async def until_asked(times: int) -> None:
            while len(asked(stand)) < times:
                await stand.play(1, 0.005)

        async def play() -> None:
            while not watcher.complete:
                await stand.play(1, 0.005)
            assert asked(stand) == []
            hub.want_beside(PAST)
            await until_asked(1)
            hub.want([watcher.name], "3m")
            hub.want([watcher.name], "1h")
            await until_asked(2)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    assert ["period=5m" in path for path in asked(stand)] == [True, False]
    assert "period=1h" in asked(stand)[1]


def test_steps_are_the_longest_that_bars_are_made_of() -> None:
    steps = VENUES["bybit-linear"].interest_steps
    assert [step_for(word, steps) for word in ("1m", "3m", "15m", "2h", "8h", "1d")] == [
        *("5m", "5m", "15m", "1h", "4h", "1d")
    ]
    assert step_for("1w", steps) == "5m"
    assert step_for("1m", ()) == ""


@pytest.mark.parametrize("venue", VENUES)
def test_only_venues_that_tell_of_the_past_are_asked_for_it(venue: str) -> None:
    row = VENUES[venue]
    wanted = subscriptions(row, ["X"], [Channel.MARK_PRICE], "1m", interest=True)
    assert {item.interval for item in wanted} <= {"5m" if row.interest_steps else ""}
    assert bool(row.interest_steps) == (
        venue in {"binance-coinm", "binance-usdm", "bybit-inverse", "bybit-linear", "okx"}
    )
    unwanted = subscriptions(row, ["X"], [Channel.MARK_PRICE], "1m")
    assert {item.interval for item in unwanted} <= {""}


REFUSALS: dict[str, tuple[Callable[[str], Adapter], str, bytes]] = {
    "binance-usdm": (Binance, "BTCUSDT", b'{"code":-1130,"msg":"Invalid period."}'),
    "binance-coinm": (Binance, "BTCUSD_PERP", b'{"code":-1130,"msg":"Invalid period."}'),
    "bybit-inverse": (Bybit, "BTCUSD", b'{"retCode":10001,"retMsg":"no","result":{},"time":1}'),
    "okx": (Okx, "BTC-USDT-SWAP", b'{"code":"51001","msg":"no","data":[]}'),
}
"""Made by hand in the shape of the venues' documents."""


def past_fetches(adapter: Adapter, symbol: str) -> list[Fetch]:
    outputs = adapter.open([Subscription(symbol, Channel.MARK_PRICE, "5m")], 0)
    fetches = [output for output in outputs if isinstance(output, Fetch)]
    return [fetch for fetch in fetches if any(where in fetch.path for where in WHERE)]


@pytest.mark.parametrize("venue", REFUSALS)
def test_a_refusal_of_the_past_is_no_refusal_of_the_market(venue: str) -> None:
    kind, symbol, refusal = REFUSALS[venue]
    adapter = kind(venue)
    (fetch,) = past_fetches(adapter, symbol)
    assert not tuple(adapter.receive_body(fetch.key, refusal, 0))
    later = tuple(adapter.tick(10**13))
    assert fetch not in later


def test_what_has_no_open_interest_of_the_past_is_not_asked_for_it() -> None:
    assert past_fetches(Binance("binance-coinm"), "BTCUSD_261225") == []
    assert past_fetches(Okx("okx"), "BTC-USDT") == []
    assert past_fetches(Okx("okx"), "BTC-USD-261225-50000-C") == []


def test_a_fetched_past_is_heard_beside_a_newer_connection_that_states_interest() -> None:
    """Hand-made: a recording of two lines that carry one topic, and the answer to the second."""
    voices = Voices(VENUES["bybit-linear"].adapter)
    url, heard = VENUES["bybit-linear"].url(Channel.MARK_PRICE), list[object]()
    for number, line in enumerate(("ws1", "ws2", "ws1", "ws2")):
        ticker = f'"symbol":"BTCUSDT","markPrice":"1{number}","openInterest":"70"'
        frame = f'{{"topic":"tickers.BTCUSDT","type":"snapshot","ts":9000,"data":{{{ticker}}}}}'
        heard += voices.frame(line, url, frame, 10**10 + number)
    assert any(isinstance(event, OpenInterest) for event in heard)
    path = "/v5/market/open-interest?category=linear&symbol=BTCUSDT&intervalTime=5min&limit=200"
    row = '{"openInterest":"50","timestamp":"1000"}'
    result = f'{{"category":"linear","symbol":"BTCUSDT","list":[{row}],"nextPageCursor":""}}'
    body = f'{{"retCode":0,"retMsg":"OK","result":{result},"time":9001}}'
    (told,) = voices.body(path, body.encode(), 10**10 + 9)
    assert isinstance(told, OpenInterest)
    assert told.ts_event == 10**12
