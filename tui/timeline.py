"""Time axis: round UTC times under columns, whatever stretch of market time they cover."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

from tui.canvas import Canvas
from tui.look import Look

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_APART = (16, 11)
"""Cells from label to label, more where there is room for several."""
_STEPS = (
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    *(n * DAY for n in (1, 2, 7, 14, 28, 91, 182, 364)),
)


Scroll: TypeAlias = Literal["block", "smooth", "sweep"]
"""How a picture of columns makes room for the next one.

`block` jumps by several columns at once, so that between jumps only the newest one changes;
`smooth` moves by every column; in a `sweep` columns keep their place and the newest overwrites the
oldest, a small gap ahead of it.
"""


class TimeLabel(NamedTuple):
    """A text that stands for the time of the column at `x`."""

    x: int
    text: str


def time_labels(starts: Sequence[int], pitch: int = 1) -> list[TimeLabel]:
    """Labels for columns that begin at `starts` (ns, ascending) and are `pitch` cells apart.

    A column is labelled where a round time begins in it. The columns need not be evenly spaced
    in time (bars of a number of trades are not). A new day shows its date instead of 00:00.
    """
    if not starts:
        return []
    span, cells = max(1, starts[-1] - starts[0]), len(starts) * pitch
    labels: list[TimeLabel] = []
    for apart in _APART:
        labels = _labels(starts, pitch, round_step(span * apart // max(apart, cells)))
        if len(labels) > 1:
            break
    return labels


def round_step(least: int) -> int:
    """The finest round step in ns of at least `least`."""
    return next((step for step in _STEPS if step >= least), _STEPS[-1])


def time_text(at: int, step: int) -> str:
    """A round time as a label: a date at midnight, seconds only where the step has any."""
    moment = utc(at)
    if at % DAY == 0:
        return f"{moment.day:02d} {_MONTHS[moment.month - 1]}"
    return moment.strftime("%H:%M" if step % MINUTE == 0 else "%H:%M:%S")


def utc(at: int) -> datetime:
    """Market time as a datetime; the last representable one where the wire states nonsense."""
    return datetime.fromtimestamp(min(max(0, at // SECOND), _LAST), UTC)


def draw_time_axis(
    canvas: Canvas, look: Look, row: int, labels: Sequence[TimeLabel], left: int, width: int
) -> None:
    """Draw the labels in one text row, the last one left of its mark where it would not fit."""
    canvas.fill(left, row, width, 1, look.panel)
    free = 0
    for x, text in labels:
        if x + len(text) < width:
            canvas.text(left + x, row, f"╵{text}", look.dim, look.panel)
            free = x + len(text) + 2
        elif free <= x - len(text) and x < width:
            canvas.text(left + x - len(text), row, f"{text}╵", look.dim, look.panel)


def _labels(starts: Sequence[int], pitch: int, step: int) -> list[TimeLabel]:
    labels: list[TimeLabel] = []
    free = 0
    for index in range(1, len(starts)):
        start = starts[index]
        if start // step == starts[index - 1] // step or index * pitch < free:
            continue
        text = time_text(start // step * step, step)
        labels.append(TimeLabel(index * pitch, text))
        free = index * pitch + len(text) + 2
    return labels


_LAST = 253_402_300_799
# English on every machine; strftime's %b follows the locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
