"""The walk through a venue's past by REST: its pauses, its ends, and its order."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest

from feeds.errors import Disconnected
from feeds.history import Kept, Page, Past
from feeds.history_rest import Historian
from feeds.history_rows import find_series
from feeds.registry import VENUES
from feeds.rest import Budget, Rest
from feeds.transport import Network
from market.events import Trade
from tests.captures import CAPTURES, needs_captures
from tests.running import in_loop
from tests.vault import (
    END,
    QUICK,
    SPOT,
    START,
    Vault,
    stop,
    told,
    traded,
)

OKX = CAPTURES / "okx/cf_20210722.jsonl.gz"


class Hours:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = START, list[float]()

    def clock(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * 1e9)


@asynccontextmanager
async def historian(
    vault: Vault,
    venue: str,
    symbol: str,
    hours: Hours,
    said: list[str],
    of: Sequence[Trade] = (),
) -> AsyncIterator[Historian]:
    """A walk over the day of the captures, or over just these trades."""
    network, series = Network(QUICK), find_series(venue, Kept.TRADES)
    budget = Budget(venue, 1000, VENUES[venue].limits.weight_header, QUICK)
    rest = Rest(vault.url, budget, network, QUICK, hours.clock, lambda: 0.0)
    past = Past(symbol, START, END)
    if of:
        past = Past(symbol, of[0].ts_event, of[-1].ts_event + 1)
    try:
        yield Historian(
            VENUES[venue], series, past, rest, said.append, QUICK, hours.clock, hours.sleep
        )
    finally:
        await network.close()


@needs_captures
@in_loop
async def test_a_venue_that_asks_for_a_pause_gets_it_to_the_second() -> None:
    name, trades = traded(SPOT)
    hours, said = Hours(), list[str]()
    async with (
        Vault("binance", trades).open() as vault,
        historian(vault, "binance", name.partition(":")[2], hours, said) as walk,
    ):
        vault.failures = [stop(429, Retry_After="17"), stop(503), stop(429, Retry_After="3")]
        pages = [page async for page in walk.pages()]
    assert sum(page.rows for page in pages) == len(trades)
    assert [pause for pause in hours.slept if pause >= 1] == [17, 3]
    assert len(hours.slept) == 3
    assert "again in 17 s" in said[0]


@needs_captures
@pytest.mark.parametrize("status", [451, 403, 418])
@in_loop
async def test_a_venue_that_refuses_us_is_not_asked_again(status: int) -> None:
    name, trades = traded(SPOT)
    hours = Hours()
    async with (
        Vault("binance", trades).open() as vault,
        historian(vault, "binance", name.partition(":")[2], hours, []) as walk,
    ):
        vault.failures = [stop(status, **({"Retry_After": "7200"} if status == 418 else {}))]
        with pytest.raises(Disconnected):
            [page async for page in walk.pages()]
        assert len(vault.asked) == 1
    assert hours.slept == []


@needs_captures
@pytest.mark.parametrize("failing", [False, True])
@in_loop
async def test_a_past_that_is_told_backwards_is_handed_over_forwards(failing: bool) -> None:
    name, trades = traded(OKX)
    hours, found = Hours(), list[Page]()
    async with (
        Vault("okx", trades).open() as vault,
        historian(vault, "okx", name.partition(":")[2], hours, [], of=trades) as walk,
    ):
        vault.cap = 3
        if failing:
            # After two pages.
            vault.failures = [None, None, stop(451)]
        with pytest.raises(Disconnected) if failing else contextlib.nullcontext():
            async with aclosing(walk.pages()) as pages:
                async for page in pages:
                    found.append(page)
    adapter = VENUES["okx"].adapter()
    outputs = [
        output
        for page in found
        for output in adapter.receive_body(page.path, page.payload, page.last)
    ]
    had = [output for output in outputs if isinstance(output, Trade)]
    expected = trades[-6:] if failing else trades
    assert told(had) == told(expected)
