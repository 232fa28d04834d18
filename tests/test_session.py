"""The session: large batches leave turns for keys and sockets, small ones cost nothing."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

import tui.desk.session
from market.events import Event, FeedState, Side, Trade
from tests.running import in_loop
from tui.desk.session import PIECE, Session
from tui.launch import Demo

NAME = "sim:BTCUSDT"


def trades(count: int) -> list[Event]:
    return [Trade(NAME, at, at, str(at), 100.0, 1.0, Side.BUY) for at in range(1, count + 1)]


class Given:
    """A source that has these batches, and may be crowded."""

    paused = finished = False
    label, state = "given", FeedState.SIM

    def __init__(self, batches: Sequence[list[Event]], crowded: bool) -> None:
        self.instruments = [NAME]
        self.crowded = crowded
        self._batches = batches

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Nothing can change."""

    async def batches(self) -> AsyncGenerator[list[Event]]:
        for batch in self._batches:
            yield batch


async def turns_during(batches: Sequence[list[Event]], monkeypatch: pytest.MonkeyPatch) -> int:
    """How often somebody else had a turn while a session applied these."""
    monkeypatch.setattr(tui.desk.session, "open_source", lambda _: Given(batches, crowded=True))
    session, turns = Session(Demo()), 0
    over = asyncio.Event()
    running = asyncio.ensure_future(session.run())
    running.add_done_callback(lambda _: over.set())

    def turn() -> None:
        nonlocal turns
        turns += session.source is not None
        if not over.is_set():
            asyncio.get_running_loop().call_soon(turn)

    turn()
    await over.wait()
    market = session.market(NAME)
    assert market is not None
    assert market.counts.trades == session.events == sum(map(len, batches))
    assert session.crowded
    return turns


@in_loop
async def test_a_large_batch_is_applied_in_pieces_with_turns_in_between() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(tui.desk.session, "TURN", -1.0)
        alone = await turns_during([trades(PIECE)], monkeypatch)
        assert await turns_during([trades(PIECE * 9 + 1)], monkeypatch) == alone + 9


@in_loop
async def test_pieces_within_a_turn_are_applied_without_a_pause() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(tui.desk.session, "TURN", 1e9)
        alone = await turns_during([trades(1)], monkeypatch)
        assert await turns_during([trades(PIECE * 9)], monkeypatch) == alone


def test_a_source_that_knows_no_crowding_is_never_crowded() -> None:
    assert not Session(Demo()).crowded
