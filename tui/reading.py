"""How to read each pane: a few lines that help shows above its keys."""

from typing import Final

READING: Final[dict[str, tuple[str, ...]]] = {
    "candles": (
        "Each candle is one bar: body from open to close, line from low to high.",
        "Below it volume, split by who was the aggressor, and CVD: bought minus sold,",
        "summed up. Price up and CVD down means that resting orders gave way, not buyers.",
    ),
    "footprint": (
        "Each cell is one price in one bar: sold x bought, at market.",
        "Bold colour marks a diagonal imbalance: one side three times the other beside it.",
        "The marked row is the point of control: the price with most volume in the bar.",
    ),
    "heatmap": (
        "Resting orders over time: the brighter, the more size waits at that price.",
        "Dots are trades, by side and size; the line is best bid and ask; the bars at the",
        "right edge are the book now. Hatched is a time about which nothing is known.",
    ),
    "ladder": (
        "The book by price: bids left, asks right, bars by size; between them what was",
        "sold and bought there lately. ▲▼ marks the last trade and its aggressor.",
        "A book that is not known to be right is dimmed, and says why.",
    ),
    "tape": (
        "Every print, newest first. ▲ a buyer lifted the ask, ▼ a seller hit the bid.",
        "Large prints stand on a ground of their side's colour; small ones are quiet.",
        "The bar at the top is bought against sold volume of the last minute.",
    ),
}
