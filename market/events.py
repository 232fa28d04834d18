"""Events: the facts a feed can state, in one vocabulary for every venue.

Prices are in quote currency per unit of base, sizes in the venue's own unit: base currency, or
contracts where the `Listing` states a contract size, which `Market` turns into base currency
(`market/units.py`). Both are float64 straight from the wire's decimal string: exact for up
to 15 significant digits, and turned into integer ticks and lots at the model's door. Times are
nanoseconds since the Unix epoch; `ts_event` is the exchange's, `ts_recv` ours. `ts_event` is
None where the venue states no time.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from market.instrument import Instrument

Levels: TypeAlias = Sequence[tuple[float, float]]
"""(price, absolute size) pairs; size 0 removes the level."""


class Orders(NamedTuple):
    """Of how many orders levels are made, one number a level in their order; 0 is not known."""

    bids: list[int]
    asks: list[int]


class Side(StrEnum):
    """The aggressor's side: a BUY lifted the ask, a SELL hit the bid."""

    BUY = "buy"
    SELL = "sell"


class FeedState(StrEnum):
    """What may be believed of an instrument's feed right now."""

    CONNECTING = "CONNECTING"
    SYNCING = "SYNCING"
    LIVE = "LIVE"
    STALE = "STALE"
    GAP = "GAP"
    SNAPSHOT_ONLY = "SNAPSHOT-ONLY"
    REPLAY = "REPLAY"
    SIM = "SIM"


class Trade(Struct, frozen=True, gc=False):
    """One print. `size` in the venue's unit; `id` as the venue spells it."""

    instrument: str
    ts_event: int
    ts_recv: int
    id: str
    price: float
    size: float
    side: Side


class BookSnapshot(Struct, frozen=True, gc=False):
    """The whole book as the venue states it; replaces whatever was known."""

    instrument: str
    ts_event: int | None
    ts_recv: int
    bids: Levels
    asks: Levels
    sequence: int | None
    prev_sequence: int | None = None
    """Where the venue chains its snapshots, the sequence of the one before."""
    orders: Orders | None = None
    """None where the venue does not say."""


class BookDelta(Struct, frozen=True, gc=False):
    """Changed levels with absolute sizes. `prev_sequence` is the sequence it must follow."""

    instrument: str
    ts_event: int | None
    ts_recv: int
    bids: Levels
    asks: Levels
    sequence: int
    prev_sequence: int
    orders: Orders | None = None
    """None where the venue does not say."""


class BookTicker(Struct, frozen=True, gc=False):
    """Best bid and ask with their sizes."""

    instrument: str
    ts_event: int | None
    ts_recv: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float
    sequence: int | None


class Kline(Struct, frozen=True, gc=False):
    """A candle stated by the venue. `buy_volume` is taker-buy volume, None where unknown."""

    instrument: str
    ts_event: int | None
    ts_recv: int
    interval: str
    """The venue-neutral name: 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M."""
    start: int
    end: int
    """First ns after the bar."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    buy_volume: float | None
    quote_volume: Decimal | None
    trades: int | None
    closed: bool
    base_volume: float | None = None
    """In base currency, where the venue states that beside a volume in inverse contracts."""


class MarkPrice(Struct, frozen=True, gc=False):
    """The venue's mark price and, where stated, its index price."""

    instrument: str
    ts_event: int
    ts_recv: int
    price: float
    index: float | None


class FundingRate(Struct, frozen=True, gc=False):
    """Funding rate as a fraction for the current interval; `next_time` when it is next paid."""

    instrument: str
    ts_event: int
    ts_recv: int
    rate: float
    next_time: int | None


class OpenInterest(Struct, frozen=True, gc=False):
    """Open contracts in the venue's unit."""

    instrument: str
    ts_event: int
    ts_recv: int
    size: float


class Liquidation(Struct, frozen=True, gc=False):
    """A forced order. `side` is the order's: SELL closes a long. `price` is the average fill."""

    instrument: str
    ts_event: int
    ts_recv: int
    price: float
    size: float
    side: Side


class Ticker(Struct, frozen=True, gc=False):
    """24 h statistics."""

    instrument: str
    ts_event: int
    ts_recv: int
    last: float
    open: float
    high: float
    low: float
    volume: float
    quote_volume: Decimal | None
    base_volume: float | None = None
    """In base currency, where the venue states that beside a volume in inverse contracts."""


class Listing(Struct, frozen=True, gc=False):
    """The venue's own statement of an instrument's ticks and lots."""

    instrument: str
    ts_recv: int
    listed: Instrument


class FeedStatus(Struct, frozen=True, gc=False):
    """A change in what may be believed of a feed. `instrument` "" concerns the whole venue."""

    instrument: str
    ts_recv: int
    state: FeedState
    reason: str = ""
    retry_at: int | None = None
    """When the next connection attempt is due, ns; None when none is planned."""
    venue: str = ""


Event: TypeAlias = (
    Trade
    | BookSnapshot
    | BookDelta
    | BookTicker
    | Kline
    | MarkPrice
    | FundingRate
    | OpenInterest
    | Liquidation
    | Ticker
    | Listing
    | FeedStatus
)
