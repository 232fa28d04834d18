"""What a run under load comes to: joins what was said, applied, pressed and shown by its times.

Pure. Times are ns of the monotonic clock, which is the same in every process of a machine.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.bench.followers import Reached
from tui.terminal.trace import Line

_NS: Final = 1_000_000_000
Integers = NDArray[np.int64]


class Spread(NamedTuple):
    """Milliseconds."""

    p50: float
    p99: float
    most: float


class Lags(NamedTuple):
    """How late each message was applied: when it was said, and by how much, ns."""

    said: Integers
    late: Integers

    def between(self, start: int, end: int) -> Integers:
        """Lateness of what was said in a time."""
        return self.late[(self.said >= start) & (self.said < end)]


def spread(values: Sequence[float] | Integers) -> Spread:
    """The usual percentiles and the most of times in ns; zeros of nothing."""
    if not len(values):
        return Spread(0.0, 0.0, 0.0)
    p50, p99, most = (np.percentile(np.asarray(values), [50, 99, 100]) / 1e6).tolist()
    return Spread(p50, p99, most)


def lags(said: Sequence[Reached], applied: Sequence[Reached]) -> Lags:
    """Every message's lag: trades by their number, changes counted from the last one back.

    The first changes of a connection are older than its book and are never applied. What was not
    applied at all has no lag; `lost` tells of it.
    """
    if not said or not applied:
        return Lags(np.empty(0, np.int64), np.empty(0, np.int64))
    dropped = said[-1].changes - applied[-1].changes
    parts = [
        _lags(_column(said, "trades"), _column(applied, "trades"), said, applied),
        _lags(_column(said, "changes"), _column(applied, "changes") + dropped, said, applied),
    ]
    return Lags(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _lags(
    said: Integers, applied: Integers, saying: Sequence[Reached], applying: Sequence[Reached]
) -> Lags:
    """Of one kind of message, by how many had been said and applied when."""
    places = np.searchsorted(applied, said)
    there = places < len(applied)
    counts = np.diff(said, prepend=0)[there]
    said_at = _column(saying, "at")[there]
    applied_at = _column(applying, "at")[places[there]]
    return Lags(np.repeat(said_at, counts), np.repeat(applied_at - said_at, counts))


def _column(rows: Sequence[Reached], name: str) -> Integers:
    return np.array([getattr(row, name) for row in rows], np.int64)


def recovery(lags: Lags, end: int, bound: int) -> float:
    """Seconds after `end` from which on nothing said was applied later than `bound`."""
    late = lags.said[(lags.said >= end) & (lags.late > bound)]
    return max(0.0, (int(late.max()) - end) / _NS) if len(late) else 0.0


def key_latencies(
    pressed: Sequence[int], lines: Sequence[Line], name: str, arrival: Callable[[int], float]
) -> list[int]:
    """From each key press to when the first picture taken after it was all at the terminal.

    Keys are handled in the order they were pressed; one that was never shown counts as if it
    still were on its way at the end.
    """
    handled = [line.t for line in lines if line.kind == "key" and line.key == name]
    frames = [line for line in lines if line.kind == "frame"]
    drawn = [line.drawn for line in frames]
    end = lines[-1].t if lines else 0
    latencies = []
    for number, at in enumerate(pressed):
        shown = end
        if number < len(handled):
            place = bisect_left(drawn, handled[number])
            if place < len(frames):
                shown = round(arrival(frames[place].bytes) * _NS)
        latencies.append(shown - at)
    return latencies
