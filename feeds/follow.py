"""The following source: a recording that another process is still writing, as live as it grows.

So several terminals show one set of connections: one records, the others follow. Up to the end of
the file it is the past and says so; from there on what comes is live.
"""

import asyncio
import os
import zlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

from msgspec.structs import replace

from feeds.errors import ConfigError, DamagedRecording, system_reason
from feeds.pace import Clock, Sleep
from feeds.recording import parse_record
from feeds.replay import WORK, Player
from market.events import Event, FeedState, FeedStatus

POLL: Final = 0.025
"""Seconds between two looks at the end of the file."""
SILENT: Final = 5.0
"""Seconds without a new line after which what is shown may be out of date, and says so."""
PIECE: Final = 1 << 20
"""Bytes read at once."""
_MAGIC: Final = b"\x1f\x8b"
_unzip: Final = partial(zlib.decompressobj, 31)
"""31 is zlib's word for a window of 32 KB and the header of gzip."""
_STATES: Final = (FeedState.LIVE, FeedState.REPLAY)


class _Unzip(Protocol):
    """What zlib unpacks a member of a gzip file with; it has no name of its own."""

    @property
    def unused_data(self) -> bytes:
        """What comes after the end of the member."""
        ...

    def decompress(self, data: bytes, /) -> bytes:
        """What a piece holds."""
        ...


class Growing:
    """The lines of a file that grows, gzip or not; a line counts once it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        """Of the last line."""
        self.replaced = False
        """Whether another file was begun in its place, which holds less than was read."""
        self._rest = b""
        self._position = 0
        self._known = False
        """Whether it is gzip or not: a file that was just begun holds nothing that says so."""
        self._unzip: _Unzip | None = None
        self._added(0)

    def lines(self) -> Iterator[bytes]:
        """What was added since the last time, a megabyte at most."""
        data = self._added(PIECE)
        if not self._known:
            if len(data) < len(_MAGIC):
                return
            self._known = True
            self._unzip = _unzip() if data.startswith(_MAGIC) else None
        self._position += len(data)
        if self._unzip is not None:
            data = self._unzipped(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self.number += 1
            if line and not line.isspace():
                yield line

    def _added(self, most: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                self.replaced = file.seek(0, os.SEEK_END) < self._position
                file.seek(self._position)
                return file.read(most)
        except OSError as error:
            raise ConfigError(f"{self.path}: {system_reason(error)}") from error

    def _unzipped(self, data: bytes) -> bytes:
        assert self._unzip is not None
        found = b""
        try:
            while data:
                found += self._unzip.decompress(data)
                data = self._unzip.unused_data
                if data:  # another member, as where something was appended
                    self._unzip = _unzip()
        except zlib.error as error:
            raise DamagedRecording(
                str(self.path), self.number + 1, f"the gzip data is damaged: {error}"
            ) from error
        return found


class Follow:
    """A source that shows what another process records, in a file or in the newest of a folder.

    Where another recording is begun, in the folder or in the same file, it goes on with that.
    """

    def __init__(
        self, place: Path, *, clock: Clock = monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.paused = False
        self.finished = False
        self._place = place
        self._clock, self._sleep = clock, sleep
        self._begin(newest(place))
        self._current = False
        """Whether the end of the file was reached, so that what comes is live."""
        self._grown = clock()
        self._silent = False
        self._states: dict[str, FeedStatus] = {}

    def _begin(self, path: Path) -> None:
        self.path = path
        self.player = Player(path)
        self._growing = Growing(path)

    @property
    def label(self) -> str:
        """The file, and how much of it could not be read so far."""
        unread = self.player.malformed + self.player.foreign
        return f"following {self.path.name}" + (f" ({unread:,} records not read)" if unread else "")

    @property
    def state(self) -> FeedState:
        """REPLAY until the end of the file is reached, then LIVE."""
        return FeedState.LIVE if self._current else FeedState.REPLAY

    @property
    def instruments(self) -> Sequence[str]:
        """Ids met so far."""
        return self.player.instruments

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Nothing: the one that records decides what there is."""

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """What is in the file and what is added to it, for as long as one cares to listen."""
        while True:
            grew = False
            for batch in self._batches():
                grew = True
                yield batch
                await self._sleep(0)
            if not grew:
                if batch := self._waited():
                    yield batch
                await self._sleep(POLL)

    def _batches(self) -> Iterator[list[Event]]:
        """The events of what was added, in turns short enough for the screen."""
        batch: list[Event] = []
        grew, ends = False, self._clock() + WORK
        for line in self._growing.lines():
            grew = True
            record = parse_record(self._growing.path, self._growing.number, line)
            batch += map(self._told, self.player.take(record))
            if self._clock() >= ends:
                yield batch
                batch, ends = [], self._clock() + WORK
        if grew:
            self._grown = self._clock()
            yield [*self._restored(), *batch]
        elif self._growing.replaced:
            yield self._move_on(self.path)

    def _told(self, event: Event) -> Event:
        """The event, with the state that a book has when it is not read off a file."""
        if not isinstance(event, FeedStatus):
            return event
        self._states[event.instrument] = event
        return self._shown(event)

    def _shown(self, status: FeedStatus) -> FeedStatus:
        return replace(status, state=self.state) if status.state in _STATES else status

    def _restored(self) -> list[Event]:
        """The states there were before silence fell."""
        if not self._silent:
            return []
        self._silent = False
        return [*map(self._shown, self._states.values())]

    def _waited(self) -> list[Event]:
        """What there is to be said while the file does not grow."""
        if not self._current:
            self._current = True
            return [*map(self._shown, self._states.values())]
        if self._clock() - self._grown < SILENT:
            return []
        if (path := newest(self._place)) != self.path:
            return self._move_on(path)
        if self._silent:
            return []
        self._silent = True
        return self._all(FeedState.STALE, f"nothing was added to {self.path.name} for 5 s")

    def _move_on(self, path: Path) -> list[Event]:
        """Go on with a newer recording of the folder; between the two something is missing."""
        self._begin(path)
        self._current = self._silent = False
        self._grown = self._clock()
        told = self._all(FeedState.GAP, f"the recording goes on in {path.name}")
        self._states.clear()
        return told

    def _all(self, state: FeedState, reason: str) -> list[Event]:
        return [
            replace(status, state=state, reason=reason)
            for status in self._states.values()
            if status.state in _STATES
        ]


def probe(path: Path) -> None:
    """Raise what says that a file is no recording, as its first line shows; an empty one may be."""
    growing = Growing(path)
    for line in growing.lines():
        parse_record(path, growing.number, line)
        return


def newest(place: Path) -> Path:
    """The recording that a place stands for: a file itself, of a folder the one written last."""
    if not place.is_dir():
        return place
    found = [*place.glob("*.jsonl"), *place.glob("*.jsonl.gz")]
    if not found:
        raise ConfigError(f"{place}: holds no recording (.jsonl, .jsonl.gz)")
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
