"""What the detectors find equals what is found again from the definitions, on any market."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import TypeVar

import pytest

from feeds import replay
from feeds.simulate import events as simulated_events
from market.basis import TimeBasis
from market.detectors.findings import findings, round_step
from market.detectors.found import (
    Absorption,
    Divergence,
    Exhaustion,
    Finding,
    Iceberg,
    LargeLot,
    PulledWall,
    Rules,
    Sweep,
    SwingRules,
)
from market.events import Event
from market.market import Market
from tests.captures import CAPTURES, needs_captures
from tests.oracle import detectors as oracle

SECOND = 1_000_000_000
LENGTH = 5 * SECOND
RULES = Rules(swings=SwingRules(basis=TimeBasis(LENGTH)))
SESSIONS = {
    "binance_usdm/btcusdt_20240808.jsonl.gz": "binance-usdm:BTCUSDT",
    "binance_usdm/cf_20210405_120s.jsonl.gz": "binance-usdm:NEOUSDT",
    "bitmex/cf_20210405_120s.jsonl.gz": "bitmex:TRXM21",
    "hyperliquid/btc_20250126.jsonl.gz": "hyperliquid:BTC",
    "kucoin/spot_cf_20210425.jsonl.gz": "kucoin:BCHSV-USDT",
    "okx/cf_20220513.jsonl.gz": "okx:BTC-USDT",
}
FOUND = {"binance-usdm:BTCUSDT": 20, "binance-usdm:NEOUSDT": 20, "okx:BTC-USDT": 1}
"""How much there is to find in some of them, at least."""
MOST = 12_000
"""Events of a session, which are enough of the largest."""
Told = tuple[int, ...]
Found = TypeVar("Found", bound=Finding)


def played(events: Sequence[Event], name: str) -> Market:
    market = Market(name)
    for event in events:
        if event.instrument in (name, ""):
            market.apply(event)
    return market


@cache
def simulated(seed: int) -> tuple[Market, tuple[Event, ...]]:
    events = tuple(simulated_events(seed, 120))
    return played(events, f"sim:{seed}"), events


def of_kind(market: Market, kind: type[Found]) -> list[Found]:
    return [one for one in findings(market, RULES).all() if isinstance(one, kind)]


def told(found: Iterable[Finding]) -> list[Told]:
    """Findings as plain numbers, in order."""
    return sorted(tuple(one) for one in found if not isinstance(one, Exhaustion))


def compare_prints(market: Market, events: Sequence[Event]) -> int:
    trades = oracle.prints(market, events)
    sweeps, large = of_kind(market, Sweep), of_kind(market, LargeLot)
    assert told(sweeps) == sorted(oracle.sweeps(trades, market.clock))
    # An order is of one moment, so that it has no beginning of its own.
    assert sorted((one.ts, *one[2:]) for one in large) == sorted(oracle.large_lots(trades))
    turns, tired = of_kind(market, Divergence), of_kind(market, Exhaustion)
    assert told(turns) == oracle.divergences(trades, LENGTH)
    group = round_step(trades[-1].ticks // 10_000)
    assert [
        (
            *(one.ts, one.began, one.ticks, *map(abs, one.before), abs(one.lots)),
            *(*map(abs, one.values_before), abs(one.value)),
        )
        for one in tired
    ] == oracle.exhaustions(trades, LENGTH, group)
    return len(sweeps) + len(large) + len(turns) + len(tired)


def compare_levels(market: Market, events: Sequence[Event]) -> int:
    looks = oracle.looks(market, events)
    hidden, absorbed = of_kind(market, Iceberg), of_kind(market, Absorption)
    assert told(hidden) == oracle.icebergs(looks)
    assert told(absorbed) == oracle.absorptions(looks)
    pulled = of_kind(market, PulledWall)
    assert told(pulled) == oracle.walls(looks)
    return len(hidden) + len(absorbed) + len(pulled)


@pytest.mark.parametrize("seed", [3, 7])
def test_prints_and_swings_of_a_simulated_market_are_those_of_the_oracle(seed: int) -> None:
    assert compare_prints(*simulated(seed)) > 10


@pytest.mark.parametrize("seed", [3, 7])
def test_levels_of_a_simulated_market_are_those_of_the_oracle(seed: int) -> None:
    assert compare_levels(*simulated(seed)) > 5


@needs_captures
@pytest.mark.parametrize("path", SESSIONS)
def test_findings_of_a_recorded_session_are_those_of_the_oracle(path: str) -> None:
    name = SESSIONS[path]
    every = (one for one in replay.events(CAPTURES / path) if one.instrument in (name, ""))
    events = [*islice(every, MOST)]
    market = played(events, name)
    count = compare_prints(market, events) + compare_levels(market, events)
    assert count >= FOUND.get(name, 0)
