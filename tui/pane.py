"""Pane: frozen settings with one pure method that draws a market into a canvas.

A pane fetches nothing, remembers nothing and changes nothing, so the same settings, market and
size always give the same picture: in the app, in `tapetop snap` and in the golden tests.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple, Protocol

from market.basis import Basis, TickBasis, TimeBasis, resolved
from market.cuts import cuts
from market.events import FeedState
from market.market import Market
from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text, shortened, text_width
from tui.drawing.look import Look
from tui.drawing.zones import Zone


class Size(NamedTuple):
    """Width and height in terminal cells."""

    width: int
    height: int


class Pane(Protocol):
    """One way to look at a market; a frozen dataclass of settings.

    Settings that panes share have the same names everywhere: `grouping` (ticks a row, None
    chooses), `timeframe` (a basis word such as `1m` or `100t`), `until` (market time at the
    right edge in ns, None follows the live edge) and `center` (ticks, None follows the price).
    """

    kind: ClassVar[str]
    """The name on the command line and in layouts."""
    title: ClassVar[str]
    """The name on the screen."""
    minimum: ClassVar[Size]
    """The smallest size that is worth showing; `draw` still fits any other."""

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw the market; never raises, whatever the size and however empty the market."""
        ...

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Return what is shown as exact decimal strings and ns; `size` matters to grids only."""
        ...


GOOD_STATES = frozenset({FeedState.LIVE, FeedState.REPLAY, FeedState.SIM})
"""States in which the numbers are known to be right."""


_BRIEF = 12
"""Cells of an instrument that is not worth shortening."""


def title_row(
    canvas: Canvas, look: Look, title: str, market: Market | None, settings: Sequence[str] = ()
) -> None:
    """Draw row 0: name, instrument, settings in words, and at the right the feed's state.

    The state comes first when space is short, because it says whether to believe the rest; then
    the venue goes, which the status row tells, and the settings that do not fit. LIVE is silent.
    """
    told = None if market is None else _Told(market.id, market.status.state, market.status.reason)
    canvas.blit(_title_row(look, canvas.width, title, told, tuple(settings)), 0, 0)


def as_of(until: int | None, zone: Zone) -> list[str]:
    """Word the market time at the right edge of a pane that does not follow the live edge."""
    return [] if until is None else [f"as of {zone.clock(until, millis=False)}"]


def no_trades(until: int, zone: Zone) -> str:
    """Say that nothing was traded up to a time."""
    return f"no trades up to {zone.clock(until, millis=False)} {zone.word(until)}"


def message(canvas: Canvas, look: Look, text: str) -> None:
    """Write one sentence into the middle of an otherwise empty pane, folded at words."""
    lines = _fold(text, max(1, canvas.width - 2))
    top = max(1, (canvas.height - len(lines)) // 2)
    for row, line in enumerate(lines):
        canvas.text(max(0, (canvas.width - len(line)) // 2), top + row, line, look.dim)


def waiting(market: Market | None, what: str) -> str:
    """Say why there is nothing to draw yet."""
    if market is None:
        return f"waiting for {what} - no instrument yet"
    status = market.status
    reason = f": {status.reason}" if status.reason else ""
    return f"waiting for {what} - {market.id} is {status.state.value}{reason}"


def trades_end(market: Market, until: int | None) -> int:
    """Return the sequence number after the last trade up to a time, None standing for now."""
    log = market.trades
    if until is None:
        return log.end
    return log.first + int(log.since(log.first).ts.searchsorted(until, side="right"))


def stretch_within(market: Market, basis: Basis, until: int | None) -> tuple[int, int]:
    """Return the numbers of the trades of the last so much time, or so many, up to a time.

    They are that of the first trade and the one after the last's. By volume, delta, range and
    bricks they are the trades of the bar that holds the last one.
    """
    log, end = market.trades, trades_end(market, until)
    basis = resolved(basis, market.instrument)
    if isinstance(basis, TickBasis):
        return max(log.first, end - basis.trades), end
    if not isinstance(basis, TimeBasis):
        return max(log.first, cuts(log, basis).begin(end - 1)), end
    now = market.clock if until is None else until
    start = log.first + int(log.since(log.first).ts.searchsorted(now - basis.interval, "right"))
    return min(start, end), end


def book_warning(market: Market) -> str | None:
    """Return the word that labels a book that must not be believed, None for a good one."""
    if market.book_good:
        return None
    state = market.status.state
    return FeedState.SYNCING.value if state in GOOD_STATES else state.value


class _Told(NamedTuple):
    """What a title says of a market."""

    id: str
    state: FeedState
    reason: str


@lru_cache(maxsize=128)
def _title_row(
    look: Look, width: int, title: str, told: _Told | None, settings: tuple[str, ...]
) -> Canvas:
    canvas = Canvas(width, 1, look)
    canvas.fill(0, 0, width, 1, look.title_bar)
    end = width if told is None else _state(canvas, look, told)
    canvas.text(0, 0, f" {title}"[:end], look.title, look.title_bar, bold=True)
    x = len(title) + 2
    words = [safe_text(f" · {word}") for word in settings]
    if told is None:
        words[:1] = [safe_text(word) for word in settings[:1]]
    else:
        name = _name(told.id, end - x - sum(map(text_width, words)))
        name = shortened(name, end - x - 1) if x + text_width(name) > end else name
        canvas.text(x, 0, name, look.text, look.title_bar)
        x += text_width(name)
    for word in words:
        if x + text_width(word) <= end:
            canvas.text(x, 0, word, look.dim, look.title_bar)
            x += text_width(word)
    return canvas


def _name(instrument: str, room: int) -> str:
    """The instrument with its venue where there is room or little to gain, else the symbol."""
    name = safe_text(instrument)
    brief = text_width(name) <= max(room, _BRIEF)
    return name if brief else name.partition(":")[2] or name


def _state(canvas: Canvas, look: Look, told: _Told) -> int:
    """Draw the feed's state at the right end and return the column where it begins."""
    state = told.state
    if state is FeedState.LIVE:
        return canvas.width
    colour = {FeedState.GAP: look.error, FeedState.REPLAY: look.live, FeedState.SIM: look.live}
    reason = told.reason if state not in GOOD_STATES else ""
    text = f" {state.value}: {reason} " if reason else f" {state.value} "
    if len(text) > canvas.width // 2:
        text = f" {state.value} "
    start = max(0, canvas.width - len(text))
    canvas.text(start, 0, text, colour.get(state, look.warn), look.title_bar, bold=True)
    return start


def _fold(text: str, width: int) -> list[str]:
    """Fold a sentence at spaces so that each line fits, cutting words that do not."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if len(joined) > width and line:
            lines.append(line)
            joined = word
        line = joined
    return [*lines, line] if line else lines
