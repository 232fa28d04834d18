"""Live: real venues as a source, possibly at another address, and recorded as they come."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from random import random
from time import time_ns

from feeds.ccxt_feed import CcxtFeed
from feeds.ccxt_line import Course
from feeds.ccxt_names import is_ccxt, require
from feeds.endpoint import address
from feeds.errors import ConfigError
from feeds.hub import Hub
from feeds.outlet import Counts, Outlet, Tap
from feeds.plan import Beside
from feeds.recording import Recorder
from feeds.registry import find_venue, parse_instrument
from feeds.timing import Timing
from market.events import Event, FeedState


class Live:
    """The source of live markets. It never finishes and cannot be paused.

    With `record`, a folder, all traffic goes to a file there, which ends with the source.
    """

    def __init__(
        self,
        instruments: Sequence[str],
        endpoints: Mapping[str, str] | None = None,
        *,
        interval: str = "1m",
        tap: Tap | None = None,
        timing: Timing | None = None,
        record: Path | None = None,
    ) -> None:
        self._recorder = None if record is None else _recorder(record)
        tap = self._recorder or tap
        self.paused = False
        self.finished = False
        self.instruments: Sequence[str] = ()
        timing, outlet = timing or Timing(), Outlet(tap)
        native = {name: url for name, url in (endpoints or {}).items() if not is_ccxt(name)}
        course = Course(outlet, timing, time_ns, random)
        self._ccxt = CcxtFeed(course, endpoints or {}, tapped=tap is not None)
        self._hub = Hub(endpoints=native, timing=timing, outlet=outlet, beside=self._ccxt.run)
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
    def recording(self) -> Path | None:
        """The file that what comes is written to; None where nobody wants that."""
        return None if self._recorder is None else self._recorder.path

    @property
    def recording_failure(self) -> OSError | None:
        """Why what comes is not written down any more; None while it is, or nobody wants that."""
        return None if self._recorder is None else self._recorder.failure

    @property
    def crowded(self) -> bool:
        """Whether more comes of late than is read at a time."""
        return self._hub.crowded

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Watch exactly these instruments; ConfigError when one cannot be.

        Their candles are those of `interval`.
        """
        for instrument in instruments:
            parse_instrument(instrument)
        self._ccxt.want([name for name in instruments if is_ccxt(name)], interval)
        self._hub.want([name for name in instruments if not is_ccxt(name)], interval)
        self.instruments = list(dict.fromkeys(instruments))

    def want_beside(self, extra: Beside) -> None:
        """Have this of all that is watched beside trades, books and candles."""
        self._hub.want_beside(extra)

    def retry(self) -> None:
        """Try again now where the next attempt is still to come."""
        self._hub.retry()
        self._ccxt.retry()

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """Events in order, many to a batch. Close the iterator to disconnect."""
        try:
            async with aclosing(self._hub.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self.finished = True
            if self._recorder is not None:
                self._recorder.close()
                if not self._recorder.records:
                    self._recorder.path.unlink(missing_ok=True)


def _recorder(folder: Path) -> Recorder:
    """A recording of its own for every run, named by its beginning."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return Recorder(folder / f"tapetop-{stamp}.jsonl.gz")


def parse_endpoints(texts: Iterable[str]) -> dict[str, str]:
    """The addresses of `VENUE=URL` options; ConfigError when one is not that."""
    endpoints = {}
    for text in texts:
        name, equals, url = text.partition("=")
        if not equals:
            raise ConfigError(f'"{text}" is not VENUE=URL, such as binance=http://127.0.0.1:8000')
        if is_ccxt(name):
            require(name.partition(":")[2])
            address(name, url)
        else:
            find_venue(name).at(url)
        endpoints[name] = url
    return endpoints
