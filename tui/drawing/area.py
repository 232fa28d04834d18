"""Area: a rectangle of cells on a canvas."""

from typing import NamedTuple


class Area(NamedTuple):
    """Top left corner and size in cells; a part of a pane."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column beyond."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond."""
        return self.y + self.height
