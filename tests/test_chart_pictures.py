"""Golden pictures of candles and footprints as they are set by those who look at order flow."""

from pathlib import Path

import pytest

from market.market import Market
from tests.scenes import SECOND, START, simulated
from tests.test_candle_studies import broken
from tui.drawing.look import ColorDepth
from tui.export import text
from tui.pane import Size
from tui.registry import pane_type
from tui.settings.words import set_one
from tui.themes import load_look

GOLDEN = Path(__file__).parent / "golden"
MONO = load_look("dark", ColorDepth.MONO)
STUDIES = "timeframe=15s vwap=session bands=3 interest=on funding=on liquidations=on"
POINTED = (
    f"timeframe=5s cross_time={START + 240 * SECOND} cross_price=120350 "
    f"ruler_time={START + 180 * SECOND} ruler_price=120300"
)
PICTURES = (
    ("candles_studies", Size(120, 40), STUDIES),
    ("candles_pointed", Size(80, 24), POINTED),
    ("candles_gap", Size(80, 24), "timeframe=5s vwap=all"),
    ("candles_range", Size(80, 24), "timeframe=20r"),
    ("candles_renko", Size(80, 24), "timeframe=20b"),
    ("footprint_levels", Size(120, 40), "timeframe=15s sums=all zeros=on stacked=2"),
    ("footprint_delta", Size(80, 24), "timeframe=15s content=delta"),
    ("footprint_profile", Size(80, 24), "timeframe=15s content=profile scaling=bar"),
    ("footprint_table", Size(80, 24), "timeframe=100v content=table"),
    ("footprint_bricks", Size(120, 40), "timeframe=3b sums=volume,delta,trades"),
    ("footprint_narrow", Size(80, 24), "timeframe=5s bars=20 sums=all"),
)


def market_for(name: str) -> Market:
    return broken() if name.endswith("_gap") else simulated()


@pytest.mark.parametrize(("name", "size", "settings"), PICTURES, ids=lambda value: str(value)[:20])
def test_the_picture_is_the_golden_one(
    name: str, size: Size, settings: str, update_golden: bool
) -> None:
    pane = pane_type(name.partition("_")[0])()
    for word in settings.split():
        key, _, value = word.partition("=")
        pane = set_one(pane, key, value)
    picture = text(pane.draw(market_for(name), size, MONO))
    golden = GOLDEN / f"{name}_{size.width}x{size.height}.txt"
    if update_golden:
        golden.write_text(picture, "utf-8")
    assert picture == golden.read_text("utf-8"), (
        "the picture differs; if that is right: pytest tests/test_chart_pictures.py --update-golden"
    )
