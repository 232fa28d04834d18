"""Heat of several: the books of all markets of one coin in a heatmap, under the trades of one."""

from typing import NamedTuple

from market.depthsum import SummedDepth, summed_depth
from market.market import Market
from tui.drawing.format import safe_text
from tui.scope import Scope
from tui.venues import alike, unheard


class HeatSum(NamedTuple):
    """What a heatmap shows in place of one market's book."""

    depth: SummedDepth | None
    """None while only one of them has, or had, a book."""
    words: tuple[str, ...]
    """What the title says of it."""


def heat_sum(scope: Scope, wanted: bool) -> HeatSum | None:
    """The sum of all books of a coin that were ever whole; None where it is one alone."""
    if not wanted or scope.market is None or not _whole(scope.market):
        return None
    markets = [market for market in alike(scope) if _whole(market)]
    others = [market for market in (*alike(scope), *unheard(scope)) if market not in markets]
    depth = summed_depth(markets)
    if depth is None and not others:
        return None
    count = f"{len(markets)} of {len(markets) + len(others)}" if others else f"{len(markets)}"
    without = (f"without {safe_text(m.id)} {m.status.state.value}" for m in others)
    return HeatSum(depth, (f"sum of {count} books", *without))


def exact_sum(scope: Scope) -> SummedDepth | None:
    """The same in lots in which nothing is rounded."""
    return summed_depth([market for market in alike(scope) if _whole(market)], exact=True)


def _whole(market: Market) -> bool:
    """Whether a market has, or had, a book to believe."""
    return market.depth is not None and market.depth.begun is not None
