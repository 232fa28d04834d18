"""The settings dialog, made of each pane's dataclass: steps, typing, resets, keys and mouse."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from feeds.moment import DAY
from feeds.simulate import events
from market.market import Market
from market.markets import Markets
from tests.running import in_loop
from tests.scenes import START, market_of, simulated
from tests.shell import FakeShell
from tui import actions
from tui.app import TapetopApp
from tui.clock import FrameClock
from tui.dialogs import CLOSES, Done, Opened
from tui.governor import Governor
from tui.keys import BY_KEY
from tui.launch import Demo, Launch
from tui.layouts import Node, load_layout
from tui.look import ColorDepth
from tui.monitor import Monitor, Now
from tui.pane import Pane, Size
from tui.panes.footprint import FootprintPane
from tui.panes.heatmap import Heatmap
from tui.panes.ladder import Ladder
from tui.panes.tape import TapePane
from tui.registry import PANES, pane_type
from tui.scene import MARK
from tui.scope import Scope
from tui.settings import Setting, set_one, settings_of
from tui.settingsdialog import Behind, SettingsDialog
from tui.settingsteps import PLACES, Sight, alike, reset, settings_for, stepped, word_of
from tui.settingwords import shown_word
from tui.themes import load_look

P = TypeVar("P", bound=Pane)

LOOK = load_look()
SIZE, BOX = Size(100, 30), Size(46, 40)
TYPED_ONLY = {"query"}
"""Settings that have no order: a step says that they are to be typed."""
NONSENSE = {"one": None, "two": None, "query": None, "at": None}
"""Settings that take any text: a name may be that of an instrument not watched yet."""


def every_setting() -> list[tuple[str, str]]:
    return [(kind, key) for kind in PANES for key in settings_of(pane_type(kind))]


def step(pane: P, wanted: Setting, steps: int, market: Market | None) -> P:
    """The pane a step further where two markets are watched, or none."""
    watched = (market, market_of([(1, 100.5, 0.4)])) if market is not None else ()
    return stepped(pane, wanted, steps, Sight(Scope(market, watched), SIZE, pane))


def named(kind: str, key: str) -> Setting:
    return next(one for one in settings_for(pane_type(kind)) if one.key == key)


def drawn(pane: Pane) -> None:
    canvas = pane.draw(simulated(), SIZE, LOOK)
    assert (canvas.width, canvas.height) == SIZE


@pytest.mark.parametrize(("kind", "key"), every_setting())
def test_every_setting_of_every_pane_steps_on_and_back_and_resets(kind: str, key: str) -> None:
    pane, wanted, market = pane_type(kind)(), named(kind, key), simulated()
    if wanted.idle:
        with pytest.raises(ConfigError, match="ithout effect"):
            step(pane, wanted, 1, market)
        return
    if key in TYPED_ONLY:
        with pytest.raises(ConfigError, match="Enter types"):
            step(pane, wanted, 1, market)
        return
    there = stepped_either_way(pane, wanted, market)
    assert word_of(there, key) != wanted.default
    drawn(there)
    drawn(reset(there, key))
    assert word_of(reset(there, key), key) == wanted.default


def stepped_either_way(pane: Pane, wanted: Setting, market: Market) -> Pane:
    """The pane one step on and back again, checked, and then the first of both that leads away."""
    try:
        there = step(pane, wanted, 1, market)
        drawn(there)
        back = step(there, wanted, -1, market)
    except ConfigError:
        # At the newest time or the largest value the only way is back.
        there = step(pane, wanted, -1, market)
        drawn(there)
        back = step(there, wanted, 1, market)
    drawn(back)
    if wanted.default != "auto" and wanted.key not in PLACES:
        assert word_of(back, wanted.key) == wanted.default
    return there


@pytest.mark.parametrize(("kind", "key"), every_setting())
def test_every_setting_of_every_pane_that_is_typed_wrongly_says_what_it_takes(
    kind: str, key: str
) -> None:
    dialog, shown = opened(pane_type(kind)())
    before = shown()
    go_to(dialog, key)
    if named(kind, key).choices:
        dialog.press("backspace", None)
        assert "left and right choose" in text(dialog)
    elif key in NONSENSE:
        return
    else:
        type_in(dialog, "no such thing")
        said = " ".join(text(dialog).split())
        assert any(word in said for word in ("accepted", "is not", "are all", "zone")), said
        dialog.press("escape", None)
    assert shown() == before
    drawn(shown())


@pytest.mark.parametrize(("kind", "key"), every_setting())
def test_every_setting_says_beneath_its_field_what_it_means(kind: str, key: str) -> None:
    wanted = named(kind, key)
    assert wanted.meaning.endswith("."), f"{kind}.{key} has no sentence beneath its field"
    assert len(wanted.meaning) <= 110
    assert wanted.accepted


@pytest.mark.parametrize("kind", PANES)
def test_the_dialog_of_every_pane_shows_all_its_settings_and_fits(kind: str) -> None:
    dialog, _ = opened(pane_type(kind)())
    for size in (Size(0, 0), Size(1, 1), Size(38, 6), Size(46, 22), Size(46, 60)):
        canvas = dialog.draw(size, LOOK)
        assert (canvas.width, canvas.height) == size
    shown = text(dialog, Size(46, 60))
    assert all(key in shown for key in settings_of(pane_type(kind)))
    assert "reset all" in shown
    assert f"apply to all of this kind: {kind}" in shown


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [
        ("footprint", "ratio", ["2.9", "3.0", "3.1"]),
        ("footprint", "area", ["0.65", "0.7", "0.75"]),
        ("footprint", "lookback", ["79", "80", "81"]),
        ("profile", "naked", ["9", "10", "11"]),
        ("profile", "naked", ["99", "100", "110"]),
        ("footprint", "least", ["0", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]),
        ("tape", "least_value", ["0", "100", "200", "500", "1000", "2000"]),
        ("flow", "bucket", ["auto", "0.01", "0.02"]),
        ("footprint", "bars", ["auto", "1", "2"]),
        ("heatmap", "labels", ["0", "1", "2"]),
        ("heatmap", "floor", ["0", "10", "20"]),
        ("heatmap", "contrast", ["log", "linear", "rank", "log"]),
        ("heatmap", "window", ["15m", "30m", "1h", "2h"]),
        ("footprint", "sums", ["none", "volume", "volume,delta", "volume,delta,delta%"]),
        ("tape", "zone", ["UTC", "local", "exchange", "UTC"]),
        ("tape", "timeframe", ["50t", "100t", "200t"]),
    ],
)
def test_steps_go_through_words_that_read_well_in_both_directions(
    kind: str, key: str, words: list[str]
) -> None:
    market, wanted = simulated(), named(kind, key)
    for way, path in ((1, words), (-1, words[::-1])):
        pane = set_one(pane_type(kind)(), key, path[0])
        for word in path[1:]:
            pane = step(pane, wanted, way, market)
            assert equal(word_of(pane, key), word)


def equal(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:
        return one == other


@given(st.decimals("0.001", "999999", places=3), st.sampled_from([1, -1]))
def test_a_step_of_a_size_is_never_back_and_never_more_than_fivefold(
    size: Decimal, way: int
) -> None:
    pane = FootprintPane(least=float(size))
    after = step(pane, named("footprint", "least"), way, None).least
    assert (after - pane.least) * way > 0
    assert after <= max(0.01, 5 * pane.least)
    assert after == 0 or after >= pane.least / 5


def test_a_step_beyond_what_is_accepted_says_what_is() -> None:
    wanted = named("heatmap", "labels")
    with pytest.raises(ConfigError, match="labels must be from 0 to 50"):
        step(Heatmap(labels=50), wanted, 1, None)
    with pytest.raises(ConfigError, match="no further step"):
        step(Heatmap(labels=0), wanted, -1, None)


def test_without_a_market_steps_are_made_or_refused_in_words() -> None:
    for kind, key in every_setting():
        pane, wanted = pane_type(kind)(), named(kind, key)
        said = ""
        try:
            there = step(pane, wanted, 1, None)
        except ConfigError as error:
            there, said = pane, str(error)
        moved = word_of(there, key) != wanted.default
        assert moved != any(words in said for words in ("no further step", "ithout effect"))


def test_alike_panes_look_where_they_did() -> None:
    model = Ladder(grouping=7, bars=False, center=5, until=9)
    assert alike(Ladder(center=3), model) == Ladder(grouping=7, bars=False, center=3)


def test_settings_that_change_nothing_come_last_and_say_so() -> None:
    found = settings_for(TapePane)
    assert {one.key for one in found if one.idle} == {"grouping", "center"}
    assert {one.key for one in found[-2:]} == {"grouping", "center"}


def opened(pane: Pane) -> tuple[SettingsDialog, Callable[[], Pane]]:
    """A dialog over one pane, and the pane as it is now."""
    held = [pane]

    def once(pane: Pane, wanted: Setting, steps: int) -> Pane:
        return step(pane, wanted, steps, simulated())

    def change(pane: Pane) -> None:
        held[0] = pane

    behind = Behind(lambda: held[0], simulated, change, once, lambda: "spread")
    return SettingsDialog("Settings", behind), lambda: held[0]


def text(dialog: SettingsDialog, size: Size = BOX) -> str:
    canvas = dialog.draw(size, LOOK)
    return "\n".join("".join(map(chr, row)) for row in canvas.glyph.tolist())


def go_to(dialog: SettingsDialog, key: str) -> None:
    dialog.press("home", None)
    while f"▸ {key} " not in text(dialog).replace("•", " "):
        dialog.press("down", None)


def type_in(dialog: SettingsDialog, word: str) -> None:
    dialog.press("enter", "\r")
    dialog.press("ctrl+u", None)
    for character in word:
        dialog.press(character, character)
    dialog.press("enter", "\r")


def test_arrows_change_a_setting_at_once_and_r_resets_it() -> None:
    dialog, pane = opened(FootprintPane())
    go_to(dialog, "ratio")
    dialog.press("right", None)
    assert pane() == FootprintPane(ratio=3.1)
    assert "•ratio" in text(dialog)
    dialog.press("left", None)
    dialog.press("h", "h")
    assert pane() == FootprintPane(ratio=2.9)
    dialog.press("r", "r")
    assert pane() == FootprintPane()
    assert "•ratio" not in text(dialog)


def test_space_and_enter_choose_the_next_word_of_a_closed_choice() -> None:
    dialog, pane = opened(FootprintPane())
    go_to(dialog, "content")
    dialog.press("space", " ")
    dialog.press("enter", "\r")
    assert pane() == FootprintPane(content="delta")


def test_a_digit_begins_to_type_and_escape_leaves_the_value_as_it_was() -> None:
    dialog, pane = opened(FootprintPane())
    go_to(dialog, "lookback")
    for key in "125":
        dialog.press(key, key)
    assert "125▏" in text(dialog)
    assert dialog.press("escape", None) is None
    assert pane() == FootprintPane()
    dialog.insert("250\x1b[31m")
    assert "250[31m▏" in text(dialog)
    for _ in range(4):
        dialog.press("backspace", None)
    dialog.press("enter", "\r")
    assert pane() == FootprintPane(lookback=250)


def test_a_wrong_word_stays_to_be_mended_and_changes_nothing() -> None:
    dialog, pane = opened(Heatmap())
    go_to(dialog, "merge_percent")
    type_in(dialog, "95")
    assert "merge_percent must be from 1 to 90" in text(dialog)
    assert pane() == Heatmap()
    dialog.press("backspace", None)
    assert "must be" not in text(dialog)
    dialog.press("enter", "\r")
    assert pane() == Heatmap(merge_percent=9)


@pytest.mark.parametrize(
    ("key", "word", "value"),
    [
        ("until", "14:03:19.400", START + 199_400_000_000),
        ("until", "14:03", START + 180_000_000_000),
        ("until", "14:30", START + 1_800_000_000_000 - DAY),
        ("until", "2024-01-01T10:00", START - DAY - 4 * 3_600_000_000_000),
        ("until", str(START + 7), START + 7),
        ("until", "auto", None),
        ("center", "60160.5", 120_321),
        ("cross_price", "60160", 120_320),
    ],
)
def test_times_and_prices_are_typed_and_shown_as_people_write_them(
    key: str, word: str, value: int | None
) -> None:
    dialog, pane = opened(Heatmap())
    go_to(dialog, key)
    type_in(dialog, word)
    assert getattr(pane(), key) == value
    shown = shown_word(pane(), key, simulated())
    assert equal(shown, word) or shown.startswith((word, "14:00:00", "2024-01-01T14:30"))
    assert shown in text(dialog)
    type_in(dialog, shown)
    assert abs((getattr(pane(), key) or 0) - (value or 0)) < 1_000_000


@pytest.mark.parametrize(
    ("key", "word", "says"),
    [
        ("center", "60160.3", "a price in steps of 0.5 is accepted"),
        ("center", "nan", "a price, or auto, is accepted"),
        ("center", "9e999999", "a price, or auto, is accepted"),
        ("center", "1e30", "a price, or auto, is accepted"),
        ("until", "+30s", "a time such as 14:05:30"),
        ("until", "25:00", "a time such as 14:05:30"),
    ],
)
def test_a_time_or_price_that_is_none_says_what_one_is(key: str, word: str, says: str) -> None:
    dialog, pane = opened(Heatmap())
    go_to(dialog, key)
    type_in(dialog, word)
    assert says in " ".join(text(dialog).replace("▏", "").replace("▕", "").split())
    assert pane() == Heatmap()


def test_reset_all_makes_every_setting_as_it_is_by_default() -> None:
    dialog, pane = opened(Heatmap(contrast="rank", labels=4, floor=40.0))
    dialog.press("R", "R")
    assert pane() == Heatmap()
    assert "by default" in text(dialog)


def test_the_last_rows_do_what_their_letters_do() -> None:
    dialog, pane = opened(Heatmap(labels=4))
    dialog.press("end", None)
    dialog.press("enter", "\r")
    assert "spread" in text(dialog)
    dialog.press("up", None)
    dialog.press("enter", "\r")
    assert pane() == Heatmap()


@pytest.mark.parametrize("key", ["escape", "ctrl+c", "q", "S"])
def test_the_dialog_closes_by_the_key_that_opened_it_too(key: str) -> None:
    dialog, _ = opened(Heatmap())
    assert dialog.press(key, key if len(key) == 1 else None) == Done(None)


def test_a_click_steps_to_its_side_and_on_the_value_begins_to_type() -> None:
    dialog, pane = opened(FootprintPane())
    row, right = cell_of(dialog, "strength", "▸")
    assert dialog.click(right, row) is None
    assert pane() == FootprintPane(strength=4.1)
    _, left = cell_of(dialog, "strength", "◂")
    dialog.click(left, row)
    dialog.click(left, row)
    assert pane() == FootprintPane(strength=3.9)
    dialog.click((left + right) // 2, row)
    assert "3.9▏" in text(dialog)
    content, middle = cell_of(dialog, "content", "s")
    dialog.click(middle, content)
    assert pane() == FootprintPane(strength=3.9, content="volume")
    assert "▏" not in text(dialog).splitlines()[row][1:]


def test_a_click_on_a_last_row_does_it_and_one_on_the_words_that_close_closes() -> None:
    dialog, pane = opened(Heatmap(labels=4))
    row = next(y for y, line in enumerate(text(dialog).splitlines()) if "reset all" in line)
    dialog.click(8, row)
    assert pane() == Heatmap()
    assert dialog.click(45 - len(CLOSES), 0) == Done(None)
    assert dialog.click(3, 0) is None
    assert dialog.click(3, 39) is None


def cell_of(dialog: SettingsDialog, key: str, glyph: str) -> tuple[int, int]:
    """The row of a setting and the last cell in it that shows a glyph."""
    shown = text(dialog).splitlines()
    row = next(y for y, line in enumerate(shown) if f"{key} " in line and "◂" in line)
    return row, shown[row].rindex(glyph)


@given(
    st.integers(0, 100),
    st.integers(0, 60),
    st.lists(
        st.sampled_from(
            ["down", "end", "left", "right", "enter", "backspace", "7", "R", "*", "r", "space"]
        ),
        max_size=10,
    ),
)
def test_the_dialog_fits_every_size_after_any_keys(
    width: int, height: int, keys: list[str]
) -> None:
    dialog, _ = opened(Heatmap())
    for key in keys:
        dialog.press(key, key if len(key) == 1 else None)
    size = dialog.size(width, height)
    assert size.width <= width
    assert size.height <= height
    canvas = dialog.draw(size, LOOK)
    assert (canvas.width, canvas.height) == size
    assert dialog.click(width // 2, height // 2) in (None, Done(None))


@pytest.mark.parametrize("depth", ColorDepth)
def test_the_highlight_is_seen_at_every_depth_without_its_colour(depth: ColorDepth) -> None:
    dialog, _ = opened(Heatmap(contrast="rank"))
    canvas = dialog.draw(Size(46, 22), load_look("dark", depth))
    shown = ["".join(map(chr, row)) for row in canvas.glyph.tolist()]
    assert "▸ grouping" in shown[1]
    assert "•contrast" in shown[3]


class Screen:
    """The app but for its terminal: a monitor with a market in it, and fingers."""

    def __init__(self, size: Size, *, layout: str = "default") -> None:
        launch = Launch(Demo(7), layout=layout)
        self.monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
        self.monitor.session.markets = MARKETS
        self.size, self.time = size, 0.0
        self.frame()

    def frame(self) -> None:
        self.time += 1.0
        self.monitor.frame(self.size, Now(self.time, round(self.time * 1e9)), lambda: self.time)

    @property
    def dialog(self) -> Opened:
        dialog = self.monitor.dialog
        assert dialog is not None
        return dialog

    def press(self, *keys: str) -> None:
        for key in keys:
            self.run(self.monitor.press(key, key if len(key) == 1 else None))

    def click(self, x: int, y: int) -> None:
        self.run(self.monitor.point(x, y))

    def run(self, name: str | None) -> None:
        if name is not None:
            actions.run(self.monitor, name)
        self.frame()

    @property
    def rows(self) -> list[str]:
        canvas = self.monitor.canvas
        assert canvas is not None
        return ["".join(chr(glyph or 32) for glyph in row) for row in canvas.glyph.tolist()]

    def find(self, words: str) -> tuple[int, int]:
        """The cell at which words begin."""
        y = next(y for y, row in enumerate(self.rows) if words in row)
        return self.rows[y].index(words), y


MARKETS = Markets()
MARKETS.apply(events(7, 90))


@pytest.mark.parametrize("size", [Size(40, 12), Size(80, 24), Size(120, 40), Size(200, 50)])
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("candles", "timeframe"),
        ("footprint", "timeframe"),
        ("heatmap", "timeframe"),
        ("ladder", "grouping"),
        ("tape", "timeframe"),
    ],
)
def test_the_picture_beside_the_dialog_changes_with_a_setting(
    size: Size, kind: str, key: str
) -> None:
    screen = Screen(size)
    screen.monitor.desk.focus_on(kind)
    screen.press("S")
    title = f"Settings: {type(screen.monitor.desk.pane).title}"
    x, y = screen.find(title)
    box = screen.dialog.size(size.width, size.height - 2)
    screen.press(*["down"] * [one.key for one in settings_for(pane_type(kind))].index(key))
    before, rows = screen.monitor.desk.pane, screen.rows
    screen.press("right")
    assert screen.monitor.desk.pane != before
    changed = {
        (column, row)
        for row, (one, other) in enumerate(zip(rows, screen.rows, strict=True))
        for column, pair in enumerate(zip(one, other, strict=True))
        if pair[0] != pair[1] and 0 < row < size.height - 1
    }
    inside = {(c, r) for c, r in changed if x - 3 <= c < x - 3 + box.width and y <= r}
    assert changed - inside, "the dialog hides what it changes"
    screen.press("escape")
    assert screen.monitor.dialog is None
    assert not any(title in row for row in screen.rows)


def test_a_setting_made_in_the_dialog_is_kept_as_one_made_by_a_key_is() -> None:
    by_key, by_dialog = Screen(Size(120, 40)), Screen(Size(120, 40))
    by_key.press("full_stop", "2", "1")
    by_dialog.press("S", "down", "right", "escape", "2", "1")
    assert by_key.monitor.desk.panes["heatmap"] != Heatmap()
    assert by_key.monitor.desk.panes == by_dialog.monitor.desk.panes


def test_steps_in_time_begin_at_the_moment_at_which_the_picture_was_paused() -> None:
    screen = Screen(Size(120, 40))
    market = screen.monitor.market
    assert market is not None
    screen.monitor.held_at = market.clock - 30_000_000_000
    screen.press("S", "end", "up", "up", "up", "up", "up", "left")
    until = screen.monitor.desk.panes["heatmap"].until  # type: ignore[attr-defined]  # a Heatmap
    assert 0 < until < screen.monitor.held_at


def test_the_timeframe_of_the_dialog_fetches_bars_as_the_key_does() -> None:
    asked: list[str] = []
    screen = Screen(Size(120, 40))
    screen.monitor.desk.focus_on("candles")
    screen.monitor.session.want_interval = asked.append  # type: ignore[assignment, method-assign]  # heard
    screen.press("S", "down", "right")
    assert asked == ["3m"]


def test_the_name_in_the_title_of_the_focused_pane_opens_its_settings() -> None:
    screen = Screen(Size(120, 40))
    x, y = screen.find("Candles")
    screen.click(x, y)
    assert screen.monitor.dialog is None
    assert screen.monitor.desk.focus == "candles"
    assert screen.rows[y][x - 1] == MARK
    screen.click(x - 1, y)
    assert screen.find("Settings: Candles")
    screen.click(x, y)
    assert screen.monitor.dialog is None, "a click beside the dialog closes it"


def test_clicks_and_the_wheel_in_the_dialog_are_for_it_alone() -> None:
    screen = Screen(Size(120, 40))
    screen.press("S")
    before = screen.monitor.desk.pane
    x, y = screen.find("contrast ")
    assert screen.monitor.wheel(x, y, "down") is None
    screen.frame()
    assert screen.monitor.desk.pane == before
    assert "▸" in screen.rows[screen.find("timeframe ")[1]][: screen.find("timeframe ")[0]]
    arrow = screen.rows[y].rindex("▸")
    screen.click(arrow, y)
    assert screen.monitor.desk.pane == Heatmap(contrast="linear")
    screen.click(screen.find("Esc closes")[0], screen.find("Esc closes")[1])
    assert screen.monitor.dialog is None
    assert screen.monitor.wheel(3, 5, "down") == "down"


def test_a_click_takes_a_choice_of_any_other_dialog() -> None:
    screen = Screen(Size(120, 40))
    screen.press("0")
    x, y = screen.find("ladder: ")
    screen.click(x, y)
    assert screen.monitor.dialog is None
    assert screen.monitor.desk.layout.name == "ladder"
    screen.press("t")
    screen.click(*screen.find("Esc closes"))
    assert screen.monitor.dialog is None


def test_apply_to_all_of_this_kind_sets_those_shown_and_those_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two, one = Node(pane="footprint"), Node(pane="ladder")
    usual = load_layout("default")
    layouts = {
        "default": replace(usual, root=Node(columns=(two, two, one))),
        "flow": replace(usual, name="flow", root=Node(columns=(two, two, two))),
    }
    monkeypatch.setattr("tui.desk.load_layout", lambda name: layouts[name])
    screen = Screen(Size(160, 40))
    desk = screen.monitor.desk
    assert desk.names == ["footprint", "footprint 2", "ladder"]
    screen.press("S")
    assert screen.find("Settings: Footprint ")
    desk.panes["footprint 2"] = FootprintPane(center=120_000)
    desk.panes["footprint"] = FootprintPane(ratio=5.0, until=90, center=5)
    screen.press("*")
    assert desk.panes["footprint 2"] == FootprintPane(ratio=5.0, center=120_000)
    assert desk.panes["ladder"] == Ladder()
    assert any("set alike: footprint 2" in row for row in screen.rows)
    screen.press("escape")
    desk.choose("flow")
    assert desk.panes["footprint 3"] == FootprintPane(ratio=5.0)


def test_apply_to_all_says_where_there_is_no_other_of_the_kind() -> None:
    screen = Screen(Size(120, 40))
    screen.press("S", "*")
    assert any("every heatmap opened from now on" in row for row in screen.rows)


def test_the_key_is_in_help_and_palette_and_on_the_bottom_row() -> None:
    assert BY_KEY["S"].name == "settings"
    screen = Screen(Size(120, 40))
    assert "S settings" in screen.rows[-1]
    screen.press("ctrl+p", *"settings of")
    screen.press("enter")
    assert screen.find("Settings: Heatmap")


@in_loop
async def test_the_app_shows_changes_and_closes_the_dialog_by_keys_and_mouse() -> None:
    app = TapetopApp(Launch(Demo(7)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("S", "down", "right")
        desk = app.monitor.desk
        assert desk.panes[desk.focus] == set_one(type(desk.pane)(), "timeframe", "5s")
        await pilot.press("escape")
        assert app.monitor.dialog is None
        await pilot.click(offset=(2, 1))
        assert app.monitor.dialog is not None
        await pilot.click(offset=(2, 0))
        assert app.monitor.dialog is None
