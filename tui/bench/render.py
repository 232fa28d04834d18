"""Drawing: every pane in a whole app under a pseudo-terminal, beside plain widgets doing the same.

Each size has a process of its own that draws in all ways turn by turn; this process reads what it
writes, so that reading is not counted as drawing.
"""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from feeds.errors import ConfigError
from tui.bench.asked import Asked, Row
from tui.bench.child import Child, bare_environ, ended
from tui.bench.paced import paced
from tui.bench.stage import FRAMES, Order, Result, movies
from tui.bench.ways import Spent
from tui.bench.workload import DEFAULT_CAPTURE
from tui.registry import nearest

SIZES: Final = ((200, 50), (400, 100))
ROUNDS: Final = 2
SECONDS: Final = 3.0
"""Processor time after which a reference has shown enough frames; ours shows them all."""
PATIENCE: Final = 1800.0

LAYOUT: Final = "default layout"
REFERENCES: Final = {"plain": "plain segments", "per cell": "Rich text per cell"}
GOALS: Final = {
    ("columns, scroll", "plain"): 5.0,
    ("columns, scroll", "per cell"): 100.0,
    ("columns, block", "plain"): 10.0,
    ("columns, sweep", "plain"): 10.0,
    ("heatmap, block", "plain"): 10.0,
    ("heatmap, sweep", "plain"): 10.0,
}
"""How many times cheaper than the reference a frame must be; other panes `PANE_GOAL`."""
PANE_GOAL: Final = 3.0
SLIM: Final = 4096
"""Bytes a frame on average where only the newest column changes, at the first size."""


class Drawn(msgspec.Struct, frozen=True):
    """What a frame of one movie costs us, beside a reference that shows the same."""

    name: str
    size: str
    against: str
    ratio: float
    """How many times cheaper ours is."""
    goal: float
    ours_ms: float
    reference_ms: float
    draw_ms: float
    """Of ours, from the model to the cells."""
    floor_ms: float
    """Of ours, what a frame costs in which one cell changes."""
    bytes: float
    most_bytes: int
    reference_bytes: float
    bytes_goal: int | None
    frames: int

    @property
    def holds(self) -> bool:
        """Whether the goals are met."""
        return self.ratio >= self.goal and (
            self.bytes_goal is None or self.bytes <= self.bytes_goal
        )

    def line(self) -> str:
        """Return the figures as one line of text."""
        return (
            f"{self.name + ' ' + self.size:24} {self.ours_ms:7.2f} ms (draw {self.draw_ms:5.2f},"
            f" floor {self.floor_ms:4.2f}) {self.bytes / 1e3:6.1f} KB, most"
            f" {self.most_bytes / 1e3:6.1f} = 1/{self.ratio:.1f} of {self.against}"
            f" ({self.reference_ms:.2f} ms, {self.reference_bytes / 1e3:.0f} KB);"
            f" goal 1/{self.goal:.0f}{_kilobytes(self.bytes_goal)}: "
            f"{'met' if self.holds else 'MISSED'}"
        )


def render(asked: Asked) -> Iterator[Row]:
    """Every pane at both sizes, and the default layout at its own pace."""
    every = [*(name for name in movies() if name != "floor"), LAYOUT]
    for name in asked.only:
        if name not in every:
            raise ConfigError(f'bench render has no "{name}"{nearest(name, every)}')
    path = asked.path or (DEFAULT_CAPTURE if DEFAULT_CAPTURE.exists() else None)
    for width, height in SIZES:
        if asked.only == (LAYOUT,):
            break
        order = Order(
            width,
            height,
            asked.rounds or ROUNDS,
            FRAMES,
            SECONDS,
            str(path) if path is not None else None,
            asked.only,
        )
        yield from rows(stage(order), f"{width}x{height}")
    if not asked.only or LAYOUT in asked.only:
        yield paced(path, asked.seconds)


def stage(order: Order) -> list[Result]:
    """Have a process of its own carry an order out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = folder / "results.json"
        words = [msgspec.json.encode(order).decode(), str(results)]
        # Textual draws a widget again at this rate at most; ours are not slowed down by it.
        environ = bare_environ(folder) | {"TEXTUAL_FPS": "1000"}
        command = [sys.executable, "-m", "tui.bench.stage", *words]
        with Child(command, (order.width, order.height), environ=environ) as child:
            child.carry_for(PATIENCE)
            code = child.end()
        if code or not results.exists():
            raise ended(code, child)
        return msgspec.json.decode(results.read_bytes(), type=list[Result])


def rows(results: Iterable[Result], size: str) -> Iterator[Drawn]:
    """Ours beside each reference of the same movie."""
    found = {(result.movie, result.way): result.spent for result in results}
    floor = found.get(("floor", "ours"))
    for (movie, way), reference in found.items():
        if way != "ours":
            ours = found[movie, "ours"]
            yield _row(movie, way, size, ours, reference, floor.ms if floor else 0.0)


def _row(movie: str, way: str, size: str, ours: Spent, reference: Spent, floor_ms: float) -> Drawn:
    w, h = SIZES[0]
    return Drawn(
        name=movie,
        size=size,
        against=REFERENCES[way],
        ratio=reference.ms / ours.ms,
        goal=GOALS.get((movie, way), PANE_GOAL),
        ours_ms=ours.ms,
        reference_ms=reference.ms,
        draw_ms=ours.draw_ms,
        floor_ms=floor_ms,
        bytes=ours.bytes,
        most_bytes=ours.most_bytes,
        reference_bytes=reference.bytes,
        bytes_goal=SLIM if size == f"{w}x{h}" and movie.endswith(("block", "sweep")) else None,
        frames=ours.frames,
    )


def _kilobytes(count: int | None) -> str:
    return "" if count is None else f" and {count / 1024:.0f} KiB"
