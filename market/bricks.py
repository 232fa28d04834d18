"""Bricks: rows of renko bars as the grid has them, where trades alone do not tell.

A brick's body lies between two lines of the grid, whatever was the first and the last price in it;
high and low are those of the trades beyond it. While it forms it opens at the last one's close. A
brick that a leap passed over has no trades, and the time of the trade that leapt.
"""

import numpy as np

from market.barrows import BEGAN, CLOSE, ENDED, FIRST, HIGH, KEY, LAST, LOW, OPEN
from market.columns import Columns
from market.cuts import Cuts
from market.trades import TradeLog


def finish(table: Columns, cuts: Cuts, log: TradeLog, since: int) -> int:
    """Give the rows of bricks from a number on their edges, and those between them rows.

    Returns the number from which on rows change when trades are added.
    """
    keys = table.rows[KEY]
    newest = int(keys[-1])
    bricks = cuts.bricks(since)
    first = bricks.first
    if first > newest:
        return since
    index, count = int(np.searchsorted(keys, first)), newest + 1 - first
    rows = np.zeros((len(table.rows), count), np.int64)
    rows[KEY] = np.arange(first, newest + 1)
    held = keys[index:] - first
    rows[:, held] = table.rows[:, index:]
    leapt = np.ones(count, np.bool_)
    leapt[held] = False
    begins = bricks.begins[:count][leapt]
    rows[FIRST : LAST + 1, leapt] = begins
    rows[BEGAN : ENDED + 1, leapt] = log.since(log.first).ts[begins - log.first]
    rows[OPEN] = bricks.opens[:count]
    over = bricks.closes[:count]
    rows[CLOSE, : len(over)] = over
    ends = rows[OPEN], rows[CLOSE]
    rows[LOW] = np.where(leapt, np.minimum(*ends), np.minimum(rows[LOW], np.minimum(*ends)))
    rows[HIGH] = np.where(leapt, np.maximum(*ends), np.maximum(rows[HIGH], np.maximum(*ends)))
    table.replace_tail(index, rows)
    return newest
