"""How to read each pane: a few lines that help shows above its keys."""

from typing import Final

READING: Final[dict[str, tuple[str, ...]]] = {
    "candles": (
        "A candle is one bar: body from open to close, line from low to high.",
        "Below: volume by aggressor, and CVD, what was bought minus what was",
        "sold, summed up. Price rising on falling CVD: resting orders gave way.",
        "x points at a bar, R measures from there, A begins VWAP and CVD there,",
        "e draws a level there, E a note; Z lists what is drawn.",
    ),
    "comparison": (
        "Every market watched as its change in percent since its first price in",
        "sight. Below, of the first two: the difference of their prices, their",
        "quotient, and how their changes go together, from -1 to 1 (Pearson's r",
        "of the logarithm's changes). / adds a market; n puts another one first,",
        "V sets the next one against it, D takes the first away.",
    ),
    "events": (
        "What large players may have been doing, newest first, with what speaks",
        "for it. All of it is only possible. ▲ buyers or bids, ▼ sellers or",
        "asks. The time is when it could be known; docs/detectors.md says how",
        "each is told, and how often the simulated market proves it right.",
    ),
    "flow": (
        "OBI = (B - A) / (B + A), bids and asks of the best levels, of what",
        "rests within so many basis points of the middle, and of the best ones",
        "alone (queue imbalance). Weighted mid = I ask + (1 - I) bid, I the best",
        "bid's share; it is no micro-price. OFI: what came to the best bid and",
        "left the best ask, less the opposite, as the book stood every 100 ms;",
        "beta: price change a unit of it. Kyle's lambda = cov / var of the price",
        "change and of bought - sold, R2 what that explains. True-sided VPIN:",
        "sum |bought - sold| / volume of buckets of equal volume; no alarm.",
        "Speed: trades and volume of the last interval, z = (x - mean) /",
        "deviation of those before. Bars above zero rise, those below hang.",
    ),
    "footprint": (
        "Each cell is one price in one bar: sold x bought, at market.",
        "« » and colour mark a diagonal imbalance: one side several times the",
        "other. ◄ marks the point of control, the price with most volume; ┐ │ ┘",
        "the value area. What a bar left behind stands until it is met: ╌ points",
        "of control, bands of imbalances, ▴ ▾ auctions that did not end.",
    ),
    "heatmap": (
        "Resting orders over time: the stronger a colour, the more waits there.",
        "Dots are trades by side and size. At the right edge: the book now.",
        "Hatched is a time about which nothing is known. x points at a cell, R",
        "measures from there, e draws a level, E a note; Z lists what is drawn.",
    ),
    "ladder": (
        "The book by price, bars by size: bids left, asks right; between them",
        "what was sold and bought there lately. Outside: what was pulled and",
        "stacked but not traded, the depth up to there, and the number of orders",
        "where the venue tells it. x: cost to trade. c: back to the price.",
    ),
    "profile": (
        "Volume by price of a session, sold then bought; bright rows hold 70 %",
        "of it (VAL to VAH), POC is the row with most. At the right how POC and",
        "value area came to be. nPOC: an earlier session's, not traded since.",
        "hvn, lvn: possible nodes of much and of little volume.",
    ),
    "tape": (
        "Every order, newest first. ▲ a buyer lifted the ask, ▼ a seller hit",
        "the bid. Large ones stand on their side's colour, small are quiet.",
        "L: a possible liquidation. At the top: bought against sold, and speed.",
        "Up and Down move by lines, PgUp and PgDn by pages, g goes on.",
    ),
    "tpo": (
        "A letter for every half hour at every price it touched. POC: most",
        "letters; VAL to VAH hold 70 % of them. Blue is the initial balance, the",
        "first two brackets; red a single print. Two letters or more at the high",
        "or low make it a poor one. ▸ opened, ◂ closed or is now.",
    ),
    "tickers": (
        "Every instrument watched, then those that venues list: dim, as they stood",
        "when their list was made. Arrows highlight one, Enter opens it in the",
        "other panes; a click does either. Change, volume and trend are of the",
        "timeframe, of listed ones of 24 h; ~ means that not all of it is known.",
        "Volume and open interest: quote currency, of listed ones dollars.",
    ),
}
