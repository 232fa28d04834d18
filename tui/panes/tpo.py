"""TPO: a letter for every bracket of time at every price it touched, session by session.

Formulas in definitions.md 3 to 5, on the rows as they are grouped on screen. Brackets are bars:
the venue's own candles stand in where trades were not received.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

from market.bar import Bar, Parted, Run
from market.bars import Bars
from market.basis import Basis, TimeBasis, basis_text, parse_basis
from market.instrument import Instrument, plain
from market.market import Market
from market.sessions import DAYS, WEEKS, Session
from market.tpo import Tpo, tpo
from tui.cells.widths import axis_width
from tui.drawing.canvas import Canvas
from tui.drawing.format import price, step
from tui.drawing.look import Look
from tui.drawing.timeline import MINUTE, SECOND
from tui.drawing.zones import UTC_ZONE, Zone
from tui.pane import Size, as_of, message, no_trades, title_row, waiting
from tui.profile.chart import began, gap_words
from tui.profile.rows import FOOTED, session_rows
from tui.profile.tpochart import Lettered, Sheet, View, draw_letters, marks
from tui.rows import PriceRows
from tui.sketch.rows import draw_on_rows

_KEPT = 2000
"""Brackets looked back at: six weeks of half hours."""
_LETTERS = 8
"""So many letters fit into a session, or what is known, before they get longer by themselves."""
_LENGTHS = (
    *(n * MINUTE for n in (30, 15, 10, 5, 2, 1)),
    *(n * SECOND for n in (30, 15, 10, 5, 2)),
)


@dataclass(frozen=True, slots=True)
class TpoPane:
    """Letters of `timeframe`, None half hours, shorter where little is known or sessions are short.

    Sessions are a `day` or a `week` (UTC), of `hours` as long as `length`, or `all` that is known.
    In a `split` view every bracket has its own column, in a `collapsed` one letters close up; both
    stand side by side where there is room. `area` is the share of letters in the value area, in
    percent.
    """

    kind: ClassVar[str] = "tpo"
    title: ClassVar[str] = "TPO"
    minimum: ClassVar[Size] = Size(24, 6)

    grouping: int | None = None
    timeframe: str | None = None
    """Length of a letter; auto is half an hour, less where little is known."""
    until: int | None = None
    center: int | None = None
    session: Literal["day", "week", "hours", "all"] = "day"
    """Whose letters they are."""
    length: str = "4h"
    """Length of a session of hours."""
    view: View = "both"
    """A column a letter, letters closed up, or both."""
    area: float = 70.0
    """Percent of the letters in the value area."""

    def __post_init__(self) -> None:
        if self.timeframe is not None:
            parse_basis(self.timeframe)
        if not isinstance(parse_basis(self.length), TimeBasis):
            raise ValueError("the length of a session is a time, such as 4h")
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")
        if not 1.0 <= self.area <= 100.0:
            raise ValueError("area must be from 1 to 100 percent")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw title, price axis, tags and the letters of as many sessions as have room."""
        canvas = Canvas(*size, look)
        instrument = None if market is None else market.instrument
        if market is None or instrument is None or _known_from(market) is None:
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        basis = self._basis(market)
        parted = market.bars(basis).parted(self.until, _KEPT)
        letters = f"letters of {basis_text(basis)}"
        if parted is None:
            title_row(canvas, look, self.title, market, [*as_of(self.until, look.zone), letters])
            message(canvas, look, no_trades(self.until or 0, look.zone))
            return canvas
        rows = self._rows(market, parted, size.height)
        found = self._sessions(parted, basis, rows.group, look.zone)
        if not found:
            title_row(canvas, look, self.title, market, [*as_of(self.until, look.zone), letters])
            message(canvas, look, "too many letters to read: . makes them longer, ] rows coarser")
            return canvas
        last = parted.newest.close
        sheet = Sheet(instrument, rows, found, self.view, self._share, last)
        axis = min(canvas.width, axis_width(instrument, last))
        draw_letters(canvas, axis, sheet, size.height >= FOOTED)
        draw_on_rows(canvas, market, rows, 1, (0, axis))
        words = self._words(market, basis, parted, found[-1].tpo, look.zone)
        title_row(canvas, look, self.title, market, words)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """The newest session's letters by price, on the rows of a picture of this size."""
        instrument = market.instrument
        if instrument is None or _known_from(market) is None:
            return {"start": None, "poc": None, "rows": []}
        basis = self._basis(market)
        parted = market.bars(basis).parted(self.until, _KEPT)
        rows = parted and self._rows(market, parted, size.height)
        found = self._sessions(parted, basis, rows.group) if parted and rows else []
        if not parted or not found:
            return {"start": None, "poc": None, "rows": []}
        own = self._own(parted)
        at = instrument.price
        length = basis.interval if isinstance(basis, TimeBasis) else None
        read = _numbers(instrument, found[-1].tpo, self._share)
        brackets = [
            {"start": bar.start, "low": plain(at(bar.low)), "high": plain(at(bar.high))}
            for bar in own
        ]
        return {"start": own[0].start, "length": length, **read, "brackets": brackets}

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        if market.instrument is None or _known_from(market) is None:
            return None
        parted = market.bars(self._basis(market)).parted(self.until, _KEPT)
        if parted is None:
            return self.grouping
        return self._rows(market, parted, size.height).group

    def timeframe_shown(self, market: Market) -> str:
        """The length of a letter, whether set or chosen by itself."""
        return self.timeframe or basis_text(self._basis(market))

    @property
    def _share(self) -> float:
        """Percent as a share, as it is written: 70 is 0.7 and not a bit more."""
        return float(f"{self.area / 100:.12g}")

    def _session(self) -> Session:
        match self.session:
            case "day":
                return DAYS
            case "week":
                return WEEKS
            case "hours":
                basis = parse_basis(self.length)
                assert isinstance(basis, TimeBasis)
                return Session(basis.interval)
        return _EVER

    def _basis(self, market: Market) -> Basis:
        """What a letter lasts: half an hour, less where not much is known or sessions are short."""
        if self.timeframe is not None:
            return parse_basis(self.timeframe)
        now = market.clock if self.until is None else min(self.until, market.clock)
        known = now - (_known_from(market) or now)
        lasted = min(known, self._session().length)
        fitting = (length for length in _LENGTHS if lasted >= _LETTERS * length)
        return TimeBasis(next(fitting, SECOND))

    def _own(self, parted: Parted) -> list[Bar]:
        """The bars of the newest session, oldest first."""
        session, newest = self._session(), parted.newest
        number = session.number(newest.start)
        past = _grouped(parted.run, session).get(number, ())
        return [*past, newest]

    def _rows(self, market: Market, parted: Parted, height: int) -> PriceRows:
        """Rows that cover the newest session, or the price where they are too many."""
        own = self._own(parted)
        low, high = min(bar.low for bar in own), max(bar.high for bar in own)
        return session_rows(market, low, high, height, self.grouping, self.center, self.until)

    def _sessions(
        self, parted: Parted, basis: Basis, group: int, zone: Zone = UTC_ZONE
    ) -> list[Lettered]:
        """Every session with letters that can be read, oldest first."""
        session = self._session()
        number = session.number(parted.newest.start)
        found = list(_past(parted.run, session, basis, group, number, zone))
        own = tuple(self._own(parted))
        now = _now(own, basis, group)
        if now is None:
            return []
        label = _label(own[0].start, session, zone)
        return [*found, Lettered(now, label, tuple(bar.start for bar in own))]

    def _words(
        self, market: Market, basis: Basis, parted: Parted, found: Tpo, zone: Zone
    ) -> list[str]:
        instrument = market.instrument
        assert instrument is not None
        own, at = self._own(parted), marks(found, self._share)
        low, high, poc = (price(instrument, edge) for edge in at)
        balance = (price(instrument, edge) for edge in found.balance)
        session = self.session if self.session != "hours" else f"{self.length} sessions"
        return [
            *as_of(self.until, zone),
            session,
            f"letters of {basis_text(basis)}",
            *gap_words(market, own[0].start, own[-1].end, zone),
            f"POC {poc}",
            f"VA {low}-{high}",
            f"IB {'-'.join(balance)}",
            *_stand_ins(market, market.bars(basis), own, zone),
            f"from {zone.clock(own[0].start, millis=False)}",
            f"rows of {step(instrument, found.group)}",
            f"VA of {self.area:g} %",
        ]


_CANDLES = (TimeBasis(MINUTE), TimeBasis(30 * MINUTE))
"""Bars by which the time before our trades is found: of minutes, or where those are not stated."""
_EVER = Session(1 << 62)


def _known_from(market: Market) -> int | None:
    """When the first trade or candle known happened; None where there is none."""
    log, known = market.trades, []
    own = int(log.since(log.first).ts[0]) if len(log) else None
    for basis in _CANDLES:
        parted = market.bars(basis).parted(None, _KEPT)
        if parted is not None:
            first = parted.run.bars[0].start if len(parted.run) else parted.newest.start
            # A bar that our first trade is in began before it.
            inside = own is not None and first <= own < first + basis.interval
            known.append(own if inside and own is not None else first)
    return min(known, default=None)


@lru_cache(maxsize=16)
def _grouped(run: Run, session: Session) -> dict[int, tuple[Bar, ...]]:
    """Bars that are over by the session they began in."""
    groups: dict[int, list[Bar]] = {}
    for bar in run.bars:
        groups.setdefault(session.number(bar.start), []).append(bar)
    return {number: tuple(bars) for number, bars in groups.items()}


@lru_cache(maxsize=16)
def _past(
    run: Run, session: Session, basis: Basis, group: int, before: int, zone: Zone
) -> tuple[Lettered, ...]:
    """The letters of the sessions that are over."""
    found = []
    for number, bars in _grouped(run, session).items():
        letters = tpo(bars, _numbered(bars, basis), group) if number < before else None
        if letters is not None:
            starts = tuple(bar.start for bar in bars)
            found.append(Lettered(letters, _label(bars[0].start, session, zone), starts))
    return tuple(found)


@lru_cache(maxsize=8)
def _now(bars: tuple[Bar, ...], basis: Basis, group: int) -> Tpo | None:
    """The letters of the session that goes on."""
    return tpo(bars, _numbered(bars, basis), group)


def _numbered(bars: Sequence[Bar], basis: Basis) -> list[int]:
    """Which letter each bar has: time without trades has one too, though nothing to stand at."""
    if not isinstance(basis, TimeBasis):
        return list(range(len(bars)))
    return [(bar.start - bars[0].start) // basis.interval for bar in bars]


def _label(start: int, session: Session, zone: Zone) -> str:
    """When a session began, as far as it is known."""
    if session is _EVER:
        return zone.clock(start, millis=False)
    return began(session.span(session.number(start)).start, session.length, zone)


def _stand_ins(market: Market, bars: Bars, own: Sequence[Bar], zone: Zone) -> list[str]:
    """Say up to when brackets are the venue's own candles."""
    log = market.trades
    since = int(log.since(log.first).ts[0]) if len(log) else own[-1].end
    stated = any(bar.start < since and bars.is_stated(bar.start) for bar in own)
    return [f"candles to {zone.clock(since, millis=False)}"] if stated else []


def _numbers(instrument: Instrument, found: Tpo, share: float) -> dict[str, object]:
    """What was read in a session, as exact decimal strings; letters by their number from 0."""
    at, read = instrument.price, marks(found, share)
    lettered = zip(found.prices.tolist(), found.marks.T.tolist(), strict=True)
    return {
        "row": plain(at(found.group)),
        "open": plain(at(found.open)),
        "high": plain(at(found.high)),
        "low": plain(at(found.low)),
        "close": plain(at(found.close)),
        "poc": plain(at(read.poc)),
        "value_area": [plain(at(read.low)), plain(at(read.high))],
        "initial_balance": [plain(at(edge)) for edge in found.balance],
        "single_prints": [plain(at(edge)) for edge in found.prices[found.singles].tolist()],
        "poor_high": found.poor_high,
        "poor_low": found.poor_low,
        "rows": [
            {
                "price": plain(at(ticks)),
                "letters": [n for n, here in zip(found.numbers, held, strict=True) if here],
            }
            for ticks, held in lettered
        ],
    }
