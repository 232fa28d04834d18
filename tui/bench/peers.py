"""Other libraries on the same recorded messages: parse to book and trades, without a socket.

Each peer is driven through the entry point its own connection would call with a frame.
"""

import asyncio
import json
import logging
import shutil
import subprocess
from decimal import Decimal
from importlib import import_module
from typing import Any

from feeds.errors import ConfigError
from tui.bench.measure import Runner, timed
from tui.bench.workload import Workload


class Counts:
    """What a peer called back, to show that it did the work."""

    def __init__(self) -> None:
        self.books = 0
        self.trades = 0


def peer(name: str, workload: Workload) -> tuple[Runner, Counts]:
    """A runner of the named peer over the workload, and the counts it fills.

    Raise ConfigError when the peer is unknown or cannot be imported.
    """
    makers = {"ccxt": _ccxt, "cryptofeed": _cryptofeed, "tardis": _tardis}
    if name not in makers:
        raise ConfigError(f'unknown peer "{name}": one of {", ".join(sorted(makers))}')
    try:
        return makers[name](workload)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"peer {name} is not installed (no module {error.name!r}): pip install {name}"
        ) from error


def _cryptofeed(workload: Workload) -> tuple[Runner, Counts]:
    defines: Any = import_module("cryptofeed.defines")
    symbols: Any = import_module("cryptofeed.symbols").Symbols
    feed_class: Any = import_module("cryptofeed.exchanges").BinanceFutures
    logging.getLogger("feedhandler").setLevel(logging.CRITICAL)
    symbols.set(defines.BINANCE_FUTURES, {"BTC-USDT-PERP": "BTCUSDT"}, {})
    counts = Counts()

    async def on_trade(_trade: object, _receipt: float) -> None:
        counts.trades += 1

    async def on_book(_book: object, _receipt: float) -> None:
        counts.books += 1

    async def on_ticker(_ticker: object, _receipt: float) -> None:
        return None

    async def snapshot(*_request: object, **_options: object) -> str:
        return workload.snapshot.decode()

    frames = [frame.decode() for frame in workload.frames]
    channels = [defines.L2_BOOK, defines.TRADES, defines.TICKER]
    callbacks = {defines.TRADES: on_trade, defines.L2_BOOK: on_book, defines.TICKER: on_ticker}

    async def feed() -> None:
        handler = feed_class(symbols=["BTC-USDT-PERP"], channels=channels, callbacks=callbacks)
        handler.http_conn.read = snapshot
        handler._reset()
        for frame in frames:
            await handler.message_handler(frame, None, 0.0)

    def run() -> int:
        asyncio.run(feed())
        return len(frames)

    return timed(run), counts


_TARDIS = """
const tardis = require('tardis-dev')
const now = new Date()
const lines = require('fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean)
const makers = [tardis.normalizeTrades, tardis.normalizeBookChanges, tardis.normalizeBookTickers]
const mappers = makers.map((make) => make('binance-futures', now))
const book = new tardis.OrderBook()
const counts = { books: 0, trades: 0 }
const started = process.hrtime.bigint()
for (const line of lines) {
  const message = JSON.parse(line)
  for (const mapper of mappers) {
    if (!mapper.canHandle(message)) continue
    for (const made of mapper.map(message, now) || []) {
      if (made.type === 'book_change') { book.update(made); counts.books++ }
      else if (made.type === 'trade') counts.trades++
    }
  }
}
const seconds = Number(process.hrtime.bigint() - started) / 1e9
console.log(JSON.stringify({ seconds, ...counts }))
"""


def _tardis(workload: Workload) -> tuple[Runner, Counts]:
    """The Node library, timed inside its own process so that its start does not count."""
    node = shutil.which("node")
    probe = [node or "node", "-e", "require('tardis-dev')"]
    if node is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        raise ConfigError("peer tardis needs node and its package here: npm install tardis-dev")
    counts = Counts()
    text = b"\n".join(_tardis_frames(workload))

    def run() -> tuple[int, float]:
        command = [node, "-e", _TARDIS]
        done = subprocess.run(command, input=text, capture_output=True, check=True)
        report = json.loads(done.stdout)
        counts.books, counts.trades = report["books"], report["trades"]
        return len(workload.frames), report["seconds"]

    return run, counts


def _tardis_frames(workload: Workload) -> list[bytes]:
    """It reads raw trades only, and a snapshot wrapped the way its own recorder writes it."""
    snapshot = b'{"stream":"btcusdt@depthSnapshot","generated":true,"data":%s}' % workload.snapshot
    frames = [_raw_trade(f) if b"@aggTrade" in f[:60] else f for f in workload.frames]
    first = next(n for n, frame in enumerate(frames) if b"@depth" in frame[:60])
    return [*frames[: first + 1], snapshot, *frames[first + 1 :]]


def _raw_trade(frame: bytes) -> bytes:
    return frame.replace(b"aggTrade", b"trade").replace(b'"a":', b'"t":')


class _CcxtClient:
    """Takes what ccxt resolves to its waiting callers."""

    def __init__(self, counts: Counts) -> None:
        self.url = "wss://fstream.binance.com/ws"
        self.subscriptions = dict[str, object]()
        self.futures = dict[str, object]()
        self._counts = counts

    def resolve(self, _result: object, message_hash: str) -> None:
        if message_hash.startswith("orderbook"):
            self._counts.books += 1
        elif message_hash.startswith("trade"):
            self._counts.trades += 1

    def reject(self, error: Exception, _message_hash: str | None = None) -> None:
        raise error


def _ccxt(workload: Workload) -> tuple[Runner, Counts]:
    exchange_class: Any = import_module("ccxt.pro").binanceusdm
    counts = Counts()
    frames = list(workload.frames)

    def run() -> int:
        asyncio.run(_drive_ccxt(exchange_class, frames, workload.snapshot, counts))
        return len(frames)

    return timed(run), counts


async def _drive_ccxt(
    exchange_class: Any, frames: list[bytes], body: bytes, counts: Counts
) -> None:
    exchange = exchange_class({"newUpdates": True})
    exchange.set_markets([_CCXT_MARKET])
    snapshot = exchange.parse_order_book(json.loads(body), "BTC/USDT:USDT")
    snapshot["nonce"] = json.loads(body)["lastUpdateId"]
    book = exchange.order_book({})
    book.reset(snapshot)
    book["symbol"] = "BTC/USDT:USDT"
    exchange.orderbooks["BTC/USDT:USDT"] = book
    client = _CcxtClient(counts)
    # Diffs that end before the snapshot are what its own synchronisation drops.
    last = snapshot["nonce"]
    for frame in frames:
        message = exchange.parse_json(frame.decode())
        data = message["data"]
        if data.get("e") == "depthUpdate" and data["u"] < last:
            continue
        exchange.handle_message(client, data)
    await exchange.close()


_CCXT_MARKET: dict[str, object] = {
    "id": "BTCUSDT",
    "lowercaseId": "btcusdt",
    "symbol": "BTC/USDT:USDT",
    "base": "BTC",
    "quote": "USDT",
    "settle": "USDT",
    "baseId": "BTC",
    "quoteId": "USDT",
    "settleId": "USDT",
    "type": "swap",
    "spot": False,
    "swap": True,
    "future": False,
    "option": False,
    "contract": True,
    "linear": True,
    "inverse": False,
    "contractSize": Decimal(1),
    "precision": {"price": 0.1, "amount": 0.001},
    "limits": {},
    "info": {},
}
