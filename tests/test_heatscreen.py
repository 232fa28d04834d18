"""What a heatmap keeps between pictures is never seen in them, and spares most of the writing."""

import gc
import weakref
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.simulate import events
from market.depth import COARSE, FINE, DepthHistory
from market.events import Event, FeedState, FeedStatus, Listing
from market.market import Market
from market.markets import Markets
from market.trades import TradeLog
from tests.captures import CAPTURES, needs_captures
from tests.scenes import SECOND, START, lines, same, simulated
from tests.strategies import INSTRUMENT, Change, changes, delta, snapshot, trade
from tui.drawing.canvas import Canvas
from tui.drawing.encode import encode_update
from tui.drawing.look import ColorDepth, Look
from tui.drawing.timeline import Scroll
from tui.export import text
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.terminal.damage import damage
from tui.themes import load_look

GOLDEN = Path(__file__).parent / "golden" / "heatmap_sweep_80x24.txt"
NAME = "test:X"
LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
SCROLLS: tuple[Scroll, ...] = ("block", "smooth", "sweep")


class Traded(NamedTuple):
    """A trade in ticks and signed lots, `late` tenths of a second before the time reached."""

    ticks: int
    lots: int
    late: int


class Changed(NamedTuple):
    """Levels that changed, or all there are."""

    levels: list[Change]
    whole: bool


class Said(NamedTuple):
    """The feed's state."""

    state: FeedState


class Waited(NamedTuple):
    """Tenths of a second in which nothing happened."""

    tenths: int


Happening = Traded | Changed | Said | Waited

happenings = st.one_of(
    st.builds(
        Traded,
        st.integers(99_800, 100_200),
        st.sampled_from([-900_000, -5_000, -30, 20, 4_000, 70_000]),
        st.sampled_from([0, 0, 0, 3, 12, 40]),
    ),
    st.builds(Changed, changes(99_700, 100_300, size=12), st.sampled_from([False] * 5 + [True])),
    st.builds(Said, st.sampled_from([FeedState.LIVE, FeedState.LIVE, FeedState.GAP])),
    st.builds(Waited, st.sampled_from([1, 2, 5, 11, 40, 90, 400, 4000])),
)
heatmaps = st.builds(
    Heatmap,
    timeframe=st.sampled_from(["100ms", "1s", "2s", "10s"]),
    until=st.one_of(st.none(), st.none(), st.integers(0, 300).map(lambda t: START + t * FINE)),
    contrast=st.sampled_from(["log", "rank"]),
    grouping=st.sampled_from([None, None, 3]),
    center=st.sampled_from([None, None, 100_010]),
    trades=st.booleans(),
    volume=st.booleans(),
    scroll=st.sampled_from(SCROLLS),
    delta=st.booleans(),
    floor=st.sampled_from([None, None, 60.0]),
    ceiling=st.sampled_from([None, None, 95.0]),
    least_order=st.sampled_from([0.0, 0.0, 0.3]),
    least_trade=st.sampled_from([0.0, 0.0, 1.0]),
    merge=st.sampled_from(["off", "off", "average", "first", "max"]),
    profile=st.sampled_from(["off", "off", "visible", "window", "session"]),
    window=st.just("5s"),
    labels=st.sampled_from([0, 2]),
    cross_time=st.one_of(st.none(), st.integers(-9, 300).map(lambda t: START + t * FINE)),
    cross_price=st.integers(99_000, 101_000),
)
sizes = st.sampled_from([Size(36, 8), Size(60, 12), Size(61, 24), Size(30, 9), Size(12, 5)])


def told(story: Sequence[Happening]) -> list[Event]:
    """The story as events; market time begins at START."""
    now, numbered = START, 0
    found: list[Event] = [Listing(NAME, now, INSTRUMENT), state(FeedState.LIVE, now)]
    for happening in story:
        match happening:
            case Waited(tenths):
                now += tenths * FINE
            case Traded(ticks, lots, late):
                numbered += 1
                found.append(trade(now - late * FINE, ticks, lots, str(numbered), NAME))
            case Changed(levels, whole):
                numbered += 1
                made = snapshot if whole else delta
                found.append(made(levels, now, numbered, NAME))
            case Said(word):
                found.append(state(word, now))
    return found


def state(word: FeedState, now: int) -> FeedStatus:
    return FeedStatus(NAME, now, word, "5 lost" if word is FeedState.GAP else "", venue="test")


def fresh(cramped: bool) -> Market:
    """A market of which nothing was drawn yet; a cramped one soon forgets what is old."""
    market = Market(NAME)
    market.apply(Listing(NAME, START, INSTRUMENT))
    if cramped:
        market.trades = TradeLog(8)
        market.depth = DepthHistory((FINE, 100 * FINE, 1 << 20), (COARSE, 50 * COARSE, 1 << 20))
    return market


def opened() -> list[Happening]:
    """A book and some trades, so that a story begins with something to draw."""
    levels = [Change(False, 99_990 - n, 10 + n * n % 700) for n in range(40)]
    levels += [Change(True, 99_999 + n, 12 + n * n % 900) for n in range(40)]
    prints = [Traded(99_990 + n % 9, 7 * n - 30, 0) for n in range(9)]
    return [Changed(levels, True), *prints, Waited(11), Changed([], False)]


def check(
    story: Sequence[Happening],
    panes: Sequence[Heatmap],
    size: Size,
    look: Look,
    cramped: bool,
    every: int,
) -> None:
    """Draw after each happening, and now and then compare with a market never drawn before."""
    happened = told(story)
    warm = fresh(cramped)
    for count, event in enumerate(happened, start=1):
        warm.apply(event)
        drawn = [pane.draw(warm, size, look) for pane in panes]
        if count == len(happened) or count % every == 0:
            cold = fresh(cramped)
            for before in happened[:count]:
                cold.apply(before)
            assert all(
                same(picture, pane.draw(cold, size, look))
                for picture, pane in zip(drawn, panes, strict=True)
            )


@settings(max_examples=60)
@given(
    st.lists(happenings, min_size=1, max_size=40),
    st.lists(heatmaps, min_size=1, max_size=2),
    sizes,
    st.sampled_from([LOOK, MONO]),
    st.booleans(),
    st.sampled_from([3, 8, 20]),
)
def test_a_picture_is_the_same_whatever_was_drawn_before(
    story: list[Happening],
    panes: list[Heatmap],
    size: Size,
    look: Look,
    cramped: bool,
    every: int,
) -> None:
    if cramped:
        # A profile goes on counting trades that the log has dropped since: see its own tests.
        panes = [replace(pane, profile="off", cross_time=None) for pane in panes]
    check(opened() + story, panes, size, look, cramped, every)


@pytest.mark.parametrize("scroll", SCROLLS)
def test_columns_that_are_forgotten_are_hatched_at_once(scroll: Scroll) -> None:
    story = opened()
    for n in range(60):
        story += [Waited(200), Changed([Change(True, 99_999 + n, 5 * n)], False)]
    check(story, [Heatmap(timeframe="10s", scroll=scroll)], Size(60, 12), LOOK, True, 1)


def test_a_picture_handed_out_does_not_change_with_the_next() -> None:
    market = fresh(cramped=False)
    happened = told([*opened(), Waited(40), Changed([Change(True, 100_001, 0)], False)])
    for event in happened[:-1]:
        market.apply(event)
    kept, again = (Heatmap().draw(market, Size(60, 12), LOOK) for _ in range(2))
    market.apply(happened[-1])
    assert not same(Heatmap().draw(market, Size(60, 12), LOOK), kept)
    assert same(kept, again)


def test_what_is_kept_goes_with_its_market() -> None:
    market = fresh(cramped=False)
    for event in told(opened()):
        market.apply(event)
    Heatmap().draw(market, Size(60, 12), LOOK)
    gone = weakref.ref(market)
    del market
    gc.collect()
    assert gone() is None


def test_a_sweep_is_the_golden_picture(update_golden: bool) -> None:
    picture = text(Heatmap(scroll="sweep").draw(simulated(), Size(80, 24), MONO))
    if update_golden:
        GOLDEN.write_text(picture, "utf-8")
    assert picture == GOLDEN.read_text("utf-8")


def pictures(pane: Heatmap, size: Size, seconds: float, every: int = SECOND // 20) -> list[Canvas]:
    """Pictures of the simulated market, `every` ns of market time."""
    markets, found, due = Markets(), list[Canvas](), 0
    for event in events(7, seconds):
        market = markets.get("sim:7")
        if market is not None and market.clock >= due:
            due = market.clock + every
            found.append(pane.draw(market, size, LOOK))
        markets.apply([event])
    return found


def changed_columns(before: Canvas, after: Canvas, width: int) -> list[int]:
    """Columns of the picture, title and axis left out, in which the two differ."""
    differ = np.zeros(before.glyph.shape, np.bool_)
    for part in ("glyph", "fg", "bg", "bold"):
        differ |= getattr(before, part) != getattr(after, part)
    found: list[int] = np.flatnonzero(differ[1:-1, :width].any(axis=0)).tolist()
    return found


def test_a_sweep_changes_only_its_newest_columns_and_the_gap_ahead() -> None:
    width = 80 - 11 - 9
    drawn = pictures(Heatmap(scroll="sweep"), Size(80, 24), 150)[-900:]
    touched = [len(changed_columns(one, two, width)) for one, two in pairwise(drawn)]
    # The column that closed, the one that forms now, the line at its edge, one more of the gap.
    assert np.percentile(touched, 99) <= 4
    # Prices moved, or colours were fitted anew: a few times in 90 s.
    assert sum(count > 4 for count in touched) <= 6


def test_between_jumps_a_picture_changes_in_its_newest_column() -> None:
    width = 80 - 11 - 9
    drawn = pictures(Heatmap(), Size(80, 24), 150)[-900:]
    touched = [len(changed_columns(one, two, width)) for one, two in pairwise(drawn)]
    assert np.percentile(touched, 98) <= 2
    assert sum(count > 2 for count in touched) <= 14  # 11 blocks of 8 s


@pytest.mark.parametrize("scroll", SCROLLS)
def test_a_sweep_shows_what_the_other_ways_show_elsewhere(scroll: Scroll) -> None:
    one, other = (
        Heatmap(scroll=way, until=START + 120 * SECOND, trades=False).draw(
            simulated(), Size(80, 24), LOOK
        )
        for way in ("smooth", scroll)
    )
    width = 80 - 11 - 9
    last = (START + 120 * SECOND) // SECOND
    shift = (last + 1) % width if scroll == "sweep" else 0
    for back in range(1, 40):
        x = (width - back + shift) % width
        assert (one.glyph[1:20, width - back] == other.glyph[1:20, x]).all()


def test_numbers_are_those_of_the_same_columns_however_they_scroll() -> None:
    found = [Heatmap(scroll=way).numbers(simulated(), Size(80, 24)) for way in SCROLLS]
    first, *others = (dict(zip(*by_column(numbers), strict=True)) for numbers in found)
    for other in others:
        shared = first.keys() & other.keys()
        assert len(shared) > 50
        assert all(first[start] == other[start] for start in shared)


def by_column(numbers: dict[str, object]) -> tuple[list[int], list[object]]:
    starts, bids = numbers["columns"], numbers["bid"]
    assert isinstance(starts, list)
    assert isinstance(bids, list)
    assert starts == sorted(starts)
    return starts, bids


def test_the_words_about_unknown_columns_stand_in_a_sweep_too() -> None:
    markets = Markets()
    markets.apply(events(7, 20))
    market = markets.get("sim:7")
    shown = lines(Heatmap(scroll="sweep").draw(market, Size(120, 40), LOOK))
    assert sum("depth history begins" in line for line in shown) == 1
    assert any("╵14:00:00" in line for line in shown[-1:])


@needs_captures
@pytest.mark.slow
def test_a_real_market_is_drawn_in_few_bytes_a_frame() -> None:
    from feeds.replay import events as replayed

    panes, step = [Heatmap(), Heatmap(scroll="sweep")], SECOND // 20
    markets, due, frames = Markets(), 0, 0
    written, before = [0, 0], list[Canvas]()
    for event in replayed(CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz", "+120s"):
        markets.apply([event])
        market = markets.get("binance-usdm:BTCUSDT")
        if market is None or market.book is None or market.clock < due:
            continue
        due = (due or market.clock) + step
        after = [pane.draw(market, Size(200, 50), LOOK) for pane in panes]
        for n, (one, two) in enumerate(zip(before, after, strict=False)):
            spans = damage(one, two)
            if len(spans.rows):
                written[n] += len(encode_update(two, *(edge.tolist() for edge in spans)).encode())
        frames, before = frames + 1, after
    assert frames > 2000
    assert max(written) / frames <= 2000
