"""Sizes are written in base or in quote currency, in every pane, changed by one key."""

import pytest

from tests.scenes import lines, same, simulated, sizes
from tests.shell import FakeShell
from tui.desk.monitor import Monitor
from tui.drawing.digits import exact_width, size_scale
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.keys import actions
from tui.keys.table import BY_KEY
from tui.launch import Demo, Launch
from tui.pane import Pane, Size
from tui.registry import PANES, pane_type
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look

BASE = load_look("dark", ColorDepth.TRUE)
QUOTE = load_look("dark", ColorDepth.TRUE, measure=Measure.QUOTE)


@pytest.fixture(params=PANES)
def pane(request: pytest.FixtureRequest) -> Pane:
    return pane_type(request.param)()


def test_every_pane_fits_every_size_in_quote_currency(pane: Pane) -> None:
    market = simulated()
    for size in sizes():
        canvas = pane.draw(market, size, QUOTE)
        assert (canvas.width, canvas.height) == size


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        *((kind, "USDT") for kind in ("ladder", "tape", "footprint", "profile", "heatmap")),
        # Candles of the venue are in sight, whose trades were not seen.
        ("candles", "~USDT"),
        *((kind, "USDT") for kind in ("flow", "events")),
    ],
)
def test_a_title_names_the_currency_first(kind: str, unit: str) -> None:
    market, pane = simulated(), pane_type(kind)()
    for width in (60, 200):
        title = lines(pane.draw(market, Size(width, 30), QUOTE))[0]
        assert title.startswith(f" {pane.title} sim:7 · size in {unit}")


def test_what_is_drawn_beside_the_numbers_stays() -> None:
    market, size = simulated(), Size(120, 30)
    pane = pane_type("profile")()
    one, other = (pane.draw(market, size, look) for look in (BASE, QUOTE))
    changed = (one.glyph != other.glyph)[1:-1].any(axis=0).nonzero()[0]
    assert len(changed)
    assert changed.max() - changed.min() < 15  # the two columns of numbers
    assert (one.bg == other.bg)[1:].all()


def test_numbers_for_scripts_stay_in_base_currency(pane: Pane) -> None:
    market, size = simulated(), Size(80, 24)
    before = pane.numbers(market, size)
    pane.draw(market, size, QUOTE)
    assert pane.numbers(market, size) == before


def test_a_look_of_the_other_measure_is_the_same_picture_otherwise(pane: Pane) -> None:
    market, size = simulated(), Size(80, 24)
    before = pane.draw(market, size, BASE)
    pane.draw(market, size, QUOTE)
    assert same(pane.draw(market, size, BASE), before)


def test_the_dollar_key_changes_the_currency_and_changes_it_back() -> None:
    monitor = Monitor(Launch(Demo()), FrameClock(Governor(10)), FakeShell(), tip=False)
    command = BY_KEY["dollar_sign"].name

    def measures() -> set[str]:
        return {monitor.look.measure.value, monitor.focused_look.measure.value}

    assert measures() == {"base"}
    actions.run(monitor, command)
    assert measures() == {"quote"}
    monitor.show_theme("light")
    assert measures() == {"quote"}
    actions.run(monitor, command)
    assert measures() == {"base"}


def test_a_run_begins_with_the_currency_asked_for() -> None:
    launch = Launch(Demo(), sizes=Measure.QUOTE)
    monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
    assert monitor.focused_look.measure is Measure.QUOTE


def test_values_are_written_in_as_many_digits_as_are_read() -> None:
    instrument = simulated().instrument
    assert instrument is not None
    unit = Measure.QUOTE.grid(instrument)
    assert unit.lot_size == instrument.tick_size * instrument.lot_size
    texts = [
        size_scale(unit, most, exact_width(unit, most)).text(most)
        for most in (300, 3_000_000, 123_456_789_123)
    ]
    assert texts == ["0.1500", "1500.00", "61728395"]
