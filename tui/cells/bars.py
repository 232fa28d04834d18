"""Cell bars: the bars of a footprint with what traded in them and what they left behind."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from market.bar import Bar, Parted, Run
from market.bars import Bars
from market.basis import Basis, TimeBasis
from market.cvd import Anchor, PartedSums, since_anchor
from market.extremes import delta_extremes
from market.footprint import Footprint, FootprintBar, FootprintRun, PartedFootprint
from market.levels import Level, Past, Wanted
from market.market import Market
from market.valued import valued_bars, valued_cvd
from tui.cells.barcells import BarCells, Checked, Figures, Reading
from tui.cells.grid import PastCells
from tui.cells.levels import Placed
from tui.cells.sums import Sum


class View(NamedTuple):
    """Which bars are looked at, and what is looked for in them."""

    until: int | None
    most: int
    """Bars in sight at most."""
    reading: Reading
    wanted: Wanted
    """Which levels are drawn."""
    lookback: int
    """Bars back at most from which a level comes."""
    sums: tuple[Sum, ...]
    anchor: Anchor
    worth: int = 0
    """In which units of value numbers are written (`market/worth.py`); 0 for lots."""


def paired(
    market: Market, found: Bars, shown: Parted, footprint: Footprint, view: View
) -> tuple[PastCells, BarCells]:
    """Every bar with what traded in it, whether that may not be all, and the levels of them all."""
    basis = found.basis
    cells = footprint.parted(view.until, view.most)
    last = None if cells is None else cells.newest
    own = last if last is not None and _same(basis, last.bar, shown.newest) else None
    wider = found.parted(view.until, max(view.most, view.lookback)) or shown
    checked = Checked.of(market, found, wider)
    *past, current = _figures(market, found, shown, view)
    newest = _newest(shown.newest, own, checked.up_to(shown.newest), view.reading, current)
    if len(shown.run):
        checked = checked.up_to(shown.run.bars[-1])
    run = _over(cells, own)
    levels: tuple[Placed, ...] = ()
    if any(view.wanted) and view.lookback:
        further = _over(footprint.parted(view.until, view.lookback), own)
        levels = _placed(further, wider.run, shown.run, basis, checked, view.reading, view.wanted)
    return _past(shown.run, run, basis, checked, view.reading, tuple(past), levels), newest


def _over(cells: PartedFootprint | None, newest: FootprintBar | None) -> FootprintRun:
    """The bars that are over: the newest one of trades too, where a newer one is the venue's."""
    if cells is None:
        return _NOTHING
    if newest is not None or cells.newest is None:
        return cells.run
    return FootprintRun([*cells.run.bars, cells.newest])


def _figures(market: Market, found: Bars, shown: Parted, view: View) -> list[Figures]:
    """What is written below each bar, as far as anybody wants to see it; the newest's last."""
    bars = len(shown.run) + 1
    most: list[int | None] = [None] * bars
    least, sums, sure, rough = most.copy(), most.copy(), [True] * bars, [False] * bars
    if "max" in view.sums or "min" in view.sums:
        extremes = delta_extremes(market.trades, found.basis, view.worth)
        inside = [*extremes.of(shown.run.numbers), extremes.at(shown.number)]
        most = [one and one.most for one in inside]
        least = [one and one.least for one in inside]
    if "cvd" in view.sums:
        cvd = valued_cvd if view.worth else Market.cvd
        parted = cvd(market, found.basis, view.anchor).parted(view.until, bars)
        if parted is not None and len(parted.values) == bars - 1:
            known = parted.sums.known[parted.begin : parted.stop].tolist()
            sums = [
                lots if sure else None
                for lots, sure in zip(parted.values.tolist(), known, strict=True)
            ]
            sums.append(parted.newest.value if parted.newest.known else None)
            sure = [*parted.sums.reliable[parted.begin : parted.stop].tolist()]
            sure.append(parted.newest.reliable)
            if view.worth:
                rough = _rough(market, found.basis, parted)
    return [Figures(*row) for row in zip(most, least, sums, sure, rough, strict=True)]


def _rough(market: Market, basis: Basis, parted: PartedSums) -> list[bool]:
    """Whether in the sum at each bar there is any that is not worth what its trades were alone."""
    sums, (_, rough) = parted.sums, valued_bars(market, basis).roughness()
    found: list[bool] = (since_anchor(np.cumsum(rough & sums.known), sums.period) > 0).tolist()
    return found[parted.begin : parted.stop + 1]


@lru_cache(maxsize=16)
def _newest(
    bar: Bar, cells: FootprintBar | None, checked: Checked, reading: Reading, figures: Figures
) -> BarCells:
    """The newest bar with its cells; the same object until something is traded."""
    return BarCells.of(bar, cells, checked, reading, figures)


@lru_cache(maxsize=16)
def _past(
    run: Run,
    cells: FootprintRun,
    basis: Basis,
    checked: Checked,
    reading: Reading,
    figures: tuple[Figures, ...],
    levels: tuple[Placed, ...],
) -> PastCells:
    """Bars that are over with their cells; the same object for the same of everything."""
    known = {_name(basis, bar.bar): bar for bar in cells.bars}
    bars = [
        BarCells.of(bar, known.get(_name(basis, bar)), checked, reading, figure)
        for bar, figure in zip(run.bars, figures, strict=True)
    ]
    return PastCells(bars, levels)


@lru_cache(maxsize=16)
def _placed(
    cells: FootprintRun,
    wider: Run,
    shown: Run,
    basis: Basis,
    checked: Checked,
    reading: Reading,
    wanted: Wanted,
) -> tuple[Placed, ...]:
    """What bars left behind, as far as it reaches into sight."""
    ago = {_name(basis, bar): len(shown) - index for index, bar in enumerate(shown.bars)}
    names = [_name(basis, bar.bar) for bar in cells.bars]
    levels = _levels(cells, tuple(_unsure(cells, wider.bars, basis, checked)), reading, wanted)
    return tuple(
        Placed(
            level,
            ago.get(names[level.born]),
            None if level.until is None else ago[names[level.until]],
        )
        for level in levels
        if level.until is None or names[level.until] in ago
    )


@lru_cache(maxsize=16)
def _levels(
    cells: FootprintRun, unsure: tuple[int, ...], reading: Reading, wanted: Wanted
) -> list[Level]:
    return Past(cells.bars).levels(reading.rule, wanted, unsure)


def _unsure(cells: FootprintRun, bars: Sequence[Bar], basis: Basis, checked: Checked) -> list[int]:
    """Bars of trades in which some may be missing, or before which whole bars are."""
    places = {_name(basis, bar.bar): index for index, bar in enumerate(cells.bars)}
    found: list[int] = []
    missed = False
    for bar in bars:
        at = places.get(_name(basis, bar))
        if at is None:
            missed = True
        elif missed or checked.doubts(bar, cells.bars[at].bar):
            found.append(at)
            missed = False
    return found


def _name(basis: Basis, bar: Bar) -> int | Bar:
    """What tells a bar from others, however much of it was seen.

    Bars of a number of trades can begin at one time; as made from trades they are equal.
    """
    return bar.start if isinstance(basis, TimeBasis) else bar


def _same(basis: Basis, one: Bar, other: Bar) -> bool:
    """Whether two bars are the same one, however much of it was seen."""
    return _name(basis, one) == _name(basis, other)


_NOTHING = FootprintRun([])
