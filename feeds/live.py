"""Live: real venues as a source, possibly at another address than their own."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing

from feeds.errors import ConfigError
from feeds.hub import Hub
from feeds.outlet import Counts, Tap
from feeds.registry import find_venue
from feeds.timing import Timing
from market.events import Event, FeedState


class Live:
    """The source of live markets. It never finishes and cannot be paused."""

    def __init__(
        self,
        instruments: Sequence[str],
        endpoints: Mapping[str, str] | None = None,
        *,
        interval: str = "1m",
        tap: Tap | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.paused = False
        self.finished = False
        self.instruments: Sequence[str] = ()
        self._hub = Hub(endpoints=endpoints, tap=tap, timing=timing)
        self.want(instruments, interval)

    @property
    def label(self) -> str:
        """What is watched, for the status line."""
        return " ".join(self.instruments)

    @property
    def state(self) -> FeedState:
        """The worst that is known of any instrument."""
        return self._hub.state

    @property
    def counts(self) -> Counts:
        """What has happened since the start."""
        return self._hub.counts

    @property
    def crowded(self) -> bool:
        """Whether more comes of late than is read at a time."""
        return self._hub.crowded

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Watch these instruments, with candles of `interval`; ConfigError when one cannot be."""
        self._hub.want(instruments, interval)
        self.instruments = list(dict.fromkeys([*self.instruments, *instruments]))

    def retry(self) -> None:
        """Try again now where the next attempt is still to come."""
        self._hub.retry()

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """Events in order, many to a batch. Close the iterator to disconnect."""
        try:
            async with aclosing(self._hub.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self.finished = True


def parse_endpoints(texts: Iterable[str]) -> dict[str, str]:
    """The addresses of `VENUE=URL` options; ConfigError when one is not that."""
    endpoints = {}
    for text in texts:
        name, equals, url = text.partition("=")
        if not equals:
            raise ConfigError(f'"{text}" is not VENUE=URL, such as binance=http://127.0.0.1:8000')
        find_venue(name).at(url)
        endpoints[name] = url
    return endpoints
