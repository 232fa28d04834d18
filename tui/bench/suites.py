"""The benchmarks by name: what each measures, against what, and how to read it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from feeds.adapter import Channel, Fetch, Subscription
from feeds.registry import VENUES
from market.book import Book
from market.events import BookDelta, BookSnapshot, BookTicker, FeedStatus, Trade
from market.instrument import Instrument, Kind
from market.market import Market
from tui.bench.measure import Figure, Runner, compare, timed
from tui.bench.peers import peer
from tui.bench.references import NaivePipeline, apply_levels, naive_decode
from tui.bench.workload import SYMBOL, VENUE, Workload

INSTRUMENT = Instrument(VENUE, SYMBOL, Decimal("0.1"), Decimal("0.001"), "BTC", "USDT", Kind.LINEAR)
NOW = 1_723_161_256_000_000_000


def decode(workload: Workload, rounds: int, _peers: list[str]) -> list[Figure]:
    """Wire frames to typed events, against the standard library's JSON and float()."""
    parse = VENUES[VENUE].parser().parse

    def ours() -> int:
        for frame in workload.frames:
            parse(frame, NOW)
        return len(workload.frames)

    naive = {"standard library": timed(lambda: naive_decode(workload))}
    return compare("decode", "frames/s", timed(ours), naive, rounds)


def pipeline(workload: Workload, rounds: int, peers: list[str]) -> list[Figure]:
    """Wire frames to a verified book and typed trades, against a plain script and the peers.

    Three rows a reference: book and trades alone (tickers are then left unread, as in the
    monitor), every channel decoded to events, and the whole model with depth history and bars.
    """
    both = (Channel.BOOK, Channel.TRADES)
    rows = {
        "book + trades": _feed(workload, both, Sink),
        "all channels": _feed(workload, (*both, Channel.BOOK_TICKER), Sink),
        "whole model": _feed(workload, both, WholeModel),
    }
    references: dict[str, Runner] = {"standard library": timed(NaivePipeline(workload).run)}
    references |= {name: peer(name, workload)[0] for name in peers}
    return [
        figure
        for name, ours in rows.items()
        for figure in compare(f"pipeline, {name}", "frames/s", ours, references, rounds)
    ]


class Sink:
    """What the peers do with what they read: a book kept up, trades handed to a callback."""

    def __init__(self) -> None:
        self.book = Book(INSTRUMENT)
        self.trades = 0
        self.handlers: dict[type, Callable[[Any], None]] = {
            BookDelta: self.book.apply,
            BookSnapshot: self.book.replace,
            Trade: self.on_trade,
        }

    def on_trade(self, _trade: Trade) -> None:
        """Count it."""
        self.trades += 1


class WholeModel:
    """The monitor's own model, with its depth history and one-minute bars."""

    def __init__(self) -> None:
        market = Market(INSTRUMENT.id)
        kinds = (BookDelta, BookSnapshot, BookTicker, FeedStatus, Trade)
        self.handlers: dict[type, Callable[[Any], None]] = dict.fromkeys(kinds, market.apply)


def _feed(
    workload: Workload, channels: tuple[Channel, ...], make: Callable[[], "_Handling"]
) -> Runner:
    wanted = [Subscription(SYMBOL, channel) for channel in channels]

    def run() -> int:
        adapter, handlers = VENUES[VENUE].adapter(), make().handlers
        for _ in adapter.open(wanted, NOW):
            pass
        receive, snapshot = adapter.receive, workload.snapshot
        for frame in workload.frames:
            for output in receive(frame, NOW):
                if handler := handlers.get(type(output)):
                    handler(output)
                elif type(output) is Fetch and snapshot:
                    for event in adapter.receive_body(_DEPTH, snapshot, NOW):
                        if handler := handlers.get(type(event)):
                            handler(event)
                    snapshot = b""
        return len(workload.frames)

    return timed(run)


class _Handling(Protocol):
    handlers: dict[type, Callable[[Any], None]]


_DEPTH = f"/fapi/v1/depth?symbol={SYMBOL}&limit=1000"


def book(workload: Workload, rounds: int, _peers: list[str]) -> list[Figure]:
    """Diffs into the book with three views to draw a diff, against a dict book sorted at need."""
    snapshot, deltas = _book_events(workload)
    low = INSTRUMENT.ticks(snapshot.bids[0][0]) - 20_000

    def ours() -> int:
        kept = Book(INSTRUMENT)
        kept.replace(snapshot)
        for delta in deltas:
            kept.apply(delta)
            kept.top(20), kept.grouped(10, low + 18_000, 400), kept.grouped(100, low, 400)
        return len(deltas)

    def plain_dict() -> int:
        bids, asks = dict(snapshot.bids), dict(snapshot.asks)
        for delta in deltas:
            apply_levels(bids, list(delta.bids))
            apply_levels(asks, list(delta.asks))
            sorted(bids, reverse=True)[:20], sorted(asks)[:20]
            _regroup(bids, 1.0), _regroup(asks, 1.0)
            _regroup(bids, 10.0), _regroup(asks, 10.0)
        return len(deltas)

    return compare("book + 3 views", "diffs/s", timed(ours), {"dict": timed(plain_dict)}, rounds)


def _regroup(book: dict[float, float], step: float) -> dict[float, float]:
    grouped = dict[float, float]()
    for price, size in book.items():
        key = price // step
        grouped[key] = grouped.get(key, 0.0) + size
    return grouped


def _book_events(workload: Workload) -> tuple[BookSnapshot, list[BookDelta]]:
    parse = VENUES[VENUE].parser().parse
    body = parse(workload.snapshot, NOW, _DEPTH)
    snapshot = next(event for event in body if isinstance(event, BookSnapshot))
    parsed = (event for frame in workload.frames for event in parse(frame, NOW))
    deltas = [event for event in parsed if isinstance(event, BookDelta)]
    return snapshot, [d for d in deltas if d.sequence >= (snapshot.sequence or 0)][:2000]


Suite = Callable[[Workload, int, list[str]], list[Figure]]
