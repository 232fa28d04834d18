"""The synthetic market and the source that plays it."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest

from feeds.errors import ConfigError
from feeds.simulate import Simulate, events, parse_seed, together
from feeds.synthetic.actors import Act
from feeds.synthetic.dice import RESTING, TAKEN
from feeds.synthetic.market import EPOCH, STEP, SyntheticMarket
from feeds.synthetic.mood import MOODS
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Trade,
)
from tests.wall import Wall

SECOND = 1_000_000_000
FIRST_MINUTE_OF_SEVEN = "fc01fa48b7f4b4008f2fa29bb7e1bf9a8970c389d1b0194c843c9bf8918741b0"
"""What seed 7 makes, on every machine. It changes only when the market is changed on purpose."""


def _digest(made: Iterator[Event]) -> str:
    """Of all that is stated; a field that the market leaves out is none of its own."""
    encode = msgspec.json.Encoder().encode
    digest = hashlib.sha256()
    for event in made:
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        stated = {name: value for name, value in fields.items() if value is not None}
        digest.update(type(event).__name__.encode() + encode(stated))
    return digest.hexdigest()


@pytest.fixture(scope="module")
def market() -> SyntheticMarket:
    """Ten minutes of seed 7."""
    return SyntheticMarket(7)


@pytest.fixture(scope="module")
def made(market: SyntheticMarket) -> list[Event]:
    """The events of those ten minutes."""
    return market.open() + [event for _ in range(6_000) for event in market.step()]


def test_a_seed_makes_the_same_events_on_every_machine() -> None:
    assert _digest(events(7, 60)) == FIRST_MINUTE_OF_SEVEN


def test_another_seed_makes_another_market() -> None:
    assert _digest(events(8, 1)) != _digest(events(7, 1))


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    short = list(events(3, 5))
    longer = events(3, 6)
    assert [next(longer) for _ in short] == short


def test_it_opens_with_the_listing_eight_hours_of_candles_the_book_and_its_state() -> None:
    opening = SyntheticMarket(7).open()
    assert isinstance(opening[0], Listing)
    assert (opening[0].listed.id, opening[0].listed.tick_size) == ("sim:7", Decimal("0.5"))
    candles = [event for event in opening if isinstance(event, Kline)]
    assert len(candles) == 480
    assert candles[-1].end == EPOCH
    assert all(a.end == b.start and a.close == b.open for a, b in pairwise(candles))
    assert isinstance(snapshot := opening[-2], BookSnapshot)
    assert snapshot.bids[0][0] == candles[-1].close
    assert min(len(snapshot.bids), len(snapshot.asks)) >= 400
    assert isinstance(status := opening[-1], FeedStatus)
    assert (status.state, status.instrument) == (FeedState.SIM, "sim:7")


def test_every_candle_holds_its_open_and_close_between_low_and_high(made: list[Event]) -> None:
    for candle in (event for event in made if isinstance(event, Kline)):
        assert candle.low <= min(candle.open, candle.close)
        assert candle.high >= max(candle.open, candle.close)
        assert candle.buy_volume is not None
        assert 0 <= candle.buy_volume <= candle.volume


def test_prices_and_sizes_are_on_the_grid(made: list[Event]) -> None:
    for event in made:
        levels = [*event.bids, *event.asks] if isinstance(event, BookSnapshot | BookDelta) else []
        if isinstance(event, Trade):
            levels.append((event.price, event.size))
            assert event.size > 0
        for price, size in levels:
            assert (price * 2).is_integer()
            assert size == round(size * 1000) / 1000 >= 0


def test_the_book_is_never_crossed_and_rarely_wide(made: list[Event]) -> None:
    book, spreads = _Shown(), Counter[float]()
    for event in made:
        if isinstance(event, BookSnapshot | BookDelta):
            book.apply(event)
            spreads[min(book.asks) - max(book.bids)] += 1
    assert min(spreads) == 0.5
    assert spreads[0.5] > 0.9 * spreads.total()


def test_book_updates_come_each_100_ms_and_follow_one_another(made: list[Event]) -> None:
    snapshot = next(event for event in made if isinstance(event, BookSnapshot))
    sequence, at = snapshot.sequence, EPOCH
    for delta in (event for event in made if isinstance(event, BookDelta)):
        assert delta.prev_sequence == sequence
        assert delta.ts_event == at + STEP
        sequence, at = delta.sequence, at + STEP


def test_every_trade_takes_what_the_last_published_book_showed(
    market: SyntheticMarket, made: list[Event]
) -> None:
    refills: dict[int, set[float]] = {}
    for act in market.planted:
        if act.act is Act.ICEBERG_REFILLED:
            refills.setdefault(act.ts, set()).add(act.ticks / 2)
    book, hidden, trades = _Shown(), 0, 0
    for event in made:
        if isinstance(event, BookSnapshot | BookDelta):
            book.apply(event)
        elif isinstance(event, Trade):
            trades += 1
            update = -(-event.ts_event // STEP) * STEP
            hidden += not book.takes(event, refills.get(update, set()))
    assert 0 < hidden < trades / 10


def test_trades_are_in_time_with_ids_that_count(made: list[Event]) -> None:
    trades = [event for event in made if isinstance(event, Trade)]
    assert [trade.ts_event for trade in trades] == sorted(trade.ts_event for trade in trades)
    assert [int(trade.id) for trade in trades] == list(
        range(int(trades[0].id), int(trades[0].id) + len(trades))
    )


def test_a_closed_candle_is_the_sum_of_its_trades(made: list[Event]) -> None:
    trades = [event for event in made if isinstance(event, Trade)]
    closed = [event for event in made if isinstance(event, Kline) and event.closed][480:]
    assert len(closed) == 10
    for candle in closed:
        inside = [trade for trade in trades if candle.start <= trade.ts_event < candle.end]
        prices = [trade.price for trade in inside]
        assert (candle.open, candle.close) == (prices[0], prices[-1])
        assert (candle.low, candle.high) == (min(prices), max(prices))
        assert candle.volume == round(sum(trade.size for trade in inside), 3)
        bought = sum(trade.size for trade in inside if trade.side is Side.BUY)
        assert candle.buy_volume == round(bought, 3)
        assert candle.trades == len(inside)


def test_a_forced_order_is_one_of_the_orders_that_traded(made: list[Event]) -> None:
    filled: dict[tuple[int, Side], list[Trade]] = {}
    for event in made:
        if isinstance(event, Trade):
            filled.setdefault((event.ts_event, event.side), []).append(event)
    forced = [event for event in made if isinstance(event, Liquidation)]
    assert len(forced) > 10
    for order in forced:
        fills = filled[order.ts_event, order.side]
        assert min(f.price for f in fills) <= order.price <= max(f.price for f in fills)
        # Another order of the same side may have come in the same millisecond.
        assert 0 < order.size <= round(sum(f.size for f in fills), 3)


def test_each_second_states_mark_index_and_funding_and_every_tenth_open_interest(
    made: list[Event],
) -> None:
    marks = [event for event in made if isinstance(event, MarkPrice)]
    rates = [event for event in made if isinstance(event, FundingRate)]
    interest = [event for event in made if isinstance(event, OpenInterest)]
    assert [event.ts_event for event in marks] == [EPOCH + n * SECOND for n in range(601)]
    assert [event.ts_event for event in rates] == [event.ts_event for event in marks]
    assert [event.ts_event for event in interest] == [EPOCH + n * SECOND for n in range(0, 601, 10)]
    assert {event.next_time for event in rates} == {EPOCH + 2 * 3600 * SECOND}
    assert max(abs(event.rate) for event in rates) <= 0.0005
    prices = [event.price for event in made if isinstance(event, Trade)]
    for mark in marks:
        assert min(prices) - 5 <= mark.price <= max(prices) + 5
        assert mark.index is not None
        assert abs(mark.index / mark.price - 1) < 0.001
    sizes = [event.size for event in interest]
    traded = sum(event.size for event in made if isinstance(event, Trade))
    assert 0 < max(sizes) - min(sizes) < traded


def test_every_kind_of_act_and_every_mood_comes_up(
    market: SyntheticMarket, made: list[Event]
) -> None:
    assert made
    assert {act.act for act in market.planted} == set(Act)
    assert {act.note for act in market.planted if act.act is Act.SPELL} == {m.name for m in MOODS}


def test_a_wall_is_in_the_book_from_the_update_it_was_placed_with(
    market: SyntheticMarket, made: list[Event]
) -> None:
    walls = {act.ts: act for act in market.planted if act.act is Act.WALL_PLACED}
    seen = 0
    book = _Shown()
    for event in made:
        if isinstance(event, BookSnapshot | BookDelta):
            book.apply(event)
            if (wall := walls.get(event.ts_event or 0)) is not None:
                side = book.bids if wall.lots > 0 else book.asks
                assert side[wall.ticks / 2] * 1000 >= abs(wall.lots)
                seen += 1
    assert seen == len(walls) > 5


def test_a_sweep_is_one_run_of_trades_through_the_levels_it_states(
    market: SyntheticMarket, made: list[Event]
) -> None:
    trades = [event for event in made if isinstance(event, Trade)]
    sweeps = [act for act in market.planted if act.act is Act.SWEEP]
    assert len(sweeps) > 10
    for sweep in sweeps:
        side = Side.BUY if sweep.lots > 0 else Side.SELL
        ticks = [int(t.price * 2) for t in trades if t.ts_event == sweep.ts and t.side is side]
        assert sweep.ticks in ticks
        assert ticks[-1] == sweep.reached


def test_quiet_spells_are_quieter_than_excitement(
    market: SyntheticMarket, made: list[Event]
) -> None:
    spells = [act for act in market.planted if act.act is Act.SPELL]
    per_second: dict[str, list[float]] = {mood.name: [] for mood in MOODS}
    stamps = [event.ts_event for event in made if isinstance(event, Trade)]
    for spell, after in pairwise(spells):
        count = sum(spell.ts <= stamp < after.ts for stamp in stamps)
        per_second[spell.note].append(count * SECOND / (after.ts - spell.ts))
    assert max(per_second["quiet"]) < min(per_second["excitement"])


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_any_seed_keeps_its_book_whole(seed: int) -> None:
    book = _Shown()
    for event in events(seed, 30):
        if isinstance(event, BookSnapshot | BookDelta):
            book.apply(event)
            assert max(book.bids) < min(book.asks)
            assert len(book.bids) > 300 < len(book.asks)


def test_the_tables_of_chance_rise_and_have_every_entry() -> None:
    for table in (RESTING, TAKEN):
        assert len(table) == 1024
        assert table == sorted(table)
        assert table[0] >= 1


class _Shown:
    """The book as an observer knows it: the last size at each price, less the trades since."""

    def __init__(self) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self._left_bids, self._left_asks = dict(self.bids), dict(self.asks)

    def apply(self, event: BookSnapshot | BookDelta) -> None:
        for side, levels in ((self.bids, event.bids), (self.asks, event.asks)):
            for price, size in levels:
                if size:
                    side[price] = size
                else:
                    side.pop(price, None)
        self._left_bids, self._left_asks = dict(self.bids), dict(self.asks)

    def takes(self, trade: Trade, icebergs: set[float]) -> bool:
        """Take a trade off the best price; False where an iceberg there filled what was hidden."""
        side, best = (self._left_asks, min) if trade.side is Side.BUY else (self._left_bids, max)
        while (price := best(side)) in icebergs and price != trade.price:
            del side[price]
        assert trade.price == price
        if price in icebergs:
            return False
        side[price] = round(side[price] - trade.size, 3)
        assert side[price] >= 0
        if not side[price]:
            del side[price]
        return True


def _market_time(batch: list[Event]) -> int:
    return max((e.ts_event or 0 for e in batch if isinstance(e, BookDelta)), default=0)


def test_the_source_plays_its_warm_up_at_once_and_then_keeps_real_time() -> None:
    wall = Wall()
    source = Simulate(7, warm_up=30, clock=wall, sleep=wall.sleep)

    async def play() -> list[tuple[float, int]]:
        async with aclosing(source.batches()) as batches:
            return [(wall.now, _market_time(batch)) async for batch in _first(batches, 60)]

    seen = asyncio.run(play())
    warm = [at for at, time in seen if time and time <= EPOCH + 30 * SECOND]
    assert warm
    assert set(warm) == {1_000.0}
    later = [(at, time) for at, time in seen if time > EPOCH + 31 * SECOND]
    (began, first), (ended, last) = later[0], later[-1]
    assert ended - began == pytest.approx((last - first) / SECOND, abs=0.11)
    assert ended - began > 2


def test_the_source_makes_the_events_of_its_seed() -> None:
    wall = Wall()
    source = Simulate(5, warm_up=1, clock=wall, sleep=wall.sleep)

    async def play() -> list[Event]:
        async with aclosing(source.batches()) as batches:
            return [event async for batch in _first(batches, 12) for event in batch]

    made = asyncio.run(play())
    assert made == list(events(5, 10))[: len(made)]
    assert source.instruments == ("sim:5",)


def test_a_paused_source_stands_still_and_goes_on_where_it_stood() -> None:
    wall = Wall()
    source = Simulate(7, warm_up=0, clock=wall, sleep=wall.sleep)

    async def play() -> tuple[float, int]:
        async with aclosing(source.batches()) as batches:
            before = 0
            async for batch in _first(batches, 5):
                before = _market_time(batch)
            source.paused = True
            waiting = asyncio.ensure_future(anext(batches))
            for _ in range(1_000):
                await asyncio.sleep(0)
            assert not waiting.done()
            source.paused = False
            after = _market_time(await waiting)
            return wall.now, after - before

    now, passed = asyncio.run(play())
    assert now > 1_010
    assert passed <= 2 * STEP


@pytest.mark.parametrize(("text", "seed"), [("sim:7", 7), ("sim:", 7), ("sim:12345", 12345)])
def test_a_seed_is_read_from_the_command_line(text: str, seed: int) -> None:
    assert parse_seed(text) == seed


@pytest.mark.parametrize("text", ["sim", "sim:x", "sim:-1", "binance:7", "sim:1e3"])
def test_what_is_no_seed_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="expected sim:SEED"):
        parse_seed(text)


async def _first(batches: AsyncIterator[list[Event]], count: int) -> AsyncIterator[list[Event]]:
    for _ in range(count):
        yield await anext(batches)


def test_several_markets_are_played_side_by_side() -> None:
    wall = Wall()
    source = Simulate(7, warm_up=1, beside=(8, 7), clock=wall, sleep=wall.sleep)

    async def play() -> list[Event]:
        async with aclosing(source.batches()) as batches:
            return [event async for batch in _first(batches, 12) for event in batch]

    made = asyncio.run(play())
    assert made == list(together((7, 8), 10))[: len(made)]
    for seed in (7, 8):
        own = [event for event in made if event.instrument == f"sim:{seed}"]
        assert own == list(events(seed, 10))[: len(own)]
    assert source.instruments == ("sim:7", "sim:8")
    assert source.label == "simulated markets, seeds 7, 8"
