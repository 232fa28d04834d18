"""The text in which a desk is kept: whatever was arranged is read again, whatever else is said."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import ConfigError
from tests.desks import BTC
from tests.shell import FakeShell
from tui.desk import arranging
from tui.desk.desk import Desk
from tui.desk.keeping import Kept, take_up, taken
from tui.desk.kept import (
    FORMAT,
    PRICED,
    Foreign,
    Group,
    Live,
    Screen,
    State,
    layout_of,
    pane_named,
    parse,
    screen_of,
    settings_set,
    with_settings,
    written,
)
from tui.desk.layouts import Node, layout_names, load_layout
from tui.desk.monitor import Monitor, Now
from tui.launch import Demo, Launch, LiveMarkets
from tui.pane import Pane, Size
from tui.registry import PANES, pane_type
from tui.settings.steps import PLACES, settings_for
from tui.settings.words import Setting, set_one, settings_of
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

TEXTS = st.text(max_size=12)
HEAD = f"format = {FORMAT}\n"


def words(setting: Setting) -> st.SearchStrategy[str]:
    """Words for a setting, most of which it takes."""
    if setting.choices:
        return st.sampled_from(setting.choices)
    if setting.numeric:
        numbers = st.integers(0, 1000) if setting.whole else st.floats(0, 1000)
        return st.one_of(numbers.map(str), st.just("auto"))
    lengths = st.sampled_from(["auto", "200ms", "2s", "7m", "3h", "100t", "50v", "20r", "20,e50"])
    return st.one_of(lengths, TEXTS)


@st.composite
def panes(draw: st.DrawFn) -> Pane:
    """A pane of any kind with any settings that it takes."""
    pane = pane_type(draw(st.sampled_from(sorted(PANES))))()
    for setting in settings_for(type(pane)):
        if draw(st.booleans()):
            try:
                pane = set_one(pane, setting.key, draw(words(setting)))
            except ConfigError:
                continue
    return pane


def unplaced(pane: Pane) -> Pane:
    """The pane as it is kept: looking nowhere in particular."""
    usual = type(pane)()
    gone = {name: getattr(usual, name) for name in settings_of(type(pane)) if name in PLACES}
    gone.pop("anchored", None)
    return replace(pane, **gone)  # type: ignore[type-var]  # panes are dataclasses


@settings(max_examples=40)
@given(panes())
def test_every_pane_is_as_it_was_but_for_where_it_looked(pane: Pane) -> None:
    plain, priced = settings_set(pane, priced=False), settings_set(pane, priced=True)
    state = State(panes={"x 2": plain}, live=Live(panes={pane.kind: priced}))
    again, unknown = parse(written(state))
    assert unknown == []
    assert again.panes.keys() == {"x 2"}
    found, left = with_settings(type(pane)(), {**again.panes["x 2"], **priced})
    assert left == []
    assert found == unplaced(pane)
    assert set(priced) <= PRICED
    assert not PRICED.intersection(plain)


@pytest.mark.parametrize("kind", PANES)
def test_a_pane_as_by_default_has_nothing_to_keep(kind: str) -> None:
    pane = pane_type(kind)()
    assert settings_set(pane, priced=False) == settings_set(pane, priced=True) == {}


SCALARS = st.one_of(TEXTS, st.integers(-(10**18), 10**18), st.booleans(), st.floats(-1e9, 1e9))
TABLES = st.dictionaries(TEXTS, SCALARS, max_size=3)
NAMES = st.lists(TEXTS, max_size=3).map(tuple)
STATES = st.builds(
    State,
    theme=TEXTS,
    zone=TEXTS,
    sizes=TEXTS,
    screen=st.builds(Screen, layout=TEXTS, focus=TEXTS, zoomed=st.booleans(), keep=NAMES),
    panes=st.dictionaries(TEXTS, TABLES, max_size=3),
    kinds=st.dictionaries(TEXTS, TABLES, max_size=2),
    groups=st.dictionaries(
        TEXTS, st.builds(Group, panes=NAMES, crosshair=st.booleans()), max_size=3
    ),
    live=st.builds(
        Live,
        watched=NAMES,
        shown=TEXTS,
        pins=st.dictionaries(TEXTS, TEXTS, max_size=2),
        panes=st.dictionaries(TEXTS, TABLES, max_size=2),
    ),
)


SEEN = st.one_of(TEXTS, st.sampled_from(["heatmap", "tape", "tape 2", "A", "B", "sim:7", BTC]))
TOLD = st.dictionaries(
    st.one_of(TEXTS, st.sampled_from(["timeframe", "grouping", "floor", "until", "anchored"])),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=1), st.sampled_from(["5m", "auto"])),
    max_size=3,
)
NODES = st.recursive(
    st.builds(Node, pane=SEEN, weight=st.integers(-1, 10**9), most=st.integers(-1, 9)),
    lambda nodes: st.builds(
        Node,
        rows=st.lists(nodes, max_size=3).map(tuple),
        columns=st.one_of(st.just(()), st.lists(nodes, max_size=2).map(tuple)),
    ),
    max_leaves=5,
)
SPOILED = st.builds(
    State,
    theme=st.one_of(TEXTS, st.just("light"), st.just("x" * 5000)),
    zone=st.one_of(TEXTS, st.just("Asia/Tokyo")),
    sizes=st.one_of(TEXTS, st.just("quote")),
    screen=st.builds(
        Screen,
        layout=st.one_of(TEXTS, st.just("flow")),
        focus=SEEN,
        zoomed=st.booleans(),
        keep=st.lists(SEEN, max_size=2).map(tuple),
        rows=st.lists(NODES, max_size=2).map(tuple),
    ),
    panes=st.dictionaries(SEEN, TOLD, max_size=3),
    kinds=st.dictionaries(SEEN, TOLD, max_size=2),
    groups=st.dictionaries(
        SEEN, st.builds(Group, panes=st.lists(SEEN, max_size=3).map(tuple)), max_size=3
    ),
    live=st.builds(
        Live,
        watched=st.lists(SEEN, max_size=2).map(tuple),
        shown=SEEN,
        pins=st.dictionaries(SEEN, SEEN, max_size=2),
        groups=st.dictionaries(SEEN, SEEN, max_size=2),
        panes=st.dictionaries(SEEN, TOLD, max_size=2),
    ),
)


@settings(max_examples=60)
@given(SPOILED, st.booleans())
def test_whatever_a_file_says_the_program_starts_and_draws(state: State, live: bool) -> None:
    opening = LiveMarkets((BTC, "sim:7")) if live else Demo(7)
    monitor = Monitor(Launch(opening), FrameClock(Governor(10)), FakeShell(), tip=False)
    passed = take_up(monitor, Kept(Path("desk.toml"), state))
    assert all(isinstance(word, str) for word in passed)
    assert monitor.frame(Size(80, 24), Now(1.0, 1), lambda: 0.0) is not None
    assert not monitor.faults.ever
    assert monitor.desk.focus in monitor.desk.names
    again, _ = parse(written(taken(monitor)))
    assert again == taken(monitor)


@given(STATES)
def test_whatever_the_words_a_state_is_read_as_it_was_written(state: State) -> None:
    text = written(state)
    assert parse(text) == (state, [])
    assert written(parse(text)[0]) == text
    assert tomllib.loads(text)["format"] == FORMAT


def test_the_file_can_be_read_by_people() -> None:
    state = State(
        theme="light",
        screen=Screen("flow", "tape 2", zoomed=True),
        panes={"heatmap": {"timeframe": "5s", "labels": 3}, "tape 2": {"least_size": 0.5}},
        groups={"A": Group(("heatmap", "ladder"), timeframe=True)},
        live=Live(("binance:BTCUSDT",), pins={"tape 2": "binance:BTCUSDT"}),
    )
    body = written(state).split(HEAD)[1]
    assert body == (
        'theme = "light"\n\n'
        '[screen]\nlayout = "flow"\nfocus = "tape 2"\nzoomed = true\n\n'
        '[panes.heatmap]\ntimeframe = "5s"\nlabels = 3\n\n'
        '[panes."tape 2"]\nleast_size = 0.5\n\n'
        '[groups.A]\npanes = ["heatmap", "ladder"]\ntimeframe = true\n\n'
        '[live]\nwatched = ["binance:BTCUSDT"]\n\n'
        '[live.pins]\n"tape 2" = "binance:BTCUSDT"\n'
    )


STEPS = st.tuples(st.integers(0, 9), st.sampled_from(["split", "close", "show", "exchange"]))


@given(st.sampled_from(layout_names()), st.lists(STEPS, max_size=6))
def test_every_arrangement_is_as_it_was(name: str, steps: list[tuple[int, str]]) -> None:
    desk = Desk(name)
    desk.arranged(400, 200)
    for turns, deed in steps:
        desk.turn(turns)
        match deed:
            case "split":
                desk.split("columns" if turns % 2 else "rows")
            case "close":
                desk.close()
            case "show":
                desk.show(sorted(PANES)[turns])
            case _:
                desk.exchange()
    screen = screen_of(desk.layout, desk.focus, desk.zoomed)
    state, _ = parse(written(State(screen=screen)))
    assert layout_of(state.screen) == desk.layout
    assert bool(state.screen.keep) == (desk.layout != load_layout(name))


def test_a_resized_layout_is_as_it_was() -> None:
    desk = Desk("default")
    desk.arranged(200, 48)
    assert desk.resize("columns", 8)
    state, _ = parse(written(State(screen=screen_of(desk.layout, "", False))))
    assert layout_of(state.screen) == desk.layout != load_layout("default")


@pytest.mark.parametrize(
    ("screen", "word"),
    [
        (Screen("nowhere"), "layout nowhere"),
        (Screen("mine", pane="crystal"), "pane crystal"),
        (Screen("mine", pane="tape", keep=("crystal",)), ""),
    ],
)
def test_an_arrangement_of_another_version_is_named(screen: Screen, word: str) -> None:
    if not word:
        assert layout_of(screen).kinds == ("tape",)
        return
    with pytest.raises(ConfigError, match=word):
        layout_of(screen)


def test_an_arrangement_of_more_panes_than_find_room_is_refused() -> None:
    many = "[screen]\nrows = [" + "{ pane = 'tape' }, " * (2 * arranging.MOST + 1) + "]"
    state, _ = parse(HEAD + many)
    with pytest.raises(ConfigError, match="arrangement"):
        layout_of(state.screen)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "format = 99\n",
        "x = 1\n",
        "[screen]\n",
        "{}",
        HEAD + "theme = 5\n",
        HEAD + "panes = 7\n",
        HEAD + "[groups.A]\npanes = 5\n",
        HEAD + "[screen",
        "a = " + "[" * 5000,
        HEAD + f"x = {'9' * 5000}\n",
        "\x00\x1b[31m",
    ],
)
def test_what_is_foreign_or_damaged_says_why(text: str) -> None:
    with pytest.raises(Foreign, match=r"\w"):
        parse(text)


@given(st.text())
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for told in (text, HEAD + text):
        try:
            state, _ = parse(told)
        except Foreign:
            continue
        assert isinstance(state, State)


def test_what_another_version_wrote_is_named_and_the_rest_is_read() -> None:
    state, unknown = parse(HEAD + 'smell = "roses"\ntheme = "light"\n[moods]\nx = 1\n')
    assert (state.theme, unknown) == ("light", ["smell", "moods"])
    pane, left = with_settings(
        pane_type("tape")(), {"least_size": 2, "tempo": "fast", "bar": [1], "timeframe": "soon"}
    )
    assert sorted(left) == ["bar", "tempo", "timeframe"]
    assert getattr(pane, "least_size", 0) == 2.0


@pytest.mark.parametrize("wanted", [{"floor": 96, "ceiling": 97}, {"ceiling": 20, "floor": 10}])
def test_settings_that_are_possible_only_together_are_read_in_any_order(
    wanted: Mapping[str, object],
) -> None:
    pane, left = with_settings(pane_type("heatmap")(), wanted)
    assert left == []
    assert {name: getattr(pane, name) for name in wanted} == wanted


@pytest.mark.parametrize("name", ["crystal", "tape x", "tape ", "", " ", "tape 2 3", "Tape"])
def test_a_name_that_no_pane_has_is_none(name: str) -> None:
    assert pane_named(name) is None
