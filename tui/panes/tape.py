"""Tape: time and sales, newest first, so drawn that large orders jump out.

Prints that one order made (in a row, same side, same exchange time; definitions.md 13) are one
line: their sum, the price the order reached, how many prints and how far it swept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from operator import itemgetter
from typing import ClassVar, Literal, TypeAlias

from market.basis import parse_basis
from market.instrument import Instrument, plain
from market.market import Market
from market.orders import Filter
from tui.drawing.canvas import Canvas
from tui.drawing.format import compact
from tui.drawing.look import Look
from tui.drawing.zones import Zone, checked
from tui.pane import GOOD_STATES, Size, message, title_row, trades_end, waiting
from tui.scope import Scope
from tui.tape.feeds import Tape, Wish, gather, newer, older, pace_of, trading, values_of
from tui.tape.lines import Large
from tui.tape.page import Line, lanes_of, page_of
from tui.tape.sums import SumsBar, draw_sums, speed_words
from tui.venues import tags

Sides: TypeAlias = Literal["both", "buy", "sell"]
_SIGNS: dict[Sides, int] = {"both": 0, "buy": 1, "sell": -1}


@dataclass(frozen=True, slots=True)
class TapePane:
    """The newest prints; `timeframe` is the window of the sums at the top.

    With `merge` the prints of one order are one line. `grouping` and `center` are there because
    every pane has them: a tape has no price axis.
    """

    kind: ClassVar[str] = "tape"
    title: ClassVar[str] = "Tape"
    minimum: ClassVar[Size] = Size(22, 5)

    grouping: int | None = None
    """Without effect: a tape has no rows of prices."""
    timeframe: str = "1m"
    """The window of the sums at the top."""
    until: int | None = None
    center: int | None = None
    """Without effect: a tape has no axis of prices."""
    merge: bool = True
    """One line for all prints of one order."""
    side: Sides = "both"
    """Whose orders to show."""
    least_size: float = 0.0
    """Smaller orders are left out, in base currency."""
    least_value: float = 0.0
    """Orders worth less are left out, in quote currency."""
    large_rank: float = 99.0
    """An order is large from this percentile of recent ones on, unless a size or value is set."""
    large_size: float = 0.0
    """Size from which on an order is large; 0 goes by rank."""
    large_value: float = 0.0
    """Worth in quote currency from which on it is; 0 goes by size."""
    bar: SumsBar = "volume"
    """What the bar at the top divides between buyers and sellers."""
    speed: bool = True
    """Tell prints a second, and how unusual that is."""
    venues: Literal["one", "all"] = "one"
    """The market in focus, or all watched that trade the same, each in its venue's colour."""
    zone: str | None = None
    """By whose clock: UTC, local, exchange, or a name such as Europe/Berlin; auto as elsewhere."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        if self.zone is not None:
            object.__setattr__(self, "zone", checked(self.zone))
        if not 50 <= self.large_rank < 100:
            raise ValueError("a percentile from 50 to below 100 is accepted")
        if min(self.least_size, self.least_value, self.large_size, self.large_value) < 0:
            raise ValueError("must be 0 or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw one market alone."""
        return self.draw_all(Scope.of(market), size, look)

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """The numbers of one market alone."""
        return self.numbers_all(Scope.of(market), size)

    def draw_all(self, scope: Scope, size: Size, look: Look) -> Canvas:
        """Draw title, sums, column heads and as many orders as fit."""
        market = scope.market
        if self.zone is not None and market is not None:
            look = look.timed(Zone(self.zone, market.venue))
        canvas = Canvas(size.width, size.height, look)
        top = self._top(size)
        wish = self._wish._replace(measure=look.measure)
        tape = gather(self._markets(scope), wish, max(1, self._page(size)))
        if market is None or tape is None:
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        if tape.lines:
            page = page_of(look, size, top, tape.scales, _tags(tape))
            canvas = page.draw(tape.lines)
        else:
            message(canvas, look, self._nothing(tape, look.zone))
        words = [*look.measure.words(tape.grid), *self._words(tape, look.zone)]
        title_row(canvas, look, self.title, market, words)
        if top == 2 and not self._too_early(tape):
            self._draw_sums(canvas, tape)
        return canvas

    def numbers_all(self, scope: Scope, size: Size) -> dict[str, object]:
        """Every print held, newest first, never merged; and orders, as many as a pane holds."""
        tape = gather(self._markets(scope), self._wish, max(1, size.height - 3))
        if tape is None:
            return {"trades": [], "orders": []}
        several = len(tape.feeds) > 1
        prints = [
            trade
            for feed in tape.feeds
            for trade in _prints(feed.market, feed.instrument, self.until, several)
        ]
        if several:
            prints.sort(key=itemgetter("ts_event"), reverse=True)
        return {"trades": prints, "orders": [_order(tape, line) for line in tape.lines]}

    def stepped(self, scope: Scope, size: Size, lines: int) -> "TapePane":
        """The tape so many lines further down, up where negative; at its top it goes on by itself.

        A time cannot be cut in two, so a step may pass over several lines of the same time.
        """
        markets = self._markets(scope)
        if lines > 0:
            at = older(markets, self._wish, lines)
            return self if at is None else replace(self, until=at)
        if self.until is None:
            return self
        return replace(self, until=newer(markets, self._wish, -lines))

    def page(self, size: Size) -> int:
        """Lines to move on by so that one remains in sight."""
        return max(1, self._page(size) - 1)

    def _top(self, size: Size) -> int:
        """The row of the column heads."""
        return 2 if size.height >= 9 and self.bar != "off" else 1

    def _page(self, size: Size) -> int:
        lanes, rows = lanes_of(size, self._top(size))
        return lanes * rows

    def _markets(self, scope: Scope) -> Sequence[Market]:
        if self.venues == "all":
            return trading(scope)
        return [] if scope.market is None else [scope.market]

    @property
    def _wish(self) -> Wish:
        return Wish(self._filter, self._large, self.until)

    def _filter(self, instrument: Instrument) -> Filter:
        return Filter(
            self.merge,
            _SIGNS[self.side],
            _units(self.least_size, instrument.lot_size),
            _units(self.least_value, instrument.tick_size * instrument.lot_size),
        )

    def _large(self, instrument: Instrument) -> Large:
        return Large(
            self.large_rank,
            _units(self.large_size, instrument.lot_size),
            _units(self.large_value, instrument.tick_size * instrument.lot_size),
        )

    def _words(self, tape: Tape, zone: Zone) -> list[str]:
        grid, words = tape.grid, []
        several = len(tape.feeds) > 1
        if self.until is not None:
            words.append(f"as of {zone.clock(self.until)}")
        if several:
            words.append(f"with {len(tape.feeds) - 1} more")
            words += _doubtful(tape)
        words += ["orders" if self.merge else "prints", zone.title]
        words += self._left_out(grid)
        if grid.base and tape.unit is grid:
            words.append(f"size in {grid.base}")
        large = tape.feeds[0].sample.ranks.large
        if self.large_value:
            words.append(f"large from {compact(self.large_value)} {grid.quote}".rstrip())
        elif several and not self.large_size:
            words.append(f"large from {self.large_rank:g} % of each")
        elif large:
            size = tape.feeds[0].instrument.size(large)
            unit = "" if tape.unit is grid else f" {grid.base}"
            words.append(f"large from {size.normalize():f}{unit}")
        return words

    def _left_out(self, instrument: Instrument) -> list[str]:
        """What the filters leave, in words."""
        words = [] if self.side == "both" else [f"{self.side}s only"]
        if self.least_size:
            words.append(f"from {compact(self.least_size)} {instrument.base}".rstrip())
        if self.least_value:
            words.append(f"from {compact(self.least_value)} {instrument.quote}".rstrip())
        return words

    def _too_early(self, tape: Tape) -> bool:
        """Whether no trade is as old as what is asked for."""
        return all(
            trades_end(feed.market, self.until) <= feed.market.trades.first for feed in tape.feeds
        )

    def _nothing(self, tape: Tape, zone: Zone) -> str:
        """Say why there is no order to show."""
        if self._too_early(tape):
            return f"no trades up to {zone.clock(self.until or 0)} {zone.title}"
        return "no order passes the filters: least_size, least_value, side"

    def _draw_sums(self, canvas: Canvas, tape: Tape) -> None:
        """Draw what buyers and sellers have of the window, whatever the filters."""
        about = [f"last {self.timeframe}"]
        if self.speed:
            about += speed_words(pace_of(tape, self.until))
        sums = values_of(tape, parse_basis(self.timeframe), self.until, canvas.look.measure)
        draw_sums(canvas, 1, tape.unit, sums, self.bar, about)


def _doubtful(tape: Tape) -> list[str]:
    """The other markets of which prints may be missing; the title tells it of the first."""
    states = ((feed.market.id, feed.market.status.state) for feed in tape.feeds[1:])
    return [f"{name} {state.value}" for name, state in states if state not in GOOD_STATES]


def _tags(tape: Tape) -> tuple[str, ...]:
    """Names of the markets where there are several."""
    return tags([feed.market for feed in tape.feeds]) if len(tape.feeds) > 1 else ()


def _prints(
    market: Market, instrument: Instrument, until: int | None, several: bool
) -> Iterator[dict[str, object]]:
    """Every print held as exact decimal strings, newest first."""
    columns = market.trades.between(market.trades.first, trades_end(market, until))
    rows = zip(*(column[::-1].tolist() for column in columns), strict=True)
    named = {"instrument": market.id} if several else {}
    for ts, ticks, lots in rows:
        yield {
            **named,
            "ts_event": ts,
            "price": plain(instrument.price(ticks)),
            "size": plain(instrument.size(abs(lots))),
            "side": "buy" if lots > 0 else "sell",
        }


def _order(tape: Tape, line: Line) -> dict[str, object]:
    """A line as exact decimal strings."""
    grid = tape.grid
    named = {"instrument": tape.feeds[line.venue].market.id} if len(tape.feeds) > 1 else {}
    return {
        **named,
        "ts_event": line.ts,
        "price": plain(grid.price(line.ticks)),
        "size": plain(grid.size(abs(line.lots))),
        "side": "buy" if line.lots > 0 else "sell",
        "prints": line.prints,
        "swept": plain(grid.price(line.swept)),
        "large": line.rank == 3,
        "possible_liquidation": line.forced,
    }


def _units(amount: float, step: Decimal) -> int:
    """The least number of steps that is not below an amount."""
    if not amount:
        return 0
    return int((Decimal(repr(amount)) / step).to_integral_value(ROUND_CEILING))
