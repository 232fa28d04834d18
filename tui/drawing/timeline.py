"""Time axis: round times of a zone under columns, whatever stretch of market time they cover."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.drawing.zones import UTC_ZONE, Zone

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


def time_labels(starts: Sequence[int], pitch: int = 1, zone: Zone = UTC_ZONE) -> list[TimeLabel]:
    """Labels for columns that begin at `starts` (ns, ascending) and are `pitch` cells apart.

    A column is labelled where a round time begins in it. The columns need not be evenly spaced
    in time (bars of a number of trades are not). A new day shows its date instead of 00:00.
    """
    if not starts:
        return []
    span, cells = max(1, starts[-1] - starts[0]), len(starts) * pitch
    labels: list[TimeLabel] = []
    for apart in _APART:
        labels = _labels(starts, pitch, round_step(span * apart // max(apart, cells)), zone)
        if len(labels) > 1:
            break
    return labels


def even_labels(start: int, interval: int, count: int, zone: Zone = UTC_ZONE) -> list[TimeLabel]:
    """The labels of `count` columns one cell apart and `interval` ns long."""
    if not zone.steady(start, start + count * interval):
        return time_labels([start + n * interval for n in range(count)], zone=zone)
    labels: list[TimeLabel] = []
    start = zone.wall(start)
    span = max(1, (count - 1) * interval)
    for apart in _APART if count > 0 else ():
        step = round_step(span * apart // max(apart, count))
        labels = _even_labels(start, interval, count, step)
        if len(labels) > 1:
            break
    return labels


def swept(labels: Sequence[TimeLabel], first: int, width: int) -> list[TimeLabel]:
    """Labels of columns in the order of time where a sweep has them: from place `first` on, round.

    Where texts meet, the newer one stays.
    """
    free = [True] * width
    placed: list[TimeLabel] = []
    for label in reversed(labels):
        x, length = (first + label.x) % width, len(label.text)
        begin, end = (x, x + length + 2) if x + length < width else (x - length - 1, x + 1)
        if begin >= 0 and all(free[begin:end]):
            free[begin:end] = [False] * len(free[begin:end])
            placed.append(TimeLabel(x, label.text))
    return sorted(placed)


def round_step(least: int) -> int:
    """The finest round step in ns of at least `least`."""
    return next((step for step in _STEPS if step >= least), _STEPS[-1])


def time_text(at: int, step: int) -> str:
    """A round time of a clock as a label: a date at midnight, seconds where the step has any."""
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
    ink = int(look.readable[look.dim, look.panel])
    free = 0
    for x, text in labels:
        if x + len(text) < width:
            canvas.text(left + x + 1, row, text, look.dim, look.panel)
            free = x + len(text) + 2
        elif free <= x - len(text) and x < width:
            canvas.text(left + x - len(text), row, text, look.dim, look.panel)
        else:
            continue
        canvas.mark(left + x, row, "╵", ink, look.panel)


def _labels(starts: Sequence[int], pitch: int, step: int, zone: Zone) -> list[TimeLabel]:
    labels: list[TimeLabel] = []
    free = 0
    for index in range(1, len(starts)):
        if index * pitch < free:
            continue
        begun = zone.floor(starts[index], step)
        if begun is None or begun <= starts[index - 1]:
            continue
        text = time_text(zone.wall(begun), step)
        labels.append(TimeLabel(index * pitch, text))
        free = index * pitch + len(text) + 2
    return labels


def _even_labels(start: int, interval: int, count: int, step: int) -> list[TimeLabel]:
    labels: list[TimeLabel] = []
    # The first column is never labelled: nobody knows whether the round time began in it.
    at = start // step * step + step
    while (index := -(-(at - start) // interval)) < count:
        if not labels or index >= labels[-1].x + len(labels[-1].text) + 2:
            moment = (start + index * interval) // step * step
            labels.append(TimeLabel(index, time_text(moment, step)))
        at = (start + index * interval) // step * step + step
    return labels


_LAST = 253_402_300_799
# English on every machine; strftime's %b follows the locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
