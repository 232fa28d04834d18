"""How to read each pane: a few lines that help shows above its keys."""

from typing import Final

READING: Final[dict[str, tuple[str, ...]]] = {
    "candles": (
        "A candle is one bar: body from open to close, line from low to high.",
        "Below: volume by aggressor, and CVD, what was bought minus what was",
        "sold, summed up. Price rising on falling CVD: resting orders gave way.",
    ),
    "footprint": (
        "Each cell is one price in one bar: sold x bought, at market.",
        "« » and colour mark a diagonal imbalance: one side several times the",
        "other. ◄ marks the point of control, the price with most volume.",
    ),
    "heatmap": (
        "Resting orders over time: the stronger a colour, the more waits there.",
        "Dots are trades by side and size. At the right edge: the book now.",
        "Hatched is a time about which nothing is known.",
    ),
    "ladder": (
        "The book by price, bars by size: bids left, asks right; between them",
        "what was sold and bought there lately. ▲▼ is the last trade's side.",
        "A book that is not known to be right is dimmed, and says why.",
    ),
    "tape": (
        "Every print, newest first. ▲ a buyer lifted the ask, ▼ a seller hit",
        "the bid. Large prints stand on their side's colour, small are quiet.",
        "The bar at the top: bought against sold volume of the timeframe.",
    ),
}
