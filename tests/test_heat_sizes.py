"""How sizes are written about a heatmap, in quote currency too."""

from decimal import Decimal

import pytest

from market.instrument import Instrument
from tui.drawing.measure import Measure
from tui.heat.sizes import HeatSizes

BTC = Instrument("test", "BTCUSDT", Decimal("0.1"), Decimal("0.001"), "BTC", "USDT")


@pytest.mark.parametrize("width", [4, 5])
@pytest.mark.parametrize("power", range(13))
def test_a_threshold_in_quote_currency_is_a_number_whatever_its_size(
    power: int, width: int
) -> None:
    sizes = HeatSizes(Measure.QUOTE, BTC, 617_000, 1)
    for lots in (10**power, 2 * 10**power, 8 * 10**power):
        text = sizes.about(lots, width)
        assert "#" not in text
        assert len(text) <= 5
        assert text.count("~") == 1


def test_a_threshold_worth_next_to_nothing_is_marked_once() -> None:
    sizes = HeatSizes(Measure.QUOTE, BTC, 1, 1)
    assert sizes.about(1) == "~0"
