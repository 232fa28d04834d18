"""Opening: what commands without a screen read, a recording or the simulation, batch by batch."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

from feeds.errors import ConfigError, DamagedRecording
from feeds.moment import SECOND, Moment, parse_duration
from feeds.recording import records
from feeds.replay import LATE, Player
from feeds.simulate import parse_seed
from feeds.synthetic.market import EPOCH, STEP, SyntheticMarket
from market.events import Event, Listing

HEAD = 2000
"""Records looked at beforehand for what instruments are listed as."""
SIMULATED = 300 * SECOND
"""How much simulated market there is where nothing else is said."""
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
    """The markets of some seeds, from their beginning for a time."""

    def __init__(self, seeds: Sequence[int], duration: int) -> None:
        if not 0 < duration <= MOST_SIMULATED:
            raise ConfigError(
                f"sim:{seeds[0]} is simulated for a day at most, and for more than nothing"
            )
        self.first, self.damaged = EPOCH, False
        self.damage: DamagedRecording | None = None
        self.listings: dict[str, Listing] = {}
        self._seeds, self._steps = tuple(dict.fromkeys(seeds)), -(-duration // STEP)

    def batches(self, end: int | None) -> Iterator[list[Event]]:
        """The openings, then what happened in each 100 ms."""
        markets = [SyntheticMarket(seed) for seed in self._seeds]
        yield [event for market in markets for event in market.open()]
        for _ in range(self._steps):
            if end is not None and markets[0].now > end:
                return
            yield [event for market in markets for event in market.step()]

    def complaints(self) -> list[str]:
        """Nothing: it is all there."""
        return []


def opened(sources: Sequence[str], duration: str | None) -> Read:
    """What the words of sources stand for, live ones apart: simulated markets, or a recording."""
    first = sources[0]
    if all(source.startswith("sim:") for source in sources):
        length = SIMULATED if duration is None else parse_duration(duration)
        return Simulated([parse_seed(source) for source in sources], length)
    if len(sources) > 1:
        raise ConfigError("several sources are either all simulated or all VENUE:SYMBOL")
    if duration is not None:
        raise ConfigError(f"{first} is a recording: use --from and --to for a part of it")
    return Recorded(Path(first))


def span(first: int, start: Moment | None, end: Moment | None) -> tuple[int, int | None]:
    """From when to when, told from the beginning of what is read."""
    begin = 0 if start is None else start.at(first)
    stop = None if end is None else end.at(first)
    if end is not None and stop is not None and stop <= max(begin, first):
        before = f'--from "{start.text}"' if start is not None else "the beginning"
        raise ConfigError(f'--to "{end.text}" is not after {before}')
    return begin, stop


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
