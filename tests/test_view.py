"""What reaches the terminal is the canvas: every frame, replayed into an emulator, cell by cell."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyte
import pytest
from rich.console import Console
from rich.style import Style
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input, Static

from tests.running import in_loop
from tui.desk.performance import Owners
from tui.drawing.canvas import Canvas
from tui.drawing.color import hex_code
from tui.drawing.look import ColorDepth, Look
from tui.terminal.spans import SpanScreen
from tui.terminal.view import CellStrip, CellView
from tui.themes import load_look

WIDTH, HEIGHT = 60, 14
LOOK = load_look()


class _Recorder(HeadlessDriver):
    """A driver without a terminal that keeps what it is told to write."""

    written = ""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.written += data


class _OneView(App[None]):
    """An app that shows one view."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(driver_class=_Recorder)
        self.view = CellView(canvas)

    def get_default_screen(self) -> SpanScreen:
        return SpanScreen(self.view)

    def take(self) -> str:
        """What was written since the last call."""
        driver = self._driver
        assert isinstance(driver, _Recorder)
        text, driver.written = driver.written, ""
        return text


class _Over(ModalScreen[None]):
    """Something that lies over the view."""

    CSS = "_Over { align: center middle; } Static { width: 20; height: 3; }"

    def compose(self) -> Iterator[Static]:
        yield Static("over the cells")


class _Terminal:
    """An emulated terminal and how to compare it with a canvas."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    def seen(self, x: int, y: int) -> tuple[object, ...]:
        """What is seen of a cell; a blank's ink is not."""
        cell = self.screen.buffer[y][x]
        return (cell.data, cell.bg, *((cell.fg, cell.bold) if cell.data.strip() else ()))

    def differs(self, canvas: Canvas) -> str:
        """The first cell that is not the canvas's, in words; empty where all are."""
        palette = [hex_code(color)[1:] for color in canvas.look.palette]
        for y in range(HEIGHT):
            for x in range(WIDTH):
                cell = self.screen.buffer[y][x]
                glyph = chr(canvas.glyph[y, x]) if canvas.glyph[y, x] else ""
                wanted: tuple[Any, ...] = (glyph, palette[canvas.bg[y, x]])
                found: tuple[Any, ...] = (cell.data, cell.bg)
                if glyph.strip():
                    wanted += (palette[canvas.fg[y, x]], bool(canvas.bold[y, x]))
                    found += (cell.fg, cell.bold)
                if glyph and wanted != found:
                    return f"row {y}, column {x}: {found} instead of {wanted}"
        return ""


def _noise(seed: int, look: Look = LOOK) -> Canvas:
    """A canvas with anything anywhere."""
    random = np.random.default_rng(seed)
    canvas = Canvas(WIDTH, HEIGHT, look)
    shape = (HEIGHT, WIDTH)
    canvas.glyph[:] = random.choice([32, 32, 65, 0x2580, 0x2588, 0x25B2, 0xB7], shape)
    canvas.fg[:] = random.integers(0, len(look.palette), shape)
    canvas.bg[:] = random.integers(0, len(look.palette), shape)
    canvas.bold[:] = random.random(shape) < 0.2
    return canvas


def _changed(canvas: Canvas, seed: int) -> Canvas:
    """The same canvas with a few things written over it, wide characters among them."""
    random = np.random.default_rng(seed)
    after = Canvas(WIDTH, HEIGHT, canvas.look)
    after.blit(canvas, 0, 0)
    for _ in range(6):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        word = str(random.choice(["a", "price", "比特币", "60177.5 ▲", " "]))
        after.text(x, y, word, *(random.integers(0, len(canvas.look.palette), 2).tolist()))
    return after


async def _settled(app: _OneView, pilot: Pilot[None], terminal: _Terminal) -> str:
    """What was written until the terminal shows the canvas; fails when it never does."""
    written = ""
    for _ in range(500):
        await pilot.pause()
        text = app.take()
        written += text
        terminal.feed(text)
        difference = terminal.differs(app.view.canvas)
        if not difference:
            return written
        await asyncio.sleep(0)
    raise AssertionError(difference)


@in_loop
async def test_every_frame_on_the_terminal_is_the_canvas_cell_by_cell() -> None:
    app = _OneView(_noise(0))
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT)) as pilot:
        terminal = _Terminal()
        await _settled(app, pilot, terminal)
        canvas = app.view.canvas
        for seed in range(30):
            canvas = _noise(seed) if seed % 10 == 9 else _changed(canvas, seed)
            app.view.show(canvas)
            await _settled(app, pilot, terminal)


@in_loop
async def test_a_picture_that_does_not_change_writes_nothing() -> None:
    app = _OneView(_noise(1))
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT)) as pilot:
        await _settled(app, pilot, _Terminal())
        app.take()
        for _ in range(5):
            assert not app.view.show(_noise(1))
            await pilot.pause()
        assert app.take() == ""


@in_loop
async def test_one_changed_cell_costs_a_few_bytes_wherever_it_is() -> None:
    app = _OneView(_noise(2))
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT)) as pilot:
        terminal = _Terminal()
        await _settled(app, pilot, terminal)
        for x, y in ((0, 0), (WIDTH // 2, 3), (WIDTH - 1, HEIGHT - 1)):
            canvas = Canvas(WIDTH, HEIGHT, LOOK)
            canvas.blit(app.view.canvas, 0, 0)
            canvas.text(x, y, "#", LOOK.text, LOOK.background)
            app.view.show(canvas)
            assert len(await _settled(app, pilot, terminal)) < 80


@in_loop
async def test_a_dialog_of_textuals_lies_over_the_cells_and_leaves_them_whole() -> None:
    app = _OneView(_noise(3))
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT)) as pilot:
        terminal = _Terminal()
        await _settled(app, pilot, terminal)
        await app.push_screen(_Over())
        for _ in range(50):
            await pilot.pause()
            terminal.feed(app.take())
            if any("over the cells" in row for row in terminal.screen.display):
                break
        assert any("over the cells" in row for row in terminal.screen.display)
        app.pop_screen()
        app.view.show(_noise(4))
        await _settled(app, pilot, terminal)


def _toast(app: _OneView) -> None:
    app.notify("a passing word", timeout=60)


def _palette(app: _OneView) -> None:
    app.action_command_palette()


def _dialog(app: _OneView) -> None:
    app.push_screen(_Over())


@pytest.mark.parametrize("lay_over", [_toast, _palette, _dialog])
@in_loop
async def test_under_anything_of_textuals_frames_leave_what_a_whole_repaint_would(
    lay_over: Callable[[_OneView], None],
) -> None:
    app = _OneView(_noise(3))
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT), notifications=True) as pilot:
        terminal = _Terminal()
        await _settled(app, pilot, terminal)
        lay_over(app)
        await pilot.pause(0.3)
        for line in app.screen.query(Input):
            # A cursor that blinks is another picture by its own clock.
            line.cursor_blink = False
        canvas = app.view.canvas
        for seed in range(12):
            canvas = _changed(canvas, seed)
            app.view.show(canvas)
            await pilot.pause()
        await pilot.pause(0.3)
        terminal.feed(app.take())
        assert terminal.differs(canvas), "something lies over the cells"
        app.screen.refresh(layout=True)
        whole = _Terminal()
        while not (text := app.take()):
            await pilot.pause()
        whole.feed(text)
        for y in range(HEIGHT):
            for x in range(WIDTH):
                assert terminal.seen(x, y) == whole.seen(x, y), (x, y)


@in_loop
async def test_where_nothing_lies_over_the_view_a_frame_is_written_at_once() -> None:
    app = _OneView(_noise(3))
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT)) as pilot:
        terminal = _Terminal()
        await _settled(app, pilot, terminal)
        for seed in range(12):
            app.view.show(_changed(app.view.canvas, seed))
            terminal.feed(app.take())
            assert not terminal.differs(app.view.canvas)


@in_loop
async def test_frames_encoded_owner_by_owner_show_the_same_and_say_what_each_costs() -> None:
    app = _OneView(_noise(3))
    grid = np.zeros((HEIGHT, WIDTH), np.intp)
    grid[:, 20:] = 1
    grid[4:6, 30:] = -1
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT)) as pilot:
        terminal = _Terminal()
        await _settled(app, pilot, terminal)
        for seed in range(12):
            app.view.show(_noise(seed), Owners(["left", "right"], grid))
            terminal.feed(app.take())
            assert not terminal.differs(app.view.canvas)
        costs = app.view.costs
        assert set(costs) == {"left", "right", "ground"}
        assert costs["right"].bytes > costs["left"].bytes > 1000


@in_loop
async def test_textuals_own_picture_of_the_screen_holds_the_cells() -> None:
    canvas = Canvas(WIDTH, HEIGHT, LOOK)
    canvas.text(3, 2, "60177.5", LOOK.buy)
    app = _OneView(canvas)
    async with app.run_test(headless=False, size=(WIDTH, HEIGHT)) as pilot:
        await _settled(app, pilot, _Terminal())
        assert "60177.5" in app.export_screenshot()


@pytest.mark.parametrize("depth", ColorDepth)
def test_strips_give_the_same_text_as_segments_and_as_escapes(depth: ColorDepth) -> None:
    look = load_look("dark", depth)
    canvas = _changed(_noise(5, look), 6)
    view = CellView(canvas)
    for y, strip in enumerate(view.render_lines(Region(0, 0, WIDTH, HEIGHT))):
        assert isinstance(strip, CellStrip)
        row = "".join(chr(glyph) for glyph in canvas.glyph[y].tolist() if glyph)
        assert strip.text == row
        screen = pyte.Screen(WIDTH, 1)
        pyte.Stream(screen).feed(strip.render(Console()))
        assert screen.display[0] == row


def test_a_strip_is_cut_and_divided_without_losing_a_cell() -> None:
    canvas = _noise(7)
    strip = CellView(canvas).render_lines(Region(0, 0, WIDTH, 1))[0]
    assert "".join(part.text for part in strip.divide([7, 30, WIDTH])) == strip.text
    assert strip.crop(5, 9).text == strip.text[5:9]
    assert strip.crop(9, 5).cell_length == 0
    assert strip.adjust_cell_length(WIDTH + 4).cell_length == WIDTH + 4
    assert strip.apply_style(Style(bold=True)).text == strip.text
    assert Strip.join([strip.crop(0, 9), strip.crop(9)]).text == strip.text


def test_a_view_asked_for_more_than_its_canvas_fills_with_the_ground() -> None:
    rows = CellView(Canvas(4, 2, LOOK)).render_lines(Region(0, 0, 10, 5))
    assert [row.cell_length for row in rows] == [10] * 5
