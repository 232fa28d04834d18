"""The simulated source: a seeded synthetic market at the pace of real time."""

from collections.abc import Iterator

from feeds.synthetic.market import SyntheticMarket
from market.events import Event


def events(seed: int, seconds: float) -> Iterator[Event]:
    """The opening and the first `seconds` of a market, as fast as they are asked for."""
    market = SyntheticMarket(seed)
    yield from market.open()
    for _ in range(round(seconds * 10)):
        yield from market.step()
