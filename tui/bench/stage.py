"""The process that draws for `tapetop bench render`: every movie in every way, turn by turn.

It runs under a pseudo-terminal that another process reads, so that the processor time it measures
is that of drawing alone.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec

from tui.bench.pictures import Blink, Columns, Events, Movie, Panes, read_events
from tui.bench.ways import Ours, PerCell, Plain, Spent, Stage
from tui.drawing.look import ColorDepth, Look
from tui.drawing.timeline import Scroll
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.registry import PANES, pane_type
from tui.themes import load_look

FRAMES: Final = 160
"""8 s of market: a heatmap that scrolls by blocks scrolls once."""
WAYS: Final[dict[str, type[Stage]]] = {"ours": Ours, "plain": Plain, "per cell": PerCell}

Make: TypeAlias = Callable[[Size, Look, Events], Movie]


class Order(msgspec.Struct, frozen=True):
    """What to measure."""

    width: int
    height: int
    rounds: int
    frames: int
    seconds: float
    """Processor time after which a reference has shown enough frames."""
    path: str | None
    """A recording; the simulated market without one."""
    only: tuple[str, ...] = ()
    """Movies; none named is all."""


class Result(msgspec.Struct, frozen=True):
    """What a movie cost in one way, in its cheapest round."""

    movie: str
    way: str
    spent: Spent


class Playing(NamedTuple):
    """A movie and the ways it is played in."""

    make: Make
    ways: tuple[str, ...]


def movies() -> dict[str, Playing]:
    """Every movie by name."""
    found = {"floor": Playing(lambda size, look, _: Blink(size, look), ("ours",))}
    for motion in ("scroll", "block", "sweep"):
        ways = ("ours", "plain", "per cell") if motion == "scroll" else ("ours", "plain")
        found[f"columns, {motion}"] = Playing(partial(_columns, motion), ways)
    for kind in PANES:
        if kind == Heatmap.kind:
            found["heatmap, block"] = Playing(partial(_heatmap, "block"), ("ours", "plain"))
            found["heatmap, sweep"] = Playing(partial(_heatmap, "sweep"), ("ours", "plain"))
        else:
            found[kind] = Playing(partial(_pane, kind), ("ours", "plain"))
    return found


def perform(order: Order) -> list[Result]:
    """Play everything; the cheapest round of each counts."""
    events = read_events(Path(order.path) if order.path else None)
    look = load_look("dark", ColorDepth.TRUE)
    size = Size(order.width, order.height)
    best: dict[tuple[str, str], Spent] = {}
    for _ in range(order.rounds):
        for name, (make, ways) in movies().items():
            if order.only and name not in order.only:
                continue
            for way in ways:
                stage = WAYS[way](make(size, look, events), order.frames, order.seconds)
                stage.run()
                assert stage.spent is not None
                known = best.get((name, way))
                if known is None or stage.spent.ms < known.ms:
                    best[name, way] = stage.spent
    return [Result(name, way, spent) for (name, way), spent in best.items()]


def main() -> None:
    """Read the order and write the results to the file it names."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(perform(order)))


def _columns(motion: str, size: Size, look: Look, _: Events) -> Movie:
    return Columns(size, look, motion)


def _heatmap(scroll: Scroll, size: Size, look: Look, events: Events) -> Movie:
    return Panes(Heatmap(scroll=scroll), size, look, events)


def _pane(kind: str, size: Size, look: Look, events: Events) -> Movie:
    return Panes(pane_type(kind)(), size, look, events)


if __name__ == "__main__":
    main()
