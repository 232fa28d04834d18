"""Load: the feeds and the whole monitor against a stand-in exchange over TLS, at many times life.

`tenfold` serves the recorded session at ten times its pace, every frame of it to every follower,
and compares processor time: our feed side, the monitor drawing its default layout, and cryptofeed.
`subscribed` is the same with the streams alone that ours subscribes to, trades and book. The
others say trades and book changes of that session again and again, so many a second, to the
monitor, while keys are pressed: how late are keys and events, and is anything lost.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from time import monotonic, monotonic_ns
from typing import Final

import msgspec
import numpy as np

from feeds.cadence import GAP
from feeds.errors import ConfigError
from tui.bench.asked import Asked, Row
from tui.bench.child import Child, processor_seconds, require_running
from tui.bench.following import Follower, Screen, Silent
from tui.bench.loaded import key_latencies, lags, recovery, spread
from tui.bench.standin import StandIn, Told, require_stand_in
from tui.bench.workload import DEFAULT_CAPTURE
from tui.registry import nearest

SPEED: Final = 10
SECONDS: Final = 30.0
"""Of a tenfold run: of 345 s recorded, 300."""
BLAST: Final = 60.0
"""Seconds of a steady run."""
RATES: Final = {"5000": 5_000, "20000": 20_000}
TENFOLD: Final = {
    "tenfold": ["--unasked", "bookTicker"],
    "subscribed": ["--only", "depth,trades"],
}
"""What the stand-in serves at ten times its pace."""
QUIET: Final = 200.0
"""Messages a second before and after a blast."""
AROUND: Final = 4.0
"""Seconds of that on either side."""
_CALM: Final = 1.5
"""Seconds from the subscription until the play begins: imports and first pictures are over."""
_KEY: Final = b"\t"
_PAUSES: Final = (0.15, 0.45)
"""Least and most seconds between two keys."""

FEED_GOAL, SCREEN_GOAL = 0.5, 1.0
"""Of cryptofeed's processor time for the same frames."""
KEY_GOAL, LAG_GOAL, AFTER_GOAL, RECOVERY_GOAL = 100.0, 250.0, 50.0, 1.0
"""Milliseconds of keys p99, of events p99, of events once it is over, and seconds until then."""


class Spent(msgspec.Struct, frozen=True):
    """The processor time of one follower."""

    name: str
    follower: str
    processor_percent: float
    """Of one core."""
    microseconds_a_message: float
    messages: int
    seconds: float
    trades_said: int
    trades_taken: int

    def line(self) -> str:
        """Return the figures as one line of text."""
        return (
            f"{self.name}, {self.follower:17} {self.processor_percent:5.1f} % of a core,"
            f" {self.microseconds_a_message:5.1f} us a message;"
            f" {self.messages:,} messages in {self.seconds:.0f} s,"
            f" {self.trades_taken:,} of {self.trades_said:,} trades"
        )


class Compared(msgspec.Struct, frozen=True):
    """One follower's processor time as a part of another's."""

    name: str
    follower: str
    against: str
    ratio: float
    goal: float | None
    """None where the figure is there to be read beside the others."""

    @property
    def holds(self) -> bool:
        """Whether the goal is met, if there is one."""
        return self.goal is None or self.ratio <= self.goal

    def line(self) -> str:
        """Return the figures as one line of text."""
        row = f"{self.name}, {self.follower:17} {self.ratio:5.2f} x {self.against}"
        if self.goal is None:
            return row
        return f"{row}; goal {self.goal:g}: {'met' if self.holds else 'MISSED'}"


class Withstood(msgspec.Struct, frozen=True):
    """How the monitor bore a steady rate of messages while it was drawing."""

    name: str
    messages: int
    messages_a_second: float
    keys: int
    key_ms_p50: float
    key_ms_p99: float
    key_ms_most: float
    lag_ms_p50: float
    lag_ms_p99: float
    lag_ms_most: float
    after_ms_most: float
    """Lag of what was said more than a second after the blast."""
    recovery_seconds: float
    """Until nothing was later than 50 ms any more."""
    frames_a_second: float
    frame_ms_p99: float
    """Drawing alone, as the monitor counts it."""
    interval_ms_p99: float
    """From frame to frame."""
    processor_percent: float
    trades_said: int
    trades_applied: int

    @property
    def lost(self) -> int:
        """Trades that never arrived."""
        return self.trades_said - self.trades_applied

    @property
    def holds(self) -> bool:
        """Whether the goals are met."""
        return (
            self.lost == 0
            and self.key_ms_p99 <= KEY_GOAL
            and self.lag_ms_p99 <= LAG_GOAL
            and self.recovery_seconds <= RECOVERY_GOAL
        )

    def line(self) -> str:
        """Return the figures as one line of text."""
        return (
            f"{self.name:6} {self.messages_a_second:,.0f} messages/s: key to screen p50"
            f" {self.key_ms_p50:.0f} ms, p99 {self.key_ms_p99:.0f}, most {self.key_ms_most:.0f}"
            f" ({self.keys} keys); event lag p50 {self.lag_ms_p50:.0f}, p99 {self.lag_ms_p99:.0f},"
            f" most {self.lag_ms_most:.0f}, a second after {self.after_ms_most:.0f}, under"
            f" {AFTER_GOAL:.0f} after {self.recovery_seconds:.2f} s;"
            f" {self.frames_a_second:.1f} frames/s of {self.frame_ms_p99:.1f} ms p99, from one to"
            f" the next {self.interval_ms_p99:.0f}; {self.processor_percent:.0f} % of a core;"
            f" {self.lost} of {self.trades_said:,} trades lost;"
            f" goals {KEY_GOAL:.0f} / {LAG_GOAL:.0f} ms: {'met' if self.holds else 'MISSED'}"
        )


def load(asked: Asked) -> Iterator[Row]:
    """Run what is chosen: by default all of it."""
    require_stand_in()
    capture = asked.path or DEFAULT_CAPTURE
    if not capture.exists():
        raise ConfigError("bench load needs a recorded Binance USD-M session: --file FILE")
    others = [name for name in asked.peers if name != "cryptofeed"]
    if others:
        raise ConfigError(f"bench load compares with cryptofeed alone, not with {others[0]}")
    every = [*TENFOLD, *RATES]
    for name in asked.only:
        if name not in every:
            raise ConfigError(f'bench load has no "{name}"{nearest(name, every)}')
    for name in asked.only or every:
        if name in TENFOLD:
            yield from tenfold(name, capture, asked)
        else:
            yield steady(name, capture, asked.seconds or BLAST)


def tenfold(name: str, capture: Path, asked: Asked) -> Iterator[Row]:
    """Every follower in turn, round after round; the least of each counts, and is compared."""
    least: dict[str, Spent] = {}
    followers = ["feed", "market", "app", *asked.peers]
    for _ in range(asked.rounds or 1):
        for follower in followers:
            spent = spend(name, follower, capture, asked.seconds or SECONDS)
            if follower not in least or spent.processor_percent < least[follower].processor_percent:
                least[follower] = spent
            yield spent
    for peer in asked.peers:
        reference = least[peer].microseconds_a_message
        for follower, goal in (("feed", FEED_GOAL), ("app", SCREEN_GOAL)):
            ratio = least[follower].microseconds_a_message / reference
            # The goals are for all the frames that cryptofeed reads.
            yield Compared(name, follower, peer, ratio, goal if name == "tenfold" else None)


def spend(name: str, follower: str, capture: Path, seconds: float) -> Spent:
    words = ["--speed", str(SPEED), "--seconds", str(seconds), *TENFOLD[name]]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (
            StandIn(capture, folder, [*words, "--wait", str(_CALM)]) as stand_in,
            _follower(follower, stand_in, folder) as follows,
        ):
            follows.wait(stand_in, 30)
            began = stand_in.expect("playing", 1)
            before = processor_seconds(follows.pid)
            follows.wait(stand_in, 2 * seconds + 30)
            said = stand_in.expect("said", 1)
            spent = processor_seconds(follows.pid) - before
            taken = follows.finish()
    messages, span = sum(said.said.values()), (said.t - began.t) / 1e9
    return Spent(
        name,
        follower,
        processor_percent=spent / span * 100,
        microseconds_a_message=spent / messages * 1e6,
        messages=messages,
        seconds=span,
        trades_said=said.said.get("trades", 0),
        trades_taken=taken.trades,
    )


def _follower(name: str, stand_in: StandIn, folder: Path) -> AbstractContextManager[Follower]:
    if name == "app":
        return Screen(stand_in, folder)
    return Silent([name, stand_in.url, *([] if name == "cryptofeed" else [str(GAP)])], stand_in)


def steady(name: str, capture: Path, seconds: float) -> Withstood:
    """The monitor under a steady rate."""
    rate = RATES[name]
    steps = [(QUIET, AROUND), (float(rate), seconds), (QUIET, AROUND)]
    words = [word for pace, length in steps for word in ("--steady", f"{pace}:{length}")]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        only = ["--only", "depth,trades", "--wait", str(_CALM)]
        with (
            StandIn(capture, folder, [*words, *only]) as stand_in,
            Screen(stand_in, folder) as screen,
        ):
            screen.wait(stand_in, 30)
            stand_in.expect("playing", 1)
            screen.child.carry_for(AROUND)
            before, pressed = processor_seconds(screen.pid), _press(screen.child, seconds)
            processor = processor_seconds(screen.pid) - before
            screen.wait(stand_in, AROUND + 30)
            said = stand_in.expect("said", 1)
            screen.child.carry_for(1.0)
            taken, lines, stats = screen.finish(), screen.lines(), screen.stats()
            begin, end = _blast(said, rate, seconds)
            late = lags(said.log, taken.log)
            keys = spread(key_latencies(pressed, lines, "tab", screen.child.line.arrival))
            during, after = spread(late.between(begin, end)), late.between(end + 10**9, 2**62)
            frames = [line.t for line in lines if line.kind == "frame" and begin <= line.t < end]
    return Withstood(
        name,
        messages=said.said["trades"] + said.said["depth"],
        messages_a_second=rate * seconds / ((end - begin) / 1e9),
        keys=len(pressed),
        key_ms_p50=keys.p50,
        key_ms_p99=keys.p99,
        key_ms_most=keys.most,
        lag_ms_p50=during.p50,
        lag_ms_p99=during.p99,
        lag_ms_most=during.most,
        after_ms_most=spread(after).most,
        recovery_seconds=recovery(late, end, int(AFTER_GOAL * 1e6)),
        frames_a_second=len(frames) / seconds,
        frame_ms_p99=float(stats["frame_ms_p99"]),
        interval_ms_p99=spread([later - one for one, later in pairwise(frames)]).p99,
        processor_percent=processor / seconds * 100,
        trades_said=said.said["trades"],
        trades_applied=taken.trades,
    )


def _press(child: Child, seconds: float) -> list[int]:
    """Press a key now and then for so long; return when, ns."""
    pressed, draw, end = [], random.Random(7), monotonic() + seconds
    while (now := monotonic()) < end:
        child.carry(now + draw.uniform(*_PAUSES))
        require_running(child)
        pressed.append(monotonic_ns())
        child.type(_KEY)
    return pressed


def _blast(said: Told, rate: float, seconds: float) -> tuple[int, int]:
    """When the blast began and ended, by what had been said."""
    before = round(QUIET * AROUND)
    counts = [row.trades + row.changes for row in said.log]
    places = np.searchsorted(counts, (before, before + round(rate * seconds)))
    begin, end = (said.log[min(int(place), len(said.log) - 1)].at for place in places)
    return begin, end
