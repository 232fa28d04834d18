"""Notices: what stands in the way said in plain words, with what to do about it; drawn as boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from feeds.errors import FeedError
from market.events import FeedState
from market.market import Market
from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text, shortened, text_width
from tui.drawing.look import Look
from tui.pane import Size

SECOND: Final = 1_000_000_000
WIDEST: Final = 76
"""Cells: longer lines are hard to read."""

WAYS: Final = (("r", "try now"), ("/", "other venue"), ("d", "demo"), ("o", "open recording"))
"""The keys out of a market that does not come."""


Hint: TypeAlias = tuple[str, str]
"""A key and what it does."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A few lines to be read, and the keys that help."""

    title: str
    lines: tuple[str, ...]
    keys: Sequence[Hint] = ()
    serious: bool = False


TIP: Final = Notice(
    "Welcome to tapetop",
    (
        "?  explains every key and pane  ·  Tab  next pane  ·  z  zoom",
        "Ctrl+P  commands by name  ·  /  another symbol  ·  1-9  layouts",
        "q  quits  ·  any key closes this tip",
    ),
)
"""Shown at the first start of all, and never again."""


def unreachable(instrument: str, market: Market | None, now: int) -> Notice | None:
    """The notice for a live market that cannot be had, with the countdown; None for a good one."""
    if market is None or market.status.state not in (FeedState.CONNECTING, FeedState.SYNCING):
        return None
    status = market.status
    if status.retry_at is None:
        return None
    venue = instrument.partition(":")[0]
    left = max(0, status.retry_at - now)
    soon = "trying again now" if left == 0 else f"next try in {_seconds(left)}"
    lines = [status.reason or "no answer", soon]
    if market.last is not None:
        lines.insert(1, "what is shown is from before and not the market any more")
    return Notice(f"{venue} cannot be reached", tuple(lines), WAYS, serious=True)


def failed(label: str, error: FeedError) -> Notice:
    """The notice for a source that gave up."""
    return Notice(f"{label} has ended", (str(error),), WAYS[1:], serious=True)


def too_small(needed: tuple[int, int], size: Size) -> Notice:
    """The notice in place of everything where nothing could be read."""
    width, height = needed
    return Notice("too small", (f"need {width}x{height}", f"have {size.width}x{size.height}"))


def notice_size(notice: Notice, width: int, height: int) -> Size:
    """How large a box it takes within so much room."""
    inner = min(WIDEST, max(1, width - 4))
    lines, keys = _folded(notice, inner), _key_rows(notice.keys, inner)
    widest = max((text_width(line) for line in (notice.title, *lines)), default=0)
    widest = max(widest, *(_keys_width(row) for row in keys)) if keys else widest
    rows = len(lines) + 2 + len(keys)
    return Size(min(width, widest + 4), min(height, rows))


def draw_notice(notice: Notice, size: Size, look: Look) -> Canvas:
    """Draw the box: title, lines, keys."""
    canvas = Canvas(size.width, size.height, look)
    ground, edge = look.selection, look.error if notice.serious else look.accent
    canvas.fill(0, 0, size.width, size.height, ground)
    canvas.hline(0, 0, size.width, edge, "━")
    title = shortened(f" {notice.title} ", max(0, size.width - 2))
    canvas.text(2, 0, title, edge, bold=True)
    for row, line in enumerate(_folded(notice, size.width - 4), start=1):
        canvas.text(2, row, line, look.text)
    keys = _key_rows(notice.keys, size.width - 4)
    for row, hints in enumerate(keys, start=canvas.height - len(keys)):
        _draw_keys(canvas, row, hints)
    return canvas


def draw_too_small(needed: tuple[int, int], size: Size, look: Look) -> Canvas:
    """Fill the screen with what size it needs; it fits even a few cells."""
    canvas = Canvas(size.width, size.height, look)
    notice = too_small(needed, size)
    lines = (notice.title, *notice.lines, "q quits")
    top = max(0, (size.height - len(lines)) // 2)
    for row, line in enumerate(lines):
        ink = look.warn if row == 0 else look.text
        canvas.center(0, top + row, size.width, line, ink, bold=row == 0)
    return canvas


def _draw_keys(canvas: Canvas, row: int, keys: Sequence[Hint]) -> None:
    x, look = 2, canvas.look
    for key, word in keys:
        canvas.text(x, row, key, look.accent, bold=True)
        x += text_width(key) + 1
        canvas.text(x, row, word, look.dim)
        x += len(word) + 3


def _key_rows(keys: Sequence[Hint], width: int) -> list[list[Hint]]:
    """The keys in as many rows as they need."""
    rows: list[list[Hint]] = []
    for hint in keys:
        if rows and _keys_width([*rows[-1], hint]) <= width:
            rows[-1].append(hint)
        else:
            rows.append([hint])
    return rows


def _keys_width(keys: Sequence[Hint]) -> int:
    return sum(text_width(key) + len(word) + 4 for key, word in keys) - 3


def _folded(notice: Notice, width: int) -> list[str]:
    """The lines folded at spaces; what others wrote is made safe here."""
    folded: list[str] = []
    for line in notice.lines:
        safe = safe_text(line)
        if text_width(safe) <= width:
            folded.append(safe)
            continue
        part = ""
        for word in safe.split():
            joined = f"{part} {word}" if part else word
            if text_width(joined) > width and part:
                folded.append(part)
                joined = word
            part = joined
        folded.append(part)
    return folded


def _seconds(ns: int) -> str:
    """A countdown in whole seconds, minutes where there are many."""
    seconds = -(-ns // SECOND)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min {seconds % 60:02} s"
