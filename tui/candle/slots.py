"""Slots: where on a chart the bars of each number stand, for every way to scroll."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from tui.drawing.timeline import Scroll

Integers = NDArray[np.int64]

_PITCHES = (6, 4)
"""Cells a slot while there are few bars; 2 once there are many."""
_NARROW = 2
_BLOCK = 8
"""Slots a jump at most, and a sixth of the chart."""
_GAP = 2
"""Slots that a sweep leaves free ahead of the newest bar."""


class Slots(NamedTuple):
    """Slots of `pitch` cells in a width, one for each number of a bar.

    The same bars are in the same slots for as long as possible: in blocks they move by several
    slots at once, in a sweep never.
    """

    width: int
    pitch: int
    newest: int
    """The number whose slot is the newest."""
    ahead: int
    """Free slots after the newest."""
    sweep: bool

    @classmethod
    def of(cls, width: int, oldest: int, newest: int, scroll: Scroll) -> Self:
        """Slots for the numbers that are there, so wide that as many as fit are seen."""
        number = newest + 1 - oldest
        for pitch in _PITCHES:
            slots = cls._of(width, pitch, newest, scroll)
            if number + slots.ahead <= slots.places and width >= pitch:
                return slots
        return cls._of(width, _NARROW, newest, scroll)

    @classmethod
    def _of(cls, width: int, pitch: int, newest: int, scroll: Scroll) -> Self:
        count = max(1, width // pitch)
        if scroll == "sweep":
            return cls(width, pitch, newest, min(_GAP, count - 1), True)
        if scroll == "smooth":
            return cls(width, pitch, newest, 0, False)
        block = max(1, min(_BLOCK, count // 6))
        return cls(width, pitch, newest, block - 1 - newest % block, False)

    @property
    def places(self) -> int:
        """How many there are."""
        return max(1, self.width // self.pitch)

    @property
    def left(self) -> int:
        """Cells before the first."""
        return max(0, self.width - self.pitch * self.places)

    @property
    def first(self) -> int:
        """The oldest number that has a slot."""
        return self.newest + self.ahead + 1 - self.places

    def cell(self, number: int) -> int:
        """The first cell of a number's slot."""
        slot = number % self.places if self.sweep else number - self.first
        return self.left + self.pitch * slot

    def cells(self, numbers: Integers) -> Integers:
        """The first cell of each number's slot."""
        slots = numbers % self.places if self.sweep else numbers - self.first
        cells: Integers = self.left + self.pitch * slots
        return cells

    def spans(self, begin: int, stop: int) -> list[tuple[int, int]]:
        """First cells and widths of the slots of the numbers from `begin` up to `stop`."""
        begin, stop = max(begin, self.first), min(stop, self.newest + 1)
        if begin >= stop:
            return []
        whole = stop - begin
        unbroken = self.places - begin % self.places if self.sweep else whole
        parts = ((begin, min(whole, unbroken)), (begin + unbroken, whole - unbroken))
        return [(self.cell(at), length * self.pitch) for at, length in parts if length > 0]
