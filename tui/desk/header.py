"""The status row at the top and the row of keys at the bottom: pure pictures of plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from market.events import FeedState
from market.market import Market
from tui.drawing.canvas import Canvas
from tui.drawing.format import age, compact, price, shortened, step, text_width
from tui.drawing.look import Look
from tui.drawing.zones import Zone
from tui.pane import GOOD_STATES, Size

QUIET_AGE = 1_500_000_000
"""Age in ns up to which data is fresh and its age would only flicker."""

_KEEPING = 40
"""Cells for what there is to say of recordings."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the status row says, rounded to what it shows, so that equal rows are equal values."""

    instrument: str
    price: str = ""
    direction: int = 0
    spread: str = ""
    state: FeedState = FeedState.CONNECTING
    reason: str = ""
    halt: str = ""
    """Why time stands still: PAUSED or ENDED."""
    place: str = ""
    """Which of several instruments this is, such as 1/2."""
    behind: str = ""
    """How far the focused pane is scrolled back, in words."""
    age: str = ""
    rate: str = ""
    frame: str = ""
    fps: str = ""
    out: str = ""
    """Bytes a second to the terminal."""
    picture: str = ""
    """How old the picture is by the time it is seen."""
    reads: str = ""
    """What reading network data together adds to its age."""
    keeping: str = ""
    """What there is to say of recordings."""
    skipped: int = 0
    time: str = ""
    note: str = ""
    """A passing message, such as where a picture was saved."""


class _Part(NamedTuple):
    """A piece of the row; of those that do not fit the highest `rank` goes first."""

    rank: int
    text: str
    ink: int
    bold: bool = False


def market_status(market: Market | None, instrument: str) -> Status:
    """The market's part of the status."""
    if market is None:
        return Status(instrument)
    grid, last, book = market.instrument, market.last, market.book
    shown, direction, spread = "", 0, ""
    if grid is not None and last is not None:
        shown = price(grid, last.ticks)
        direction = 1 if last.lots > 0 else -1
    if grid is not None and book is not None and market.book_good:
        bid, ask = book.best_bid, book.best_ask
        if bid is not None and ask is not None:
            spread = step(grid, ask - bid)
    status = market.status
    return Status(instrument, shown, direction, spread, status.state, status.reason)


def draw_header(status: Status, size: Size, look: Look) -> Canvas:
    """Draw the status row: what is watched at the left, how it is going at the right."""
    canvas = Canvas(size.width, size.height, look)
    canvas.fill(0, 0, size.width, size.height, look.panel)
    left, right = _fitting(_left(status, look), _right(status, look), size.width)
    if status.price and len(left) < 3:
        # The price is worth more than the venue.
        symbol = status.instrument.partition(":")[2] or status.instrument
        status = replace(status, instrument=symbol)
        left, right = _fitting(_left(status, look), _right(status, look), size.width)
    x = 1
    for part in left:
        canvas.text(x, 0, part.text, part.ink, bold=part.bold)
        x += text_width(part.text) + 2
    end = size.width - 1
    for part in reversed(right):
        canvas.right(end, 0, part.text, part.ink, bold=part.bold)
        end -= text_width(part.text) + 2
    return canvas


def draw_footer(hints: Sequence[tuple[str, str]], note: str, size: Size, look: Look) -> Canvas:
    """Draw the row of keys, or for a while a message in its place."""
    canvas = Canvas(size.width, size.height, look)
    canvas.fill(0, 0, size.width, size.height, look.panel)
    if note:
        canvas.text(1, 0, shortened(note, size.width - 2), look.accent, bold=True)
        return canvas
    x = 1
    for key, word in hints:
        if x + text_width(key) + len(word) + 1 > size.width:
            break
        canvas.text(x, 0, key, look.accent, bold=True)
        x += text_width(key) + 1
        canvas.text(x, 0, word, look.dim)
        x += len(word) + 2
    return canvas


def time_words(ns: int, with_date: bool, zone: Zone) -> str:
    """A moment for the status row."""
    text = f"{zone.clock(ns, millis=False)} {zone.word(ns)}"
    return f"{zone.date(ns)} {text}" if with_date else text


def rate_words(rate: float) -> str:
    """Messages a second, rounded so that it changes only when that means something."""
    rounded = round(rate, -1) if rate >= 100 else round(rate)
    return f"{compact(rounded)} msg/s"


def reads_words(delay_ms: float) -> str:
    """By how much data is late for being read together; nothing where that cannot be told."""
    return f"reads +{delay_ms:.0f} ms" if delay_ms >= 0.5 else ""


def age_words(ns: int) -> str:
    """The age of the newest data; nothing while it is fresh."""
    return f"data {age(ns)} old" if ns > QUIET_AGE else ""


def _left(status: Status, look: Look) -> list[_Part]:
    colour = {1: look.buy, -1: look.sell}.get(status.direction, look.text)
    mark = {1: " ▲", -1: " ▼"}.get(status.direction, "")
    parts = [_Part(1, status.instrument or "tapetop", look.title_focus, bold=True)]
    if status.place:
        parts.append(_Part(5, status.place, look.dim))
    if status.price:
        parts.append(_Part(2, f"{status.price}{mark}", colour, bold=True))
    if status.spread:
        parts.append(_Part(6, f"spread {status.spread}", look.dim))
    parts.append(_state(status, look))
    if status.reason and status.state not in GOOD_STATES:
        parts.append(_Part(8, status.reason, look.warn))
    if status.behind:
        parts.append(_Part(3, status.behind, look.warn, bold=True))
    if status.age:
        parts.append(_Part(4, status.age, look.warn))
    if status.keeping:
        parts.append(_Part(3, shortened(status.keeping, _KEEPING), look.warn))
    return parts


def _state(status: Status, look: Look) -> _Part:
    """The feed's state in colour and in words; where time stands still, that comes first."""
    if status.halt:
        return _Part(0, f"‖ {status.halt} {status.state.value}", look.warn, bold=True)
    if status.state in GOOD_STATES:
        return _Part(0, f"● {status.state.value}", look.live, bold=True)
    ink = look.error if status.state is FeedState.GAP else look.warn
    return _Part(0, f"○ {status.state.value}", ink, bold=True)


def _right(status: Status, look: Look) -> list[_Part]:
    dropped = look.warn if status.skipped else look.dim
    parts = [
        _Part(7, status.rate, look.dim),
        _Part(9, status.frame, look.dim),
        _Part(10, status.fps, look.dim),
        _Part(12, status.out, look.dim),
        _Part(8, status.picture, look.dim),
        _Part(13, status.reads, look.dim),
        _Part(11, f"dropped {status.skipped}", dropped),
        _Part(5, status.time, look.text),
    ]
    return [part for part in parts if part.text]


def _fitting(left: list[_Part], right: list[_Part], width: int) -> tuple[list[_Part], list[_Part]]:
    """Leave parts out, the least needed first, until both sides fit the row."""
    while len(left) + len(right) > 1:
        used = sum(text_width(part.text) + 2 for part in (*left, *right))
        if used <= width:
            break
        last = max((*left, *right), key=lambda part: part.rank)
        left = [part for part in left if part is not last]
        right = [part for part in right if part is not last]
    return left, right
