"""Ways to put a picture on the terminal, each as a whole app that plays a movie and counts.

`Ours` is the way of the monitor itself. `Plain` is a good plain widget: runs of equal style as
segments with cached styles, given out by `render_line`. `PerCell` is Rich text with a style for
each cell, the first thing one would write. These two write through Textual's own driver, as a
plain Textual app does.
"""

import asyncio
import gc
import sys
from time import process_time, thread_time
from typing import Any, ClassVar, Final

import numpy as np
from msgspec import Struct
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tui.bench.pictures import Movie
from tui.drawing.canvas import Canvas
from tui.drawing.look import MOST_COLORS, Look
from tui.terminal.driver import TerminalDriver
from tui.terminal.spans import SpanScreen
from tui.terminal.view import CellView

WARM: Final = 3
"""Frames before anything is counted."""
LEAST: Final = 3
"""Frames that are counted in any case."""


class Spent(Struct, frozen=True):
    """What the frames of a movie cost in one app."""

    frames: int
    ms: float
    """Processor time of the process for each frame, without the market's own."""
    draw_ms: float
    """Of that, from the model to the cells."""
    bytes: float
    most_bytes: int


class StockDriver(LinuxDriver):
    """Textual's own driver as it comes, but that it counts and writes to standard output."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        assert sys.__stdout__ is not None
        self._file = sys.__stdout__
        self.bytes_written = 0
        self.counting = 0.0
        """Processor time spent on counting, which is ours and not the driver's."""

    def write(self, data: str) -> None:
        """Write, and count the bytes."""
        before = thread_time()
        self.bytes_written += len(data.encode("utf-8", "replace"))
        self.counting += thread_time() - before
        super().write(data)


class Stage(App[None], inherit_bindings=False):
    """An app that plays a movie as fast as it goes, each frame written before the next begins."""

    ENABLE_COMMAND_PALETTE = False
    CSS: ClassVar[str] = "Screen { overflow: hidden; } Screen > * { width: 100%; height: 100%; }"

    def __init__(
        self,
        movie: Movie,
        frames: int,
        seconds: float,
        driver: type[TerminalDriver | StockDriver] = StockDriver,
    ) -> None:
        super().__init__(driver_class=driver)
        self._movie, self._frames, self._seconds = movie, frames, seconds
        self._written = asyncio.Event()
        self._sizes: list[int] = []
        self._apart = self._drawing = 0.0
        self.spent: Spent | None = None

    def on_mount(self) -> None:
        """Play once the first layout is on the screen."""
        self.call_after_refresh(lambda: self.run_worker(self._play()))

    def post_display_hook(self) -> None:
        """Textual has given an update to the driver."""
        self._written.set()

    def picture(self) -> Canvas:
        """The picture of this frame as this way gets it."""
        return self._movie.given()

    def put(self, canvas: Canvas) -> bool:
        """Show it; say whether anything will be written."""
        raise NotImplementedError

    async def _play(self) -> None:
        await asyncio.sleep(0.1)
        for _ in range(WARM):
            await self._frame()
        await self._drain()
        self._apart = self._drawing = 0.0
        counted = self._counting()
        self._sizes.clear()
        gc.collect()
        gc.disable()
        started = process_time()
        while len(self._sizes) < self._frames:
            await self._frame()
            if process_time() - started > self._seconds and len(self._sizes) >= LEAST:
                break
        await self._drain()
        self._apart += self._counting() - counted
        spent, count = process_time() - started - self._apart, len(self._sizes)
        gc.enable()
        ms, draw_ms = spent / count * 1e3, self._drawing / count * 1e3
        mean, most = sum(self._sizes) / count, max(self._sizes)
        self.spent = Spent(count, ms, draw_ms, mean, most)
        self.exit()

    async def _frame(self) -> None:
        before, driver = thread_time(), self._driver
        assert isinstance(driver, TerminalDriver | StockDriver)
        self._movie.advance()
        begun = thread_time()
        self._apart += begun - before
        written = driver.bytes_written
        self._written.clear()
        canvas = self.picture()
        self._drawing += thread_time() - begun
        if self.put(canvas):
            await self._written.wait()
        self._sizes.append(driver.bytes_written - written)
        # What waits in the loop, the terminal's answers among it, has its turn as it has live.
        await asyncio.sleep(0)

    def _counting(self) -> float:
        return self._driver.counting if isinstance(self._driver, StockDriver) else 0.0

    async def _drain(self) -> None:
        """Wait until the writer has written everything, so that its time is counted."""
        writer = self._driver._writer_thread if isinstance(self._driver, LinuxDriver) else None
        while writer is not None and writer._queue.qsize():  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.001)


class Ours(Stage):
    """The monitor's view on its screen: changed cells, encoded in one pass."""

    def __init__(self, movie: Movie, frames: int, seconds: float) -> None:
        super().__init__(movie, frames, seconds, TerminalDriver)
        self.view = CellView(movie.given())

    def get_default_screen(self) -> Screen[None]:
        """Return the screen that writes spans."""
        return SpanScreen(self.view)

    def picture(self) -> Canvas:
        """Drawn by ourselves from the model on."""
        return self._movie.draw()

    def put(self, canvas: Canvas) -> bool:
        """Write the cells that changed."""
        return self.view.show(canvas)


class Plain(Stage):
    """A good plain widget."""

    def __init__(self, movie: Movie, frames: int, seconds: float) -> None:
        super().__init__(movie, frames, seconds)
        self.widget = SegmentWidget(movie.given())

    def compose(self) -> ComposeResult:
        """Give the screen its widget."""
        yield self.widget

    def put(self, canvas: Canvas) -> bool:
        """Render every row again."""
        self.widget.put(canvas)
        return True


class SegmentWidget(Widget):
    """Shows a picture as segments, one for each run of a style; styles are made once."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self._styles: dict[int, Style] = {}
        self.put(canvas)

    def put(self, canvas: Canvas) -> None:
        """Find the runs of all rows at once."""
        self._look, self._width = canvas.look, canvas.width
        keys = _keys(canvas)
        edges = np.ones(keys.shape, np.bool_)
        edges[:, 1:] = keys[:, 1:] != keys[:, :-1]
        begins = np.flatnonzero(edges)
        self._begins = [*begins.tolist(), keys.size]
        self._found = keys.ravel()[begins].tolist()
        self._rows = np.searchsorted(begins, np.arange(canvas.height + 1) * canvas.width).tolist()
        self._text = canvas.glyph.astype("<u4").tobytes().decode("utf-32-le")
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The segments of one row."""
        if y + 1 >= len(self._rows):
            return Strip.blank(self._width)
        text, begins, found, styles = self._text, self._begins, self._found, self._styles
        segments: list[Segment] = []
        for run in range(self._rows[y], self._rows[y + 1]):
            key = found[run]
            style = styles.get(key)
            if style is None:
                style = styles[key] = _style(self._look, key)
            segments.append(Segment(text[begins[run] : begins[run + 1]].replace("\0", ""), style))
        return Strip(segments, self._width)


class PerCell(Stage):
    """Rich text with a style for each cell."""

    def __init__(self, movie: Movie, frames: int, seconds: float) -> None:
        super().__init__(movie, frames, seconds)
        self.widget = TextWidget()
        self.widget.put(movie.given())

    def compose(self) -> ComposeResult:
        """Give the screen its widget."""
        yield self.widget

    def put(self, canvas: Canvas) -> bool:
        """Style every cell again."""
        self.widget.put(canvas)
        return True


class TextWidget(Widget):
    """Shows a picture as one Rich text."""

    def __init__(self) -> None:
        super().__init__()
        self._styles: dict[int, Style] = {}
        self._text = Text()

    def put(self, canvas: Canvas) -> None:
        """Append cell by cell, styles made once."""
        text = Text(no_wrap=True, end="")
        styles = self._styles
        for keys, glyphs in zip(_keys(canvas).tolist(), canvas.glyph.tolist(), strict=True):
            for key, glyph in zip(keys, glyphs, strict=True):
                if key not in styles:
                    styles[key] = _style(canvas.look, key)
                text.append(chr(glyph), styles[key])
            text.append("\n")
        self._text = text
        self.refresh()

    def render(self) -> Text:
        """Give Textual the text."""
        return self._text


def _keys(canvas: Canvas) -> np.ndarray:
    """One number for what a cell looks like beside its glyph."""
    keys: np.ndarray = (canvas.fg.astype(np.int32) * MOST_COLORS + canvas.bg) * 2 + canvas.bold
    return keys


def _style(look: Look, key: int) -> Style:
    ink, ground = divmod(key // 2, MOST_COLORS)
    colors = [Color.from_rgb(*look.palette[index]) for index in (ink, ground)]
    return Style(color=colors[0], bgcolor=colors[1], bold=bool(key % 2))
