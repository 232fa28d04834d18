"""Profile numbers: a profile and what is found in it as exact decimal strings, for scripts."""

from market.instrument import plain
from market.profile import Span
from tui.profile.chart import Shown


def profile_numbers(span: Span, shown: Shown) -> dict[str, object]:
    """A profile as exact decimal strings."""
    at, size, profile = shown.instrument.price, shown.instrument.size, shown.profile
    columns = (profile.prices.tolist(), profile.sell.tolist(), profile.buy.tolist())
    low, high = shown.area or (None, None)
    return {
        "start": None if span.counted else span.start,
        "row": plain(at(profile.group)),
        "poc": None if profile.poc is None else plain(at(profile.poc)),
        "value_area": [plain(at(edge)) for edge in (low, high) if edge is not None],
        "sell": plain(size(int(profile.sell.sum()))),
        "buy": plain(size(int(profile.buy.sum()))),
        "delta": plain(size(int(profile.delta.sum()))),
        "high_volume_nodes": [plain(at(edge)) for edge in shown.nodes.high],
        "low_volume_nodes": [plain(at(edge)) for edge in shown.nodes.low],
        "naked": [{"price": plain(at(n.price)), "since": n.since} for n in shown.naked],
        "rows": [
            {"price": plain(at(ticks)), "sell": plain(size(sold)), "buy": plain(size(bought))}
            for ticks, sold, bought in zip(*columns, strict=True)
        ],
    }
