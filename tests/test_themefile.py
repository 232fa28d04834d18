"""Theme files: what is written is read as it was, ours stay, and refusals say why."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from tui.drawing.color import hex_code
from tui.drawing.look import ROLES, ColorDepth
from tui.themefile import (
    Heat,
    Theme,
    forget_theme,
    keep_theme,
    parse_theme,
    read_theme,
    shipped_themes,
    theme_names,
    written,
)
from tui.themes import load_look, look_of

CODES = st.tuples(*[st.integers(0, 255)] * 3).map(hex_code)
SHADES = CODES | st.tuples(CODES, st.integers(16, 255), st.integers(0, 15))
HEATS = st.builds(
    Heat,
    st.lists(CODES, min_size=2, max_size=16).map(tuple),
    st.integers(2, 64),
    st.lists(st.integers(16, 255), max_size=9).map(tuple),
    st.lists(st.integers(0, 15), max_size=9).map(tuple),
)
THEMES = st.builds(
    Theme,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["", "dark", "light"]),
    st.none() | st.booleans(),
    st.dictionaries(st.sampled_from(ROLES), SHADES),
    st.none() | HEATS,
    st.none() | HEATS,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's themes are to be."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    load_look.cache_clear()
    return tmp_path / "tapetop" / "themes"


@given(THEMES)
def test_what_is_written_is_read_as_it_was(theme: Theme) -> None:
    assert parse_theme("x", written(theme)) == theme


@pytest.mark.parametrize("name", shipped_themes())
def test_a_copy_of_one_of_ours_looks_as_it_does_at_every_depth(name: str, folder: Path) -> None:
    _, theme = read_theme(name)
    assert keep_theme("copy", theme) == folder / "copy.toml"
    assert theme_names() == sorted(["copy", *shipped_themes()])
    assert [path.name for path in folder.iterdir()] == ["copy.toml"]
    for depth in ColorDepth:
        one, other = load_look(name, depth), load_look("copy", depth)
        assert (one.palette, one.codes, one.dark) == (other.palette, other.codes, other.dark)
        assert all(getattr(one, role) == getattr(other, role) for role in ROLES)
        assert one.heat_bid.tolist() == other.heat_bid.tolist()
        changed = look_of(theme, depth)
        assert (changed.palette, changed.levels) == (one.palette, one.levels)


def test_a_saved_theme_holds_all_its_colours_and_takes_later_ones_from_ours(folder: Path) -> None:
    keep_theme("mine", read_theme("light")[1])
    parsed = parse_theme("x", (folder / "mine.toml").read_text("utf-8"))
    assert (*parsed.colors,) == ROLES
    assert (parsed.base, parsed.dark) == ("light", False)


@pytest.mark.parametrize("name", ["dark", "light", "colorblind", "", "two words", "x" * 21, "../a"])
def test_ours_are_never_written_over_and_names_are_names(name: str, folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"is one of ours|is no name"):
        keep_theme(name, read_theme("dark")[1])
    assert not folder.exists()


def test_a_theme_of_the_users_in_the_place_of_ours_can_be_written_again(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.joinpath("dark.toml").write_text('base = "light"\ntitle = "mine"', "utf-8")
    _, theme = read_theme("dark")
    keep_theme("dark", theme)
    assert read_theme("dark")[1].colors == theme.colors
    # A base that is the user's own may lead back here: one that is kept stands alone then.
    keep_theme("dusk", theme)
    folder.joinpath("light.toml").write_text('base = "dusk"', "utf-8")
    keep_theme("dusk", theme)
    assert read_theme("light")[1].colors == theme.colors


def test_a_file_that_cannot_be_written_is_said(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("no folder")
    with pytest.raises(ConfigError, match=r"mine\.toml: "):
        keep_theme("mine", read_theme("dark")[1])


def test_a_theme_of_the_users_can_be_deleted_unless_another_needs_it(folder: Path) -> None:
    keep_theme("mine", read_theme("dark")[1])
    folder.joinpath("other.toml").write_text('base = "mine"', "utf-8")
    with pytest.raises(ConfigError, match="mine is the base of other"):
        forget_theme("mine")
    folder.joinpath("other.toml").unlink()
    forget_theme("mine")
    assert theme_names() == sorted(shipped_themes())
    with pytest.raises(ConfigError, match="dark is one of ours, which stay"):
        forget_theme("dark")
