"""The board: tiles with their places, drawn when their picture would differ and laid together.

It is the picture of the whole screen as one canvas, without a terminal and without a clock: time
comes in as a function, so that a frame that runs out of budget can be tested.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from operator import is_not
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.desk.layouts import Region
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.pane import Size

Why: TypeAlias = Literal["same", "rest", "covered", "late"]
"""Why a tile was not drawn: its picture is still right, it was drawn a moment ago, nobody sees it,
or the frame's time was spent."""


class Tile:
    """A part of the screen: where it lies, what draws it, and what its picture depends on.

    `key` is what people change, drawn at once; `data` is what the market changes, drawn no sooner
    than `rest` seconds after the last time.
    """

    def __init__(
        self,
        name: str,
        place: Region,
        draw: Callable[[Size, Look], Canvas],
        key: Callable[[], Hashable],
        data: Callable[[], Hashable] = lambda: None,
        rest: float = 0.0,
    ) -> None:
        self.name, self.place = name, place
        self._draw, self._key, self._data = draw, key, data
        self.rest = rest
        """Seconds; may be changed at any time."""
        self._seen: tuple[Hashable, Hashable] = (None, None)
        self._drawn_with: Look | None = None
        self._drawn_at = 0.0
        self.canvas: Canvas | None = None
        self.draws = 0
        self.seconds = 0.0
        """Spent on drawing since the start."""
        self.skips: Counter[Why] = Counter()

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.place.width, self.place.height)

    def holds(self, x: int, y: int) -> bool:
        """Say whether a cell of the screen belongs to it."""
        left, top, width, height = self.place
        return left <= x < left + width and top <= y < top + height

    def covers(self, other: "Tile") -> bool:
        """Say whether nothing of another tile would be seen under this one."""
        left, top, width, height = other.place
        return self.holds(left, top) and self.holds(left + width - 1, top + height - 1)

    def idle(self, look: Look, now: float) -> Why | None:
        """Why drawing it now would be for nothing; None where it is due."""
        if self.canvas is None or self._drawn_with is not look:
            return None
        key, data = self._seen
        if self._key() != key:
            return None
        if self.rests(now):
            return "rest"
        return "same" if self._data() == data else None

    def rests(self, now: float) -> bool:
        """Say whether it was drawn a moment ago, as far as the market is concerned."""
        # A tick that comes a trifle early must not cost a whole frame's time.
        return now - self._drawn_at < self.rest * 0.9

    def resting(self) -> bool:
        """Say whether it is drawn less often than the screen."""
        return self.rest > 0

    def since(self) -> float:
        """When it was drawn last."""
        return self._drawn_at

    def waits(self, look: Look, until: float) -> bool:
        """Say whether a picture the market made old may be drawn at a later frame as well."""
        if not self.rest or self.canvas is None or self._drawn_with is not look:
            return False
        return until - self._drawn_at < self.rest * 1.6 and self._key() == self._seen[0]

    def fits(self, look: Look) -> bool:
        """Say whether its picture, old as it may be, can be laid among pictures of this look."""
        if self.canvas is None or self._drawn_with is None:
            return False
        return self._drawn_with.palette is look.palette and self._drawn_with.zone == look.zone

    def refresh(self, look: Look, now: Callable[[], float]) -> None:
        """Draw it now."""
        self._seen, self._drawn_with = (self._key(), self._data()), look
        self._drawn_at = now()
        self.canvas = self._draw(self.size, look)
        self.draws += 1
        self.seconds += now() - self._drawn_at


class Board:
    """The tiles in the order they are laid, later ones over earlier ones."""

    def __init__(self) -> None:
        self.tiles: Sequence[Tile] = ()
        self._turn = 0
        self._moved = False
        self._composed = -math.inf

    def lay(self, tiles: Sequence[Tile]) -> None:
        """Take these tiles instead of the ones before."""
        if len(tiles) != len(self.tiles) or any(map(is_not, tiles, self.tiles)):
            self.tiles, self._moved = tiles, True

    def compose(
        self, size: Size, look: Look, now: Callable[[], float], budget: float
    ) -> Canvas | None:
        """Draw stale tiles until the budget is spent and lay all together; None if none was.

        A tile that found no time keeps its old picture and is first in line at the next frame;
        one that was never drawn, or in another palette, is drawn in any case.
        """
        began = now()
        stale = self._spread(self._stale(look, began), look, 2 * began - self._composed)
        self._composed = began
        if not stale and not self._moved:
            return None
        self._moved = False
        end = now() + budget
        late: list[Tile] = []
        for number, tile in enumerate(stale):
            if tile.fits(look) and number and now() >= end:
                late.append(tile)
                tile.skips["late"] += 1
            else:
                tile.refresh(look, now)
        self._turn = self.tiles.index(late[0]) if late else 0
        canvas = Canvas(size.width, size.height, look)
        for tile in self.tiles:
            if tile.canvas is not None:
                canvas.blit(tile.canvas, tile.place.x, tile.place.y)
        return canvas

    def at(self, x: int, y: int) -> Tile | None:
        """The topmost tile that holds a cell."""
        return next((tile for tile in reversed(self.tiles) if tile.holds(x, y)), None)

    def owners(self, size: Size) -> NDArray[np.intp]:
        """The number of the topmost tile of each cell [rows, columns], -1 where there is none."""
        grid = np.full((size.height, size.width), -1, np.intp)
        for number, tile in enumerate(self.tiles):
            x, y, width, height = tile.place
            grid[max(0, y) : y + height, max(0, x) : x + width] = number
        return grid

    def _stale(self, look: Look, now: float) -> list[Tile]:
        """The tiles to draw, those that found no time at the last frame first."""
        stale: list[Tile] = []
        for number, tile in self._in_turn():
            why = tile.idle(look, now)
            if why is None and tile.canvas is not None and self._covered(number, tile):
                why = "covered"
            if why is None:
                stale.append(tile)
            else:
                tile.skips[why] += 1
        return stale

    def _covered(self, number: int, tile: Tile) -> bool:
        """Say whether a tile laid later hides this one."""
        return any(over.covers(tile) for over in self.tiles[number + 1 :])

    def _spread(self, stale: list[Tile], look: Look, following: float) -> list[Tile]:
        """Those to draw now of tiles that rest: at most half, for the next frame to be as quick.

        `following` is when the next frame is due. Who waited longest comes first.
        """
        waiting = sorted((tile for tile in stale if tile.waits(look, following)), key=Tile.since)
        resting = sum(map(Tile.resting, self.tiles))
        later = waiting[max(0, (resting + 1) // 2 - (len(stale) - len(waiting))) :]
        for tile in later:
            tile.skips["rest"] += 1
        return [tile for tile in stale if tile not in later]

    def _in_turn(self) -> Sequence[tuple[int, Tile]]:
        numbered = tuple(enumerate(self.tiles))
        turn = self._turn % max(1, len(numbered))
        return (*numbered[turn:], *numbered[:turn])
