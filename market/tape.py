"""Tape: time and sales, the newest print first."""

from collections import deque
from typing import NamedTuple

from market.events import Side
from market.trades import TradeLog

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
