"""Layouts of the user's own: renamed, deleted, copied, put in order; the rest stays as it is."""

import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from tests.shell import FakeShell
from tui.desk.layoutedit import delete_layout, move_layout, rename_layout
from tui.desk.layoutfile import keep_layout
from tui.desk.layouts import forget_layouts, is_own, layout_names, load_layout
from tui.desk.monitor import Monitor, Now
from tui.keys import actions
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

OURS = layout_names()
FILE = """\
# My layouts.

[minimum]
tape = [26, 8]   # narrow

# For the opening.
[scalp]   # quick
keep = ["ladder"]
columns = [
  { pane = "ladder" },
  { pane = "tape" },
]

["two"]
pane = "tape"

[[deep.rows]]
pane = "heatmap"
[[deep.rows]]
pane = "ladder"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the user's layouts."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "tapetop" / "layouts.toml"
    path.parent.mkdir()
    path.write_text(FILE, "utf-8")
    forget_layouts()
    yield path
    monkeypatch.undo()
    forget_layouts()


def test_renaming_changes_the_name_and_nothing_else(file: Path) -> None:
    roots = {name: load_layout(name).root for name in ("scalp", "two", "deep")}
    for name in roots:
        rename_layout(name, f"new-{name}")
    text = file.read_text("utf-8")
    assert text.replace("new-", "") == FILE.replace('"two"', "two")
    assert layout_names() == [*OURS, "new-scalp", "new-two", "new-deep"]
    assert {name: load_layout(f"new-{name}").root for name in roots} == roots


def test_deleting_takes_a_layout_and_the_remarks_above_it(file: Path) -> None:
    delete_layout("deep")
    delete_layout("scalp")
    assert file.read_text("utf-8") == (
        '# My layouts.\n\n[minimum]\ntape = [26, 8]   # narrow\n\n["two"]\npane = "tape"\n\n'
    )
    assert layout_names() == [*OURS, "two"]


@given(moves=st.lists(st.tuples(st.integers(0, 30), st.integers(-12, 12)), min_size=1, max_size=4))
def test_layouts_go_where_they_are_moved_and_keys_follow(
    moves: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("config")
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        path = folder / "tapetop" / "layouts.toml"
        path.parent.mkdir()
        path.write_text(FILE, "utf-8")
        forget_layouts()
        expected = layout_names()
        for number, steps in moves:
            name = expected[number % len(expected)]
            at = expected.index(name)
            expected.remove(name)
            expected.insert(min(max(0, at + steps), len(expected)), name)
            move_layout(name, steps)
            assert layout_names() == expected
        raw = tomllib.loads(path.read_text("utf-8"))
        assert raw.pop("order") == expected
        assert raw == tomllib.loads(FILE)
        assert path.read_text("utf-8").startswith("# My layouts.\n\norder = [")
    forget_layouts()


def test_an_order_is_kept_through_renaming_and_deleting(file: Path) -> None:
    move_layout("two", -20)
    rename_layout("two", "first")
    assert layout_names()[:2] == ["first", OURS[0]]
    delete_layout("first")
    assert layout_names() == [*OURS, "scalp", "deep"]


def test_a_layout_in_the_place_of_ours_gives_it_back(file: Path) -> None:
    file.write_text('[flow]\npane = "tape"\n', "utf-8")
    forget_layouts()
    assert (is_own("flow"), load_layout("flow").kinds) == (True, ("tape",))
    rename_layout("flow", "mine")
    assert layout_names() == [*OURS, "mine"]
    assert len(load_layout("flow").kinds) > 1


def test_an_order_may_be_made_where_there_is_no_file(file: Path) -> None:
    file.unlink()
    forget_layouts()
    move_layout(OURS[2], -2)
    assert layout_names() == [OURS[2], *OURS[:2], *OURS[3:]]
    keep_layout("mine", load_layout("flow"))
    assert layout_names()[-1] == "mine"


def test_ours_stay(file: Path) -> None:
    for change in (partial(delete_layout, "flow"), partial(rename_layout, "flow", "mine")):
        with pytest.raises(ConfigError, match="flow is one of ours"):
            change()
    assert file.read_text("utf-8") == FILE


@pytest.mark.parametrize("name", ["two", "flow", "order", "minimum", "two words", ""])
def test_a_name_that_cannot_be_is_refused(name: str, file: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is a layout|is no name|means something else"):
        rename_layout("scalp", name)
    assert file.read_text("utf-8") == FILE


def test_a_file_that_only_its_writer_understands_is_left_as_it_is(file: Path) -> None:
    text = 'inline = { pane = "tape" }\n'
    file.write_text(text, "utf-8")
    forget_layouts()
    for change in (partial(delete_layout, "inline"), partial(rename_layout, "inline", "x")):
        with pytest.raises(ConfigError, match="only you can change by hand"):
            change()
    assert file.read_text("utf-8") == text
    move_layout("inline", -1)
    assert layout_names()[-2:] == ["inline", OURS[-1]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('order = ["flwo"]', r'order: unknown layout "flwo" \(did you mean "flow"\?\)'),
        ("order = 3", "order: Expected `array`"),
    ],
)
def test_a_mistake_in_the_order_is_told(text: str, words: str, file: Path) -> None:
    file.write_text(text, "utf-8")
    forget_layouts()
    with pytest.raises(ConfigError, match=words):
        layout_names()


def test_a_file_that_cannot_be_written_is_said(file: Path) -> None:
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("no folder")
    forget_layouts()
    with pytest.raises(ConfigError, match=r"layouts\.toml: "):
        move_layout("flow", -1)


class Hands:
    """The screen, and fingers."""

    def __init__(self) -> None:
        launch = Launch(Demo(7), layout="scalp")
        self.monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
        self.time = 0.0

    def press(self, *keys: str) -> str:
        """Press keys; return what is on the screen."""
        for key in keys:
            name = self.monitor.press(key, key if len(key) == 1 else None)
            if name is not None:
                actions.run(self.monitor, name)
            self.time += 1.0
            self.monitor.frame(Size(120, 40), Now(self.time, 0), lambda: self.time)
        canvas = self.monitor.canvas
        assert canvas is not None
        return "\n".join("".join(chr(mark or 32) for mark in row) for row in canvas.glyph.tolist())


def test_the_list_of_layouts_takes_keys(file: Path) -> None:
    hands = Hands()
    assert "K up   J down" in hands.press("0")
    screen = hands.press("r", "ctrl+u", *"deep", "enter")
    assert "there is a layout deep" in screen
    assert "Rename scalp" in screen, "a name that is refused can be mended"
    hands.press("ctrl+u", *"quick", "enter")
    assert hands.monitor.desk.layout.name == "quick"
    hands.press("K", "K", "K", "c", "ctrl+u", *"again", "enter")
    assert layout_names() == [*OURS[:-3], "quick", *OURS[-3:], "two", "deep", "again"]
    assert load_layout("again").root == load_layout("quick").root
    assert "Delete the layout again?" in hands.press("x")
    hands.press("enter", "x", "down", "enter")
    assert "again" not in layout_names()
    hands.press("escape", "0", "7")
    assert hands.monitor.desk.layout.name == "quick"
    assert hands.monitor.dialog is None


def test_the_list_of_layouts_leaves_ours_as_they_are(file: Path) -> None:
    hands = Hands()
    assert "default is one of ours" in hands.press("0", "home", "r")
    assert "default is one of ours" in hands.press("x")
    hands.press("c", "ctrl+u", *"mine", "enter", "enter")
    assert hands.monitor.desk.layout == load_layout("mine")
    assert load_layout("mine").root == load_layout("default").root


def test_letters_search_a_list_with_keys_after_a_slash(file: Path) -> None:
    hands = Hands()
    screen = hands.press("0", "/", *"dee")
    assert "deep: deep" in screen
    assert "scalp" not in screen
    hands.press("enter")
    assert hands.monitor.desk.layout.name == "deep"


@pytest.mark.parametrize("damaged", [b"[two", b"\xff\xfe", b"[two]\npane = 3\n"])
def test_a_file_damaged_since_the_start_is_named_and_left(file: Path, damaged: bytes) -> None:
    layout_names()
    file.write_bytes(damaged)
    keep = partial(keep_layout, "mine", load_layout("flow"))
    for change in (keep, partial(delete_layout, "two"), partial(move_layout, "two", -1)):
        with pytest.raises(ConfigError, match=r"layouts\.toml: "):
            change()
    assert file.read_bytes() == damaged
