"""History: how a venue's past is asked for, page by page, without holes and without overlap. Pure.

A series is one kind of history of one venue: which requests ask for it, and where a body holds its
rows. `Pages` walks one over a span of time. What lies outside the span is cut from the first and
the last body; a body that lies within it is kept as it came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from msgspec import Raw, ValidationError
from msgspec.json import Decoder, encode

from feeds.errors import MalformedFrame

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


class Kept(StrEnum):
    """What venues keep of the past."""

    TRADES = "trades"
    OPEN_INTEREST = "open-interest"


class Mark(NamedTuple):
    """Where a row stands: when, and under which number or name."""

    time: int
    """ns since the epoch."""
    ident: int | str


@dataclass(frozen=True, slots=True)
class Past:
    """What is wanted: the rows of a symbol from `start` up to, not with, `end`, in ns."""

    symbol: str
    start: int
    end: int


@dataclass(slots=True)
class Progress:
    """How far a walk over the past is."""

    last: Mark | None = None
    """The row reached last: the newest so far, or the oldest where the walk goes back."""
    rows: int = 0
    """Rows that came, with those that were not kept."""
    windows: int = 0
    """Spans of time that were asked for."""


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of history of one venue."""

    venue: str
    kept: Kept
    path: Callable[[Past, Progress], str]
    """The next request: path and query; "" where the venue has no way to ask further."""
    mark: Callable[[Raw], Mark]
    """Where a row of a body stands. msgspec's errors say that it is no such row."""
    limit: int
    """Rows of a full page."""
    weight: int
    """What a request costs."""
    reach: str
    """How far back it goes, in words."""
    place: tuple[str, ...] = ()
    """The keys that lead to the rows in a body; "*" is the name of the symbol, whatever it is."""
    window: int = 0
    """ns that a request names; after the first row the walk goes on by row, unless `windowed`."""
    windowed: bool = False
    """Whether the walk goes from window to window throughout."""
    backward: bool = False
    """Whether the newest rows come first, and each page is older than the one before."""
    numbered: bool = False
    """Whether rows are numbered one by one, so that a missing one shows."""
    base: str = ""
    """Scheme and host where the past is kept elsewhere than the venue's other documents."""


class Page(NamedTuple):
    """Rows of one answer that belong to the span, as the venue sent them."""

    path: str
    payload: bytes
    first: int
    """When its oldest row happened, ns."""
    last: int
    """When its newest row happened, ns."""
    rows: int


class Pages:
    """A walk of a series over a span of time."""

    def __init__(self, series: Series, past: Past) -> None:
        self.missing = 0
        """Numbers that no row had."""
        self.complete = True
        """Whether the walk could reach the other end of the span."""
        self._series, self._past = series, past
        self._progress = Progress()
        self._before: frozenset[int | str] = frozenset()
        """What the page before held: only neighbours can overlap."""
        self._short = False
        """Whether the last page could have held more."""
        self._done = past.start >= past.end

    def ask(self) -> str | None:
        """The next request, None when all is there."""
        if self._done:
            return None
        path = self._series.path(self._past, self._progress)
        if not path:
            self._done, self.complete = True, self._short
        return path or None

    def take(self, path: str, body: bytes) -> Page | None:
        """Take the answer; return what of it belongs to the span and is new."""
        series, before = self._series, self._before
        try:
            rows = rows_of(body, series.place)
            marks = [series.mark(row) for row in rows]
        except (ValidationError, ValueError, RecursionError) as error:
            raise MalformedFrame(series.venue, str(error), body) from error
        fresh = [index for index, mark in enumerate(marks) if mark.ident not in before]
        self._walk([marks[index] for index in fresh], marks)
        kept = [index for index in fresh if self._inside(marks[index].time)]
        if not kept:
            return None
        times = [marks[index].time for index in kept]
        whole = len(kept) == len(rows)
        payload = body if whole else cut(body, series.place, [rows[index] for index in kept])
        return Page(path, payload, min(times), max(times), len(kept))

    def _inside(self, time: int) -> bool:
        return self._past.start <= time < self._past.end

    def _walk(self, fresh: list[Mark], marks: list[Mark]) -> None:
        """Note how far this leads, and whether it was the end."""
        series, past, progress = self._series, self._past, self._progress
        if series.numbered:
            self.missing += self._leaps(fresh)
        progress.rows += len(marks)
        progress.last = fresh[-1] if fresh else progress.last
        self._before = frozenset(mark.ident for mark in marks)
        if series.windowed or (series.window and progress.last is None):
            progress.windows += 1
            self._done = past.start + progress.windows * series.window >= past.end
            return
        far = min if series.backward else max
        edge = far((mark.time for mark in marks), default=past.start)
        over = edge < past.start if series.backward else edge >= past.end
        self._short = len(marks) < series.limit
        # A short page is no proof that there is no more: only one that brings nothing new is.
        self._done = over or not fresh
        if not fresh and not over and not self._short:
            raise MalformedFrame(series.venue, "gives the same page of its history again and again")

    def _leaps(self, fresh: list[Mark]) -> int:
        """How many numbers were left out between the last row and these."""
        step = -1 if self._series.backward else 1
        idents = [mark.ident for mark in fresh if self._inside(mark.time)]
        last = self._progress.last
        if last is not None and self._inside(last.time):
            idents.insert(0, last.ident)
        numbers = [int(ident) * step for ident in idents]
        return sum(max(0, b - a - 1) for a, b in pairwise(numbers))


_keys = Decoder(dict[str, Raw]).decode
_rows = Decoder(list[Raw]).decode


def rows_of(body: bytes | Raw, place: tuple[str, ...]) -> list[Raw]:
    """The rows that a body holds in a place; ValueError where it does not."""
    if not place:
        return _rows(body)
    keys = _keys(body)
    key = _named(place[0], keys)
    return rows_of(keys[key], place[1:]) if key in keys else []


def cut(body: bytes | Raw, place: tuple[str, ...], rows: list[Raw]) -> bytes:
    """The same body with these rows alone."""
    if not place:
        return b"[%s]" % b",".join(bytes(memoryview(row)) for row in rows)
    keys = _keys(body)
    key = _named(place[0], keys)
    keys[key] = Raw(cut(keys[key], place[1:], rows))
    return encode(keys)


def _named(key: str, keys: dict[str, Raw]) -> str:
    """The key itself, or for "*" the only one that is no "last" page's mark."""
    return key if key != "*" else next((name for name in keys if name != "last"), "")
