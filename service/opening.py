"""Opening: what commands without a screen read, a recording or the simulation, batch by batch."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

from feeds.errors import ConfigError, DamagedRecording
from feeds.recording import records
from feeds.replay import LATE, Player
from feeds.synthetic.market import EPOCH, SyntheticMarket
from market.events import Event, Listing

HEAD = 2000
"""Records looked at beforehand for what instruments are listed as."""
SECOND = 1_000_000_000
MOST_SIMULATED = 86_400 * SECOND


class Read(Protocol):
    """Something that was recorded or is made up, to be gone through once."""

    first: int
    """Market time at its start, ns; 0 where it has none."""
    damage: DamagedRecording | None
    """Why it ended before its end."""

    listings: dict[str, Listing]
    """What instruments are listed as, which may come after their first trades."""

    def batches(self, end: int | None) -> Iterator[list[Event]]:
        """Events that came together, to the end or until a market time is surely over."""
        ...

    def complaints(self) -> list[str]:
        """What could not be read, in lines."""
        ...

    @property
    def damaged(self) -> bool:
        """Whether something could not be read."""
        ...


class Recorded:
    """A recording. What can be read of a damaged one is read."""

    def __init__(self, path: Path) -> None:
        head = _head(path)
        self.first, self.listings = head
        self.damage: DamagedRecording | None = None
        self._player = Player(path)

    def batches(self, end: int | None) -> Iterator[list[Event]]:
        """What each record states, until the time that ends it is surely over."""
        player = self._player
        try:
            with closing(records(player.path)) as lines:
                for record in lines:
                    if batch := player.take(record):
                        yield batch
                    if end is not None and player.clock > end + LATE:
                        return
        except DamagedRecording as error:
            if not player.instruments:
                raise
            self.damage = error
        player.require()

    def complaints(self) -> list[str]:
        """What was passed over and what could not be read."""
        lines = self._player.complaints()
        return lines if self.damage is None else [*lines, str(self.damage)]

    @property
    def damaged(self) -> bool:
        """Whether frames were unreadable or the file breaks off."""
        return self.damage is not None or bool(self._player.malformed)


class Simulated:
    """The market of a seed, from its beginning for a time."""

    def __init__(self, seed: int, duration: int) -> None:
        if not 0 < duration <= MOST_SIMULATED:
            raise ConfigError(f"sim:{seed} is simulated for a day at most, and more than nothing")
        self.first, self.damaged = EPOCH, False
        self.damage: DamagedRecording | None = None
        self.listings: dict[str, Listing] = {}
        self._seed, self._steps = seed, -(-duration // (SECOND // 10))

    def batches(self, end: int | None) -> Iterator[list[Event]]:
        """The opening, then what happened in each 100 ms."""
        market = SyntheticMarket(self._seed)
        yield [*market.open()]
        for number in range(self._steps):
            if end is not None and EPOCH + number * SECOND // 10 > end:
                return
            yield [*market.step()]

    def complaints(self) -> list[str]:
        """Nothing: it is all there."""
        return []


def is_instrument(source: str) -> bool:
    """Whether a source is spelt VENUE:SYMBOL; a file of that name comes first."""
    return bool(re.match(r"[a-z0-9-]+:[^/]", source)) and not Path(source).exists()


class _Head(NamedTuple):
    first: int
    listings: dict[str, Listing]


def _head(path: Path) -> _Head:
    """When a recording begins and what its instruments are listed as.

    A venue's list is an answer that comes some time after the connection, when the first trades
    in contracts may have been seen.
    """
    player, listings = Player(path), dict[str, Listing]()
    try:
        with closing(records(path)) as lines:
            for record in lines:
                for event in player.take(record):
                    if isinstance(event, Listing):
                        listings.setdefault(event.instrument, event)
                if player.first and record.line >= HEAD:
                    break
    except DamagedRecording:
        pass  # Whoever reads all of it will say so.
    return _Head(player.first, listings)
