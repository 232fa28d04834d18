"""The file of the user's own layouts: what is kept there is read again as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import ConfigError
from tests.shell import FakeShell
from tui.desk.arranging import Way
from tui.desk.desk import Desk
from tui.desk.layoutfile import keep_layout, written
from tui.desk.layouts import arrange, forget_layouts, layout_names, load_layout, parse_layouts
from tui.desk.monitor import Monitor
from tui.keys import actions
from tui.launch import Demo, Launch
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

WAYS: tuple[Way, ...] = ("columns", "rows")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the user's layouts are to be."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    forget_layouts()
    yield tmp_path / "tapetop" / "layouts.toml"
    monkeypatch.undo()
    forget_layouts()


@settings(max_examples=40)
@given(
    st.sampled_from(layout_names()),
    st.lists(st.tuples(st.sampled_from(WAYS), st.integers(-9, 9), st.booleans()), max_size=5),
)
def test_what_is_written_is_read_as_it_was(layout: str, done: list[tuple[Way, int, bool]]) -> None:
    desk = Desk(layout)
    for way, number, splitting in done:
        desk.arranged(200, 50)
        desk.turn(number)
        if splitting:
            desk.split(way)
        else:
            desk.resize(way, number)
    (read,) = parse_layouts("x", written("mine", desk.whole), desk.layout.minimum).values()
    assert read.root == desk.whole.root
    assert read.name == "mine"
    for area in ((200, 50), (120, 40), (80, 24)):
        assert arrange(read, *area) == arrange(desk.whole, *area)


def test_what_stood_in_the_file_stays_to_the_letter(file: Path) -> None:
    file.parent.mkdir()
    before = '# mine\n[scalp]\nkeep = ["ladder"]\npane = "ladder"   # alone\n'
    file.write_text(before, "utf-8")
    assert keep_layout("two", Desk("depth").whole) == file
    assert file.read_text("utf-8").startswith(before)
    assert layout_names()[-2:] == ["scalp", "two"]
    assert load_layout("two").root == load_layout("depth").root
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("name", ["", "two words", "x" * 21, 'a"b', "a.b", "-a", "depth"])
def test_a_name_that_cannot_be_is_refused(name: str, file: Path) -> None:
    with pytest.raises(ConfigError, match=r"is no name|there is a layout depth"):
        keep_layout(name, Desk("depth").whole)
    assert not file.exists()


def test_a_file_that_cannot_be_written_is_said(file: Path) -> None:
    file.parent.write_text("no folder")
    with pytest.raises(ConfigError, match=r"layouts\.toml: "):
        keep_layout("two", Desk("depth").whole)


def test_an_arrangement_is_kept_by_a_key_and_a_name(file: Path) -> None:
    launch = Launch(Demo(7), layout="depth")
    monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
    monitor.desk.arranged(200, 50)

    def press(*keys: str) -> None:
        for key in keys:
            command = monitor.press(key, key if len(key) == 1 else None)
            if command is not None:
                actions.run(monitor, command)

    press("vertical_line", "L", "Y", *"wide", "enter")
    assert monitor.footnote == f"kept as wide in {file}: 0 lists it, --layout wide begins with it"
    assert monitor.desk.layout.name == "wide"
    assert monitor.desk.names == ["heatmap", "heatmap 2", "ladder"]
    press("Y", *"wide", "enter")
    assert monitor.footnote == "there is a layout wide: choose another name"
    press("X", "W")
    assert monitor.desk.names == ["ladder", "heatmap"]
