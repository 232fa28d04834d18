"""The board: tiles with their places, drawn when their picture would differ and laid together.

It is the picture of the whole screen as one canvas, without a terminal and without a clock: time
comes in as a function, so that a frame that runs out of budget can be tested.
"""

from collections.abc import Callable, Hashable, Sequence
from operator import is_not

from tui.canvas import Canvas
from tui.layouts import Region
from tui.look import Look
from tui.pane import Size


class Tile:
    """A part of the screen: where it lies, what draws it, and what its picture depends on."""

    def __init__(
        self,
        name: str,
        place: Region,
        draw: Callable[[Size, Look], Canvas],
        key: Callable[[], Hashable],
    ) -> None:
        self.name, self.place = name, place
        self._draw, self._key = draw, key
        self._seen: Hashable = None
        self._drawn_with: Look | None = None
        self.canvas: Canvas | None = None

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.place.width, self.place.height)

    def holds(self, x: int, y: int) -> bool:
        """Say whether a cell of the screen belongs to it."""
        left, top, width, height = self.place
        return left <= x < left + width and top <= y < top + height

    def stale(self, look: Look) -> bool:
        """Say whether drawing it now could give another picture."""
        return self.canvas is None or self._drawn_with is not look or self._key() != self._seen

    def refresh(self, look: Look) -> Canvas:
        """Draw it now."""
        self._seen, self._drawn_with = self._key(), look
        self.canvas = self._draw(self.size, look)
        return self.canvas


class Board:
    """The tiles in the order they are laid, later ones over earlier ones."""

    def __init__(self) -> None:
        self.tiles: Sequence[Tile] = ()
        self._turn = 0
        self._moved = False

    def lay(self, tiles: Sequence[Tile]) -> None:
        """Take these tiles instead of the ones before."""
        if len(tiles) != len(self.tiles) or any(map(is_not, tiles, self.tiles)):
            self.tiles, self._moved = tiles, True

    def compose(
        self, size: Size, look: Look, now: Callable[[], float], budget: float
    ) -> Canvas | None:
        """Draw stale tiles until the budget is spent and lay all together; None if none was.

        A tile that found no time keeps its old picture and is first in line at the next frame;
        one that was never drawn is drawn in any case.
        """
        stale = [tile for tile in self._in_turn() if tile.stale(look)]
        if not stale and not self._moved:
            return None
        self._moved = False
        end = now() + budget
        late: list[Tile] = []
        for number, tile in enumerate(stale):
            if tile.canvas is not None and number and now() >= end:
                late.append(tile)
            else:
                tile.refresh(look)
        self._turn = self.tiles.index(late[0]) if late else 0
        canvas = Canvas(size.width, size.height, look)
        for tile in self.tiles:
            if tile.canvas is not None:
                canvas.blit(tile.canvas, tile.place.x, tile.place.y)
        return canvas

    def at(self, x: int, y: int) -> Tile | None:
        """The topmost tile that holds a cell."""
        return next((tile for tile in reversed(self.tiles) if tile.holds(x, y)), None)

    def _in_turn(self) -> Sequence[Tile]:
        turn = self._turn % max(1, len(self.tiles))
        return (*self.tiles[turn:], *self.tiles[:turn])
