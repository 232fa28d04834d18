"""The simulated source: the synthetic market of a seed, at the pace of real time."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from time import monotonic

from feeds.errors import ConfigError
from feeds.pace import Clock, Pace, Sleep
from feeds.synthetic.market import STEP, SyntheticMarket
from market.events import Event, FeedState

DEFAULT_SEED = 7
WARM_UP = 300.0
"""Seconds of market that are played at once, so that the first picture has a past."""
SLICE = 25
"""Steps of the warm-up in one batch: some milliseconds of work between two looks at the keys."""


def events(seed: int, seconds: float) -> Iterator[Event]:
    """The opening and the first `seconds` of a market, as fast as they are asked for."""
    market = SyntheticMarket(seed)
    yield from market.open()
    for _ in range(round(seconds * 10)):
        yield from market.step()


def together(seeds: Sequence[int], seconds: float) -> Iterator[Event]:
    """The same of several markets, side by side."""
    markets = [SyntheticMarket(seed) for seed in dict.fromkeys(seeds)]
    for market in markets:
        yield from market.open()
    for _ in range(round(seconds * 10)):
        for market in markets:
            yield from market.step()


def parse_seed(text: str) -> int:
    """The seed in `sim:7`; `sim:` alone stands for the one of the demo."""
    match = re.fullmatch(r"sim:(\d{0,18})", text)
    if match is None:
        raise ConfigError(f'"{text}" is not a simulated market: expected sim:SEED, such as sim:7')
    return int(match[1] or DEFAULT_SEED)


class Simulate:
    """A source that needs no network. Its markets stand still while it is paused."""

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        warm_up: float = WARM_UP,
        *,
        beside: Sequence[int] = (),
        clock: Clock = monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        seeds = tuple(dict.fromkeys((seed, *beside)))
        several = "s" if len(seeds) > 1 else ""
        self.label = f"simulated market{several}, seed{several} {', '.join(map(str, seeds))}"
        self.state = FeedState.SIM
        self.instruments: Sequence[str] = tuple(f"sim:{number}" for number in seeds)
        self.paused = False
        self.finished = False
        self.markets = [SyntheticMarket(number) for number in seeds]
        self.market = self.markets[0]
        self._warm_up = round(warm_up * 10)
        self.since = self.market.now + self._warm_up * STEP
        """Market time, ns, before which all is past and played at once."""
        self._sleep = sleep
        self._pace = Pace(1.0, lambda: self.paused, clock, sleep)

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Nothing: the markets are those named, and their candles are made of their trades."""

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """The opening, the warm-up as fast as it is taken, then the market in real time."""
        yield [event for market in self.markets for event in market.open()]
        done = 0
        while done < self._warm_up:
            count = min(SLICE, self._warm_up - done)
            yield [event for _ in range(count) for event in self._step()]
            done += count
            # Whoever takes the batches is of this loop too, and so are the keys.
            await self._sleep(0)
        position = 0
        while True:
            await self._pace.reach(position)
            batch: list[Event] = []
            while self._pace.due(position):
                batch += self._step()
                position += STEP
            yield batch

    def _step(self) -> list[Event]:
        return [event for market in self.markets for event in market.step()]
