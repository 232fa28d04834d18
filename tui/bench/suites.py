"""The benchmarks by name: what each measures, against what, and how to read it."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from feeds.adapter import Channel, Subscription
from feeds.registry import VENUES
from market.basis import TimeBasis
from market.book import Book
from market.events import BookDelta, BookSnapshot, Event, Trade
from market.instrument import Instrument, Kind
from market.market import Market
from market.trades import TradeLog
from tui.bench.measure import Figure, Runner, compare, timed
from tui.bench.peers import peer
from tui.bench.references import NaivePipeline, apply_levels, naive_decode
from tui.bench.workload import SYMBOL, VENUE, Workload

INSTRUMENT = Instrument(VENUE, SYMBOL, Decimal("0.1"), Decimal("0.001"), "BTC", "USDT", Kind.LINEAR)
_MINUTE = 60_000_000_000
_NOW = 1_723_161_256_000_000_000


def decode(workload: Workload, rounds: int, _peers: list[str]) -> list[Figure]:
    """Wire frames to typed events, against the standard library's JSON and float()."""
    adapter = VENUES[VENUE].adapter()

    def ours() -> int:
        parse = adapter.parse
        for frame in workload.frames:
            parse(frame, _NOW)
        return len(workload.frames)

    naive = {"standard library": timed(lambda: naive_decode(workload))}
    return compare("decode", "frames/s", timed(ours), naive, rounds)


def pipeline(workload: Workload, rounds: int, peers: list[str]) -> list[Figure]:
    """Wire frames to verified book, trade log and bars, against a plain script and the peers.

    Two rows a reference: book and trades as subscribed (tickers are left unread, as the monitor
    does), and every frame of every channel decoded to an event.
    """
    figures = list[Figure]()
    for name, channels in (
        ("book + trades", (Channel.BOOK, Channel.TRADES)),
        ("all channels", (Channel.BOOK, Channel.TRADES, Channel.BOOK_TICKER)),
    ):
        references: dict[str, Runner] = {"standard library": timed(NaivePipeline(workload).run)}
        for one in peers:
            references[one], _counts = peer(one, workload)
        ours = _our_pipeline(workload, channels)
        figures += compare(f"pipeline, {name}", "frames/s", ours, references, rounds)
    return figures


def _our_pipeline(workload: Workload, channels: tuple[Channel, ...]) -> Runner:
    wanted = [Subscription(SYMBOL, channel) for channel in channels]

    def run() -> int:
        adapter, market = VENUES[VENUE].adapter(), Market(INSTRUMENT.id)
        for _ in adapter.open(wanted, _NOW):
            pass
        apply, receive, synced = market.apply, adapter.receive, False
        for frame in workload.frames:
            for output in receive(frame, _NOW):
                if isinstance(output, Event):
                    apply(output)
                elif not synced:
                    synced = True
                    for event in adapter.receive_body(_DEPTH, workload.snapshot, _NOW):
                        if isinstance(event, Event):
                            apply(event)
        market.bars(TimeBasis(_MINUTE)).last(1)
        return len(workload.frames)

    return timed(run)


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
    adapter = VENUES[VENUE].adapter()
    body = adapter.parse_body(_DEPTH, workload.snapshot, _NOW)
    snapshot = next(event for event in body if isinstance(event, BookSnapshot))
    parsed = (event for frame in workload.frames for event in adapter.parse(frame, _NOW))
    deltas = [event for event in parsed if isinstance(event, BookDelta)]
    return snapshot, [d for d in deltas if d.sequence >= (snapshot.sequence or 0)][:2000]


def aggregate(workload: Workload, rounds: int, _peers: list[str]) -> list[Figure]:
    """A million trades into footprint bars, against one numpy bincount and a dict of dicts."""
    ts, ticks, lots = _million_trades(workload)

    def ours() -> int:
        market = Market(INSTRUMENT.id)
        market.trades = log
        market.footprint(TimeBasis(_MINUTE), 50).last(1)
        return len(ts)

    def bincount() -> int:
        cell = (ts // _MINUTE - ts[0] // _MINUTE) * 4096 + ticks // 50 - ticks.min() // 50
        np.bincount(cell * 2 + (lots > 0), weights=np.abs(lots))
        return len(ts)

    log = TradeLog()
    for row in zip(ts.tolist(), ticks.tolist(), lots.tolist(), strict=True):
        log.append(*row)
    against = {"numpy bincount": timed(bincount)}
    return compare("footprint rebuild", "trades/s", timed(ours), against, rounds)


def _million_trades(workload: Workload) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    adapter = VENUES[VENUE].adapter()
    parsed = (event for frame in workload.frames for event in adapter.parse(frame, _NOW))
    trades = [event for event in parsed if isinstance(event, Trade)]
    times = np.array([trade.ts_event for trade in trades])
    ticks = np.array([INSTRUMENT.ticks(trade.price) for trade in trades])
    lots = np.array([INSTRUMENT.lots(t.size) * (1 if t.side == "buy" else -1) for t in trades])
    repeats = 1_000_000 // len(trades)
    span = int(times[-1] - times[0]) + 1
    times = np.concatenate([times + span * turn for turn in range(repeats)])
    return times, np.tile(ticks, repeats), np.tile(lots, repeats)


Suite = Callable[[Workload, int, list[str]], list[Figure]]
