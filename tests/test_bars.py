from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import market.bars
import market.cuts
from market.bar import Bar, Parted
from market.bars import Bars
from market.basis import (
    Basis,
    DeltaBasis,
    RangeBasis,
    RenkoBasis,
    TickBasis,
    TimeBasis,
    VolumeBasis,
    basis_text,
    parse_basis,
    resolved,
)
from market.cuts import BARS_KEPT
from market.trades import TradeLog
from tests.oracle.bars import Brick, bricks
from tests.strategies import INSTRUMENT, Drawn, log_of, trades

BASES: list[Basis] = [
    *(TimeBasis(1), TimeBasis(7), TimeBasis(60), TickBasis(1), TickBasis(9)),
    *(VolumeBasis(Decimal(1), 1), VolumeBasis(Decimal(1), 3 * 10**9), RangeBasis(1), RangeBasis(9)),
    *(DeltaBasis(Decimal(1), 1), DeltaBasis(Decimal(1), 3 * 10**9), RenkoBasis(1), RenkoBasis(7)),
]
bases = st.sampled_from(BASES)
cut_places = st.one_of(st.lists(st.integers(0, 200)), st.just([*range(200)]))


def slow_bars(drawn: Sequence[Drawn], basis: Basis) -> list[Bar]:
    """The simplest thing that could be true: sort each bar's trades and look at them."""
    if isinstance(basis, RenkoBasis):
        return slow_bricks(drawn, basis)
    groups: defaultdict[int, list[Drawn]] = defaultdict(list)
    for key, trade in zip(slow_keys(drawn, basis), drawn, strict=True):
        groups[key].append(trade)
    return [slow_bar(key, groups[key], basis) for key in sorted(groups)]


def slow_keys(drawn: Sequence[Drawn], basis: Basis) -> list[int]:
    """The number of every trade's bar."""
    keys: list[int] = []
    bar: list[Drawn] = []
    if isinstance(basis, RenkoBasis):
        made = bricks_of(drawn, basis)
        return [number for number, brick in enumerate(made) for _ in brick.trades]
    for sequence, trade in enumerate(drawn):
        match basis:
            case TimeBasis(interval):
                keys.append(trade.ts // interval)
                continue
            case TickBasis(trades):
                keys.append(sequence // trades)
                continue
            case VolumeBasis():
                over = sum(abs(t.lots) for t in bar) >= basis.lots
            case DeltaBasis():
                over = abs(sum(t.lots for t in bar)) >= basis.lots
            case RangeBasis(ticks):
                prices = [t.ticks for t in (*bar, trade)]
                over = max(prices) - min(prices) > ticks
        bar = [trade] if over else [*bar, trade]
        keys.append((keys[-1] if keys else 0) + (over and bool(keys)))
    return keys


def slow_bar(key: int, members: list[Drawn], basis: Basis) -> Bar:
    start, end = min(t.ts for t in members), max(t.ts for t in members) + 1
    if isinstance(basis, TimeBasis):
        start, end = key * basis.interval, (key + 1) * basis.interval
        members = sorted(members, key=lambda t: t.ts)
    ticks = [t.ticks for t in members]
    buy = sum(t.lots for t in members if t.lots > 0)
    sell = -sum(t.lots for t in members if t.lots < 0)
    return Bar(
        start, end, ticks[0], max(ticks), min(ticks), ticks[-1], buy + sell, buy, sell, len(members)
    )


def bricks_of(drawn: Sequence[Drawn], basis: RenkoBasis) -> list[Brick]:
    prices = [Decimal(trade.ticks) for trade in drawn]
    return bricks(prices, Decimal(basis.ticks)) if drawn else []


def slow_bricks(drawn: Sequence[Drawn], basis: RenkoBasis) -> list[Bar]:
    """Bricks by their edges, from the lowest to the highest of these and of their trades."""
    found = []
    for brick in bricks_of(drawn, basis):
        members, edges = [drawn[n] for n in brick.trades], (int(brick.open), int(brick.close))
        times = [t.ts for t in members] or [drawn[brick.begin].ts]
        prices = [*edges, *(t.ticks for t in members)]
        buy = sum(t.lots for t in members if t.lots > 0)
        sell = -sum(t.lots for t in members if t.lots < 0)
        around = edges[0], max(prices), min(prices), edges[1]
        sums = buy + sell, buy, sell, len(members)
        found.append(Bar(min(times), max(times) + 1, *around, *sums))
    return found


def fed(drawn: Sequence[Drawn], cuts: Sequence[int], update: Callable[[TradeLog], None]) -> None:
    """Append the trades, with updates wherever the cuts fall and at the end."""
    log = TradeLog()
    for sequence, trade in enumerate(drawn):
        if sequence in cuts:
            update(log)
        log.append(*trade)
    update(log)


@given(trades(), bases, cut_places)
def test_bars_are_what_sorting_the_trades_makes_of_them_however_often_they_are_read(
    drawn: list[Drawn], basis: Basis, cuts: list[int]
) -> None:
    bars = Bars(basis)
    fed(drawn, cuts, bars.update)
    assert bars.last(10**6) == slow_bars(drawn, basis)


@given(trades(), bases)
def test_bars_add_up_to_the_trades(drawn: list[Drawn], basis: Basis) -> None:
    bars = Bars(basis)
    bars.update(log_of(drawn))
    shown = bars.last(10**6)
    assert sum(bar.volume for bar in shown) == sum(abs(t.lots) for t in drawn)
    assert sum(bar.delta for bar in shown) == sum(t.lots for t in drawn)
    assert sum(bar.trades for bar in shown) == len(drawn)


@given(trades(), st.sampled_from(BASES[:3]), st.integers(-5, 70), st.integers(-1, 9))
def test_before_is_the_bars_that_start_before(
    drawn: list[Drawn], basis: Basis, end: int, count: int
) -> None:
    bars = Bars(basis)
    bars.update(log_of(drawn))
    earlier = [bar for bar in slow_bars(drawn, basis) if bar.start < end]
    assert bars.before(end, count) == earlier[max(len(earlier) - max(count, 0), 0) :]
    assert bars.last(count) == slow_bars(drawn, basis)[::-1][: max(count, 0)][::-1]


@given(trades(size=60), bases, st.integers(1, 50), st.integers(1, 50))
def test_a_rescaled_log_is_read_anew(
    drawn: list[Drawn], basis: Basis, price: int, size: int
) -> None:
    log, bars = log_of(drawn), Bars(basis)
    bars.update(log)
    log.rescale(price, size)
    bars.update(log)
    scaled = [Drawn(t.ts, t.ticks * price, t.lots * size) for t in drawn]
    found, wanted = bars.last(10**6), slow_bars(scaled, basis)
    # A leap over many bricks can make more of them than are kept.
    assert len(found) >= min(len(wanted), BARS_KEPT)
    assert found == wanted[len(wanted) - len(found) :]


@given(
    trades(),
    bases,
    cut_places,
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=4),
    st.integers(-5, 70),
    st.integers(1, 9),
)
def test_bars_in_parts_are_the_bars_in_whole_whatever_came_between(
    drawn: list[Drawn],
    basis: Basis,
    cuts: list[int],
    stated: list[tuple[int, int]],
    end: int,
    count: int,
) -> None:
    bars = Bars(basis)
    left = list(stated)

    def read(log: TradeLog) -> None:
        bars.update(log)
        check()
        if left and isinstance(basis, TimeBasis):
            start, length = left.pop()
            bars.state([kline_bar(n, basis.interval) for n in range(start, start + length)])
            check()

    def check() -> None:
        for until in (None, end):
            shown = bars.last(count) if until is None else bars.before(until, count)
            parted = bars.parted(until, count)
            assert (parted is None) == (not shown)
            if parted is not None:
                assert [*parted.run.bars, parted.newest] == shown
                assert parted.run.volume.tolist() == [bar.volume for bar in shown[:-1]]
                assert_numbered(parted, basis)
            assert bars.parted(until, count) == parted

    fed(drawn, cuts, read)


def kline_bar(number: int, interval: int) -> Bar:
    """A bar as the venue might state it."""
    start = number * interval
    return Bar(start, start + interval, 5, 9, 1, 5, 100, 60, 40, 3)


def assert_numbered(parted: Parted, basis: Basis) -> None:
    """Numbers rise, and those of time say when a bar starts."""
    numbers = [*parted.run.numbers.tolist(), parted.number]
    assert numbers == sorted(set(numbers))
    if isinstance(basis, TimeBasis):
        starts = [bar.start for bar in (*parted.run.bars, parted.newest)]
        assert [number * basis.interval for number in numbers] == starts


def test_bars_that_are_over_stay_one_object_while_the_newest_forms() -> None:
    log, bars = log_of([Drawn(5, 1, 1), Drawn(15, 2, 1), Drawn(21, 3, 1)]), Bars(TimeBasis(10))
    bars.update(log)
    first = bars.parted(None, 9)
    log_of([Drawn(22, 4, 1), Drawn(25, 5, -1)], log)
    bars.update(log)
    second = bars.parted(None, 9)
    assert first is not None
    assert second is not None
    assert second.run is first.run
    assert (first.newest.close, second.newest.close) == (3, 5)
    log_of([Drawn(12, 9, 1)], log)  # late: a bar that was over is another now
    bars.update(log)
    third = bars.parted(None, 9)
    assert third is not None
    assert third.run is not first.run


def test_a_run_can_be_cut_at_a_number() -> None:
    bars = Bars(TimeBasis(10))
    bars.update(log_of([Drawn(n * 10, n, 1) for n in range(6)]))
    parted = bars.parted(None, 9)
    assert parted is not None
    run = parted.run.numbered_from(3)
    assert [bar.start for bar in run.bars] == [30, 40]
    assert (run.lowest, run.highest, run.most_volume) == (3, 4, 1)
    assert parted.run.numbered_from(3) is run
    assert parted.run.numbered_from(0) is parted.run
    assert not len(parted.run.numbered_from(9))


def test_a_late_trade_goes_to_its_own_bar_and_leaves_the_close_alone() -> None:
    log, bars = TradeLog(), Bars(TimeBasis(10))
    log_of([Drawn(12, 5, 1), Drawn(18, 7, 1), Drawn(25, 6, 1)], log)
    bars.update(log)
    log_of([Drawn(15, 99, -2), Drawn(11, 1, -3)], log)
    bars.update(log)
    first, second = bars.last(2)
    assert (first.open, first.high, first.low, first.close) == (1, 99, 1, 7)
    assert (first.buy, first.sell, first.delta) == (2, 5, -3)
    assert second == Bar(20, 30, 6, 6, 6, 6, 1, 1, 0, 1)


def test_a_bar_that_fell_behind_the_log_begins_again_with_what_is_held() -> None:
    log, bars = TradeLog(8), Bars(TickBasis(3))
    log_of([Drawn(n, n, 1) for n in range(4)], log)
    bars.update(log)
    log_of([Drawn(n, n, 1) for n in range(4, 20)], log)
    bars.update(log)
    drawn = [Drawn(n, n, 1) for n in range(20)]
    whole = [bar for bar in slow_bars(drawn, TickBasis(3)) if bar.start >= log.first]
    assert bars.last(100) == whole


def test_no_more_bars_are_kept_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market.bars, "BARS_KEPT", 5)
    bars = Bars(TimeBasis(1))
    log = log_of([Drawn(n, n, 1) for n in range(12)])
    bars.update(log)
    assert [bar.start for bar in bars.last(100)] == [7, 8, 9, 10, 11]
    log_of([Drawn(3, 1, 1), Drawn(8, 1, 1)], log)  # late: the bar of the first is gone
    bars.update(log)
    assert [(bar.start, bar.trades) for bar in bars.last(3)] == [(9, 1), (10, 1), (11, 1)]
    assert [(bar.start, bar.trades) for bar in bars.last(100)][:2] == [(7, 1), (8, 2)]


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("100ms", TimeBasis(100_000_000)),
        ("250ms", TimeBasis(250_000_000)),
        ("1s", TimeBasis(10**9)),
        ("15m", TimeBasis(900 * 10**9)),
        ("4h", TimeBasis(4 * 3600 * 10**9)),
        ("1d", TimeBasis(86_400 * 10**9)),
        ("100t", TickBasis(100)),
        ("500v", VolumeBasis(Decimal(500))),
        ("0.25v", VolumeBasis(Decimal("0.25"))),
        ("50n", DeltaBasis(Decimal(50))),
        ("0.5n", DeltaBasis(Decimal("0.5"))),
        ("20r", RangeBasis(20)),
        ("20b", RenkoBasis(20)),
    ],
)
def test_a_timeframe_word_is_read_and_written_back(text: str, basis: Basis) -> None:
    assert parse_basis(text) == basis
    assert basis_text(basis) == text


@pytest.mark.parametrize("text", ["", "m", "0s", "-1m", "1.5m", "1x", "1M", "99999999d", "1 m"])
def test_a_word_that_is_no_timeframe_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"timeframe|longer than"):
        parse_basis(text)


def test_a_volume_is_rounded_up_to_whole_lots() -> None:
    lots = [
        resolved(VolumeBasis(Decimal(text)), INSTRUMENT).lots  # type: ignore[union-attr]
        for text in ("2", "0.0025", "0.0001")
    ]
    assert lots == [2000, 3, 1]
    assert resolved(DeltaBasis(Decimal("0.0025")), INSTRUMENT) == DeltaBasis(Decimal("0.0025"), 3)
    assert resolved(RangeBasis(3), INSTRUMENT) == RangeBasis(3)


@pytest.mark.parametrize("basis", [VolumeBasis(Decimal(1), 3), RangeBasis(2), RenkoBasis(2)])
def test_bars_made_anew_begin_where_those_made_from_the_start_do(basis: Basis) -> None:
    log, whole = TradeLog(64), Bars(basis)
    for n in range(200):
        log.append(n, n * n % 7, 1 + n % 2)
        whole.update(log)
    late = Bars(basis)
    late.update(log)
    made = late.last(1000)
    assert len(made) > 10
    assert made == whole.last(len(made))
    assert made[0].start >= log.first


@pytest.mark.parametrize("chunk", [7, 1000])
@pytest.mark.parametrize(
    "basis",
    [
        *(VolumeBasis(Decimal(1), 3), VolumeBasis(Decimal(1), 500), RangeBasis(2), TickBasis(3)),
        *(DeltaBasis(Decimal(1), 3), DeltaBasis(Decimal(1), 500)),
    ],
)
def test_of_far_more_trades_than_anybody_keeps_bars_of_only_the_newest_begin(
    basis: Basis, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("BARS_KEPT", 5), ("_TRIED", 30), ("_CHUNK", chunk)):
        monkeypatch.setattr(market.cuts, name, value)
    drawn = [Drawn(n, n * n % 7 + n // 50, 1 + n % 40) for n in range(300)]
    bars = Bars(basis)
    bars.update(log_of(drawn))
    made = bars.last(1000)
    assert len(made) >= 5 or made[0].start == 0
    assert made == slow_bars(drawn[made[0].start :], basis)


@pytest.mark.parametrize("size", [1, 100])
def test_bars_of_volume_go_on_where_a_stretch_of_trades_ended(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market.cuts, "_CHUNK", 10)
    drawn = [Drawn(n, 1, size * (1 + n % 3)) for n in range(95)]
    for most in (1, 7, 90, 1000):
        for kind in (VolumeBasis, DeltaBasis):
            bars = Bars(kind(Decimal(1), most))
            bars.update(log_of(drawn))
            assert bars.last(1000) == slow_bars(drawn, bars.basis)


def test_a_price_that_leaps_leaves_no_bars_between_and_a_tie_stays_in_the_bar() -> None:
    bars = Bars(RangeBasis(5))
    bars.update(log_of([Drawn(n, p, 1) for n, p in enumerate((10, 15, 10, 16, 40, 41))]))
    assert [(bar.low, bar.high) for bar in bars.last(9)] == [(10, 15), (16, 16), (40, 41)]


def test_a_trade_is_never_split_between_bars_of_volume() -> None:
    bars = Bars(VolumeBasis(Decimal(1), 10))
    bars.update(log_of([Drawn(n, 1, size) for n, size in enumerate((4, -6, 3, 30, 1))]))
    assert [bar.volume for bar in bars.last(9)] == [10, 33, 1]


def test_a_basis_of_nothing_is_refused() -> None:
    for refused in ("0v", "0n", "0r", "0b"):
        with pytest.raises(ValueError, match=r"more volume|more than nothing|not a timeframe"):
            parse_basis(refused)
    with pytest.raises(ValueError, match="one tick high"):
        RenkoBasis(0)
    with pytest.raises(ValueError, match="one tick"):
        RangeBasis(0)
    with pytest.raises(ValueError, match="longer than nothing"):
        TimeBasis(0)
    with pytest.raises(ValueError, match="at least one"):
        TickBasis(0)
