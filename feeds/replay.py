"""The replaying source: a recording through the same adapters that read the live feed."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from msgspec.structs import replace

from feeds.errors import ConfigError, DamagedRecording, FeedError, Rejected
from feeds.moment import Moment, parse_moment
from feeds.pace import Clock, Pace, Sleep
from feeds.recording import Record, records
from feeds.registry import VENUES, venue_for_url
from feeds.timely import AHEAD, timely, too_early
from feeds.voices import Voices
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    Listing,
    Trade,
)
from market.markets import Markets

WORK = 0.005
"""Seconds of decoding after which the rest of the program has its turn."""
PROBED = 1000
"""Records looked at for a known venue before anything is played."""
LATE = 2_000_000_000
"""How far behind the market's time an event may still arrive, ns."""
FOREVER = 1 << 63
"""ns; later than any time."""
_CLOCKS = (Trade, BookDelta, BookTicker, BookSnapshot)
"""What moves the market's time on."""


class Player:
    """Records in, events out: the adapters of each venue, and of what they state each fact once.

    Nobody answers what an adapter asks for; the recorded answers come by themselves. A frame the
    adapter cannot read is counted and passed over, as it was when it was live; so is the traffic
    of an address that is no known venue's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = 0
        """Market time so far, ns; 0 before the first event that states one."""
        self.first = 0
        """Market time at the start."""
        self.instruments: list[str] = []
        self.malformed = 0
        self.complaint = ""
        """The last frame that could not be read, in words."""
        self.refusal = ""
        """The last wish that the venue refused, in words."""
        self.foreign = 0
        """Records of addresses that are no known venue's."""
        self.stranger = ""
        """The first of these addresses and its line, in words."""
        self._now = self._came = 0
        """When a record came last, and when this one did; 0 where that is not known."""
        self._latest = FOREVER
        """The latest time that may be stated by now."""
        self._early = ""
        """What this record states a later time of."""
        self._known: set[str] = set()
        self._venues: dict[str, Voices] = {}
        self._by_url: dict[str, Voices] = {}

    def take(self, record: Record) -> list[Event]:
        """The events of one record; nothing for what was sent to the venue."""
        if record.direction != "in":
            return []
        self._came, self._early = record.ts_recv or 0, ""
        if self._came:
            self._now = self._came
        self._latest = self._came + AHEAD if self._came else FOREVER
        events: list[Event] = []
        voices = self._by_url.get(record.url) or self.voices(record)
        if voices is None:
            self.foreign += 1
            return events
        try:
            # One by one, which keeps what came before an error.
            for event in self._stated(record, voices):
                if (noted := self._noted(event)) is not None:
                    events.append(noted)  # noqa: PERF401
            if self._early:
                raise too_early(self._early)
        except Rejected as error:
            self.refusal = f"line {record.line}: {error}"
        except FeedError as error:
            self.malformed += 1
            self.complaint = f"line {record.line}: {error}"
        return events

    def voices(self, record: Record) -> Voices | None:
        """The connections of the venue a record is from; None for an address nobody knows."""
        name = venue_for_url(record.url)
        if name is None:
            source = record.url.partition("?")[0] or "an unnamed address"
            self.stranger = self.stranger or f"line {record.line}: {source} is no known venue's"
            return None
        if name not in self._venues:
            self._venues[name] = Voices(VENUES[name].adapter)
        self._by_url[record.url] = self._venues[name]
        return self._venues[name]

    def require(self) -> None:
        """Raise ConfigError where all that was taken is of addresses nobody knows."""
        if self.foreign and not self._venues:
            raise ConfigError(f"{self.path}: {self.stranger}; venues: {', '.join(VENUES)}")

    def complaints(self) -> list[str]:
        """What was passed over and what could not be read, a line each."""
        lines = []
        if self.foreign:
            lines.append(
                f"{self.path}: {self.foreign:,} of its records passed over: {self.stranger}"
            )
        if self.refusal:
            lines.append(f"{self.path}: {self.refusal}")
        if self.malformed:
            lines.append(
                f"{self.path}: {self.malformed:,} of its frames could not be read, the last: "
                f"{self.complaint}"
            )
        return lines

    def _stated(self, record: Record, voices: Voices) -> Iterable[Event]:
        payload = record.payload
        if not record.url.startswith("http"):
            return voices.frame(record.connection, record.url, payload, self._now)
        parts = urlsplit(record.url)
        key = f"{parts.path}?{parts.query}" if parts.query else parts.path
        body = payload if isinstance(payload, bytes) else payload.encode()
        return voices.body(key, body, self._now)

    def _noted(self, event: Event) -> Event | None:
        """The event as it is passed on; None where it is not."""
        if event.instrument not in self._known and event.instrument:
            self._known.add(event.instrument)
            self.instruments.append(event.instrument)
        if isinstance(event, _CLOCKS):
            time = event.ts_event
            if time is not None and time > self.clock:
                if time > self._latest:
                    return self._rest_of(event)
                self.first = self.first or time
                self.clock = time
        elif isinstance(event, FeedStatus):
            if event.state is FeedState.LIVE:
                return replace(event, state=FeedState.REPLAY)
        else:
            return self._rest_of(event)
        return event

    def _rest_of(self, event: Event) -> Event | None:
        """What remains of an event, which may be early."""
        kept = timely(event, self._came)
        if kept is not event:
            self._early = event.instrument
        return kept


def events(
    path: Path | str, until: str | None = None, player: Player | None = None
) -> Iterator[Event]:
    """Every event of a recording, or those up to a moment of market time.

    Afterwards the `player`, where one is lent, knows what could not be read.

    Streams overtake one another by some milliseconds, so what happened up to the moment is still
    looked for in what arrived a little later.
    """
    moment = parse_moment(until) if until is not None else None
    player = player or Player(Path(path))
    with closing(records(path)) as lines:
        for record in lines:
            batch = player.take(record)
            if moment is None or not player.clock:
                yield from batch
                continue
            end = moment.at(player.first)
            if end < player.first:
                raise ConfigError(f'{path}: begins only after "{until}"')
            if player.clock > end + LATE:
                return
            yield from (event for event in batch if _time(event, player.clock) <= end)
    player.require()


def _time(event: Event, clock: int) -> int:
    """When an event happened: its own market time, or that of what came with it."""
    if isinstance(event, FeedStatus | Listing) or event.ts_event is None:
        return clock
    return event.ts_event


def load(path: Path | str, until: str | None = None) -> Markets:
    """The markets of a recording at its end, or as of a moment."""
    markets = Markets()
    markets.apply(events(path, until))
    return markets


def probe(path: Path | str) -> None:
    """Raise what says that a recording cannot be played at all, as its beginning shows."""
    player = Player(Path(path))
    with closing(records(path)) as lines:
        for record in islice(lines, PROBED):
            if player.voices(record) is not None:
                return
            player.foreign += 1
    player.require()


class Replay:
    """A source that plays a recording at `speed` times its own pace; None is as fast as it goes.

    With `start` (a word for a time, see `parse_moment`) what was before is applied at once.
    """

    def __init__(
        self,
        path: Path | str,
        speed: float | None = 1.0,
        start: str | None = None,
        *,
        clock: Clock = monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.path = Path(path)
        self.state = FeedState.REPLAY
        self.paused = False
        self.finished = False
        self.player = Player(self.path)
        self._start: Moment | None = parse_moment(start) if start is not None else None
        self._asked = self._start
        self._clock = clock
        self._sleep = sleep
        self._pace = Pace(speed, lambda: self.paused, clock, sleep)
        self._position = 0
        self._turn_ends = clock() + WORK
        probe(path)

    @property
    def label(self) -> str:
        """The file, and how much of it could not be read so far."""
        unread = self.player.malformed + self.player.foreign
        return self.path.name + (f" ({unread:,} records not read)" if unread else "")

    @property
    def instruments(self) -> Sequence[str]:
        """Ids met so far."""
        return self.player.instruments

    @property
    def since(self) -> int:
        """Market time, ns, before which all is past and played at once."""
        if self._asked is None or not self.player.first:
            return 0
        return self._asked.at(self.player.first)

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Nothing: a recording holds what it holds."""

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """The recording in batches; DamagedRecording comes after all that could be read."""
        batch: list[Event] = []
        try:
            with closing(records(self.path)) as lines:
                for record in lines:
                    if self._held(record):
                        if batch:
                            yield batch
                            batch = []
                        await self._rest()
                    batch += self.player.take(record)
        except DamagedRecording:
            self.finished = True
            yield batch
            raise
        self.finished = True
        yield batch

    def _held(self, record: Record) -> bool:
        """Whether a record has to wait: for its time, or for the rest of the program's turn."""
        if record.ts_recv is not None:
            self._position = record.ts_recv
        if self._clock() >= self._turn_ends or self.paused:
            return True
        return not self._hurrying() and not self._pace.due(self._position)

    async def _rest(self) -> None:
        await self._sleep(0)
        if self.paused or not self._hurrying():
            await self._pace.reach(self._position)
        self._turn_ends = self._clock() + WORK

    def _hurrying(self) -> bool:
        """Whether the moment at which to start is still to come."""
        player, start = self.player, self._start
        if start is not None and player.clock and player.clock >= start.at(player.first):
            self._start = None
        return self._start is not None
