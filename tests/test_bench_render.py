"""Measuring how pictures are drawn: the ways show the same, and the figures add up."""

from itertools import pairwise

import numpy as np
import pytest
from rich.color import Color

from feeds.errors import ConfigError
from tests.captures import CAPTURES, needs_captures
from tui.bench.asked import Asked
from tui.bench.pictures import BLOCK, FORMING, FRAME, Blink, Columns, Movie, Panes, read_events
from tui.bench.render import Drawn, render, rows, stage
from tui.bench.stage import Order, Result, movies
from tui.bench.ways import SegmentWidget, Spent, TextWidget
from tui.bench.workload import Workload
from tui.drawing.canvas import Canvas
from tui.pane import Size
from tui.panes.tape import TapePane
from tui.themes import load_look

LOOK = load_look()
SIZE = Size(40, 10)


def _noise() -> Canvas:
    random = np.random.default_rng(3)
    canvas = Canvas(*SIZE, LOOK)
    shape = (SIZE.height, SIZE.width)
    canvas.glyph[:] = random.choice([32, 65, 0x2580], shape)
    canvas.fg[:] = random.integers(0, len(LOOK.palette), shape)
    canvas.bg[:] = random.integers(0, 4, shape)
    canvas.bold[:] = random.random(shape) < 0.2
    return canvas


def _cells(canvas: Canvas) -> list[tuple[str, Color | None, Color | None, bool]]:
    """Each cell as a reference should show it."""
    rgb = [Color.from_rgb(*color) for color in canvas.look.palette]
    parts = (canvas.glyph, canvas.fg, canvas.bg, canvas.bold)
    cells = zip(*(part.ravel().tolist() for part in parts), strict=True)
    return [(chr(glyph), rgb[fg], rgb[bg], bold) for glyph, fg, bg, bold in cells]


def test_the_plain_widget_shows_the_same_cells_in_as_few_segments_as_can_be() -> None:
    canvas = _noise()
    widget = SegmentWidget(canvas)
    found = []
    for y in range(SIZE.height):
        segments = list(widget.render_line(y))
        for text, style, _ in segments:
            assert style is not None
            found += [(mark, style.color, style.bgcolor, bool(style.bold)) for mark in text]
        styles = [segment.style for segment in segments]
        assert all(one != other for one, other in pairwise(styles))
    assert found == _cells(canvas)


def test_the_text_of_every_cell_is_styled() -> None:
    canvas = _noise()
    widget = TextWidget()
    widget.put(canvas)
    text = widget.render()
    wanted = _cells(canvas)
    assert text.plain.replace("\n", "") == "".join(cell[0] for cell in wanted)
    spans = [span for span in text.spans if span.style]
    assert len(spans) == len(wanted)
    for span, (_, ink, ground, _) in zip(spans, wanted, strict=True):
        assert not isinstance(span.style, str)
        assert (span.style.color, span.style.bgcolor) == (ink, ground)


def _changed_columns(movie: Movie, frames: int) -> list[int]:
    """How many columns change at each frame."""
    counts, before = [], movie.draw()
    for _ in range(frames):
        movie.advance()
        after = movie.draw()
        cells = (before.glyph != after.glyph) | (before.fg != after.fg) | (before.bg != after.bg)
        counts.append(int(cells.any(axis=0).sum()))
        before = after
    return counts


def test_a_scroll_changes_every_column_of_every_frame() -> None:
    movie = Columns(SIZE, LOOK, "scroll")
    assert min(_changed_columns(movie, 20)) > SIZE.width * 0.9


@pytest.mark.parametrize("motion", ["block", "sweep"])
def test_between_jumps_only_the_newest_column_changes(motion: str) -> None:
    counts = _changed_columns(Columns(SIZE, LOOK, motion), BLOCK * FORMING * 3)
    jumps = [count for count in counts if count > 2]
    assert len(jumps) == (3 if motion == "block" else 0)


def test_what_is_given_to_a_reference_is_the_picture_we_draw() -> None:
    for movie in (Columns(SIZE, LOOK, "scroll"), Blink(SIZE, LOOK)):
        movie.advance()
        assert _cells(movie.given()) == _cells(movie.draw())


@needs_captures
def test_a_pane_goes_on_by_fifty_milliseconds_of_market() -> None:
    events = read_events(CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz")
    panes = Panes(TapePane(), SIZE, LOOK, events)
    market = panes._markets.get(panes._markets.ids[0])
    assert market is not None
    before = market.clock
    for _ in range(20):
        panes.advance()
    assert market.clock == pytest.approx(before + 20 * FRAME, abs=FRAME * 4)


def test_each_reference_is_one_row_with_its_ratio_and_goal() -> None:
    results = [
        Result("floor", "ours", Spent(10, 0.5, 0.0, 100.0, 100)),
        Result("columns, sweep", "ours", Spent(10, 1.0, 0.2, 2000.0, 9000)),
        Result("columns, sweep", "plain", Spent(5, 12.0, 0.0, 140_000.0, 150_000)),
        Result("ladder", "ours", Spent(10, 2.0, 1.5, 900.0, 1000)),
        Result("ladder", "plain", Spent(10, 5.0, 1.5, 35_000.0, 35_000)),
    ]
    sweep, ladder = rows(results, "200x50")
    assert (sweep.ratio, sweep.goal, sweep.bytes_goal, sweep.holds) == (12.0, 10.0, 4096, True)
    assert (ladder.ratio, ladder.goal, ladder.holds) == (2.5, 3.0, False)
    assert sweep.floor_ms == 0.5
    assert "MISSED" in ladder.line()
    fat = Drawn(**{name: getattr(sweep, name) for name in Drawn.__struct_fields__} | {"bytes": 5e3})
    assert not fat.holds


def test_every_pane_is_measured() -> None:
    assert {"floor", "heatmap, block", "heatmap, sweep", "ladder", "tape"} <= set(movies())


def test_a_process_under_a_pseudo_terminal_draws_in_every_way() -> None:
    order = Order(40, 10, 1, 3, 0.05, None, ("floor", "columns, scroll"))
    found = {(result.movie, result.way): result.spent for result in stage(order)}
    assert set(found) == {
        ("floor", "ours"),
        *(("columns, scroll", way) for way in ("ours", "plain", "per cell")),
    }
    ours, plain = found["columns, scroll", "ours"], found["columns, scroll", "plain"]
    assert 0 < found["floor", "ours"].bytes < ours.bytes < plain.bytes
    assert ours.ms > 0


def test_a_row_that_is_none_is_refused_before_anything_is_drawn() -> None:
    asked = Asked(lambda: Workload("", b"", []), only=("columns",))
    with pytest.raises(ConfigError, match='bench render has no "columns"'):
        next(iter(render(asked)))
