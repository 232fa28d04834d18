"""Keys put drawings on the charts of the screen, name, move and undo them; the file has them."""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest

from feeds.errors import ConfigError
from feeds.simulate import events
from market.drawings import Level, Line, Moment, Note, Sort
from market.events import Event
from market.markets import Markets
from tests.scenes import SECOND
from tests.test_heatdesk import SMALL, Watched
from tui.desk.sketches import Sketches
from tui.pane import Size
from tui.panes.candles import Candles
from tui.panes.heatmap import Heatmap
from tui.sketch.file import load_book


@lru_cache(maxsize=1)
def happened() -> tuple[Event, ...]:
    """A minute and a half of the simulated market."""
    return tuple(events(7, 90.0))


class Sketched(Watched):
    """A monitor with markets and a file of drawings of its own."""

    def __init__(self, folder: Path, pane: str | None = "heatmap", size: Size = SMALL) -> None:
        super().__init__(pane, size)
        self.file = folder / "drawings.toml"
        self.monitor.sketches = Sketches(self.file)
        # Of its own, since drawings are laid on it.
        self.monitor.session.markets = Markets()
        self.monitor.session.markets.apply(happened())
        self.show()

    def type(self, text: str) -> str:
        """Press a key for each character."""
        return self.press(*text)

    @property
    def items(self) -> tuple[object, ...]:
        """What the file holds."""
        return load_book(self.file).get("sim:7", ()) if self.file.exists() else ()

    @property
    def prices(self) -> list[Decimal]:
        """The prices of its levels."""
        return [one.price for one in self.items if isinstance(one, Level)]


def test_e_puts_a_level_at_the_crosshair_and_every_pane_shows_it(tmp_path: Path) -> None:
    watched = Sketched(tmp_path, None, Size(200, 50))
    watched.monitor.desk.focus_on("heatmap")
    watched.press("x", *["down"] * 8)
    picture = watched.press("e")
    at = watched.heatmap.cross_price
    market = watched.monitor.market
    assert at is not None
    assert market is not None
    assert market.instrument is not None
    assert watched.prices == [market.instrument.price(at)]
    assert f"level at {watched.prices[0]}" in picture
    watched.press("escape")
    assert watched.show().count(f"─{watched.prices[0]}") >= 1
    assert market.drawings is not None
    for kind in ("candles", "footprint", "ladder", "profile", "tpo"):
        shown = Sketched(tmp_path, kind)
        there = shown.show()
        shown.monitor.sketches.hide(True)
        assert shown.show() != there, kind


@pytest.mark.parametrize("pane", ["footprint", "profile", "tpo", "candles"])
def test_without_a_crosshair_a_price_is_typed(tmp_path: Path, pane: str) -> None:
    watched = Sketched(tmp_path, pane)
    assert "Level at a price" in watched.press("e")
    watched.type("60150.25")
    watched.press("enter")
    assert watched.prices == [Decimal("60150.25")]
    watched.press("e")
    watched.type("no price")
    assert "nothing matches" in watched.show()
    watched.press("enter", "escape")
    assert watched.prices == [Decimal("60150.25")]
    watched.press("e", "enter")
    assert len(watched.prices) == 2
    watched.press("e")
    watched.type("60")  # begins the last price too, and is not it
    watched.press("enter")
    assert Decimal(60) in watched.prices


def test_a_second_level_at_a_price_is_the_first_one_in_hand(tmp_path: Path) -> None:
    watched = Sketched(tmp_path)
    watched.press("x", "e")
    assert "a level is there" in watched.press("e")
    assert len(watched.prices) == 1
    before, heat = watched.prices[0], watched.heatmap
    watched.press("up")
    assert watched.heatmap == heat
    market = watched.monitor.market
    assert market is not None
    group = watched.heatmap.group_shown(market, watched.monitor.pane_size)
    assert group is not None
    assert watched.prices == [before + group * Decimal("0.5")]
    watched.press("left")
    assert watched.prices == [before + group * Decimal("0.5") - Decimal("0.5")]
    watched.press("enter", "up")
    assert watched.heatmap != heat
    assert watched.prices == [before + group * Decimal("0.5") - Decimal("0.5")]


def test_with_a_ruler_e_draws_a_line_along_it(tmp_path: Path) -> None:
    watched = Sketched(tmp_path)
    watched.press("x", "R", "left", "left", "left", "up", "up")
    heat = watched.heatmap
    watched.press("e")
    (line,) = watched.items
    assert isinstance(line, Line)
    assert (line.at, line.until) == (heat.cross_time, heat.ruler_time)
    assert line.price > line.to


def test_e_shifted_writes_a_note_or_marks_a_time(tmp_path: Path) -> None:
    watched = Sketched(tmp_path, "candles")
    watched.press("comma", "comma", "comma", "x", "left", "left", "up", "E")
    watched.type("CPI 3.1 %")
    watched.press("enter")
    pane = watched.monitor.desk.pane
    assert isinstance(pane, Candles)
    (note,) = watched.items
    assert isinstance(note, Note)
    assert (note.at, note.text) == (pane.cross_time, "CPI 3.1 %")
    assert "¶" in watched.press("escape")
    assert "CPI 3.1 %" in watched.show()
    watched.press("E")
    watched.type("open")
    watched.press("down", "enter")
    moment = watched.items[0]
    assert isinstance(moment, Moment)
    assert moment.text == "open"
    assert watched.monitor.market is not None
    assert moment.at == watched.monitor.market.clock


def test_the_list_names_moves_recolours_deletes_and_undoes(tmp_path: Path) -> None:
    watched = Sketched(tmp_path, "candles")
    watched.press("Z")
    assert "nothing drawn yet" in watched.show()
    watched.press("e")
    watched.type("60150")
    watched.press("enter", "e")
    watched.type("60170.5")
    watched.press("enter")
    assert watched.prices == [Decimal(60150), Decimal("60170.5")]
    watched.press("n")
    watched.type("the high")
    watched.press("enter", "c", "c")
    assert watched.items[1] == Level(Decimal("60170.5"), "the high", Sort.RESISTANCE)
    watched.press("right", "right", "left", "up", "p", "ctrl+u")
    watched.type("60000")
    watched.press("enter")
    assert watched.prices == [Decimal(60000), Decimal(60171)]
    assert "60171" in watched.show()
    watched.press("x")
    assert watched.prices == [Decimal(60171)]
    watched.press("u", "u")
    assert watched.prices == [Decimal(60150), Decimal(60171)]
    watched.press("u")  # moves that followed one another are one change
    assert watched.prices == [Decimal(60150), Decimal("60170.5")]
    watched.press("u", "u", "u", "u", "u")
    assert watched.prices == []
    assert "nothing to undo" in watched.press("u")


def test_enter_in_the_list_takes_a_drawing_in_hand_and_del_deletes_it(tmp_path: Path) -> None:
    watched = Sketched(tmp_path)
    watched.press("x", "e", "escape", "Z", "enter")
    assert watched.monitor.sketches.held is not None
    assert watched.monitor.dialog is None
    (before,) = watched.prices
    watched.press("up")
    assert watched.prices[0] > before
    assert watched.heatmap == Heatmap()
    watched.press("delete")
    assert watched.prices == []
    assert watched.monitor.sketches.held is None
    watched.press("up")
    assert watched.heatmap.center is not None
    assert "no drawing is in hand" in watched.press("delete")


def test_keys_of_a_pane_without_drawings_stay_its_own_while_one_is_in_hand(
    tmp_path: Path,
) -> None:
    watched = Sketched(tmp_path, None, Size(200, 50))
    watched.monitor.desk.focus_on("heatmap")
    watched.press("x", "e", "e", "escape", "e", "e")
    assert watched.monitor.sketches.held is not None
    before = watched.prices
    watched.monitor.desk.focus_on("tape")
    watched.press("up", "left")
    assert watched.prices == before
    assert not watched.monitor.desk.zoomed
    watched.press("enter")
    assert watched.monitor.desk.zoomed
    assert watched.monitor.sketches.held is None
    version = watched.monitor.sketches.version
    watched.press("escape", "escape", "z", "enter")
    assert watched.monitor.sketches.version == version


def test_h_hides_all_and_a_new_drawing_shows_all_again(tmp_path: Path) -> None:
    watched = Sketched(tmp_path, "candles")
    bare = watched.press("escape")
    watched.press("e", "enter", "Z", "H", "escape")
    for _ in range(30):
        hidden = watched.show()
    assert hidden == bare
    watched.press("e")
    watched.type("60160")
    watched.press("enter")
    market = watched.monitor.market
    assert market is not None
    assert market.drawings is not None
    assert len(market.drawings.items) == 2


def test_what_another_terminal_draws_appears_here(tmp_path: Path) -> None:
    one, other = Sketched(tmp_path), Sketched(tmp_path, "candles")
    one.press("x", "e")
    for _ in range(6):
        other.show()
    market = other.monitor.market
    assert market is not None
    assert market.drawings is not None
    assert [one.price for one in market.drawings.items if isinstance(one, Level)] == one.prices
    other.press("Z", "x")
    assert one.prices == []


def test_a_damaged_file_is_named_and_never_written_over(tmp_path: Path) -> None:
    watched = Sketched(tmp_path)
    watched.press("x", "e")
    good = watched.file.read_text("utf-8")
    watched.file.write_text(bad := good.replace("price", "prize"), "utf-8")
    for _ in range(6):
        said = watched.show()
    assert 'unknown key "prize"' in " ".join(said.split())
    market = watched.monitor.market
    assert market is not None
    assert market.drawings is not None
    watched.press("up", "e")
    assert watched.file.read_text("utf-8") == bad
    with pytest.raises(ConfigError, match="prize"):
        watched.monitor.sketches.add("sim:7", Level(Decimal(1)))
    watched.file.write_text(good, "utf-8")
    watched.press("up", "e")
    assert len(watched.prices) == 2


def test_panes_without_prices_say_that_they_show_no_drawings(tmp_path: Path) -> None:
    watched = Sketched(tmp_path, "tape")
    assert "shows no drawings" in watched.press("e")
    assert "shows no drawings" in watched.press("E")
    assert watched.items == ()


def test_the_crosshair_and_the_ruler_of_a_heatmap_measure_together(tmp_path: Path) -> None:
    watched = Sketched(tmp_path)
    watched.press("x", "R")
    picture = watched.press("left", "left", "left", "up", "up")
    assert " · 3 columns · -3s · V " in picture
    assert "ticks" in picture
    heat = watched.heatmap
    assert heat.ruler_time == watched.monitor.market.clock // SECOND * SECOND  # type: ignore[union-attr]  # it is there
    watched.press("R")
    assert watched.heatmap.ruler_time is None
    assert watched.heatmap.crossed
    assert watched.monitor.measure((10, 8), (30, 12))
    assert " · 20 columns · 20s · V " in watched.show()
    watched.press("escape")
    assert watched.heatmap == Heatmap()
