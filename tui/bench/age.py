"""Picture age: how old the picture on the user's screen is, from a trace and what has arrived.

A frame is on the screen once all its bytes have arrived. Its picture was right when it was taken,
and again at each later tick that found it unchanged, until the next frame was drawn: the age at any
moment is the time since the picture then on the screen was last known to be right.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from tui.terminal.trace import Line

STEP: Final = 10_000_000
"""ns from sample to sample."""
NEVER: Final = 2**62
_NS: Final = 1_000_000_000


class Ages(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float
    most: float


class _Frame(NamedTuple):
    shown: int
    right: list[int]
    """Times at which it was known to be right, ascending."""


def picture_ages(
    lines: Sequence[Line], arrival: Callable[[int], float], start: float, end: float
) -> list[float]:
    """The age in seconds at each sample from `start` up to `end`, seconds of the monotonic clock.

    `arrival` tells when the first so many bytes were all at the other end. Before the first frame
    the age counts from the beginning of the trace.
    """
    frames = _frames(lines, arrival)
    shown = [frame.shown for frame in frames]
    ages: list[float] = []
    for sample in range(_whole(start), _whole(end), STEP):
        place = bisect_right(shown, sample) - 1
        right = frames[place].right if place >= 0 else [lines[0].t]
        ages.append((sample - right[max(0, bisect_right(right, sample) - 1)]) / _NS)
    return ages


def summary(ages: Sequence[float]) -> Ages:
    """The usual percentiles and the most, in milliseconds."""
    p50, p95, most = (np.percentile(np.array(ages), [50, 95, 100]) * 1e3).tolist()
    return Ages(p50, p95, most)


def frame_sizes(lines: Sequence[Line], start: float, end: float) -> list[int]:
    """Bytes of every frame written between two times; a fence counts with its frame."""
    sizes: list[int] = []
    before = 0
    for line in lines:
        if line.kind == "frame" and _whole(start) <= line.t < _whole(end):
            sizes.append(line.bytes - before)
        before = line.bytes
    return sizes


def _frames(lines: Sequence[Line], arrival: Callable[[int], float]) -> list[_Frame]:
    frames: list[_Frame] = []
    for line in lines:
        if line.kind == "frame":
            frames.append(_Frame(_whole(arrival(line.bytes)), [line.drawn]))
        elif line.kind == "same" and frames:
            frames[-1].right.append(line.t)
    return frames


def _whole(seconds: float) -> int:
    return round(seconds * _NS) if seconds < NEVER / _NS else NEVER
