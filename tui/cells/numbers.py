"""Cell numbers: footprint bars and their levels as exact decimal strings and ns, for scripts."""

from collections.abc import Sequence

import numpy as np

from market.extremes import DeltaExtremes, Extreme
from market.footprint import FootprintBar
from market.gaps import Gap
from market.imbalance import Rule
from market.instrument import Instrument, plain
from market.levels import Level, LevelKind, Past, Wanted


def bars_numbers(
    instrument: Instrument,
    bars: Sequence[FootprintBar],
    extremes: DeltaExtremes,
    rule: Rule,
    area: float,
) -> list[dict[str, object]]:
    """Every bar with its cells, sums and imbalances."""
    inside = extremes.of(np.array([bar.number for bar in bars], np.int64))
    return [
        _bar(instrument, bar, extreme, rule, area)
        for bar, extreme in zip(bars, inside, strict=True)
    ]


def levels_numbers(
    instrument: Instrument,
    bars: Sequence[FootprintBar],
    rule: Rule,
    wanted: Wanted,
    gaps: Sequence[Gap],
) -> dict[str, list[dict[str, object]]]:
    """What bars that are over left behind and what still stands of it, by kind, oldest first."""
    over, newest = bars[:-1], bars[-1:]
    unsure = [
        index
        for index, cells in enumerate(over)
        if any(g.start < cells.bar.end and (g.end or cells.bar.end) > cells.bar.start for g in gaps)
    ]
    standing = [
        level
        for level in Past(over).levels(rule, wanted, unsure)
        if level.until is None and not any(level.met_by(bar) for bar in newest)
    ]
    return {
        kind.value: [_level(instrument, level, over) for level in standing if level.kind is kind]
        for kind in LevelKind
    }


def _level(instrument: Instrument, level: Level, bars: Sequence[FootprintBar]) -> dict[str, object]:
    return {
        "low": plain(instrument.price(level.low)),
        "high": plain(instrument.price(level.high)),
        "start": bars[level.born].bar.start,
    }


def _bar(
    instrument: Instrument,
    cells: FootprintBar,
    extreme: Extreme | None,
    rule: Rule,
    area: float,
) -> dict[str, object]:
    """One bar with its cells; prices of rows are their low edges."""
    bar, price, size = cells.bar, instrument.price, instrument.size
    sums = {"buy": int(cells.buy.sum()), "sell": int(cells.sell.sum()), "delta": cells.delta}
    if extreme is not None:
        sums |= {"max_delta": extreme.most, "min_delta": extreme.least}
    buys, sells = cells.imbalances(*rule)
    held = cells.value_area(area) if area else None
    columns = (cells.prices, cells.sell, cells.buy, cells.trades, buys, sells)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        "start": bar.start,
        "open": plain(price(bar.open)),
        "high": plain(price(bar.high)),
        "low": plain(price(bar.low)),
        "close": plain(price(bar.close)),
        **{name: plain(size(lots)) for name, lots in sums.items()},
        "trades": bar.trades,
        "poc": None if cells.poc is None else plain(price(cells.poc)),
        "value_area": None if held is None else [plain(price(edge)) for edge in held],
        "cells": [
            {
                "price": plain(price(ticks)),
                "sell": plain(size(sell)),
                "buy": plain(size(buy)),
                "trades": trades,
                "buy_imbalance": buys,
                "sell_imbalance": sells,
            }
            for ticks, sell, buy, trades, buys, sells in rows
        ],
    }
