"""The listing: all instruments of a venue, put together of the answers to its lists' requests.

The instruments are those that the venue's own adapter reads, so what can be watched is what is
listed. Pure: `feeds.directory` asks and keeps.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct, json, structs

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.listing_prices import Prices, moved
from feeds.lists import Page, Volumes
from feeds.venue import Venue
from market.events import FundingRate, Listing, MarkPrice, OpenInterest, Ticker
from market.instrument import Instrument, Kind, plain

DOLLARS: Final = frozenset(
    {"USD", "USDT", "USDC", "BUSD", "DAI", "FDUSD", "PYUSD", "RLUSD", "TUSD", "USD1", "USDE"}
    | {"USDT0", "USDH", "UST"}
)
"""Quote currencies that are a dollar, near enough to rank by."""

MOST_PAGES: Final = 200
"""Parts of a list, beyond which it does not end."""

_UNREADABLE = (ValueError, TypeError, LookupError, OverflowError, RecursionError)
"""All that an answer of another shape than the row describes leads to."""

REASONS: Final = 6
"""Reasons told for which rows were left out."""


class Listed(Struct, frozen=True, gc=False, omit_defaults=True):
    """One instrument of a venue's list. Numbers that the venue does not state are None."""

    symbol: str
    kind: Kind
    base: str
    quote: str
    tick: str | None = None
    lot: str | None = None
    contract: str | None = None
    """Base currency (linear) or quote currency (inverse) in one contract."""
    volume: float | None = None
    """Of 24 h, in quote currency."""
    dollars: float | None = None
    """The same in dollars, where that can be told."""
    last: float | None = None
    """The last price, else the mark price."""
    change: float | None = None
    """Of the price, percent in 24 h."""
    funding: float | None = None
    """A fraction, for the interval that ran."""
    interest: float | None = None
    """Open interest in dollars."""


class Catalogue(Struct, frozen=True):
    """All instruments of a venue as they were listed at a time."""

    venue: str
    at: int
    """ns since the epoch."""
    instruments: tuple[Listed, ...]
    left_out: dict[str, int]
    """Rows of the venue's list that are no instruments to watch, by reason."""
    notes: tuple[str, ...] = ()
    """What is missing, and why."""


class Reading:
    """The answers so far to the requests of one venue's lists."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._parser = venue.parser()
        self._listed: dict[str, Instrument] = {}
        self._bare: dict[str, Listed] = {}
        """Instruments of a venue that states no grids."""
        self._stated = Prices()
        self._volumes: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()
        self._notes: list[str] = []
        self._pages = 0

    def take(self, page: Page, body: bytes, now: int) -> list[Page]:
        """Take an answer; return what is to be asked next. Raise a FeedError where it is none."""
        self._pages += 1
        known = len(self._listed)
        events = self._parser.parse(body, now, page.path)
        for event in events:
            match event:
                case Listing(listed=listed):
                    self._listed[listed.symbol] = listed
                case Ticker() | MarkPrice() | FundingRate() | OpenInterest():
                    self._stated.take(_symbol(event.instrument), event)
                case Ignored(instrument=name, reason=reason) if name and page not in self._apart:
                    self._left_out[reason] += 1
        if page.volumes is not None:
            names = [_symbol(event.instrument) for event in events]
            self._volume(page.volumes, body, names)
        try:
            return list(self._next(page, body, len(self._listed) > known))
        except _UNREADABLE as error:
            raise MalformedFrame(self._venue.name, f"a list: {error}", body) from error

    def catalogue(self, now: int, notes: Sequence[str] = ()) -> Catalogue:
        """All that was told, the most traded first."""
        rows = [_row(instrument) for instrument in self._listed.values()]
        rows += [row for symbol, row in self._bare.items() if symbol not in self._listed]
        prices = self._prices()
        worth = [self._stood(self._worth(row, prices), prices) for row in rows]
        worth.sort(key=lambda row: (-(row.dollars or 0.0), row.symbol))
        left_out = dict(self._left_out.most_common(REASONS))
        told = tuple(dict.fromkeys((*self._notes, *notes)))
        return Catalogue(self._venue.name, now, tuple(worth), left_out, told)

    @property
    def _apart(self) -> tuple[Page, ...]:
        return self._venue.lists.volumes

    def _next(self, page: Page, body: bytes, grown: bool) -> Iterator[Page]:
        if self._pages >= MOST_PAGES:
            raise ValueError(f"no end after {MOST_PAGES} parts")
        if page.cursor and grown:
            after = _at(json.decode(body), page.cursor)
            if isinstance(after, str) and after:
                # The venue gives its cursor as it is to be sent, with its own percent signs.
                yield replace(page, path=_with(page.path, "cursor", quote(after, safe="%")))
        if page.rows and grown and len(json.decode(body)) >= page.rows:
            found = re.search(r"&offset=(\d+)", page.path)
            offset = (int(found[1]) if found else 0) + page.rows
            yield replace(page, path=_with(page.path, "offset", str(offset)))
        if page.each:
            for row in json.decode(body):
                if row is not None:
                    name = json.encode(row["name"])[1:-1].decode()
                    yield replace(page, body=page.each.replace("NAME", name), each="")

    def _volume(self, place: Volumes, body: bytes, names: Sequence[str]) -> None:
        """Note the volumes of an answer; the list is good without them."""
        try:
            volumes = dict(_volumes(place, json.decode(body), names))
        except _UNREADABLE as error:
            self._notes.append(f"24 h volume is not known: {error}")
            return
        for symbol, volume in volumes.items():
            listed = _bare(symbol, place.coins) if place.coins else None
            if listed is not None:
                self._bare[symbol] = listed
            if volume is not None:
                self._volumes[symbol] = volume
        if place.last:
            for symbol, move in _moves(place, json.decode(body), names):
                self._stated.move(symbol, *move)

    def _prices(self) -> dict[str, float]:
        """What coins are worth in dollars, of those with a price at this venue."""
        prices = dict.fromkeys(DOLLARS, 1.0)
        for symbol, day in self._stated.days.items():
            instrument = self._listed.get(symbol)
            if instrument is not None and instrument.quote in DOLLARS:
                prices.setdefault(instrument.base, day.last)
        return prices

    def _worth(self, row: Listed, prices: Mapping[str, float]) -> Listed:
        """The row with its volume."""
        volume = self._volumes.get(row.symbol)
        day = self._stated.days.get(row.symbol)
        if volume is None and day is not None:
            volume = _turnover(row, day)
        if volume is None or not isfinite(volume) or volume < 0:
            return row
        price = prices.get(row.quote)
        dollars = None if price is None else round(volume * price, 2)
        return structs.replace(row, volume=volume, dollars=dollars)

    def _stood(self, row: Listed, prices: Mapping[str, float]) -> Listed:
        """The row with its price, funding and open interest."""
        last, change, funding, interest = self._stated.of(row.symbol, self._listed.get(row.symbol))
        price = prices.get(row.quote)
        worth = None if price is None or interest is None else round(interest * price, 2)
        return structs.replace(row, last=last, change=change, funding=funding, interest=worth)


def _symbol(name: str) -> str:
    return name.partition(":")[2]


def _row(instrument: Instrument) -> Listed:
    contract = instrument.contract_size
    return Listed(
        instrument.symbol,
        instrument.kind,
        instrument.base,
        instrument.quote,
        plain(instrument.tick_size),
        plain(instrument.lot_size),
        None if contract is None else plain(contract),
    )


def _bare(symbol: str, coins: str) -> Listed | None:
    """An instrument that is known by its symbol only; None where it is none."""
    found = re.fullmatch(coins, symbol)
    if found is None:
        return None
    kind = Kind.LINEAR if found["contract"] else Kind.SPOT
    return Listed(symbol, kind, found["base"], found["quote"])


def _turnover(row: Listed, day: Ticker) -> float:
    """The day's volume in quote currency."""
    if day.quote_volume is not None:
        return float(day.quote_volume)
    contract = float(row.contract) if row.contract is not None else 1.0
    return day.volume * contract * (1.0 if row.kind is Kind.INVERSE else day.last)


def _named(
    place: Volumes, answer: object, names: Sequence[str]
) -> Iterator[tuple[str, Any]]:  # Any: whatever an answer holds there
    """Symbols and rows of an answer."""
    rows = _rows(_at(answer, place.rows))
    if place.names:
        names = [str(_at(row, place.symbol)) for row in _rows(_at(answer, place.names))]
    elif place.symbol:
        names = [str(_at(row, place.symbol)) for row in rows]
    # Rows of another number than the names belong to others: then nothing is known.
    return zip(names, rows, strict=True)


def _volumes(
    place: Volumes, answer: object, names: Sequence[str]
) -> Iterator[tuple[str, float | None]]:
    """Symbols and volumes of an answer."""
    for name, row in _named(place, answer, names):
        if place.quote:
            yield name, _number(_at(row, place.quote))
        else:
            base, price = _number(_at(row, place.base)), _number(_at(row, place.price))
            yield name, None if base is None or price is None else base * price


def _moves(
    place: Volumes, answer: object, names: Sequence[str]
) -> Iterator[tuple[str, tuple[float | None, float | None]]]:
    """Symbols, prices and their changes in percent; what cannot be read is not known."""
    for name, row in _named(place, answer, names):
        stated = [
            _perhaps(_at(row, key)) if key else None
            for key in (place.last, place.first, place.change)
        ]
        yield name, moved(place, *stated)


def _number(value: Any) -> float | None:  # Any: whatever an answer holds there
    return None if value in (None, "") else float(value)


def _perhaps(value: Any) -> float | None:  # Any: whatever an answer holds there
    """A number, None where there is none."""
    try:
        return _number(value.removesuffix("%") if isinstance(value, str) else value)
    except (ValueError, TypeError, OverflowError):
        return None


def _rows(value: Any) -> list[Any]:  # Any: whatever an answer holds there
    return list(value.values()) if isinstance(value, dict) else list(value)


def _at(value: Any, place: str) -> Any:  # Any: whatever an answer holds there
    for key in place.split(".") if place else ():
        if not isinstance(value, (list, dict)):
            raise LookupError(f"no {place} in it")
        value = value[int(key)] if isinstance(value, list) else value.get(key)
    return value


def _with(path: str, name: str, value: str) -> str:
    """The path with one value of its query set."""
    return f"{re.sub(rf'&{name}=[^&]*', '', path)}&{name}={value}"
