"""Moving pictures to measure drawing with: a book that scrolls, one cell, and real panes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from feeds.replay import events as recorded
from feeds.simulate import events as simulated
from market.events import BookDelta, BookSnapshot, Event, Trade
from market.markets import Markets
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.pane import Pane, Size

FRAME: Final = 50_000_000
"""Market time from frame to frame, ns: 20 a second."""
BEGIN: Final = 0.6
"""The part of a recording that is the past of the first picture."""
FORMING: Final = 5
"""Frames until a column is whole: 250 ms at 20 frames a second."""
BLOCK: Final = 8
"""Columns a jump."""
STAYS: Final = 0.77
"""How likely an order is still the same one column later."""
SIMULATED: Final = 300.0
"""Seconds of simulated market where there is no recording."""


class Movie(Protocol):
    """One picture after the other."""

    def advance(self) -> None:
        """Go on by a frame; what is done here belongs to no way of drawing."""
        ...

    def draw(self) -> Canvas:
        """Draw the picture of this frame."""
        ...

    def given(self) -> Canvas:
        """The same picture as a reference gets it."""
        ...


class Blink:
    """A picture in which one cell changes: what a frame costs when nothing is drawn."""

    def __init__(self, size: Size, look: Look) -> None:
        self._canvases = [Canvas(*size, look) for _ in range(2)]
        self._canvases[0].text(size.width // 2, size.height // 2, "x", look.text)

    def advance(self) -> None:
        """Take the other one."""
        self._canvases.reverse()

    def draw(self) -> Canvas:
        """The finished picture."""
        return self._canvases[0]

    given = draw


class Columns:
    """A heatmap of a made-up book in half blocks: walls that come and go around a wandering price.

    `scroll` moves every column at every frame. In the others a column takes five frames to form,
    and only it changes from frame to frame: `block` jumps by eight columns, `sweep` never.
    """

    def __init__(self, size: Size, look: Look, motion: str) -> None:
        self._size, self._look, self._motion = size, look, motion
        self._made = made_up_book(size.width * 4, size.height * 2, look.levels)
        self._frame = size.width * FORMING
        self.advance()

    def advance(self) -> None:
        """Go on by a frame."""
        self._frame += 1
        self._levels = self._shown()
        self._canvas = self.draw()

    def draw(self) -> Canvas:
        """From levels to cells."""
        canvas = Canvas(*self._size, self._look)
        colors = self._look.heat_bid[self._levels]
        canvas.pixels(0, 0, colors[0::2], colors[1::2])
        return canvas

    def given(self) -> Canvas:
        """Cells at no cost."""
        return self._canvas

    def _shown(self) -> NDArray[np.uint8]:
        width, made = self._size.width, self._made
        place, newest = np.arange(width), self._frame // FORMING
        if self._motion == "scroll":
            levels: NDArray[np.uint8] = made[:, (self._frame + place) % made.shape[1]]
            return levels
        if self._motion == "sweep":
            column = newest - (newest - place) % width
        else:
            column = newest - newest % BLOCK + place - (width - BLOCK)
        levels = made[:, column % made.shape[1]]
        levels[:, column > newest] = 0
        # The rows of the newest column change a fifth at a time.
        to_come = np.arange(len(made)) % FORMING > self._frame % FORMING
        levels[to_come, column == newest] = made[to_come, (newest - 1) % made.shape[1]]
        return levels


def made_up_book(columns: int, rows: int, levels: int) -> NDArray[np.uint8]:
    """Intensities [row, column] below `levels`: walls that last, changed now and then, and a gap.

    An order rests for four columns on average, which gives a plain widget as many runs of a style
    as the books behind the figures of docs/performance.md.
    """
    random = np.random.default_rng(1)
    price = rows / 2 + np.cumsum(random.normal(0, 0.1, columns))
    distance = np.abs(np.arange(rows)[:, None] - price[None])
    sizes = random.gamma(0.6, 1.0, (rows, 1)) * random.gamma(4.0, 0.25, (rows, columns))
    stays = np.where(random.random((rows, columns)) < STAYS, 0, np.arange(columns))
    sizes = np.take_along_axis(sizes, np.maximum.accumulate(stays, axis=1), axis=1)
    sizes[distance < 0.7] = 0
    scaled = np.log1p(sizes * 6) / np.log1p(sizes.max() * 6)
    found: NDArray[np.uint8] = np.minimum(levels - 1, scaled * levels).astype(np.uint8)
    return found


class Panes:
    """A pane on a market that goes on by 50 ms a frame."""

    def __init__(self, pane: Pane, size: Size, look: Look, events: "Events") -> None:
        self._pane, self._size, self._look, self._events = pane, size, look, events
        self._markets = Markets()
        self._place, self._clock = 0, events.begin
        self._apply()

    def advance(self) -> None:
        """Apply the next 50 ms."""
        self._clock += FRAME
        self._apply()

    def draw(self) -> Canvas:
        """The pane's own picture."""
        market = self._markets.get(self._markets.ids[0])
        return self._pane.draw(market, self._size, self._look)

    given = draw

    def _apply(self) -> None:
        end = self._events.until(self._clock)
        self._markets.apply(self._events.all[self._place : end])
        self._place = end


class Events:
    """The events of a market in order, to be applied again and again."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.all = events
        timed = (Trade, BookDelta, BookSnapshot)
        times = [(e.ts_event or 0) if isinstance(e, timed) else 0 for e in events]
        self._clock = np.maximum.accumulate(np.array(times, np.int64))
        first, last = int(self._clock[self._clock > 0][0]), int(self._clock[-1])
        self.begin = first + round((last - first) * BEGIN)
        """Market time of the first picture."""

    def until(self, clock: int) -> int:
        """The number of events up to a market time."""
        return int(self._clock.searchsorted(clock, side="right"))


def read_events(path: Path | None) -> Events:
    """The events of a recording, or those of the simulated market."""
    return Events(list(recorded(path) if path is not None else simulated(7, SIMULATED)))
