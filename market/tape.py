"""Tape: time and sales, the newest print first, and how fast it runs."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.events import Side
from market.flow import z_score
from market.trades import TradeLog

Integers = NDArray[np.int64]

_SECOND = 1_000_000_000

IDS_KEPT = 2000
"""Trade ids are text and kept for the newest prints only."""


class Print(NamedTuple):
    """One line of the tape; `lots` is positive, `id` empty where it is no longer kept."""

    ts: int
    ticks: int
    lots: int
    side: Side
    id: str


class Tape:
    """The newest prints of a trade log, with the venue's ids beside the newest of them."""

    def __init__(self, log: TradeLog) -> None:
        self._log = log
        self.ids: deque[str] = deque(maxlen=IDS_KEPT)
        """Ids of the newest trades of the log, oldest first; the market appends to it."""

    def last(self, count: int) -> list[Print]:
        """The newest `count` prints, newest first."""
        ts, ticks, lots = self._log.last(count)
        length = len(ts)
        newest_ids = list(self.ids)[::-1][:length]
        ids = newest_ids + [""] * (length - len(newest_ids))
        return [
            Print(when, price, abs(size), Side.BUY if size > 0 else Side.SELL, name)
            for when, price, size, name in zip(
                ts[::-1].tolist(), ticks[::-1].tolist(), lots[::-1].tolist(), ids, strict=True
            )
        ]


def pace(logs: Sequence[TradeLog], now: int, seconds: int = 60) -> tuple[int, float | None] | None:
    """Prints of the last whole second in several logs together, and their score.

    That is (prints - mean) / sigma of the minute before it (definitions.md 22), None where those
    seconds are too few or all alike. None of both before a second has passed since the first trade.
    """
    held = [log for log in logs if len(log)]
    span = _seconds(held, now, seconds)
    if span is None:
        return None
    edges = np.zeros(len(span), np.int64)
    for log in held:
        edges += log.since(log.first).ts.searchsorted(span)
    prints: list[int] = (edges[1:] - edges[:-1]).tolist()
    return prints[-1], z_score(prints[-1], prints[:-1])


def _seconds(logs: Sequence[TradeLog], now: int, seconds: int) -> Integers | None:
    """The edges of the last so many seconds and one, as far as all logs reach back."""
    firsts = [int(log.since(log.first).ts[0]) for log in logs if len(log)]
    if not firsts:
        return None
    stop = now // _SECOND
    # The second of the first trade is not known from its beginning.
    start = max(stop - 1 - seconds, max(firsts) // _SECOND + 1)
    if start >= stop:
        return None
    return np.arange(start, stop + 1, dtype=np.int64) * _SECOND
