"""One synthetic market: each step of 100 ms its takers trade, then its makers move the book."""

from collections import deque
from decimal import Decimal
from random import Random

from feeds.synthetic.actors import KEPT, Act, Actors, Ordered, Planted
from feeds.synthetic.book import Ladder
from feeds.synthetic.contract import SECOND, Contract
from feeds.synthetic.dice import TAKEN, between, tidy
from feeds.synthetic.history import minutes
from feeds.synthetic.makers import Makers
from feeds.synthetic.mood import Spells
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    Side,
    Trade,
)
from market.instrument import Instrument, Kind

EPOCH = 1_704_204_000_000_000_000
"""2024-01-02T14:00:00Z: every synthetic market opens here."""
STEP = 100_000_000
"""Market time between two book updates."""
MILLISECOND = 1_000_000
MINUTE = 60_000_000_000
OPENING = 120_000
"""About the opening price in ticks of 0.5."""


class SyntheticMarket:
    """The whole market of one seed. Trades of a step match the book as last published."""

    def __init__(self, seed: int) -> None:
        bits = Random(seed).getrandbits
        self.instrument = Instrument(
            "sim", str(seed), Decimal("0.5"), Decimal("0.001"), "BTC", "USDT", Kind.LINEAR
        )
        self.now = EPOCH
        self._id = self.instrument.id
        self._bits = bits
        self._ladder = Ladder()
        self._makers = Makers(self._ladder, bits)
        self._actors = Actors(self._ladder, self._makers, bits)
        self._spells = Spells(bits)
        self._fair = (OPENING + between(bits, -2_000, 2_000)) * 64 + 32
        self._anchor = self._fair
        self._wave = 0
        self._echo = 0
        self._heat = 0
        self._lean = 0
        self.ordered: deque[Ordered] = deque(maxlen=KEPT)
        """The orders of takers that were filled, sweeps among them."""
        self._trades = 1_000_000
        self._sequence = 1_000_000
        self._candle: list[int] = []
        self._contract = Contract(self._id, seed, self._fair)

    @property
    def planted(self) -> deque[Planted]:
        """What the market did on purpose so far."""
        return self._actors.planted

    def open(self) -> list[Event]:
        """What a feed states first: the listing, eight hours of candles, the contract, the book."""
        bid = self._fair >> 6
        self._makers.open(bid)
        self._actors.open(self.now)
        bids, asks = self._ladder.changes()
        return [
            Listing(self._id, self.now, self.instrument),
            *minutes(self._bits, self._id, bid, EPOCH, 480),
            *self._contract.state(self.now, self._fair),
            BookSnapshot(self._id, self.now, self.now, bids, asks, self._sequence),
            FeedStatus(self._id, self.now, FeedState.SIM, "synthetic market", None, "sim"),
        ]

    def step(self) -> list[Event]:
        """The events of the next 100 ms: trades, the book's changes, and each second the rest."""
        events: list[Event] = []
        if self._spells.step():
            self._anchor = self._fair
            self.planted.append(
                Planted(Act.SPELL, self.now, self._fair >> 6, 0, note=self._spells.mood.name)
            )
        self._drift()
        self._take(events)
        self.now += STEP
        self._makers.quote(self._fair)
        self._makers.revise(24 + (self._heat >> 4))
        self._ladder.settle()
        self._actors.step(self.now)
        self._makers.follow()
        bids, asks = self._ladder.changes()
        before, self._sequence = self._sequence, self._sequence + len(bids) + len(asks) + 1
        events.append(BookDelta(self._id, self.now, self.now, bids, asks, self._sequence, before))
        if self.now % SECOND == 0:
            self._state_candle(events)
            events += self._contract.state(self.now, self._fair)
        return events

    def _drift(self) -> None:
        """Move the fair price: part of what orders did to it fades, and a wall wears it down."""
        mood, bits, ladder = self._spells.mood, self._bits, self._ladder
        if not bits(6):
            self._wave = between(bits, -14, 15)
        noise = (2 * (bits(7) + bits(7)) - 254 + self._wave) * mood.noise
        fading = (self._echo + 8) >> 4
        self._echo -= fading
        fair = self._fair - fading + mood.drift + (noise + 64 >> 7)
        if not mood.drift:
            fair += (self._anchor - fair + 256) >> 9
        fair += (OPENING * 64 - fair + 65_536) >> 17
        gap = fair - ((ladder.bid + ladder.ask) << 5)
        if abs(gap) > 256:
            fair -= (gap + 8) >> 4
        self._fair = fair

    def _take(self, events: list[Event]) -> None:
        mood, bits, ladder = self._spells.mood, self._bits, self._ladder
        gap = self._fair - ((ladder.bid + ladder.ask) << 5)
        heat = self._heat = min(self._heat * 7 >> 3, 600)
        trials = (mood.pace + heat + (abs(gap) >> 3) >> 4) + 1
        count = sum(not bits(2) for _ in range(trials))
        chance = 128 + mood.lean + (gap >> 2) + self._lean
        chance = max(16, min(240, chance))
        times = sorted(1 + (bits(10) * 99 >> 10) for _ in range(count))
        for offset in times:
            self._order(events, self.now + offset * MILLISECOND, 1 if bits(8) < chance else -1)
        if bits(16) < mood.sweeps:
            self._sweep(events, 1 if bits(8) < chance else -1)
        if not bits(5):
            self._lean = bits(6) - 32

    def _order(self, events: list[Event], ts: int, sign: int) -> None:
        bits = self._bits
        lots = TAKEN[bits(10)]
        if bits(1):
            lots = tidy(lots)
        best = self._ladder.ask if sign > 0 else self._ladder.bid
        self._execute(events, ts, sign, lots, best + sign * bits(2))
        self._heat += 5

    def _sweep(self, events: list[Event], sign: int) -> None:
        """One order through many levels, stopped by its limit or by a wall."""
        ladder, bits = self._ladder, self._bits
        best = ladder.ask if sign > 0 else ladder.bid
        limit = best + sign * between(bits, 6, 30)
        lots = sum(abs(ladder.lots[ticks]) for ticks in range(best, limit, sign))
        ts = self.now + 99 * MILLISECOND
        filled, reached = self._execute(events, ts, sign, min(lots, 60_000), limit, sweep=True)
        self.planted.append(Planted(Act.SWEEP, ts, best, sign * filled, reached))
        self._heat += 160

    def _execute(
        self, events: list[Event], ts: int, sign: int, lots: int, limit: int, sweep: bool = False
    ) -> tuple[int, int]:
        """Match an order and print its fills: the lots filled and the last tick reached."""
        side = Side.BUY if sign > 0 else Side.SELL
        total, worth, reached, prints = 0, 0, 0, 0
        for ticks, filled in self._ladder.take(sign, lots, limit):
            self._trades += 1
            price = ticks * 0.5
            events.append(Trade(self._id, ts, ts, str(self._trades), price, filled / 1000, side))
            impact = (min(filled, 4_000) >> 7) + 12
            self._fair += sign * impact
            self._echo += sign * (impact * 5 >> 3)
            self._note(ticks, filled, sign)
            total, worth = total + filled, worth + ticks * filled
            reached, prints = ticks, prints + 1
        if total:
            self.ordered.append(Ordered(ts, reached, sign * total, prints))
            events += self._contract.filled(ts, sign, total, worth // total, sweep)
        return total, reached

    def _note(self, ticks: int, lots: int, sign: int) -> None:
        candle = self._candle
        if not candle:
            candle += [ticks, ticks, ticks, ticks, 0, 0, 0]
        candle[1] = max(candle[1], ticks)
        candle[2] = min(candle[2], ticks)
        candle[3] = ticks
        candle[4] += lots
        candle[5] += lots if sign > 0 else 0
        candle[6] += 1

    def _state_candle(self, events: list[Event]) -> None:
        if not self._candle:
            return
        opening, high, low, last, volume, bought, trades = self._candle
        end = -(-self.now // MINUTE) * MINUTE
        closed = self.now == end
        events.append(
            Kline(
                instrument=self._id,
                ts_event=self.now,
                ts_recv=self.now,
                interval="1m",
                start=end - MINUTE,
                end=end,
                open=opening * 0.5,
                high=high * 0.5,
                low=low * 0.5,
                close=last * 0.5,
                volume=volume / 1000,
                buy_volume=bought / 1000,
                quote_volume=None,
                trades=trades,
                closed=closed,
            )
        )
        if closed:
            self._candle.clear()
