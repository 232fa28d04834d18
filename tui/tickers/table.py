"""Ticker table: what is known of each instrument over a span of time, and in which order.

Of a market that is watched everything comes from its own feed; of one that venues merely list, what
the list told of it when it was fetched, of 24 hours.
"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from feeds.finding import Known, find, known
from feeds.listing import Listed
from market.basis import TimeBasis, parse_basis
from market.correlation import closes
from market.instrument import Instrument, Kind
from market.market import Market
from tui.scope import Lists, Scope

Column: TypeAlias = Literal[
    "volume",
    "change",
    "price",
    "funding",
    "interest",
    "new%",
    "new",
    "delta",
    "symbol",
]

DAY: Final = 86_400_000_000_000
_EVER: Final = 1 << 62
_POINTS: Final = 48
"""Prices of a trend at least."""
_STEPS: Final = ("1s", "5s", "15s", "1m", "5m", "15m", "1h", "4h", "1d")


FIELDS: Final[dict[Column, str]] = {"new%": "interest_percent", "new": "interest_change"}
"""Parts of a row that have other names than the columns that show them."""


class Row(NamedTuple):
    """One instrument; None is what is not known."""

    id: str
    watched: bool
    price: Decimal | None = None
    change: float | None = None
    """Percent over the span."""
    volume: float | None = None
    """Over the span, in quote currency; of listed ones of 24 h, in dollars."""
    funding: float | None = None
    """Percent an interval."""
    interest: float | None = None
    """In quote currency; of listed ones in dollars."""
    interest_percent: float | None = None
    """By how much open interest has changed over the span, counted as the venue counts it."""
    interest_change: float | None = None
    """The same in quote currency, at the price now."""
    interest_whole: bool = True
    """Whether these two are of the whole span, and not of what is held of it."""
    delta: float | None = None
    """Bought minus sold over the span, in percent of both."""
    trend: tuple[int, ...] = ()
    """Prices over the span, in ticks."""
    whole: bool = True
    """Whether change and volume are of the whole span, and not of what is held of it."""
    held: bool = True
    """Whether trend and delta are."""
    listed: bool = False
    """Whether the numbers are those of a list, and not of now."""


def live_row(market: Market, span: int, until: int | None) -> Row:
    """What a market's own feed tells of it over a span that ends now, or at a time before."""
    grid = market.instrument
    if grid is None:
        return Row(market.id, True)
    end = market.clock if until is None else min(until, market.clock)
    step = _step(span)
    stop = end // step + (until is None)
    count = max(1, span // step)
    found = closes(market, step, stop - count, stop)
    trend = () if found is None else tuple(found.ticks[found.begin :].tolist())
    price = grid.price(trend[-1]) if trend else _stated(market, grid)
    first = _opened(market, step, stop - len(trend)) if trend else 0
    change = 100 * (trend[-1] / first - 1) if first else None
    traded, held = _traded(market, grid, step, stop - count, stop), len(trend) == count
    whole = held
    volume, delta = (None, None) if traded is None else traded
    if span == DAY and until is None and market.ticker is not None:
        # The venue's own day needs nothing to have been watched.
        day = market.ticker
        change = 100 * (float(price or day.last) / day.open - 1) if day.open else change
        volume, whole = float(day.quote_volume or day.volume * day.last), True
    rate = None if market.funding is None else 100 * market.funding.rate
    told = _interest(market, price, end - span, until)
    return Row(market.id, True, price, change, volume, rate, *told, delta, trend, whole, held)


class _Interest(NamedTuple):
    """The columns of open interest."""

    worth: float | None = None
    percent: float | None = None
    change: float | None = None
    whole: bool = True


def _interest(market: Market, price: Decimal | None, start: int, until: int | None) -> _Interest:
    """What is open, and how that differs from what was open at a time (definitions.md 32).

    Counted as the venue counts it, so that a price that moves opens nothing.
    """
    held, end = market.happenings, _EVER if until is None else until + 1
    size, now = held.interest.at(end), held.contracts.at(end)
    if until is None and market.open_interest is not None:
        size = market.open_interest.size
    worth = size * float(price) if price and size else None
    since = held.contracts.since
    if since is None or now is None:
        return _Interest(worth)
    then = held.contracts.at(max(start, since + 1))
    percent = 100 * (now / then - 1) if then else None
    change = worth * (1 - then / now) if worth and now and then is not None else None
    return _Interest(worth, percent, change, since < start)


def _opened(market: Market, step: int, number: int) -> int:
    """The price in ticks with which an interval began: its first, or the one before."""
    bar = market.bars(TimeBasis(step)).before((number + 1) * step, 1)[0]
    return bar.open if bar.start >= number * step else bar.close


def listed_row(row: Known) -> Row:
    """What a venue's list tells of an instrument."""
    listed = row.listed
    price = None if listed.last is None else _on_grid(listed.last, listed.tick)
    rate = None if listed.funding is None else 100 * listed.funding
    numbers = (price, listed.change, listed.dollars, rate, listed.interest)
    return Row(row.id, False, *numbers, listed=True)


def _on_grid(price: float, tick: str | None) -> Decimal:
    """A price with the digits of its grid, where that is stated and as coarse."""
    exact = Decimal(repr(price))
    if tick is None or exact % Decimal(tick):
        return exact
    return exact.quantize(Decimal(tick))


class Wish(NamedTuple):
    """Which rows are wanted, and in which order."""

    sort: Column
    turned: bool
    query: str
    marked: bool
    """Favourites alone."""


def ordered(scope: Scope, wish: Wish, live: Sequence[Row]) -> Sequence[str]:
    """The ids of the table from the top.

    Where something is searched, what is it comes before what begins with it, and that before what
    holds it (`feeds.finding`). Else by a column, the largest first, and unknown values last.
    """
    marked = scope.favourites if wish.marked else None
    if wish.query.strip():
        found = _found(scope.lists, wish.query, tuple(map(_as_known, scope.markets)))
        names = [name for name in found if marked is None or name in marked]
        return names[::-1] if wish.turned else names
    table = _Table(scope.lists, tuple(row.id for row in live), wish.sort, marked)
    keys, _ = _static(table)
    by_name = wish.sort == "symbol"
    field = FIELDS.get(wish.sort, wish.sort)
    live_keys = sorted(
        _key(row.id, None if by_name else getattr(row, field), None if by_name else row.volume)
        for row in live
        if marked is None or row.id in marked
    )
    placed = tuple((bisect_right(keys, key), key[-1]) for key in live_keys)
    return _merged(table, placed, wish.turned)


class _Table(NamedTuple):
    """What decides the order of what is only listed."""

    lists: Lists
    watched: tuple[str, ...]
    column: Column
    marked: frozenset[str] | None


@lru_cache(maxsize=4)
def _merged(table: _Table, placed: tuple[tuple[int, str], ...], turned: bool) -> Sequence[str]:
    """The listed ids with those of markets at their places: the same as long as no place changes.

    So prices may change all the time and nobody sorts thousands of names anew.
    """
    names, order, first = _static(table)[1], list[str](), 0
    for place, name in placed:
        order += names[first:place]
        order.append(name)
        first = place
    order += names[first:]
    return tuple(order[::-1] if turned else order)


_Key: TypeAlias = tuple[bool, float, str]
"""Whether a value is not known, the value turned round, and the id."""


def _key(name: str, value: float | Decimal | None, volume: float | None) -> _Key:
    """The place of an instrument; of a value that is not known, the most traded first."""
    if value is None:
        return True, -(volume or 0.0), name
    return False, -float(value), name


_LISTED: Final = {
    "volume": "dollars",
    "change": "change",
    "price": "last",
    "funding": "funding",
    "interest": "interest",
}
"""What lists call what a column shows."""


@lru_cache(maxsize=8)
def _static(table: _Table) -> tuple[tuple[_Key, ...], tuple[str, ...]]:
    """Keys and ids of what is only listed, in order."""
    lists, watched, column, marked = table
    rows = [
        row for row in lists.rows if row.id not in watched and (marked is None or row.id in marked)
    ]
    if column == "symbol":
        keys = [_key(row.id, None, None) for row in rows]
    elif column not in _LISTED:
        keys = [_key(row.id, None, row.listed.dollars) for row in rows]
    else:
        word, scale = _LISTED[column], 100 if column == "funding" else 1
        values = [getattr(row.listed, word) for row in rows]
        keys = [
            _key(row.id, None if value is None else scale * value, row.listed.dollars)
            for row, value in zip(rows, values, strict=True)
        ]
    keys.sort()
    return tuple(keys), tuple(name for *_, name in keys)


@lru_cache(maxsize=8)
def _found(lists: Lists, query: str, live: tuple[Known, ...]) -> tuple[str, ...]:
    watched = {row.id for row in live}
    rows = [*live, *(row for row in lists.rows if row.id not in watched)]
    return tuple(row.id for row in find(query, rows, watched))


def _as_known(market: Market) -> Known:
    return _known_of(market.venue, market.symbol, market.instrument)


@lru_cache(maxsize=256)
def _known_of(venue: str, symbol: str, grid: Instrument | None) -> Known:
    listed = Listed(symbol, Kind.SPOT, "", "")
    if grid is not None:
        listed = Listed(symbol, grid.kind, grid.base, grid.quote)
    (row,) = known(venue, [listed])
    return row


def _stated(market: Market, grid: Instrument) -> Decimal | None:
    """A price without a trade of our own: the last that the venue states."""
    ticker = market.ticker
    return None if ticker is None else grid.price(grid.ticks(ticker.last))


def _traded(
    market: Market, grid: Instrument, step: int, first: int, stop: int
) -> tuple[float, float | None] | None:
    """What was traded, in quote currency at the price of each bar's end, and its delta in percent.

    The delta is that of the bars whose sides are known.
    """
    parted = market.bars(TimeBasis(step)).parted(stop * step, stop - first)
    if parted is None:
        return None
    run, newest = parted.run, parted.newest
    inside = run.numbers >= first
    worth = float((run.volume[inside] * run.close[inside].astype(float)).sum())
    bought, sold = int(run.buy[inside].sum()), int(run.sell[inside].sum())
    if parted.number >= first:
        worth += float(newest.volume * newest.close)
        bought, sold = bought + newest.buy, sold + newest.sell
    delta = 100 * (bought - sold) / (bought + sold) if bought + sold else None
    return worth * float(grid.lot_size * grid.tick_size), delta


@lru_cache(maxsize=64)
def _step(span: int) -> int:
    """The longest of some round steps of which a span has enough."""
    steps = [basis.interval for basis in map(parse_basis, _STEPS) if isinstance(basis, TimeBasis)]
    return max((step for step in steps if span // step >= _POINTS), default=steps[0])
