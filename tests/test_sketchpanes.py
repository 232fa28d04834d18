"""What is promised of one pane with drawings is tested of all that have a price axis."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.simulate import events
from market.drawings import Drawing, Drawings, Level, Line, Moment, Note, Sort
from market.market import Market
from market.markets import Markets
from tests.scenes import SECOND, START, lines, same, sizes
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.look import ColorDepth, Look
from tui.keys.table import PRICED
from tui.main import run
from tui.pane import Pane, Size
from tui.registry import pane_type
from tui.settings.words import set_all
from tui.sketch.file import save_book
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
SIZE = Size(120, 40)
TIMED = ("candles", "heatmap")
HOSTILE = "\x1b[31m\u202eEVIL\u200b漢字\x9b2J\n"
ITEMS: tuple[Drawing, ...] = (
    Level(Decimal(60200), "weekly high", Sort.RESISTANCE),
    Level(Decimal("60150.5")),
    Level(Decimal(60140), HOSTILE, Sort.SUPPORT),
    Level(Decimal("60183.25"), "off the grid", Sort.TARGET),
    Level(Decimal("60140.5"), "in the same row", Sort.WARNING),
    Level(Decimal(10) ** 14, "far above"),
    Level(Decimal(-5), "below nothing"),
    Note(START + 278 * SECOND, Decimal(60190), "seller"),
    Note(START + 240 * SECOND, Decimal(60165), HOSTILE * 20),
    Note(0, Decimal(1), "long ago"),
    Moment(START + 250 * SECOND, "open"),
    Moment(9 * 10**18, "never"),
    Line(START + 150 * SECOND, Decimal(60130), START + 270 * SECOND, Decimal(60190), "up"),
    Line(1, Decimal(1), 2, Decimal(10) ** 14, "steep"),
)


@pytest.fixture(scope="module")
def market() -> Market:
    """A market of this file's own, since drawings are laid on it."""
    markets = Markets()
    markets.apply(events(7, 300.0))
    found = markets.get("sim:7")
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _bare(market: Market) -> Iterator[None]:
    yield
    market.drawings = None


@pytest.fixture(params=PRICED)
def pane(request: pytest.FixtureRequest) -> Pane:
    """Every pane with a price axis."""
    return pane_type(request.param)()


def both(pane: Pane, market: Market, size: Size, look: Look, held: int | None = None) -> Canvas:
    market.drawings = Drawings(ITEMS, held)
    return pane.draw(market, size, look)


def test_drawings_fit_every_size(pane: Pane, market: Market) -> None:
    for size in sizes():
        canvas = both(pane, market, size, LOOK, held=2)
        assert (canvas.width, canvas.height) == size
        assert "".join(lines(canvas)).isprintable()


def test_a_market_of_which_nothing_is_known_has_room_for_none(pane: Pane) -> None:
    empty = Market("test:X")
    assert "waiting for" in " ".join(lines(both(pane, empty, Size(80, 24), LOOK)))


@pytest.mark.parametrize("depth", ColorDepth)
def test_levels_are_seen_in_every_depth_and_hide_nothing(
    pane: Pane, market: Market, depth: ColorDepth
) -> None:
    look = load_look("dark", depth)
    market.drawings = None
    bare = pane.draw(market, SIZE, look)
    drawn = both(pane, market, SIZE, look)
    assert drawn.fg.max() < len(look.palette)
    assert drawn.bg.max() < len(look.palette)
    assert "weekly high" in "\n".join(lines(drawn)) or pane.kind == "heatmap"
    words = (bare.glyph != SPACE) & (bare.glyph != ord("▀")) & (bare.glyph != ord("╌"))
    axis = slice(-10, None) if pane.kind in TIMED else slice(0, 0)
    words[:, axis] = False
    assert (drawn.glyph == bare.glyph)[words].all()
    changed = drawn.glyph != bare.glyph
    assert changed.sum() > 20
    if pane.kind != "heatmap" and depth is ColorDepth.TRUE:
        assert (drawn.bg == bare.bg)[changed].all()


def test_a_price_that_the_axis_does_not_have_stands_in_words(pane: Pane, market: Market) -> None:
    text = "\n".join(lines(both(pane, market, SIZE, LOOK)))
    assert "60183.25" in text
    market.drawings = Drawings((Level(Decimal("60183.25"), "a name too long " * 10),))
    text = "\n".join(lines(pane.draw(market, SIZE, LOOK)))
    assert "60183.2" not in text
    assert "…" in text


def test_over_heat_the_warmer_half_of_a_cell_stays_its_ground_and_walls_stay_whole(
    market: Market,
) -> None:
    pane = pane_type("heatmap")()
    bare = pane.draw(market, SIZE, LOOK)
    drawn = both(pane, market, SIZE, LOOK)
    warmth = np.zeros(256, np.int64)
    for heat in (LOOK.heat_bid, LOOK.heat_ask):
        warmth[heat] = np.arange(len(heat))
    over = (bare.glyph == ord("▀")) & (drawn.glyph != bare.glyph)
    over &= drawn.glyph != ord("¶")
    assert over.sum() > 20
    warmer = np.maximum(warmth[bare.fg], warmth[bare.bg])
    assert (warmth[drawn.bg] == warmer)[over].all()
    assert warmer[over].max() <= 0.4 * len(LOOK.heat_bid)


def test_where_nothing_is_drawn_the_picture_is_the_one_before(pane: Pane, market: Market) -> None:
    before = pane.draw(market, SIZE, LOOK)
    assert not same(both(pane, market, SIZE, LOOK), before)
    market.drawings = Drawings((ITEMS[5], ITEMS[6], ITEMS[11]))
    assert same(pane.draw(market, SIZE, LOOK), before)
    market.drawings = None
    assert same(pane.draw(market, SIZE, LOOK), before)


def test_the_drawing_in_hand_stands_out(pane: Pane, market: Market) -> None:
    quiet = both(pane, market, SIZE, LOOK)
    for number in (0, 3):
        assert not same(both(pane, market, SIZE, LOOK, held=number), quiet)


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize("scroll", ["block", "smooth", "sweep"])
def test_notes_times_and_lines_are_where_they_belong(
    market: Market, kind: str, scroll: str
) -> None:
    pane = set_all(pane_type(kind)(), [f"scroll={scroll}", "timeframe=1s"])
    canvas = both(pane, market, Size(200, 50), LOOK)
    text = lines(canvas)
    assert any("¶" in line for line in text)
    upright = [(row, x) for row in range(1, 30) for x in range(185) if text[row][x : x + 1] == "│"]
    columns = {x for _, x in upright}
    assert any(sum(at == x for _, at in upright) > 5 for x in columns)


@pytest.mark.parametrize("kind", TIMED)
def test_the_crosshair_at_a_note_tells_all_of_it(market: Market, kind: str) -> None:
    words = "a long note of which there is no room for all words on a small chart"
    at = START + 278 * SECOND
    market.drawings = Drawings((Note(at, Decimal(60185), words),))
    pane = set_all(pane_type(kind)(), ["timeframe=1s"])
    told = ("a long note of which there is no", "room for all words on a small")

    def says(shown: Pane) -> bool:
        text = "\n".join(lines(shown.draw(market, Size(70, 24), LOOK)))
        return all(line in text for line in told)

    assert not says(pane)
    assert says(set_all(pane, [f"cross_time={at}", f"cross_price={60185 * 2}"]))
    assert not says(set_all(pane, [f"cross_time={at - 9 * SECOND}", f"cross_price={60185 * 2}"]))


@settings(max_examples=40)
@given(
    st.sampled_from(PRICED),
    st.lists(st.tuples(st.integers(60_000, 60_400), st.text(max_size=30)), max_size=12),
    st.integers(1, 130),
    st.integers(1, 45),
)
def test_no_drawing_makes_a_pane_fail(
    kind: str, levels: list[tuple[int, str]], width: int, height: int
) -> None:
    market = _shared()
    items = [Level(Decimal(price), text) for price, text in levels]
    notes = [Note(START + price % 300 * SECOND, Decimal(price), text) for price, text in levels]
    market.drawings = Drawings((*items, *notes), 0 if items else None)
    canvas = pane_type(kind)().draw(market, Size(width, height), LOOK)
    assert "".join(lines(canvas)).isprintable()


_SHARED: list[Market] = []


def _shared() -> Market:
    """One market for all examples."""
    if not _SHARED:
        markets = Markets()
        markets.apply(events(7, 60.0))
        _SHARED.extend(markets)
    return _SHARED[0]


@pytest.mark.parametrize("kind", PRICED)
def test_snap_shows_the_drawings_of_a_file_and_tells_them_exactly(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drawings.toml"
    save_book(path, {"sim:7": ITEMS[:2] + ITEMS[7:8] + ITEMS[10:11] + ITEMS[12:13]})
    given = ["snap", kind, "sim:7", "--duration", "20s", "--drawings", str(path)]
    assert run([*given, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["drawings"] == [
        {"drawing": "level", "price": "60200", "text": "weekly high", "sort": "resistance"},
        {"drawing": "level", "price": "60150.5", "text": "", "sort": "plain"},
        {
            "drawing": "line",
            "time": START + 150 * SECOND,
            "price": "60130",
            "until": START + 270 * SECOND,
            "to": "60190",
            "text": "up",
            "sort": "plain",
        },
        {"drawing": "moment", "time": START + 250 * SECOND, "text": "open", "sort": "plain"},
        {
            "drawing": "note",
            "time": START + 278 * SECOND,
            "price": "60190",
            "text": "seller",
            "sort": "plain",
        },
    ]


def test_snap_says_what_is_wrong_with_drawings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drawings.toml"
    save_book(path, {"binance:BTCUSDT": ITEMS[:1]})
    given = ["sim:7", "--duration", "5s", "--drawings", str(path)]
    assert run(["snap", "ladder", *given]) == 0
    assert "holds no drawings of sim:7, but of binance:BTCUSDT" in capsys.readouterr().err
    assert run(["snap", "tape", *given]) == 2
    assert "tape shows none" in capsys.readouterr().err
    path.write_text("levels")
    assert run(["snap", "ladder", *given]) == 2
    assert "drawings.toml: " in capsys.readouterr().err
