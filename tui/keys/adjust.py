"""Adjusting panes: what a key makes of a pane's settings, as pure functions of pane and market."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, Protocol, TypeVar, get_args, runtime_checkable

from market.basis import (
    DeltaBasis,
    RangeBasis,
    RenkoBasis,
    TickBasis,
    TimeBasis,
    VolumeBasis,
    parse_basis,
)
from market.market import Market
from tui.drawing.axis import next_grouping
from tui.drawing.timeline import Scroll
from tui.pane import Pane, Size

P = TypeVar("P", bound=Pane)


@runtime_checkable
class Grouped(Protocol):
    """A pane with rows of prices that can say how many ticks it gives each by itself."""

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size; None where there is nothing to draw."""
        ...


@runtime_checkable
class Timed(Protocol):
    """A pane that can choose its timeframe by itself."""

    def timeframe_shown(self, market: Market) -> str:
        """The timeframe, whether set or chosen."""
        ...


BARS: Final = (
    *("1s", "5s", "15s", "30s", "1m", "3m", "5m", "15m", "30m"),
    *("1h", "2h", "4h", "12h", "1d"),
)
COLUMNS: Final = ("100ms", "200ms", "500ms", "1s", "5s", "15s", "1m")
TRADES: Final = ("10t", "50t", "100t", "200t", "500t", "1000t")
VOLUMES: Final = tuple(f"{step * 10**power}v" for power in range(7) for step in (1, 2, 5))
NETS: Final = tuple(word.replace("v", "n") for word in VOLUMES)
RANGES: Final = ("5r", "10r", "20r", "50r", "100r", "200r", "500r", "1000r", "2000r", "5000r")
BRICKS: Final = tuple(word.replace("r", "b") for word in RANGES)
LETTERS: Final = ("1s", "5s", "10s", "30s", "1m", "5m", "10m", "15m", "30m", "1h", "4h")
FASTEST: Final = {"heatmap": COLUMNS, "tpo": LETTERS}
"""What `,` and `.` step through, where it is not the lengths of bars."""
SCROLLS: Final = {
    "block": "moves on by blocks of columns",
    "smooth": "moves on by every column",
    "sweep": "the newest column sweeps over the oldest",
}
FRACTION: Final = 8
"""A key press scrolls by this part of what is seen."""
CELLS: Final = {"candles": 2, "footprint": 16, "heatmap": 1}
"""About how many cells a bar or column takes."""
WINDOWED: Final = ("ladder",)
"""Panes of one moment, whose timeframe is the window of what led to it."""


def coarser(pane: P, market: Market | None, size: Size, steps: int = 1) -> P:
    """More ticks a row (fewer where `steps` is negative), starting from what is shown now."""
    if market is None or market.instrument is None:
        return pane
    group = grouping_shown(pane, market, size)
    return _with(pane, grouping=next_grouping(group, market.instrument.tick_size, steps))


def automatic(pane: P) -> P:
    """Let the pane choose its grouping, and its timeframe where it can."""
    if isinstance(pane, Timed):
        return _with(pane, grouping=None, timeframe=None)
    return _with(pane, grouping=None)


def longer(pane: P, steps: int = 1, market: Market | None = None) -> P:
    """The next longer timeframe of the same kind, or shorter where `steps` is negative."""
    word: str | None = getattr(pane, "timeframe", None)
    if word is None and isinstance(pane, Timed) and market is not None:
        word = pane.timeframe_shown(market)
    if word is None:
        return pane
    return _with(pane, timeframe=next_length(word, steps, FASTEST.get(pane.kind, BARS)))


def next_length(word: str, steps: int, times: Sequence[str] = BARS) -> str:
    """The next longer of the lengths of a word's kind, or shorter; of times those given."""
    words = _WORDS.get(type(parse_basis(word)), times)
    lengths = [_length(choice) for choice in words]
    at = (
        bisect_right(lengths, _length(word)) - 1 + steps
        if steps > 0
        else bisect_left(lengths, _length(word)) + steps
    )
    return words[min(max(0, at), len(words) - 1)]


def scrolled(pane: P, market: Market | None, size: Size, parts: int) -> P:
    """Move the right edge in time by eighths of what is seen; past the newest is the live edge."""
    if market is None or not market.clock:
        return pane
    until = _setting(pane, "until") or market.clock
    columns = max(1, size.width // CELLS.get(pane.kind, max(1, size.width)))
    step = max(1, columns // FRACTION) * bar_length(pane, market)
    if pane.kind in WINDOWED:
        step = max(1, step // FRACTION)
    target = until + parts * step
    return _with(pane, until=None if target >= market.clock else max(1, target))


def raised(pane: P, market: Market | None, size: Size, parts: int) -> P:
    """Move the prices seen by eighths of the height, up where `parts` is positive."""
    if market is None or market.last is None:
        return pane
    center = _setting(pane, "center")
    if center is None:
        center = market.last.ticks
    rows = size.height * (2 if pane.kind in ("heatmap", "candles") else 1)
    step = max(1, rows // FRACTION) * grouping_shown(pane, market, size)
    return _with(pane, center=max(0, center + parts * step))


def recentred(pane: P) -> P:
    """Follow the price again."""
    return _with(pane, center=None)


def live(pane: P) -> P:
    """Follow the market again, in time and price."""
    return _with(pane, until=None, center=None)


def held(pane: P, at: int) -> P:
    """The pane as it was at a market time, unless it already shows an earlier one."""
    return pane if _setting(pane, "until") is not None else _with(pane, until=at or None)


def swept(pane: P) -> P:
    """The pane with its newest column sweeping over the oldest instead of scrolling."""
    if getattr(pane, "scroll", "sweep") == "sweep":
        return pane
    return _with(pane, scroll="sweep")


def next_scroll(pane: P) -> P:
    """The pane with the next way of moving on, where it has any."""
    scroll: str | None = getattr(pane, "scroll", None)
    if scroll is None:
        return pane
    ways = get_args(Scroll)
    return _with(pane, scroll=ways[(ways.index(scroll) + 1) % len(ways)])


def shown_until(pane: Pane) -> int | None:
    """Market time at the pane's right edge; None at the live edge."""
    return _setting(pane, "until")


def timeframe(pane: Pane) -> str:
    """The pane's timeframe; a minute where it has none, or chooses it."""
    word: str | None = getattr(pane, "timeframe", None)
    return word or "1m"


def grouping_shown(pane: Pane, market: Market, size: Size) -> int:
    """Ticks a row as the pane is drawn now, whether set or chosen by itself."""
    if (chosen := _setting(pane, "grouping")) is not None:
        return chosen
    group = pane.group_shown(market, size) if isinstance(pane, Grouped) else None
    return max(1, group or 1)


def bar_length(pane: Pane, market: Market) -> int:
    """The length of a bar or column in ns; bars of trades last as long as recent ones did."""
    word = pane.timeframe_shown(market) if isinstance(pane, Timed) else timeframe(pane)
    basis = parse_basis(word)
    if isinstance(basis, TimeBasis):
        return basis.interval
    # Many: some bars of trades begin at one time, and so do all bricks of a leap.
    bars = market.bars(basis).last(100)
    return max(1, (bars[-1].end - bars[0].start) // len(bars)) if bars else 1_000_000_000


_WORDS: Final = {
    TickBasis: TRADES,
    VolumeBasis: VOLUMES,
    DeltaBasis: NETS,
    RangeBasis: RANGES,
    RenkoBasis: BRICKS,
}


def _length(word: str) -> int | Decimal:
    match parse_basis(word):
        case TimeBasis(interval):
            return interval
        case TickBasis(trades):
            return trades
        case VolumeBasis(volume) | DeltaBasis(volume):
            return volume
        case RangeBasis(ticks) | RenkoBasis(ticks):
            return ticks


def _setting(pane: Pane, name: str) -> int | None:
    value: int | None = getattr(pane, name, None)
    return value


def _with(pane: P, **settings: object) -> P:
    """The pane with settings changed; those it does not have are left out."""
    known = {name: value for name, value in settings.items() if hasattr(pane, name)}
    # Panes are dataclasses by convention, which a Protocol cannot state.
    return replace(pane, **known)  # type: ignore[type-var]
