"""Silence on a connection: what is stale, since when, and what a link is as good as."""

import asyncio
import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Subscription
from feeds.board import Board, Word
from market.events import FeedState
from tests.fakes import FakeTransport, Silence, Step
from tests.running import in_loop
from tests.supervised import LOST, QUICK, Rig

SYMBOL = "binance:BTCUSDT"


@in_loop
async def test_a_silent_book_is_stale_and_then_its_line_is_made_anew() -> None:
    rig = Rig(FakeTransport(["live", "book", Silence()], ["live", "book", "trade 1", Silence()]))
    async with rig.running():
        await rig.until(lambda: rig.trades == ["1"])
    states = [state for state, _ in itertools.groupby(rig.states)]
    assert states[:5] == [
        FeedState.CONNECTING,
        FeedState.SYNCING,
        FeedState.LIVE,
        FeedState.STALE,
        FeedState.CONNECTING,
    ]
    assert any("no data for" in reason for reason in rig.reasons)


@in_loop
async def test_trades_do_not_hide_that_the_book_is_dead() -> None:
    chatter: list[Step] = ["live", "book", *[f"trade {number}" for number in range(100_000)]]
    rig = Rig(FakeTransport(chatter, [Silence()]), limit=1_000_000)
    async with rig.running():
        await rig.until(lambda: any("no data for" in reason for reason in rig.reasons))
    assert FeedState.STALE in rig.states


@in_loop
async def test_a_stale_book_that_moves_again_is_live_again() -> None:
    go = asyncio.Event()
    patient = replace(QUICK, dead=60.0)
    rig = Rig(FakeTransport(["live", "book", go, "book", Silence()]), patient)
    async with rig.running():
        await rig.until(lambda: FeedState.STALE in rig.states)
        go.set()
        await rig.until(lambda: rig.states[-1] is FeedState.LIVE)


@in_loop
async def test_a_line_of_trades_alone_is_live_from_its_first_message() -> None:
    trades = (Subscription("BTCUSDT", Channel.TRADES),)
    rig = Rig(FakeTransport(["ack", Silence()]), wanted=trades)
    async with rig.running():
        await rig.until(lambda: rig.states[-1:] == [FeedState.LIVE])


@in_loop
async def test_candles_alone_never_make_a_market_look_bad() -> None:
    candles = (Subscription("BTCUSDT", Channel.KLINES, "5m"),)
    rig = Rig(FakeTransport(LOST, ["kline", Silence()]), wanted=candles)
    async with rig.running():
        await rig.until(lambda: bool(rig.events))
    assert rig.states == []


words = st.builds(
    Word,
    st.sampled_from([FeedState.LIVE, FeedState.STALE, FeedState.SYNCING, FeedState.CONNECTING]),
    st.sampled_from(["", "why"]),
    st.none() | st.integers(1, 5),
)


@given(st.lists(st.tuples(st.sampled_from("abc"), words | st.none()), max_size=30))
def test_an_instrument_is_as_good_as_its_worst_connection(
    said: list[tuple[str, Word | None]],
) -> None:
    board, rows, shown = Board(), dict[str, Word](), FeedState.CONNECTING
    order = [FeedState.LIVE, FeedState.STALE, FeedState.SYNCING, FeedState.CONNECTING]
    for speaker, word in said:
        if word is None:
            rows.pop(speaker, None)
            status = board.forget(speaker, SYMBOL, 1)
        else:
            rows[speaker] = word
            status = board.say(speaker, SYMBOL, word, 1)
        shown = status.state if status else shown
        worst = max((row.state for row in rows.values()), key=order.index, default=None)
        assert shown is (worst or FeedState.CONNECTING)
        assert board.worst is (worst or FeedState.CONNECTING)


def test_a_gap_is_passed_on_even_when_worse_is_known() -> None:
    board = Board()
    assert board.say("trades", SYMBOL, Word(FeedState.CONNECTING, "down"), 1)
    first = board.say("book", SYMBOL, Word(FeedState.GAP, "a"), 2)
    again = board.say("book", SYMBOL, Word(FeedState.GAP, "a"), 3)
    assert first is not None
    assert again is not None
    assert first.state is again.state is FeedState.GAP
