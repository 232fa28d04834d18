"""Themes: readable, distinct and ordered at every depth, and clear about their mistakes."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from feeds.errors import ConfigError
from tui.drawing.color import XTERM, Rgb, contrast, distance, lab, rgb
from tui.drawing.look import LEVELS, MOST_COLORS, ROLES, ColorDepth, Look
from tui.themefile import theme_names
from tui.themes import load_look

THEMES = ["colorblind", "dark", "light"]
COLORS = [ColorDepth.TRUE, ColorDepth.C256, ColorDepth.C16]

PLAIN = "background panel"
BARS = "selection title_bar title_bar_focus bid_bar ask_bar buy_bar sell_bar"
WORDS = [
    ("text", f"{PLAIN} {BARS} poc_bar gap_bar", 4.5),
    ("dim", PLAIN, 4.5),
    ("dim", BARS, 3.0),
    ("faint", PLAIN, 3.0),
    ("bid buy", f"{PLAIN} bid_bar", 4.5),
    ("ask sell", f"{PLAIN} ask_bar", 4.5),
    ("buy", "buy_bar", 3.0),
    ("sell", "sell_bar", 3.0),
    ("imbalance_buy", f"{PLAIN} buy_bar", 4.5),
    ("imbalance_sell", f"{PLAIN} sell_bar", 4.5),
    ("poc", f"{PLAIN} poc_bar", 4.5),
    ("accent warn error live last", "background", 4.5),
    ("accent warn error live", "title_bar title_bar_focus", 3.0),
    ("title", "title_bar", 4.5),
    ("title_focus", "title_bar_focus", 4.5),
    ("depth_bid depth_ask volume", "background", 1.3),
]
"""Inks, the grounds they are written on, and the least WCAG contrast between them."""

PAIRS = ["bid ask", "buy sell", "depth_bid depth_ask", "trade_buy trade_sell"]
PAIRS += ["bid_bar ask_bar", "buy_bar sell_bar", "imbalance_buy imbalance_sell"]

# Machado, Oliveira and Fernandes 2009, severity 1: how linear RGB is seen without one cone.
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("depth", COLORS)
@pytest.mark.parametrize("theme", THEMES)
def test_words_are_readable_on_every_ground_they_stand_on(theme: str, depth: ColorDepth) -> None:
    look = load_look(theme, depth)
    short = []
    for inks, grounds, least in WORDS:
        for ink in inks.split():
            for ground in grounds.split():
                index = look.readable[getattr(look, ink), getattr(look, ground)]
                seen = contrast(look.palette[index], _color(look, ground))
                # The sixteen are the user's own: hold them to what xterm's defaults can give.
                if seen < (min(least, 2.8) if depth is ColorDepth.C16 else least):
                    short.append((ink, ground, round(seen, 2)))
    assert short == []


@pytest.mark.parametrize("depth", list(ColorDepth))
@pytest.mark.parametrize("theme", THEMES)
def test_palettes_are_small_and_made_for_their_depth(theme: str, depth: ColorDepth) -> None:
    look = load_look(theme, depth)
    assert len(look.palette) <= MOST_COLORS
    assert look.background == 0
    assert len(set(look.palette)) == len(look.palette) or look.mono
    indices = [*(getattr(look, role) for role in ROLES), *look.heat_bid, *look.heat_ask]
    assert max(indices) < len(look.palette) == len(look.codes)
    if depth in (ColorDepth.C256, ColorDepth.C16):
        assert look.palette == tuple(XTERM[code] for code in look.codes)
        lowest, highest = (16, 255) if depth is ColorDepth.C256 else (0, 15)
        assert lowest <= min(look.codes)
        assert max(look.codes) <= highest


@pytest.mark.parametrize("depth", COLORS)
@pytest.mark.parametrize("theme", THEMES)
def test_ramps_run_from_the_ground_one_way_in_steps_one_can_see(
    theme: str, depth: ColorDepth
) -> None:
    look = load_look(theme, depth)
    least = {ColorDepth.TRUE: 32, ColorDepth.C256: 12, ColorDepth.C16: 6}[depth]
    for heat in (look.heat_bid, look.heat_ask):
        colors = [look.palette[index] for index in heat]
        assert len(colors) >= least
        assert len(set(colors)) == len(colors)
        assert distance(colors[0], look.palette[0]) < 0.1
        steps = [distance(low, high) for low, high in pairwise(colors)]
        assert min(steps) > 0.02
        if depth is ColorDepth.TRUE:
            # One step in the middle of a thinned ramp is half as large again as the others.
            assert sorted(steps)[-2] < 1.5 * min(steps)
            assert max(steps) < 2 * min(steps)
        lightness = np.array([lab(color)[0] for color in colors])
        upward = np.diff(lightness if look.dark else lightness[::-1])
        # The 256 colours have no even path: two neighbours may be equally light.
        assert upward.min() > (0.005 if depth is ColorDepth.TRUE else -0.015)


@pytest.mark.parametrize("depth", list(ColorDepth))
@pytest.mark.parametrize("theme", THEMES)
def test_fewer_levels_are_some_of_the_same_colours_in_the_same_palette(
    theme: str, depth: ColorDepth
) -> None:
    most = load_look(theme, depth, LEVELS[-1])
    above = most
    for levels in reversed(LEVELS):
        look = load_look(theme, depth, levels)
        assert look.levels == min(levels, most.levels)
        assert look.palette is most.palette
        assert look.codes is most.codes
        for heat, higher in ((look.heat_bid, above.heat_bid), (look.heat_ask, above.heat_ask)):
            # In the same order: what is left of the higher ramp when the rest is struck out.
            assert [color for color in higher if color in heat] == heat.tolist()
            assert (heat[0], heat[-1]) == (higher[0], higher[-1])
        above = look
    assert most.levels == 64 or depth is not ColorDepth.TRUE


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("theme", THEMES)
def test_levels_in_truecolor_are_even_but_for_one_step_in_the_middle(
    theme: str, levels: int
) -> None:
    look = load_look(theme, ColorDepth.TRUE, levels)
    colors = [look.palette[index] for index in look.heat_bid]
    steps = [distance(low, high) for low, high in pairwise(colors)]
    leap = steps.pop(int(np.argmax(steps)))
    assert max(steps) < 1.6 * min(steps)
    assert leap < 2.1 * float(np.median(steps))


@pytest.mark.parametrize("depth", COLORS)
@pytest.mark.parametrize("theme", THEMES)
def test_the_two_sides_differ_at_a_glance(theme: str, depth: ColorDepth) -> None:
    look = load_look(theme, depth)
    for pair in PAIRS:
        one, other = (_color(look, role) for role in pair.split())
        assert distance(one, other) > 0.06, pair


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("depth", COLORS)
def test_the_safe_theme_keeps_the_sides_apart_for_every_eye(
    depth: ColorDepth, blindness: str
) -> None:
    look = load_look("colorblind", depth)
    for pair in PAIRS:
        one, other = (_seen(_color(look, role), blindness) for role in pair.split())
        assert distance(one, other) > 0.06, pair
    heat = [_seen(look.palette[index], blindness) for index in look.heat_bid]
    assert min(np.diff([lab(color)[0] for color in heat])) > -0.03


@pytest.mark.parametrize("theme", THEMES)
def test_without_colours_sides_differ_by_shade_and_bars_by_reverse(theme: str) -> None:
    look = load_look(theme, ColorDepth.MONO)
    assert set(look.palette) <= {(0, 0, 0), (136, 136, 136), (255, 255, 255)}
    assert look.shades[look.buy] < look.shades[look.sell]
    assert look.shades[look.heat_bid].tolist() == [0, 1, 2, 3, 4]
    assert look.background == look.panel != look.bid_bar


def test_tags_have_readable_text() -> None:
    for theme in THEMES:
        look = load_look(theme)
        for role in ("last", "accent", "bid", "ask", "warn", "error"):
            ground = getattr(look, role)
            assert contrast(look.palette[look.ink[ground]], look.palette[ground]) >= 4.5


@pytest.mark.parametrize("levels", LEVELS)
def test_arrays_of_a_shared_look_cannot_be_changed(levels: int) -> None:
    look = load_look(levels=levels)
    for array in (look.heat_bid, look.heat_ask, look.ink, look.readable, look.shades):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert load_look(levels=levels) is look


@pytest.mark.parametrize("depth", list(ColorDepth))
def test_the_text_on_each_ground_is_the_more_readable_of_two(depth: ColorDepth) -> None:
    look = load_look("light", depth)
    for ground, color in enumerate(look.palette):
        light, dark = (contrast(look.palette[ink], color) for ink in (look.text, 0))
        assert look.ink[ground] == (look.text if light >= dark else 0)
        for ink, written in enumerate(look.palette):
            kept = look.readable[ink, ground] == ink
            if depth is ColorDepth.C16:
                assert kept or contrast(written, color) < 2.8
            elif not look.mono:
                assert kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's themes are, in an empty configuration folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    themes = tmp_path / "tapetop" / "themes"
    themes.mkdir(parents=True)
    load_look.cache_clear()
    return themes


@pytest.mark.parametrize("depth", list(ColorDepth))
def test_a_users_theme_inherits_what_it_leaves_out(folder: Path, depth: ColorDepth) -> None:
    folder.joinpath("mine.toml").write_text('base = "dark"\n[colors]\nbid = "#00aaff"\n')
    look, dark = load_look("mine", depth), load_look("dark", depth)
    assert look.levels == dark.levels
    assert _color(look, "ask") == _color(dark, "ask")
    if depth is ColorDepth.TRUE:
        assert _color(look, "bid") == (0, 0xAA, 0xFF)
    if depth is ColorDepth.C256:
        assert _color(look, "bid") == XTERM[39]
    assert theme_names() == ["colorblind", "dark", "light", "mine"]


def test_a_users_theme_may_give_each_side_its_ramp(folder: Path) -> None:
    heat = 'stops = ["#000000", "{}", "#ffffff"]'
    text = f'base = "dark"\n[heat]\n{heat.format("#00aa66")}\n[heat_ask]\n{heat.format("#cc3344")}'
    folder.joinpath("two.toml").write_text(text)
    for depth in ColorDepth:
        look = load_look("two", depth)
        assert len(look.heat_bid) == len(look.heat_ask) > 2
    assert load_look("two").heat_bid[16] != load_look("two").heat_ask[16]


def test_a_users_theme_may_have_two_long_ramps_and_few_levels_of_them(folder: Path) -> None:
    heat = 'stops = ["#000000", "{}", "#ffffff"]\nx256 = [16, {}, 231]'
    bid = heat.format("#00aa66", ", ".join(map(str, range(22, 58))))
    ask = heat.format("#cc3344", ", ".join(map(str, range(52, 88))))
    folder.joinpath("two.toml").write_text(f'base = "dark"\n[heat]\n{bid}\n[heat_ask]\n{ask}')
    for levels in LEVELS:
        look = load_look("two", ColorDepth.TRUE, levels)
        assert len(look.heat_bid) == len(look.heat_ask) == levels
        assert 128 < len(look.palette) <= MOST_COLORS
        numbers = load_look("two", ColorDepth.C256, levels)
        assert len(numbers.heat_bid) == len(numbers.heat_ask) == min(levels, 38)
        assert {numbers.codes[color] for color in numbers.heat_bid} <= {16, *range(22, 58), 231}


@pytest.mark.parametrize("depth", [ColorDepth.C256, ColorDepth.C16])
def test_numbers_a_theme_leaves_out_are_each_taken_once(folder: Path, depth: ColorDepth) -> None:
    folder.joinpath("mine.toml").write_text(
        'base = "dark"\n[heat]\nstops = ["#0a0d14", "#3b1c5a", "#a8325e", "#f2803a", "#fff3c4"]'
    )
    look = load_look("mine", depth, LEVELS[-1])
    codes = [look.codes[color] for color in look.heat_bid]
    assert len(set(codes)) == len(codes) >= (12 if depth is ColorDepth.C256 else 4)


def test_a_theme_may_set_how_many_levels_it_has_at_most(folder: Path) -> None:
    heat = 'stops = ["#000000", "#ffffff"]\nlevels = 24'
    folder.joinpath("mine.toml").write_text(f'base = "dark"\n[heat]\n{heat}')
    assert [load_look("mine", levels=levels).levels for levels in LEVELS] == [8, 16, 24, 24]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('bass = "dark"', 'unknown key "bass" (did you mean "base"?)'),
        ('base = "drak"', 'unknown theme "drak" (did you mean "dark"?)'),
        ('base = "mine"', 'base "mine" leads back to itself'),
        ("dark = true", '"colors.background" is missing; base = "dark" inherits the rest'),
        ('base = "dark"\n[colors]\nbidd = "#00ff00"', 'key "colors.bidd" (did you mean "bid"?)'),
        ('base = "dark"\n[colors]\nbid = "green"', '"green" is not a colour like "#1b9e77"'),
        ('base = "dark"\n[colors]\nbid = "#12345g"', '"#12345g" is not a colour'),
        ('base = "dark"\n[colors]\nbid = ["#000000", 300, 1]', "Expected `int` <= 255"),
        ('base = "dark"\n[heat]\nstops = ["#000000"]', "length >= 2"),
        ('base = "dark"\n[heat]\nstops = 3', "Expected `array`"),
        ('base = "dark"\n[heat]\nstops = ["#000000", "#ffffff"]\nlevels = 65', "`int` <= 64"),
        ("base = ", "Invalid value"),
    ],
)
def test_mistakes_in_a_theme_name_the_file_and_the_remedy(
    folder: Path, text: str, reason: str
) -> None:
    folder.joinpath("mine.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_look("mine")
    assert reason in str(caught.value)
    assert "mine" in str(caught.value)


def test_a_theme_that_is_not_text_is_one_clear_error(folder: Path) -> None:
    folder.joinpath("mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"mine\.toml: .*utf-8"):
        load_look("mine")


@pytest.mark.parametrize("name", ["", "../dark", "darc", "layouts"])
def test_an_unknown_theme_is_answered_with_those_there_are(name: str) -> None:
    with pytest.raises(ConfigError, match="themes: colorblind, dark, light"):
        load_look(name)


def test_colours_are_read_as_they_are_written() -> None:
    assert rgb("#0a1B2c") == (10, 27, 44)
    for wrong in ("", "#fff", "0a1b2c0", "#0a1b2x", "#-a1b2c"):
        with pytest.raises(ValueError, match="is not a colour"):
            rgb(wrong)


def _color(look: Look, role: str) -> Rgb:
    return look.palette[getattr(look, role)]


def _seen(color: Rgb, blindness: str) -> Rgb:
    """The colour as somebody with this colour blindness sees it."""
    channels: NDArray[np.float64] = np.array(color) / 255
    low = channels <= 0.04045
    linear = np.where(low, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = (np.array(BLINDNESS[blindness]) @ linear).clip(0, 1)
    curved = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    red, green, blue = np.rint(curved * 255).astype(int).tolist()
    return red, green, blue
