"""What is promised of one pane is tested of all in the registry."""

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from feeds.errors import ConfigError
from market.events import FeedState, FeedStatus
from market.market import Market
from market.markets import Markets
from tests.scenes import (
    NAME,
    SECOND,
    START,
    lines,
    listed,
    quoted,
    same,
    simulated,
    sizes,
    status,
    traded,
)
from tests.shell import FakeShell
from tui.desk.monitor import Monitor, Now
from tui.desk.shelf import Shelf
from tui.desk.sketches import Sketches
from tui.drawing.look import ColorDepth, Look
from tui.export import text
from tui.keys import actions, adjust
from tui.keys.table import COMMANDS
from tui.launch import Demo, Launch
from tui.pane import Pane, Size
from tui.registry import PANES, pane_type
from tui.settings.steps import Sight, settings_for, stepped
from tui.settings.words import set_one, settings_of
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look

PRESSED = [
    command.name
    for command in COMMANDS
    if command.group in ("Draw", "Scale", "Move", "Table")
    or command.name in ("escape", "pair", "settings")
]
"""The commands whose keys are a pane's."""
GOLDEN = Path(__file__).parent / "golden"
LOOK = load_look("dark", ColorDepth.TRUE)
HOSTILE = "test:\x1b[31m\u202eEVIL\u200b漢字\x9b2J\x00\n"


@pytest.fixture(params=PANES)
def pane(request: pytest.FixtureRequest) -> Pane:
    """Every pane of the registry as it is without settings."""
    return pane_type(request.param)()


def small_market(name: str = NAME, state: FeedState = FeedState.LIVE) -> Market:
    market = Market(name)
    listed(market)
    status(market, state)
    quoted(market, [(100.0, 2.0), (99.5, 1.0)], [(100.5, 3.0), (101.0, 1.0)])
    traded(market, [(1, 100.5, 0.4), (2, 100.0, -0.2), (3, 100.5, 1.0)])
    return market


def fingerprint(market: Market) -> object:
    book = market.book
    depth = market.depth
    return (
        market.counts,
        market.clock,
        market.status,
        market.trades.first,
        market.trades.end,
        None if book is None else book.top(10_000),
        None if depth is None else depth.view(SECOND, market.clock, 30, 1, 0, 300).bid.tolist(),
    )


def test_every_pane_fits_every_size(pane: Pane) -> None:
    market = simulated()
    for size in sizes():
        canvas = pane.draw(market, size, LOOK)
        assert (canvas.width, canvas.height) == size


def test_every_pane_fits_every_size_without_a_market_and_with_an_empty_one(pane: Pane) -> None:
    for market in (None, Market(NAME)):
        for size in sizes():
            canvas = pane.draw(market, size, LOOK)
            assert (canvas.width, canvas.height) == size


def little(prints: int | None) -> Markets:
    """A market of so many trades and no book, or not even the name of one."""
    markets = Markets()
    if prints is not None:
        markets.apply([FeedStatus(NAME, START, FeedState.LIVE, venue="test")])
        market = markets.get(NAME)
        assert market is not None
        listed(market)
        traded(market, [(1.0 + number, 100.0, 0.5) for number in range(prints)])
    return markets


@pytest.mark.parametrize("size", [(0, 0), (0, 20), (60, 0), (1, 1), (9, 4), (80, 24)])
@pytest.mark.parametrize("prints", [None, 0, 1])
def test_every_pane_takes_every_key_and_click_however_little_there_is(
    pane: Pane, prints: int | None, size: tuple[int, int], tmp_path: Path
) -> None:
    launch, room = Launch(Demo(7), pane=pane.kind), Size(*size)
    monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
    monitor.session.markets, monitor.shelf = little(prints), Shelf(tmp_path)
    monitor.sketches = Sketches(tmp_path / "drawings.toml")
    monitor.frame(room, Now(0.0, START), lambda: 0.0)
    far = room.width - 1, room.height - 1
    for name in PRESSED:
        # As the pane comes, in a pause, and looking at another time and price.
        for looked in (pane, adjust.held(pane, START), set_one(pane, "center", "7")):
            monitor.desk.panes[pane.kind], monitor.dialog = looked, None
            for _ in range(2):
                actions.run(monitor, name)
            monitor.measure((0, 0), far)
            for x, y in ((0, 0), far, (room.width // 2, room.height // 2)):
                monitor.point(x, y)
    monitor.frame(room, Now(9.0, START), lambda: 0.0)
    assert not monitor.faults.lines()
    for setting in settings_for(type(pane)):
        for steps in (1, -1):
            sight = Sight(monitor.scope, room, pane)
            with suppress(ConfigError):
                assert stepped(pane, setting, steps, sight) != pane


def test_a_picture_follows_from_settings_market_and_size_alone(pane: Pane) -> None:
    market = simulated()
    again = pane_type(pane.kind)()
    for size in (Size(80, 24), Size(30, 12), Size(120, 40)):
        assert same(pane.draw(market, size, LOOK), again.draw(market, size, LOOK))


def test_drawing_changes_nothing(pane: Pane) -> None:
    market = simulated()
    before = fingerprint(market)
    for size in (Size(0, 0), Size(17, 9), Size(200, 50)):
        pane.draw(market, size, LOOK)
        pane.numbers(market, size)
    assert fingerprint(market) == before


@pytest.mark.parametrize("depth", ColorDepth)
@pytest.mark.parametrize("theme", ["dark", "light", "colorblind"])
def test_every_cell_is_a_colour_of_the_look(pane: Pane, depth: ColorDepth, theme: str) -> None:
    look = load_look(theme, depth)
    canvas = pane.draw(simulated(), Size(100, 30), look)
    assert canvas.fg.max() < len(look.palette)
    assert canvas.bg.max() < len(look.palette)


def test_an_empty_pane_says_what_it_waits_for_and_why(pane: Pane) -> None:
    said = " ".join(" ".join(lines(pane.draw(Market(NAME), Size(80, 24), LOOK))).split())
    assert "waiting for" in said
    assert NAME in said
    assert "CONNECTING" in said
    assert "waiting for" in " ".join(lines(pane.draw(None, Size(80, 24), LOOK)))


def test_the_title_names_pane_and_instrument(pane: Pane) -> None:
    title = lines(pane.draw(simulated(), Size(80, 24), LOOK))[0]
    assert title.split()[0] == pane.title
    assert "sim:7" in title


def test_a_bad_feed_is_worded_on_every_pane(pane: Pane) -> None:
    market = small_market()
    status(market, FeedState.GAP, "5 updates lost")
    for size in (Size(40, 12), Size(120, 40)):
        assert "GAP" in lines(pane.draw(market, size, LOOK))[0]
    assert "5 updates lost" in lines(pane.draw(market, Size(120, 40), LOOK))[0]


def test_a_live_feed_needs_no_words(pane: Pane) -> None:
    title = lines(pane.draw(small_market(), Size(120, 40), LOOK))[0]
    assert not any(state.value in title.split() for state in FeedState)


def test_a_hostile_symbol_reaches_no_terminal(pane: Pane) -> None:
    market = small_market(HOSTILE)
    for size in (Size(80, 24), Size(30, 9), Size(22, 12)):
        for market_or_empty in (market, Market(HOSTILE)):
            canvas = pane.draw(market_or_empty, size, LOOK)
            shown = "".join(lines(canvas))
            assert shown.isprintable()
            assert "\u202e" not in shown


def test_every_pane_shows_something_at_its_smallest(pane: Pane) -> None:
    shown = lines(pane.draw(simulated(), pane.minimum, LOOK))
    assert sum(1 for line in shown[1:] if line.strip()) >= 3


@pytest.mark.parametrize("until", [1, START - 1, START, START + 90 * SECOND, 1 << 62])
@pytest.mark.parametrize("center", [None, 0, 120_000, 10**12])
def test_every_time_and_price_can_be_looked_at(pane: Pane, until: int, center: int | None) -> None:
    there = set_one(pane, "until", str(until))
    there = set_one(there, "center", "auto" if center is None else str(center))
    for size in (Size(80, 24), Size(9, 4)):
        canvas = there.draw(simulated(), size, LOOK)
        assert (canvas.width, canvas.height) == size
    there.numbers(simulated(), Size(80, 24))


@pytest.mark.parametrize("grouping", [1, 7, 1000, 10**12])
@pytest.mark.parametrize("timeframe", ["100ms", "1s", "1m", "1d", "10t"])
def test_every_grouping_and_timeframe_can_be_set(pane: Pane, grouping: int, timeframe: str) -> None:
    set_up = set_one(pane, "grouping", str(grouping))
    if pane.kind != "heatmap" or not timeframe.endswith(("t", "d")):
        set_up = set_one(set_up, "timeframe", timeframe)
    canvas = set_up.draw(simulated(), Size(80, 24), LOOK)
    assert (canvas.width, canvas.height) == (80, 24)


def test_numbers_are_exact_decimal_strings_and_whole_nanoseconds(pane: Pane) -> None:
    content = msgspec.json.encode(pane.numbers(simulated(), Size(80, 24)))

    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is a float")

    numbers = json.loads(content, parse_float=refuse)
    assert _count_decimals(numbers) > 30


def _count_decimals(value: object) -> int:
    match value:
        case str():
            return int(Decimal(value).is_finite()) if value not in ("buy", "sell") else 0
        case dict():
            return sum(map(_count_decimals, value.values()))
        case list():
            return sum(map(_count_decimals, value))
        case _:
            return 0


def test_numbers_of_an_empty_market_are_empty(pane: Pane) -> None:
    numbers = pane.numbers(Market(NAME), Size(80, 24))
    assert numbers
    assert not any(numbers.values())


def test_shared_settings_come_first_in_one_order() -> None:
    for kind in PANES:
        assert list(settings_of(pane_type(kind)))[:4] == [
            "grouping",
            "timeframe",
            "until",
            "center",
        ]


@pytest.mark.parametrize("size", [Size(80, 24), Size(120, 40), Size(200, 50)])
def test_the_picture_is_the_golden_one(pane: Pane, size: Size, update_golden: bool) -> None:
    look: Look = load_look("dark", ColorDepth.MONO)
    picture = text(pane.draw(simulated(), size, look))
    golden = GOLDEN / f"{pane.kind}_{size.width}x{size.height}.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(picture, "utf-8")
    assert picture == golden.read_text("utf-8"), (
        "the picture differs; if that is right: pytest tests/test_panes.py --update-golden"
    )
