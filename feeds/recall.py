"""Recall: what recordings of earlier today hold of some instruments, read by a process beside.

Hours of a busy market take a minute to read, in which the screen and the sockets must not wait:
so another process reads them, and hands on what is kept of each market in one piece.
"""

import asyncio
import os
import pickle
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from feeds.errors import ConfigError, DamagedRecording
from feeds.line import one_line
from feeds.replay import events
from market.depth import COARSE_SPAN
from market.earlier import APART, Earlier, earlier
from market.events import Event, FeedState, FeedStatus, Trade
from market.markets import Markets

SPAN: Final = COARSE_SPAN
"""How old the end of a recording may be, ns: what is older is not kept anyway."""
REMEMBERED: Final = 100_000
"""Trades of one instrument that are told apart where recordings overlap."""
_NICE: Final = 10


def recordings(place: Path, now: int, besides: Path | None = None) -> list[Path]:
    """The recordings to read, oldest first: a file itself, or those in a folder still of use.

    `besides` is the one that is being written.
    """
    if place.is_file():
        return [place]
    found: list[tuple[int, Path]] = []
    for end in ("", ".gz"):
        for path in place.glob(f"*.jsonl{end}"):
            with suppress(FileNotFoundError):
                written = path.stat().st_mtime_ns
                if written > now - SPAN and path != besides:
                    found.append((written, path))
    return [path for _, path in sorted(found)]


def remembered(paths: Iterable[Path], instruments: Sequence[str]) -> list[Earlier]:
    """What recordings hold of some instruments, as one past with gaps between the recordings.

    A recording that was cut short is read as far as it goes. ConfigError where none can be read.
    """
    markets, wanted, seen = Markets(), frozenset(("", *instruments)), _Seen()
    refused: list[ConfigError] = []
    for path in paths:
        try:
            for event in events(path):
                if event.instrument in wanted and not seen.before(event):
                    markets.apply([event])
        except DamagedRecording:
            pass  # cut short by a crash, or still being written
        except ConfigError as error:
            refused.append(error)
        markets.apply(
            [FeedStatus(market.id, market.last_recv, FeedState.GAP, APART) for market in markets]
        )
        seen.next()
    if refused and not len(markets):
        raise refused[0]
    return [past for market in markets if (past := earlier(market)) is not None]


class _Seen:
    """Trades by instrument, to be told again in the next recording; the newest of each."""

    def __init__(self) -> None:
        self._here: dict[str, dict[object, None]] = {}
        self._before: dict[str, dict[object, None]] = {}

    def before(self, event: Event) -> bool:
        """Whether a trade was in the recording before."""
        if not isinstance(event, Trade):
            return False
        key: object = event.id or (event.ts_event, event.price, event.size, event.side)
        here = self._here.setdefault(event.instrument, {})
        here[key] = None
        if len(here) > REMEMBERED:
            del here[next(iter(here))]
        return key in self._before.get(event.instrument, {})

    def next(self) -> None:
        """Go on with another recording."""
        self._before, self._here = self._before | self._here, {}


async def recall(paths: Sequence[Path], instruments: Sequence[str]) -> list[Earlier]:
    """What recordings hold of some instruments; ConfigError where they cannot be read."""
    # Without the folder we are in on the path: what lies there may have our names.
    command = (sys.executable, "-P", "-m", "feeds.recall", *instruments, "--", *map(str, paths))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = complaint.decode(errors="replace").strip().splitlines() or ["it ended early"]
        raise ConfigError(f"past not read: {one_line(lines[-1])}")
    found: list[Earlier] = await asyncio.to_thread(pickle.loads, output)
    return found


def main() -> None:
    """Read what the command line says, and write it to stdout for the one who asked."""
    os.nice(_NICE)
    split = sys.argv.index("--")
    paths = map(Path, sys.argv[split + 1 :])
    try:
        found = remembered(paths, sys.argv[1:split])
    except ConfigError as error:
        sys.exit(str(error))
    pickle.dump(found, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
