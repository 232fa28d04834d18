"""Bursts: forced orders of one side in quick succession."""

from collections.abc import Iterable

from market.detectors.found import BurstRules, LiquidationBurst
from market.events import Liquidation, Side
from market.instrument import Instrument


def bursts(
    forced: Iterable[Liquidation], instrument: Instrument, rules: BurstRules
) -> list[LiquidationBurst]:
    """Runs of at least 3 forced orders of one side, each at most 5 s after the one before.

    There is no definition that is generally accepted. Venues may state fewer than there were: some
    tell only the largest of a second.
    """
    found: list[LiquidationBurst] = []
    run: list[Liquidation] = []
    for order in [*forced, None]:
        if order is not None and run and _follows(run[-1], order, rules.span):
            run.append(order)
            continue
        if len(run) >= rules.orders:
            sign = 1 if run[0].side is Side.BUY else -1
            lots = [sign * instrument.lots(one.size) for one in run]
            prices = [instrument.ticks(one.price) for one in run]
            value = sum(map(int.__mul__, prices, lots))
            began, ts = run[0].ts_event, run[-1].ts_event
            found.append(LiquidationBurst(ts, began, prices[-1], sum(lots), len(run), value))
        run = [] if order is None else [order]
    return found


def _follows(last: Liquidation, order: Liquidation, span: int) -> bool:
    return last.side is order.side and 0 <= order.ts_event - last.ts_event <= span
