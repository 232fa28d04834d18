"""Tickers: a table of all instruments watched and listed, to sort, to search and to open from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Context
from typing import ClassVar, NamedTuple

from market.basis import TimeBasis, parse_basis
from market.instrument import plain
from market.market import Market
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.drawing.zones import Zone
from tui.pane import Size, as_of, message, title_row, waiting
from tui.scope import NO_LISTS, Scope
from tui.tickers.rows import COLUMNS, MARKED, draw_heads, drawn_row, head_at, places_of
from tui.tickers.table import DAY, Column, Row, Wish, listed_row, live_row, ordered

_ROUNDED = Context(prec=12)
_TOP = 2
"""The row of the first instrument."""
_COUNT = len(" 10,000 of 10,000 ")
_UNFETCHED = "no venue's list has been fetched yet: / offers to"
_CHANGES: dict[Column, str] = {
    "new%": "change of OI in %",
    "new": "change of OI",
}
"""What titles call columns whose names are no words."""
_KEYS: tuple[tuple[str, str, str], ...] = (
    ("Enter", "opens", "choose"),
    ("u", "sorts", "sort"),
    ("U", "turns", "turn_order"),
    ("i", "searches", "table_search"),
    ("f", "marks", "favourite"),
    ("F", "favourites", "favourites"),
)
"""Keys of the table, what they do, and their commands."""


class _Sheet(NamedTuple):
    """What of the table is on the screen."""

    order: Sequence[str]
    shown: Sequence[str]
    at: int
    """Which of all is highlighted."""
    row: int
    """The row of the pane that it stands in."""
    foot: bool

    @property
    def told(self) -> str:
        """Which of how many is highlighted."""
        return f"{self.at + 1:,} of {len(self.order):,}"


@dataclass(frozen=True, slots=True)
class Tickers:
    """A line for each instrument; change, volume and trend are of the last `timeframe`.

    `at` is the highlighted instrument, `query` what is searched. `grouping` and `center` are there
    because every pane has them.
    """

    kind: ClassVar[str] = "tickers"
    title: ClassVar[str] = "Tickers"
    minimum: ClassVar[Size] = Size(40, 5)

    grouping: int | None = None
    """Without effect: a table has no rows of prices."""
    timeframe: str = "1d"
    """What change, volume and trend are of."""
    until: int | None = None
    center: int | None = None
    """Without effect: a table has no axis of prices."""
    sort: Column = "volume"
    """The column that sorts."""
    turned: bool = False
    """The other way round."""
    favourites: bool = False
    """Favourites alone."""
    query: str = ""
    """What is searched; the best match comes first."""
    at: str = ""
    """The instrument that is highlighted."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw a table of one market alone."""
        return self.draw_all(Scope.of(market), size, look)

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """The numbers of one market alone."""
        return self.numbers_all(Scope.of(market), size)

    def draw_all(self, scope: Scope, size: Size, look: Look) -> Canvas:
        """Draw the heads, the rows around the highlighted one, and the keys of the table."""
        canvas = Canvas(size.width, size.height, look)
        live = self._live(scope)
        sheet = self._sheet(scope, size, live)
        words = self._words(scope, len(sheet.order), look.zone)
        title_row(canvas, look, self.title, scope.market, words)
        if not sheet.order:
            message(canvas, look, self._why(scope, live))
            return canvas
        draw_heads(canvas, places_of(size.width, self.sort), self._wish, self.timeframe)
        by_name = {row.id: row for row in live}
        for y, name in enumerate(sheet.shown, start=_TOP):
            row = by_name.get(name) or listed_row(scope.lists.by_id[name])
            drawn = drawn_row(
                row, (size.width, self.sort), name in scope.favourites, y == sheet.row, look
            )
            canvas.blit(drawn, 0, y)
        free = _TOP + len(sheet.shown) + 1
        if scope.lists is not NO_LISTS and not scope.lists.rows and free < size.height - 1:
            canvas.text(3, free, _UNFETCHED, look.dim)
        if sheet.foot:
            _draw_foot(canvas, sheet.told)
        return canvas

    def numbers_all(self, scope: Scope, size: Size) -> dict[str, object]:
        """What is known of every market watched, by its name."""
        rows = [row for row in self._live(scope) if row.price is not None and not row.listed]
        grids = {market.id: market.instrument for market in scope.markets}
        told: dict[str, object] = {}
        for row in rows:
            grid = grids[row.id]
            assert grid is not None
            told[row.id] = {
                "price": row.price and plain(row.price),
                "change_percent": _decimal(row.change),
                "volume": _decimal(row.volume),
                "funding_percent": _decimal(row.funding),
                "open_interest": _decimal(row.interest),
                "open_interest_percent": _decimal(row.interest_percent),
                "open_interest_change": _decimal(row.interest_change),
                "open_interest_whole_span": row.interest_whole,
                "delta_percent": _decimal(row.delta),
                "whole_span": row.whole,
                "trend": [plain(grid.price(ticks)) for ticks in row.trend],
            }
        return {"instruments": told}

    def moved(self, scope: Scope, steps: int) -> "Tickers":
        """The table with another row highlighted, further down where steps is positive."""
        order = ordered(scope, self._wish, self._live(scope))
        if not order:
            return self
        at = order.index(self._chosen(scope, order)) + steps
        return replace(self, at=order[min(max(0, at), len(order) - 1)])

    def chosen(self, scope: Scope) -> str | None:
        """The highlighted instrument."""
        order = ordered(scope, self._wish, self._live(scope))
        return self._chosen(scope, order) if order else None

    def clicked(self, scope: Scope, size: Size, x: int, y: int) -> "tuple[Tickers, str | None]":
        """The table after a click, and the command that it stands for besides.

        A row is highlighted, and opened when it was; a head sorts, and turns the order when it
        did; the first cells of a row are its mark, words at the foot are their keys.
        """
        sheet = self._sheet(scope, size, self._live(scope))
        if sheet.foot and y == size.height - 1:
            return self, next((c for left, end, c in _foot(size.width) if left <= x < end), None)
        if y == 1 and sheet.order:
            column = head_at(places_of(size.width, self.sort), size.width, x)
            other = self if column is None else self._sorted(column)
            return other.moved(scope, -len(sheet.order)), None
        if not _TOP <= y < _TOP + len(sheet.shown):
            return self, None
        at = replace(self, at=sheet.shown[y - _TOP])
        if x < MARKED:
            return at, "favourite"
        return at, "choose" if y == sheet.row else None

    def sorted_next(self) -> "Tickers":
        """The table by the next column, the largest first."""
        return self._sorted(COLUMNS[(COLUMNS.index(self.sort) + 1) % len(COLUMNS)])

    def turned_round(self) -> "Tickers":
        """The table in the opposite order."""
        return replace(self, turned=not self.turned)

    def narrowed(self) -> "Tickers":
        """The table with favourites alone, or with all again."""
        return replace(self, favourites=not self.favourites)

    def searched(self, query: str) -> "Tickers":
        """The table with what a query means, its best match highlighted."""
        return replace(self, query=query, at="", turned=False)

    @property
    def _wish(self) -> Wish:
        return Wish(self.sort, self.turned, self.query, self.favourites)

    def _chosen(self, scope: Scope, order: Sequence[str]) -> str:
        # What is shown elsewhere is highlighted; of what was searched, the best match.
        focus = scope.market.id if scope.market is not None and not self.query else ""
        return next((name for name in (self.at, focus) if name and name in order), order[0])

    def _live(self, scope: Scope) -> list[Row]:
        basis = parse_basis(self.timeframe)
        span = basis.interval if isinstance(basis, TimeBasis) else DAY
        rows = [live_row(market, span, self.until) for market in scope.markets]
        by_id = scope.lists.by_id
        # Until something comes of a market, what its venue's list told is better than nothing.
        return [
            row if row.price is not None else listed_row(by_id[row.id])._replace(watched=True)
            for row in rows
            if row.price is not None or row.id in by_id
        ]

    def _sorted(self, column: Column) -> "Tickers":
        """The table by a column, the largest first; turned round where it already is by that."""
        turned = column == self.sort and not self.query.strip() and not self.turned
        return replace(self, sort=column, turned=turned, query="", at="")

    def _sheet(self, scope: Scope, size: Size, live: list[Row]) -> _Sheet:
        order = ordered(scope, self._wish, live) if live or scope.lists.rows else []
        foot = size.height >= 5
        room = max(0, size.height - _TOP - foot)
        at = order.index(self._chosen(scope, order)) if order else 0
        first = max(0, min(at - room // 2, len(order) - room))
        return _Sheet(order, order[first : first + room], at, at - first + _TOP, foot)

    def _words(self, scope: Scope, count: int, zone: Zone) -> list[str]:
        words = [*as_of(self.until, zone)]
        if self.query.strip():
            words.append(f'"{self.query}", best match first')
        else:
            word = _CHANGES.get(self.sort, self.sort)
            words.append(f"by {word}{', turned' if self.turned else ''}")
        if self.favourites:
            words.append("favourites")
        if not count:
            return words
        listed = scope.lists.at
        words.append(f"of {self.timeframe}")
        if listed is not None:
            words.append(f"others as listed {zone.date(listed)} {zone.clock(listed)[:5]}, 24h")
        return words

    def _why(self, scope: Scope, live: list[Row]) -> str:
        if self.query.strip() and (live or scope.lists.rows):
            return f'nothing matches "{self.query}"; i searches for something else'
        if self.favourites and (live or scope.lists.rows):
            return "no favourites yet: f marks the highlighted instrument, F shows all again"
        return waiting(scope.market, "trades")


def _foot(width: int) -> list[tuple[int, int, str]]:
    """Where the words of each key begin and end at the foot, and its command."""
    words: list[tuple[int, int, str]] = []
    x = 1
    for key, does, command in _KEYS:
        end = x + len(key) + 1 + len(does)
        if end + _COUNT > width:
            break
        words.append((x, end, command))
        x = end + 2
    return words


def _draw_foot(canvas: Canvas, count: str) -> None:
    look, row = canvas.look, canvas.height - 1
    canvas.fill(0, row, canvas.width, 1, look.panel)
    for (x, *_), (key, does, _) in zip(_foot(canvas.width), _KEYS, strict=False):
        canvas.text(x, row, key, look.accent, bold=True)
        canvas.text(x + len(key) + 1, row, does, look.dim)
    canvas.right(canvas.width - 1, row, count, look.dim)


def _decimal(value: float | None) -> str | None:
    if value is None:
        return None
    return plain(_ROUNDED.create_decimal_from_float(value).normalize(_ROUNDED))
