"""Performance panel: what each pane costs in time and bytes, what is skipped and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable

from numpy import intp
from numpy.typing import NDArray

from feeds.outlet import Counts
from tui.desk.board import Tile
from tui.desk.layouts import Region
from tui.drawing.canvas import Canvas
from tui.drawing.format import compact, duration
from tui.drawing.look import Look
from tui.pane import Size
from tui.terminal.governor import Governor, Why
from tui.terminal.link import Answers

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

SIZE: Final = Size(76, 24)
SECOND: Final = 1_000_000_000


@runtime_checkable
class Counting(Protocol):
    """A source that counts what has happened to its connections."""

    @property
    def counts(self) -> Counts:
        """Since the start."""
        ...


class Owners(NamedTuple):
    """Whose each cell of the screen is."""

    names: Sequence[str]
    grid: NDArray[intp]
    """Index into `names` [rows, columns]; -1 where nobody's."""


@dataclass(slots=True)
class Cost:
    """What showing a tile has cost since the panel was opened."""

    seconds: float = 0.0
    bytes: int = 0


class Row(NamedTuple):
    """A tile's figures over the last second."""

    name: str
    draw_ms: float
    """For each picture drawn."""
    encode_ms: float
    bytes: float
    draws: int
    skipped: str


@dataclass(slots=True)
class _Before:
    draws: int
    seconds: float
    skips: Counter[str]
    cost: Cost


@dataclass(slots=True)
class Panel:
    """The figures of the last second; `costs` is filled by the view as it encodes."""

    costs: dict[str, Cost] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    version: int = 0
    _before: dict[str, _Before] = field(default_factory=dict)

    def renew(self, monitor: "Monitor", tiles: Sequence[Tile]) -> None:
        """Take the figures of the second that has passed."""
        self.rows = tuple(self._row(tile) for tile in tiles if tile.name != "performance")
        self.lines = tuple(_lines(monitor))
        self.version += 1

    def _row(self, tile: Tile) -> Row:
        cost = self.costs.get(tile.name, Cost())
        now = _Before(tile.draws, tile.seconds, Counter(tile.skips), Cost(cost.seconds, cost.bytes))
        old = self._before.get(tile.name, now)
        self._before[tile.name] = now
        draws = now.draws - old.draws
        each = max(1, draws)
        skips = now.skips - old.skips
        return Row(
            tile.name,
            (now.seconds - old.seconds) / each * 1e3,
            (now.cost.seconds - old.cost.seconds) / each * 1e3,
            (now.cost.bytes - old.cost.bytes) / each,
            draws,
            ", ".join(f"{count} {why}" for why, count in skips.most_common()),
        )


def picture_words(governor: Governor, now: float) -> str:
    """How old the picture on the user's screen is; nothing where nobody tells."""
    age = governor.link.age(now)
    return "" if age is None else f"picture {_milliseconds(age)}"


def bytes_words(rate: float) -> str:
    """Bytes a second."""
    return f"{rate / 1000:.1f} KB/s" if rate < 100_000 else f"{rate / 1000:.0f} KB/s"


def feed_words(counts: Counts) -> str:
    """What went wrong with the feeds since the start, and what was done about it."""
    each = {
        "gap": counts.gaps,
        "renewal": counts.renewals,
        "duplicate": counts.duplicates,
    }
    words = [f"{count:,} {name}{'' if count == 1 else 's'}" for name, count in each.items()]
    return f"feeds: {', '.join(words)}, {counts.malformed:,} malformed"


def draw_panel(panel: Panel, size: Size, look: Look) -> Canvas:
    """Draw the panel: the whole at the top, then a row for each tile."""
    canvas = Canvas(*size, look)
    canvas.fill(0, 0, size.width, size.height, look.panel)
    canvas.fill(0, 0, size.width, 1, look.title_bar_focus)
    canvas.text(1, 0, "Performance", look.title_focus, look.title_bar_focus, bold=True)
    canvas.right(size.width - 2, 0, "F12 closes", look.dim, look.title_bar_focus)
    for y, line in enumerate(panel.lines, start=1):
        canvas.text(1, y, line, look.text)
    top = len(panel.lines) + 2
    heads = ("draw ms", "encode ms", "bytes", "drawn/s")
    canvas.text(1, top, "pane", look.dim)
    for end, head in zip(_ENDS, heads, strict=True):
        canvas.right(end, top, head, look.dim)
    canvas.text(_ENDS[-1] + 3, top, "skipped/s", look.dim)
    for y, row in enumerate(panel.rows, start=top + 1):
        figures = (
            f"{row.draw_ms:.2f}" if row.draws else "-",
            f"{row.encode_ms:.2f}" if row.draws else "-",
            compact(round(row.bytes)) if row.draws else "-",
            str(row.draws),
        )
        canvas.text(1, y, row.name, look.text)
        for end, figure in zip(_ENDS, figures, strict=True):
            canvas.right(end, y, figure, look.text)
        canvas.text(_ENDS[-1] + 3, y, row.skipped, look.dim)
    return canvas


def panel_place(panel: Panel, width: int, height: int) -> Region:
    """Where the panel lies: the upper right corner of the panes."""
    rows = min(height, len(panel.lines) + len(panel.rows) + 4)
    columns = min(SIZE.width, width)
    return Region(width - columns, 1, columns, rows)


_ENDS: Final = (22, 33, 41, 50)
"""Right edges of the columns of figures."""


def _lines(monitor: "Monitor") -> list[str]:
    clock, governor = monitor.clock, monitor.clock.governor
    now = monitor.now.seconds
    p50, p95, p99 = clock.percentiles()
    asked = f"{clock.rate(now):.0f} of {governor.fps:.0f} fps"
    effort, limit = governor.effort, governor.limited
    scroll = "sweep" if effort.sweep else "as set"
    held = f"held back by the {limit}" if limit else "nothing held back"
    source = monitor.session.source
    feeds: list[str] = [feed_words(source.counts)] if isinstance(source, Counting) else []
    return [
        f"{asked} · drawing {governor.load(now):.0%} of a core, at most {governor.share:.0%}",
        f"frame {p50:.1f} ms p50, {p95:.1f} p95, {p99:.1f} p99",
        f"terminal {bytes_words(clock.bytes_rate(now))} · {_link(governor, now)}",
        f"{monitor.look.levels} colour levels · scroll {scroll} · {held}",
        f"network reads gathered: +{monitor.reads_delayed_ms():.1f} ms",
        *feeds,
        _skips(clock.skips),
    ]


def _link(governor: Governor, now: float) -> str:
    if not governor.on:
        return "governor off"
    link = governor.link
    if link.answers is Answers.SILENT:
        return "it does not say what it has shown: byte budget"
    if link.answers is Answers.ASKED:
        return "it has not said yet what it has shown"
    words = picture_words(governor, now)
    return f"{words} old, way {_milliseconds(link.way)}, {link.busy(now):.0%} in queues"


def _skips(skips: Mapping[Why, int]) -> str:
    words = ", ".join(f"{count} {why}" for why, count in skips.items() if count)
    return f"frames skipped: {words}" if words else "no frame skipped"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 10 else duration(round(seconds * SECOND))
