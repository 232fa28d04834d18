"""Reading: what an aggregate of bars has not read of a log yet, piece by piece, by bar."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from market.bars import CHUNK
from market.basis import Basis
from market.numbering import Numbering
from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]


class Reading:
    """How far one aggregate has read a log whose trades it puts into the bars of a basis."""

    def __init__(self, basis: Basis) -> None:
        self.cursor = 0
        """Sequence number up to which trades were read."""
        self._numbering = Numbering(basis)
        self._generation = -1

    def lost(self, log: TradeLog) -> bool:
        """Whether nothing that was made of the log counts any more: it is begun anew."""
        return log.generation != self._generation or self.cursor < log.first

    def restart(self, log: TradeLog) -> int | None:
        """Begin anew; the number of the first bar that is held whole, where that is known."""
        self._generation = log.generation
        self.cursor, floor = self._numbering.restart(log)
        return floor

    def unread(self, log: TradeLog) -> Iterator[tuple[Integers, TradeColumns]]:
        """What was not read yet, in order: the numbers of the bars of trades, and the trades."""
        self._numbering.update(log)
        while self.cursor < log.end:
            start, self.cursor = self.cursor, min(self.cursor + CHUNK, log.end)
            trades = log.between(start, self.cursor)
            yield self._numbering.keys(start, trades.ts)[1], trades
