"""Followers: programs that follow a stand-in exchange and tell what they took, for the load bench.

Each runs in a process of its own, so that its processor time is its own. `feed` is our feed side
doing what cryptofeed does: connections, adapter, a verified book, trades handed on. `market` is the
same into the whole market model, `app` the monitor itself with its markets noting how far they
are, `cryptofeed` that library with its own connections. SIGTERM (keys end the monitor) ends them,
and they leave one line of JSON.
"""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress
from importlib import import_module
from pathlib import Path
from time import monotonic_ns
from typing import Any, Final

import msgspec

from feeds.adapter import Channel
from feeds.cadence import Cadence
from feeds.hub import Hub
from market.events import BookDelta, Event, Trade
from market.markets import Markets

VENUE: Final = "binance-usdm"
SYMBOL: Final = "BTCUSDT"
INSTRUMENT: Final = f"{VENUE}:{SYMBOL}"


class Reached(msgspec.Struct, array_like=True, frozen=True):
    """How many trades and changes of the book were said or applied by a time."""

    at: int
    """ns of the monotonic clock."""
    trades: int
    changes: int


class Taken(msgspec.Struct):
    """What a follower took in all."""

    trades: int = 0
    changes: int = 0
    """Changes of the book that were applied."""
    log: list[Reached] = []
    delay_ms: float = 0.0
    """What reading together added of late."""


class LoggedMarkets(Markets):
    """Markets that note how far they are after every batch."""

    def __init__(self, stepwise: bool = False) -> None:
        super().__init__(stepwise)
        self.log: list[Reached] = []

    def apply(self, events: Iterable[Event]) -> None:
        """Apply, and note."""
        super().apply(events)
        market = self.get(INSTRUMENT)
        if market is not None:
            self.log.append(Reached(monotonic_ns(), market.trades.end, market.counts.deltas))

    def taken(self) -> Taken:
        """What was applied so far."""
        last = self.log[-1] if self.log else Reached(0, 0, 0)
        return Taken(last.trades, last.changes, self.log)


def feed(url: str, gap: float) -> Taken:
    """Follow as cryptofeed does, with our own feed side."""
    from tui.bench.suites import Sink

    sink = Sink()
    handlers, taken = sink.handlers, Taken()

    def take(batch: list[Event]) -> None:
        for event in batch:
            if handler := handlers.get(type(event)):
                handler(event)
                taken.changes += type(event) is BookDelta
                taken.trades += type(event) is Trade

    taken.delay_ms = _run(url, gap, take)
    return taken


def market(url: str, gap: float) -> Taken:
    """Follow with our own feed side into the whole market model."""
    markets = LoggedMarkets()
    delay = _run(url, gap, markets.apply)
    taken = markets.taken()
    taken.delay_ms = delay
    return taken


def _run(url: str, gap: float, take: Callable[[list[Event]], None]) -> float:
    cadence = Cadence(gap)
    with asyncio.Runner(loop_factory=cadence.new_loop) as runner:
        runner.run(_until_stopped(url, take))
    return cadence.latency_ms


async def _until_stopped(url: str, take: Callable[[list[Event]], None]) -> None:
    task = asyncio.ensure_future(_follow(url, take))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


async def _follow(url: str, take: Callable[[list[Event]], None]) -> None:
    hub = Hub(endpoints={VENUE: url}, channels=(Channel.TRADES, Channel.BOOK))
    hub.want([INSTRUMENT])
    async with aclosing(hub.batches()) as batches:
        take(await anext(batches))
        # As the monitor does once it has started.
        gc.freeze()
        async for batch in batches:
            take(batch)


def app(words: list[str], log: Path) -> None:
    """Run the monitor with these words; what its markets took is in `log` once it has ended."""
    import tui.desk.session
    from tui.main import main as tapetop

    made: list[LoggedMarkets] = []

    class Markets(LoggedMarkets):
        def __init__(self, stepwise: bool = False) -> None:
            super().__init__(stepwise)
            made.append(self)

    # The one thing about it that is not as everybody has it.
    vars(tui.desk.session)["Markets"] = Markets
    sys.argv[1:] = words
    try:
        tapetop()
    finally:
        if made:
            log.write_bytes(msgspec.json.encode(made[-1].taken()))


def cryptofeed(url: str) -> Taken:
    """Follow with cryptofeed, set up as its own documentation does it, at another address."""
    defines: Any = import_module("cryptofeed.defines")
    connection: Any = import_module("cryptofeed.connection")
    feed_class: Any = import_module("cryptofeed.exchanges").BinanceFutures
    handler: Any = import_module("cryptofeed").FeedHandler
    logging.getLogger("feedhandler").setLevel(logging.CRITICAL)
    symbols: Any = import_module("cryptofeed.symbols").Symbols
    symbols.set(defines.BINANCE_FUTURES, {"BTC-USDT-PERP": SYMBOL}, {})
    usual = feed_class.websocket_endpoints[0].options, feed_class.rest_endpoints[0].routes
    address = url.replace("https", "wss")
    feed_class.websocket_endpoints = [connection.WebsocketEndpoint(address, options=usual[0])]
    feed_class.rest_endpoints = [connection.RestEndpoint(url, routes=usual[1])]
    taken = Taken()

    async def on_trade(_trade: object, _receipt: float) -> None:
        taken.trades += 1

    async def on_book(book: Any, _receipt: float) -> None:
        taken.changes += book.delta is not None

    async def on_ticker(_ticker: object, _receipt: float) -> None:
        return None

    callbacks = {
        defines.L2_BOOK: on_book,
        defines.TRADES: on_trade,
        defines.TICKER: on_ticker,
    }
    feeds = handler(config={"log": {"filename": "/dev/null", "level": "CRITICAL"}})
    feeds.add_feed(
        feed_class(symbols=["BTC-USDT-PERP"], channels=list(callbacks), callbacks=callbacks)
    )
    feeds.run()
    return taken


def main(arguments: list[str]) -> None:
    """Follow as told: `feed URL GAP`, `market URL GAP`, `cryptofeed URL` or `app LOG WORDS...`."""
    match arguments:
        case ["feed", url, gap]:
            taken = feed(url, float(gap))
        case ["market", url, gap]:
            taken = market(url, float(gap))
        case ["cryptofeed", url]:
            taken = cryptofeed(url)
        case ["app", log, *words]:
            app(words, Path(log))
            return
        case _:
            raise SystemExit(f"no such follower: {arguments}")
    sys.stdout.buffer.write(msgspec.json.encode(taken) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
