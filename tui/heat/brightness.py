"""Heat: how bright each size of resting orders is drawn, so that structure of all sizes is seen.

A wall may hold a thousand times what lies around it. Steps are therefore spread over the sizes
that are actually on screen: evenly in their logarithm (`log`), evenly in the size (`linear`), or
so that each step has as many cells as the next (`rank`). The extremes are percentiles, so that one
wall does not blacken the rest, and are rounded, so that colours do not change with every order.
"""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Lots = NDArray[np.int64]
Contrast: TypeAlias = Literal["log", "linear", "rank"]

_FAINTEST = 30.0
_BRIGHTEST = 99.6
"""Percentiles of the sizes on screen at which the ramp begins and ends."""
_FEW, _USUAL = 12, 55.0
"""With less steps than this the usual size is left dark, or nothing would stand out."""


class Best(NamedTuple):
    """Rows of the best bid and ask in each column, counted from the bottom; -1 where unknown."""

    bid: Lots
    ask: Lots


def heat_steps(
    sizes: Lots,
    levels: int,
    contrast: Contrast,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Lots:
    """The smallest size of each ramp level from 1 up, ascending.

    `floor` and `ceiling` are percentiles of the sizes at which the ramp begins and ends, where they
    are chosen. Level 0 is no orders at all, on short ramps whatever is not worth seeing, and what
    lies below a floor that was chosen.
    """
    steps = max(1, levels - 1)
    few = levels < _FEW
    some = sizes[sizes > 0]
    if not len(some):
        return np.arange(1, steps + 1)
    if contrast == "rank":
        first, last = floor or 0.0, 100.0 if ceiling is None else ceiling
        edges = np.percentile(some, np.linspace(first, last, steps, endpoint=False))
    else:
        usual = _USUAL if few else _FAINTEST
        ends = (usual if floor is None else floor, _BRIGHTEST if ceiling is None else ceiling)
        low, high = (_rounded(float(v)) for v in np.percentile(some, sorted(ends)))
        spread = np.linspace(0, 1, steps)
        begin = 0.0 if floor is None else low
        edges = (
            low * (high / low) ** spread if contrast == "log" else begin + (high - begin) * spread
        )
    if not few and floor is None:
        edges[0] = 1
    return np.maximum.accumulate(np.ceil(np.maximum(edges, 1)).astype(np.int64))


def heat_levels(sizes: Lots, steps: Lots) -> NDArray[np.uint8]:
    """The ramp level of each size."""
    return np.searchsorted(steps, sizes, side="right").astype(np.uint8)


def best_rows(bid: Lots, ask: Lots) -> Best:
    """The touch in each column of grouped sizes [columns, rows].

    Where only one side is in the picture its nearest order need not be the touch.
    """
    rows = bid.shape[1]
    if not rows:
        nothing = np.full(len(bid), -1, np.int64)
        return Best(nothing, nothing)
    bids, asks = bid > 0, ask > 0
    both = bids.any(axis=1) & asks.any(axis=1)
    return Best(
        np.where(both, rows - 1 - bids[:, ::-1].argmax(axis=1), -1),
        np.where(both, asks.argmax(axis=1), -1),
    )


def round_sizes(sizes: Lots, percentiles: tuple[float, ...]) -> list[int]:
    """Percentiles of sizes rounded to 1, 2 or 5 x 10^k lots, each larger than the one before."""
    if not len(sizes):
        return [1] * len(percentiles)
    result: list[int] = []
    for value in np.percentile(sizes, percentiles).tolist():
        rounded = _one_two_five(max(1.0, value))
        while result and rounded <= result[-1]:
            rounded = _one_two_five(result[-1] * 2.0)
        result.append(rounded)
    return result


def _rounded(size: float) -> float:
    """To the nearest power of the square root of two."""
    return float(2 ** (round(2 * np.log2(max(1.0, size))) / 2))


def _one_two_five(value: float) -> int:
    """The nearest of 1, 2, 5 x 10^k in proportion."""
    exponent = max(0, int(np.floor(np.log10(value))))
    choices: list[int] = [m * int(10**e) for e in (exponent, exponent + 1) for m in (1, 2, 5)]
    return min(choices, key=lambda choice: abs(np.log(choice / value)))
