"""Tape: time and sales, newest first, so drawn that large orders jump out.

Prints that one order made (in a row, same side, same exchange time; definitions.md 13) are one
line: their sum, the price the order reached, how many prints and how far it swept.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import ClassVar, Literal, TypeAlias

from market.basis import parse_basis
from market.instrument import Instrument, plain
from market.market import Market
from market.orders import Filter, Orders, newest_orders, passed_orders
from market.tape import speed
from market.traded import traded
from tui.canvas import Canvas
from tui.format import compact
from tui.look import Look
from tui.pane import Size, message, stretch_within, title_row, trades_end, waiting
from tui.tapelines import SAMPLE, Large, Sample, lines_of, sample_of
from tui.tapepage import LANE, Scales, Zone, page_of, scales_of
from tui.tapesums import SumsBar, draw_sums, speed_words
from tui.zones import checked, zone_clock, zone_word

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
    timeframe: str = "1m"
    until: int | None = None
    center: int | None = None
    merge: bool = True
    side: Sides = "both"
    """Whose orders to show."""
    least_size: float = 0.0
    """Smaller orders are left out, in base currency."""
    least_value: float = 0.0
    """Orders worth less are left out, in quote currency."""
    large_rank: float = 99.0
    """An order is large from this percentile of recent ones on, unless a size or value is set."""
    large_size: float = 0.0
    large_value: float = 0.0
    bar: SumsBar = "volume"
    """What the bar at the top divides between buyers and sellers."""
    speed: bool = True
    """Tell prints a second, and how unusual that is."""
    zone: str = "UTC"
    """By whose clock: UTC, local, exchange, or a name such as Europe/Berlin."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        object.__setattr__(self, "zone", checked(self.zone))
        if not 50 <= self.large_rank < 100:
            raise ValueError("a percentile from 50 to below 100 is accepted")
        if min(self.least_size, self.least_value, self.large_size, self.large_value) < 0:
            raise ValueError("must be 0 or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw title, sums, column heads and as many orders as fit."""
        canvas = Canvas(size.width, size.height, look)
        if market is None or market.instrument is None or not len(market.trades):
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        instrument = market.instrument
        end = trades_end(market, self.until)
        top = 2 if size.height >= 9 and self.bar != "off" else 1
        room = max(1, max(1, size.width // LANE) * (size.height - top - 1))
        shown = self._orders(market, instrument, end, room)
        large = self._large(instrument)
        sample = sample_of(market.trades, end, self.merge, large)
        words = self._words(market, instrument, sample)
        if len(shown.ts):
            zone = Zone(self.zone, market.venue)
            page = page_of(look, size, top, _scales(instrument, sample, shown), zone)
            canvas = page.draw(lines_of(market, shown, sample.ranks, large))
        else:
            message(canvas, look, self._nothing(market, end))
        title_row(canvas, look, self.title, market, words)
        if top == 2 and end > market.trades.first:
            self._draw_sums(canvas, market, instrument)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every print held, newest first, never merged; and orders, as many as a pane holds."""
        instrument = market.instrument
        if instrument is None:
            return {"trades": [], "orders": []}
        end = trades_end(market, self.until)
        columns = market.trades.between(market.trades.first, end)
        price, amount = instrument.price, instrument.size
        rows = zip(*(column[::-1].tolist() for column in columns), strict=True)
        shown = self._orders(market, instrument, end, max(1, size.height - 3))
        lines = lines_of(
            market,
            shown,
            sample_of(market.trades, end, self.merge, self._large(instrument)).ranks,
            self._large(instrument),
        )
        return {
            "trades": [
                {
                    "ts_event": ts,
                    "price": plain(price(ticks)),
                    "size": plain(amount(abs(lots))),
                    "side": "buy" if lots > 0 else "sell",
                }
                for ts, ticks, lots in rows
            ],
            "orders": [
                {
                    "ts_event": line.ts,
                    "price": plain(price(line.ticks)),
                    "size": plain(amount(abs(line.lots))),
                    "side": "buy" if line.lots > 0 else "sell",
                    "prints": line.prints,
                    "swept": plain(price(line.swept)),
                    "large": line.rank == 3,
                    "possible_liquidation": line.forced,
                }
                for line in lines
            ],
        }

    def _orders(self, market: Market, instrument: Instrument, end: int, count: int) -> Orders:
        wanted = self._filter(instrument)
        if wanted.takes_all:
            return newest_orders(market.trades, end, count, self.merge, SAMPLE)
        return passed_orders(market.trades, end, count, wanted, self.until is None)

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

    def _words(self, market: Market, instrument: Instrument, sample: Sample) -> list[str]:
        words = []
        if self.until is not None:
            words.append(f"as of {zone_clock(self.zone, market.venue, self.until, millis=False)}")
        words += ["orders" if self.merge else "prints", zone_word(self.zone, market.venue)]
        words += self._left_out(instrument)
        if instrument.base:
            words.append(f"size in {instrument.base}")
        if self.large_value:
            words.append(f"large from {compact(self.large_value)} {instrument.quote}".rstrip())
        elif sample.ranks.large:
            words.append(f"large from {instrument.size(sample.ranks.large).normalize():f}")
        return words

    def _left_out(self, instrument: Instrument) -> list[str]:
        """What the filters leave, in words."""
        words = [] if self.side == "both" else [f"{self.side}s only"]
        if self.least_size:
            words.append(f"from {compact(self.least_size)} {instrument.base}".rstrip())
        if self.least_value:
            words.append(f"from {compact(self.least_value)} {instrument.quote}".rstrip())
        return words

    def _nothing(self, market: Market, end: int) -> str:
        """Say why there is no order to show."""
        if end <= market.trades.first:
            then = zone_clock(self.zone, market.venue, self.until or 0)
            return f"no trades up to {then} {zone_word(self.zone, market.venue)}"
        return "no order passes the filters: least_size, least_value, side"

    def _draw_sums(self, canvas: Canvas, market: Market, instrument: Instrument) -> None:
        """Draw what buyers and sellers have of the window, whatever the filters."""
        basis = parse_basis(self.timeframe)
        stretch = stretch_within(market, basis, self.until)
        sums = traded(market.trades, (basis, self.until is None), *stretch, None)
        about = [f"last {self.timeframe}"]
        if self.speed:
            now = market.clock if self.until is None else self.until
            about += speed_words(speed(market.trades, now))
        draw_sums(canvas, 1, instrument, sums, self.bar, about)


def _scales(instrument: Instrument, sample: Sample, shown: Orders) -> Scales:
    """Fit the scales to the sample and to what is shown."""
    lots = shown.lots
    return scales_of(
        instrument,
        sample.ranks,
        max(sample.highest, int(shown.ticks.max())),
        max(sample.most, int(lots.max()), -int(lots.min())),
        max(sample.swept, int(shown.swept.max())),
    )


def _units(amount: float, step: Decimal) -> int:
    """The least number of steps that is not below an amount."""
    return int((Decimal(repr(amount)) / step).to_integral_value(ROUND_CEILING))
