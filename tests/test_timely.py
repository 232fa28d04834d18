"""Timely: no event from a far day stops a market's time. Frames are hand-made: they are faults."""

import gzip
import json
import time
from decimal import Decimal
from pathlib import Path

import pytest

from feeds.replay import Player, events
from feeds.timely import AHEAD, timely
from feeds.transport import Read
from market.events import (
    BookDelta,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    MarkPrice,
    Side,
    Trade,
)
from market.instrument import Instrument
from tests.fakes import FakeTransport, Silence, Step
from tests.running import in_loop
from tests.supervised import QUICK, Rig

NOW = 1_750_000_000 * 10**9
FAR = 8 * 10**18
"""The year 2223."""


def trade(at: int) -> Trade:
    return Trade("x:Y", at, NOW, "1", 1.0, 1.0, Side.BUY)


def book(at: int | None) -> BookDelta:
    return BookDelta("x:Y", at, NOW, [(1.0, 1.0)], [], 2, 1)


def kline(at: int | None, start: int) -> Kline:
    bar = (1.0, 1.0, 1.0, 1.0, 1.0)
    return Kline("x:Y", at, NOW, "1M", start, FAR, *bar, None, None, None, False)


@pytest.mark.parametrize(
    "event",
    [
        trade(NOW + AHEAD),
        trade(0),
        book(NOW + AHEAD),
        book(None),
        kline(None, NOW),
        FeedStatus("x:Y", NOW, FeedState.LIVE),
        Listing("x:Y", NOW, Instrument("x", "Y", Decimal(1), Decimal(1))),
    ],
)
def test_what_is_a_little_ahead_or_has_no_time_is_as_it_is(event: Event) -> None:
    assert timely(event, NOW) is event


def test_nothing_is_said_where_the_time_of_receipt_is_not_known() -> None:
    assert timely(trade(FAR), 0) == trade(FAR)


@pytest.mark.parametrize("far", [NOW + AHEAD + 1, FAR])
def test_of_what_is_far_ahead_the_levels_of_a_book_remain(far: int) -> None:
    assert timely(book(far), NOW) == book(None)
    for event in (trade(far), kline(far, NOW), kline(None, far), MarkPrice("x", far, NOW, 1, None)):
        assert timely(event, NOW) is None


@in_loop
async def test_a_live_connection_leaves_out_what_is_far_ahead_and_counts_it() -> None:
    script: list[Step] = ["live", f"ahead {AHEAD + 1}", f"late {AHEAD + 1}", "trade 1", Silence()]
    rig = Rig(FakeTransport([Read(time.time_ns(), [str(step) for step in script[:4]]), Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1"])
    assert [event.ts_event for event in rig.events if isinstance(event, BookDelta)] == [None]
    assert rig.outlet.counts.malformed == 2
    assert "ahead of this computer's clock" in rig.outlet.counts.complaint


@in_loop
async def test_a_clock_that_is_wrong_is_told_as_the_reason() -> None:
    rig = Rig(FakeTransport([f"ahead {FAR // 2}"] * 5 + ["trade 1"]), QUICK)
    async with rig.running():
        await rig.until(lambda: any("this computer's clock" in reason for reason in rig.reasons))


def frame(number: int, at: int) -> str:
    stated = {"e": "trade", "E": at, "T": at, "s": "BTCUSDT", "t": number, "p": "1.0", "q": "1.0"}
    stated |= {"X": "MARKET", "m": False}
    return json.dumps({"stream": "btcusdt@trade", "data": stated})


def recording(path: Path, *rows: tuple[int | None, str]) -> Path:
    lines = [
        json.dumps(
            {
                "ts": None if at is None else at // 1000,
                "dir": "in",
                "conn": "ws1",
                "url": "wss://fstream.binance.com/stream",
                "raw": text,
            }
        )
        for at, text in rows
    ]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_a_recording_leaves_out_what_is_far_ahead_of_its_own_times(tmp_path: Path) -> None:
    now, far = NOW // 10**6, FAR // 10**6
    path = recording(
        tmp_path / "x.jsonl.gz",
        (now, frame(1, now)),
        (now, frame(2, far)),
        (now, frame(3, now + 1)),
        (None, frame(4, now + AHEAD)),
    )
    player = Player(path)
    trades = [event for event in events(path, player=player) if isinstance(event, Trade)]
    assert [trade.id for trade in trades] == ["1", "3", "4"]
    assert player.malformed == 1
    assert "line 2: " in player.complaint
