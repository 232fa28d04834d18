"""Tickers: the table of instruments, its order, its search, and its keys."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace as replace_struct

from feeds.directory import Directory
from feeds.finding import known
from feeds.listing import Catalogue, Listed
from feeds.registry import find_venue
from feeds.simulate import events
from market.events import FundingRate, MarkPrice, OpenInterest, Ticker
from market.instrument import Kind
from market.market import Market
from tests.scenes import SECOND, START, lines, listed, simulated, sizes, traded
from tests.shell import FakeShell
from tui.desk.monitor import Monitor, Now
from tui.desk.shelf import Shelf
from tui.drawing.look import ColorDepth
from tui.keys import actions
from tui.launch import Demo, Launch, LiveMarkets
from tui.pane import Size
from tui.panes.tickers import Tickers
from tui.scope import Lists, Scope
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look
from tui.tickers.table import DAY, Column, live_row

LOOK = load_look("dark", ColorDepth.MONO)


def instrument(symbol: str, base: str, dollars: float | None) -> Listed:
    return Listed(symbol, Kind.SPOT, base, "USDT", volume=dollars, dollars=dollars)


LISTS = Lists(
    [
        *known(
            "binance", [instrument("WIFUSDT", "WIF", 5e6), instrument("SWIFTUSDT", "SWIFT", 9e9)]
        ),
        *known("okx", [instrument("WIF-USDT", "WIF", 7e6), instrument("WIFI-USDT", "WIFI", None)]),
    ]
)
SCOPE = Scope(simulated(), (simulated(), simulated(8)), LISTS)


def shown(pane: Tickers, scope: Scope = SCOPE) -> list[str]:
    """The instruments from the top."""
    rows = lines(pane.draw_all(scope, Size(100, 20), LOOK))[2:-1]
    return [row.strip("▸★ ").split()[0] for row in rows if row.strip()]


def stated_market() -> Market:
    """A market whose venue states a day, a mark price, funding and open interest."""
    market = Market("test:BTCUSDT")
    listed(market)
    traded(market, [(1, 100.0, 2.0), (2, 101.0, 1.0)])
    ts = START + 3 * SECOND
    market.apply(Ticker(market.id, ts, ts, 101.0, 80.0, 120.0, 70.0, 50.0, Decimal(4500)))
    market.apply(FundingRate(market.id, ts, ts, 0.0001, None))
    market.apply(MarkPrice(market.id, ts, ts, 101.0, None))
    market.apply(OpenInterest(market.id, ts, ts, 30.0))
    return market


def test_a_venue_s_own_day_is_told_and_what_is_held_of_another_span() -> None:
    row = live_row(stated_market(), DAY, None)
    assert (row.price, row.volume, row.whole) == (Decimal("101.0"), 4500.0, True)
    assert row.change == pytest.approx(26.25)
    assert row.funding == pytest.approx(0.01)
    assert row.interest == pytest.approx(3030.0)
    held = live_row(stated_market(), 60 * SECOND, None)
    assert (held.volume, held.whole) == (301.0, False)
    assert held.change == pytest.approx(1.0)
    assert live_row(stated_market(), 60 * SECOND, START + 2 * SECOND).price == 100


def test_a_change_begins_with_the_first_price_of_its_span_however_coarse_its_steps() -> None:
    market = Market("test:BTCUSDT")
    listed(market)
    traded(market, [(1, 100.0, 2.0), (2, 103.0, 1.0)])
    assert live_row(market, DAY, None).change == pytest.approx(3.0)
    assert live_row(market, 60 * SECOND, None).change == pytest.approx(3.0)


def test_a_market_of_which_nothing_came_stands_as_its_list_told() -> None:
    scope = Scope(None, (Market("okx:A-USDT"), Market("okx:X")), STOOD)
    assert shown(Tickers(sort="price"), scope) == [f"okx:{name}-USDT" for name in "ABC"]
    told = Tickers().numbers_all(scope, Size(80, 24))["instruments"]
    assert told == {}, "they are not of now"


def test_a_table_without_lists_says_how_to_get_them() -> None:
    empty = SCOPE._replace(lists=Lists())
    said = "no venue's list has been fetched yet: / offers to"
    assert said in "\n".join(lines(Tickers().draw_all(empty, Size(80, 12), LOOK)))
    assert said not in "\n".join(lines(Tickers().draw_all(SCOPE, Size(80, 12), LOOK)))
    alone = Scope(simulated(), (simulated(),))
    assert said not in "\n".join(lines(Tickers().draw_all(alone, Size(80, 12), LOOK))), "a picture"


def test_delta_is_what_was_bought_less_what_was_sold_in_percent_of_both() -> None:
    market = Market("test:BTCUSDT")
    listed(market)
    traded(market, [(1, 100.0, 2.0), (2, 101.0, 1.0), (3, 100.0, -1.0)])
    assert live_row(market, 60 * SECOND, None).delta == pytest.approx(50.0)
    assert live_row(market, 60 * SECOND, START + 2 * SECOND).delta == 100
    assert shown(Tickers(sort="delta", timeframe="1m"))[:2] == ["sim:8", "sim:7"]


def test_a_market_of_which_nothing_came_has_no_numbers() -> None:
    assert live_row(Market("test:X"), DAY, None)[2:7] == (None,) * 5


def test_rows_are_sorted_by_each_column_and_what_is_unknown_is_last() -> None:
    by_volume = shown(Tickers())
    assert by_volume[:2] == ["sim:8", "sim:7"], "ten billion dollars in eight hours"
    assert by_volume[2:] == [
        "binance:SWIFTUSDT",
        "okx:WIF-USDT",
        "binance:WIFUSDT",
        "okx:WIFI-USDT",
    ]
    assert shown(Tickers(turned=True)) == by_volume[::-1]
    names = shown(Tickers(sort="symbol"))
    assert names == sorted(names)
    assert shown(Tickers(sort="price"))[:2] == ["sim:8", "sim:7"]
    assert shown(Tickers(sort="change"))[:2] == ["sim:7", "sim:8"]
    unknown = shown(Tickers(sort="funding"))
    assert sorted(unknown) == names


def test_a_search_finds_what_is_the_word_before_what_begins_with_it_and_what_holds_it() -> None:
    assert shown(Tickers(query="wif")) == [
        "okx:WIF-USDT",
        "binance:WIFUSDT",
        "okx:WIFI-USDT",
        "binance:SWIFTUSDT",
    ]
    assert shown(Tickers(query="binance wif"))[0] == "binance:WIFUSDT"
    said = lines(Tickers(query="nothing like it").draw_all(SCOPE, Size(80, 12), LOOK))
    assert 'nothing matches "nothing like it"' in " ".join(said)


def test_favourites_can_be_shown_alone() -> None:
    marked = SCOPE._replace(favourites=frozenset({"okx:WIF-USDT", "sim:8"}))
    assert shown(Tickers(favourites=True), marked) == ["sim:8", "okx:WIF-USDT"]
    assert shown(Tickers(favourites=True, query="wif"), marked) == ["okx:WIF-USDT"]
    assert "★" in "".join(lines(Tickers().draw_all(marked, Size(80, 12), LOOK)))
    said = lines(Tickers(favourites=True).draw_all(SCOPE, Size(80, 12), LOOK))
    assert "no favourites yet" in " ".join(said)


def test_the_highlight_moves_with_its_instrument_and_stops_at_both_ends() -> None:
    pane = Tickers()
    assert pane.chosen(SCOPE) == "sim:7", "what the other panes show"
    assert pane.moved(SCOPE, 1).at == "binance:SWIFTUSDT"
    assert pane.moved(SCOPE, -9).at == "sim:8"
    last = pane.moved(SCOPE, 99)
    assert last.at == "okx:WIFI-USDT"
    assert replace(last, turned=True).chosen(SCOPE) == "okx:WIFI-USDT"
    assert Tickers(query="nothing like it").chosen(SCOPE) is None
    assert Tickers(query="nothing like it").moved(SCOPE, 1).at == ""
    assert Tickers().chosen(Scope.of(None)) is None


def test_every_size_shows_the_highlighted_row() -> None:
    for size in sizes():
        canvas = Tickers(at="okx:WIFI-USDT").draw_all(SCOPE, size, LOOK)
        assert (canvas.width, canvas.height) == size
        if size.height >= 4 and size.width >= 26:
            assert any(line.startswith("▸") and "okx:WIFI" in line for line in lines(canvas))


def test_a_listed_instrument_that_is_watched_stands_there_once() -> None:
    lists = Lists(known("sim", [instrument("7", "BTC", 1.0)]))
    assert shown(Tickers(), SCOPE._replace(lists=lists)) == ["sim:8", "sim:7"]


def stood(symbol: str, base: str, **told: float) -> Listed:
    return replace_struct(instrument(symbol, base, 1.0), **told)


STOOD = Lists(
    known(
        "okx",
        [
            stood("A-USDT", "A", last=101.5, change=3.0, funding=0.0002, interest=5e6),
            stood("B-USDT", "B", last=7.0, change=-8.5, funding=-0.0001, interest=9e9),
            stood("C-USDT", "C"),
        ],
    ),
    START,
)


@pytest.mark.parametrize(
    ("column", "order"),
    [("price", "ABC"), ("change", "ABC"), ("funding", "ABC"), ("interest", "BAC")],
)
def test_what_lists_tell_is_shown_and_sorted_by(column: Column, order: str) -> None:
    scope = Scope(None, (), STOOD)
    assert shown(Tickers(sort=column), scope) == [f"okx:{name}-USDT" for name in order]
    title, heads, *rows = lines(Tickers(sort=column).draw_all(scope, Size(120, 20), LOOK))
    assert "others as listed 2024-01-02 14:00, 24h" in title
    assert "funding" in heads
    (row,) = [row for row in rows if "okx:A-USDT" in row]
    assert row.split()[-7:] == ["101.5", "+3.00%", "1", "+0.0200%", "5M", "-", "-"]


def test_a_click_highlights_opens_marks_sorts_and_does_what_the_foot_says() -> None:
    size, pane = Size(100, 20), Tickers(at="sim:8")
    assert pane.chosen(SCOPE) == "sim:8"
    below, command = pane.clicked(SCOPE, size, 10, 3)
    assert (below.at, command) == ("sim:7", None)
    assert below.clicked(SCOPE, size, 10, 3) == (below, "choose")
    assert below.clicked(SCOPE, size, 1, 4)[1] == "favourite"
    head = lines(pane.draw_all(SCOPE, size, LOOK))[1]
    by_price, _ = pane.clicked(SCOPE, size, head.index("price"), 1)
    assert (by_price.sort, by_price.turned, by_price.at) == ("price", False, "sim:8")
    again, _ = by_price.clicked(SCOPE, size, head.index("price"), 1)
    assert (again.sort, again.turned) == ("price", True)
    named, _ = pane.clicked(SCOPE, size, head.index("instrument"), 1)
    assert named.sort == "symbol"
    foot = lines(pane.draw_all(SCOPE, size, LOOK))[-1]
    assert pane.clicked(SCOPE, size, foot.index("searches"), 19) == (pane, "table_search")
    for x, y in ((99, 19), (50, 15), (0, 0), (99, 1)):
        assert pane.clicked(SCOPE, size, x, y) == (pane, None)
    assert Tickers().clicked(Scope.of(None), size, 5, 1) == (Tickers(), None)


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    """The table alone over two simulated markets."""
    launch = Launch(Demo(7, (8,)), pane="tickers")
    found = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
    directory = Directory(tmp_path)
    venue = find_venue("okx")
    directory.save(venue, Catalogue("okx", 1, (instrument("WIF-USDT", "WIF", 7e6),), {}))
    found.shelf = Shelf(tmp_path, directory)
    for seed in (7, 8):
        found.session.markets.apply(events(seed, 5.0))
    return found


def press(monitor: Monitor, *keys: str) -> None:
    for key in keys:
        character = key if len(key) == 1 else None
        command = monitor.press(key, character)
        if command is not None:
            actions.run(monitor, command)


def table(monitor: Monitor) -> Tickers:
    pane = monitor.desk.pane
    assert isinstance(pane, Tickers)
    return pane


def test_arrows_choose_and_enter_opens_in_the_other_panes(monitor: Monitor) -> None:
    assert monitor.instrument == "sim:7"
    other = next(step for step in ("up", "down") if _after(monitor, step) == "sim:8")
    press(monitor, other, "enter")
    assert monitor.instrument == "sim:8"
    assert not monitor.desk.zoomed


def _after(monitor: Monitor, key: str) -> str | None:
    return table(monitor).moved(monitor.scope, -1 if key == "up" else 1).at


def test_enter_on_what_is_only_listed_watches_it_live(monitor: Monitor) -> None:
    press(monitor, "pagedown", "enter")
    opening = monitor.session.opening
    assert isinstance(opening, LiveMarkets)
    assert opening.instruments == ("okx:WIF-USDT",)


def test_a_favourite_is_kept_for_the_next_run(monitor: Monitor, tmp_path: Path) -> None:
    press(monitor, "pagedown", "f")
    assert "okx:WIF-USDT is a favourite" in monitor.footnote
    assert Shelf(tmp_path).favourites == {"okx:WIF-USDT"}
    press(monitor, "F")
    assert table(monitor).favourites
    press(monitor, "f")
    assert Shelf(tmp_path).favourites == frozenset()


def test_a_favourite_that_cannot_be_kept_is_no_fault(monitor: Monitor, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monitor.shelf = Shelf(blocked)
    press(monitor, "f")
    assert str(blocked) in monitor.footnote


def test_favourites_of_two_programs_are_all_kept(tmp_path: Path) -> None:
    one, other = Shelf(tmp_path), Shelf(tmp_path)
    assert (one.favourites, other.favourites) == (frozenset(), frozenset())
    assert one.toggle("okx:A")
    assert other.toggle("okx:B")
    assert Shelf(tmp_path).favourites == {"okx:A", "okx:B"}
    assert not one.toggle("okx:A")
    assert Shelf(tmp_path).favourites == {"okx:B"}


def test_favourites_that_cannot_be_read_are_left_as_they_are(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.path.write_bytes(b"okx:A\n\xff\n")
    assert shelf.favourites == frozenset()
    with pytest.raises(OSError, match="it is no text in UTF-8"):
        shelf.toggle("okx:B")
    assert shelf.path.read_bytes() == b"okx:A\n\xff\n"


def test_keys_sort_turn_and_search(monitor: Monitor) -> None:
    press(monitor, "u", "U")
    assert (table(monitor).sort, table(monitor).turned) == ("change", True)
    press(monitor, "i", *"wif", "enter")
    assert table(monitor).query == "wif"
    assert table(monitor).chosen(monitor.scope) == "okx:WIF-USDT"
    press(monitor, "i", "enter")
    assert table(monitor).query == ""
    press(monitor, "i", *"wi")
    assert table(monitor).query == "wi", "the table follows what is typed"
    press(monitor, "escape")
    assert table(monitor).query == ""


def test_escape_ends_a_search_and_shows_all_again(monitor: Monitor) -> None:
    press(monitor, "i", *"wif", "enter", "F", "escape")
    assert (table(monitor).query, table(monitor).favourites) == ("", False)


def test_another_order_is_seen_from_its_top(monitor: Monitor) -> None:
    press(monitor, "pagedown", "u")
    order = shown(table(monitor), monitor.scope)
    assert table(monitor).chosen(monitor.scope) == order[0]


def test_the_mouse_highlights_opens_and_marks(monitor: Monitor, tmp_path: Path) -> None:
    monitor.frame(Size(80, 24), Now(1.0, 0), lambda: 1.0)
    rows = shown(table(monitor), monitor.scope)
    other = next(name for name in rows if name.startswith("sim:") and name != monitor.instrument)
    y = 3 + rows.index(other)
    assert monitor.point(12, y) is None
    assert table(monitor).chosen(monitor.scope) == other
    assert monitor.point(12, y) == "choose"
    actions.run(monitor, "choose")
    assert monitor.instrument == other
    command = monitor.point(1, y)
    assert command == "favourite"
    actions.run(monitor, command)
    assert Shelf(tmp_path).favourites == {other}


def test_elsewhere_enter_zooms_and_the_table_s_keys_say_where_they_work() -> None:
    found = Monitor(Launch(Demo(7)), FrameClock(Governor(10)), FakeShell(), tip=False)
    press(found, "enter")
    assert found.desk.zoomed
    for key in "uUfFi":
        press(found, key)
        assert "tickers is" in found.footnote
    assert found.dialog is None


def test_the_table_is_drawn_anew_when_any_market_changes(monitor: Monitor) -> None:
    def frame(at: float) -> object:
        return monitor.frame(Size(80, 24), Now(at, 0), lambda: at)

    assert frame(1.0) is not None
    assert frame(1.5) is None, "nothing changed"
    market = monitor.session.market("sim:8")
    assert market is not None
    market.apply(FundingRate("sim:8", START, START, 0.0002, None))
    frame(2.0)
    assert monitor.canvas is not None
    assert "+0.0200%" in "".join(lines(monitor.canvas))
