"""Profile: volume by price of a session, its point of control, value area and nodes.

Formulas in definitions.md 1, 3, 4 and 6, on the rows as they are grouped on screen; nodes as
`market/nodes.py` has them.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Literal, NamedTuple

from market.basis import TickBasis, TimeBasis, parse_basis
from market.instrument import Instrument
from market.market import Market
from market.nodes import NO_NODES, Nodes, nodes
from market.profile import ALWAYS, Profile, Span, profile_within
from market.sessions import (
    DAYS,
    WEEKS,
    Developed,
    Development,
    Naked,
    Session,
    SessionProfile,
    naked,
    sessions,
)
from tui.cells.widths import axis_width
from tui.drawing.axis import nice_grouping
from tui.drawing.canvas import Canvas
from tui.drawing.digits import size_scale
from tui.drawing.format import price, signed, step
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.drawing.timeline import draw_time_axis, even_labels
from tui.drawing.zones import Zone
from tui.pane import Size, as_of, message, no_trades, stretch_within, title_row, trades_end, waiting
from tui.profile.chart import (
    Path,
    Places,
    Shown,
    began,
    column_length,
    draw_composite,
    draw_path,
    draw_profile,
    gap_words,
    naked_words,
)
from tui.profile.numbers import profile_numbers
from tui.profile.rows import FOOTED, session_rows
from tui.rows import PriceRows
from tui.sketch.rows import draw_on_rows

_FINE = 1e-5
"""Price rows by which the range of a session is found, as a fraction of the price."""


@dataclass(frozen=True, slots=True)
class ProfilePane:
    """One profile: of the `day` or `week` (UTC), of `hours` as long as `timeframe`, of the
    `window` of the last `timeframe`, or of `all` trades held.

    `area` is the share of volume in the value area, in percent; `naked` how many sessions back
    points of control are looked for that were not traded since.
    """

    kind: ClassVar[str] = "profile"
    title: ClassVar[str] = "Profile"
    minimum: ClassVar[Size] = Size(24, 6)

    grouping: int | None = None
    timeframe: str = "1h"
    """Length of a session of hours, and of the window."""
    until: int | None = None
    center: int | None = None
    session: Literal["day", "week", "hours", "window", "all"] = "day"
    """Whose profile it is."""
    area: float = 70.0
    """Percent of the volume in the value area."""
    developing: bool = True
    """The chart of how the profile came about, where there is room."""
    composite: bool = True
    """The profile of all sessions held beside it, where there is room."""
    nodes: bool = True
    """Mark possible nodes of much and of little volume."""
    naked: int = 30
    """Sessions back from which naked points of control come."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")
        if not 1.0 <= self.area <= 100.0:
            raise ValueError("area must be from 1 to 100 percent")
        if not 0 <= self.naked <= 1000:
            raise ValueError("naked must be from 0 to 1000 sessions")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw the title, the profile on its rows, how it developed, and sums at the foot."""
        canvas = Canvas(*size, look)
        if market is None or market.instrument is None or not len(market.trades):
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        held = self._held(market)
        rows = None if held is None else self._rows(market, market.instrument, held, size.height)
        if held is None or rows is None:
            title_row(
                canvas, look, self.title, market, [*as_of(self.until, look.zone), self._label()]
            )
            message(canvas, look, self._missing(market, look.zone))
            return canvas
        shown = self._shown(market, market.instrument, held, rows, look.measure)
        axis = min(canvas.width, axis_width(market.instrument, shown.last))
        several = self.composite and held.is_one_of_several(market)
        places = Places.of(canvas.width, rows.count, axis, self.developing and held.begins, several)
        draw_profile(canvas, places, shown)
        if places.composite is not None:
            draw_composite(canvas, places.composite, self._composite(market, held, shown))
        path = self._path(market, held, shown, places, look.zone)
        if path is not None and places.path is not None:
            draw_path(canvas, places.path, shown, path)
        draw_on_rows(canvas, market, rows, 1, (0, axis))
        if size.height >= FOOTED:
            self._draw_foot(canvas, places, shown, path)
        words = [
            *look.measure.words(shown.instrument),
            *self._words(market, held, shown, look.zone),
        ]
        title_row(canvas, look, self.title, market, words)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """The profile on the rows of a picture of this size, lowest first."""
        found = None
        if market.instrument is not None and len(market.trades):
            held = self._held(market)
            rows = held and self._rows(market, market.instrument, held, size.height)
            if held is not None and rows:
                found = held.span, self._shown(market, market.instrument, held, rows)
        if found is None:
            return {"start": None, "poc": None, "value_area": None, "rows": [], "naked": []}
        return profile_numbers(*found)

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        held = self._held(market) if len(market.trades) else None
        if market.instrument is None or held is None:
            return None
        rows = self._rows(market, market.instrument, held, size.height)
        return self.grouping if rows is None else rows.group

    def _held(self, market: Market) -> "_Held | None":
        """Which trades are shown; None where there are none up to `until`."""
        log, end = market.trades, trades_end(market, self.until)
        if end <= log.first:
            return None
        newest = int(log.between(end - 1, end).ts[0])
        session = self._session()
        if session is None:
            return _Held(self._stretch(market, end), None, 0)
        number = session.number(end - 1 if session.counted else newest)
        span = session.span(number)
        if self.until is not None:
            span = span._replace(end=min(span.end, end if session.counted else self.until + 1))
        return _Held(span, session, number)

    def _session(self) -> Session | None:
        """The sessions to be told apart; None where there is one stretch alone."""
        match self.session:
            case "day":
                return DAYS
            case "week":
                return WEEKS
            case "hours":
                basis = parse_basis(self.timeframe)
                if isinstance(basis, TimeBasis):
                    return Session(basis.interval)
                if isinstance(basis, TickBasis):
                    return Session(basis.trades, counted=True)
        return None

    def _stretch(self, market: Market, end: int) -> Span:
        """The last `timeframe`, or everything held, up to a time."""
        if self.session == "all":
            return Span(0, ALWAYS if self.until is None else self.until + 1)
        basis = parse_basis(self.timeframe)
        if not isinstance(basis, TimeBasis):
            return Span(*stretch_within(market, basis, self.until), counted=True)
        now = (market.clock if self.until is None else self.until) + 1
        return Span(now - basis.interval, now)

    def _rows(
        self, market: Market, instrument: Instrument, held: "_Held", height: int
    ) -> PriceRows | None:
        """Rows that cover the session, or the price where they are too many; None without any."""
        newest = market.trades.newest()
        assert newest is not None
        # A power of two of the price, so that what is counted does not change with the price.
        fine = nice_grouping(_FINE * (1 << abs(newest.ticks).bit_length()), instrument.tick_size)
        seen = profile_within(market.trades, fine, held.span)
        if not len(seen.prices):
            return None
        low, high = int(seen.prices[0]), int(seen.prices[-1]) + fine - 1
        return session_rows(market, low, high, height, self.grouping, self.center, self.until)

    def _shown(
        self,
        market: Market,
        instrument: Instrument,
        held: "_Held",
        rows: PriceRows,
        measure: Measure = Measure.BASE,
    ) -> Shown:
        log, worth = market.trades, measure.worth(instrument)
        profile = profile_within(log, rows.group, held.span)
        written = profile_within(log, rows.group, held.span, worth) if worth else profile
        found, area = _read(profile, self.area, self.nodes)
        end = trades_end(market, self.until)
        last = int(log.between(end - 1, end).ticks[0])
        open_ones = self._naked(market, held, profile, rows.group)
        unit = measure.grid(instrument)
        return Shown(instrument, rows, profile, area, found, open_ones, last, written, unit)

    def _naked(self, market: Market, held: "_Held", now: Profile, group: int) -> list[Naked]:
        if held.session is None or not self.naked:
            return []
        first = held.number - self.naked
        return naked(sessions(market.trades, held.session, group, first, held.number), now)

    def _composite(self, market: Market, held: "_Held", shown: Shown) -> Shown:
        """The profile of all sessions together, on the same rows."""
        end = held.span.end if self.until is not None else ALWAYS
        span = Span(0, end, held.span.counted)
        profile = profile_within(market.trades, shown.rows.group, span)
        _, area = _read(profile, self.area, False)
        return replace(shown, profile=profile, area=area, nodes=NO_NODES, naked=())

    def _path(
        self, market: Market, held: "_Held", shown: Shown, places: Places, zone: Zone
    ) -> Path | None:
        """How the point of control developed, in as many columns as there is room for."""
        if places.path is None:
            return None
        log, end, span = market.trades, trades_end(market, self.until), held.span
        if span.counted:
            start, now = max(span.start, log.first), end - 1
            part = Session(max(1, -(-held.longest // places.path.width)), counted=True)
        else:
            times = log.between(end - 1, end).ts
            start, now = max(span.start, int(log.since(log.first).ts[0])), int(times[0])
            # Where the session began is kept on the left: columns are halved now and then.
            part = Session(column_length((now - start) // (places.path.width - 2)))
        first, number = part.number(start), part.number(now)
        parts = sessions(log, part, shown.rows.group, first, number)
        labels = []
        if not span.counted:
            labels = even_labels(part.span(first).start, part.length, places.path.width, zone)
        return Path(parts, _developed(parts, self.area), first, number, labels)

    def _draw_foot(self, canvas: Canvas, places: Places, shown: Shown, path: Path | None) -> None:
        """Draw the sums of the whole session, and times below the development."""
        row, look = canvas.height - 1, canvas.look
        canvas.fill(0, row, canvas.width, 1, look.panel)
        sold, bought = int(shown.written.sell.sum()), int(shown.written.buy.sum())
        delta, x = bought - sold, 1
        beside = places.composite or places.path
        room = canvas.width if beside is None else beside.x
        scale = size_scale(shown.unit, sold + bought, 6)
        total = shown.profile.total
        share = f" {signed(f'{100 * int(shown.profile.delta.sum()) / max(1, total):.1f}')} %"
        words = [
            (
                f"delta {scale.text(delta, signed=True)}{share}",
                look.buy if delta > 0 else look.sell,
            ),
            (f"sold {scale.text(sold)}", look.sell),
            (f"bought {scale.text(bought)}", look.buy),
            (f"of {scale.text(sold + bought)} {shown.unit.base}".rstrip(), look.dim),
        ]
        for word, ink in words:
            if x + len(word) > room:
                break
            canvas.text(x, row, word, ink)
            x += len(word) + 2
        if places.composite is not None:
            canvas.text(places.composite.x, row, "all sessions held", look.dim)
        if path is not None and places.path is not None:
            area = places.path
            draw_time_axis(canvas, look, row, path.labels, area.x, area.width)

    def _label(self) -> str:
        match self.session:
            case "hours":
                return f"{self.timeframe} sessions"
            case "window":
                return f"last {self.timeframe}"
            case "all":
                return "all trades held"
        return self.session

    def _missing(self, market: Market, zone: Zone) -> str:
        if self.until is not None:
            return no_trades(self.until, zone)
        return f"no trades in the {self._label()}, {market.id} is {market.status.state.value}"

    def _words(self, market: Market, held: "_Held", shown: Shown, zone: Zone) -> list[str]:
        instrument, poc = shown.instrument, shown.profile.poc
        words = [*as_of(self.until, zone), self._label(), *_doubts(market, held, zone)]
        if poc is not None and shown.area is not None:
            low, high = (price(instrument, edge) for edge in shown.area)
            words += [f"POC {price(instrument, poc)}", f"VA {low}-{high}"]
        words += naked_words(instrument, shown.rows, shown.naked)
        words.append(f"rows of {step(instrument, shown.rows.group)}")
        words.append(f"VA of {self.area:g} %")
        if shown.nodes.high and self.nodes:
            words.append("hvn lvn possible nodes")
        return words


class _Held(NamedTuple):
    """Which trades are shown, and of which session."""

    span: Span
    session: Session | None
    number: int

    @property
    def begins(self) -> bool:
        """Whether it begins at one place and only grows."""
        return self.session is not None or self.span.start == 0

    def is_one_of_several(self, market: Market) -> bool:
        """Whether trades of an earlier session are held."""
        log = market.trades
        begun = log.first if self.span.counted else int(log.since(log.first).ts[0])
        return self.session is not None and begun < self.span.start

    @property
    def longest(self) -> int:
        """How long it can get."""
        return self.span.end - self.span.start if self.session is None else self.session.length


@lru_cache(maxsize=16)
def _read(profile: Profile, area: float, with_nodes: bool) -> tuple[Nodes, tuple[int, int] | None]:
    """What is found in a profile; the same until something is traded."""
    return nodes(profile) if with_nodes else NO_NODES, profile.value_area(_share(area))


@lru_cache(maxsize=8)
def _development(first: SessionProfile, area: float) -> Development:
    """What is known of the session that begins with this part."""
    return Development(_share(area))


def _developed(parts: tuple[SessionProfile, ...], area: float) -> tuple[Developed, ...]:
    return _development(parts[0], area).grow(parts) if parts else ()


def _share(area: float) -> float:
    """Percent as a share, as it is written: 70 is 0.7 and not a bit more."""
    return float(f"{area / 100:.12g}")


def _doubts(market: Market, held: _Held, zone: Zone) -> list[str]:
    """Say from when on trades are held, and since when some may be missing."""
    if held.span.counted:
        return []
    first, words = int(market.trades.since(market.trades.first).ts[0]), []
    if first > held.span.start and held.session is not None:
        words.append(f"from {zone.clock(first, millis=False)}")
    elif held.session is not None:
        words.append(began(held.span.start, held.session.length, zone))
    return words + gap_words(market, held.span.start, held.span.end, zone)
