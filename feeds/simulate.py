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


def parse_seed(text: str) -> int:
    """The seed in `sim:7`; `sim:` alone stands for the one of the demo."""
    match = re.fullmatch(r"sim:(\d{0,18})", text)
    if match is None:
        raise ConfigError(f'"{text}" is not a simulated market: expected sim:SEED, such as sim:7')
    return int(match[1] or DEFAULT_SEED)


class Simulate:
    """A source that needs no network. Its market stands still while it is paused."""

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        warm_up: float = WARM_UP,
        *,
        clock: Clock = monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.label = f"simulated market, seed {seed}"
        self.state = FeedState.SIM
        self.instruments: Sequence[str] = (f"sim:{seed}",)
        self.paused = False
        self.finished = False
        self.market = SyntheticMarket(seed)
        self._warm_up = round(warm_up * 10)
        self._sleep = sleep
        self._pace = Pace(1.0, lambda: self.paused, clock, sleep)

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Nothing: there is one market, and its candles are made of its trades."""

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """The opening, the warm-up as fast as it is taken, then the market in real time."""
        yield self.market.open()
        done = 0
        while done < self._warm_up:
            count = min(SLICE, self._warm_up - done)
            yield [event for _ in range(count) for event in self.market.step()]
            done += count
            # Whoever takes the batches is of this loop too, and so are the keys.
            await self._sleep(0)
        position = 0
        while True:
            await self._pace.reach(position)
            batch: list[Event] = []
            while self._pace.due(position):
                batch += self.market.step()
                position += STEP
            yield batch
