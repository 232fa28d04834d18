"""Ladder numbers: books, rows and costs as exact decimal strings."""

from collections.abc import Iterable, Sequence

from market.book import Level
from market.consolidated import Best, bests, top
from market.cost import Cost
from market.instrument import Instrument, plain
from tui.ladder.book import Lots
from tui.ladder.several import Several

FLOWS = ("bid_stacked", "ask_stacked", "bid_pulled", "ask_pulled")


def nothing(flow: list[dict[str, str]]) -> dict[str, object]:
    """The numbers of a book that is not there, or not to be believed."""
    return {"bids": [], "asks": [], "spread": None, "flow": flow, "orders": [], "cost": None}


def level_numbers(instrument: Instrument, levels: Iterable[Level], group: int) -> list[list[str]]:
    """Levels as exact decimal strings, best first, summed by price group (low edges)."""
    sums: dict[int, int] = {}
    for ticks, lots in levels:
        edge = ticks // group * group
        sums[edge] = sums.get(edge, 0) + lots
    return [
        [plain(instrument.price(ticks)), plain(instrument.size(lots))]
        for ticks, lots in sums.items()
    ]


def row_numbers(
    priced: Instrument, sized: Instrument, edges: Sequence[int], columns: Sequence[str], lots: Lots
) -> list[dict[str, str]]:
    """Rows [column, row] in which there is anything; prices by one instrument, sizes by one."""
    found: list[dict[str, str]] = []
    for edge, row in zip(edges, lots.T.tolist(), strict=True):
        if any(row):
            sizes = (plain(sized.size(number)) for number in row)
            at = {"price": plain(priced.price(edge))}
            found.append(at | dict(zip(columns, sizes, strict=True)))
    return found


def cost_numbers(instrument: Instrument, cost: Cost | None) -> dict[str, str] | None:
    """The cost to trade to where is pointed at; its average is in `value` over `size`."""
    if cost is None:
        return None
    return {
        "side": "buy" if cost.buy else "sell",
        "size": plain(instrument.size(cost.lots)),
        "value": plain(cost.value * instrument.tick_size * instrument.lot_size),
        "middle": plain(instrument.price(cost.middle_twice) / 2),
    }


def several_numbers(several: Several, group: int, cross_price: int | None) -> dict[str, object]:
    """Every price of the books that may be believed, summed up and of each market.

    `group` is ticks of the first market; the rest is of the rows of the picture.
    """
    grid, edges = several.grid, several.rows.edges()
    parts, wide = several.book.parts, group * int(several.first.tick_size / grid.tick_size)
    most = [max(part.market.book.levels) if part.market.book else 0 for part in parts]
    bids, asks = top(parts, sum(most))
    each: dict[str, object] = {}
    for part, count in zip(parts, most, strict=True):
        own = top([part], count)
        each[part.market.id] = {
            "bids": level_numbers(grid, own[0], wide),
            "asks": level_numbers(grid, own[1], wide),
            "traded": _traded(several, several.traded_in(part.market, part.fit)),
        }
    bid, ask = bests(parts)
    moved = several.flow()
    flow = (
        []
        if moved is None
        else row_numbers(several.first, grid, edges, FLOWS, moved.reshape(4, -1)[:, ::-1])
    )
    cost = (
        None
        if cross_price is None
        else several.cost(cross_price // several.rows.group * several.rows.group)
    )
    return nothing(flow) | {
        "cost": cost_numbers(grid, cost),
        "bids": level_numbers(grid, bids, wide),
        "asks": level_numbers(grid, asks, wide),
        "spread": None if bid is None or ask is None else plain(grid.price(ask.ticks - bid.ticks)),
        "best": {"bid": _best(several, bid), "ask": _best(several, ask)},
        "traded": _traded(several, several.traded()),
        "venues": each,
        "left_out": {out.market.id: out.reason for out in several.book.left_out},
    }


def _traded(several: Several, lots: Lots) -> list[dict[str, str]]:
    columns = ("sold", "bought")
    return row_numbers(several.first, several.grid, several.rows.edges(), columns, lots[:, ::-1])


def _best(several: Several, best: Best | None) -> dict[str, object] | None:
    """A best price, and which markets have it."""
    if best is None:
        return None
    ids = [several.book.parts[number].market.id for number in best.parts]
    return {"price": plain(several.grid.price(best.ticks)), "instruments": ids}
