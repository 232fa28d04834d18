"""One exchange through ccxt: its WebSocket class, kept running until it is cancelled.

ccxt reconnects, subscribes and aligns books by its own rules, and shows none of it: books are
snapshots to us, never verified, and said to be so. What it raises is sorted by what may help: a
line that is gone is taken up again after a pause, which grows until one lasts; an exchange that
asks for fewer requests is left alone for longer, and what it refuses is said and left.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from feeds import ccxt_events
from feeds.board import Word
from feeds.ccxt_events import instrument_id
from feeds.ccxt_names import CCXT, library
from feeds.endpoint import address
from feeds.errors import Disconnected, FeedError, MalformedFrame, Rejected
from feeds.ids import RecentIds
from feeds.outlet import Outlet
from feeds.rest import pause_after
from feeds.session import sleep
from feeds.timely import timely, too_early
from feeds.timing import Timing
from market.events import FeedState

T = TypeVar("T")

SECOND = 1_000_000_000
BETWEEN = 0.1
"""Seconds between two books: each is whole, so those between would only cost."""
BARS = 500
"""Bars asked for at the start."""
UNREADABLE = 5
"""Structures of one kind in a row that cannot be read after which a line is made anew."""
_BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError)
"""What ccxt's code raises where an exchange sends what its author did not expect."""
_UNVERIFIED = Word(FeedState.SNAPSHOT_ONLY, "through ccxt: the book is not verified")


@dataclass(frozen=True, slots=True)
class Course:
    """What a line works with: the outlet, and time and chance as arguments."""

    outlet: Outlet
    timing: Timing
    clock: Callable[[], int]
    draw: Callable[[], float]


class Line:
    """One exchange, with the symbols that are wanted of it."""

    def __init__(self, exchange: str, endpoint: str | None, course: Course) -> None:
        self._name, self._endpoint = exchange, endpoint
        self._outlet, self._timing = course.outlet, course.timing
        self._clock, self._draw = course.clock, course.draw
        self._wanted: dict[str, None] = {}
        self._interval = ""
        self._changed, self._hurry = asyncio.Event(), asyncio.Event()
        self._ids: dict[str, RecentIds] = {}
        self._book_at: dict[str, int] = {}
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup
        self._delivered = False
        self._opened_at = 0
        self._attempts = self._slowed = 0
        """Lines in a row that did not last, and refusals in a row for asking too often."""
        self._exchange: Any  # of a library without types

    def want(self, symbols: Sequence[str], interval: str) -> None:
        """Watch exactly these symbols from now on."""
        for symbol in self._wanted.keys() - set(symbols):
            self._outlet.forget((self, symbol), self._id(symbol), self._clock())
        for symbol in dict.fromkeys(symbols):
            if symbol not in self._wanted:
                self._say(symbol, Word(FeedState.CONNECTING, f"connecting to {self._name}"))
        self._wanted, self._interval = dict.fromkeys(symbols), interval
        self._changed.set()

    def hurry(self) -> None:
        """Try again now instead of at the end of a pause."""
        self._hurry.set()

    async def run(self) -> None:
        """Connect, follow, and after every end begin again."""
        while True:
            ended = await self._session()
            pause = self._pause(ended)
            retry_at = self._clock() + round(pause * SECOND)
            for symbol in self._wanted:
                self._say(symbol, Word(FeedState.CONNECTING, ended.reason, retry_at))
            # What the exchange asks for nobody may hurry.
            await sleep(pause, asyncio.Event() if self._slowed else self._hurry)

    def _pause(self, ended: Disconnected) -> float:
        """Seconds until the next attempt."""
        if self._steady:
            self._attempts = self._slowed = 0
        self._attempts += 1
        self._slowed = 0 if ended.retry_after is None else self._slowed + 1
        status = 429 if self._slowed else 200
        asked = pause_after(status, None, self._slowed, self._timing)
        return self._timing.backoff(self._attempts - 1, self._draw()) if asked is None else asked

    @property
    def _steady(self) -> bool:
        """Whether the line carried data for long enough to forget earlier failures."""
        age = self._clock() - self._opened_at
        return self._delivered and age >= self._timing.steady * SECOND

    async def _session(self) -> Disconnected:
        """Follow all that is wanted until something ends it; return what did."""
        ended: Disconnected | None = None
        self._delivered = False
        self._running.clear()
        self._book_at.clear()
        try:
            async with self._opened(), asyncio.TaskGroup() as self._group:
                await self._call(self._exchange.load_markets())
                self._opened_at = self._clock()
                self._group.create_task(self._watch())
                while True:
                    self._changed.clear()
                    self._arrange()
                    await self._changed.wait()
        except* FeedError as errors:
            ended = self._plainly(errors)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # As in the supervisor: https://github.com/python/cpython/issues/116720
            raise asyncio.CancelledError
        return ended or Disconnected(self._name, "the connection ended")

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        """An object of ccxt's class, and its connections closed afterwards."""
        self._exchange = getattr(library(), self._name)({"newUpdates": True})
        if self._endpoint is not None:
            place = address(f"{CCXT}:{self._name}", self._endpoint)
            self._exchange.urls["api"] = moved(self._exchange.urls["api"], *place)
        self._outlet.opened()
        try:
            yield
        finally:
            await self._exchange.close()

    def _plainly(self, errors: BaseExceptionGroup[FeedError]) -> Disconnected:
        error: BaseException = errors
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, Disconnected):
            return error
        if isinstance(error, MalformedFrame | Rejected):
            self._outlet.complain(error)
        return Disconnected(self._name, getattr(error, "reason", str(error)))

    def _arrange(self) -> None:
        """Begin what is wanted and does not run, give up what runs and is not wanted."""
        wanted = {
            (symbol, channel): work
            for symbol in self._wanted
            for channel, work in self._works(symbol).items()
        }
        for key in self._running.keys() - wanted.keys():
            self._running.pop(key).cancel()
        for symbol in (self._book_at.keys() | self._ids.keys()) - self._wanted.keys():
            self._book_at.pop(symbol, None)
            self._ids.pop(symbol, None)
        for key in wanted.keys() - self._running.keys():
            if key[1] == "book" and not self._introduce(key[0]):
                continue
            if key[0] in self._exchange.markets:
                task = self._group.create_task(self._follow(key[0], key[1], wanted[key]))
                self._running[key] = task

    def _works(self, symbol: str) -> Mapping[str, Callable[[str], Awaitable[None]]]:
        """What is to be done for a symbol, by a name that says when it is something else."""
        works: dict[str, Callable[[str], Awaitable[None]]] = {"book": self._book}
        if self._exchange.has.get("watchTrades"):
            works["trades"] = self._trades
        if self._exchange.has.get("fetchOHLCV") and self._interval in self._timeframes:
            works[f"bars {self._interval}"] = self._bars
        return works

    @property
    def _timeframes(self) -> Mapping[str, object]:
        return self._exchange.timeframes or {}

    def _introduce(self, symbol: str) -> bool:
        """List a symbol; say so where it cannot be watched."""
        markets = self._exchange.markets
        try:
            if symbol not in markets:
                near = get_close_matches(symbol, markets, n=1)
                guess = f'; did you mean "{near[0]}"?' if near else ""
                raise Rejected(self._id(symbol), f"no such symbol{guess}")
            mode, now = self._exchange.precisionMode, self._clock()
            listing = ccxt_events.listing_of(self._name, markets[symbol], mode, now)
        except Rejected as error:
            self._refuse(symbol, error)
            return False
        if listing is not None:
            self._outlet.put(listing)
        self._say(symbol, Word(FeedState.SYNCING, "waiting for the first data"))
        return True

    async def _follow(
        self, symbol: str, channel: str, work: Callable[[str], Awaitable[None]]
    ) -> None:
        """Do a symbol's work until the line ends; what an exchange refuses is not asked again."""
        unreadable = 0
        try:
            while True:
                try:
                    await work(symbol)
                    unreadable = 0
                except MalformedFrame as error:
                    self._outlet.complain(error)
                    unreadable += 1
                    if unreadable >= UNREADABLE:
                        reason = f"{UNREADABLE} unreadable messages in a row: {error.reason}"
                        raise Disconnected(self._name, reason) from error
                if channel.startswith("bars"):
                    return
        except Rejected as error:
            if channel == "book":
                self._refuse(symbol, error)
            else:
                self._outlet.complain(error)

    async def _trades(self, symbol: str) -> None:
        name = self._id(symbol)
        rows: Sequence[Any] = await self._call(self._exchange.watch_trades(symbol))
        ids, now = self._ids.setdefault(symbol, RecentIds()), self._clock()
        self._outlet.counts.frames += 1
        for row in rows:
            trade = ccxt_events.trade_of(name, row, now)
            if timely(trade, now) is None:
                raise too_early(name)
            if trade.id and not ids.take(trade.id):
                self._outlet.counts.duplicates += 1
                continue
            self._outlet.put(trade)
        await self._handed_on()

    async def _book(self, symbol: str) -> None:
        stated = await self._call(self._exchange.watch_order_book(symbol))
        self._outlet.counts.frames += 1
        now = self._clock()
        book = ccxt_events.book_of(self._id(symbol), stated, now)
        if timely(book, now) is not book:
            raise too_early(book.instrument)
        self._outlet.put(book)
        self._book_at[symbol] = now
        self._say(symbol, _UNVERIFIED)
        await self._handed_on()
        await asyncio.sleep(BETWEEN)

    async def _bars(self, symbol: str) -> None:
        interval = self._interval
        rows = await self._call(self._exchange.fetch_ohlcv(symbol, interval, None, BARS))
        seconds = int(self._exchange.parse_timeframe(interval))
        bars = ccxt_events.bars_of(self._id(symbol), interval, seconds, rows, self._clock())
        for bar in bars:
            self._outlet.put(bar)
        await self._handed_on()

    async def _handed_on(self) -> None:
        """Let the consumer look, and wait for it where it is behind."""
        self._delivered = True
        self._outlet.wake()
        if self._outlet.full:
            await self._outlet.room()

    async def _watch(self) -> None:
        """Look at the age of the books."""
        timing = self._timing
        while True:
            await asyncio.sleep(timing.tick)
            now = self._clock()
            for symbol, at in self._book_at.items():
                if now - at > timing.silent * SECOND:
                    raise Disconnected(self._name, f"no data for {timing.silent:g} s")
                if now - at > timing.stale * SECOND:
                    stale = f"no book data for {timing.stale:g} s"
                    self._say(symbol, Word(FeedState.STALE, stale))

    async def _call(self, asked: Awaitable[T]) -> T:
        """What ccxt answers, or its error as one of ours."""
        errors = library()
        try:
            return await asked
        except (errors.RateLimitExceeded, errors.DDoSProtection) as error:
            raise Disconnected(self._name, self._said(error), self._timing.slow_down) from error
        except errors.OperationFailed as error:
            raise Disconnected(self._name, self._said(error)) from error
        except errors.ExchangeClosedByUser as error:
            raise Disconnected(self._name, "the connection was closed") from error
        except errors.BaseError as error:
            raise Rejected(f"{CCXT}:{self._name}", self._said(error)) from error
        except _BROKEN as error:
            reason = f"ccxt fails with {type(error).__name__}: {str(error)[:120]}"
            raise MalformedFrame(f"{CCXT}:{self._name}", reason) from error

    def _said(self, error: Exception) -> str:
        text = re.sub(r"\s+", " ", str(error)).strip().removeprefix(f"{self._name} ")
        return text[:200] or type(error).__name__

    def _refuse(self, symbol: str, error: Rejected) -> None:
        self._outlet.complain(error)
        self._say(symbol, Word(FeedState.CONNECTING, error.reason))

    def _say(self, symbol: str, word: Word) -> None:
        self._outlet.say((self, symbol), self._id(symbol), word, self._clock())

    def _id(self, symbol: str) -> str:
        return instrument_id(self._name, symbol)


def moved(urls: object, secure: str, host: str) -> object:
    """The same tree of addresses with every scheme and host replaced; `secure` is "s" or ""."""
    if isinstance(urls, dict):
        return {name: moved(url, secure, host) for name, url in urls.items()}
    if not isinstance(urls, str):
        return urls
    return re.sub(r"^(http|ws)s?://[^/?#]+", rf"\g<1>{secure}://{host}", urls)
