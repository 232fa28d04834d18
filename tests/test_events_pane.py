"""The pane of events: what is listed, how it is worded, and what may be set."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import cast

import pytest

from feeds.errors import ConfigError
from market.detectors.findings import findings
from market.detectors.found import Sort, sort_of
from market.events import FeedState
from market.market import Market
from tests.scenes import NAME, SECOND, START, lines, listed, market_of, simulated, status, traded
from tui.drawing.format import clock
from tui.drawing.look import ColorDepth
from tui.findings.marks import GLYPHS
from tui.keys.paging import Lined
from tui.pane import Size
from tui.panes.events import EventsPane
from tui.scope import Scope
from tui.settings.words import set_all
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
SWITCHES = {
    "sweeps": Sort.SWEEP,
    "large_lots": Sort.LARGE,
    "icebergs": Sort.ICEBERG,
    "absorption": Sort.ABSORPTION,
    "exhaustion": Sort.EXHAUSTION,
    "pulled_walls": Sort.WALL,
    "divergences": Sort.DIVERGENCE,
    "liquidations": Sort.LIQUIDATIONS,
}


def shown(pane: EventsPane, market: Market, width: int = 120, height: int = 40) -> list[str]:
    return lines(pane.draw(market, Size(width, height), LOOK))


@pytest.mark.parametrize(("width", "word"), [(120, "possible iceberg"), (80, "iceberg?")])
def test_every_line_says_that_it_is_only_possible(width: int, word: str) -> None:
    title, _, _, *rows = shown(EventsPane(), simulated(), width)
    assert "only possible" in title
    assert any(word in row for row in rows)
    assert all("possible" in row or "?" in row for row in rows if row)


def test_the_newest_is_at_the_top_and_the_counts_are_of_all_that_is_held() -> None:
    market = simulated()
    _, counts, heads, *rows = shown(EventsPane(), market)
    assert heads.split()[:2] == ["known", "at"]
    times = [row.split()[0] for row in rows]
    assert times == sorted(times, reverse=True)
    held = Counter(map(sort_of, findings(market).all()))
    for sort, count in held.items():
        assert f"{GLYPHS[sort]} {count} {sort}" in counts


@pytest.mark.parametrize("name", SWITCHES)
def test_a_sort_that_is_switched_off_is_not_listed(name: str) -> None:
    market = simulated()
    pane = set_all(EventsPane(), [f"{name}=off"])
    numbers = pane.numbers(market, Size(80, 24))
    word = SWITCHES[name].replace(" ", "_")
    assert not numbers[word]
    every = EventsPane().numbers(market, Size(80, 24))
    assert {**every, word: []} == numbers
    assert not any(f"possible {SWITCHES[name]} " in row for row in shown(pane, market))


def test_what_was_not_known_then_is_not_told_as_of_then() -> None:
    until = START + 200 * SECOND
    numbers = EventsPane(until=until).numbers(simulated(), Size(80, 24))
    rows = [row for rows in numbers.values() for row in cast("list[dict[str, int]]", rows)]
    assert rows
    assert all(row["ts_event"] <= until for row in rows)
    assert "as of" in shown(EventsPane(until=until), simulated())[0]
    early = shown(EventsPane(until=START - 1), simulated())
    assert any("nothing found up to" in row for row in early)


def test_numbers_are_the_findings_exactly() -> None:
    market = simulated()
    assert market.instrument is not None
    rows = cast("list[dict[str, str]]", EventsPane().numbers(market, Size(80, 24))["pulled_wall"])
    walls = [one for one in findings(market).all() if sort_of(one) is Sort.WALL]
    assert len(rows) == len(walls) > 3
    for row, wall in zip(rows, walls, strict=True):
        assert Decimal(row["price"]) == market.instrument.price(wall.ticks)
        assert Decimal(row["size"]) == market.instrument.size(abs(wall.lots))
        assert row["side"] == ("buy" if wall.lots > 0 else "sell")


def test_a_size_or_a_value_makes_an_order_large() -> None:
    prints = [(1.0, 100.0, 1.0), (2.0, 100.0, -2.5), (3.0, 100.0, 0.1)]
    for words in (["large=2.5"], ["notional=250"]):
        pane = set_all(EventsPane(), words)
        (row,) = cast(
            "list[dict[str, str]]",
            pane.numbers(market_of(prints), Size(80, 24))["large_lot"],
        )
        assert (row["size"], row["side"]) == ("2.500", "sell")


def test_a_book_that_is_not_known_to_be_right_is_said_to_be_left_out() -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    traded(market, [(1.0, 100.0, 1.0)])
    assert "levels not judged: book is SYNCING" in shown(EventsPane(), market)[1]
    status(market, FeedState.GAP, "5 lost")
    assert "levels not judged: book is GAP" in shown(EventsPane(), market)[1]
    assert "judged" not in shown(EventsPane(), simulated())[1]


@pytest.mark.parametrize(
    "word", ["levels=1", "refills=0", "wall=0", "pivot=0", "percentile=100", "percentile=1"]
)
def test_a_rule_that_means_nothing_is_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=word.partition("=")[0]):
        set_all(EventsPane(), [word])


def test_each_sort_has_a_glyph_of_its_own() -> None:
    assert set(GLYPHS) == set(Sort)
    assert len(set(GLYPHS.values())) == len(Sort)


def test_a_wide_pane_shows_the_price_with_marks_and_what_either_side_did() -> None:
    market = simulated()
    assert market.instrument is not None
    assert market.last is not None
    rows = shown(EventsPane(), market, 200, 50)
    last = str(market.instrument.price(market.last.ticks))
    assert any(row.endswith(f" {last}") for row in rows), "the price now, at its row of the axis"
    chart = [row[113:] for row in rows[2:-11]]
    assert all(any(GLYPHS[sort] in row for row in chart) for sort in (Sort.LARGE, Sort.ICEBERG))
    (head,) = [row for row in rows if "▲ buyers, bids" in row]
    began = START + 300 * SECOND - _seconds(head.partition("in these ")[2]) * SECOND
    for sort in (Sort.LARGE, Sort.WALL):
        held = [one for one in findings(market).all() if sort_of(one) is sort]
        sides = Counter(one.lots > 0 for one in held if one.ts >= began)
        (line,) = [row[113:] for row in rows[-8:] if f"possible {sort} " in row[113:]]
        told = line.partition(f"possible {sort} ")[2].split()
        assert (int(told[0]), int(told[2])) == (sides[True], sides[False])


def _seconds(text: str) -> int:
    """What `2m 36s  ...` comes to."""
    minutes, seconds = text.split()[:2]
    return 60 * int(minutes.removesuffix("m")) + int(seconds.removesuffix("s"))


def test_a_chart_ends_where_the_list_does_and_makes_way_for_it() -> None:
    market, until = simulated(), START + 200 * SECOND
    rows = shown(EventsPane(until=until), market, 200, 50)
    (head,) = [row for row in rows if "▲ buyers, bids" in row]
    assert "in these" in head
    assert "14:04" not in "".join(rows), "nothing of what came later"
    assert not any("▲ buyers" in row for row in shown(EventsPane(), market, 172, 50))


def test_lines_and_pages_lead_back_and_on_again() -> None:
    market, size = simulated(), Size(120, 40)
    scope = Scope.of(market)
    times = sorted({one.ts for one in findings(market).all()})
    pane = EventsPane()
    assert pane.stepped(scope, size, -1) == pane, "nothing is newer"
    back = pane.stepped(scope, size, 3)
    assert back.until == times[-4]
    assert shown(back, market)[3].split()[0] == clock(times[-4])
    assert back.stepped(scope, size, -2).until == times[-2]
    assert back.stepped(scope, size, -3) == pane
    assert back.stepped(scope, size, 10_000).until == times[0]
    assert replace(pane, until=times[0] - 1).stepped(scope, size, -1).until == times[0]
    assert pane.stepped(Scope.of(None), size, 1) == pane
    assert isinstance(pane, Lined)
    assert 1 <= pane.page(size) < 40
