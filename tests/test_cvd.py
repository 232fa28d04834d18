from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from market.bar import Bar
from market.bars import Bars
from market.basis import TickBasis, TimeBasis
from market.cvd import Anchor, Cvd, CvdPoint
from market.gaps import Gap
from market.trades import TradeLog
from tests.strategies import Drawn, log_of, trades
from tests.test_bars import cut_places, fed, slow_bars

HOUR = 3_600_000_000_000
DAY = 24 * HOUR


def bars_of(drawn: list[Drawn], basis: TimeBasis | TickBasis) -> Bars:
    bars = Bars(basis)
    bars.update(log_of(drawn))
    return bars


@given(trades(), st.sampled_from([TimeBasis(1), TimeBasis(9), TickBasis(4)]))
def test_without_an_anchor_it_is_the_sum_of_all_signed_lots_up_to_each_bar(
    drawn: list[Drawn], basis: TimeBasis | TickBasis
) -> None:
    cvd = Cvd(bars_of(drawn, basis))
    values = [point.value for point in cvd.last(10**6)]
    assert values == [*accumulate(bar.delta for bar in slow_bars(drawn, basis))]
    assert all(point.reliable for point in cvd.last(10**6))
    if drawn:
        assert values[-1] == sum(t.lots for t in drawn)


@given(
    trades(span=100),
    cut_places,
    st.sampled_from([TimeBasis(7 * HOUR), TickBasis(4)]),
    st.sampled_from(Anchor),
    st.integers(-5, 110),
)
def test_sums_kept_are_the_sums_made_anew(
    drawn: list[Drawn],
    cuts: list[int],
    basis: TimeBasis | TickBasis,
    anchor: Anchor,
    hour: int,
) -> None:
    hourly = [Drawn(t.ts * HOUR, t.ticks, t.lots) for t in drawn]
    bars, gaps = Bars(basis), list[Gap]()
    kept = Cvd(bars, anchor, gaps)

    def read(log: TradeLog) -> None:
        bars.update(log)
        for end in (None, hour * HOUR):
            fresh = Cvd(bars, anchor, gaps)
            points = fresh.last(5) if end is None else fresh.before(end, 5)
            assert (kept.last(5) if end is None else kept.before(end, 5)) == points
            parted = kept.parted(end, 5)
            assert (parted is None) == (not points)
            if parted is not None:
                assert parted.values.tolist() == [point.value for point in points[:-1]]
                assert parted.newest == points[-1]
        if log.end % 3 == 0:
            gaps.append(Gap(hour * HOUR, (hour + 3) * HOUR, "lost"))

    fed(hourly, cuts, read)


@given(trades(span=100))
def test_a_session_begins_anew_at_midnight(drawn: list[Drawn]) -> None:
    hourly = [Drawn(t.ts * HOUR, t.ticks, t.lots) for t in drawn]
    cvd = Cvd(bars_of(hourly, TimeBasis(HOUR)), Anchor.SESSION)
    for point in cvd.last(10**6):
        day = point.start // DAY
        until = [t for t in hourly if t.ts // DAY == day and t.ts < point.start + HOUR]
        assert point.value == sum(t.lots for t in until)


@given(trades(span=100), st.integers(-5, 110), st.integers(-1, 9))
def test_before_is_the_points_of_bars_that_start_before(
    drawn: list[Drawn], end: int, count: int
) -> None:
    cvd = Cvd(bars_of(drawn, TimeBasis(7)))
    earlier = [point for point in cvd.last(10**6) if point.start < end]
    assert cvd.before(end, count) == earlier[max(len(earlier) - max(count, 0), 0) :]


def hours(*lots: int) -> Bars:
    return bars_of([Drawn(n * 6 * HOUR, 5, size) for n, size in enumerate(lots)], TimeBasis(HOUR))


def test_after_a_gap_nothing_is_reliable_until_the_anchor_begins_again() -> None:
    bars, gap = hours(1, 2, 3, 4, 5, 6), Gap(6 * HOUR + 5, 6 * HOUR + 9, "lost")
    reliable = [point.reliable for point in Cvd(bars, Anchor.NONE, [gap]).last(9)]
    assert reliable == [True, False, False, False, False, False]
    points = Cvd(bars, Anchor.SESSION, [gap]).last(9)
    assert [p.reliable for p in points] == [True, False, False, False, True, True]
    assert [p.value for p in points] == [1, 3, 6, 10, 5, 11]


def test_a_gap_between_two_bars_is_a_gap_all_the_same() -> None:
    gap = Gap(2 * HOUR, 4 * HOUR, "lost")
    reliable = [point.reliable for point in Cvd(hours(1, 2, 3), Anchor.NONE, [gap]).last(9)]
    assert reliable == [True, False, False]


def test_a_gap_that_lasts_leaves_the_bars_before_it_reliable() -> None:
    gap = Gap(12 * HOUR + 1, None, "lost")
    reliable = [point.reliable for point in Cvd(hours(1, 2, 3), Anchor.NONE, [gap]).last(9)]
    assert reliable == [True, True, False]


def test_a_gap_that_klines_filled_is_none_and_an_unsplit_bar_is_doubtful() -> None:
    bars, gap = hours(1, 2, 3), Gap(6 * HOUR + 5, 6 * HOUR + 9, "lost")
    whole = Bar(6 * HOUR, 7 * HOUR, 5, 5, 5, 5, 9, 8, 1, 4)
    bars.state([whole])
    assert Cvd(bars, Anchor.NONE, [gap]).last(9) == [
        CvdPoint(0, 1, True),
        CvdPoint(6 * HOUR, 8, True),
        CvdPoint(12 * HOUR, 11, True),
    ]
    bars.state([whole._replace(buy=0, sell=0, split=False)])
    assert [p.reliable for p in Cvd(bars).last(9)] == [True, False, False]


def test_a_sum_begins_with_the_first_bar_whose_sides_are_known() -> None:
    """Most venues' candles do not say who the aggressors were: what is older than our trades."""
    bars = hours(1, 2, 3, 4)
    older = [Bar(n * HOUR, (n + 1) * HOUR, 5, 5, 5, 5, 9, 0, 0, 4, False) for n in (-12, -6, 0)]
    bars.state(older)
    points = Cvd(bars, Anchor.NONE, [Gap(-9 * HOUR, -8 * HOUR, "lost")]).last(9)
    assert [p.known for p in points] == [False, False, False, True, True, True]
    assert [p.value for p in points][3:] == [2, 5, 9]
    assert [p.reliable for p in points] == [p.known for p in points]
    bars.state([*older, older[0]._replace(start=12 * HOUR, end=13 * HOUR)])
    points = Cvd(bars, Anchor.NONE).last(9)
    assert [p.reliable for p in points] == [False, False, False, True, False, False]


def test_a_gap_told_of_later_makes_sums_that_are_kept_doubtful() -> None:
    gaps = list[Gap]()
    cvd = Cvd(hours(1, 2, 3), Anchor.NONE, gaps)
    assert all(point.reliable for point in cvd.last(9))
    gaps.append(Gap(6 * HOUR + 5, None, "lost"))
    assert [point.reliable for point in cvd.last(9)] == [True, False, False]
    gaps[-1] = gaps[-1]._replace(end=6 * HOUR + 9)
    assert [point.reliable for point in cvd.last(9)] == [True, False, False]


def test_without_bars_there_are_no_points() -> None:
    assert Cvd(Bars(TimeBasis(1)), Anchor.SESSION, [Gap(0, None, "")]).last(5) == []


def doubted(gap: Gap, basis: TimeBasis | TickBasis) -> list[bool]:
    """Whether each bar of trades at 1, 2 ... 6 h is relied on."""
    hourly = [Drawn(hour * HOUR, 100, 1) for hour in range(1, 7)]
    return [point.reliable for point in Cvd(bars_of(hourly, basis), gaps=[gap]).last(9)]


def test_a_bar_of_so_many_trades_in_which_a_gap_began_is_doubted_too() -> None:
    during = Gap(4 * HOUR + 1, 4 * HOUR + 2, "lost")
    assert doubted(during, TickBasis(2)) == [True, False, False]
    assert doubted(Gap(5 * HOUR, 5 * HOUR, "lost"), TickBasis(2)) == [True, True, False]
    assert doubted(during, TimeBasis(HOUR)) == [True, True, True, False, False, False]


def test_a_gap_before_all_trades_makes_the_first_bar_doubtful() -> None:
    assert doubted(Gap(0, HOUR // 2, "lost"), TickBasis(3)) == [False, False]
