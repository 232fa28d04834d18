"""The monitor takes keys and times and gives canvases: the whole app but for the terminal."""

from pathlib import Path

import pytest

from feeds.errors import ConfigError, DamagedRecording
from feeds.simulate import events
from market.events import FeedState, FeedStatus
from market.markets import Markets
from tests.shell import FakeShell
from tui.desk.layouts import layout_names
from tui.desk.monitor import Monitor, Now
from tui.desk.scene import MARK
from tui.drawing.canvas import Canvas
from tui.keys import actions, adjust
from tui.keys.table import COMMANDS, LAYOUTS, Command
from tui.launch import Demo, Launch, LiveMarkets, Opening
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

SECOND = 1_000_000_000
LARGE = Size(200, 50)


class _Desk:
    """A monitor with a market in it, and fingers to press its keys."""

    def __init__(self, opening: Opening | None = None, *, pane: str | None = None) -> None:
        self.shell = FakeShell()
        launch = Launch(opening or Demo(7), pane=pane)
        self.monitor = Monitor(launch, FrameClock(Governor(10)), self.shell, tip=False)
        self.time = 0.0
        self.size = LARGE

    def press(self, *keys: str) -> None:
        for key in keys:
            name = self.monitor.press(key, key if len(key) == 1 else None)
            if name is not None:
                actions.run(self.monitor, name)
            self.frame()

    def frame(self, seconds: float = 0.1) -> Canvas | None:
        self.time += seconds
        now = Now(self.time, round(self.time * SECOND))
        return self.monitor.frame(self.size, now, lambda: 0.0)

    @property
    def rows(self) -> list[str]:
        self.frame(0.0)
        canvas = self.monitor.canvas
        assert canvas is not None
        return ["".join(chr(glyph or 32) for glyph in row) for row in canvas.glyph.tolist()]

    @property
    def screen(self) -> str:
        return "\n".join(self.rows)


@pytest.fixture(scope="module")
def simulated() -> Markets:
    """A minute and a half of the simulated market."""
    markets = Markets()
    markets.apply(events(7, 90))
    return markets


@pytest.fixture
def desk(simulated: Markets) -> _Desk:
    """The demo, some time into it."""
    desk = _Desk()
    desk.monitor.session.markets = simulated
    desk.frame()
    return desk


def test_the_first_frame_needs_no_market() -> None:
    desk = _Desk()
    assert desk.frame() is not None
    assert "waiting for" in desk.screen
    assert desk.rows[-1].startswith(" ? help")


def test_a_frame_in_which_nothing_changed_is_no_frame(desk: _Desk) -> None:
    desk.frame(1.0)
    assert desk.frame(0.1) is None


def test_every_command_of_the_table_is_done_and_none_is_without_a_key() -> None:
    assert actions.ACTIONS.keys() == {command.name for command in COMMANDS}
    assert all(command.keys for command in COMMANDS)
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("size", [Size(0, 0), Size(1, 1), Size(39, 12), Size(40, 12), Size(80, 24)])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_key_fits_every_size(
    simulated: Markets,
    command: Command,
    size: Size,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tui.desk.monitor.user_pictures_path", lambda: tmp_path)
    desk = _Desk()
    desk.monitor.session.markets = simulated
    desk.size = size
    desk.frame()
    desk.press(*command.keys)
    canvas = desk.monitor.canvas
    assert canvas is not None
    assert (canvas.width, canvas.height) == size


def test_tab_goes_through_all_panes_and_back(desk: _Desk) -> None:
    seen = [desk.monitor.desk.focus]
    for _ in range(4):
        desk.press("tab")
        seen.append(desk.monitor.desk.focus)
    assert sorted(seen) == ["candles", "footprint", "heatmap", "ladder", "tape"]
    desk.press("tab")
    assert desk.monitor.desk.focus == seen[0]
    desk.press("shift+tab")
    assert desk.monitor.desk.focus == seen[-1]


def test_zoom_shows_one_pane_and_escape_ends_it(desk: _Desk) -> None:
    desk.press("z")
    assert "Heatmap" in desk.screen
    assert "Tape" not in desk.screen
    desk.press("escape")
    assert "Tape" in desk.screen


def test_where_only_one_pane_has_room_it_is_the_one_the_layout_prefers(desk: _Desk) -> None:
    desk.size = Size(40, 12)
    desk.press("escape")
    assert desk.rows[1].split()[0] == f"{MARK}Ladder"
    assert desk.monitor.desk.focus == "ladder"


def test_the_focus_is_seen_to_move_though_the_market_stands_still(desk: _Desk) -> None:
    names = desk.monitor.desk.names
    for _ in range(5):
        desk.frame(1.0)
    assert desk.frame(1.0) is None
    for _ in names:
        assert desk.screen.count(MARK) == 1
        desk.press("tab")
        focus = desk.monitor.desk.pane.title
        assert f"{MARK}{focus}" in desk.screen


def test_where_only_one_pane_has_room_tab_still_reaches_the_others(desk: _Desk) -> None:
    desk.size = Size(40, 12)
    titles = set()
    for _ in range(5):
        desk.press("tab")
        titles.add(desk.rows[1].split()[0].removeprefix(MARK))
    assert titles == {"Heatmap", "Ladder", "Tape", "Footprint", "Candles"}


def test_digits_choose_layouts_and_panes_keep_their_settings(desk: _Desk) -> None:
    desk.press("full_stop")
    timeframe = adjust.timeframe(desk.monitor.desk.panes["heatmap"])
    assert timeframe != "1s"
    desk.press("2")
    assert desk.monitor.desk.layout.name == layout_names()[1]
    desk.press("1")
    assert adjust.timeframe(desk.monitor.desk.panes["heatmap"]) == timeframe
    for number, name in enumerate(layout_names()[:LAYOUTS], start=1):
        desk.press(str(number))
        assert desk.monitor.desk.layout.name == name


def test_brackets_change_the_grouping_of_the_focused_pane_only(desk: _Desk) -> None:
    before = dict(desk.monitor.desk.panes)
    desk.press("right_square_bracket")
    coarse = desk.monitor.desk.panes["heatmap"]
    assert coarse != before["heatmap"]
    assert desk.monitor.desk.panes["ladder"] == before["ladder"]
    desk.press("left_square_bracket", "a")
    assert desk.monitor.desk.panes["heatmap"] == before["heatmap"]


def test_scrolling_back_says_how_far_and_home_returns(desk: _Desk) -> None:
    desk.press("left", "left")
    assert "back" in desk.rows[0]
    desk.press("right")
    assert "back" in desk.rows[0]
    desk.press("right")
    assert "back" not in desk.rows[0]
    desk.press("left", "up", "g")
    assert "back" not in desk.rows[0]
    assert desk.monitor.desk.pane == type(desk.monitor.desk.pane)()


def test_a_live_market_is_paused_as_a_picture_of_that_moment(simulated: Markets) -> None:
    desk = _Desk(LiveMarkets(("sim:7",)))
    desk.monitor.session.markets = simulated
    market = simulated.get("sim:7")
    assert market is not None
    desk.frame()
    desk.press("space")
    assert "PAUSED" in desk.rows[0]
    assert desk.monitor.held_at == market.clock
    desk.press("space")
    assert "PAUSED" not in desk.rows[0]


def test_an_unreachable_venue_is_said_with_a_countdown_and_the_ways_out() -> None:
    desk = _Desk(LiveMarkets(("binance-usdm:BTCUSDT",)))
    status = FeedStatus(
        "binance-usdm:BTCUSDT",
        0,
        FeedState.CONNECTING,
        "binance-usdm refuses this region (HTTP 451)",
        retry_at=90 * SECOND,
        venue="binance-usdm",
    )
    desk.monitor.session.markets.apply([status])
    assert "refuses this region" in desk.screen
    assert "next try in 90 s" in desk.screen
    desk.frame(30.0)
    assert "next try in 60 s" in desk.screen
    for way in ("try now", "other venue", "demo", "open recording"):
        assert way in desk.screen
    desk.press("d")
    assert desk.shell.sessions[-1].opening == Demo()


def test_a_live_market_that_is_well_is_not_left_for_one_wrong_key() -> None:
    desk = _Desk(LiveMarkets(("binance-usdm:BTCUSDT",)))
    desk.press("d")
    assert "Leave the live market?" in desk.screen
    desk.press("enter")
    assert not desk.shell.sessions
    desk.press("d", "down", "enter")
    assert desk.shell.sessions[-1].opening == Demo()


def test_a_damaged_recording_shows_a_notice_and_is_told_on_exit(desk: _Desk) -> None:
    desk.monitor.session.error = DamagedRecording("x.jsonl.gz", 7, "the file ends early")
    assert "x.jsonl.gz: line 7: the file ends early" in desk.screen
    assert desk.monitor.exit_error is desk.monitor.session.error


def test_the_symbol_search_watches_what_was_typed(desk: _Desk) -> None:
    desk.press("slash", *"binance:pepeusdt", "enter")
    assert desk.shell.sessions[-1].opening == LiveMarkets(("binance:PEPEUSDT",))


def test_the_symbol_search_adds_to_what_is_watched_live() -> None:
    desk = _Desk(LiveMarkets(("binance-usdm:BTCUSDT",)))
    desk.press("slash", *"ethusdt", "down", "enter")
    assert desk.monitor.session.instruments[0] == "binance-usdm:BTCUSDT"
    assert desk.monitor.instrument in ("binance:ETHUSDT", "binance-usdm:ETHUSDT")
    desk.press("n")
    assert desk.monitor.instrument == "binance-usdm:BTCUSDT"


def test_the_palette_runs_what_it_finds(desk: _Desk) -> None:
    desk.press("ctrl+p", *"only this pane", "enter")
    assert desk.monitor.desk.zoomed


def test_help_explains_the_focused_pane_and_lists_the_keys(desk: _Desk) -> None:
    desk.press("question_mark")
    assert "Resting orders over time" in desk.screen
    desk.press(*"tape")
    assert "layout tape" in desk.screen
    desk.press("escape")
    assert "Resting orders over time" not in desk.screen


def test_a_theme_is_shown_while_it_is_being_chosen_and_taken_back_by_escape(desk: _Desk) -> None:
    dark = desk.monitor.look
    desk.press("t", "end")
    assert desk.monitor.look.name != dark.name
    desk.press("escape")
    assert desk.monitor.look.name == dark.name


def test_too_small_a_screen_says_both_sizes_and_still_quits(desk: _Desk) -> None:
    desk.size = Size(30, 8)
    assert "need 40x12" in desk.screen
    assert "have 30x8" in desk.screen
    desk.press("q")
    assert desk.shell.codes == [0]


def test_one_pane_in_a_split_may_be_narrower(simulated: Markets) -> None:
    desk = _Desk(pane="tape")
    desk.monitor.session.markets = simulated
    desk.size = Size(26, 10)
    assert "Tape" in desk.screen
    assert "need" not in desk.screen


def test_a_screenshot_is_an_svg_of_what_is_seen_and_says_where(
    desk: _Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tui.desk.monitor.user_pictures_path", lambda: tmp_path / "new")
    desk.press("s")
    (picture,) = (tmp_path / "new").iterdir()
    assert picture.suffix == ".svg"
    assert "Heatmap" in picture.read_text()
    assert "picture saved" in desk.rows[-1]
    desk.frame(10.0)
    assert "picture saved" not in desk.rows[-1]


def test_a_hostile_symbol_reaches_no_cell(desk: _Desk) -> None:
    evil = "sim:\x1b]0;owned\x07\u202e\u200bX"
    markets = Markets()
    markets.apply([FeedStatus(evil, 0, FeedState.GAP, "\x1b[2Jreason\x9b31m", venue="sim")])
    desk.monitor.session.markets = markets
    desk.monitor.desk.instrument = evil
    desk.frame(1.0)
    canvas = desk.monitor.canvas
    assert canvas is not None
    glyphs = set(canvas.glyph.ravel().tolist()) - {0}
    assert all(chr(glyph).isprintable() for glyph in glyphs)


def test_asking_for_an_impossible_layout_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="flow"):
        Monitor(Launch(Demo(), layout="flwo"), FrameClock(Governor(10)), FakeShell(), tip=False)


def test_the_tip_is_there_until_any_key() -> None:
    monitor = Monitor(Launch(Demo()), FrameClock(Governor(10)), FakeShell(), tip=True)
    desk = _Desk()
    desk.monitor = monitor
    assert "Welcome" in desk.screen
    desk.press("tab")
    assert "Welcome" not in desk.screen
